//! Exit codes, and errors that carry one.

use crate::domain::Outcome;

/// How a command ended. Product section 4 fixes the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, all bound.
    Done,
    /// Failed.
    Failed,
    /// Wrong usage or settings.
    Usage,
    /// Done, some devices pending.
    Pending,
    /// Refused by a guard, or switched off.
    Refused,
    /// Another run holds the organization.
    Busy,
    /// Changes wait (`plan --detailed-exitcode`).
    Changes,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number for the shell.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Pending => 3,
            Self::Refused => 4,
            Self::Busy => 5,
            Self::Changes => 6,
            Self::Interrupted => 130,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Pending => Self::Pending,
            Outcome::Withheld => Self::Refused,
            Outcome::Busy => Self::Busy,
            Outcome::Cancelled => Self::Interrupted,
            Outcome::Failed => Self::Failed,
        }
    }
}

/// Why a command came to nothing: a sentence for a person, and the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// What the shell gets.
    pub exit: Exit,
    message: String,
}

impl CommandError {
    /// An error with this exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// Wrong usage or settings.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Wrong usage, in the words of another error.
    pub fn usage_of(error: impl ToString) -> Self {
        Self::usage(error.to_string())
    }

    /// Something failed.
    pub fn failed(message: impl ToString) -> Self {
        Self::new(Exit::Failed, message.to_string())
    }

    /// Refused: a guard, a missing confirmation, or switched off.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }
}

/// What every command returns.
pub type CommandResult = Result<Exit, CommandError>;
