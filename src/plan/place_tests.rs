//! Rule 4: devices move, and are in several policies.

use super::model::*;
use crate::domain::*;

fn linked(serial: &str, number: i64, organization: i64) -> Configuration {
    configuration(number, organization).with_serial(serial).called("Same")
}

fn named(policy: &str) -> Device {
    device("d", policy).with_serial("S1").called("Same")
}

fn policies(model: &Model, organization: i64) -> Vec<String> {
    let planned = model.find(organization, "d").unwrap();
    planned.policies.iter().map(ToString::to_string).collect()
}

#[test]
fn a_device_in_no_linked_policy_is_not_planned() {
    for policy in ["free", ""] {
        let model = Model::new([named(policy)], [linked("S1", 1, 1)], []);
        assert!(model.find(1, "d").is_none());
    }
}

#[test]
fn links_are_not_inherited_unless_made_for_the_policies_below() {
    let mut model = Model::new([named("c")], [], []);
    assert!(model.find(1, "d").is_none());
    model.links[0] = link("a", 1, true);
    assert_eq!(policies(&model, 1), ["c"]);
    // The nearest link upward wins.
    model.links.push(link("c", 2, false));
    assert!(model.find(1, "d").is_none());
    assert_eq!(policies(&model, 2), ["c"]);
}

#[test]
fn a_policy_kept_unlinked_is_not_covered() {
    let mut model = Model::new([named("c")], [], []);
    model.links[0] = link("a", 1, true);
    model.links.push(Link { policy_id: policy_id("c"), target: LinkTarget::KeptUnlinked });
    assert!(model.find(1, "d").is_none());
}

#[test]
fn an_ancestor_listed_beside_its_child_is_inherited_and_no_assignment() {
    let model = Model::new([named("c").listed(&["a", "c"])], [], []);
    assert!(model.find(1, "d").is_none());
}

#[test]
fn a_device_in_two_policies_of_one_organization_is_bound_once_and_counted_in_both() {
    let mut model = Model::new([named("b").listed(&["a", "b"])], [linked("S1", 1, 1)], []);
    assert_eq!(model.organization(1).devices.len(), 1);
    assert_eq!(policies(&model, 1), ["a", "b"]);
    assert_eq!(model.planned("d").through, policy_id("b"));
    model.devices = vec![named("free").listed(&["a", "b"])];
    assert_eq!(model.planned("d").through, policy_id("a"));
}

#[test]
fn the_main_policy_decides_between_two_organizations() {
    let model = Model::new([named("q").listed(&["a", "q"])], [], []);
    assert!(model.find(1, "d").is_none());
    assert_eq!(policies(&model, 2), ["q"]);
}

#[test]
fn without_a_linked_main_policy_it_is_pending_in_both_with_both_named() {
    let configurations = [linked("S1", 1, 1), linked("S1", 2, 2)];
    let model = Model::new([named("free").listed(&["a", "q"])], configurations, []);
    for (organization, policy) in [(1, "a"), (2, "q")] {
        let pending = model.find(organization, "d").unwrap().pending.unwrap();
        assert_eq!(pending.reason, PendingReason::TwoOrganizations);
        for name in ["policy A", "policy Q", "Client 1", "Client 2"] {
            assert!(pending.message.contains(name), "{}", pending.message);
        }
        assert_eq!(policies(&model, organization), [policy]);
    }
    assert!(model.plan().iter().all(|plan| !plan.has_writes()));
}

#[test]
fn neither_two_organizations_nor_unknown_membership_inactivates() {
    let torn = named("free").listed(&["a", "q"]);
    let unknown = named("vanished");
    for device in [torn, unknown, named("").unreadable()] {
        let model = Model::new(
            [device],
            [linked("S1", 1, 1)],
            [binding("d", "a", 1, 1).with_serial_seen("S1")],
        );
        let plan = model.organization(1);
        assert!(!plan.has_departures() && !plan.has_writes() && plan.releases.is_empty());
        assert_eq!(model.action("d").0, "pending");
    }
}

#[test]
fn a_policy_that_addigy_does_not_list_makes_membership_unknown() {
    let mut model = Model::new([named("a").listed(&["a", "vanished"])], [], []);
    let (reason, message) = model.pending("d");
    assert_eq!(reason, PendingReason::MembershipUnknown);
    assert!(message.contains("vanished"), "{message}");
    model.devices = vec![named("free").listed(&["free", "b", "vanished"])];
    assert_eq!(policies(&model, 1), ["b"], "what it names all the same");
}

#[test]
fn the_main_policy_counts_first_also_where_membership_is_unknown() {
    let model = Model::new([named("b").listed(&["a", "b", "vanished"])], [], []);
    assert_eq!(model.planned("d").through, policy_id("b"));
}

#[test]
fn a_device_that_moved_within_an_organization_stays_active() {
    let bound = binding("d", "a", 1, 1).with_serial_seen("S1");
    let model = Model::new([named("b")], [linked("S1", 1, 1)], [bound]);
    assert_eq!(model.action("d"), ("unchanged", Some(1)));
    assert_eq!(policies(&model, 1), ["b"]);
    assert!(!model.organization(1).has_departures());
}

#[test]
fn a_device_that_moved_to_another_organization_is_inactive_there_and_bound_here() {
    let bound = binding("d", "a", 1, 1).with_serial_seen("S1");
    let mut model = Model::new([named("q")], [linked("S1", 1, 1)], [bound]);
    assert_eq!(model.action("d"), ("inactivate", Some(1)));
    assert_eq!(model.find(2, "d").unwrap().action.word(), "create");
    // The other organization's part alone: what was left behind stays due.
    let second = model.organization(2);
    model.apply(&[second]);
    assert_eq!(model.action("d"), ("inactivate", Some(1)));
    model.apply(&model.plan());
    assert_eq!(model.configuration(1).status_id, Some(StatusId::new(INACTIVE)));
    assert!(model.organization(1).devices.is_empty());
    assert_eq!(model.find(2, "d").unwrap().action.word(), "unchanged");
}

#[test]
fn a_policy_linked_anew_is_as_if_its_devices_left_the_first_organization() {
    let bound = binding("d", "a", 1, 1).with_serial_seen("S1");
    let mut model = Model::new([named("a")], [linked("S1", 1, 1), linked("S1", 2, 2)], [bound]);
    model.links[0] = link("a", 2, false);
    assert_eq!(model.action("d"), ("inactivate", Some(1)));
    let there = model.find(2, "d").unwrap();
    assert_eq!(there.action.configuration().unwrap().id, id(2));
}

#[test]
fn an_organization_that_is_missing_is_not_written_to() {
    let mut model = Model::new(
        [named("a"), device("e", "a")],
        [linked("S1", 1, 1), linked("S2", 2, 1)],
        [binding("gone", "a", 1, 2)],
    );
    model.missing.insert(org(1));
    let plan = model.organization(1);
    assert!(!plan.has_writes() && !plan.has_departures() && plan.releases.is_empty());
    assert_eq!(model.pending("d").0, PendingReason::OrganizationMissing);
}
