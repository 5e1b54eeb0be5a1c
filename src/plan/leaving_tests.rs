//! What becomes of configurations whose device left, the guard, undo's hold, and narrowed runs.

use super::model::*;
use super::{Action, OrganizationPlan, Scope, Withheld, WithheldFor, guard};
use crate::domain::*;
use std::collections::BTreeSet;

/// `leaving` of `bound` devices of a policy are gone; the others are there.
fn fleet(policy: &str, leaving: usize, bound: usize) -> Model {
    let mut model = Model::new([device("bystander", "free")], [], []);
    add(&mut model, policy, leaving, bound);
    model
}

fn add(model: &mut Model, policy: &str, leaving: usize, bound: usize) {
    for number in 0..bound {
        let (name, serial) = (format!("{policy}{number}"), format!("{policy}-{number}"));
        let record = 1 + model.configurations.len() as i64;
        if number >= leaving {
            model.devices.push(device(&name, policy).with_serial(&serial).called("Same"));
        }
        let found = configuration(record, 1).with_serial(&serial).called("Same");
        model.configurations.push(found);
        model.bindings.push(binding(&name, policy, 1, record).with_serial_seen(&serial));
    }
}

fn inactivations(plan: &OrganizationPlan) -> usize {
    plan.devices.iter().filter(|p| matches!(p.action, Action::Inactivate(..))).count()
}

/// What the guard lets pass, and what it keeps back.
fn guarded(model: &Model) -> (usize, Vec<Withheld>) {
    let mut plans = model.plan();
    let withheld = guard(&mut plans, model.rules.guard, &BTreeSet::new());
    (plans.iter().map(inactivations).sum(), withheld)
}

#[test]
fn leaving_writes_the_inactive_status_and_nothing_else() {
    let mut model = fleet("a", 1, 1);
    model.configurations[0].archived = true;
    let planned = model.planned("a0");
    let changes = planned.action.changes().unwrap();
    assert_eq!(changes.keys().collect::<Vec<_>>(), [&Attribute::Status]);
    assert_eq!(changes[&Attribute::Status].to, Value::Id(INACTIVE));
    model.apply(&model.plan());
    assert!(model.organization(1).devices.is_empty());
}

#[test]
fn one_that_is_inactive_already_leaves_without_a_write() {
    let mut model = fleet("a", 1, 1);
    model.configurations[0].status_id = Some(StatusId::new(INACTIVE));
    assert!(matches!(model.planned("a0").action, Action::Leave(_)));
    assert!(!model.organization(1).has_writes());
}

#[test]
fn one_that_a_psa_owns_leaves_without_a_write() {
    let mut model = fleet("a", 1, 1);
    model.configurations[0].psa = PsaIntegration::Synced;
    assert!(matches!(model.planned("a0").action, Action::Inactivate(..)), "it is tried once");
    model.bindings[0].psa_refused = model.configurations[0].updated_at;
    let planned = model.planned("a0");
    assert!(matches!(planned.action, Action::Leave(_)));
    assert_eq!(planned.owned_by_psa, [Attribute::Status]);
}

#[test]
fn an_empty_listing_proves_nothing() {
    let mut model = fleet("a", 1, 1);
    model.devices.clear();
    let plan = model.organization(1);
    assert!(!plan.has_departures() && plan.releases.is_empty());
    let mut model = fleet("a", 1, 1);
    model.policies.clear();
    let plan = model.organization(1);
    assert!(!plan.has_departures() && plan.releases.is_empty());
}

#[test]
fn a_record_gone_or_elsewhere_is_let_go_and_an_unknown_one_stays_due() {
    let mut gone = fleet("a", 1, 1);
    let mut elsewhere = gone.clone();
    let mut unknown = gone.clone();
    gone.configurations.clear();
    elsewhere.configurations[0].organization_id = org(2);
    unknown.unknown.insert(id(1));
    for (model, releases) in [(gone, 1), (elsewhere, 1), (unknown, 0)] {
        let plan = model.organization(1);
        assert!(!plan.has_departures() && !plan.has_writes());
        assert_eq!(plan.releases.len(), releases);
        assert!(model.organization(2).devices.is_empty());
    }
}

