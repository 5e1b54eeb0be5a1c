//! Everything that can happen to the console.

use super::effect::Answer;
use super::key::Key;
use super::run::Pulse;
use crate::apply::{self, Summary};
use std::fmt;

/// One thing that happened.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// The terminal came to the front, or went from it.
    Focus(bool),
    /// The system told us something.
    Signal(Signal),
    /// A run went on.
    Run(RunKey, Vec<apply::Event>),
    /// What a run has sent and may still send; once a second while it is under way.
    RunPulse(RunKey, Box<Pulse>),
    /// A run ended; `Err` is a sentence.
    RunEnded(RunKey, Result<Box<Summary>, String>),
    /// An effect came to this.
    Answer(Answer),
    /// A timer that was asked for ran out.
    Timer(Timer),
}

/// What the system told us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT from outside; the key comes as a key.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal is gone.
    Hangup,
    /// The program goes on after it was suspended.
    Continued,
}

/// Timers, by what they are for. Asking for one again puts it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// The next frame of a spinner.
    Spin,
    /// A notice has been there long enough.
    Notice,
    /// The picker's question is typed.
    Question,
    /// The setup's draft is to be kept.
    Draft,
    /// The counters of a run are due.
    Counters,
    /// A second Ctrl-C is no longer one.
    Interrupt,
}

/// A run started by this console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunKey(pub u64);

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
