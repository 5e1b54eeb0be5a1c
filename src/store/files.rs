//! Folder and file of the state: made for their owner alone, and refused when others can open them.

use super::error::{StoreError, from_io};
use crate::private;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The mode of a folder of state.
pub(super) const FOLDER_MODE: u32 = 0o700;
/// The mode of a file in it.
pub(super) const FILE_MODE: u32 = 0o600;
/// The lock of those who have the state open.
const IN_USE: &str = "state.lock";

/// Makes the folder where it is missing, and checks that it is its owner's alone.
pub(super) fn prepare_folder(dir: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(dir)
        .map_err(|error| from_io(dir, error))?;
    refuse_if_open(dir, FOLDER_MODE)
}

/// Makes the file where it is missing, and checks that it is its owner's alone.
///
/// A file that exists is never opened here: closing it would drop the locks that SQLite, in this same
/// process, may hold on it.
pub(super) fn prepare_file(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(from_io(path, error)),
    }
    refuse_if_open(path, FILE_MODE)
}

/// Opens a file of the folder of locks, for [`File::lock`] and its kin.
pub(super) fn lock_file(dir: &Path, name: &str) -> Result<(File, PathBuf), StoreError> {
    let folder = dir.join("locks");
    prepare_folder(&folder)?;
    let path = folder.join(name);
    let file = private::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| from_io(&path, error))?;
    Ok((file, path))
}

/// Waits until no other process is opening this state; theirs is the wait until the file is dropped.
pub(super) fn wait_to_open(dir: &Path) -> Result<File, StoreError> {
    let (file, path) = lock_file(dir, "opening.lock")?;
    file.lock().map_err(|error| from_io(&path, error))?;
    Ok(file)
}

/// The state is open as long as this is held: nobody replaces the file under our feet.
pub(super) fn hold_open(dir: &Path) -> Result<File, StoreError> {
    let (file, path) = lock_file(dir, IN_USE)?;
    file.lock_shared().map_err(|error| from_io(&path, error))?;
    Ok(file)
}

/// The state for us alone, to replace its file. Others who have it open make that impossible; those
/// who open it meanwhile wait.
pub(super) fn take_alone(dir: &Path) -> Result<[File; 2], StoreError> {
    let opening = wait_to_open(dir)?;
    let (file, path) = lock_file(dir, IN_USE)?;
    match file.try_lock() {
        Ok(()) => Ok([opening, file]),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: dir.to_owned() }),
        Err(TryLockError::Error(error)) => Err(from_io(&path, error)),
    }
}

/// Refuses a file or folder that others can open.
pub(super) fn refuse_if_open(path: &Path, wanted: u32) -> Result<(), StoreError> {
    let metadata = fs::metadata(path).map_err(|error| from_io(path, error))?;
    if private::of_another(metadata.uid()) {
        return Err(StoreError::OfAnother { path: path.to_owned(), owner: metadata.uid() });
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(StoreError::OpenToOthers { path: path.to_owned(), mode, wanted })
    }
}
