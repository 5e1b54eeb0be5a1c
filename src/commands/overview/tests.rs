use super::*;
use crate::domain::{BindingState, ConfigurationId, Link, Membership, Pending};
use jiff::Timestamp;

/// Clients over Acme and Globex, each over policies called Laptops.
pub fn tree() -> PolicyTree {
    PolicyTree::new(
        [
            ("clients", "Clients", "", None),
            ("acme", "Acme", "clients", None),
            ("acme-laptops", "Laptops", "acme", None),
            ("globex", "Globex", "clients", Some(7)),
            ("globex-laptops", "Laptops", "globex", None),
        ]
        .map(|(id, name, parent, account)| Policy {
            id: PolicyId::new(id),
            name: name.into(),
            parent: (!parent.is_empty()).then(|| PolicyId::new(parent)),
            itglue_account_id: account.map(OrganizationId::new),
        }),
    )
}

/// A device in one policy.
pub fn device(id: &str, policy: &str) -> Device {
    let policy = PolicyId::new(policy);
    Device {
        id: DeviceId::new(id),
        name: Some(id.to_uppercase()),
        hostname: None,
        local_ip: None,
        ethernet_mac: None,
        serial_number: None,
        model: None,
        last_online: None,
        membership: Membership::Read {
            location: Some(policy.clone()),
            listed: BTreeSet::from([policy]),
        },
        facts: BTreeMap::new(),
    }
}

/// A link.
pub fn link(policy: &str, organization: i64, with_children: bool) -> Link {
    Link {
        policy_id: PolicyId::new(policy),
        target: LinkTarget::Organization {
            id: OrganizationId::new(organization),
            name: format!("Organization {organization}"),
            with_children,
        },
    }
}

/// A device bound in an organization.
pub fn binding(device: &str, organization: i64, policy: &str) -> Binding {
    Binding {
        device_id: DeviceId::new(device),
        organization_id: OrganizationId::new(organization),
        policy_id: PolicyId::new(policy),
        configuration_id: ConfigurationId::new(900),
        state: BindingState::Bound,
        matched_by: None,
        serial_seen: None,
        written: BTreeMap::new(),
        psa_refused: None,
        held_by: None,
    }
}

fn report(policy: &str, device: &str, pending: Option<Pending>) -> DeviceReport {
    DeviceReport {
        policy_id: PolicyId::new(policy),
        device_id: DeviceId::new(device),
        name: device.to_uppercase(),
        serial_number: None,
        state: if pending.is_some() { DeviceState::Pending } else { DeviceState::Linked },
        pending,
        configuration_id: None,
        at: Timestamp::UNIX_EPOCH,
    }
}

fn known(links: &[Link], devices: &[(&str, &str)]) -> Known {
    Known {
        tree: tree(),
        devices: devices.iter().map(|(id, policy)| device(id, policy)).collect(),
        as_of: Some(Timestamp::UNIX_EPOCH),
        links: Links::new(links.to_vec()),
        bindings: Vec::new(),
        reports: Vec::new(),
        last_sync: BTreeMap::new(),
    }
}

fn of(known: &Known, id: &str) -> PolicyOverview {
    overview(known).into_iter().find(|row| row.policy.id.as_str() == id).unwrap()
}

#[test]
fn an_unlinked_policy_counts_its_own_devices_only() {
    let known = known(&[], &[("a", "acme"), ("b", "acme-laptops")]);
    let acme = of(&known, "acme");
    assert_eq!((acme.state, acme.total, acme.linked), (State::NotLinked, 1, 0));
    assert_eq!(acme.path_text(), "Clients/Acme");
    assert_eq!(of(&known, "clients").total, 0);
    assert_eq!(acme.next_step(), "link");
    assert_eq!(of(&known, "globex").next_step(), "link --adopt");
}

#[test]
fn a_link_without_a_sync_wants_attention_unless_the_policy_is_empty() {
    let known = known(&[link("acme", 1, false), link("globex", 2, false)], &[("a", "acme")]);
    assert_eq!(of(&known, "acme").state, State::Attention);
    assert_eq!(of(&known, "acme").next_step(), "sync 1");
    assert_eq!(of(&known, "globex").state, State::Linked);
}

