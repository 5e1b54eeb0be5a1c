//! The fleet of `bindery demo`: small enough to be walked through in two minutes, and with one of each
//! thing that happens in the field.

use super::configurations::{self, mirror};
use super::devices::well_behaved;
use super::organizations::ACME;
use super::policies::FLEX;
use super::{ACME_NAME, Client, Fleet, INACTIVE, days_before};
use crate::sandbox::addigy::model::{Policy, World};
use crate::sandbox::itglue::model::{Account, Configuration, Organization};
use crate::sandbox::names;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

/// The same fleet every time, but for its times.
const SEED: u64 = 11;

/// Configurations of Acme that IT Glue fails to write in the first run.
pub const FAILING: [i64; 2] = [900_901, 900_902];

/// A client: its policy, its organization, and how Addigy's own integration left it.
struct Made {
    policy: &'static str,
    organization: Option<&'static str>,
    below: &'static [&'static str],
    devices: usize,
    account: Before,
}

/// What `itglue_account_id` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing.
    Never,
    /// The organization.
    Linked,
    /// One of an account that is gone.
    Gone,
}

const fn client(
    policy: &'static str,
    organization: Option<&'static str>,
    below: &'static [&'static str],
    devices: usize,
    account: Before,
) -> Made {
    Made { policy, organization, below, devices, account }
}

/// The same names, a comma or a form apart, two of one name, and none at all.
const CLIENTS: [Made; 14] = [
    client(ACME_NAME, Some(ACME_NAME), &["Kiosks", "Laptops"], 46, Before::Never),
    client("Atelier Zoë", Some("Atelier Zoë"), &[], 9, Before::Linked),
    client("Birch Alder and Sons", Some("Birch, Alder and Sons"), &[], 14, Before::Never),
    client(
        "Copper Kettle Catering",
        Some("Copper Kettle Catering"),
        &["iPads"],
        17,
        Before::Linked,
    ),
    client("Harbor Light Coffee", Some("Harbor Light Coffee, Inc."), &[], 12, Before::Never),
    client("Juniper Dental", Some("Juniper Dental"), &["Front Desk"], 15, Before::Never),
    client("Lantern Law", Some("Lantern Law"), &["Laptops"], 21, Before::Linked),
    client("Meadowlark Montessori", Some("Meadowlark Montessori"), &["iPads"], 24, Before::Never),
    client("Quarry Road Builders", Some("Quarry Road Builders"), &[], 8, Before::Never),
    client("Redwood Robotics", Some("Redwood Robotics"), &["Laptops"], 19, Before::Linked),
    client("Summit Veterinary", Some("Summit Veterinary Clinic"), &[], 11, Before::Gone),
    client("Willow Studios", Some("Willow Studios"), &[], 7, Before::Never),
    client("株式会社さくら", Some("株式会社さくら"), &[], 6, Before::Never),
    client("Our own Macs", None, &["Loaners"], 5, Before::Never),
];

/// Organizations without a policy: near misses, and the second of a name.
const OTHERS: [&str; 9] = [
    "ACME Corporation",
    "Acme Corporation Ltd",
    "Birch Alder & Sons",
    "Harbour Light Coffee",
    "Juniper Dental",
    "Lantern Law Group",
    "Redwood Robotics Ltd",
    "Willow Studio",
    "Old Mill Bakery",
];

/// A policy that only holds clients.
const GROUP: &str = "Clients";

pub(super) fn generate(now: Timestamp) -> Fleet {
    let mut rng = Rng::with_seed(SEED);
    let mut account = configurations::empty_account(now);
    organizations(&mut account, now);
    let organization_id = names::uuid(&mut rng);
    let world =
        World { organization_id, policies: Default::default(), devices: Default::default() };
    let mut maker = Maker { now, rng, world, account, made: 0, flex: None };
    let group = maker.policy(GROUP, None, String::new());
    maker.flex = Some(maker.policy(FLEX, None, String::new()));
    let mut acme = Vec::new();
    for made in &CLIENTS {
        let devices = maker.client(made, &group);
        if made.policy == ACME_NAME {
            acme = devices;
        }
    }
    maker.troubles(&acme);
    Fleet { world: maker.world, account: maker.account }
}

