//! One run at a time writes to an organization: a lock of the operating system, which the holder's death
//! frees. It is never taken away because time has passed.

use super::{Place, Store, StoreError, files};
use crate::domain::{OrganizationId, Origin};
use crate::text::clean;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Why an organization could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run has it.
    #[error(
        "organization {organization} is being written to by {holder}. Wait until that run has ended, \
         or stop it, then run again"
    )]
    Held {
        /// The organization.
        organization: OrganizationId,
        /// Who has it, in the words of [`holder_line`].
        holder: String,
    },
    /// Another watch runs on this state.
    #[error(
        "this state is being watched by {holder} already, and one watch is enough. Stop that one \
         first, or give this one a state of its own: --profile or --state-dir"
    )]
    Watched {
        /// Who watches, in the words of [`holder_line`].
        holder: String,
    },
    /// The file system has no locks.
    #[error(
        "can't lock {}: {source}. Bindery's state must lie on a local disk of this machine: choose \
         one with --state-dir", path.display()
    )]
    Unusable {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The lock file, or its folder, can't be made.
    #[error(transparent)]
    File(#[from] StoreError),
}

/// Says who holds a lock, to be read by whoever finds it held:
/// `ana from 10.0.0.7 on jump1, process 4711, since 2026-11-03 14:05 UTC`.
pub fn holder_line(origin: &Origin, since: Timestamp) -> String {
    format!(
        "{} on {}, process {}, since {}",
        origin.who,
        origin.host,
        std::process::id(),
        since.strftime("%Y-%m-%d %H:%M UTC")
    )
}

/// An organization that is ours to write to until this is dropped.
#[derive(Debug)]
#[must_use = "the organization is free again as soon as this is dropped"]
pub struct OrganizationLock {
    organization: OrganizationId,
    hold: Hold,
}

#[derive(Debug)]
enum Hold {
    File(File),
    Memory(MemoryLocks),
}

/// Who holds which organization of a store in memory.
pub(super) type MemoryLocks = Arc<Mutex<BTreeMap<OrganizationId, String>>>;

impl OrganizationLock {
    /// The organization.
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }
}

impl Drop for OrganizationLock {
    fn drop(&mut self) {
        match &self.hold {
            // The name goes first, so that nobody reads it when the lock is another's already. The file
            // stays: to delete it would let two runs lock two files of one name.
            Hold::File(file) => {
                if let Err(error) = file.set_len(0).and_then(|()| file.unlock()) {
                    tracing::warn!(%error, organization = %self.organization, "unlocking failed");
                }
            }
            Hold::Memory(locks) => {
                locks.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.organization);
            }
        }
    }
}

impl Store {
    /// Takes the organization for this run, or says at once who has it. `holder` is what others will be
    /// told; see [`holder_line`].
    ///
    /// # Errors
    /// [`LockError::Held`] when another run has it, in this process or any other on this state folder.
    pub fn lock_organization(
        &self,
        organization: OrganizationId,
        holder: &str,
    ) -> Result<OrganizationLock, LockError> {
        let hold = match &*self.place {
            Place::Folder(dir) => Hold::File(lock_file(dir, organization, holder)?),
            Place::Memory(locks) => Hold::Memory(lock_memory(locks, organization, holder)?),
        };
        Ok(OrganizationLock { organization, hold })
    }
}

fn lock_file(dir: &Path, organization: OrganizationId, holder: &str) -> Result<File, LockError> {
    lock_or_holder(dir, &format!("organization-{organization}.lock"), holder)?
        .map_err(|holder| LockError::Held { organization, holder })
}

