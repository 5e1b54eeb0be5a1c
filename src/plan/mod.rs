//! What a sync will do, as a pure function of what was read.
//!
//! The order of the files is the order of thought: `places` says which organization each device is
//! in, `twins` which of several devices with one serial number counts, `present` gathers what is
//! looked up, `standing` says what speaks against binding a device, `matching` which configuration
//! is its own, `joining` and `difference` what has to be written, `leaving` what becomes of
//! configurations whose device left, and `guard` how many of those may pass without a person.
//! Beside them stands `undo`: how what a run did is put back.

mod difference;
mod guard;
mod joining;
mod leaving;
mod matching;
mod places;
mod present;
mod standing;
mod twins;
mod undo;
mod world;

#[cfg(test)]
mod field_tests;
#[cfg(test)]
mod leaving_tests;
#[cfg(test)]
mod matching_tests;
#[cfg(test)]
mod model;
#[cfg(test)]
mod place_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod twins_tests;
#[cfg(test)]
mod undo_tests;
#[cfg(test)]
mod worlds;

pub use guard::{Withheld, WithheldFor};
pub use places::{Place, Places};
pub use undo::{Done, Found, Left, PutBack, UndoDevice, UndoWorld, Was, Why, plan_undo};
pub use world::{OrganizationView, View, Whereabouts, World};

use crate::domain::{
    Attribute, Binding, Changes, Configuration, ConfigurationId, Device, DeviceId, MatchedBy,
    OrganizationId, Pending, PolicyId,
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What shall happen to one device's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A configuration is created with these values.
    Create(Changes),
    /// A configuration is found, and its status or archiving changes as the device joins.
    Activate(Arc<Configuration>, Changes),
    /// Fields are brought up to date.
    Update(Arc<Configuration>, Changes),
    /// Bound, nothing to write.
    Unchanged(Arc<Configuration>),
    /// The device left: the status becomes the inactive one.
    Inactivate(Arc<Configuration>, Changes),
    /// The device left and there is nothing to write: inactive already, or a PSA owns the record.
    Leave(Arc<Configuration>),
    /// An inactivation that the guard keeps back.
    Withhold(Arc<Configuration>, Changes),
    /// It can't be bound, and nothing is written.
    Pending,
    /// A create got no clear answer; it is looked up at this time.
    Wait(Timestamp),
    /// Undone and not released: left as it is.
    Held,
    /// What a run changed is put back; part of no sync.
    PutBack(PutBack),
}

impl Action {
    /// The word for it in documents, one of product section 4's.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Activate(..) => "activate",
            Self::Update(..) => "update",
            Self::Unchanged(_) => "unchanged",
            Self::Inactivate(..) | Self::Leave(_) | Self::Withhold(..) => "inactivate",
            Self::Pending | Self::Wait(_) | Self::Held => "pending",
            Self::PutBack(_) => "undo",
        }
    }

    /// The configuration as it was read.
    pub const fn configuration(&self) -> Option<&Arc<Configuration>> {
        match self {
            Self::Activate(configuration, _)
            | Self::Update(configuration, _)
            | Self::Unchanged(configuration)
            | Self::Inactivate(configuration, _)
            | Self::Leave(configuration)
            | Self::Withhold(configuration, _) => Some(configuration),
            Self::PutBack(put_back) => put_back.configuration.as_ref(),
            Self::Create(_) | Self::Pending | Self::Wait(_) | Self::Held => None,
        }
    }

    /// What would be written, also where the guard keeps it back.
    pub const fn changes(&self) -> Option<&Changes> {
        match self {
            Self::Create(changes)
            | Self::Activate(_, changes)
            | Self::Update(_, changes)
            | Self::Inactivate(_, changes)
            | Self::Withhold(_, changes) => Some(changes),
            Self::PutBack(put_back) => Some(&put_back.changes),
            Self::Unchanged(_) | Self::Leave(_) | Self::Pending | Self::Wait(_) | Self::Held => {
                None
            }
        }
    }

    /// Whether IT Glue is written to.
    pub fn writes(&self) -> bool {
        match self {
            Self::Create(_) | Self::Activate(..) | Self::Update(..) | Self::Inactivate(..) => true,
            Self::PutBack(put_back) => !put_back.changes.is_empty(),
            _ => false,
        }
    }
}

/// One device in the plan of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedDevice {
    /// The device.
    pub device_id: DeviceId,
    /// What to call it: the device's name, or the configuration's where the device is gone.
    pub name: String,
    /// The serial number as Addigy, or else the configuration, spells it.
    pub serial_number: Option<String>,
    /// The device as it was read; `None` where it is gone.
    pub device: Option<Arc<Device>>,
    /// The policies it is counted in; never empty.
    pub policies: BTreeSet<PolicyId>,
    /// The policy through which it is bound: the main one where that is among them.
    pub through: PolicyId,
    /// What shall happen.
    pub action: Action,
    /// How the configuration was found.
    pub matched_by: Option<MatchedBy>,
    /// Why it is not bound, or, beside a write, not wholly.
    pub pending: Option<Pending>,
    /// Fields that differ and that IT Glue refuses because a PSA owns the record.
    pub owned_by_psa: Vec<Attribute>,
    /// Things worth knowing that change nothing: drift of a status, a namesake.
    pub notes: Vec<String>,
    /// The binding as recorded before.
    pub binding: Option<Binding>,
}

