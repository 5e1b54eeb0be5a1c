//! One watch a state folder: two of them would only get into each other's way.

use super::lock::{LockError, lock_or_holder};
use super::{Place, Store};
use std::fs::File;

/// The right to watch, until this is dropped.
#[derive(Debug)]
#[must_use = "another may watch as soon as this is dropped"]
pub struct WatchLock(Option<File>);

impl Drop for WatchLock {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // The name goes first; closing the file frees the lock whatever becomes of it.
            let _ = file.set_len(0);
        }
    }
}

impl Store {
    /// Takes the right to watch this state, or says at once who has it. A state in memory is one
    /// program's alone and has no such lock. `holder` as for [`Store::lock_organization`].
    ///
    /// # Errors
    /// [`LockError::Watched`] where another watch runs.
    pub fn lock_watch(&self, holder: &str) -> Result<WatchLock, LockError> {
        let Place::Folder(dir) = &*self.place else { return Ok(WatchLock(None)) };
        match lock_or_holder(dir, "watch.lock", holder)? {
            Ok(file) => Ok(WatchLock(Some(file))),
            Err(holder) => Err(LockError::Watched { holder }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_watch_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let [first, second] =
            ["one", "two"].map(|name| Store::open(&dir.path().join(name)).unwrap());
        let again = Store::open(&dir.path().join("one")).unwrap();
        let lock = first.lock_watch("ana on jump1").unwrap();
        let refused = again.lock_watch("ben").unwrap_err().to_string();
        assert!(refused.contains("ana on jump1") && refused.contains("--state-dir"), "{refused}");
        drop(second.lock_watch("ben").unwrap());
        drop(lock);
        drop(again.lock_watch("ben").unwrap());
    }
}