#[test]
fn what_a_present_device_holds_or_matches_is_not_inactivated() {
    // It has the serial number, but can't be bound.
    let mut matches = fleet("a", 1, 1);
    matches.devices.push(device("d", "free").listed(&["a", "q"]).with_serial("a-0"));
    // It is bound to the same record, but can't be bound now.
    let mut holds = fleet("a", 1, 1);
    holds.devices.push(device("d", "vanished"));
    holds.bindings.push(binding("d", "a", 1, 1));
    for model in [matches, holds] {
        let plan = model.organization(1);
        assert_eq!(model.planned("d").action.word(), "pending");
        assert!(!plan.has_departures() && plan.releases.is_empty());
    }
}

#[test]
fn a_record_of_two_that_left_is_set_inactive_once() {
    let mut model = fleet("a", 1, 1);
    model.bindings.push(binding("twin", "a", 1, 1));
    let plan = model.organization(1);
    assert_eq!((inactivations(&plan), plan.releases.len()), (1, 1));
}

#[test]
fn what_undo_touched_is_held_for_present_and_departed_alike() {
    let mut model = fleet("a", 1, 2);
    for binding in &mut model.bindings {
        *binding = binding.clone().held();
    }
    model.devices[1].name = Some("New".into());
    for device in ["a0", "a1"] {
        assert!(matches!(model.planned(device).action, Action::Held));
        assert_eq!(model.pending(device).0, PendingReason::Held);
    }
    let plan = model.organization(1);
    assert!(!plan.has_writes() && !plan.has_departures());
}

#[test]
fn what_undo_touched_is_held_from_a_new_agent_of_the_machine_too() {
    for state in [BindingState::Bound, BindingState::Left] {
        let mut model = fleet("a", 1, 1);
        model.bindings[0] = model.bindings[0].clone().held().in_state(state);
        model.devices.push(device("new", "a").with_serial("a-0"));
        let (reason, message) = model.pending("new");
        assert_eq!(reason, PendingReason::Held);
        assert!(message.contains("configuration 1") && message.contains("run 7"), "{message}");
        let plan = model.organization(1);
        assert!(!plan.has_writes() && plan.releases.is_empty());
    }
}

#[test]
fn the_guard_keeps_back_more_than_the_share_and_more_than_the_number() {
    assert_eq!(guarded(&fleet("a", 5, 20)), (5, vec![]), "not more than five");
    assert_eq!(guarded(&fleet("a", 6, 30)), (6, vec![]), "not more than a fifth");
    let (passed, withheld) = guarded(&fleet("a", 6, 29));
    let by = [WithheldFor::Policy(policy_id("a"), org(1)), WithheldFor::Run];
    let expected = by.map(|by| Withheld { by, leaving: 6, bound: 29 });
    assert_eq!((passed, withheld.as_slice()), (0, expected.as_slice()));
}

#[test]
fn the_guard_keeps_back_all_of_two_or_more() {
    assert_eq!(guarded(&fleet("a", 1, 1)), (1, vec![]));
    assert_eq!(guarded(&fleet("a", 2, 3)), (2, vec![]));
    assert_eq!(guarded(&fleet("a", 2, 2)).0, 0);
}

#[test]
fn one_policys_guard_leaves_the_others_alone() {
    let mut model = fleet("a", 2, 2);
    add(&mut model, "b", 3, 40);
    let (passed, withheld) = guarded(&model);
    assert_eq!((passed, withheld.len()), (3, 1));
    let mut plans = model.plan();
    guard(&mut plans, model.rules.guard, &BTreeSet::new());
    let words: BTreeSet<&str> = plans[0].devices.iter().map(|p| p.action.word()).collect();
    assert_eq!(words, BTreeSet::from(["inactivate", "unchanged"]), "the rest goes on");
}

