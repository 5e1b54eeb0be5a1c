//! Who holds which organization, as far as that can be told without touching a lock.
//!
//! To try a lock, even for a moment, could turn away a run that wants it just then. So this reads what
//! the holder wrote and looks whether its process is still there. It is for showing: whoever wants to
//! write takes the lock.

use super::{Place, Store};
use crate::domain::{OrganizationId, Origin, RunId};
use crate::text::clean;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustix::process::{Pid, test_kill_process};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::PoisonError;

/// Longer lines are no holder's.
const LONGEST: u64 = 400;

/// A process that writes to an organization, in the words of [`super::holder_line`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The organization.
    pub organization: OrganizationId,
    /// Who, and on which host: `ana from 10.0.0.7 on jump1`.
    pub who: String,
    /// Its process.
    pub process: i32,
    /// Since when, to the minute.
    pub since: Timestamp,
}

impl Holder {
    /// Whether a run that began then, by this origin, can be its.
    pub fn may_be_of(&self, origin: &Origin, started: Timestamp) -> bool {
        self.who == format!("{} on {}", origin.who, origin.host) && self.since <= started
    }

    fn parse(organization: OrganizationId, line: &str) -> Option<Self> {
        let (line, since) = line.trim().rsplit_once(", since ")?;
        let (who, process) = line.rsplit_once(", process ")?;
        let since = since.strip_suffix(" UTC")?;
        let since = DateTime::strptime("%Y-%m-%d %H:%M", since).ok()?;
        Some(Self {
            organization,
            who: clean(who),
            process: process.parse().ok()?,
            since: TimeZone::UTC.to_timestamp(since).ok()?,
        })
    }
}

impl Store {
    /// The processes that hold an organization now. Locks are not touched.
    pub fn holders(&self) -> Vec<Holder> {
        match &*self.place {
            Place::Folder(dir) => {
                let mut holders = in_folder(&dir.join("locks"));
                holders.retain(|holder| is_alive(holder.process));
                holders
            }
            Place::Memory(locks) => {
                let locks = locks.lock().unwrap_or_else(PoisonError::into_inner);
                locks.iter().filter_map(|(id, line)| Holder::parse(*id, line)).collect()
            }
        }
    }

    /// How many devices a run has reported on so far, and when it did last.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn reported_by(&self, run: RunId) -> Result<(usize, Option<Timestamp>), super::StoreError> {
        self.read(|tx| {
            let sql = "SELECT count(DISTINCT device_id), max(at) FROM report WHERE run_id = ?1";
            let (count, at): (i64, Option<super::column::Millis>) =
                tx.query_row(sql, [run.get()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok((usize::try_from(count).unwrap_or(0), at.map(|at| at.0)))
        })
    }
}

pub(super) fn in_folder(locks: &Path) -> Vec<Holder> {
    let Ok(entries) = fs::read_dir(locks) else { return Vec::new() };
    let holder = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let name = entry.file_name();
        let id = name.to_str()?.strip_prefix("organization-")?.strip_suffix(".lock")?;
        let id = OrganizationId::new(id.parse().ok()?);
        // A free one is empty.
        if entry.metadata().ok()?.len() == 0 {
            return None;
        }
        let mut line = String::new();
        File::open(entry.path()).ok()?.take(LONGEST).read_to_string(&mut line).ok()?;
        Holder::parse(id, &line)
    };
    entries.filter_map(holder).collect()
}

/// Whether there is such a process, another user's too. A number that was given anew is taken for the
/// old one; the next holder of the lock puts that right.
fn is_alive(process: i32) -> bool {
    let Some(process) = Pid::from_raw(process) else { return false };
    match test_kill_process(process) {
        Ok(()) => true,
        Err(error) => error == rustix::io::Errno::PERM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DeviceId, DeviceState, PolicyId, RunKind};
    use crate::store::{DeviceReport, holder_line};

    fn origin() -> Origin {
        Origin { who: "ana, from 10.0.0.7".into(), host: "jump1".into(), version: "1".into() }
    }

    #[test]
    fn a_holder_is_seen_while_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("state");
        let (first, second) = (Store::open(&dir).unwrap(), Store::open(&dir).unwrap());
        let since: Timestamp = "2026-11-03T14:05:06Z".parse().unwrap();
        let acme = OrganizationId::new(4711);
        let lock = first.lock_organization(acme, &holder_line(&origin(), since)).unwrap();
        let holders = second.holders();
        assert_eq!(holders.len(), 1, "{holders:?}");
        assert_eq!(holders[0].organization, acme);
        assert!(holders[0].may_be_of(&origin(), since));
        assert!(!holders[0].may_be_of(&origin(), "2026-11-03T14:04:59Z".parse().unwrap()));
        assert!(!holders[0].may_be_of(&Origin::default(), since));
        drop(lock);
        assert!(second.holders().is_empty());
    }

    #[test]
    fn a_holder_that_died_holds_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("state");
        let store = Store::open(&dir).unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let process = child.id();
        child.wait().unwrap();
        let line = format!("ana on jump1, process {process}, since 2026-11-03 14:05 UTC");
        fs::create_dir_all(dir.join("locks")).unwrap();
        fs::write(dir.join("locks/organization-1.lock"), &line).unwrap();
        fs::write(dir.join("locks/organization-2.lock"), "no holder's line").unwrap();
        assert_eq!(in_folder(&dir.join("locks")).len(), 1);
        assert!(store.holders().is_empty());
    }

    #[test]
    fn a_run_tells_how_far_it_came() {
        let store = Store::in_memory().unwrap();
        let at = Timestamp::from_millisecond(5_000).unwrap();
        let run = store.begin_run(RunKind::Sync, &[], &origin(), at).unwrap();
        assert_eq!(store.reported_by(run).unwrap(), (0, None));
        let report = |policy: &str, device: &str| DeviceReport {
            policy_id: PolicyId::new(policy),
            device_id: DeviceId::new(device),
            name: device.into(),
            serial_number: None,
            state: DeviceState::Linked,
            pending: None,
            configuration_id: None,
            at,
        };
        let reports = [report("a", "1"), report("a", "2"), report("b", "1")];
        store.save_reports(run, &reports).unwrap();
        assert_eq!(store.reported_by(run).unwrap(), (2, Some(at)));
    }
}
