//! A made-up fleet from a seed: the same seed and time give the same fleet.
//!
//! There is always a top-level policy "Acme Corporation" with about a quarter of the devices, and
//! exactly one organization of exactly that name, next to near misses.

mod configurations;
mod demo;
mod devices;
mod organizations;
mod policies;

use super::addigy::model::World;
use super::itglue::model::Account;
use jiff::{SignedDuration, Timestamp};

pub use configurations::{ACTIVE, DEFAULT_TYPE, INACTIVE, IPAD_TYPE, IPHONE_TYPE};
pub use demo::FAILING;
pub use organizations::ACME;

/// The name of the policy and the organization that are always there.
pub const ACME_NAME: &str = "Acme Corporation";

/// How large a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Addigy policies.
    pub policies: usize,
    /// Addigy devices; none where there is no policy.
    pub devices: usize,
    /// IT Glue organizations.
    pub organizations: usize,
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Whether a few per cent of the devices and configurations are troublesome, and others drifted.
    pub troubles: bool,
}

/// The two worlds that belong together.
#[derive(Debug)]
pub struct Fleet {
    /// Addigy's side.
    pub world: World,
    /// IT Glue's side.
    pub account: Account,
}

/// A client of the provider: its policies, and its organization if it has one.
#[derive(Debug, Clone)]
struct Client {
    code: String,
    /// Its own policy first, then those below it.
    policies: Vec<String>,
    /// The organization that is meant, whether or not the names agree.
    organization: Option<i64>,
    /// How many devices it has compared with others.
    weight: usize,
}

impl Fleet {
    /// The fleet of `bindery demo`.
    pub fn demo(now: Timestamp) -> Self {
        demo::generate(now)
    }

    /// Makes up a fleet.
    pub fn generate(shape: Shape, now: Timestamp) -> Self {
        let mut rng = fastrand::Rng::with_seed(shape.seed);
        let mut account = configurations::empty_account(now);
        account.organizations = organizations::generate(shape, now, &mut rng);
        let (policies, clients) = policies::generate(shape, &account, now, &mut rng);
        let mut world = World {
            organization_id: super::names::uuid(&mut rng),
            policies,
            devices: Default::default(),
        };
        let owners = devices::generate(shape, &mut world, &clients, now, &mut rng);
        configurations::generate(shape, &mut account, &world, &owners, now, &mut rng);
        Self { world, account }
    }
}

