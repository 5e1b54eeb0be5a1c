//! Facts as Addigy spells them, read with care: any may be missing, null, in error, or of a kind one
//! does not expect.

use super::is_id;
use crate::domain::{Device, DeviceId, FactName, FactValue, Membership, PolicyId, facts};
use crate::text::clean;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One fact of a device.
#[derive(Deserialize)]
pub(super) struct WireFact {
    #[serde(default)]
    value: Value,
    #[serde(default)]
    error_msg: Option<String>,
}

pub(super) type WireFacts = BTreeMap<String, Option<WireFact>>;

/// What became of a fact.
enum Read<'a> {
    /// Missing altogether, or null.
    Nothing,
    /// The audit failed.
    Failed(&'a str),
    Value(&'a Value),
}

fn read<'a>(all: &'a WireFacts, name: &str) -> Read<'a> {
    let Some(Some(fact)) = all.get(name) else { return Read::Nothing };
    match fact.error_msg.as_deref().map(str::trim) {
        Some(message) if !message.is_empty() => Read::Failed(message),
        _ if fact.value.is_null() => Read::Nothing,
        _ => Read::Value(&fact.value),
    }
}

/// Outside text, cleaned; `None` where nothing is left.
pub(super) fn text(raw: &str) -> Option<String> {
    let text = clean(raw).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A fact as text: a string, a number, or a list of just one.
fn as_text(all: &WireFacts, name: &str) -> Option<String> {
    let Read::Value(value) = read(all, name) else { return None };
    let value = match value {
        Value::Array(items) => match items.as_slice() {
            [one] => one,
            _ => return None,
        },
        one => one,
    };
    match value {
        Value::String(raw) => text(raw),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A fact for rules; `None` where it holds nothing a rule could compare.
fn as_value(all: &WireFacts, name: &str) -> Option<FactValue> {
    let Read::Value(value) = read(all, name) else { return None };
    match value {
        Value::String(raw) => text(raw).map(FactValue::Text),
        Value::Number(number) => number.as_f64().map(FactValue::Number),
        Value::Bool(flag) => Some(FactValue::Flag(*flag)),
        Value::Array(items) => Some(FactValue::List(items.iter().filter_map(item).collect())),
        Value::Null | Value::Object(_) => None,
    }
}

fn item(value: &Value) -> Option<String> {
    match value {
        Value::String(raw) => text(raw),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A date with any number of fractional digits, with or without a zone (then UTC), or in seconds.
fn as_time(all: &WireFacts, name: &str) -> Option<Timestamp> {
    let Read::Value(value) = read(all, name) else { return None };
    match value {
        Value::String(raw) => {
            let raw = raw.trim();
            let as_utc = || jiff::tz::TimeZone::UTC.to_timestamp(raw.parse().ok()?).ok();
            raw.parse().ok().or_else(as_utc)
        }
        Value::Number(number) => Timestamp::from_second(number.as_f64()? as i64).ok(),
        _ => None,
    }
}

/// Which policies the device's facts name.
fn membership(all: &WireFacts) -> Membership {
    match (location(all), listed(all)) {
        (Err(why), _) => Membership::Unreadable { why, location: None },
        (Ok(location), Err(why)) => Membership::Unreadable { why, location: location.flatten() },
        // An empty list counts as no list, and then the location alone counts.
        (Ok(None), Ok(listed)) if listed.as_ref().is_none_or(BTreeSet::is_empty) => {
            let why = "Addigy has no policy facts for it".to_owned();
            Membership::Unreadable { why, location: None }
        }
        (Ok(location), Ok(listed)) => {
            Membership::Read { location: location.flatten(), listed: listed.unwrap_or_default() }
        }
    }
}

/// `Ok(None)` without the fact, `Ok(Some(None))` where it is empty.
fn location(all: &WireFacts) -> Result<Option<Option<PolicyId>>, String> {
    match read(all, facts::POLICY_ID) {
        Read::Nothing => Ok(None),
        Read::Failed(message) => Err(failed(facts::POLICY_ID, message)),
        Read::Value(Value::String(id)) => Ok(Some(policy_id(id, facts::POLICY_ID)?)),
        Read::Value(_) => Err(odd(facts::POLICY_ID)),
    }
}

/// `Ok(None)` without the fact.
fn listed(all: &WireFacts) -> Result<Option<BTreeSet<PolicyId>>, String> {
    match read(all, facts::POLICY_IDS) {
        Read::Nothing => Ok(None),
        Read::Failed(message) => Err(failed(facts::POLICY_IDS, message)),
        Read::Value(Value::String(id)) => {
            Ok(Some(policy_id(id, facts::POLICY_IDS)?.into_iter().collect()))
        }
        Read::Value(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().ok_or_else(|| odd(facts::POLICY_IDS)))
            .filter_map(|item| item.and_then(|id| policy_id(id, facts::POLICY_IDS)).transpose())
            .collect::<Result<_, _>>()
            .map(Some),
        Read::Value(_) => Err(odd(facts::POLICY_IDS)),
    }
}

fn policy_id(id: &str, fact: &str) -> Result<Option<PolicyId>, String> {
    match id.trim() {
        "" => Ok(None),
        id if is_id(id) => Ok(Some(PolicyId::new(id))),
        _ => Err(odd(fact)),
    }
}

fn failed(fact: &str, message: &str) -> String {
    format!("Addigy could not read its fact {fact} ({})", crate::transport::quote(message))
}

fn odd(fact: &str) -> String {
    format!("its fact {fact} is of an unknown kind")
}

/// A device from its facts. `names` are those to keep for rules.
pub(super) fn device(id: DeviceId, all: &WireFacts, names: &[FactName]) -> Device {
    const FOR_RULES: [&str; 3] = [facts::POLICY_ID, facts::POLICY_IDS, facts::LAST_ONLINE];
    let names = names.iter().map(String::as_str).chain(FOR_RULES);
    Device {
        id,
        name: as_text(all, facts::DEVICE_NAME),
        hostname: as_text(all, facts::LOCALHOST_NAME),
        local_ip: as_text(all, facts::LOCAL_IP),
        ethernet_mac: as_text(all, facts::ETHERNET_MAC),
        serial_number: as_text(all, facts::SERIAL_NUMBER),
        model: as_text(all, facts::MODEL),
        last_online: as_time(all, facts::LAST_ONLINE),
        membership: membership(all),
        facts: names.filter_map(|name| Some((name.to_owned(), as_value(all, name)?))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_device(facts: Value) -> Device {
        let facts: WireFacts = serde_json::from_value(facts).unwrap();
        device(DeviceId::new("a"), &facts, &["ram".into(), "disks".into()])
    }

    fn fact(value: Value) -> Value {
        json!({"type": "string", "value": value, "error_msg": ""})
    }

    fn members(policy_id: Option<Value>, policy_ids: Option<Value>) -> Membership {
        let mut facts = serde_json::Map::new();
        facts.extend(policy_id.map(|value| ("policy_id".to_owned(), fact(value))));
        facts.extend(policy_ids.map(|value| ("policy_ids".to_owned(), fact(value))));
        read_device(Value::Object(facts)).membership
    }

    fn known(location: Option<&str>, listed: &[&str]) -> Membership {
        Membership::Read {
            location: location.map(PolicyId::new),
            listed: listed.iter().map(|id| PolicyId::new(*id)).collect(),
        }
    }

    #[test]
    fn fields_are_read_whatever_their_kind() {
        let device = read_device(json!({
            "device_name": fact(json!("Ana's Mac\u{7} ")),
            "localhost_name": {"value": "x", "error_msg": "timed out"},
            "local_ip": fact(json!(null)),
            "ethernet_mac_address": fact(json!(["A4:83:E7:00:11:22"])),
            "serial_number": fact(json!(12345)),
            "device_model_name": null,
            "ram": fact(json!("16")),
            "disks": fact(json!(["a", 2, null])),
        }));
        assert_eq!(device.name.as_deref(), Some("Ana's Mac"));
        assert_eq!((device.hostname, device.local_ip, device.model), (None, None, None));
        assert_eq!(device.ethernet_mac.as_deref(), Some("A4:83:E7:00:11:22"));
        assert_eq!(device.serial_number.as_deref(), Some("12345"));
        assert_eq!(device.facts["ram"], FactValue::Text("16".into()));
        assert_eq!(device.facts["disks"], FactValue::List(vec!["a".into(), "2".into()]));
    }

    #[test]
    fn dates_come_in_many_spellings() {
        let at = |value: Value| read_device(json!({"last_online": fact(value)})).last_online;
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        assert_eq!(at(json!("2026-01-02T12:00:00Z")), Some(noon));
        assert_eq!(at(json!("2026-01-02T12:00:00.0Z")), Some(noon));
        assert_eq!(at(json!("2026-01-02T12:00:00.000Z")), Some(noon));
        assert_eq!(at(json!("2026-01-02T14:00:00+02:00")), Some(noon));
        assert_eq!(at(json!("2026-01-02 12:00:00")), Some(noon));
        assert_eq!(at(json!(1_767_355_200)), Some(noon));
        for none in [json!(""), json!("never"), json!(null), json!([]), json!(1e300)] {
            assert_eq!(at(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn both_policy_facts_count() {
        let ids = json!(["a", "b"]);
        assert_eq!(members(Some(json!("a")), Some(ids.clone())), known(Some("a"), &["a", "b"]));
        assert_eq!(members(None, Some(ids.clone())), known(None, &["a", "b"]));
        assert_eq!(members(Some(json!("")), Some(ids)), known(None, &["a", "b"]));
        assert_eq!(members(Some(json!("a")), Some(json!("b"))), known(Some("a"), &["b"]));
    }

    #[test]
    fn without_a_list_the_location_alone_counts() {
        for list in [None, Some(json!(null)), Some(json!([])), Some(json!(""))] {
            assert_eq!(members(Some(json!("a")), list.clone()), known(Some("a"), &[]));
            assert_eq!(members(Some(json!("")), list), known(None, &[]));
        }
    }

    #[test]
    fn what_can_not_be_read_is_never_taken_for_no_policy() {
        let unreadable = [
            members(None, None),
            members(Some(json!(null)), Some(json!(null))),
            members(None, Some(json!([]))),
            members(Some(json!(7)), Some(json!(["a"]))),
            members(Some(json!("a")), Some(json!({"a": 1}))),
            members(Some(json!("a")), Some(json!(["a", null]))),
            members(Some(json!(["a"])), None),
            read_device(json!({"policy_id": {"value": "a", "error_msg": "boom"}})).membership,
            read_device(json!({"policy_id": fact(json!("a")), "policy_ids": {"value": null, "error_msg": "boom"}})).membership,
        ];
        for membership in unreadable {
            assert!(matches!(membership, Membership::Unreadable { .. }), "{membership:?}");
        }
    }
}
