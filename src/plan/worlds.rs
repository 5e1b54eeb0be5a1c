//! Made-up worlds for property tests: few serial numbers, addresses and names, so that devices and
//! configurations collide all the time.

use super::model::*;
use crate::domain::*;
use jiff::Timestamp;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::BTreeSet;

const SERIALS: [&str; 7] = ["S1", " s1", "S2", "S3", "S4", "N/A", ""];
const MACS: [&str; 6] = [
    "A4:83:E7:00:00:01",
    "a483.e700.0001",
    "A4-83-E7-00-00-02",
    "A4:83:E7:00:00:03",
    "00:00:00:00:00:00",
    "short",
];
const NAMES: [&str; 4] = ["Ana's Mac", "A name longer than IT Glue takes", "Mac", " "];
const HOSTS: [&str; 3] = ["host", BAD_HOST, ""];
const ADDRESSES: [&str; 4] = ["10.0.0.1", "2001:DB8::1", "fe80::1%en0", ""];
const POLICIES: [&str; 5] = ["a", "b", "q", "c", "free"];
/// Devices that may be there; bindings also name ones that are not.
const PRESENT: usize = 6;
const RECORDED: usize = 9;
const RECORDS: i64 = 5;

fn text(of: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    option::weighted(0.8, select(of).prop_map(str::to_owned))
}

fn membership() -> impl Strategy<Value = Membership> {
    let location = prop_oneof![
        12 => select(&["a", "a", "a", "b", "q", "c", "free"][..]).prop_map(|id| Some(policy_id(id))),
        1 => Just(None),
        1 => Just(Some(policy_id("vanished"))),
    ];
    let listed = prop_oneof![2 => Just(vec![]), 1 => subsequence(&POLICIES[..], 1..=3)];
    let read = (location, listed).prop_map(|(location, listed)| Membership::Read {
        location,
        listed: listed.into_iter().map(policy_id).collect(),
    });
    prop_oneof![15 => read, 1 => Just(Membership::Unreadable { why: "no facts".into(), location: None })]
}

fn last_online() -> impl Strategy<Value = Option<Timestamp>> {
    let hours = select(vec![0, 1, 2, 23, 25, 26, 24 * 31]);
    option::weighted(0.9, hours.prop_map(hours_ago))
}

fn a_device(number: usize) -> impl Strategy<Value = Device> {
    let texts = (text(&NAMES), text(&HOSTS), text(&ADDRESSES), text(&MACS), text(&SERIALS));
    (texts, last_online(), membership()).prop_map(move |(texts, last_online, membership)| {
        let (name, hostname, local_ip, ethernet_mac, serial_number) = texts;
        Device {
            name,
            hostname,
            local_ip,
            ethernet_mac,
            serial_number,
            last_online,
            membership,
            ..device(&format!("d{number}"), "")
        }
    })
}

fn a_configuration(number: i64) -> impl Strategy<Value = Configuration> {
    let texts = (text(&NAMES), text(&HOSTS), text(&ADDRESSES), text(&MACS), text(&SERIALS));
    let status = option::weighted(0.9, select(vec![ACTIVE, INACTIVE, OTHER_STATUS]));
    let organization = prop_oneof![5 => Just(1), 3 => Just(2), 1 => Just(3)];
    (texts, status, organization, prop::bool::weighted(0.2), prop::bool::weighted(0.2)).prop_map(
        move |(texts, status, organization, archived, psa)| {
            let (name, hostname, primary_ip, mac_address, serial_number) = texts;
            Configuration {
                name,
                hostname,
                primary_ip,
                mac_address,
                serial_number,
                status_id: status.map(StatusId::new),
                archived,
                psa: if psa { PsaIntegration::Synced } else { PsaIntegration::NotSynced },
                ..configuration(number, organization)
            }
        },
    )
}

fn written() -> impl Strategy<Value = Written> {
    (select(&NAMES[..]), option::of(select(&NAMES[..])), 1_u32..4).prop_map(
        |(sent, stored, times)| Written {
            sent: sent.into(),
            stored: stored.map(str::to_owned),
            times,
        },
    )
}

fn a_binding(device: usize, organization: i64, chosen: u32) -> impl Strategy<Value = Binding> {
    let state = prop_oneof![
        8 => Just(BindingState::Bound),
        2 => Just(BindingState::Left),
        1 => Just(BindingState::Released),
        chosen => Just(BindingState::Chosen),
    ];
    let by = select(vec![MatchedBy::Serial, MatchedBy::Mac, MatchedBy::Hand]);
    let refused = prop::bool::weighted(0.2);
    let held = prop::bool::weighted(0.05);
    let target = (1..=RECORDS + 1, select(&POLICIES[..4]), state, option::of(by));
    (target, text(&SERIALS), option::of(written()), refused, held).prop_map(
        move |((record, policy, state, by), seen, name, refused, held)| Binding {
            state,
            matched_by: by,
            serial_seen: seen.as_deref().and_then(SerialNumber::parse),
            written: name.map(|written| (Attribute::Name, written)).into_iter().collect(),
            psa_refused: refused.then(|| hours_ago(1000)),
            held_by: held.then(|| RunId::new(7)),
            ..binding(&format!("d{device}"), policy, organization, record)
        },
    )
}