fn organizations(account: &mut Account, now: Timestamp) {
    let of_clients = CLIENTS.iter().filter_map(|client| client.organization);
    for (number, name) in (0_i64..).zip(of_clients.chain(OTHERS)) {
        let second = account.organizations.values().any(|other| other.name == name);
        let id = if name == ACME_NAME { ACME } else { 1100 + number };
        let code = names::code(name);
        let organization = Organization {
            id,
            name: name.to_owned(),
            short_name: Some(if second { format!("{code}2") } else { code }),
            type_name: if second { "Prospect" } else { "Customer" }.to_owned(),
            status_name: if second { "Inactive" } else { "Active" }.to_owned(),
            parent_id: None,
            created_at: days_before(now, 900),
            updated_at: days_before(now, 90),
        };
        account.organizations.insert(id, organization);
    }
}

struct Maker {
    now: Timestamp,
    rng: Rng,
    world: World,
    account: Account,
    made: usize,
    /// The policy that devices get by a rule, wherever they are.
    flex: Option<String>,
}

impl Maker {
    fn policy(&mut self, name: &str, parent: Option<&str>, itglue_account_id: String) -> String {
        let id = names::uuid(&mut self.rng);
        let policy = Policy {
            id: id.clone(),
            name: name.to_owned(),
            parent: parent.map(str::to_owned),
            itglue_account_id,
            created: days_before(self.now, 300),
        };
        self.world.policies.insert(id.clone(), policy);
        id
    }

    /// Makes a client; returns its devices in the order they were made.
    fn client(&mut self, made: &Made, group: &str) -> Vec<String> {
        let organizations = self.account.organizations.values();
        let organization = made.organization.and_then(|name| {
            organizations.filter(|organization| organization.name == name).map(|o| o.id).min()
        });
        let account_id = match (made.account, organization) {
            (Before::Linked, Some(id)) => id.to_string(),
            (Before::Gone, _) => "9900417".to_owned(),
            _ => String::new(),
        };
        let group = organization.is_some().then_some(group);
        let own = self.policy(made.policy, group, account_id);
        let below: Vec<String> =
            made.below.iter().map(|name| self.policy(name, Some(&own), String::new())).collect();
        let client = |policy: &String| {
            let code = names::code(made.policy);
            Client { code, policies: vec![policy.clone()], organization, weight: 1 }
        };
        let policy = |number: usize| match number % 4 {
            3 => below.get(number / 4 % below.len().max(1)).unwrap_or(&own),
            _ => &own,
        };
        (0..made.devices).map(|number| self.device(&client(policy(number)))).collect()
    }

    /// A device, and for half of them the configuration that IT Glue has already.
    fn device(&mut self, client: &Client) -> String {
        let number = self.made;
        self.made += 1;
        let (seed, now) = (SEED, self.now);
        let mut device = well_behaved(number, seed, client, &self.world, now, &mut self.rng);
        // Nobody here has been silent for years.
        if let Some(flex) = self.flex.as_ref().filter(|_| number % 12 == 5) {
            device.also_in.push(flex.clone());
        }
        let minutes = SignedDuration::from_mins(self.rng.i64(0..600));
        device.last_online = now.checked_sub(minutes).unwrap_or(now);
        if let Some(organization) = client.organization.filter(|_| number.is_multiple_of(2)) {
            let mut known = mirror(organization, &device, now);
            age(&mut known, number);
            self.account.insert_configuration(known);
        }
        let id = device.agent_id.clone();
        self.world.devices.insert(id.clone(), device);
        id
    }

    /// One of each trouble, at Macs in Acme's own policy.
    fn troubles(&mut self, acme: &[String]) {
        let own = self.world.policies.values().find(|policy| policy.name == ACME_NAME);
        let Some(own) = own.map(|policy| policy.id.clone()) else { return };
        let devices = &self.world.devices;
        let here = |id: &&String| devices.get(*id).is_some_and(|device| device.location == own);
        let acme: Vec<&String> = acme.iter().filter(here).collect();
        let is_mac = |id: &&&String| devices.get(**id).is_some_and(|device| device.model.is_mac());
        let macs: Vec<String> = acme.iter().filter(is_mac).map(|id| (*id).clone()).collect();
        let [two, first, second, psa, link_local, fails, fails_too, ..] = macs.as_slice() else {
            return;
        };
        let other = acme.iter().rev().find(|id| !macs.contains(id)).map(|id| (*id).clone());
        // Two records of one serial number, which only a person can tell apart.
        for _ in 0..2 {
            self.write(two, |_| {});
        }
        // One serial number on two devices, both in use.
        let serial = self.world.devices.get(first).and_then(|device| device.serial.clone());
        self.change(second, |device| device.serial = serial);
        self.write(psa, |known| {
            known.psa_integration = Some("enabled".into());
            known.primary_ip = Some("192.168.7.7".into());
        });
        self.change(link_local, |device| device.local_ip = Some("fe80::1%en0".into()));
        for (device, id) in [fails, fails_too].into_iter().zip(FAILING) {
            self.write(device, |known| {
                known.id = id;
                known.hostname = Some("was-called-otherwise".into());
            });
        }
        if let Some(tablet) = &other {
            self.change(tablet, |device| {
                device.name = Some("reception-ipad".into());
                (device.serial, device.ethernet_mac) = (None, None);
            });
        }
    }

