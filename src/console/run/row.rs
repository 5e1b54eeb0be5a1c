//! One device of a run: its row, its state as shown, and what was tried for it.

use crate::domain::{ConfigurationId, DeviceId, DeviceState, OrganizationId, Pending, PolicyId};
use jiff::Timestamp;

/// A device's state as a person is shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowState {
    /// Not yet come to, or come to again later in this run.
    Waiting,
    /// Being compared once more before it is written.
    Matching,
    /// A write is under way.
    Writing,
    /// Bound by this run's write.
    Linked,
    /// Bound, with nothing to write.
    Unchanged,
    /// It left; its configuration has the inactive status.
    Inactive,
    /// Not bound, or not wholly.
    Pending,
    /// A stale twin: told, but no cause for attention.
    Superseded,
    /// The run was cancelled before it.
    Cancelled,
    /// The guard keeps its inactivation back.
    Withheld,
    /// Undo holds it.
    Held,
}

impl RowState {
    /// Every state, in the order in which counts are told.
    pub const ALL: [Self; 11] = [
        Self::Linked,
        Self::Unchanged,
        Self::Inactive,
        Self::Matching,
        Self::Writing,
        Self::Waiting,
        Self::Pending,
        Self::Withheld,
        Self::Held,
        Self::Cancelled,
        Self::Superseded,
    ];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Matching => "matching",
            Self::Writing => "writing",
            Self::Linked => "linked",
            Self::Unchanged => "unchanged",
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Withheld => "withheld",
            Self::Held => "held",
        }
    }

    /// The engine's state that looks like it.
    pub const fn looks_like(self) -> DeviceState {
        match self {
            Self::Waiting => DeviceState::Waiting,
            Self::Matching => DeviceState::Matching,
            Self::Writing => DeviceState::Writing,
            Self::Linked => DeviceState::Linked,
            Self::Unchanged => DeviceState::Unchanged,
            // Both are told and want nothing.
            Self::Inactive | Self::Superseded => DeviceState::Inactive,
            Self::Pending => DeviceState::Pending,
            Self::Cancelled => DeviceState::Cancelled,
            Self::Withheld => DeviceState::Withheld,
            Self::Held => DeviceState::Held,
        }
    }

    /// Whether the run is still to come to it, or is at it.
    pub const fn is_on_the_way(self) -> bool {
        matches!(self, Self::Waiting | Self::Matching | Self::Writing)
    }

    /// Whether something is being done with it right now.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Matching | Self::Writing)
    }

    /// Whether a person should look at it.
    pub const fn needs_attention(self) -> bool {
        matches!(self, Self::Pending | Self::Withheld)
    }

    /// Whether retrying means it: everything that is not linked and was not left alone on purpose.
    pub const fn can_be_retried(self) -> bool {
        matches!(self, Self::Pending | Self::Cancelled)
    }
}

/// One try at writing a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When the write began; unknown where that news was lost on the way.
    pub began: Option<Timestamp>,
    /// When it was answered; `None` while it is under way.
    pub ended: Option<Timestamp>,
    /// What came of it, for people.
    pub answer: String,
}

/// A device in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The device.
    pub device_id: DeviceId,
    /// The organization; a device that moved has a row in each.
    pub organization_id: OrganizationId,
    /// The policy it is bound through.
    pub policy_id: PolicyId,
    /// What to call it; clean.
    pub name: String,
    /// Its serial number, or nothing; clean.
    pub serial: String,
    /// Its state.
    pub state: RowState,
    /// The action's word; see [`Row::action_shown`].
    pub action: &'static str,
    /// What a person was shown before, where that was another action.
    pub shown: Option<&'static str>,
    /// Its configuration, once known.
    pub configuration_id: Option<ConfigurationId>,
    /// Why it is pending.
    pub pending: Option<Pending>,
    /// Something to say of it; clean.
    pub message: String,
    /// What is, or was, written last; clean.
    pub sent: String,
    /// When this run comes to it again, where it does and that is known.
    pub until: Option<Timestamp>,
    /// What was tried, oldest first.
    pub attempts: Vec<Attempt>,
    /// What a filter looks through: name, serial, message, reason and configuration, in lower case.
    pub(super) haystack: String,
    /// The same device's row in another organization.
    pub(super) next: Option<u32>,
}

impl Row {
    /// What stands for the row, whatever its place.
    pub fn key(&self) -> (OrganizationId, DeviceId) {
        (self.organization_id, self.device_id.clone())
    }

    /// The action, where it says more than the state.
    pub fn action_shown(&self) -> &'static str {
        match self.action {
            "pending" | "unchanged" => "",
            action => action,
        }
    }

    /// The reason's word: of a pending one, or why else a person should look.
    pub fn reason(&self) -> Option<&'static str> {
        match (self.state, &self.pending) {
            (RowState::Withheld, _) => Some("withheld"),
            (state, _) if state.is_on_the_way() => None,
            (_, Some(pending)) => Some(pending.reason.word()),
            (_, None) => None,
        }
    }

    pub(super) fn remember_words(&mut self) {
        let reason = self.pending.as_ref().map_or("", |pending| pending.reason.word());
        let configuration = self.configuration_id.map(|id| id.to_string()).unwrap_or_default();
        let all = [&self.name, &self.serial, &self.message, reason, configuration.as_str()];
        self.haystack.clear();
        for part in all {
            self.haystack.extend(part.chars().flat_map(char::to_lowercase));
            self.haystack.push('\n');
        }
    }
}

/// The state shown for the engine's.
pub(super) fn shown_state(state: DeviceState, again: bool, pending: Option<&Pending>) -> RowState {
    match state {
        DeviceState::Waiting => RowState::Waiting,
        DeviceState::Matching => RowState::Matching,
        DeviceState::Writing => RowState::Writing,
        DeviceState::Linked => RowState::Linked,
        DeviceState::Unchanged => RowState::Unchanged,
        DeviceState::Inactive => RowState::Inactive,
        DeviceState::Cancelled => RowState::Cancelled,
        DeviceState::Withheld => RowState::Withheld,
        DeviceState::Held => RowState::Held,
        DeviceState::Pending if again => RowState::Waiting,
        DeviceState::Pending if pending.is_some_and(|pending| pending.superseded) => {
            RowState::Superseded
        }
        DeviceState::Pending => RowState::Pending,
    }
}
