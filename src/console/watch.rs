//! What another process does to the state shows by itself: the state folder is watched, which costs
//! nothing while nothing happens.

use super::effect::Answer;
use super::event::Event;
use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// Changes within this time are one.
const TOGETHER: Duration = Duration::from_millis(700);

/// Watches the state file until it is dropped.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
    task: tokio::task::JoinHandle<()>,
}

impl Watch {
    /// Sends [`Answer::StateChanged`] when a process wrote to the state in this folder. `None` where
    /// the system can't watch it: then `R` shows what is new.
    pub fn start(folder: &Path, events: mpsc::Sender<Event>) -> Option<Self> {
        let written = Arc::new(Notify::new());
        let tell = Arc::clone(&written);
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                if event.is_ok_and(|event| is_a_write(&event)) {
                    tell.notify_one();
                }
            })
            .ok()?;
        watcher.watch(folder, RecursiveMode::NonRecursive).ok()?;
        let task = tokio::spawn(async move {
            loop {
                written.notified().await;
                tokio::time::sleep(TOGETHER).await;
                if events.send(Event::Answer(Answer::StateChanged)).await.is_err() {
                    return;
                }
            }
        });
        Some(Self { _watcher: watcher, task })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// SQLite appends what is committed to the write-ahead log. Its index in shared memory and its locks
/// change when one only reads, so they don't count.
fn is_a_write(event: &notify::Event) -> bool {
    let of_state = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        matches!(name, "state.db" | "state.db-wal")
    };
    matches!(event.kind, EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any))
        && event.paths.iter().any(of_state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Link, LinkTarget, PolicyId};
    use crate::store::Store;
    use jiff::Timestamp;

    async fn changed(events: &mut mpsc::Receiver<Event>, wait: Duration) -> bool {
        tokio::time::timeout(wait, events.recv()).await.is_ok()
    }

    #[tokio::test]
    async fn a_write_is_told_and_a_read_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("state");
        let store = Store::open(&folder).unwrap();
        let (sender, mut events) = mpsc::channel(8);
        let _watch = Watch::start(&folder, sender).unwrap();
        let link = Link { policy_id: PolicyId::new("acme"), target: LinkTarget::KeptUnlinked };
        store.set_link(&link, "ana", Timestamp::UNIX_EPOCH).unwrap();
        assert!(changed(&mut events, Duration::from_secs(20)).await);
        while changed(&mut events, Duration::from_secs(2)).await {}
        store.links().unwrap();
        assert!(!changed(&mut events, Duration::from_secs(2)).await, "reading is no change");
    }
}
