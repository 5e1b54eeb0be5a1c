//! The rules of a configuration's attributes, one by one.

use super::body::Attributes;
use super::failure::{Fault, MUST_EXIST};
use super::model::{Account, Configuration};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use std::net::IpAddr;

/// How long a MAC address may be, in characters.
const LONGEST_MAC: usize = 17;

/// Plain strings that are kept among the details.
const TEXTS: [&str; 5] =
    ["default-gateway", "position", "installed-by", "purchased-by", "operating-system-notes"];

/// Dates that are kept among the details.
const DATES: [&str; 5] = [
    "installed-at",
    "purchased-at",
    "warranty-expires-at",
    "mitp-device-expiration-date",
    "mitp-end-of-life-date",
];

/// Ids of records the account has none of, so that only null is right.
const REFERENCES: [&str; 5] =
    ["location-id", "contact-id", "manufacturer-id", "model-id", "operating-system-id"];

/// What else can be written.
const OTHERS: [&str; 12] = [
    "organization-id",
    "name",
    "configuration-type-id",
    "configuration-status-id",
    "hostname",
    "primary-ip",
    "mac-address",
    "serial-number",
    "asset-tag",
    "notes",
    "restricted",
    "archived",
];

/// What can be written on a record a PSA owns.
const OPEN_TO_ALL: [&str; 9] = [
    "archived",
    "asset-tag",
    "notes",
    "purchased-at",
    "restricted",
    "serial-number",
    "warranty-expires-at",
    "mitp-device-expiration-date",
    "mitp-end-of-life-date",
];

/// What these attributes must not do to a record a PSA owns.
pub(super) fn closed_by_psa(attributes: &Attributes) -> Vec<Fault> {
    let writable = |name: &str| {
        [&TEXTS[..], &DATES[..], &REFERENCES[..], &OTHERS[..]]
            .iter()
            .any(|names| names.contains(&name))
    };
    let names = attributes.keys().map(String::as_str);
    let closed = names.filter(|name| writable(name) && !OPEN_TO_ALL.contains(name));
    closed.map(|name| Fault::of(name, "can't be changed: the record syncs with a PSA")).collect()
}

/// What a new configuration lacks; the organization may come from the path.
pub(super) fn lacking(attributes: &Attributes) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, message) in [("name", "can't be blank"), ("configuration-type-id", MUST_EXIST)] {
        if !attributes.contains_key(name) {
            faults.push(Fault::of(name, message));
        }
    }
    faults
}

/// Sets what is right and returns what is wrong. Read-only and unknown attributes have no effect.
pub(super) fn apply(
    configuration: &mut Configuration,
    attributes: &Attributes,
    account: &Account,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, value) in attributes {
        if let Err(message) = set(configuration, name, value, account) {
            faults.push(Fault::of(name, message));
        }
    }
    faults
}

type Checked<T> = Result<T, &'static str>;

fn set(it: &mut Configuration, name: &str, value: &Value, account: &Account) -> Checked<()> {
    match name {
        "name" => it.name = text(value)?.ok_or("can't be blank")?,
        "organization-id" => {
            it.organization_id = reference(value, |id| account.organizations.contains_key(&id))?
                .ok_or(MUST_EXIST)?;
        }
        "configuration-type-id" => {
            it.type_id =
                reference(value, |id| account.types.contains_key(&id))?.ok_or(MUST_EXIST)?;
        }
        "configuration-status-id" => {
            it.status_id = reference(value, |id| account.statuses.contains_key(&id))?;
        }
        "hostname" => it.hostname = text(value)?,
        "primary-ip" => it.primary_ip = address(value)?,
        "mac-address" => it.mac_address = short_mac(value)?,
        "serial-number" => it.serial_number = text(value)?,
        "asset-tag" => it.asset_tag = text(value)?,
        "notes" => it.notes = text(value)?,
        "restricted" => it.restricted = truth(value)?,
        "archived" => it.archived = truth(value)?,
        _ => return set_detail(it, name, value),
    }
    Ok(())
}

fn set_detail(it: &mut Configuration, name: &str, value: &Value) -> Checked<()> {
    let known = |names: &[&'static str]| names.iter().find(|known| **known == name).copied();
    if known(&REFERENCES).is_some() {
        return reference(value, |_| false).map(|_| ());
    }
    let (key, text) = match (known(&TEXTS), known(&DATES)) {
        (Some(key), _) => (key, text(value)?),
        (None, Some(key)) => (key, date(value)?),
        (None, None) => return Ok(()),
    };
    match text {
        Some(text) => it.details.insert(key, text),
        None => it.details.remove(key),
    };
    Ok(())
}

/// A string; null and blank ones are none.
pub(super) fn text(value: &Value) -> Checked<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err("must be a string"),
    }
}

/// An IPv4 or IPv6 address.
pub(super) fn address(value: &Value) -> Checked<Option<String>> {
    match text(value)? {
        Some(text) if text.parse::<IpAddr>().is_err() => Err("must be an IP address"),
        text => Ok(text),
    }
}

/// On a configuration only the length of a MAC address is looked at.
fn short_mac(value: &Value) -> Checked<Option<String>> {
    match text(value)? {
        Some(text) if text.chars().count() > LONGEST_MAC => {
            Err("is too long (maximum is 17 characters)")
        }
        text => Ok(text),
    }
}

/// On an interface a MAC address must be one: six bytes, apart or together.
pub(super) fn valid_mac(value: &Value) -> Checked<Option<String>> {
    let Some(text) = text(value)? else { return Ok(None) };
    let digits: String = text.chars().filter(|letter| !":-.".contains(*letter)).collect();
    let hex = digits.len() == 12 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    if hex { Ok(Some(text)) } else { Err("must be a valid MAC address") }
}

/// `true`, `false`, 1 or 0; null is false.
pub(super) fn truth(value: &Value) -> Checked<bool> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(truth) => Ok(*truth),
        value => match number(value) {
            Some(1) => Ok(true),
            Some(0) => Ok(false),
            _ if value.as_str() == Some("true") => Ok(true),
            _ if value.as_str() == Some("false") => Ok(false),
            _ => Err("must be true or false"),
        },
    }
}

/// A calendar day; of a time only its day in UTC is kept.
fn date(value: &Value) -> Checked<Option<String>> {
    let Some(text) = text(value)? else { return Ok(None) };
    let day = match (text.parse::<Timestamp>(), text.parse::<Date>()) {
        (Ok(time), _) => TimeZone::UTC.to_datetime(time).date(),
        (Err(_), Ok(day)) => day,
        (Err(_), Err(_)) => return Err("must be a date"),
    };
    Ok(Some(day.to_string()))
}

/// The id of a record that must exist.
fn reference(value: &Value, exists: impl Fn(i64) -> bool) -> Checked<Option<i64>> {
    if value.is_null() {
        return Ok(None);
    }
    number(value).filter(|id| exists(*id)).map(Some).ok_or(MUST_EXIST)
}

/// A whole number, as a number or in a string.
pub(super) fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}
