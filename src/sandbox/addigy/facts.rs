//! Device facts: which there are, what each device says, and how the switches spell it.

use super::model::{Device, SetFact, World};
use super::switches::{AddigySwitches, Dates, FactQuality, PolicyIds};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// A fact of the account's list: its identifier, name and type.
pub(super) struct FactKind {
    pub(super) identifier: &'static str,
    pub(super) name: &'static str,
    pub(super) return_type: &'static str,
    /// Made by the account itself.
    pub(super) custom: bool,
}

const fn kind(identifier: &'static str, name: &'static str, return_type: &'static str) -> FactKind {
    FactKind { identifier, name, return_type, custom: false }
}

/// Every fact.
pub(super) static FACTS: [FactKind; 32] = [
    kind("agent_version", "Agent Version", "string"),
    kind("battery_percentage", "Battery Percentage", "number"),
    kind("current_user", "Current User", "string"),
    kind("device_model_name", "Device Model Name", "string"),
    kind("device_name", "Device Name", "string"),
    kind("enrolled_via_dep", "Enrolled Via DEP", "boolean"),
    kind("ethernet_ma_cs", "Ethernet MACs", "list"),
    kind("ethernet_mac_address", "Ethernet MAC Address", "string"),
    kind("hardware_model", "Hardware Model", "string"),
    kind("is_supervised", "Is Supervised", "boolean"),
    kind("last_online", "Last Online", "date"),
    kind("local_ip", "Local IP", "string"),
    kind("localhost_name", "LocalHost Name", "string"),
    kind("mac_os_x_version", "macOS Version", "string"),
    kind("mac_uuid", "Mac UUID", "string"),
    kind("online", "Online", "boolean"),
    kind("os_platform", "OS Platform", "string"),
    kind("os_version", "OS Version", "string"),
    kind("policy_id", "Policy ID", "string"),
    kind("policy_ids", "Policy IDs", "list"),
    kind("processor_type", "Processor Type", "string"),
    kind("product_description", "Product Description", "string"),
    kind("product_name", "Product Name", "string"),
    kind("registration_date", "Registration Date", "date"),
    kind("serial_number", "Serial Number", "string"),
    kind("system_version", "System Version", "string"),
    kind("total_disk_space_gb", "Total Disk Space (GB)", "number"),
    kind("total_memory_gb", "Total Memory (GB)", "number"),
    kind("udid", "UDID", "string"),
    kind("uptime_days", "Uptime (Days)", "number"),
    kind("wifi_mac_address", "WiFi MAC Address", "string"),
    FactKind {
        identifier: "custom_department",
        name: "Department",
        return_type: "string",
        custom: true,
    },
];

/// What a switch leaves out or spoils on a tenth of the devices.
const FRAGILE: [&str; 5] =
    ["localhost_name", "local_ip", "ethernet_mac_address", "policy_id", "policy_ids"];