#[test]
fn bound_pending_and_superseded_devices_are_told_apart() {
    let mut known = known(
        &[link("acme", 1, true)],
        &[("a", "acme"), ("b", "acme"), ("c", "acme"), ("d", "acme-laptops")],
    );
    known.bindings = vec![binding("a", 1, "acme"), binding("d", 1, "acme-laptops")];
    let superseded =
        Pending { superseded: true, ..Pending::new(PendingReason::DuplicateSerial, "twin") };
    known.reports = vec![
        report("acme", "a", None),
        report("acme", "b", Some(Pending::new(PendingReason::NoIdentity, "nothing"))),
        report("acme", "c", Some(superseded)),
    ];
    let acme = of(&known, "acme");
    assert_eq!((acme.total, acme.linked, acme.pending.len()), (2, 1, 1));
    assert_eq!(acme.state, State::Attention);
    assert_eq!(acme.next_step(), "see status (1)");
    let laptops = of(&known, "acme-laptops");
    assert_eq!((laptops.state, laptops.total, laptops.linked), (State::Linked, 1, 1));
    assert!(laptops.organization.as_ref().unwrap().inherited);
    assert_eq!(laptops.next_step(), "nothing to do");
}

#[test]
fn a_bound_device_that_is_pending_all_the_same_is_pending() {
    let mut known = known(&[link("acme", 1, false)], &[("a", "acme")]);
    known.bindings = vec![binding("a", 1, "acme")];
    let contested = Pending::new(PendingReason::Contested, "name");
    known.reports = vec![report("acme", "a", Some(contested))];
    let acme = of(&known, "acme");
    assert_eq!((acme.total, acme.linked, acme.pending.len()), (1, 0, 1));
}

#[test]
fn a_device_of_two_linked_policies_counts_in_both() {
    let mut known = known(&[link("acme", 1, false), link("globex", 1, false)], &[]);
    known.devices = vec![Device {
        membership: Membership::Read {
            location: Some(PolicyId::new("acme")),
            listed: ["acme", "globex"].map(PolicyId::new).into(),
        },
        ..device("a", "acme")
    }];
    known.bindings = vec![binding("a", 1, "acme")];
    assert_eq!((of(&known, "acme").linked, of(&known, "globex").linked), (1, 1));
}

#[test]
fn withheld_departures_want_a_confirmation() {
    let mut known = known(&[link("acme", 1, false)], &[]);
    known.reports =
        vec![DeviceReport { state: DeviceState::Withheld, ..report("acme", "gone", None) }];
    let acme = of(&known, "acme");
    assert_eq!((acme.state, acme.next_step().as_str()), (State::Attention, "confirm 1"));
    assert_eq!(acme.withheld, ["GONE"]);
}

#[test]
fn departures_that_no_sync_came_to_are_told() {
    let mut known = known(&[link("acme", 2, false)], &[("a", "acme")]);
    known.bindings =
        vec![binding("a", 1, "acme"), binding("a", 2, "acme"), binding("z", 1, "globex")];
    let acme = of(&known, "acme");
    assert_eq!((acme.linked, acme.leaving.as_slice()), (1, ["A".to_owned()].as_slice()));
    assert_eq!((acme.state, acme.next_step().as_str()), (State::Attention, "sync: 1 left"));
    let globex = of(&known, "globex");
    assert_eq!((globex.state, globex.next_step().as_str()), (State::NotLinked, "sync: 1 left"));
    known.devices.clear();
    assert!(of(&known, "acme").leaving.is_empty(), "an empty listing proves nothing");
}

#[test]
fn marks_and_vanished_policies_are_told() {
    let mark = Link { policy_id: PolicyId::new("acme-laptops"), target: LinkTarget::KeptUnlinked };
    let known = known(&[link("acme", 1, true), mark, link("vanished", 2, false)], &[]);
    let laptops = of(&known, "acme-laptops");
    assert!(laptops.kept_unlinked && laptops.organization.is_none());
    assert!(of(&known, "vanished").next_step().contains("bindery unlink vanished"));
}
