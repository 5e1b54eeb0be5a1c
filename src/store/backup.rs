//! Copies of the state: made while others write, checked before they count, never over another file.

use super::error::{Fault, StoreError, from_io};
use super::{Place, Store, check, files, replace};
use jiff::Timestamp;
use rusqlite::Connection;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The folder of copies beside the state file.
const FOLDER: &str = "backups";

impl Store {
    /// Copies the state as it is at this moment into a new file, by itself in the folder of backups.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the file is there already, and when it can't be written, or is
    /// not sound afterwards.
    pub fn back_up(&self, to: Option<&Path>, at: Timestamp) -> Result<PathBuf, StoreError> {
        let to = match (to, &*self.place) {
            (Some(to), _) => to.to_owned(),
            (None, Place::Folder(dir)) => {
                default_file(dir, &format!("state-{}.db", replace::stamp(at)))?
            }
            (None, Place::Memory(_)) => PathBuf::from("state.db"),
        };
        let copied = copy(&self.connection(), &to);
        // What is damaged is what was read, not the copy.
        copied.map_err(|error| match error {
            StoreError::Corrupt { detail, .. } => StoreError::Corrupt { path: self.path(), detail },
            other => other,
        })?;
        Ok(to)
    }
}

/// The newest file in the folder of backups, and when it was written.
pub fn newest_backup(dir: &Path) -> Option<(PathBuf, Timestamp)> {
    let entries = fs::read_dir(dir.join(FOLDER)).ok()?.filter_map(Result::ok);
    let files = entries.filter_map(|entry| {
        let written = entry.metadata().ok()?.modified().ok()?;
        let is_copy = entry.path().extension().is_some_and(|end| end == "db");
        is_copy.then_some((entry.path(), Timestamp::try_from(written).ok()?))
    });
    files.max_by_key(|(_, written)| *written)
}

/// The copy that an upgrade leaves behind.
pub(super) fn before_upgrade(
    connection: &Connection,
    state: &Path,
    schema: u32,
) -> Result<(), StoreError> {
    let Some(dir) = state.parent() else { return Ok(()) };
    let now = Timestamp::now();
    // An upgrade that failed may be tried again within the second.
    let (stamp, nanos) = (replace::stamp(now), now.subsec_nanosecond());
    let name = format!("before-upgrade-from-schema-{schema}-{stamp}-{nanos:09}.db");
    copy(connection, &default_file(dir, &name)?)
}

fn default_file(dir: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let folder = dir.join(FOLDER);
    files::prepare_folder(&folder)?;
    Ok(folder.join(name))
}

/// SQLite writes the copy within one read transaction, so that writers go on meanwhile.
fn copy(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    match made {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Exists { path: to.to_owned() });
        }
        Err(error) => return Err(from_io(to, error)),
    }
    let copied = fill(connection, to);
    if copied.is_err() {
        // Half a copy is worse than none; what failed is told below.
        let _ = fs::remove_file(to);
    }
    copied
}

pub(super) fn fill(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let Some(name) = to.to_str() else {
        let why = io::Error::new(io::ErrorKind::InvalidInput, "the name is not valid UTF-8");
        return Err(from_io(to, why));
    };
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| Fault::from(error).at(to))?;
    let file = File::open(to).map_err(|error| from_io(to, error))?;
    file.sync_all().map_err(|error| from_io(to, error))?;
    drop(file);
    check::verify(to)?;
    // The name reaches the disk too; `.` where there is no folder in it.
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    replace::sync(folder.unwrap_or(Path::new(".")))
}
