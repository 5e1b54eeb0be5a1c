//! From what was read to a plan: recovery of open intents first, then the plan, then a second sweep
//! where devices leave.

use super::engine::{Confirmed, Engine, Request};
use super::error::Error;
use super::event::Event;
use super::read::{Extent, Fleet, Reading};
use super::seen::Choices;
use crate::domain::{Attribute, Binding, DeviceId, DeviceState, Links, OrganizationId, PolicyId};
use crate::plan::{self, Action, OrganizationPlan, Scope, Withheld, World};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A plan with what it was made from.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// One plan an organization, narrowed to what was asked for, the guard applied.
    pub plans: Vec<OrganizationPlan>,
    /// What the guard kept back.
    pub withheld: Vec<Withheld>,
    /// The policies that were asked for and exist.
    pub policies: BTreeSet<PolicyId>,
    /// Linked organizations that have another name now: nothing is written to them.
    pub renamed: Vec<String>,
    pub(super) choices: Choices,
    pub(super) scope: Scope,
    pub(super) fleet: Fleet,
    pub(super) readings: BTreeMap<OrganizationId, Freshness>,
}

/// How old a listing is and how many pages it had.
#[derive(Debug, Clone, Copy)]
pub(super) struct Freshness {
    pub read_at: Timestamp,
    pub pages: u32,
}

/// Creates without a clear answer, and when each may be looked up.
pub(super) type Unsettled = BTreeMap<(DeviceId, OrganizationId), Timestamp>;

impl Engine {
    /// Plans without locking or writing anything to IT Glue.
    pub async fn plan(&self, request: &Request) -> Result<Prepared, Error> {
        let (fleet, extent) = self.look_around(request).await?;
        let links = self.links(request)?;
        self.prepare(request, fleet, &extent, &links, false).await
    }

    pub(super) fn links(&self, request: &Request) -> Result<Links, Error> {
        match &request.links {
            Some(links) => Ok(links.clone()),
            None => Ok(self.store.links()?),
        }
    }

    /// Reads the organizations and plans them. With `recover`, which wants their locks held, open
    /// intents are settled first.
    pub(super) async fn prepare(
        &self,
        request: &Request,
        mut fleet: Fleet,
        extent: &Extent,
        links: &Links,
        recover: bool,
    ) -> Result<Prepared, Error> {
        let bindings = self.store.bindings()?;
        let readings = self.read_organizations(&extent.organizations, links, &bindings).await?;
        let unsettled = self.settle_intents(&readings, &fleet.tree, links, recover)?;
        let bindings = if recover { self.store.bindings()? } else { bindings };
        let first = self.plans(&fleet, links, &bindings, &unsettled, &readings);
        let plans = if first.iter().any(OrganizationPlan::has_departures) {
            self.reporter.progress(Event::Reading("devices once more, as some left".into()));
            // Policies too: a short list of them must not make devices leave either.
            fleet = self.read_fleet().await?;
            let second = self.plans(&fleet, links, &bindings, &unsettled, &readings);
            agree(second, &first)
        } else {
            first
        };
        let scope = self.scope(request, extent, &plans)?;
        let mut prepared = Prepared {
            plans,
            withheld: Vec::new(),
            policies: extent.policies.clone(),
            renamed: readings.values().filter_map(|reading| reading.renamed.clone()).collect(),
            choices: self.choices(),
            scope,
            fleet,
            readings: freshness(&readings),
        };
        prepared.narrow(self, request)?;
        self.check_choices(&prepared).await?;
        Ok(prepared)
    }