/// The file of this name, locked, or who has it.
pub(super) fn lock_or_holder(
    dir: &Path,
    name: &str,
    holder: &str,
) -> Result<Result<File, String>, LockError> {
    let (mut file, path) = files::lock_file(dir, name)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Err(read_holder(&mut file))),
        Err(TryLockError::Error(source)) => return Err(LockError::Unusable { path, source }),
    }
    // The lock is what counts; the name in it is a courtesy, and a full disk must not cost the lock.
    if let Err(error) = file.set_len(0).and_then(|()| file.write_all(holder.as_bytes())) {
        tracing::warn!(%error, path = %path.display(), "the lock's holder could not be noted");
    }
    Ok(Ok(file))
}

/// What the holder wrote; a holder that has just locked may not have written yet.
pub(super) fn read_holder(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = file.take(400).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let line = clean(text.trim());
    if read.is_ok() && !line.trim().is_empty() { line } else { "another run".into() }
}

fn lock_memory(
    locks: &MemoryLocks,
    organization: OrganizationId,
    holder: &str,
) -> Result<MemoryLocks, LockError> {
    let mut held = locks.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(other) = held.get(&organization) {
        return Err(LockError::Held { organization, holder: other.clone() });
    }
    held.insert(organization, holder.to_owned());
    Ok(Arc::clone(locks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};

    const ACME: OrganizationId = OrganizationId::new(4711);
    const FOLDER: &str = "BINDERY_TEST_LOCK_FOLDER";

    fn holder_of(result: Result<OrganizationLock, LockError>) -> String {
        match result {
            Err(LockError::Held { organization, holder }) => {
                assert_eq!(organization, ACME);
                holder
            }
            other => panic!("{other:?}"),
        }
    }

    fn check(first: &Store, second: &Store) {
        let lock = first.lock_organization(ACME, "ana on jump1").unwrap();
        assert_eq!(lock.organization(), ACME);
        assert_eq!(holder_of(second.lock_organization(ACME, "ben")), "ana on jump1");
        drop(first.lock_organization(OrganizationId::new(2), "ben").unwrap());
        drop(lock);
        let lock = second.lock_organization(ACME, "ben").unwrap();
        assert_eq!(holder_of(first.lock_organization(ACME, "ana")), "ben");
        drop(lock);
    }

    #[test]
    fn two_stores_on_one_folder_exclude_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("state");
        check(&Store::open(&dir).unwrap(), &Store::open(&dir).unwrap());
        let path = dir.join("locks/organization-4711.lock");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn clones_in_memory_exclude_each_other() {
        let store = Store::in_memory().unwrap();
        check(&store, &store.clone());
        let other = Store::in_memory().unwrap();
        let _lock = store.lock_organization(ACME, "ana").unwrap();
        other.lock_organization(ACME, "ben").map(drop).unwrap();
    }

    #[test]
    fn the_holder_says_who_where_and_since_when() {
        let origin = Origin { who: "ana".into(), host: "jump1".into(), version: "1".into() };
        let line = holder_line(&origin, "2026-11-03T14:05:06Z".parse().unwrap());
        let process = std::process::id();
        assert_eq!(line, format!("ana on jump1, process {process}, since 2026-11-03 14:05 UTC"));
    }

    #[test]
    fn the_lock_dies_with_its_holder() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("state");
        let store = Store::open(&dir).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::lock::tests::hold_until_killed", "--ignored", "--nocapture"])
            .env(FOLDER, &dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let locked = lines.any(|line| line.unwrap().contains("it is locked"));
        let while_alive = store.lock_organization(ACME, "ana");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(locked);
        assert_eq!(holder_of(while_alive), "the child");
        store.lock_organization(ACME, "ana").map(drop).unwrap();
    }

    #[test]
    #[ignore = "the other process of the_lock_dies_with_its_holder"]
    fn hold_until_killed() {
        let Some(dir) = std::env::var_os(FOLDER) else { return };
        let store = Store::open(Path::new(&dir)).unwrap();
        let _lock = store.lock_organization(ACME, "the child").unwrap();
        println!("it is locked");
        // Ends with the parent at the latest.
        let _ = io::stdin().read(&mut [0]);
    }
}
