//! How a round ended.

use crate::apply::{self, Failure, Summary};
use crate::domain::Outcome;
use crate::transport;

/// How a round ended. One that was stopped has neither.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// The run, where there was one.
    pub summary: Option<Summary>,
    /// What kept it from its end.
    pub trouble: Option<Trouble>,
}

/// What kept a round from its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What kind of trouble: it decides how long to wait.
    pub kind: TroubleKind,
    /// A sentence for a person.
    pub words: String,
}

/// Kinds of trouble, by what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// A service can't be reached or has trouble of its own. Time helps.
    Down,
    /// Addigy takes no more requests for a day.
    LockedOut,
    /// A key is wrong, revoked or lacks a permission. A person helps.
    NotPermitted,
    /// The settings can't be used as they are. A person helps, and is quick.
    Settings,
    /// Switched off in the settings.
    SwitchedOff,
    /// The state can't be read or written: a full disk, a mode, a damaged file.
    State,
    /// The state belongs to other accounts: nothing is written until a person confirms.
    Refused,
}

impl TroubleKind {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::LockedOut => "locked_out",
            Self::NotPermitted => "not_permitted",
            Self::Settings => "settings",
            Self::SwitchedOff => "switched_off",
            Self::State => "state",
            Self::Refused => "refused",
        }
    }
}

impl Trouble {
    /// A trouble in these words.
    pub fn new(kind: TroubleKind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into() }
    }
}

impl Ended {
    /// How a sync came out.
    pub fn of(result: Result<Summary, apply::Error>) -> Self {
        let summary = match result {
            Ok(summary) => summary,
            Err(error) => {
                let trouble = kind_of(&error).map(|kind| Trouble::new(kind, error.to_string()));
                return Self { summary: None, trouble };
            }
        };
        let trouble = (summary.outcome == Outcome::Failed).then(|| {
            let words = match summary.problems.as_slice() {
                [] => "the run could not go on".to_owned(),
                problems => problems.join(" "),
            };
            let kind = match summary.failure {
                Some(Failure::KeyRefused) => TroubleKind::NotPermitted,
                Some(Failure::State) => TroubleKind::State,
                None => TroubleKind::Down,
            };
            Trouble::new(kind, words)
        });
        Self { summary: Some(summary), trouble }
    }

    /// No run came about.
    pub fn in_trouble(kind: TroubleKind, words: impl Into<String>) -> Self {
        Self { summary: None, trouble: Some(Trouble::new(kind, words)) }
    }
}

/// `None`: no trouble, it was stopped.
fn kind_of(error: &apply::Error) -> Option<TroubleKind> {
    use apply::Error;
    Some(match error {
        Error::Cancelled => return None,
        Error::Unread(error) => match error.kind() {
            transport::Kind::LockedOut => TroubleKind::LockedOut,
            transport::Kind::NotPermitted => TroubleKind::NotPermitted,
            _ => TroubleKind::Down,
        },
        Error::NoDevices => TroubleKind::Down,
        Error::Store(_) | Error::Lock(_) => TroubleKind::State,
        Error::ChoiceGone { .. } => TroubleKind::Settings,
        Error::OtherAccount(_)
        | Error::OtherOrganization(_)
        | Error::OtherSettings(_)
        | Error::OtherUndo(..)
        | Error::Unconfirmed(_) => TroubleKind::Refused,
    })
}
