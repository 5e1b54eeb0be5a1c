//! The attributes of a configuration that Bindery may write, and differences between two values.

use super::{MacAddress, StatusId, TypeId, valid_ip};
use std::collections::BTreeMap;
use std::fmt;

/// An attribute of a configuration that Bindery writes; no other is ever sent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Attribute {
    /// Device Name.
    #[serde(rename = "name")]
    Name,
    /// LocalHost Name.
    #[serde(rename = "hostname")]
    Hostname,
    /// Local IP.
    #[serde(rename = "primary-ip")]
    PrimaryIp,
    /// Ethernet MAC Address.
    #[serde(rename = "mac-address")]
    MacAddress,
    /// Serial Number.
    #[serde(rename = "serial-number")]
    SerialNumber,
    /// The active or the inactive status; only when a device joins or leaves.
    #[serde(rename = "configuration-status-id")]
    Status,
    /// Only `false`, and only when a device joins.
    #[serde(rename = "archived")]
    Archived,
    /// Only when a configuration is created.
    #[serde(rename = "configuration-type-id")]
    Type,
}

impl Attribute {
    /// The five fields that follow Addigy for as long as a device stays.
    pub const FIELDS: [Self; 5] =
        [Self::Name, Self::Hostname, Self::PrimaryIp, Self::MacAddress, Self::SerialNumber];

    /// Every attribute.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Hostname,
        Self::PrimaryIp,
        Self::MacAddress,
        Self::SerialNumber,
        Self::Status,
        Self::Archived,
        Self::Type,
    ];

    /// The attribute's key in an IT Glue document.
    /// Source: <https://api.itglue.com/developer>, configurations.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Hostname => "hostname",
            Self::PrimaryIp => "primary-ip",
            Self::MacAddress => "mac-address",
            Self::SerialNumber => "serial-number",
            Self::Status => "configuration-status-id",
            Self::Archived => "archived",
            Self::Type => "configuration-type-id",
        }
    }

    /// Whether IT Glue takes this attribute on a record that a PSA owns.
    /// Source: <https://api.itglue.com/developer>, configurations, update.
    pub const fn writable_on_psa_record(self) -> bool {
        matches!(self, Self::SerialNumber | Self::Archived)
    }

    /// Whether two texts say the same, however each is spelled.
    pub fn same(self, left: &str, right: &str) -> bool {
        let (left, right) = (left.trim(), right.trim());
        left == right
            || match self {
                Self::MacAddress => {
                    MacAddress::parse(left).is_some_and(|mac| Some(mac) == MacAddress::parse(right))
                }
                Self::PrimaryIp => valid_ip(left).is_some_and(|ip| Some(ip) == valid_ip(right)),
                _ => false,
            }
    }

    /// Whether what stands there now is what was wanted, however it is spelled.
    pub fn holds(self, wanted: &Value, now: Option<&Value>) -> bool {
        match (wanted, now) {
            (Value::Nothing, now) => now.is_none(),
            (Value::Text(wanted), Some(Value::Text(now))) => self.same(wanted, now),
            (wanted, now) => Some(wanted) == now,
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A value of an attribute.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(untagged)]
pub enum Value {
    /// Archived or not.
    Flag(bool),
    /// A status or a type.
    Id(i64),
    /// A field's text.
    Text(String),
    /// Empty, sent only where undo puts back that a field held nothing.
    Nothing,
}

impl Value {
    /// The text of a field; `None` for ids and flags.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Id(_) | Self::Nothing => None,
        }
    }
}

impl From<StatusId> for Value {
    fn from(id: StatusId) -> Self {
        Self::Id(id.get())
    }
}

impl From<TypeId> for Value {
    fn from(id: TypeId) -> Self {
        Self::Id(id.get())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Id(id) => id.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// One attribute's way from an old value to a new one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// What IT Glue holds now; `None` where it holds nothing, and on creation.
    pub from: Option<Value>,
    /// What it shall hold. Empty only where undo puts back that it was: a sync blanks nothing.
    pub to: Value,
}

/// The differences between a configuration and what it shall be, by attribute.
pub type Changes = BTreeMap<Attribute, Change>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_no_difference() {
        assert!(Attribute::MacAddress.same("a4-83-e7-00-11-22", "A4:83:E7:00:11:22"));
        assert!(Attribute::PrimaryIp.same("2001:DB8::1", "2001:db8:0::1"));
        assert!(Attribute::Name.same(" Ana's Mac ", "Ana's Mac"));
        assert!(!Attribute::Name.same("ana's mac", "Ana's Mac"));
        assert!(!Attribute::MacAddress.same("", "A4:83:E7:00:11:22"));
    }

    #[test]
    fn values_keep_their_kind_in_json() {
        for value in [Value::Flag(false), Value::Id(101), Value::Text("101".into()), Value::Nothing]
        {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
        }
    }
}