/// What a fact would say were everything well; `None` where the device lacks it.
pub(super) fn value(device: &Device, fact: &str, world: &World, at: &View<'_>) -> Option<Value> {
    let text = |value: &Option<String>| value.clone().map(Value::from);
    let mac = |value: Value| device.model.is_mac().then_some(value);
    let model = device.model;
    match fact {
        "agent_version" => mac("2.14.3".into()),
        "battery_percentage" => Some(json!(device.number(100))),
        "current_user" => text(&device.user),
        "device_model_name" => Some(model.name.into()),
        "device_name" => text(&device.name),
        "enrolled_via_dep" => Some((device.number(4) != 0).into()),
        "ethernet_ma_cs" => text(&device.ethernet_mac).map(|only| json!([only])),
        "ethernet_mac_address" => text(&device.ethernet_mac),
        "hardware_model" => Some(model.hardware.into()),
        "is_supervised" => Some((device.number(3) != 0).into()),
        "last_online" => Some(at.date(device.last_online)),
        "local_ip" => text(&device.local_ip),
        "localhost_name" => text(&device.hostname),
        "mac_os_x_version" => mac(model.os_version.into()),
        "mac_uuid" => mac(device.agent_id.to_uppercase().into()),
        "online" => Some((at.now.duration_since(device.last_online) < HOUR).into()),
        "os_platform" => Some(model.platform().into()),
        "os_version" | "system_version" => Some(model.os_version.into()),
        "policy_id" => Some(device.location.clone().into()),
        "policy_ids" => policy_ids(device, world, at.switches),
        "processor_type" => mac("Apple Silicon".into()),
        "product_description" | "product_name" => Some(model.product.into()),
        "registration_date" => Some(at.date(device.registered)),
        "serial_number" => text(&device.serial),
        "total_disk_space_gb" => Some(json!([256, 512, 1024][device.number(3)])),
        "total_memory_gb" => Some(json!([8, 16, 24, 32][device.number(4)])),
        "udid" => Some(format!("00008110-{}", device.agent_id.replace('-', "")).into()),
        "uptime_days" => mac(json!(device.number(40))),
        "wifi_mac_address" => text(&device.wifi_mac),
        "custom_department" => {
            Some(["Sales", "Design", "Finance", "Front Desk"][device.number(4)].into())
        }
        _ => None,
    }
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Device {
    /// A number below `below`, always the same for one device.
    fn number(&self, below: usize) -> usize {
        self.agent_id.bytes().map(usize::from).sum::<usize>() % below
    }
}

fn policy_ids(device: &Device, world: &World, switches: &AddigySwitches) -> Option<Value> {
    let mut ids: Vec<&str> = device.assigned().collect();
    match switches.policy_ids {
        PolicyIds::Assigned => {}
        PolicyIds::WithAncestors => {
            for policy in device.assigned() {
                ids.extend(world.ancestors(policy));
            }
        }
        PolicyIds::Null => return Some(Value::Null),
        PolicyIds::Missing => return None,
    }
    let mut seen = Vec::new();
    ids.retain(|id| {
        !seen.contains(id) && {
            seen.push(*id);
            true
        }
    });
    Some(json!(ids))
}

/// From where facts are looked at: the time, and the switches.
pub(super) struct View<'a> {
    pub(super) now: Timestamp,
    pub(super) switches: &'a AddigySwitches,
}

impl View<'_> {
    /// A date as the switch spells it.
    pub(super) fn date(&self, at: Timestamp) -> Value {
        match self.switches.dates {
            Dates::Milliseconds => format!("{at:.3}").into(),
            Dates::Whole => format!("{at:.0}").into(),
            Dates::OneDigit => format!("{at:.1}").into(),
            Dates::Empty => "".into(),
        }
    }

    /// The wanted facts of a device as they stand in an answer.
    pub(super) fn facts(&self, device: &Device, wanted: &[String], world: &World) -> Value {
        let mut facts = Map::new();
        for fact in wanted {
            if let Some(answer) = self.fact(device, fact, world) {
                facts.insert(fact.clone(), answer);
            }
        }
        Value::Object(facts)
    }

    fn fact(&self, device: &Device, fact: &str, world: &World) -> Option<Value> {
        let declared = FACTS.iter().find(|kind| kind.identifier == fact);
        let mut kind = declared.map_or("string", |kind| kind.return_type);
        let fragile = FRAGILE.contains(&fact) && device.number(10) == 0;
        let (mut value, error) = match device.set.get(fact) {
            Some(SetFact::Missing) => return None,
            Some(SetFact::Failed(message)) => (Value::Null, message.clone()),
            Some(SetFact::Value(value)) => (value.clone(), String::new()),
            None if fragile && self.switches.facts == FactQuality::Missing => return None,
            None if fragile && self.switches.facts == FactQuality::Null => {
                (Value::Null, "the audit timed out".to_owned())
            }
            None => (value(device, fact, world, self)?, String::new()),
        };
        let plain = value.is_number() || value.is_boolean();
        if self.switches.facts == FactQuality::Strings && plain {
            value = value.to_string().into();
            kind = "string";
        }
        Some(json!({"type": kind, "value": value, "error_msg": error}))
    }

    /// What a device is sorted and filtered by: the fact's texts, none where it is missing.
    pub(super) fn texts(&self, device: &Device, fact: &str, world: &World) -> Vec<String> {
        let value = match device.set.get(fact) {
            Some(SetFact::Value(value)) => Some(value.clone()),
            Some(SetFact::Failed(_) | SetFact::Missing) => None,
            None if fact == "agentid" => Some(device.agent_id.clone().into()),
            None => value(device, fact, world, self),
        };
        match value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(items)) => {
                items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            Some(other) => vec![other.to_string()],
        }
    }
}
