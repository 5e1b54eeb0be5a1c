//! The history of runs.

use super::column::{Json, Millis, Word};
use super::error::Fault;
use super::{Store, StoreError};
use crate::domain::{Counts, Origin, Outcome, PolicyId, Run, RunId, RunKind};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeMap;

const SELECT: &str = "SELECT run.*, policy_set.policies FROM run \
                      JOIN policy_set ON policy_set.id = run.policy_set_id";
/// One run, by its number.
pub(super) const ONE: &str = "SELECT run.*, policy_set.policies FROM run \
                              JOIN policy_set ON policy_set.id = run.policy_set_id \
                              WHERE run.id = ?1";

impl Store {
    /// Records that a run begins.
    ///
    /// # Errors
    /// When the state can't be written; the run must not go on then.
    pub fn begin_run(
        &self,
        kind: RunKind,
        policies: &[PolicyId],
        origin: &Origin,
        at: Timestamp,
    ) -> Result<RunId, StoreError> {
        self.write(|tx| {
            let policies = Json(policies);
            tx.execute("INSERT OR IGNORE INTO policy_set (policies) VALUES (?1)", [&policies])?;
            let set: i64 = tx.query_row(
                "SELECT id FROM policy_set WHERE policies = ?1",
                [&policies],
                |row| row.get(0),
            )?;
            tx.execute(
                "INSERT INTO run (kind, policy_set_id, started, who, host, version, counts)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    Word(kind),
                    set,
                    Millis(at),
                    origin.who,
                    origin.host,
                    origin.version,
                    Json(Counts::default())
                ],
            )?;
            Ok(RunId::new(tx.last_insert_rowid()))
        })
    }

    /// Records how a run ended.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`], and when the state can't be written.
    pub fn finish_run(
        &self,
        id: RunId,
        outcome: Outcome,
        counts: &Counts,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let found = tx.execute(
                "UPDATE run SET finished = ?2, outcome = ?3, counts = ?4 WHERE id = ?1",
                params![id.get(), Millis(at), Word(outcome), Json(counts)],
            )?;
            if found == 0 {
                return Err(Fault::NoSuchRun(id));
            }
            if came_to_its_end(outcome) {
                tx.execute(
                    "INSERT OR REPLACE INTO last_sync (policy_id, run_id, finished)
                     SELECT json_each.value, run.id, run.finished
                     FROM run JOIN policy_set ON policy_set.id = run.policy_set_id,
                          json_each(policy_set.policies)
                     WHERE run.id = ?1 AND run.kind = 'sync'",
                    [id.get()],
                )?;
            }
            Ok(())
        })
    }

    /// The newest runs, newest first.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn runs(&self, limit: usize) -> Result<Vec<Run>, StoreError> {
        self.read(|tx| {
            let sql = format!("{SELECT} ORDER BY run.id DESC LIMIT ?1");
            let mut statement = tx.prepare_cached(&sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            Ok(statement.query_map([limit], read_run)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The run of this number.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        self.read(|tx| Ok(tx.query_row(ONE, [id.get()], read_run).optional()?))
    }

    /// When the last sync of each policy ended that came to its end: done, with pendings or withheld,
    /// but not busy, cancelled or failed.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn last_sync_by_policy(&self) -> Result<BTreeMap<PolicyId, Timestamp>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT policy_id, finished FROM last_sync")?;
            let rows = statement.query_map([], |row| {
                Ok((PolicyId::new(row.get::<_, String>(0)?), row.get::<_, Millis>(1)?.0))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

const fn came_to_its_end(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Done | Outcome::Pending | Outcome::Withheld)
}

pub(super) fn read_run(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        id: RunId::new(row.get("id")?),
        kind: row.get::<_, Word<RunKind>>("kind")?.0,
        policies: row.get::<_, Json<Vec<PolicyId>>>("policies")?.0,
        started: row.get::<_, Millis>("started")?.0,
        finished: row.get::<_, Option<Millis>>("finished")?.map(|at| at.0),
        origin: Origin {
            who: row.get("who")?,
            host: row.get("host")?,
            version: row.get("version")?,
        },
        outcome: row.get::<_, Option<Word<Outcome>>>("outcome")?.map(|word| word.0),
        counts: row.get::<_, Json<Counts>>("counts")?.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    fn ids(names: &[&str]) -> Vec<PolicyId> {
        names.iter().map(|name| PolicyId::new(*name)).collect()
    }

    #[test]
    fn runs_are_kept_newest_first() {
        let store = Store::in_memory().unwrap();
        let origin = Origin {
            who: "ana from 10.0.0.7".into(),
            host: "jump".into(),
            version: "0.1.0".into(),
        };
        let begin =
            |kind, names: &[&str]| store.begin_run(kind, &ids(names), &origin, at(10)).unwrap();
        let first = begin(RunKind::Sync, &["a", "b"]);
        let second = begin(RunKind::Undo, &["a", "b"]);
        let counts = Counts { created: 3, pending: 1, ..Counts::default() };
        store.finish_run(first, Outcome::Pending, &counts, at(20)).unwrap();

        let runs = store.runs(10).unwrap();
        assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [second, first]);
        assert_eq!((runs[0].finished, runs[0].outcome), (None, None));
        let finished = Run {
            id: first,
            kind: RunKind::Sync,
            policies: ids(&["a", "b"]),
            started: at(10),
            finished: Some(at(20)),
            origin,
            outcome: Some(Outcome::Pending),
            counts,
        };
        assert_eq!(store.run(first).unwrap(), Some(finished));
        assert_eq!(store.runs(1).unwrap().len(), 1);
        assert_eq!(store.run(RunId::new(99)).unwrap(), None);
        let unknown = store.finish_run(RunId::new(99), Outcome::Done, &counts, at(1));
        assert!(matches!(unknown, Err(StoreError::NoSuchRun { .. })));
    }

    #[test]
    fn only_syncs_that_came_to_their_end_count_as_last() {
        let store = Store::in_memory().unwrap();
        let mut clock = 0;
        let mut run = |kind, names: &[&str], outcome: Option<Outcome>| {
            clock += 1;
            let id = store.begin_run(kind, &ids(names), &Origin::default(), at(clock)).unwrap();
            if let Some(outcome) = outcome {
                store.finish_run(id, outcome, &Counts::default(), at(clock)).unwrap();
            }
        };
        run(RunKind::Sync, &["a", "b"], Some(Outcome::Done));
        run(RunKind::Sync, &["b", "c"], Some(Outcome::Withheld));
        run(RunKind::Sync, &["a", "d"], Some(Outcome::Busy));
        run(RunKind::Undo, &["a"], Some(Outcome::Done));
        run(RunKind::Sync, &["a"], None);
        let last = store.last_sync_by_policy().unwrap();
        let expected = [("a", 1), ("b", 2), ("c", 2)];
        assert_eq!(last, expected.map(|(id, when)| (PolicyId::new(id), at(when))).into());
    }
}
