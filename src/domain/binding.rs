//! Bindings: which configuration stands for which device in an organization.

use super::{Attribute, ConfigurationId, DeviceId, OrganizationId, PolicyId, RunId, SerialNumber};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How a device's configuration was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// The recorded binding.
    Binding,
    /// The serial number.
    Serial,
    /// The MAC address.
    Mac,
    /// A person said so.
    Hand,
}

impl MatchedBy {
    /// The word for it in documents and in the state file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Binding => "binding",
            Self::Serial => "serial",
            Self::Mac => "mac",
            Self::Hand => "hand",
        }
    }
}

/// Whether a binding is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingState {
    /// The device joined: the configuration is its own, and active but for what a person did since.
    Bound,
    /// The device left, and all that had to be written has been.
    Left,
    /// Let go without a write: unlinked, or another device holds the configuration now.
    Released,
    /// A person chose this configuration; the next sync joins the device to it.
    Chosen,
}

/// What Bindery last wrote into a field, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Written {
    /// The value sent.
    pub sent: String,
    /// The value IT Glue answered with; `None` where it refused the field.
    pub stored: Option<String>,
    /// How often this value was sent because something else stood there.
    pub times: u32,
}

/// A device's place in an organization. Kept per device and organization, so that a device that moved
/// can be bound in one and still due to be set inactive in the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The device.
    pub device_id: DeviceId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The policy through which it was bound.
    pub policy_id: PolicyId,
    /// Its configuration.
    pub configuration_id: ConfigurationId,
    /// Whether it is in force.
    pub state: BindingState,
    /// How the configuration was first found.
    pub matched_by: Option<MatchedBy>,
    /// The serial number last seen on the configuration.
    pub serial_seen: Option<SerialNumber>,
    /// What was written into each field.
    pub written: BTreeMap<Attribute, Written>,
    /// `updated-at` of the record when IT Glue refused a field because a PSA owns it; until that
    /// changes nothing but serial number and `archived` is tried again.
    pub psa_refused: Option<Timestamp>,
    /// The undo whose effect a sync must not redo, until a person releases it.
    pub held_by: Option<RunId>,
}

impl Binding {
    /// Whether the configuration belongs to the device now.
    pub fn is_bound(&self) -> bool {
        self.state == BindingState::Bound
    }
}
