//! Rule 2: a configuration has one holder, and twins are judged over the whole sweep.

use super::model::*;
use crate::domain::{BindingState, Device, PendingReason};
use jiff::Timestamp;

/// Two devices in policy `a` with one serial number, and when each was seen last.
fn twins(d: Timestamp, e: Timestamp) -> [Device; 2] {
    [("d", d), ("e", e)].map(|(id, at)| device(id, "a").with_serial("S1").seen(at))
}

fn recorded() -> crate::domain::Configuration {
    configuration(1, 1).with_serial("S1")
}

#[test]
fn the_one_seen_last_is_bound_and_the_other_told_which() {
    let model = Model::new(twins(hours_ago(2), hours_ago(1)), [recorded()], []);
    assert_eq!(model.action("e").1, Some(1));
    let (reason, message) = model.pending("d");
    assert_eq!(reason, PendingReason::DuplicateSerial);
    assert!(message.contains("device e"), "{message}");
}

#[test]
fn twins_are_judged_over_all_policies_linked_or_not() {
    for policy in ["b", "q", "free"] {
        let mut model = Model::new(twins(hours_ago(2), hours_ago(1)), [recorded()], []);
        model.devices[1].membership = device("e", policy).membership;
        assert_eq!(model.pending("d").0, PendingReason::DuplicateSerial, "{policy}");
        assert!(
            model
                .organization(1)
                .devices
                .iter()
                .all(|p| p.device_id != device_id("d") || p.action.configuration().is_none())
        );
    }
}

#[test]
fn a_holder_gives_way_only_after_a_day_of_silence_and_the_other_seen_since() {
    let holder_is_bound = |holder, other| {
        let model = Model::new(twins(holder, other), [recorded()], [binding("d", "a", 1, 1)]);
        let (d, e) = (model.action("d").1, model.action("e").1);
        assert!(d.is_some() != e.is_some(), "exactly one is bound");
        d.is_some()
    };
    assert!(holder_is_bound(hours_ago(23), hours_ago(0)), "not silent for a day");
    assert!(holder_is_bound(hours_ago(24), hours_ago(0)), "for a day, not longer");
    assert!(!holder_is_bound(hours_ago(25), hours_ago(0)));
    assert!(holder_is_bound(hours_ago(25), hours_ago(25)), "the other was not seen since");
    assert!(holder_is_bound(hours_ago(50), hours_ago(60)));
}

#[test]
fn a_holder_whose_last_sign_is_unknown_does_not_give_way() {
    let mut model =
        Model::new(twins(hours_ago(0), hours_ago(0)), [recorded()], [binding("d", "a", 1, 1)]);
    model.devices[0].last_online = None;
    assert_eq!(model.action("d").1, Some(1));
    assert_eq!(model.pending("e").0, PendingReason::DuplicateSerial);
}

#[test]
fn the_binding_of_one_that_gave_way_is_released() {
    let mut model =
        Model::new(twins(hours_ago(25), hours_ago(1)), [recorded()], [binding("d", "a", 1, 1)]);
    let releases = model.organization(1).releases;
    assert_eq!(releases, [binding("d", "a", 1, 1).in_state(BindingState::Released)]);
    model.apply(&model.plan());
    let plan = model.organization(1);
    assert!(!plan.has_writes() && plan.releases.is_empty());
    assert_eq!(model.action("e"), ("unchanged", Some(1)));
}

#[test]
fn a_device_that_left_holds_nothing_against_its_twin() {
    let mut model =
        Model::new(twins(hours_ago(1), hours_ago(0)), [recorded()], [binding("d", "a", 1, 1)]);
    model.devices[0].membership = device("d", "free").membership;
    assert_eq!(model.action("e").1, Some(1));
    assert!(model.find(1, "d").is_none());
    assert_eq!(model.organization(1).releases.len(), 1);
}

#[test]
fn a_person_who_binds_a_twin_by_hand_settles_which_counts() {
    let chosen = binding("e", "a", 1, 1).in_state(BindingState::Chosen).by_hand();
    let bindings = [binding("d", "a", 1, 1), chosen];
    let mut model = Model::new(twins(hours_ago(0), hours_ago(5)), [recorded()], bindings);
    assert_eq!(model.action("e").1, Some(1));
    assert_eq!(model.pending("d").0, PendingReason::DuplicateSerial);
    model.apply(&model.plan());
    assert_eq!(model.action("e"), ("unchanged", Some(1)));
}

#[test]
fn one_silent_for_thirty_days_is_superseded() {
    let superseded = |hours| {
        let model = Model::new(twins(hours_ago(hours), hours_ago(1)), [recorded()], []);
        model.planned("d").pending.unwrap().superseded
    };
    assert!(!superseded(24 * 30));
    assert!(superseded(24 * 30 + 1));
}

#[test]
fn a_re_enrolled_device_takes_over_and_nothing_is_inactivated() {
    // The old agent is gone, or still listed and silent.
    for old in [None, Some(device("old", "a").with_serial("S1").seen(hours_ago(48)))] {
        let new = device("new", "a").with_serial("S1").called("Record 1");
        let mut model = Model::new(
            old.into_iter().chain([new]),
            [recorded()],
            [binding("old", "a", 1, 1).with_serial_seen("S1")],
        );
        assert_eq!(model.action("new"), ("unchanged", Some(1)));
        let plan = model.organization(1);
        assert!(!plan.has_departures() && plan.releases.len() == 1);
        model.apply(&model.plan());
        assert_eq!(model.action("new"), ("unchanged", Some(1)));
        assert!(model.organization(1).releases.is_empty());
    }
}

#[test]
fn two_bindings_on_one_record_bind_one_device_whatever_their_order() {
    let bindings = [binding("d", "a", 1, 1), binding("e", "a", 1, 1)];
    let devices = [device("d", "a").with_serial("S1"), device("e", "a").with_serial("S2")];
    let mut model = Model::new(devices, [configuration(1, 1).with_serial("S2")], bindings);
    let plan = model.plan();
    assert_eq!(model.action("e").1, Some(1));
    assert_eq!(model.action("d").0, "create");
    model.bindings.reverse();
    assert_eq!(model.plan(), plan);
}
