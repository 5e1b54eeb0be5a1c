//! Everything that was done, in the order of time: runs, writes, links, deeds. Told one by one, so that
//! years of it need no memory.

use super::column::{Json, Millis};
use super::error::Fault;
use super::journal::{self, Intent};
use super::{LinkEvent, RecordedChange, Store, StoreError, links, runs};
use crate::domain::{Origin, Run, RunId};
use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};
use std::ops::ControlFlow;

/// One thing that was done.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A run began.
    Started(Run),
    /// A run ended.
    Finished(Run),
    /// A write was taken by IT Glue: what it changed.
    Written {
        /// Of which run.
        run: RunId,
        /// By whom, and where.
        origin: Origin,
        /// Field by field.
        changes: Vec<RecordedChange>,
    },
    /// A write was not taken, or it is not known.
    Unwritten {
        /// When this was known, else when it was journaled.
        at: Timestamp,
        /// Of which run.
        run: RunId,
        /// By whom, and where.
        origin: Origin,
        /// What was meant.
        intent: Box<Intent>,
        /// `refused`, `not_sent`, `lost` or `not_done`; `open` where it is not known yet.
        outcome: String,
        /// What IT Glue said.
        message: Option<String>,
    },
    /// A link was made or removed.
    Linked {
        /// What and when.
        event: LinkEvent,
        /// By whom, and where.
        origin: Origin,
    },
    /// Something else that a person or a command did.
    Deed {
        /// When.
        at: Timestamp,
        /// By whom, and where.
        origin: Origin,
        /// What, in the words of [`super::Deed::word`].
        what: String,
        /// The rest of it.
        details: serde_json::Map<String, serde_json::Value>,
    },
}

/// The sources in the order in which things of one millisecond are told.
const KEYS: &str = "
    SELECT * FROM (
        SELECT started AS at, 0 AS source, id FROM run
        UNION ALL SELECT at, 1, id FROM link_history
        UNION ALL SELECT at, 2, id FROM audit
        UNION ALL SELECT coalesce(settled_at, attempted_at), 3, id FROM intent
        UNION ALL SELECT finished, 4, id FROM run WHERE finished IS NOT NULL
    ) WHERE at >= ?1 AND at < ?2 ORDER BY at, source, id";

impl Store {
    /// Tells everything from `since` on and before `until`, oldest first, until `tell` breaks off.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn trail(
        &self,
        since: Timestamp,
        until: Timestamp,
        mut tell: impl FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare(KEYS)?;
            let mut keys = statement.query(params![Millis(since), Millis(until)])?;
            while let Some(key) = keys.next()? {
                let (source, id): (i64, i64) = (key.get("source")?, key.get("id")?);
                if tell(entry(tx, source, id)?).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }
}

fn entry(tx: &Transaction<'_>, source: i64, id: i64) -> Result<Entry, Fault> {
    let (sql, read): (&str, fn(&Row<'_>) -> rusqlite::Result<Entry>) = match source {
        0 => (runs::ONE, |row| runs::read_run(row).map(Entry::Started)),
        1 => ("SELECT * FROM link_history WHERE id = ?1", a_link),
        2 => ("SELECT * FROM audit WHERE id = ?1", a_deed),
        3 => (journal::ONE, a_write),
        _ => (runs::ONE, |row| runs::read_run(row).map(Entry::Finished)),
    };
    Ok(tx.prepare_cached(sql)?.query_row([id], read)?)
}

fn a_link(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry::Linked { event: links::read_event(row)?, origin: origin(row)? })
}

fn a_deed(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry::Deed {
        at: row.get::<_, Millis>("at")?.0,
        origin: origin(row)?,
        what: row.get("deed")?,
        details: row.get::<_, Json<_>>("details")?.0,
    })
}