impl PlannedDevice {
    /// The configuration that is, or would be, the device's.
    pub fn configuration_id(&self) -> Option<ConfigurationId> {
        self.action
            .configuration()
            .map(|configuration| configuration.id)
            .or(self.binding.as_ref().map(|binding| binding.configuration_id))
    }
}

/// What a sync will do in one organization.
#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationPlan {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// One entry a device, in the order of names.
    pub devices: Vec<PlannedDevice>,
    /// Bindings that end without a write, as they shall stand.
    pub releases: Vec<Binding>,
    /// How many bindings are in force through each policy: what the guard measures against.
    pub bound: std::collections::BTreeMap<PolicyId, usize>,
}

/// Which devices a run is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only devices counted in these policies, and departures from them.
    pub policies: Option<BTreeSet<PolicyId>>,
    /// Only these devices.
    pub devices: Option<BTreeSet<DeviceId>>,
}

impl Scope {
    /// Whether a device of the plan is meant.
    pub fn includes(&self, planned: &PlannedDevice) -> bool {
        self.policies.as_ref().is_none_or(|only| !only.is_disjoint(&planned.policies))
            && self.devices.as_ref().is_none_or(|only| only.contains(&planned.device_id))
    }

    /// Whether a binding is of a device and a policy that are meant.
    fn covers(&self, binding: &Binding) -> bool {
        self.policies.as_ref().is_none_or(|only| only.contains(&binding.policy_id))
            && self.devices.as_ref().is_none_or(|only| only.contains(&binding.device_id))
    }
}

/// Plans every organization of the world's view. Pure: the same world gives the same plan, whatever
/// the order of what was read.
pub fn plan(world: &World<'_>) -> Vec<OrganizationPlan> {
    let sweep = present::Sweep::of(world);
    world
        .organizations
        .iter()
        .map(|(id, view)| plan_organization(world, &sweep, *id, view))
        .collect()
}

fn plan_organization(
    world: &World<'_>,
    sweep: &present::Sweep<'_>,
    id: OrganizationId,
    view: &OrganizationView,
) -> OrganizationPlan {
    let mut present = present::Present::new(world, sweep, id, view);
    let mut devices = matching::plan_present(&mut present);
    let departures = leaving::plan_leaving(&present, &devices);
    devices.extend(departures.devices);
    devices.sort_by_cached_key(|planned| (planned.name.to_lowercase(), planned.device_id.clone()));
    let mut bound = std::collections::BTreeMap::new();
    for binding in present.bindings.values().filter(|binding| binding.is_bound()) {
        *bound.entry(binding.policy_id.clone()).or_default() += 1;
    }
    OrganizationPlan {
        organization_id: id,
        organization_name: view.name.clone(),
        devices,
        releases: departures.releases,
        bound,
    }
}

impl OrganizationPlan {
    /// Narrows the plan to what a run is for. Bindings let go stay in it only where the device that
    /// takes over is meant too, or nobody takes over.
    pub fn restrict(&mut self, scope: &Scope) {
        let taken = |devices: &[PlannedDevice]| -> BTreeSet<ConfigurationId> {
            devices.iter().filter_map(|p| Some(p.action.configuration()?.id)).collect()
        };
        let by_anybody = taken(&self.devices);
        self.devices.retain(|planned| scope.includes(planned));
        let by_meant = taken(&self.devices);
        self.releases.retain(|binding| {
            let id = &binding.configuration_id;
            by_meant.contains(id) || (!by_anybody.contains(id) && scope.covers(binding))
        });
        if let Some(only) = &scope.policies {
            self.bound.retain(|policy, _| only.contains(policy));
        }
    }

    /// Keeps only the departures that an earlier plan, made from an earlier sweep, saw too: a device
    /// counts as gone only when two complete sweeps agree. What the guard kept back in the earlier
    /// one stays back.
    pub fn keep_departures_of(&mut self, earlier: &Self) {
        let seen: BTreeSet<&DeviceId> = earlier
            .devices
            .iter()
            .filter(|p| matches!(p.action, Action::Inactivate(..) | Action::Leave(_)))
            .map(|planned| &planned.device_id)
            .collect();
        self.devices
            .retain(|planned| !departs(&planned.action) || seen.contains(&planned.device_id));
    }

    /// Gives back what the guard withheld where a person has confirmed it.
    pub fn let_pass(&mut self, confirmed: &BTreeSet<(OrganizationId, DeviceId)>) {
        for planned in &mut self.devices {
            if let Action::Withhold(configuration, changes) = &planned.action
                && confirmed.contains(&(self.organization_id, planned.device_id.clone()))
            {
                planned.action = Action::Inactivate(configuration.clone(), changes.clone());
            }
        }
    }

    /// Whether any device leaves, so that a second sweep is needed.
    pub fn has_departures(&self) -> bool {
        self.devices.iter().any(|planned| departs(&planned.action))
    }

    /// Whether there is anything to write.
    pub fn has_writes(&self) -> bool {
        self.devices.iter().any(|planned| planned.action.writes())
    }
}

const fn departs(action: &Action) -> bool {
    matches!(action, Action::Inactivate(..) | Action::Leave(_) | Action::Withhold(..))
}

/// Applies the guard over a whole run; see [`Withheld`]. What an earlier run withheld (`before`) stays
/// so until a person confirms it, whatever the numbers are now.
pub fn guard(
    plans: &mut [OrganizationPlan],
    guard: crate::domain::Guard,
    before: &BTreeSet<DeviceId>,
) -> Vec<Withheld> {
    guard::withhold(plans, guard, before)
}
