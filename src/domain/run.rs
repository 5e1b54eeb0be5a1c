//! Runs: what was done, by whom, with what result.

use super::{PolicyId, RunId};
use jiff::Timestamp;

/// What kind of run it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Plan and apply.
    Sync,
    /// Former values put back.
    Undo,
    /// Configurations set inactive as their policy was unlinked.
    Unlink,
}

impl RunKind {
    /// The word in documents and in the state file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Undo => "undo",
            Self::Unlink => "unlink",
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every device bound, every departure written.
    Done,
    /// Done, some devices pending.
    Pending,
    /// The guard kept inactivations back.
    Withheld,
    /// Another run holds an organization.
    Busy,
    /// A person or a signal stopped it.
    Cancelled,
    /// It could not go on.
    Failed,
}

impl Outcome {
    /// The word in documents and in the state file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Pending => "pending",
            Self::Withheld => "withheld",
            Self::Busy => "busy",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// Who started a run, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The login, with the SSH client's address where there is one: `ana from 10.0.0.7`.
    pub who: String,
    /// The host's name.
    pub host: String,
    /// Bindery's version.
    pub version: String,
}

/// What a run did, in devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Configurations created.
    pub created: u32,
    /// Configurations found and activated.
    pub activated: u32,
    /// Configurations whose fields changed.
    pub updated: u32,
    /// Devices with nothing to write.
    pub unchanged: u32,
    /// Configurations set inactive.
    pub inactivated: u32,
    /// Devices not bound, or not wholly.
    pub pending: u32,
    /// Inactivations the guard kept back.
    pub withheld: u32,
    /// Devices held by undo.
    pub held: u32,
    /// Devices not come to when the run was cancelled.
    pub cancelled: u32,
}

impl Counts {
    /// All of them.
    pub fn total(&self) -> usize {
        let Self {
            created,
            activated,
            updated,
            unchanged,
            inactivated,
            pending,
            withheld,
            held,
            cancelled,
        } = *self;
        let written = [created, activated, updated, unchanged, inactivated];
        let others = [pending, withheld, held, cancelled];
        written.into_iter().chain(others).map(|count| count as usize).sum()
    }
}

/// A run as the history keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// What kind it was.
    pub kind: RunKind,
    /// The policies it was asked for.
    pub policies: Vec<PolicyId>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; `None` while it runs, and for one that was killed.
    pub finished: Option<Timestamp>,
    /// Who started it, and where.
    pub origin: Origin,
    /// How it ended; `None` as for `finished`.
    pub outcome: Option<Outcome>,
    /// What it did.
    pub counts: Counts,
}