/// Each of these in one of two organizations, or not at all.
fn bindings(chosen: u32) -> impl Strategy<Value = Vec<Binding>> {
    let all: Vec<_> = (0..RECORDED)
        .flat_map(|device| [1, 2].map(|organization| (device, organization)))
        .map(|(device, organization)| option::of(a_binding(device, organization, chosen)))
        .collect();
    all.prop_map(|bindings| bindings.into_iter().flatten().collect())
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    let below = prop_oneof![
        3 => Just(None),
        1 => Just(Some(link("c", 2, false))),
        1 => Just(Some(Link { policy_id: policy_id("c"), target: LinkTarget::KeptUnlinked })),
    ];
    (any::<bool>(), 1..3_i64, below).prop_map(|(with_children, organization, below)| {
        let own = [link("a", 1, with_children), link("b", organization, false), link("q", 2, true)];
        own.into_iter().chain(below).collect()
    })
}

fn worlds_with(chosen: u32) -> impl Strategy<Value = Model> {
    let devices: Vec<_> = (0..PRESENT).map(a_device).collect();
    let devices = (devices, subsequence((0..PRESENT).collect::<Vec<_>>(), 2..=PRESENT));
    let configurations: Vec<_> = (1..=RECORDS).map(a_configuration).collect();
    let unsettled = option::weighted(0.1, (0..PRESENT, 1..3_i64));
    let unknown = btree_set(1..=RECORDS, 0..2);
    let limits = (select(vec![0, 20, 50]), 0..4_u32);
    (devices, configurations, bindings(chosen), links(), unsettled, unknown, limits, any::<bool>())
        .prop_map(|(devices, configurations, bindings, links, unsettled, unknown, limits, all)| {
            let (devices, there) = devices;
            let mut model = Model::new(
                there.into_iter().map(|number| devices[number].clone()),
                configurations,
                bindings,
            );
            model.links = links;
            model.unfiltered = all;
            model.unknown = unknown.into_iter().map(id).collect();
            if let Some((number, organization)) = unsettled {
                let key = (device_id(&format!("d{number}")), org(organization));
                model.unsettled.insert(key, hours_ago(0));
            }
            model.rules.guard =
                Guard { max_inactive_percent: limits.0, max_inactive_devices: limits.1 };
            model
        })
}

/// Any world.
pub fn worlds() -> impl Strategy<Value = Model> {
    worlds_with(1)
}

/// Any world as a sync leaves it: no configuration is bound twice, none chosen and not yet bound.
pub fn sound_worlds() -> impl Strategy<Value = Model> {
    worlds_with(0).prop_map(|mut model| {
        let mut taken = BTreeSet::new();
        model
            .bindings
            .retain(|binding| !binding.is_bound() || taken.insert(binding.configuration_id));
        model
    })
}

/// A world, and the same one read in another order.
pub fn shuffled() -> impl Strategy<Value = (Model, Model)> {
    worlds().prop_flat_map(|model| {
        let order = (
            Just(model.devices.clone()).prop_shuffle(),
            Just(model.configurations.clone()).prop_shuffle(),
            Just(model.bindings.clone()).prop_shuffle(),
        );
        order.prop_map(move |(devices, configurations, bindings)| {
            let other = Model { devices, configurations, bindings, ..model.clone() };
            (model.clone(), other)
        })
    })
}

/// Whether a device is, or may be, in an organization: read from its facts and the links alone.
pub fn is_in(model: &Model, device: &Device, organization: OrganizationId) -> bool {
    let tree = PolicyTree::new(model.policies.iter().cloned());
    let links = Links::new(model.links.iter().cloned());
    let linked = |policy: &PolicyId| links.coverage(&tree, policy).map(|c| c.organization_id);
    let main = device.membership.location().and_then(linked);
    match (device.membership.assigned(&tree), main) {
        (Err(_), _) => true,
        (Ok(_), Some(main)) => main == organization,
        (Ok(assigned), None) => assigned.iter().any(|id| linked(id) == Some(organization)),
    }
}

/// Some of several, for a narrowed run.
pub fn some_policies() -> impl Strategy<Value = Vec<PolicyId>> {
    vec(select(&POLICIES[..]).prop_map(policy_id), 1..3)
}
