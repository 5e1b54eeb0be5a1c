//! What IT Glue already has: configurations of part of the devices, in every state, and other gear.

use super::devices::{CYCLE, Owner};
use super::{Shape, days_before};
use crate::sandbox::addigy::hardware::Family;
use crate::sandbox::addigy::model::{Device, World};
use crate::sandbox::itglue::model::{Account, Configuration, NamedRecord};
use crate::sandbox::names;
use fastrand::Rng;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The status "Active".
pub const ACTIVE: i64 = 101;
/// The status "Inactive".
pub const INACTIVE: i64 = 102;
/// The type "Laptop".
pub const DEFAULT_TYPE: i64 = 201;
/// The type "iPad".
pub const IPAD_TYPE: i64 = 202;
/// The type "iPhone".
pub const IPHONE_TYPE: i64 = 203;
const DESKTOP_TYPE: i64 = 204;
const PRINTER_TYPE: i64 = 206;

const STATUSES: [&str; 5] = ["Active", "Inactive", "In Storage", "Retired", "On Order"];
/// More than one page of the default size, with the numbered ones that follow.
const TYPES: [&str; 12] = [
    "Laptop",
    "iPad",
    "iPhone",
    "Desktop",
    "Server",
    "Printer",
    "Switch",
    "Firewall",
    "Access Point",
    "Apple TV",
    "Camera",
    "UPS",
];
const TYPES_IN_ALL: usize = 56;

/// The devices in a cycle whose configuration is a rare case.
const SPECIAL: [usize; 6] = [12, 62, 87, 112, 162, 212];

/// An account with statuses and types, and nothing else.
pub(super) fn empty_account(now: Timestamp) -> Account {
    let made = days_before(now, 2000);
    let records = |first: i64, names: Vec<String>| -> BTreeMap<i64, NamedRecord> {
        (first..).zip(names).map(|(id, name)| (id, NamedRecord::new(id, name, made))).collect()
    };
    let types = (0..TYPES_IN_ALL).map(|number| match TYPES.get(number) {
        Some(name) => (*name).to_owned(),
        None => format!("Other Equipment {}", number - TYPES.len() + 1),
    });
    let mut account = Account::new("sandbox");
    account.statuses = records(ACTIVE, STATUSES.map(str::to_owned).to_vec());
    account.types = records(DEFAULT_TYPE, types.collect());
    account.next_id = 900_001;
    account
}

pub(super) fn generate(
    shape: Shape,
    account: &mut Account,
    world: &World,
    owners: &[Owner],
    now: Timestamp,
    rng: &mut Rng,
) {
    for (number, owner) in owners.iter().enumerate() {
        let Some(organization) = owner.organization else { continue };
        let Some(device) = world.devices.get(&owner.agent_id) else { continue };
        let rare = shape.troubles && SPECIAL.contains(&(number % CYCLE));
        if rng.u8(..100) < 55 || rare {
            let mut known = mirror(organization, device, now);
            if shape.troubles {
                age(&mut known, number, rng);
                special(account, &mut known, number);
            }
            account.insert_configuration(known);
        }
        if number % 10 == 4 {
            account.insert_configuration(printer(organization, number, now, rng));
        }
    }
}

/// A configuration that says exactly what the device says.
pub(super) fn mirror(organization: i64, device: &Device, now: Timestamp) -> Configuration {
    let type_id = match device.model.family {
        Family::MacBook => DEFAULT_TYPE,
        Family::DesktopMac | Family::AppleTv => DESKTOP_TYPE,
        Family::IPad => IPAD_TYPE,
        Family::IPhone => IPHONE_TYPE,
    };
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let name = filled(&device.name).or_else(|| filled(&device.serial)).unwrap_or("Mac".into());
    let mut known = Configuration::new(organization, name, type_id);
    known.hostname = device.hostname.clone();
    known.primary_ip = device.local_ip.clone().filter(|ip| !ip.contains('%'));
    known.mac_address = device.ethernet_mac.clone();
    known.serial_number = device.serial.as_deref().map(|serial| serial.trim().to_owned());
    known.status_id = Some(ACTIVE);
    known.psa_integration = Some("disabled".into());
    known.created_at = days_before(now, 400);
    known.updated_at = days_before(now, 20);
    known
}

/// What time does to a record: some are inactive, archived or drifted, addresses spelled otherwise.
fn age(known: &mut Configuration, number: usize, rng: &mut Rng) {
    match rng.u8(..100) {
        0..8 => known.status_id = Some(INACTIVE),
        8..12 => known.archived = true,
        12..14 => known.status_id = None,
        14..22 => known.primary_ip = Some(format!("192.168.1.{}", number % 250 + 1)),
        22..28 => known.name = format!("{} (old)", known.name),
        28..31 => known.hostname = None,
        31..40 => known.mac_address = known.mac_address.take().map(|mac| mac.replace(':', "-")),
        40..48 => known.mac_address = known.mac_address.take().map(|mac| mac.to_lowercase()),
        48..51 => {
            known.serial_number = known.serial_number.take().map(|serial| serial.to_lowercase());
        }
        51..54 if known.mac_address.is_some() => known.serial_number = None,
        _ => {}
    }
}

/// The rare cases, each once in [`CYCLE`] devices.
fn special(account: &mut Account, known: &mut Configuration, number: usize) {
    match number % CYCLE {
        12 => drop(account.insert_configuration(known.clone())),
        62 => {
            let mut twin = known.clone();
            twin.archived = true;
            account.insert_configuration(twin);
        }
        87 => {
            // The same name, another machine.
            let mut other = known.clone();
            other.serial_number = Some(format!("ZZ{number:08}"));
            other.mac_address = None;
            account.insert_configuration(other);
        }
        112 | 212 => known.psa_integration = Some("enabled".into()),
        162 => {
            known.psa_integration = Some("enabled".into());
            known.status_id = Some(INACTIVE);
        }
        _ => {}
    }
}

/// Gear that Addigy knows nothing of.
fn printer(organization: i64, number: usize, now: Timestamp, rng: &mut Rng) -> Configuration {
    let mut printer =
        Configuration::new(organization, format!("Printer {number:03}"), PRINTER_TYPE);
    printer.serial_number = Some(format!("PRN{}", names::serial(rng)));
    printer.status_id = Some(ACTIVE);
    printer.created_at = days_before(now, 500);
    printer.updated_at = days_before(now, 100);
    printer
}
