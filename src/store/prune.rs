//! Taking old runs out of the history, so that the state file stays as small as its fleet.
//!
//! The pages set free are used again; the file does not shrink, it stops growing.

use super::column::Millis;
use super::error::Fault;
use super::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

/// So many runs go in one transaction: nobody else waits long for the file.
const AT_ONCE: usize = 50;

/// Nothing is pruned before something is this much older than it may be: once a day is enough.
const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// Runs older than a time that nothing needs any more: none of their writes is open, no device's or
/// policy's last word comes from them, no binding is held by them, no kept change was undone by them.
const REMOVABLE: &str = "SELECT id FROM run WHERE started < ?1
     AND id NOT IN (SELECT run_id FROM last_sync)
     AND id NOT IN (SELECT run_id FROM report)
     AND id NOT IN (SELECT run_id FROM undone)
     AND id NOT IN (SELECT held_by FROM binding WHERE held_by IS NOT NULL)
     AND id NOT IN (SELECT run_id FROM intent WHERE outcome IS NULL OR outcome = 'lost')
     ORDER BY id LIMIT ?2";

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Runs.
    pub runs: usize,
    /// Their journaled writes.
    pub intents: usize,
}

impl Store {
    /// Takes out what is older than `keep`, once there is something that is a day older still. Links'
    /// history stays, and so does whatever something else refers to.
    ///
    /// # Errors
    /// When the state can't be read or written. What was taken out by then stays out.
    pub fn prune(&self, keep: SignedDuration, now: Timestamp) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        let Ok(before) = now.checked_sub(keep) else { return Ok(pruned) };
        let Ok(long_before) = before.checked_sub(SLACK) else { return Ok(pruned) };
        if self.read(|tx| removable(tx, long_before, 1))?.is_empty() {
            return Ok(pruned);
        }
        loop {
            let step = self.write(|tx| remove_some(tx, before))?;
            if step.runs == 0 {
                break;
            }
            pruned.runs += step.runs;
            pruned.intents += step.intents;
        }
        self.write(|tx| {
            let unused = "DELETE FROM policy_set WHERE id NOT IN (SELECT policy_set_id FROM run)";
            tx.execute(unused, [])?;
            // The table itself refuses to forget what is younger by the machine's own clock.
            let told =
                "DELETE FROM audit WHERE at < ?1 AND at <= (unixepoch() - 90 * 86400) * 1000";
            Ok(tx.execute(told, [Millis(before)])?)
        })?;
        Ok(pruned)
    }
}

fn removable(tx: &Transaction<'_>, before: Timestamp, most: usize) -> Result<Vec<i64>, Fault> {
    let mut statement = tx.prepare_cached(REMOVABLE)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let ids = statement.query_map(params![Millis(before), most], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// With a run go the marks of what was undone of it; an undo of its own is free for the next step then.
fn remove_some(tx: &Transaction<'_>, before: Timestamp) -> Result<Pruned, Fault> {
    let mut pruned = Pruned::default();
    for run in removable(tx, before, AT_ONCE)? {
        tx.prepare_cached(
            "DELETE FROM undone WHERE intent_id IN (SELECT id FROM intent WHERE run_id = ?1)",
        )?
        .execute([run])?;
        pruned.intents +=
            tx.prepare_cached("DELETE FROM intent WHERE run_id = ?1")?.execute([run])?;
        pruned.runs += tx.prepare_cached("DELETE FROM run WHERE id = ?1")?.execute([run])?;
    }
    Ok(pruned)
}

#[cfg(test)]
mod tests;
