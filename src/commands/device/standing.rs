//! How a device stands, in a word and in sentences.

use crate::commands::status::capitalized;
use crate::domain::{Binding, BindingState, DeviceState, Pending, RunId};
use crate::plan::Place;
use crate::store::DeviceReport;
use jiff::Timestamp;

/// How a device stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Undone by this run, and not released since.
    Held(Option<RunId>),
    /// A person chose its configuration, and no sync has joined it since.
    Chosen,
    /// Not bound, or not wholly.
    Pending(Pending),
    /// It left, and the guard keeps its configuration active.
    Withheld,
    /// Bound; with the time of the last sync.
    Linked(Option<Timestamp>),
    /// No sync has come to it yet.
    NotSynced,
    /// It left its policy.
    Leaving,
    /// None of its policies is linked.
    NotLinked,
}

impl Standing {
    /// What follows from where it is, its binding there and what the last sync found.
    pub fn of(place: &Place, binding: Option<&Binding>, report: Option<&DeviceReport>) -> Self {
        if let Some(binding) = binding.filter(|binding| binding.held_by.is_some()) {
            return Self::Held(binding.held_by);
        }
        let state = binding.map(|binding| binding.state);
        // A choice by hand is newer than what the last sync found.
        if state == Some(BindingState::Chosen) && matches!(place, Place::In { .. }) {
            return Self::Chosen;
        }
        if let Some(report) = report {
            if let Some(pending) = &report.pending {
                return Self::Pending(pending.clone());
            }
            if report.state == DeviceState::Withheld {
                return Self::Withheld;
            }
        }
        match (place, state) {
            (Place::In { .. }, Some(BindingState::Bound)) => {
                Self::Linked(report.map(|report| report.at))
            }
            (Place::Nowhere, Some(BindingState::Bound)) => Self::Leaving,
            (Place::Nowhere, _) => Self::NotLinked,
            (Place::In { .. } | Place::Torn(_) | Place::Unknown { .. }, _) => Self::NotSynced,
        }
    }

    /// The word in documents.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Held(_) => "held",
            Self::Chosen => "chosen",
            Self::Pending(_) => "pending",
            Self::Withheld => "withheld",
            Self::Linked(_) => "linked",
            Self::NotSynced => "not_synced",
            Self::Leaving => "leaving",
            Self::NotLinked => "not_linked",
        }
    }

    /// In sentences to be read aloud, without the next step; `moment` says a time.
    pub fn sentence(&self, moment: &dyn Fn(Timestamp) -> String) -> String {
        match self {
            Self::Held(run) => {
                let run = run.map_or_else(String::new, |run| format!(": run {run} was undone"));
                format!("It is held{run}.")
            }
            Self::Chosen => "It waits for a sync: its configuration was chosen by hand.".to_owned(),
            Self::Pending(pending) => {
                let superseded = if pending.superseded { " It needs no attention." } else { "" };
                let particulars = match pending.message.as_str() {
                    "" => String::new(),
                    message => format!(" {}.", capitalized(message)),
                };
                format!(
                    "It is pending, {}: {}.{particulars}{superseded}",
                    pending.reason.word(),
                    pending.reason.sentence()
                )
            }
            Self::Withheld => {
                "It left its policy, and the guard keeps its configuration active.".to_owned()
            }
            Self::Linked(Some(at)) => format!("All was well at the last sync, {}.", moment(*at)),
            Self::Linked(None) => "All is well.".to_owned(),
            Self::NotSynced => "It has not been synced yet.".to_owned(),
            Self::Leaving => "It left its policy.".to_owned(),
            Self::NotLinked => "None of its policies is linked to an organization.".to_owned(),
        }
    }
}
