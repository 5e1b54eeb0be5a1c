//! What becomes of a configuration whose device left the organization.

use super::difference;
use super::matching::Present;
use super::places::Place;
use super::{Action, PlannedDevice, View, Whereabouts};
use crate::domain::{
    Attribute, Binding, BindingState, Change, Changes, Configuration, ConfigurationId, DeviceId,
    Pending, PendingReason, SerialNumber,
};
use std::collections::{BTreeSet, HashMap, HashSet};
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
    // An empty listing proves nothing, and a missing organization is not written to.
    if present.world.devices.is_empty() || matches!(present.view, View::Missing(_)) {
        return leaving;
    }
    let claims: HashMap<ConfigurationId, &DeviceId> = staying
        .iter()
        .filter_map(|planned| Some((planned.action.configuration()?.id, &planned.device_id)))
        .collect();
    let wanted = serials_present(present);
    let mut bindings: Vec<&&Binding> =
        present.bindings.values().filter(|binding| binding.is_bound()).collect();
    bindings.sort_by(|left, right| left.device_id.cmp(&right.device_id));
    for binding in bindings {
        let taken = claims
            .get(&binding.configuration_id)
            .is_some_and(|claimant| **claimant != binding.device_id);
        if taken || (!present.is_here(&binding.device_id) && is_elsewhere(present, binding)) {
            leaving.releases.push(released(binding));
        } else if !present.is_here(&binding.device_id) {
            leaving.devices.extend(depart(present, binding, &wanted));
        }
    }
    leaving
}

/// The serial numbers of all devices that are, or may be, in this organization.
fn serials_present(present: &Present<'_>) -> HashSet<SerialNumber> {
    present
        .world
        .devices
        .iter()
        .filter(|device| match present.places.get(&device.id) {
            Some(Place::Torn(places)) => places.contains_key(&present.organization),
            Some(_) => present.is_here(&device.id),
            None => false,
        })
        .filter_map(|device| device.serial())
        .collect()
}

/// Whether the recorded configuration is gone, or stands in another organization, where it is left
/// alone.
fn is_elsewhere(present: &Present<'_>, binding: &Binding) -> bool {
    match present.view {
        View::Read { elsewhere, .. } => matches!(
            elsewhere.get(&binding.configuration_id),
            Some(Whereabouts::Gone | Whereabouts::In(_))
        ),
        View::Missing(_) => false,
    }
}

fn released(binding: &Binding) -> Binding {
    Binding { state: BindingState::Released, ..binding.clone() }
}

fn depart(
    present: &Present<'_>,
    binding: &Binding,
    wanted: &HashSet<SerialNumber>,
) -> Option<PlannedDevice> {
    let configuration = *present.by_id.get(&binding.configuration_id)?;
    // It carries the serial number of a device that is here and could not be bound: kept for it.
    if configuration.serial().is_some_and(|serial| wanted.contains(&serial)) {
        return None;
    }
    let device = present.devices.get(&binding.device_id).copied();
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
        planned.pending = Some(Pending::new(PendingReason::Held, "its last change was undone"));
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

/// The inactive status, unless the configuration has it already.
fn departing_status(present: &Present<'_>, configuration: &Configuration) -> Changes {
    let inactive = present.world.rules.inactive;
    if configuration.status_id == Some(inactive) {
        return Changes::new();
    }
    let from = configuration.value(Attribute::Status);
    Changes::from([(Attribute::Status, Change { from, to: inactive.into() })])
}
