//! Addigy's devices, their facts, and which policies a device is in.

use super::{Attribute, DeviceId, MacAddress, PolicyId, PolicyTree, SerialNumber, valid_ip};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The identifier of a fact, such as `device_model_name`.
pub type FactName = String;

/// The facts that Bindery reads for itself, by Addigy's identifiers.
/// Source: Addigy API v2, `POST /devices`, `desired_fact_identifiers`.
pub mod facts {
    /// Becomes `name`.
    pub const DEVICE_NAME: &str = "device_name";
    /// Becomes `hostname`; missing on iOS, iPadOS and tvOS.
    pub const LOCALHOST_NAME: &str = "localhost_name";
    /// Becomes `primary-ip`; missing on iOS, iPadOS and tvOS.
    pub const LOCAL_IP: &str = "local_ip";
    /// Becomes `mac-address`.
    pub const ETHERNET_MAC: &str = "ethernet_mac_address";
    /// Becomes `serial-number`.
    pub const SERIAL_NUMBER: &str = "serial_number";
    /// The device's one location.
    pub const POLICY_ID: &str = "policy_id";
    /// Every policy that applies to the device.
    pub const POLICY_IDS: &str = "policy_ids";
    /// When the device was last heard of.
    pub const LAST_ONLINE: &str = "last_online";
    /// For people to read.
    pub const MODEL: &str = "device_model_name";

    /// All of the above.
    pub const ALL: [&str; 9] = [
        DEVICE_NAME,
        LOCALHOST_NAME,
        LOCAL_IP,
        ETHERNET_MAC,
        SERIAL_NUMBER,
        POLICY_ID,
        POLICY_IDS,
        LAST_ONLINE,
        MODEL,
    ];
}

/// What a fact holds.
#[derive(Debug, Clone, PartialEq)]
pub enum FactValue {
    /// A string, or a date as it was spelled.
    Text(String),
    /// A number.
    Number(f64),
    /// A boolean.
    Flag(bool),
    /// A list of strings.
    List(Vec<String>),
}

impl FactValue {
    /// The texts a rule compares with: one, or one an item.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Number(number) => vec![number.to_string()],
            Self::Flag(flag) => vec![flag.to_string()],
            Self::List(items) => items.clone(),
        }
    }
}

/// What a device's own facts say of its policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// Both facts could be read.
    Read {
        /// `policy_id`, the device's main policy.
        location: Option<PolicyId>,
        /// `policy_ids`, ancestors of an assigned policy possibly among them.
        listed: BTreeSet<PolicyId>,
    },
    /// A fact was missing or in error.
    Unreadable {
        /// A sentence: which fact, and why.
        why: String,
        /// `policy_id`, where that could be read at least: the policy to tell of it in.
        location: Option<PolicyId>,
    },
}

impl Membership {
    /// The policies the device is assigned to: its location, and each listed one that is not an
    /// ancestor of another. `Err` is a sentence saying why that can't be known.
    pub fn assigned(&self, tree: &PolicyTree) -> Result<BTreeSet<PolicyId>, String> {
        let (location, listed) = match self {
            Self::Unreadable { why, .. } => return Err(why.clone()),
            Self::Read { location, listed } => (location, listed),
        };
        let all: BTreeSet<&PolicyId> = listed.iter().chain(location).collect();
        if let Some(unknown) = all.iter().find(|id| tree.get(id).is_none()) {
            return Err(format!("it is in policy {unknown}, which Addigy does not list"));
        }
        Ok(all
            .iter()
            .filter(|id| {
                Some(**id) == location.as_ref()
                    || !all.iter().any(|other| tree.is_ancestor(id, other))
            })
            .map(|id| (*id).clone())
            .collect())
    }

    /// Every policy the facts name, inherited ones too.
    pub fn named(&self) -> BTreeSet<PolicyId> {
        match self {
            Self::Read { location, listed } => listed.iter().chain(location).cloned().collect(),
            Self::Unreadable { location, .. } => location.iter().cloned().collect(),
        }
    }

