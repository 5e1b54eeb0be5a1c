//! What the engine tells while it works.

use crate::domain::{
    ConfigurationId, Counts, DeviceId, DeviceState, OrganizationId, Outcome, Pending, PolicyId,
    RunId,
};
use crate::transport::{Service, Waiting};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tokio::sync::mpsc;

/// One thing that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run has its number.
    Started {
        /// The number.
        run: RunId,
    },
    /// Something is being read; the sentence says what.
    Reading(String),
    /// The plan stands: so many devices will be gone through.
    Planned {
        /// How many devices.
        devices: usize,
        /// How many of them are written.
        writes: usize,
    },
    /// The devices of a pass in the plan's order, before anything is done with them; all wait.
    Listed(Vec<DeviceEvent>),
    /// What this pass still has to send to IT Glue, as far as it is known.
    ToSend(ToSend),
    /// A device came to another state.
    Device(DeviceEvent),
    /// A service makes us wait; nothing is lost.
    Waiting {
        /// The service.
        service: Service,
        /// When the wait ends.
        until: Timestamp,
        /// Why.
        why: Waiting,
    },
    /// The run waits until another run has ended that holds an organization.
    Queued {
        /// The organization, with the name it was linked by.
        organization: (OrganizationId, String),
        /// Who holds it, in the words of [`crate::store::holder_line`].
        holder: String,
    },
    /// Creates without a clear answer are looked up at this time.
    Settling {
        /// How many.
        devices: usize,
        /// When.
        until: Timestamp,
    },
    /// A sentence for the person: what else is worth knowing.
    Note(String),
}

/// Requests to IT Glue that are queued or under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ToSend {
    /// Writes, one request a batch.
    pub writes: usize,
    /// Those of them that look before they write, which costs another request.
    pub looks: usize,
    /// From this time on every write looks first, for what was read is old by then.
    pub fresh_until: Option<Timestamp>,
}

/// A device's new state.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceEvent {
    /// The device.
    pub device_id: DeviceId,
    /// What to call it.
    pub name: String,
    /// Its serial number, if it has one.
    pub serial_number: Option<String>,
    /// The policy it is bound through.
    pub policy_id: PolicyId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its state now.
    pub state: DeviceState,
    /// The action's word.
    pub action: &'static str,
    /// Its configuration, once known.
    pub configuration_id: Option<ConfigurationId>,
    /// Why it is pending.
    pub pending: Option<Pending>,
    /// Something to say of it.
    pub message: String,
    /// Whether this run comes to it again, when it is through with the others.
    pub again: bool,
    /// If so, not before this time.
    pub until: Option<Timestamp>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The run's number; `None` where it did not come to writing.
    pub run: Option<RunId>,
    /// How it ended.
    pub outcome: Outcome,
    /// What it did.
    pub counts: Counts,
    /// The devices whose inactivation the guard kept back.
    pub withheld_devices: BTreeSet<(OrganizationId, DeviceId)>,
    /// Organizations that another run holds, with its holder.
    pub busy: Vec<(OrganizationId, String)>,
    /// Requests sent to Addigy.
    pub addigy_requests: u64,
    /// Requests sent to IT Glue.
    pub itglue_requests: u64,
    /// How long it took.
    pub seconds: f64,
    /// Sentences on what went wrong beyond single devices.
    pub problems: Vec<String>,
    /// Why it failed, where it did.
    pub failure: Option<Failure>,
}

/// Why a run could not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// IT Glue turned the key away, or does not let it write.
    KeyRefused,
    /// The state could not be written.
    State,
}

/// The engine's end of the channel. Progress may be dropped before a slow reader, outcomes never.
#[derive(Debug, Clone)]
pub struct Reporter(mpsc::Sender<Event>);

impl Reporter {
    /// Reports into this channel.
    pub fn new(sender: mpsc::Sender<Event>) -> Self {
        Self(sender)
    }

    /// Tells what will be superseded; dropped when the reader lags.
    pub fn progress(&self, event: Event) {
        // A full or closed channel only means that nobody needs this.
        let _ = self.0.try_send(event);
    }

    /// Tells what must arrive; waits for a slow reader, not for one that is gone.
    pub async fn outcome(&self, event: Event) {
        let _ = self.0.send(event).await;
    }
}
