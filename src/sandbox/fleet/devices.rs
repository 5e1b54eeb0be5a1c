//! Devices: mostly well-behaved, and a few per cent of every trouble that was seen in the field.

use super::policies::FLEX;
use super::{Client, Shape, days_before};
use crate::sandbox::addigy::hardware::{Family, MODELS, Model};
use crate::sandbox::addigy::model::{Device, SetFact, World};
use crate::sandbox::names;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

/// One of each trouble in so many devices.
pub(super) const CYCLE: usize = 250;

/// Which client a device belongs to, in the order the devices were made.
pub(super) struct Owner {
    pub(super) agent_id: String,
    pub(super) organization: Option<i64>,
}

pub(super) fn generate(
    shape: Shape,
    world: &mut World,
    clients: &[Client],
    now: Timestamp,
    rng: &mut Rng,
) -> Vec<Owner> {
    let Some(acme) = clients.first() else { return Vec::new() };
    let flex = world.policies.values().find(|policy| policy.name == FLEX).map(|p| p.id.clone());
    let weights: usize = clients.iter().map(|client| client.weight).sum();
    let mut owners = Vec::with_capacity(shape.devices);
    let mut before: Option<Device> = None;
    for number in 0..shape.devices {
        let client = if weights == 0 || rng.u8(..100) < 27 {
            acme
        } else {
            draw(clients, rng.usize(..weights)).unwrap_or(acme)
        };
        let mut device = well_behaved(number, shape.seed, client, world, now, rng);
        if shape.troubles {
            if let Some(flex) = flex.as_ref().filter(|_| number % 33 == 5) {
                device.also_in.push(flex.clone());
            }
            let other = clients.get((number + 3) % clients.len());
            trouble(&mut device, number, before.as_ref(), other, now, rng);
        }
        owners.push(Owner { agent_id: device.agent_id.clone(), organization: client.organization });
        before = Some(device.clone());
        world.devices.insert(device.agent_id.clone(), device);
    }
    owners
}

fn draw(clients: &[Client], mut place: usize) -> Option<&Client> {
    for client in clients {
        if place < client.weight {
            return Some(client);
        }
        place -= client.weight;
    }
    None
}

pub(super) fn well_behaved(
    number: usize,
    seed: u64,
    client: &Client,
    world: &World,
    now: Timestamp,
    rng: &mut Rng,
) -> Device {
    // A client has at least its own policy.
    let inside = if rng.u8(..100) < 75 { 0 } else { rng.usize(..client.policies.len()) };
    let location = client.policies[inside].clone();
    let policy = world.policies.get(&location).map_or("", |policy| policy.name.as_str());
    let model = pick_model(policy, rng);
    let mut device = Device::new(names::uuid(rng), model, location, now);
    let name = pick_name(number, policy, client, model, rng);
    if model.is_mac() {
        let host = names::host_name(&name);
        device.hostname = Some(if host.len() < 3 { format!("Mac-{number}") } else { host });
        let address = number % 0xFF_FFFF;
        device.local_ip =
            Some(format!("10.{}.{}.{}", address >> 16, address >> 8 & 0xFF, address & 0xFF));
        let has_ethernet = model.family == Family::DesktopMac || rng.u8(..100) < 85;
        device.ethernet_mac = has_ethernet.then(|| names::mac(2 * number, seed));
        device.user = Some(names::first_name(rng).to_lowercase());
    }
    device.wifi_mac = Some(names::mac(2 * number + 1, seed).to_lowercase());
    device.name = Some(name);
    device.serial = Some(names::serial(rng));
    device.registered = days_before(now, rng.i64(800..1200));
    let minutes = match rng.u8(..100) {
        0..3 => rng.i64(700..790) * 1440,
        3..8 => rng.i64(8..45) * 1440,
        8..30 => rng.i64(60..4000),
        _ => rng.i64(0..60),
    };
    device.last_online = now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
    device
}

fn pick_model(policy: &str, rng: &mut Rng) -> &'static Model {
    let share = rng.u8(..100);
    let family = match policy {
        "iPads" | "Kiosks" => Family::IPad,
        "Meeting Rooms" => Family::AppleTv,
        "Laptops" | "Loaners" => Family::MacBook,
        _ if share < 62 => Family::MacBook,
        _ if share < 78 => Family::DesktopMac,
        _ if share < 88 => Family::IPhone,
        _ if share < 97 => Family::IPad,
        _ => Family::AppleTv,
    };
    let models: Vec<&'static Model> =
        MODELS.iter().filter(|model| model.family == family).collect();
    // Every family has a model.
    models[rng.usize(..models.len())]
}

fn pick_name(number: usize, policy: &str, client: &Client, model: &Model, rng: &mut Rng) -> String {
    let first = names::first_name(rng);
    let code = &client.code;
    let kind = match model.family {
        Family::MacBook => "MBP",
        Family::DesktopMac => "MAC",
        Family::IPhone => "IPH",
        Family::IPad => "IPD",
        Family::AppleTv => "ATV",
    };
    let place = ["reception", "warehouse", "counter", "boardroom", "workshop"][number % 5];
    match (policy, rng.u8(..100)) {
        ("Kiosks" | "Front Desk" | "Meeting Rooms", _) => {
            format!("{place}-{}-{number}", model.product.to_lowercase().replace(' ', "-"))
        }
        (_, 0..45) => format!("{first}'s {}", model.product),
        (_, 45..55) => format!("{first}’s {}", model.product),
        (_, 55..90) => format!("{code}-{kind}-{number:03}"),
        _ => format!("{}-{}", first.to_lowercase(), model.product.to_lowercase().replace(' ', "-")),
    }
}

/// Each trouble comes once in [`CYCLE`] devices.
fn trouble(
    device: &mut Device,
    number: usize,
    before: Option<&Device>,
    other: Option<&Client>,
    now: Timestamp,
    rng: &mut Rng,
) {
    let text = |text: &str| Some(text.to_owned());
    match number % CYCLE {
        7 => device.serial = text(["0", "None", "N/A", "Not Available"][rng.usize(..4)]),
        23 => (device.serial, device.ethernet_mac) = (None, None),
        41 | 42 if device.model.is_mac() => device.local_ip = text("fe80::1%en0"),
        59 => {
            if let Some(before) = before {
                device.name = before.name.clone();
                device.location = before.location.clone();
            }
        }
        77 => same_serial(device, before, days_before(now, 0)),
        95 => device.also_in.extend(other.and_then(|client| client.policies.first()).cloned()),
        113 => {
            device.set.insert("policy_ids".into(), SetFact::Missing);
        }
        131 => device.last_online = days_before(now, 731),
        149 => device.serial = device.serial.take().map(|serial| format!(" {serial} ")),
        167 => device.name = text(""),
        185 if device.model.is_mac() => device.ethernet_mac = text("00:00:00:00:00:00"),
        // A dock that travels.
        203 if device.model.is_mac() => {
            if let Some(mac) = before.and_then(|before| before.ethernet_mac.clone()) {
                device.ethernet_mac = Some(mac);
            }
        }
        // Wiped and enrolled anew: this is the record left behind.
        221 => same_serial(device, before, days_before(now, 40)),
        239 if device.model.is_mac() => {
            device.set.insert("device_model_name".into(), SetFact::Value("".into()));
        }
        _ => {}
    }
    device.also_in.retain(|policy| *policy != device.location);
}

fn same_serial(device: &mut Device, before: Option<&Device>, last_online: Timestamp) {
    if let Some(before) = before {
        device.serial = before.serial.clone();
        device.location = before.location.clone();
    }
    device.last_online = last_online;
}