/// So many days before.
fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn fleet(devices: usize, policies: usize, organizations: usize) -> Fleet {
        let shape = Shape { policies, devices, organizations, seed: 1, troubles: true };
        Fleet::generate(shape, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 20_000))
    }

    #[test]
    fn the_same_seed_gives_the_same_fleet() {
        let (left, right) = (fleet(300, 30, 50), fleet(300, 30, 50));
        assert_eq!(format!("{left:?}"), format!("{right:?}"));
    }

    #[test]
    fn the_fleet_has_the_asked_size() {
        for (devices, policies, organizations) in
            [(500, 40, 60), (0, 0, 0), (3, 1, 1), (50, 2, 3), (2000, 300, 4000), (10, 0, 5)]
        {
            let fleet = fleet(devices, policies, organizations);
            assert_eq!(fleet.world.policies.len(), policies);
            assert_eq!(fleet.account.organizations.len(), organizations);
            let wanted = if policies == 0 { 0 } else { devices };
            assert_eq!(fleet.world.devices.len(), wanted);
        }
    }

    #[test]
    fn acme_is_there_once_and_has_a_good_share() {
        let fleet = fleet(500, 40, 60);
        let named: Vec<_> =
            fleet.world.policies.values().filter(|policy| policy.name == ACME_NAME).collect();
        assert_eq!(named.len(), 1);
        assert_eq!(named[0].parent, None);
        let share =
            fleet.world.devices.values().filter(|device| device.location == named[0].id).count();
        assert!((60..200).contains(&share), "{share}");
        let organizations: Vec<&str> =
            fleet.account.organizations.values().map(|o| o.name.as_str()).collect();
        let count = |name| organizations.iter().filter(|other| **other == name).count();
        assert_eq!(count(ACME_NAME), 1);
        assert_eq!(count("ACME Corporation"), 1);
        assert_eq!(count("Acme Corporation Ltd"), 1);
        assert_eq!(count("Juniper Dental"), 2);
    }

    #[test]
    fn most_policies_with_a_client_name_its_organization() {
        let fleet = fleet(500, 40, 60);
        let names: BTreeSet<&str> =
            fleet.account.organizations.values().map(|o| o.name.as_str()).collect();
        let exact = fleet.world.policies.values().filter(|p| names.contains(p.name.as_str()));
        assert!(exact.count() >= 10);
        let ids = &fleet.account.organizations;
        let linked: Vec<_> =
            fleet.world.policies.values().filter(|p| !p.itglue_account_id.is_empty()).collect();
        let dangling = linked.iter().filter(|policy| {
            policy.itglue_account_id.parse().map_or(true, |id: i64| !ids.contains_key(&id))
        });
        assert!(linked.len() >= 5 && dangling.count() >= 1);
    }

    #[test]
    fn mobile_devices_lack_what_they_lack_and_troubles_are_few() {
        let fleet = fleet(500, 40, 60);
        let devices = &fleet.world.devices;
        for device in devices.values().filter(|device| !device.model.is_mac()) {
            assert!(device.hostname.is_none() && device.local_ip.is_none());
            assert!(device.ethernet_mac.is_none());
        }
        let mut serials: BTreeMap<&str, usize> = BTreeMap::new();
        for serial in devices.values().filter_map(|device| device.serial.as_deref()) {
            *serials.entry(serial.trim()).or_default() += 1;
        }
        let doubled = serials.values().filter(|count| **count > 1).count();
        assert!((1..15).contains(&doubled), "{doubled}");
        let silent = devices
            .values()
            .filter(|device| device.registered <= device.last_online)
            .filter(|device| fleet_age(device.last_online) > 600)
            .count();
        assert!((5..40).contains(&silent), "{silent}");
        assert!(devices.values().any(|d| d.local_ip.as_deref() == Some("fe80::1%en0")));
        assert!(devices.values().any(|d| d.serial.is_none() && d.ethernet_mac.is_none()));
        assert!(devices.values().any(|d| !d.also_in.is_empty()));
    }

    fn fleet_age(at: Timestamp) -> i64 {
        20_000 - at.as_second() / 86_400
    }

    #[test]
    fn every_parent_exists_and_configurations_have_their_organization() {
        let fleet = fleet(500, 40, 60);
        let world = &fleet.world;
        for policy in world.policies.values() {
            assert!(policy.parent.as_ref().is_none_or(|id| world.policies.contains_key(id)));
        }
        for device in world.devices.values() {
            assert!(device.assigned().all(|id| world.policies.contains_key(id)));
        }
        assert!(world.policies.keys().any(|id| world.ancestors(id).len() >= 2));
        let account = &fleet.account;
        assert!(account.configurations.len() > 150);
        let known: Vec<_> = account.configurations.values().collect();
        assert!(known.iter().any(|known| known.is_psa_synced()));
        assert!(known.iter().any(|known| known.archived));
        assert!(known.iter().any(|known| known.status_id == Some(INACTIVE)));
        let mut seen = BTreeSet::new();
        assert!(
            known.iter().any(|known| {
                known.serial_number.is_some() && !seen.insert(&known.serial_number)
            })
        );
        for configuration in account.configurations.values() {
            assert!(account.organizations.contains_key(&configuration.organization_id));
            assert!(account.types.contains_key(&configuration.type_id));
            assert!(configuration.mac_address.as_ref().is_none_or(|mac| mac.len() <= 17));
        }
    }

    #[test]
    fn a_fleet_without_troubles_has_none() {
        let shape =
            Shape { policies: 20, devices: 600, organizations: 30, seed: 3, troubles: false };
        let fleet =
            Fleet::generate(shape, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(480_000));
        let serials: BTreeSet<_> =
            fleet.world.devices.values().map(|device| device.serial.clone().unwrap()).collect();
        assert_eq!(serials.len(), 600);
        assert!(fleet.world.devices.values().all(|d| d.set.is_empty() && d.also_in.is_empty()));
    }
}
