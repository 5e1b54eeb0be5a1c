//! What a watch tells beside its rounds: each thing once, when it begins and when it is over.

use super::ended::{Trouble, TroubleKind};
use crate::domain::OrganizationId;
use jiff::Timestamp;

/// Something that is different from the round before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Rounds come to nothing from now on; the next is tried at this time.
    Trouble {
        /// What it is.
        trouble: Trouble,
        /// When it is tried again.
        until: Timestamp,
    },
    /// Rounds come to their end again.
    Over(TroubleKind),
    /// The guard keeps back other inactivations than before; so many, none where it let go.
    Withheld(usize),
    /// A sentence on what went wrong beyond single devices.
    Problem(String),
    /// An organization is left out, for another run has it.
    Busy {
        /// The organization.
        organization: OrganizationId,
        /// Who has it.
        holder: String,
    },
}

impl News {
    /// The word in documents.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Trouble { .. } => "trouble",
            Self::Over(_) => "over",
            Self::Withheld(_) => "withheld",
            Self::Problem(_) => "problem",
            Self::Busy { .. } => "busy",
        }
    }

    /// A sentence; `clock` spells times.
    pub fn sentence(&self, clock: impl Fn(Timestamp) -> String) -> String {
        match self {
            Self::Trouble { trouble, until } => {
                let next = match trouble.kind {
                    TroubleKind::Down | TroubleKind::State => "Tried again, less and less often;",
                    TroubleKind::LockedOut => "Nothing is asked for a day;",
                    TroubleKind::NotPermitted => "Tried again once an hour at most;",
                    TroubleKind::Settings | TroubleKind::SwitchedOff => "Looked at again;",
                    TroubleKind::Refused => return trouble.words.clone(),
                };
                let words = trouble.words.trim_end_matches('.');
                format!("{words}. {next} next at {}.", clock(*until))
            }
            Self::Over(kind) => match kind {
                TroubleKind::Settings => "The settings can be used again.".to_owned(),
                TroubleKind::SwitchedOff => "The integration is switched on again.".to_owned(),
                TroubleKind::State => "The state can be used again.".to_owned(),
                _ => "Both services answer again.".to_owned(),
            },
            Self::Withheld(0) => "The guard keeps back nothing any more.".to_owned(),
            Self::Withheld(count) => format!(
                "{count} left and would be set inactive; the guard keeps that back. See them: \
                 bindery plan. If that is meant: bindery sync --all --yes"
            ),
            Self::Problem(sentence) => sentence.clone(),
            Self::Busy { organization, holder } => format!(
                "Organization {organization} is being written to by {holder}; it is left out until \
                 that has ended."
            ),
        }
    }
}
