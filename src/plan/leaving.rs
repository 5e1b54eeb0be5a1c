//! What becomes of a configuration whose device left the organization.

use super::difference;
use super::matching::is_elsewhere;
use super::present::{Present, in_force};
use super::standing;
use super::{Action, PlannedDevice, View, World};
use crate::domain::{
    Attribute, Binding, BindingState, Change, Changes, Configuration, ConfigurationId, DeviceId,
};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Departures, and bindings that end without a write.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    pub devices: Vec<PlannedDevice>,
    pub releases: Vec<Binding>,
}

/// Plans every binding in force whose device is not in this organization, and releases those whose
/// configuration another device takes over.
pub(super) fn plan_leaving(present: &Present<'_>, staying: &[PlannedDevice]) -> Leaving {
    let mut leaving = Leaving::default();
    let World { devices, tree, .. } = present.world;
    // An empty listing proves nothing, and a missing organization is not written to.
    if devices.is_empty() || tree.is_empty() || matches!(present.view, View::Missing(_)) {
        return leaving;
    }
    let taken: HashSet<ConfigurationId> =
        staying.iter().filter_map(|planned| Some(planned.action.configuration()?.id)).collect();
    // Their bindings are written anew, to wherever they are bound now.
    let rebound: HashSet<&DeviceId> = staying
        .iter()
        .filter(|p| p.action.configuration().is_some() || matches!(p.action, Action::Create(_)))
        .map(|planned| &planned.device_id)
        .collect();
    let mut left = HashSet::new();
    for binding in present.bindings.values().copied().filter(|binding| binding.is_bound()) {
        let configuration = binding.configuration_id;
        if rebound.contains(&binding.device_id) {
            continue;
        }
        let gone = !present.is_here(&binding.device_id);
        if taken.contains(&configuration)
            || (gone && (is_elsewhere(present, configuration) || left.contains(&configuration)))
        {
            leaving.releases.push(released(binding));
        } else if gone && let Some(planned) = depart(present, binding) {
            left.insert(configuration);
            leaving.devices.push(planned);
        }
    }
    leaving
}

fn released(binding: &Binding) -> Binding {
    Binding { state: BindingState::Released, ..binding.clone() }
}

fn depart(present: &Present<'_>, binding: &Binding) -> Option<PlannedDevice> {
    let configuration = *present.by_id.get(&binding.configuration_id)?;
    if is_kept(present, configuration, binding) {
        return None;
    }
    let device = present.sweep.devices.get(&binding.device_id).copied();
    let mut planned = PlannedDevice {
        device_id: binding.device_id.clone(),
        name: device
            .map(|device| device.label())
            .or_else(|| configuration.name.clone())
            .unwrap_or_else(|| binding.device_id.to_string()),
        serial_number: configuration.serial_number.clone(),
        device: device.cloned(),
        policies: BTreeSet::from([binding.policy_id.clone()]),
        through: binding.policy_id.clone(),
        action: Action::Pending,
        matched_by: None,
        pending: None,
        owned_by_psa: Vec::new(),
        notes: Vec::new(),
        binding: Some(binding.clone()),
    };
    if binding.held_by.is_some() {
        planned.action = Action::Held;
        planned.pending = Some(standing::held(binding));
    } else {
        let status = departing_status(present, configuration);
        if difference::psa_refuses(configuration, Some(binding)) && !status.is_empty() {
            planned.owned_by_psa.push(Attribute::Status);
            planned.notes.push("left, owned by the PSA: IT Glue keeps its status".to_owned());
            planned.action = Action::Leave(Arc::clone(configuration));
        } else if status.is_empty() {
            planned.action = Action::Leave(Arc::clone(configuration));
        } else {
            planned.action = Action::Inactivate(Arc::clone(configuration), status);
        }
    }
    Some(planned)
}

/// Whether a device that is here, but could not be bound, holds the configuration or has its serial
/// number, or undo touched it for another: it is not set inactive for the sake of one that left.
fn is_kept(present: &Present<'_>, configuration: &Configuration, leaves: &Binding) -> bool {
    let holds = |other: &&Binding| {
        other.configuration_id == configuration.id
            && other.device_id != leaves.device_id
            && (other.held_by.is_some() || (in_force(other) && present.is_here(&other.device_id)))
    };
    present.bindings.values().any(holds)
        || configuration.serial().is_some_and(|serial| present.serials.contains_key(&serial))
}

/// The inactive status, unless the configuration has it already.
fn departing_status(present: &Present<'_>, configuration: &Configuration) -> Changes {
    let inactive = present.world.rules.inactive;
    if configuration.status_id == Some(inactive) {
        return Changes::new();
    }
    let from = configuration.value(Attribute::Status);
    Changes::from([(Attribute::Status, Change { from, to: inactive.into() })])
}