#[test]
fn the_guard_adds_up_over_the_run() {
    let mut model = fleet("a", 3, 13);
    add(&mut model, "b", 3, 13);
    let (passed, withheld) = guarded(&model);
    assert_eq!(passed, 0);
    assert_eq!(withheld, [Withheld { by: WithheldFor::Run, leaving: 6, bound: 26 }]);
    let mut model = fleet("a", 3, 15);
    add(&mut model, "b", 3, 15);
    assert_eq!(guarded(&model), (6, vec![]));
}

#[test]
fn a_narrowed_run_is_measured_by_its_own_policies() {
    let mut model = fleet("a", 3, 13);
    model.policies.push(policy("big", None));
    model.links.push(link("big", 1, false));
    add(&mut model, "b", 3, 13);
    add(&mut model, "big", 0, 100);
    assert_eq!(guarded(&model).0, 6, "in the whole run they are few");
    let mut plans = model.plan();
    let policies = Some(BTreeSet::from(["a", "b"].map(policy_id)));
    for plan in &mut plans {
        plan.restrict(&Scope { policies: policies.clone(), devices: None });
    }
    guard(&mut plans, model.rules.guard, &BTreeSet::new());
    assert_eq!(inactivations(&plans[0]), 0);
}

#[test]
fn a_run_for_a_policy_or_a_device_plans_nothing_else() {
    let mut model = fleet("a", 1, 3);
    add(&mut model, "b", 1, 3);
    let narrowed = |scope: Scope| {
        let mut plan = model.organization(1);
        plan.restrict(&scope);
        plan.devices.iter().map(|p| p.device_id.to_string()).collect::<Vec<_>>()
    };
    let policies = Some(BTreeSet::from([policy_id("a")]));
    let scope = Scope { policies: policies.clone(), devices: None };
    assert_eq!(narrowed(scope), ["a0", "a1", "a2"]);
    let devices = Some(BTreeSet::from(["a1", "b1"].map(device_id)));
    assert_eq!(narrowed(Scope { policies, devices }), ["a1"]);
    assert_eq!(narrowed(Scope::default()).len(), 6);
}

#[test]
fn a_narrowed_run_lets_a_binding_go_only_where_the_taker_is_meant() {
    // The old agent was in `a`, the new one is in `b`.
    let mut model = fleet("a", 1, 1);
    model.devices.push(device("new", "b").with_serial("a-0"));
    // And one whose record is gone.
    model.bindings.push(binding("lost", "a", 1, 99));
    let released = |policies: &[&str], devices: Option<&str>| {
        let mut plan = model.organization(1);
        plan.restrict(&Scope {
            policies: Some(policies.iter().map(|id| policy_id(id)).collect()),
            devices: devices.map(|id| BTreeSet::from([device_id(id)])),
        });
        plan.releases.iter().map(|b| b.device_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(released(&["a", "b"], None), ["a0", "lost"]);
    assert_eq!(released(&["a"], None), ["lost"]);
    assert_eq!(released(&["b"], None), ["a0"]);
    assert_eq!(released(&["a", "b"], Some("new")), ["a0"]);
    assert_eq!(released(&["a", "b"], Some("lost")), ["lost"]);
}

#[test]
fn only_what_two_sweeps_agree_on_departs() {
    let model = fleet("a", 2, 9);
    let mut first = model.clone();
    first.devices.push(device("a0", "a").with_serial("a-0"));
    let mut second = model.organization(1);
    second.keep_departures_of(&first.organization(1));
    let departed: Vec<_> = second
        .devices
        .iter()
        .filter(|planned| planned.action.word() == "inactivate")
        .map(|planned| planned.device_id.to_string())
        .collect();
    assert_eq!(departed, ["a1"]);
    assert_eq!(second.devices.len(), 8, "the present ones stay in the plan");
}

#[test]
fn what_the_guard_kept_back_stays_back_when_planned_again() {
    let model = fleet("a", 2, 2);
    let mut first = model.plan();
    guard(&mut first, model.rules.guard, &BTreeSet::new());
    let mut again = model.organization(1);
    again.keep_departures_of(&first[0]);
    assert!(!again.has_departures());
}
