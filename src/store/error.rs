//! What can go wrong with the state, in words for people.

use super::schema;
use crate::domain::{ConfigurationId, DeviceId, RunId};
use rusqlite::ErrorCode;
use std::io;
use std::path::{Path, PathBuf};

use super::journal::IntentId;

/// Why the state can't be read or written. Every message names the file and the next step.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file can't be made or looked at.
    #[error(
        "can't use {} for Bindery's state: {source}. Check who owns it and its mode, or choose \
         another folder with --state-dir or BINDERY_STATE_DIR", path.display()
    )]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others could read the state, or change it.
    #[error(
        "{} is open to other users (mode {mode:04o}). Run: chmod {wanted:o} {} or, where \
         others need it, choose a folder of Bindery's own with --state-dir",
        path.display(), quoted(path)
    )]
    OpenToOthers {
        /// The folder or file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it should have.
        wanted: u32,
    },
    /// Another user owns the state, and so could read and change it.
    #[error(
        "{} belongs to another user (uid {owner}). Run: sudo chown \"$(id -u)\" {} or choose a folder \
         of Bindery's own with --state-dir",
        path.display(), quoted(path)
    )]
    OfAnother {
        /// The folder or file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// A newer Bindery has written the file.
    #[error(
        "the state file {} was written by a newer Bindery (schema {found}, this one knows {known}). \
         Update Bindery, or choose another folder with --state-dir", path.display()
    )]
    Newer {
        /// The state file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
    /// The file is damaged, or is no state file.
    #[error(
        "the state file {} is damaged ({detail}). Run: bindery state rebuild, which sets it aside and saves what can still be read; or, with a backup: bindery \
         state restore FILE", path.display()
    )]
    Corrupt {
        /// The state file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// There is no state file.
    #[error("there is no state file {} yet. The first start of a command makes it", path.display())]
    NoState {
        /// The state file.
        path: PathBuf,
    },
    /// A file of this name is there already.
    #[error("{} exists already and is not written over. Name another file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others have the state open, so its file can't be replaced.
    #[error(
        "another Bindery has the state in {} open. Leave the console, stop bindery watch and let \
         runs end, then try again; to see who it is: fuser {}/locks/state.lock",
        path.display(), quoted(path)
    )]
    InUse {
        /// The folder of the state.
        path: PathBuf,
    },
    /// A file named as a copy of the state is none.
    #[error(
        "{} is no copy of a state that can be put back ({why}). The state was not touched. Name \
         another file", path.display()
    )]
    NotACopy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file may be read but not written.
    #[error(
        "{} can't be written: it, its folder or its file system is read-only. \
         Make it writable (ls -l {}), or choose another folder with --state-dir",
        path.display(), quoted(path)
    )]
    ReadOnly {
        /// The state file.
        path: PathBuf,
    },
    /// No room is left.
    #[error(
        "no room is left for {}. Free some space (df -h {}), then run again: what was \
         recorded so far is kept", path.display(), quoted(path)
    )]
    Full {
        /// The state file.
        path: PathBuf,
    },
    /// Another process kept the file to itself for longer than a call waits.
    #[error(
        "the state file {} is busy: another program has been writing to it for more than 5 seconds. \
         Try again; if that stays so, look for it with: fuser {}", path.display(), quoted(path)
    )]
    Busy {
        /// The state file.
        path: PathBuf,
    },
    /// A second device was about to be bound to one configuration.
    #[error(
        "configuration {configuration_id} is bound to device {holder} and can't be bound to device \
         {wanted_by} as well. Release the first, or bind the second to another: \
         bindery bind DEVICE CONFIGURATION"
    )]
    AlreadyHeld {
        /// The configuration.
        configuration_id: ConfigurationId,
        /// The device that has it.
        holder: DeviceId,
        /// The device that was to get it.
        wanted_by: DeviceId,
    },
    /// The journal has no open intent of this number.
    #[error(
        "intent {} is not open in the journal. Run bindery doctor, and please report this", id.get()
    )]
    NotOpen {
        /// The intent.
        id: IntentId,
    },
    /// The history has no such run.
    #[error("there is no run {id}. Run bindery history to see them")]
    NoSuchRun {
        /// The run.
        id: RunId,
    },
    /// Anything else SQLite says.
    #[error(
        "the state file {} gave an error: {source}. Run bindery doctor", path.display()
    )]
    Database {
        /// The state file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

/// An error on its way up, not yet told which file it is about.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    ReadOnly,
    Newer { found: u32 },
    Corrupt(String),
    AlreadyHeld { configuration_id: ConfigurationId, holder: DeviceId, wanted_by: DeviceId },
    NotOpen(IntentId),
    NoSuchRun(RunId),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Fault {
    /// Only a newer schema counts.
    pub(super) fn unless_newer(self) -> Result<(), Self> {
        if matches!(self, Self::Newer { .. }) { Err(self) } else { Ok(()) }
    }

    /// The error for people.
    pub(super) fn at(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Sql(source) => from_sql(path, source),
            Self::ReadOnly => StoreError::ReadOnly { path },
            Self::Newer { found } => StoreError::Newer { path, found, known: schema::KNOWN },
            Self::Corrupt(detail) => StoreError::Corrupt { path, detail },
            Self::AlreadyHeld { configuration_id, holder, wanted_by } => {
                StoreError::AlreadyHeld { configuration_id, holder, wanted_by }
            }
            Self::NotOpen(id) => StoreError::NotOpen { id },
            Self::NoSuchRun(id) => StoreError::NoSuchRun { id },
        }
    }
}

fn from_sql(path: PathBuf, source: rusqlite::Error) -> StoreError {
    match (source.sqlite_error_code(), &source) {
        (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _)
        | (
            _,
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..),
        ) => StoreError::Corrupt { path, detail: source.to_string() },
        (Some(ErrorCode::ReadOnly), _) => StoreError::ReadOnly { path },
        (Some(ErrorCode::DiskFull), _) => StoreError::Full { path },
        (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => StoreError::Busy { path },
        (
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure),
            _,
        ) => StoreError::Unusable { path, source: io::Error::other(source) },
        _ => StoreError::Database { path, source },
    }
}

/// The error of the operating system for this path, under the name that fits it.
pub(super) fn from_io(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path },
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { path },
        _ => StoreError::Unusable { path, source },
    }
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_for_the_shell() {
        assert_eq!(quoted(Path::new("/home/ana/state")), "/home/ana/state");
        assert_eq!(quoted(Path::new("/home/ana b/it's")), r"'/home/ana b/it'\''s'");
    }

    #[test]
    fn errors_of_the_system_have_their_own_names() {
        let path = Path::new("/state");
        let full = from_io(path, io::ErrorKind::StorageFull.into());
        assert!(matches!(full, StoreError::Full { .. }), "{full}");
        let read_only = from_io(path, io::ErrorKind::ReadOnlyFilesystem.into());
        assert!(matches!(read_only, StoreError::ReadOnly { .. }), "{read_only}");
        let denied = from_io(path, io::ErrorKind::PermissionDenied.into());
        assert!(denied.to_string().contains("--state-dir"), "{denied}");
    }
}
