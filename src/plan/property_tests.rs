//! What holds for every plan, whatever the world.

use super::model::*;
use super::worlds::{is_in, shuffled, some_policies, sound_worlds, worlds};
use super::{Action, OrganizationPlan, PlannedDevice, Scope, guard};
use crate::domain::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// As many worlds as `PROPTEST_CASES` says, 256 otherwise.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn planned(plans: &[OrganizationPlan]) -> impl Iterator<Item = (OrganizationId, &PlannedDevice)> {
    plans.iter().flat_map(|plan| plan.devices.iter().map(|p| (plan.organization_id, p)))
}

fn inactivated(plan: &OrganizationPlan) -> impl Iterator<Item = (&PlannedDevice, &Configuration)> {
    plan.devices.iter().filter_map(|planned| match &planned.action {
        Action::Inactivate(configuration, _) => Some((planned, &**configuration)),
        _ => None,
    })
}

fn is_settled(plans: &[OrganizationPlan]) -> bool {
    plans.iter().all(|plan| !plan.has_writes() && plan.releases.is_empty())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_plan_carried_out_and_made_again_is_empty(mut model in sound_worlds()) {
        model.apply(&model.plan());
        let again = model.plan();
        prop_assert!(is_settled(&again), "{again:#?}");
    }

    #[test]
    fn what_a_person_chose_settles_too(mut model in worlds()) {
        // Others may have to wait until the chosen one has left their record, or has its own.
        for _ in 0..3 {
            model.apply(&model.plan());
        }
        let again = model.plan();
        prop_assert!(is_settled(&again), "{again:#?}");
    }

    #[test]
    fn no_plan_touches_a_configuration_of_another_organization(mut model in worlds()) {
        let before = model.configurations.clone();
        let plans = model.plan();
        for (organization, planned) in planned(&plans) {
            let found = planned.action.configuration();
            prop_assert!(found.is_none_or(|found| found.organization_id == organization));
        }
        model.apply(&plans);
        for old in before.iter().filter(|old| old.organization_id == org(3)) {
            prop_assert_eq!(old, model.configuration(old.id.get()));
        }
    }

    #[test]
    fn no_field_is_blanked_and_nothing_written_that_addigy_lacks(mut model in worlds()) {
        let before = model.configurations.clone();
        let plans = model.plan();
        for (_, planned) in planned(&plans).filter(|(_, planned)| planned.action.writes()) {
            for (attribute, change) in planned.action.changes().unwrap() {
                let Value::Text(to) = &change.to else { continue };
                let device = planned.device.as_ref().unwrap();
                let creates = matches!(planned.action, Action::Create(_));
                let fallback = device.name_for_creation().filter(|_| creates);
                let wanted = device.field(*attribute);
                let wanted = if *attribute == Attribute::Name { wanted.or(fallback) } else { wanted };
                prop_assert!(!to.trim().is_empty());
                prop_assert_eq!(Some(to), wanted.as_ref());
                prop_assert_ne!(Some(&change.to), change.from.as_ref());
            }
        }
        model.apply(&plans);
        for old in &before {
            for attribute in Attribute::ALL.into_iter().filter(|a| old.value(*a).is_some()) {
                prop_assert!(model.configuration(old.id.get()).value(attribute).is_some());
            }
        }
    }

    #[test]
    fn no_two_devices_bind_to_one_configuration(mut model in worlds()) {
        let plans = model.plan();
        let mut claims = BTreeMap::new();
        for (organization, planned) in planned(&plans) {
            let Some(found) = planned.action.configuration() else { continue };
            let other = claims.insert((organization, found.id), planned.device_id.clone());
            prop_assert_eq!(other, None, "configuration {} is claimed twice", found.id);
        }
        model.apply(&plans);
        for binding in model.bindings.iter().filter(|binding| binding.is_bound()) {
            let claimant = claims.get(&(binding.organization_id, binding.configuration_id));
            prop_assert!(claimant.is_none_or(|claimant| *claimant == binding.device_id));
        }
    }

    #[test]
    fn the_order_of_what_was_read_does_not_matter((model, other) in shuffled()) {
        prop_assert_eq!(model.plan(), other.plan());
    }

    #[test]
    fn the_guard_holds(model in worlds(), only in some_policies(), narrowed in any::<bool>()) {
        let mut plans = model.plan();
        let only: BTreeSet<PolicyId> = only.into_iter().collect();
        if narrowed {
            let scope = Scope { policies: Some(only.clone()), devices: None };
            plans.iter_mut().for_each(|plan| plan.restrict(&scope));
        }
        guard(&mut plans, model.rules.guard, &BTreeSet::new());
        let limits = model.rules.guard;
        let too_many = |leaving: usize, bound: usize| {
            (leaving > limits.max_inactive_devices as usize
                && leaving * 100 > bound * limits.max_inactive_percent as usize)
                || (leaving > 1 && leaving == bound)
        };
        let (mut leaving, mut bound) = (BTreeMap::new(), BTreeMap::new());
        for plan in &plans {
            for (planned, _) in inactivated(plan) {
                let policy = (plan.organization_id, planned.through.clone());
                *leaving.entry(policy).or_insert(0) += 1;
            }
        }
        for binding in model.bindings.iter().filter(|binding| binding.is_bound()) {
            if !narrowed || only.contains(&binding.policy_id) {
                let policy = (binding.organization_id, binding.policy_id.clone());
                *bound.entry(policy).or_insert(0) += 1;
            }
        }
        for (policy, leaving) in &leaving {
            prop_assert!(!too_many(*leaving, bound[policy]));
        }
        prop_assert!(!too_many(leaving.values().sum(), bound.values().sum()));
    }

    /// One account read twice; only what Addigy answers differs.
    #[test]
    fn what_is_set_inactive_was_away_in_both_sweeps(first in worlds(), second in worlds()) {
        let second = Model { devices: second.devices, ..first.clone() };
        let (earlier, mut plans) = (first.plan(), second.plan());
        for (later, earlier) in plans.iter_mut().zip(&earlier) {
            later.keep_departures_of(earlier);
        }
        for plan in &plans {
            for (planned, _) in inactivated(plan) {
                for model in [&first, &second] {
                    let device = model.devices.iter().find(|d| d.id == planned.device_id);
                    let here = device.is_some_and(|d| is_in(model, d, plan.organization_id));
                    prop_assert!(!here, "{}", planned.device_id);
                }
            }
        }
    }

    #[test]
    fn an_empty_sweep_changes_nothing(mut model in worlds()) {
        model.devices.clear();
        prop_assert!(model.plan().iter().all(|plan| plan.devices.is_empty()));
        prop_assert!(is_settled(&model.plan()));
    }

    #[test]
    fn what_a_present_device_holds_or_matches_is_never_inactivated(model in worlds()) {
        for plan in model.plan() {
            for (_, lost) in inactivated(&plan) {
                for device in model.devices.iter().filter(|d| is_in(&model, d, plan.organization_id)) {
                    let matches = device.serial().is_some() && device.serial() == lost.serial();
                    let holds = model.bindings.iter().any(|binding| {
                        binding.is_bound()
                            && binding.device_id == device.id
                            && binding.organization_id == plan.organization_id
                            && binding.configuration_id == lost.id
                    });
                    prop_assert!(!matches && !holds, "{} of {}", lost.id, device.id);
                }
            }
        }
    }

    #[test]
    fn nothing_is_created_beside_a_record_with_the_devices_serial_number(model in worlds()) {
        let plans = model.plan();
        let creates = planned(&plans).filter(|(_, p)| matches!(p.action, Action::Create(_)));
        for (organization, planned) in creates {
            let serial = planned.device.as_ref().and_then(|device| device.serial());
            let double = model.configurations.iter().find(|configuration| {
                configuration.organization_id == organization
                    && !model.unknown.contains(&configuration.id)
                    && serial.is_some()
                    && configuration.serial() == serial
            });
            prop_assert_eq!(double, None);
        }
    }

    #[test]
    fn what_undo_touched_is_not_written(model in worlds()) {
        let plans = model.plan();
        for (organization, planned) in planned(&plans).filter(|(_, p)| p.action.writes()) {
            let held = model.bindings.iter().find(|binding| {
                binding.held_by.is_some()
                    && binding.organization_id == organization
                    && Some(binding.configuration_id) == planned.action.configuration().map(|c| c.id)
            });
            prop_assert_eq!(held, None);
        }
    }
}