    fn change(
        &mut self,
        device: &str,
        change: impl FnOnce(&mut crate::sandbox::addigy::model::Device),
    ) {
        if let Some(device) = self.world.devices.get_mut(device) {
            change(device);
        }
    }

    /// A further configuration of Acme for this device; one it has already goes where the new one has
    /// an id of its own.
    fn write(&mut self, device: &str, change: impl FnOnce(&mut Configuration)) {
        let Some(device) = self.world.devices.get(device) else { return };
        let mut known = mirror(ACME, device, self.now);
        change(&mut known);
        if known.id != 0 || known.is_psa_synced() {
            let serial = known.serial_number.clone();
            let same = self.account.configurations_of(ACME).filter(|c| c.serial_number == serial);
            for id in same.map(|other| other.id).collect::<Vec<_>>() {
                self.account.remove_configuration(id);
            }
        }
        self.account.insert_configuration(known);
    }
}

/// What time does to every second record or so.
fn age(known: &mut Configuration, number: usize) {
    match number / 2 % 8 {
        0 => known.primary_ip = known.primary_ip.take().map(|_| "192.168.1.20".to_owned()),
        1 => known.name = format!("{} (old)", known.name),
        2 => known.status_id = Some(INACTIVE),
        3 => known.hostname = None,
        4 => known.mac_address = known.mac_address.take().map(|mac| mac.replace(':', "-")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn fleet() -> Fleet {
        generate(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 20_000))
    }

    #[test]
    fn it_is_the_same_every_time() {
        assert_eq!(format!("{:?}", fleet()), format!("{:?}", fleet()));
    }

    #[test]
    fn names_agree_nearly_agree_and_come_twice() {
        let fleet = fleet();
        let count = |name: &str| {
            fleet.account.organizations.values().filter(|other| other.name == name).count()
        };
        let policies = fleet.world.policies.values();
        let exact = policies.clone().filter(|policy| count(&policy.name) == 1).count();
        assert!(exact >= 8, "{exact}");
        assert_eq!((count("Juniper Dental"), count("Harbor Light Coffee")), (2, 0));
        assert_eq!(count("Harbor Light Coffee, Inc."), 1);
        let linked = |policy: &&Policy| {
            let id: Option<i64> = policy.itglue_account_id.parse().ok();
            id.is_some_and(|id| fleet.account.organizations.contains_key(&id))
        };
        assert_eq!(policies.clone().filter(linked).count(), 4);
        let parents = policies.filter_map(|policy| policy.parent.as_ref());
        assert!(parents.into_iter().all(|id| fleet.world.policies.contains_key(id)));
    }

    #[test]
    fn acme_has_one_of_each_trouble() {
        let fleet = fleet();
        let mut records: BTreeMap<&str, usize> = BTreeMap::new();
        for known in fleet.account.configurations_of(ACME) {
            if let Some(serial) = known.serial_number.as_deref() {
                *records.entry(serial).or_default() += 1;
            }
        }
        let mut serials: BTreeMap<&str, usize> = BTreeMap::new();
        for serial in fleet.world.devices.values().filter_map(|d| d.serial.as_deref()) {
            *serials.entry(serial).or_default() += 1;
        }
        assert!(records.values().any(|count| *count > 1), "two records of one serial number");
        assert_eq!(serials.values().filter(|count| **count > 1).count(), 1);
        let devices = || fleet.world.devices.values();
        assert!(devices().any(|d| d.serial.is_none() && d.ethernet_mac.is_none()));
        assert!(devices().any(|d| d.local_ip.as_deref() == Some("fe80::1%en0")));
        let known = || fleet.account.configurations_of(ACME);
        assert_eq!(known().filter(|known| known.is_psa_synced()).count(), 1);
        assert!(known().any(|known| known.status_id == Some(INACTIVE)));
        for id in FAILING {
            let serial = &fleet.account.configurations[&id].serial_number;
            assert!(devices().any(|device| device.serial == *serial), "{id}");
            assert_eq!(known().filter(|other| other.serial_number == *serial).count(), 1);
            let policy = |id: &String| fleet.world.policies[id].name.as_str();
            let mut located = devices().filter(|device| device.serial == *serial);
            assert!(located.all(|device| policy(&device.location) == ACME_NAME));
        }
    }
}
