//! What another process does to the state shows by itself, and so does what is written to the log: the
//! folders are watched, which costs nothing while nothing happens.

use super::effect::Answer;
use super::event::Event;
use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// Changes within this time are one.
const TOGETHER: Duration = Duration::from_millis(700);

/// Watches state and log until it is dropped.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
    tasks: [JoinHandle<()>; 2],
}

impl Watch {
    /// Sends [`Answer::StateChanged`] when a process wrote to the state in this folder, and
    /// [`Answer::LogChanged`] when one wrote to the log. `None` where the system can't watch them:
    /// then `R` shows what is new.
    pub fn start(state: &Path, log: &Path, events: mpsc::Sender<Event>) -> Option<Self> {
        let (state_written, log_written) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let tell = [Arc::clone(&state_written), Arc::clone(&log_written)];
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let Ok(event) = event else { return };
                let [state, log] = &tell;
                if is_a_write(&event, of_state) {
                    state.notify_one();
                }
                if is_a_write(&event, of_log) {
                    log.notify_one();
                }
            })
            .ok()?;
        watcher.watch(state, RecursiveMode::NonRecursive).ok()?;
        // Without a log there is no folder.
        let _ = watcher.watch(log, RecursiveMode::NonRecursive);
        let tasks = [
            tell_of(state_written, events.clone(), || Answer::StateChanged),
            tell_of(log_written, events, || Answer::LogChanged),
        ];
        Some(Self { _watcher: watcher, tasks })
    }
}

fn tell_of(
    written: Arc<Notify>,
    events: mpsc::Sender<Event>,
    answer: fn() -> Answer,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            written.notified().await;
            tokio::time::sleep(TOGETHER).await;
            if events.send(Event::Answer(answer())).await.is_err() {
                return;
            }
        }
    })
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn is_a_write(event: &notify::Event, of: fn(&str) -> bool) -> bool {
    let named = |path: &PathBuf| of(path.file_name().and_then(OsStr::to_str).unwrap_or_default());
    matches!(event.kind, EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any))
        && event.paths.iter().any(named)
}

/// SQLite appends what is committed to the write-ahead log. Its index in shared memory and its locks
/// change when one only reads, so they don't count.
fn of_state(name: &str) -> bool {
    matches!(name, "state.db" | "state.db-wal")
}

fn of_log(name: &str) -> bool {
    name.starts_with("bindery.") && name.ends_with(".log")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Link, LinkTarget, PolicyId};
    use crate::store::Store;
    use jiff::Timestamp;

    async fn next(events: &mut mpsc::Receiver<Event>, wait: Duration) -> Option<Answer> {
        match tokio::time::timeout(wait, events.recv()).await {
            Ok(Some(Event::Answer(answer))) => Some(answer),
            _ => None,
        }
    }

    #[tokio::test]
    async fn a_write_is_told_and_a_read_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("state");
        let store = Store::open(&folder).unwrap();
        let log = folder.join("logs");
        std::fs::create_dir(&log).unwrap();
        let (sender, mut events) = mpsc::channel(8);
        let _watch = Watch::start(&folder, &log, sender).unwrap();
        let (long, short) = (Duration::from_secs(20), Duration::from_secs(2));

        let link = Link { policy_id: PolicyId::new("acme"), target: LinkTarget::KeptUnlinked };
        store.set_link(&link, "ana", Timestamp::UNIX_EPOCH).unwrap();
        assert!(matches!(next(&mut events, long).await, Some(Answer::StateChanged)));
        while next(&mut events, short).await.is_some() {}
        store.links().unwrap();
        crate::console::visit::leave(&folder, Timestamp::UNIX_EPOCH);
        assert!(next(&mut events, short).await.is_none(), "reading is no change");

        std::fs::write(log.join("bindery.2026-06-01.log"), "one\n").unwrap();
        assert!(matches!(next(&mut events, long).await, Some(Answer::LogChanged)));
    }
}