    /// The device's main policy, where it is known.
    pub fn location(&self) -> Option<&PolicyId> {
        match self {
            Self::Read { location, .. } | Self::Unreadable { location, .. } => location.as_ref(),
        }
    }
}

/// An Addigy device with the facts Bindery reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Device Name, as Addigy has it; `None` where it has none.
    pub name: Option<String>,
    /// LocalHost Name.
    pub hostname: Option<String>,
    /// Local IP, unchecked.
    pub local_ip: Option<String>,
    /// Ethernet MAC Address, unchecked.
    pub ethernet_mac: Option<String>,
    /// Serial Number, unchecked.
    pub serial_number: Option<String>,
    /// Device Model Name, for people.
    pub model: Option<String>,
    /// When it was last heard of; `None` where that is missing or no date.
    pub last_online: Option<Timestamp>,
    /// Its policies.
    pub membership: Membership,
    /// Further facts, for conditional types.
    pub facts: BTreeMap<FactName, FactValue>,
}

impl Device {
    /// The serial number, if it identifies anything.
    pub fn serial(&self) -> Option<SerialNumber> {
        self.serial_number.as_deref().and_then(SerialNumber::parse)
    }

    /// The MAC address, if it identifies anything.
    pub fn mac(&self) -> Option<MacAddress> {
        self.ethernet_mac.as_deref().and_then(MacAddress::parse)
    }

    /// What one of the five fields shall hold; `None` where Addigy lacks it or its value can't be
    /// valid, and then the field is left as it is.
    pub fn field(&self, field: Attribute) -> Option<String> {
        let trimmed = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        match field {
            Attribute::Name => trimmed(&self.name),
            Attribute::Hostname => trimmed(&self.hostname),
            Attribute::PrimaryIp => {
                self.local_ip.as_deref().and_then(valid_ip).map(|ip| ip.to_string())
            }
            Attribute::MacAddress => self.mac().map(|mac| mac.to_string()),
            Attribute::SerialNumber => self.serial().and_then(|_| trimmed(&self.serial_number)),
            Attribute::Status | Attribute::Archived | Attribute::Type => None,
        }
    }

    /// The name to create a configuration with: the device's, else its hostname, else its serial, and
    /// as a last resort its MAC address, because IT Glue takes no configuration without a name.
    pub fn name_for_creation(&self) -> Option<String> {
        [Attribute::Name, Attribute::Hostname, Attribute::SerialNumber, Attribute::MacAddress]
            .into_iter()
            .find_map(|field| self.field(field))
    }

    /// What to call the device before a person.
    pub fn label(&self) -> String {
        self.name_for_creation().unwrap_or_else(|| self.id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Policy;

    fn tree() -> PolicyTree {
        PolicyTree::new([("root", ""), ("acme", "root"), ("laptops", "acme"), ("flex", "")].map(
            |(id, parent)| Policy {
                id: PolicyId::new(id),
                name: id.into(),
                parent: (!parent.is_empty()).then(|| PolicyId::new(parent)),
                itglue_account_id: None,
            },
        ))
    }

    fn read(location: &str, listed: &[&str]) -> Membership {
        Membership::Read {
            location: (!location.is_empty()).then(|| PolicyId::new(location)),
            listed: listed.iter().map(|id| PolicyId::new(*id)).collect(),
        }
    }

    fn assigned(membership: &Membership) -> Vec<String> {
        membership.assigned(&tree()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ancestors_count_as_inherited() {
        assert_eq!(
            assigned(&read("laptops", &["laptops", "acme", "root", "flex"])),
            ["flex", "laptops"]
        );
        assert_eq!(assigned(&read("laptops", &[])), ["laptops"]);
    }

    #[test]
    fn the_location_counts_even_above_another() {
        assert_eq!(assigned(&read("acme", &["acme", "laptops"])), ["acme", "laptops"]);
    }

    #[test]
    fn an_unknown_policy_makes_membership_unknown() {
        assert!(read("acme", &["gone"]).assigned(&tree()).is_err());
    }
}
