//! The guard: so many inactivations at once are a person's decision.

use super::{Action, OrganizationPlan, PlannedDevice};
use crate::domain::{DeviceId, Guard, OrganizationId, PolicyId};
use std::collections::{BTreeMap, BTreeSet};

/// Why inactivations are kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithheldFor {
    /// Too many of one policy.
    Policy(PolicyId, OrganizationId),
    /// Too many over the whole run.
    Run,
    /// An earlier run withheld them, and nobody has confirmed them since.
    Earlier,
}

/// Inactivations that the guard kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// What tripped it.
    pub by: WithheldFor,
    /// How many devices left.
    pub leaving: usize,
    /// Of how many bound ones.
    pub bound: usize,
}

/// Turns inactivations into withheld ones where there are too many: first policy by policy, then over
/// the run.
pub(super) fn withhold(
    plans: &mut [OrganizationPlan],
    guard: Guard,
    before: &BTreeSet<DeviceId>,
) -> Vec<Withheld> {
    let mut tripped = Vec::new();
    let (mut leaving_in_all, mut bound_in_all) = (0, 0);
    for plan in plans.iter_mut() {
        let mut leaving: BTreeMap<PolicyId, usize> = BTreeMap::new();
        for planned in plan.devices.iter().filter(|p| matches!(p.action, Action::Inactivate(..))) {
            *leaving.entry(planned.through.clone()).or_default() += 1;
        }
        leaving_in_all += leaving.values().sum::<usize>();
        bound_in_all += plan.bound.values().sum::<usize>();
        for (policy, leaving) in leaving {
            let bound = plan.bound.get(&policy).copied().unwrap_or_default();
            if guard.withholds(leaving, bound) {
                keep_back(plan, |planned| planned.through == policy);
                let by = WithheldFor::Policy(policy, plan.organization_id);
                tripped.push(Withheld { by, leaving, bound });
            }
        }
    }
    if guard.withholds(leaving_in_all, bound_in_all) {
        for plan in plans.iter_mut() {
            keep_back(plan, |_| true);
        }
        tripped.push(Withheld {
            by: WithheldFor::Run,
            leaving: leaving_in_all,
            bound: bound_in_all,
        });
    }
    let again =
        plans.iter_mut().map(|plan| keep_back(plan, |p| before.contains(&p.device_id))).sum();
    if again > 0 {
        tripped.push(Withheld { by: WithheldFor::Earlier, leaving: again, bound: bound_in_all });
    }
    tripped
}

/// How many were kept back. Departures that want no write stay out of the plan, so that their bindings
/// stay as they are: a device that is back after an outage has not joined, and a status that a person
/// chose is not written over.
fn keep_back(plan: &mut OrganizationPlan, meant: impl Fn(&PlannedDevice) -> bool) -> usize {
    let mut kept = 0;
    plan.devices.retain(|planned| !(matches!(planned.action, Action::Leave(_)) && meant(planned)));
    for planned in plan.devices.iter_mut().filter(|planned| meant(planned)) {
        if let Action::Inactivate(configuration, changes) = &planned.action {
            planned.action = Action::Withhold(configuration.clone(), changes.clone());
            kept += 1;
        }
    }
    kept
}