    /// Plans again from new listings, for the devices that an earlier pass left over.
    pub(super) async fn prepare_again(
        &self,
        earlier: &Prepared,
        request: &Request,
        leftover: &BTreeMap<OrganizationId, BTreeSet<DeviceId>>,
    ) -> Result<Prepared, Error> {
        let links = self.links(request)?;
        let bindings = self.store.bindings()?;
        let organizations = leftover.keys().copied().collect();
        let readings = self.read_organizations(&organizations, &links, &bindings).await?;
        let unsettled = self.settle_intents(&readings, &earlier.fleet.tree, &links, true)?;
        let bindings = self.store.bindings()?;
        let fleet = earlier.fleet.clone();
        let mut plans = self.plans(&fleet, &links, &bindings, &unsettled, &readings);
        for plan in &mut plans {
            let devices = leftover.get(&plan.organization_id).cloned();
            plan.restrict(&Scope { policies: None, devices });
        }
        let readings = freshness(&readings);
        // The guard has judged the whole run; only departures that it let pass are tried again.
        for plan in &mut plans {
            let first = earlier.plans.iter().find(|p| p.organization_id == plan.organization_id);
            if let Some(first) = first {
                plan.keep_departures_of(first);
            }
        }
        Ok(Prepared { plans, withheld: Vec::new(), readings, ..earlier.clone() })
    }

    fn plans(
        &self,
        fleet: &Fleet,
        links: &Links,
        bindings: &[Binding],
        unsettled: &Unsettled,
        readings: &BTreeMap<OrganizationId, Reading>,
    ) -> Vec<OrganizationPlan> {
        plan::plan(&World {
            now: self.now(),
            rules: &self.rules,
            tree: &fleet.tree,
            links,
            devices: &fleet.devices,
            bindings,
            unsettled,
            organizations: readings.iter().map(|(id, r)| (*id, r.view.clone())).collect(),
        })
    }

    /// Which devices of the plans are meant.
    fn scope(
        &self,
        request: &Request,
        extent: &Extent,
        plans: &[OrganizationPlan],
    ) -> Result<Scope, Error> {
        let devices = match (&request.device, &request.only) {
            (Some(device), _) => Some(BTreeSet::from([device.clone()])),
            (None, Some(only)) => Some(only.clone()),
            (None, None) if request.retry_pending => Some(self.not_linked(plans)?),
            (None, None) => None,
        };
        Ok(Scope { policies: Some(extent.policies.clone()), devices })
    }

    /// The devices that are not bound, or that the last run left pending.
    fn not_linked(&self, plans: &[OrganizationPlan]) -> Result<BTreeSet<DeviceId>, Error> {
        let pending: BTreeSet<DeviceId> = self
            .store
            .reports()?
            .into_iter()
            .filter(|report| !report.state.is_bound())
            .map(|report| report.device_id)
            .collect();
        Ok(plans
            .iter()
            .flat_map(|plan| &plan.devices)
            .filter(|planned| {
                pending.contains(&planned.device_id)
                    || !planned.binding.as_ref().is_some_and(Binding::is_bound)
            })
            .map(|planned| planned.device_id.clone())
            .collect())
    }

    /// Asks IT Glue for the statuses and types that the plan is about to use; a plan that uses none
    /// costs no request.
    async fn check_choices(&self, prepared: &Prepared) -> Result<(), Error> {
        let uses = |attribute: Attribute| -> BTreeSet<i64> {
            prepared
                .devices()
                .filter_map(|planned| planned.action.changes()?.get(&attribute))
                .filter_map(|change| match change.to {
                    crate::domain::Value::Id(id) => Some(id),
                    _ => None,
                })
                .collect()
        };
        let all_there = |what, used: BTreeSet<i64>, known: BTreeSet<i64>| {
            let gone = used.difference(&known).next().copied();
            gone.map_or(Ok(()), |id| Err(Error::ChoiceGone { what, id }))
        };
        let (statuses, types) = (uses(Attribute::Status), uses(Attribute::Type));
        if !statuses.is_empty() {
            let known = self.itglue.statuses().await?;
            let known = known.iter().map(|status| status.id.get()).collect();
            all_there("configuration status", statuses, known)?;
        }
        if !types.is_empty() {
            let known = self.itglue.types().await?;
            all_there(
                "configuration type",
                types,
                known.iter().map(|kind| kind.id.get()).collect(),
            )?;
        }
        Ok(())
    }
}

impl Prepared {
    /// Every planned device.
    pub fn devices(&self) -> impl Iterator<Item = &plan::PlannedDevice> {
        self.plans.iter().flat_map(|plan| &plan.devices)
    }

    /// When the oldest of what it was made from was read; `None` where nothing had to be read.
    pub fn read_at(&self) -> Option<Timestamp> {
        self.readings.values().map(|reading| reading.read_at).min()
    }

