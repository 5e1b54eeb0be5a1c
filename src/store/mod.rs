//! Bindery's memory: links, bindings, the journal of writes, the history of runs, and the last sweep.
//!
//! One SQLite file in a folder of the user's own. No other module knows SQL, so that the same calls can
//! later reach a database that a team shares. Nothing here is a secret.

mod audit;
mod backup;
mod bindings;
mod check;
mod column;
mod error;
mod files;
#[cfg(test)]
pub(crate) mod fuzz;
mod holders;
mod journal;
mod links;
mod lock;
mod meta;
mod prune;
mod replace;
mod reports;
mod runs;
mod salvage;
mod schema;
mod sweep;
mod trail;
mod undone;
mod watch_lock;

pub use audit::Deed;
pub use backup::newest_backup;
pub use check::{CheckUp, Finding, Health, check};
pub use error::StoreError;
pub use holders::Holder;
pub use journal::{
    Intent, IntentId, IntentKind, IntentOutcome, OpenIntent, RecordedChange, Settlement, Values,
};
pub use links::{LinkChange, LinkEvent};
pub use lock::{LockError, OrganizationLock, holder_line};
pub use meta::Accounts;
pub use prune::Pruned;
pub use reports::DeviceReport;
pub use salvage::{Rebuilt, last_write, rebuild, refuse_if_open, restore, verify_copy};
pub use trail::Entry;
pub use watch_lock::WatchLock;

use crate::domain::Origin;
use crate::killpoint::{self, Moment};
use error::Fault;
use lock::MemoryLocks;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The name of the state file in its folder.
pub const STATE_FILE: &str = "state.db";

/// How long a call waits for another process that is writing.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// The state of one pair of accounts. Clones share one connection; every call is synchronous and takes
/// milliseconds. Times are kept to the millisecond.
#[derive(Debug, Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    place: Arc<Place>,
    origin: Arc<Origin>,
    /// Held, so that nobody replaces the file meanwhile; `None` in memory.
    _in_use: Option<Arc<File>>,
}

/// Where a store lives.
#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Memory(MemoryLocks),
}

impl Store {
    /// Opens the state in this folder, and makes folder (0700) and file (0600) where they are missing.
    ///
    /// # Errors
    /// A folder or file that others can open, one that can't be used, a damaged file, one of a newer
    /// Bindery, a full disk, a read-only file system: each with what to do next.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        files::prepare_folder(dir)?;
        // The first starts of two processes would refuse each other the switch to WAL, for which SQLite
        // does not wait.
        let _opening = files::wait_to_open(dir)?;
        replace::finish(dir)?;
        let in_use = files::hold_open(dir)?;
        let path = dir.join(STATE_FILE);
        files::prepare_file(&path)?;
        let connection = connect(&path)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            place: Arc::new(Place::Folder(dir.to_owned())),
            origin: Arc::default(),
            _in_use: Some(Arc::new(in_use)),
        })
    }

    /// A state that is gone with its last clone.
    ///
    /// # Errors
    /// Only where SQLite can't get memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = Path::new(":memory:");
        let opened = Connection::open_in_memory().map_err(|error| Fault::from(error).at(path))?;
        let connection = set_up(opened, path)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            place: Arc::new(Place::Memory(MemoryLocks::default())),
            origin: Arc::default(),
            _in_use: None,
        })
    }

    /// The same state, where what is done through it is recorded as done by this origin.
    #[must_use]
    pub fn signed(self, origin: Origin) -> Self {
        Self { origin: Arc::new(origin), ..self }
    }

    /// Lets SQLite look over the file.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the first thing found.
    pub fn quick_check(&self) -> Result<(), StoreError> {
        self.read(|tx| {
            let verdict: String = tx.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if verdict == "ok" { Ok(()) } else { Err(Fault::Corrupt(verdict)) }
        })
    }

    /// The state file, for messages.
    pub fn path(&self) -> PathBuf {
        match &*self.place {
            Place::Folder(dir) => dir.join(STATE_FILE),
            Place::Memory(_) => PathBuf::from(":memory:"),
        }
    }

    /// Runs queries that see one and the same moment.
    fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.transact(TransactionBehavior::Deferred, work)
    }

    /// Makes changes that are kept all together or not at all.
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        // Immediate: a reader that turns writer midway would be refused without waiting its turn.
        self.transact(TransactionBehavior::Immediate, work)
    }

    fn transact<T>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        in_transaction(&mut self.connection(), behavior, work)
            .map_err(|fault| fault.at(&self.path()))
    }

    /// A panic while the connection was held has rolled its transaction back, so it is sound to go on.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn in_transaction<T>(
    connection: &mut Connection,
    behavior: TransactionBehavior,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let tx = connection.transaction_with_behavior(behavior)?;
    let result = work(&tx)?;
    match behavior {
        // What was only read is kept by nobody.
        TransactionBehavior::Deferred => tx.commit()?,
        _ => commit(tx)?,
    }
    Ok(result)
}

/// Keeps what was changed.
fn commit(tx: Transaction<'_>) -> rusqlite::Result<()> {
    killpoint::reached(Moment::BeforeCommit, || "state".to_owned());
    tx.commit()?;
    killpoint::reached(Moment::AfterCommit, || "state".to_owned());
    Ok(())
}

/// Opens a file that is there. SQLite's own `create` is not used: it would not make it 0600.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = || -> Result<Connection, Fault> {
        let connection = Connection::open_with_flags(path, flags)?;
        if connection.is_readonly("main")? { Err(Fault::ReadOnly) } else { Ok(connection) }
    };
    set_up(opened().map_err(|fault| fault.at(path))?, path)
}

fn set_up(mut connection: Connection, path: &Path) -> Result<Connection, StoreError> {
    let prepared = |connection: &Connection| -> Result<Option<u32>, Fault> {
        connection.busy_timeout(BUSY_WAIT)?;
        // Before anything is changed: a file of a newer Bindery stays as it is.
        schema::check_version(connection)?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.query_row("PRAGMA journal_size_limit = 8388608", [], |_| Ok(()))?;
        schema::outdated(connection)
    };
    if let Some(schema) = prepared(&connection).map_err(|fault| fault.at(path))? {
        backup::before_upgrade(&connection, path, schema)?;
    }
    schema::migrate(&mut connection).map_err(|fault| fault.at(path))?;
    tracing::debug!(path = %path.display(), "state opened");
    Ok(connection)
}

#[cfg(test)]
mod tests;
