//! The world of the sandbox's Addigy: one account with policies and devices.

use super::hardware::Model;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// The account.
#[derive(Debug, Clone)]
pub struct World {
    /// The account's id (`orgid`).
    pub organization_id: String,
    /// Policies by id.
    pub policies: BTreeMap<String, Policy>,
    /// Devices by `agentid`.
    pub devices: BTreeMap<String, Device>,
}

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its id (`policyId`).
    pub id: String,
    /// Its name; not unique.
    pub name: String,
    /// The policy above it.
    pub parent: Option<String>,
    /// What `itglue_account_id` says; empty where it was never linked.
    pub itglue_account_id: String,
    /// When it was made.
    pub created: Timestamp,
}

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id; a wiped device gets another.
    pub agent_id: String,
    /// What it is.
    pub model: &'static Model,
    /// Device Name.
    pub name: Option<String>,
    /// LocalHost Name.
    pub hostname: Option<String>,
    /// Local IP.
    pub local_ip: Option<String>,
    /// Ethernet MAC Address.
    pub ethernet_mac: Option<String>,
    /// MAC address of its Wi-Fi.
    pub wifi_mac: Option<String>,
    /// Serial Number.
    pub serial: Option<String>,
    /// The policy it is located in (`policy_id`).
    pub location: String,
    /// Further policies it is assigned to.
    pub also_in: Vec<String>,
    /// Who is logged in.
    pub user: Option<String>,
    /// When it was last heard of.
    pub last_online: Timestamp,
    /// When it was enrolled.
    pub registered: Timestamp,
    /// Facts that were set by hand; they hide the ones above.
    pub set: BTreeMap<String, SetFact>,
}

/// A fact set by hand.
#[derive(Debug, Clone, PartialEq)]
pub enum SetFact {
    /// This value.
    Value(Value),
    /// Null, and this `error_msg`.
    Failed(String),
    /// Not in the answer.
    Missing,
}

impl Device {
    /// A device with nothing but an id, a model and a location.
    pub fn new(agent_id: String, model: &'static Model, location: String, now: Timestamp) -> Self {
        Self {
            agent_id,
            model,
            name: None,
            hostname: None,
            local_ip: None,
            ethernet_mac: None,
            wifi_mac: None,
            serial: None,
            location,
            also_in: Vec::new(),
            user: None,
            last_online: now,
            registered: now,
            set: BTreeMap::new(),
        }
    }

    /// The policies it is assigned to, its location first.
    pub fn assigned(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.location).chain(&self.also_in).map(String::as_str)
    }
}

impl World {
    /// The ids of the policies above this one, nearest first.
    pub fn ancestors(&self, policy: &str) -> Vec<&str> {
        let mut above = Vec::new();
        let mut at = policy;
        while let Some(parent) = self.policies.get(at).and_then(|policy| policy.parent.as_deref()) {
            if above.contains(&parent) {
                break;
            }
            above.push(parent);
            at = parent;
        }
        above
    }
}