    /// These plans, as if what they were made from had been read then.
    #[cfg(test)]
    pub(crate) fn of_plans(
        plans: Vec<OrganizationPlan>,
        tree: crate::domain::PolicyTree,
        read_at: Timestamp,
    ) -> Self {
        let devices = plans.iter().flat_map(|plan| &plan.devices);
        let readings =
            plans.iter().map(|plan| (plan.organization_id, Freshness { read_at, pages: 1 }));
        Self {
            policies: devices.flat_map(|planned| planned.policies.clone()).collect(),
            readings: readings.collect(),
            withheld: Vec::new(),
            renamed: Vec::new(),
            choices: Choices {
                itglue_url: String::new(),
                rules: crate::domain::Rules {
                    active: crate::domain::StatusId::new(101),
                    inactive: crate::domain::StatusId::new(102),
                    default_type: crate::domain::TypeId::new(201),
                    conditional_types: Vec::new(),
                    guard: crate::domain::Guard {
                        max_inactive_percent: 20,
                        max_inactive_devices: 5,
                    },
                },
            },
            scope: Scope::default(),
            fleet: Fleet { tree, devices: Vec::new() },
            plans,
        }
    }

    /// A policy's name, or its id where Addigy has it no more.
    pub fn policy_name<'a>(&'a self, id: &'a PolicyId) -> &'a str {
        self.fleet.tree.get(id).map_or(id.as_str(), |policy| &policy.name)
    }

    /// A policy's path from the root, `Clients/Acme`.
    pub fn policy_path(&self, id: &PolicyId) -> String {
        self.fleet.tree.path_text(id)
    }

    /// The devices that would be set inactive, also where the guard keeps that back.
    pub fn departures(&self) -> BTreeSet<(OrganizationId, DeviceId)> {
        let departs = |planned: &&plan::PlannedDevice| {
            matches!(planned.action, Action::Inactivate(..) | Action::Withhold(..))
        };
        self.plans
            .iter()
            .flat_map(|plan| {
                let devices = plan.devices.iter().filter(departs);
                devices.map(|planned| (plan.organization_id, planned.device_id.clone()))
            })
            .collect()
    }

    /// Whether a sync would write, or keep anything back.
    pub fn has_something_to_do(&self) -> bool {
        self.devices().any(|p| p.action.writes() || matches!(p.action, Action::Withhold(..)))
    }

    /// Devices found with nothing to write that are not bound yet: a sync would record them.
    pub fn to_record(&self) -> usize {
        let unbound = |planned: &&plan::PlannedDevice| match planned.action {
            Action::Unchanged(_) => !planned.binding.as_ref().is_some_and(Binding::is_bound),
            Action::Leave(_) => true,
            _ => false,
        };
        self.devices().filter(unbound).count()
    }

    fn narrow(&mut self, engine: &Engine, request: &Request) -> Result<(), Error> {
        for plan in &mut self.plans {
            plan.restrict(&self.scope);
        }
        if request.confirmed == Confirmed::Everything {
            return Ok(());
        }
        let mut reports = engine.store.reports()?;
        reports.retain(|report| report.state == DeviceState::Withheld);
        let before = reports.into_iter().map(|report| report.device_id).collect();
        self.withheld = plan::guard(&mut self.plans, engine.rules.guard, &before);
        if let Confirmed::These(confirmed) = &request.confirmed {
            for plan in &mut self.plans {
                plan.let_pass(confirmed);
            }
            if !self.devices().any(|planned| matches!(planned.action, Action::Withhold(..))) {
                self.withheld.clear();
            }
        }
        Ok(())
    }
}

fn agree(mut second: Vec<OrganizationPlan>, first: &[OrganizationPlan]) -> Vec<OrganizationPlan> {
    for (later, earlier) in second.iter_mut().zip(first) {
        later.keep_departures_of(earlier);
    }
    second
}

pub(super) fn freshness(
    readings: &BTreeMap<OrganizationId, Reading>,
) -> BTreeMap<OrganizationId, Freshness> {
    readings
        .iter()
        .map(|(id, reading)| (*id, Freshness { read_at: reading.read_at, pages: reading.pages }))
        .collect()
}