fn a_write(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let (run, origin) = (RunId::new(row.get("run_id")?), origin(row)?);
    let outcome: Option<String> = row.get("outcome")?;
    if outcome.as_deref() == Some("done") {
        return Ok(Entry::Written { run, origin, changes: journal::read_changes(row)? });
    }
    let known: Option<Millis> = row.get("settled_at")?;
    Ok(Entry::Unwritten {
        at: known.map_or(row.get::<_, Millis>("attempted_at")?.0, |at| at.0),
        run,
        origin,
        intent: Box::new(journal::read_intent(row)?),
        outcome: outcome.unwrap_or_else(|| "open".to_owned()),
        message: row.get("message")?,
    })
}

/// Links of an earlier schema know neither host nor version.
fn origin(row: &Row<'_>) -> rusqlite::Result<Origin> {
    Ok(Origin {
        who: row.get("who")?,
        host: row.get::<_, Option<String>>("host")?.unwrap_or_default(),
        version: row.get::<_, Option<String>>("version")?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Counts, DeviceId, Link, LinkTarget, OrganizationId, Outcome, PolicyId, RunKind,
    };
    use crate::store::{Deed, IntentKind, IntentOutcome, Settlement};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    fn ana() -> Origin {
        Origin { who: "ana from 10.0.0.7".into(), host: "jump1".into(), version: "1".into() }
    }

    fn told(store: &Store, since: i64, until: i64) -> Vec<Entry> {
        let mut told = Vec::new();
        let tell = |entry| {
            told.push(entry);
            ControlFlow::Continue(())
        };
        store.trail(at(since), at(until), tell).unwrap();
        told
    }

    #[test]
    fn all_that_was_done_is_told_in_the_order_of_time() {
        let store = Store::in_memory().unwrap().signed(ana());
        let acme = LinkTarget::Organization {
            id: OrganizationId::new(1),
            name: "Acme".into(),
            with_children: false,
        };
        let policy_id = PolicyId::new("p");
        store.set_link(&Link { policy_id: policy_id.clone(), target: acme }, "ana", at(1)).unwrap();
        let run = store.begin_run(RunKind::Sync, &[], &ana(), at(2)).unwrap();
        let intent = Intent {
            device_id: DeviceId::new("d"),
            device_name: "D".into(),
            organization_id: OrganizationId::new(1),
            policy_id,
            kind: IntentKind::Create,
            configuration_id: None,
            changes: Default::default(),
            serial: None,
            mac: None,
        };
        let ids = store.journal(run, &[intent.clone(), intent], at(3)).unwrap();
        let outcome = IntentOutcome::Refused("no".into());
        store.settle(&[Settlement { intent: ids[0], outcome, binding: None, at: at(4) }]).unwrap();
        store.finish_run(run, Outcome::Failed, &Counts::default(), at(5)).unwrap();
        store.audit(&Deed::Released { devices: vec![DeviceId::new("d")] }, at(6)).unwrap();

        let all = told(&store, 0, 100);
        assert!(matches!(&all[0], Entry::Linked { origin, .. } if origin.host == "jump1"));
        assert!(matches!(&all[1], Entry::Started(run) if run.origin == ana()));
        assert!(matches!(&all[2], Entry::Unwritten { outcome, .. } if outcome == "open"));
        let refused = |message: &Option<String>| message.as_deref() == Some("no");
        assert!(matches!(&all[3], Entry::Unwritten { message, at: when, .. }
            if refused(message) && *when == at(4)));
        assert!(matches!(&all[4], Entry::Finished(run) if run.outcome == Some(Outcome::Failed)));
        assert!(matches!(&all[5], Entry::Deed { what, details, origin, .. }
            if what == "released" && details["devices"][0] == "d" && *origin == ana()));
        assert_eq!(all.len(), 6);
        assert_eq!(told(&store, 2, 4), all[1..3]);
        let mut count = 0;
        let tell = |_| {
            count += 1;
            ControlFlow::Break(())
        };
        store.trail(at(0), at(9), tell).unwrap();
        assert_eq!(count, 1);
    }
}
