//! IT Glue's side: organizations, configurations, their statuses and types.

use super::{
    Attribute, ConfigurationId, MacAddress, OrganizationId, SerialNumber, StatusId, TypeId, Value,
};
use jiff::Timestamp;

/// An IT Glue organization: one client of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name; not unique.
    pub name: String,
    /// Its short name, to tell namesakes apart.
    pub short_name: Option<String>,
    /// The name of its type, to tell namesakes apart.
    pub type_name: Option<String>,
    /// The name of its status, to tell namesakes apart.
    pub status_name: Option<String>,
}

/// A configuration status of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationStatus {
    /// Its id.
    pub id: StatusId,
    /// Its name.
    pub name: String,
}

/// A configuration type of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationType {
    /// Its id.
    pub id: TypeId,
    /// Its name.
    pub name: String,
}

/// What `psa-integration` says. An open string at IT Glue; only `enabled` is known to mean that a PSA
/// owns the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PsaIntegration {
    /// Absent, null, or any word but `enabled`.
    NotSynced,
    /// `enabled`.
    Synced,
}

/// An IT Glue configuration, as far as Bindery reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Its id.
    pub id: ConfigurationId,
    /// The one organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: Option<String>,
    /// Its hostname.
    pub hostname: Option<String>,
    /// Its primary IP, as it stands there.
    pub primary_ip: Option<String>,
    /// Its MAC address, as it stands there.
    pub mac_address: Option<String>,
    /// Its serial number, as it stands there.
    pub serial_number: Option<String>,
    /// Its status, if it has one.
    pub status_id: Option<StatusId>,
    /// Its type.
    pub type_id: Option<TypeId>,
    /// Hidden in the app's normal views; independent of the status.
    pub archived: bool,
    /// Whether a PSA owns it.
    pub psa: PsaIntegration,
    /// When it was last changed, by anyone.
    pub updated_at: Option<Timestamp>,
    /// Its page in the app; its host names the account.
    pub resource_url: Option<String>,
}

impl Configuration {
    /// The serial number, if it identifies anything.
    pub fn serial(&self) -> Option<SerialNumber> {
        self.serial_number.as_deref().and_then(SerialNumber::parse)
    }

    /// The MAC address, if it identifies anything.
    pub fn mac(&self) -> Option<MacAddress> {
        self.mac_address.as_deref().and_then(MacAddress::parse)
    }

    /// What an attribute holds now; `None` where it is empty.
    pub fn value(&self, attribute: Attribute) -> Option<Value> {
        let text = |value: &Option<String>| {
            value.clone().filter(|text| !text.trim().is_empty()).map(Value::Text)
        };
        match attribute {
            Attribute::Name => text(&self.name),
            Attribute::Hostname => text(&self.hostname),
            Attribute::PrimaryIp => text(&self.primary_ip),
            Attribute::MacAddress => text(&self.mac_address),
            Attribute::SerialNumber => text(&self.serial_number),
            Attribute::Status => self.status_id.map(Value::from),
            Attribute::Archived => Some(Value::Flag(self.archived)),
            Attribute::Type => self.type_id.map(Value::from),
        }
    }
}
