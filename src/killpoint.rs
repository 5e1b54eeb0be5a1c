//! Moments at which tests end the process, as a power cut would.
//!
//! With `BINDERY_TEST_KILL=N` in its environment a debug build sends itself SIGKILL at its Nth moment;
//! with `BINDERY_TEST_MOMENTS=FILE` each moment adds a line there, so that a test can count them.
//! Without these a moment costs one look at a lock that is set already.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A place in the code at which nothing may be lost when it is the last one reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A request is about to leave.
    BeforeSend,
    /// The head of an answer is there: the service has acted, and nobody has read what it says.
    AfterAnswer,
    /// Changes to the state are about to be kept.
    BeforeCommit,
    /// Changes to the state are on the disk.
    AfterCommit,
}

impl Moment {
    const fn word(self) -> &'static str {
        match self {
            Self::BeforeSend => "before-send",
            Self::AfterAnswer => "after-answer",
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
        }
    }
}

/// What the environment asks for.
struct Watch {
    kill_at: Option<u64>,
    reached: AtomicU64,
    told: Option<Mutex<File>>,
}

static WATCH: OnceLock<Option<Watch>> = OnceLock::new();

/// Marks a moment; `what` names the request or the change for the test's file.
pub fn reached(moment: Moment, what: impl FnOnce() -> String) {
    if let Some(watch) = WATCH.get_or_init(Watch::from_environment) {
        watch.reached(moment, what());
    }
}

impl Watch {
    fn from_environment() -> Option<Self> {
        // A variable left behind must not end a program that people use.
        if !cfg!(debug_assertions) {
            return None;
        }
        let kill_at = std::env::var("BINDERY_TEST_KILL").ok().and_then(|text| text.parse().ok());
        let told = std::env::var_os("BINDERY_TEST_MOMENTS").and_then(|path| {
            OpenOptions::new().append(true).create(true).open(path).ok().map(Mutex::new)
        });
        let asked = kill_at.is_some() || told.is_some();
        asked.then(|| Self { kill_at, reached: AtomicU64::new(0), told })
    }

    fn reached(&self, moment: Moment, what: impl Display) {
        let number = self.reached.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(told) = &self.told {
            let mut file = told.lock().unwrap_or_else(PoisonError::into_inner);
            // A test that counts too few of them fails by that.
            let _ = file.write_all(format!("{} {what}\n", moment.word()).as_bytes());
        }
        if self.kill_at == Some(number) {
            die();
        }
    }
}

/// Leaves nothing behind and runs nothing more, as kill -9 from outside.
fn die() -> ! {
    use rustix::process::{Signal, getpid, kill_process};
    loop {
        // It can't fail for one's own process, and does not return for long.
        let _ = kill_process(getpid(), Signal::KILL);
        std::thread::yield_now();
    }
}
