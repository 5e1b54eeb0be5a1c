//! The account's choices: statuses, types by rule, and the guard.

use super::{Device, FactName, StatusId, TypeId, facts};

/// How a condition compares. Text is compared case-insensitively.
#[derive(Debug, Clone)]
pub enum Operator {
    /// `equals`
    Equals(String),
    /// `is_not`
    IsNot(String),
    /// `contains`
    Contains(String),
    /// `starts_with`
    StartsWith(String),
    /// `ends_with`
    EndsWith(String),
    /// `matches`: a regular expression, compiled case-insensitive.
    Matches(regex::Regex),
    /// `is_empty`
    IsEmpty,
    /// `is_not_empty`
    IsNotEmpty,
}

impl Operator {
    /// The word in the settings file.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Equals(_) => "equals",
            Self::IsNot(_) => "is_not",
            Self::Contains(_) => "contains",
            Self::StartsWith(_) => "starts_with",
            Self::EndsWith(_) => "ends_with",
            Self::Matches(_) => "matches",
            Self::IsEmpty => "is_empty",
            Self::IsNotEmpty => "is_not_empty",
        }
    }

    /// What is compared with, where the operator wants something.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Equals(text)
            | Self::IsNot(text)
            | Self::Contains(text)
            | Self::StartsWith(text)
            | Self::EndsWith(text) => Some(text),
            Self::Matches(pattern) => Some(pattern.as_str()),
            Self::IsEmpty | Self::IsNotEmpty => None,
        }
    }
}

impl PartialEq for Operator {
    fn eq(&self, other: &Self) -> bool {
        (self.word(), self.value()) == (other.word(), other.value())
    }
}

impl Eq for Operator {}

/// One condition on one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The fact's identifier.
    pub fact: FactName,
    /// What it shall be.
    pub operator: Operator,
}

impl Condition {
    /// Whether the device meets it. Of a list, any item may meet a positive operator, and every item
    /// must meet `is_not`.
    pub fn holds(&self, device: &Device) -> bool {
        let texts: Vec<String> = fact_texts(device, &self.fact)
            .into_iter()
            .map(|text| text.trim().to_lowercase())
            .filter(|text| !text.is_empty())
            .collect();
        let any = |test: &dyn Fn(&str) -> bool| texts.iter().any(|text| test(text));
        match &self.operator {
            Operator::Equals(value) => any(&|text| text == lower(value)),
            Operator::IsNot(value) => !any(&|text| text == lower(value)),
            Operator::Contains(value) => any(&|text| text.contains(&lower(value))),
            Operator::StartsWith(value) => any(&|text| text.starts_with(&lower(value))),
            Operator::EndsWith(value) => any(&|text| text.ends_with(&lower(value))),
            Operator::Matches(pattern) => any(&|text| pattern.is_match(text)),
            Operator::IsEmpty => texts.is_empty(),
            Operator::IsNotEmpty => !texts.is_empty(),
        }
    }
}

fn lower(value: &str) -> String {
    value.trim().to_lowercase()
}

/// A fact's texts, wherever the device keeps it.
pub fn fact_texts(device: &Device, fact: &str) -> Vec<String> {
    let own = match fact {
        facts::DEVICE_NAME => &device.name,
        facts::LOCALHOST_NAME => &device.hostname,
        facts::LOCAL_IP => &device.local_ip,
        facts::ETHERNET_MAC => &device.ethernet_mac,
        facts::SERIAL_NUMBER => &device.serial_number,
        facts::MODEL => &device.model,
        facts::LAST_ONLINE => &device.last_online.map(|at| at.to_string()),
        facts::POLICY_ID => &device.membership.location().map(ToString::to_string),
        facts::POLICY_IDS => {
            return device.membership.named().iter().map(ToString::to_string).collect();
        }
        _ => return device.facts.get(fact).map(|value| value.texts()).unwrap_or_default(),
    };
    own.iter().cloned().collect()
}

/// All of its conditions, then a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeRule {
    /// One to five conditions; all must hold.
    pub when: Vec<Condition>,
    /// The type for a configuration created for such a device.
    pub type_id: TypeId,
}

/// How many inactivations pass without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// Withheld when more than this share of the bound devices would go, in percent, and …
    pub max_inactive_percent: u32,
    /// … more than this number of devices.
    pub max_inactive_devices: u32,
}

impl Guard {
    /// Whether `leaving` of `bound` devices are too many to pass unasked.
    pub fn withholds(self, leaving: usize, bound: usize) -> bool {
        let many = leaving > self.max_inactive_devices as usize
            && leaving * 100 > bound * self.max_inactive_percent as usize;
        many || (leaving >= 2 && leaving >= bound)
    }
}

/// What the plan needs of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Given to a configuration when its device joins.
    pub active: StatusId,
    /// Given to it when its device leaves.
    pub inactive: StatusId,
    /// The type of a created configuration that no rule catches.
    pub default_type: TypeId,
    /// In order; the first that holds wins.
    pub conditional_types: Vec<TypeRule>,
    /// The guard.
    pub guard: Guard,
}

impl Rules {
    /// The type of a configuration to be created for this device.
    pub fn type_for(&self, device: &Device) -> TypeId {
        self.conditional_types
            .iter()
            .find(|rule| rule.when.iter().all(|condition| condition.holds(device)))
            .map_or(self.default_type, |rule| rule.type_id)
    }

    /// The facts that conditions ask for beyond [`facts::ALL`].
    pub fn extra_facts(&self) -> Vec<FactName> {
        let mut names: Vec<FactName> = self
            .conditional_types
            .iter()
            .flat_map(|rule| &rule.when)
            .map(|condition| condition.fact.clone())
            .filter(|fact| !facts::ALL.contains(&fact.as_str()))
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DeviceId, Membership, PolicyId};

    #[test]
    fn rules_read_the_facts_that_bindery_keeps_for_itself() {
        let ids = ["p1", "p2"].map(PolicyId::new);
        let device = Device {
            id: DeviceId::new("d"),
            name: None,
            hostname: None,
            local_ip: None,
            ethernet_mac: None,
            serial_number: None,
            model: Some("iPad".into()),
            last_online: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            membership: Membership::Read {
                location: Some(PolicyId::new("p1")),
                listed: ids.into_iter().collect(),
            },
            facts: Default::default(),
        };
        let holds = |fact: &str, operator| Condition { fact: fact.into(), operator }.holds(&device);
        assert!(holds(facts::POLICY_ID, Operator::Equals("P1".into())));
        assert!(holds(facts::POLICY_IDS, Operator::Equals("p2".into())));
        assert!(holds(facts::LAST_ONLINE, Operator::StartsWith("2026-01-02".into())));
        assert!(holds(facts::MODEL, Operator::Equals("ipad".into())));
    }

    #[test]
    fn the_guard_counts_share_and_number() {
        let guard = Guard { max_inactive_percent: 20, max_inactive_devices: 5 };
        assert!(!guard.withholds(5, 10), "not more than five");
        assert!(!guard.withholds(6, 30), "not more than a fifth");
        assert!(guard.withholds(7, 30));
        assert!(guard.withholds(2, 2), "all of two");
        assert!(!guard.withholds(1, 1), "a single device may leave");
        assert!(!guard.withholds(0, 0));
    }
}
