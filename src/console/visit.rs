//! The last visit: what was pending when the console was left, and what broke a run off. It is kept
//! beside the state, not in it, so that leaving wakes nobody who watches the state.

use crate::domain::{DeviceId, PendingReason};
use crate::private;
use crate::settings::write::write_private;
use crate::store::{DeviceReport, Store};
use crate::text::clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A larger file is none of ours, in bytes.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// What the last visit left behind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Visit {
    /// When the console was left, in milliseconds; `None` before the first time.
    left: Option<i64>,
    /// What was pending then.
    pending: BTreeSet<(String, String)>,
    /// What told a run to stop last.
    stop: Option<Stop>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stop {
    at: i64,
    why: String,
}

impl Visit {
    /// A visit that ended then, with these reports.
    pub fn of(at: Timestamp, reports: &[DeviceReport]) -> Self {
        let pending = pendings(reports).map(|(report, reason)| key(&report.device_id, reason));
        Self { left: Some(at.as_millisecond()), pending: pending.collect(), stop: None }
    }

    /// What it left in this state folder. A file that can't be read is as good as none.
    pub fn load(state_dir: &Path) -> Self {
        let read = || -> Option<Self> {
            let file = private::options().read(true).open(path(state_dir)).ok()?;
            let plain = file.metadata().ok()?.is_file();
            let mut text = String::new();
            file.take(MAX_FILE).read_to_string(&mut text).ok()?;
            plain.then(|| serde_json::from_str(&text).ok()).flatten()
        };
        let mut visit = read().unwrap_or_default();
        if let Some(stop) = &mut visit.stop {
            stop.why = clean(&stop.why);
        }
        visit
    }

    fn save(&self, state_dir: &Path) {
        let Ok(text) = serde_json::to_string(self) else { return };
        // Nothing but a notice is lost by it.
        if let Err(error) = write_private(&path(state_dir), text.as_bytes()) {
            tracing::warn!(%error, "the visit can't be noted");
        }
    }

    /// When the console was left; `None` before the first time.
    pub fn left(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.left?).ok()
    }

    /// What is pending in these reports and was not when the console was left, each device once.
    pub fn news<'a>(&self, reports: &'a [DeviceReport]) -> Vec<(&'a DeviceReport, PendingReason)> {
        let mut seen = BTreeSet::new();
        pendings(reports)
            .filter(|(report, reason)| !self.pending.contains(&key(&report.device_id, *reason)))
            .filter(|(report, _)| seen.insert(&report.device_id))
            .collect()
    }

    /// What told the run to stop that ended then, if it is known.
    pub fn why_stopped(&self, ended: Timestamp) -> Option<&str> {
        /// A safe stop takes no longer.
        const STOPPING: i64 = 10 * 60 * 1000;
        let stop = self.stop.as_ref()?;
        (0..STOPPING)
            .contains(&ended.as_millisecond().saturating_sub(stop.at))
            .then_some(stop.why.as_str())
    }
}

/// Notes that the console is left now, and what is pending.
pub fn leave(state_dir: &Path, now: Timestamp) {
    let Ok(reports) = Store::open(state_dir).and_then(|store| store.reports()) else { return };
    let stop = Visit::load(state_dir).stop;
    Visit { stop, ..Visit::of(now, &reports) }.save(state_dir);
}

/// Notes what tells the runs to stop now.
pub fn stopped(state_dir: &Path, why: &str, now: Timestamp) {
    let stop = Some(Stop { at: now.as_millisecond(), why: why.to_owned() });
    Visit { stop, ..Visit::load(state_dir) }.save(state_dir);
}

fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("visit.json")
}

fn key(device: &DeviceId, reason: PendingReason) -> (String, String) {
    (device.to_string(), reason.word().to_owned())
}

/// What asks for attention; a superseded record doesn't.
fn pendings(reports: &[DeviceReport]) -> impl Iterator<Item = (&DeviceReport, PendingReason)> {
    reports.iter().filter_map(|report| {
        let pending = report.pending.as_ref().filter(|pending| !pending.superseded)?;
        Some((report, pending.reason))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;
    use jiff::SignedDuration;

    #[test]
    fn only_what_was_not_there_is_new() {
        let reports = testing::snapshot().known.reports;
        let visit = Visit::of(testing::eight(), &reports[..5]);
        let news: Vec<&str> = visit.news(&reports).iter().map(|(r, _)| r.name.as_str()).collect();
        assert_eq!(news, ["GLX-Mini"]);
        assert!(Visit::of(testing::eight(), &reports).news(&reports).is_empty());
    }

    #[test]
    fn a_visit_and_a_stop_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("state");
        assert_eq!(Visit::load(&dir), Visit::default());
        let now = testing::eight();
        let soon = now + SignedDuration::from_secs(4);
        stopped(&dir, "connection lost", now);
        leave(&dir, soon);
        let visit = Visit::load(&dir);
        assert_eq!(visit.left(), Some(soon));
        assert_eq!(visit.why_stopped(soon), Some("connection lost"));
        assert_eq!(visit.why_stopped(now + SignedDuration::from_hours(1)), None);
        assert_eq!(visit.why_stopped(now - SignedDuration::from_secs(1)), None);
        std::fs::write(path(&dir), "{").unwrap();
        assert_eq!(Visit::load(&dir), Visit::default());
    }
}
