//! Brings a state file to the schema this version knows.

use super::error::Fault;
use rusqlite::{Connection, TransactionBehavior};

/// In order; the file's `user_version` counts how many of them it has had.
const MIGRATIONS: [&str; 2] =
    [include_str!("migrations/0001_first.sql"), include_str!("migrations/0002_audit.sql")];

/// The schema this version knows.
pub(super) const KNOWN: u32 = MIGRATIONS.len() as u32;

/// Refuses a file that a newer Bindery has written.
pub(super) fn check_version(connection: &Connection) -> Result<(), Fault> {
    let found = version(connection)?;
    if found > KNOWN { Err(Fault::Newer { found }) } else { Ok(()) }
}

/// The schema of a file that was in use under an earlier one.
pub(super) fn outdated(connection: &Connection) -> Result<Option<u32>, Fault> {
    let found = version(connection)?;
    Ok((found > 0 && found < KNOWN).then_some(found))
}

/// Applies what is missing, all of it or nothing.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    // Even a transaction that changes nothing would wait for the disk.
    if version(connection)? == KNOWN {
        return Ok(());
    }
    // The version is read under the write lock: two first starts at once must not both migrate.
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    check_version(&tx)?;
    let done = version(&tx)?;
    for (_, migration) in (0..KNOWN).zip(MIGRATIONS).filter(|(number, _)| *number >= done) {
        tx.execute_batch(migration)?;
    }
    // Without news nothing is written: whoever watches the file would take it for a change.
    if done < KNOWN {
        tx.pragma_update(None, "user_version", KNOWN)?;
    }
    super::commit(tx)?;
    Ok(())
}

pub(super) fn version(connection: &Connection) -> Result<u32, Fault> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    u32::try_from(found).map_err(|_| Fault::Corrupt(format!("its schema is numbered {found}")))
}
