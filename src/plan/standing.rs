//! How a device stands in an organization before its configuration is looked for.

use super::places::Place;
use super::present::Present;
use super::twins::Loser;
use super::{Action, PlannedDevice, View};
use crate::domain::{Attribute, Binding, Device, OrganizationId, Pending, PendingReason, PolicyId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The device as it is counted here, pending where something already speaks against binding it;
/// `None` where it is not counted here at all.
pub(super) fn of(present: &Present<'_>, device: &Arc<Device>) -> Option<PlannedDevice> {
    let binding = present.bindings.get(&device.id).copied();
    let (policies, through, blocked) = counted(present, device, binding)?;
    let mut planned = PlannedDevice {
        device_id: device.id.clone(),
        name: device.label(),
        serial_number: device.field(Attribute::SerialNumber),
        device: Some(Arc::clone(device)),
        policies,
        through,
        action: Action::Pending,
        matched_by: None,
        pending: blocked,
        owned_by_psa: Vec::new(),
        notes: Vec::new(),
        binding: binding.cloned(),
    };
    if let Some(undone) = binding.filter(|binding| binding.held_by.is_some()) {
        planned.action = Action::Held;
        planned.pending = Some(held(undone));
    } else if planned.pending.is_none() {
        if let Some(twin) = present.sweep.twins.loser(&device.id) {
            planned.pending = Some(duplicate_serial(device, twin));
        } else if let Some(until) = present.unsettled(device) {
            planned.action = Action::Wait(until);
            planned.pending = Some(Pending::new(
                PendingReason::Unsettled,
                "its creation got no clear answer; it is looked up before anything is created again",
            ));
        }
    }
    Some(planned)
}

/// The policies that count a device here, and what already speaks against binding it.
fn counted(
    present: &Present<'_>,
    device: &Device,
    binding: Option<&Binding>,
) -> Option<(BTreeSet<PolicyId>, PolicyId, Option<Pending>)> {
    let missing = match present.view {
        View::Missing(why) => Some(Pending::new(PendingReason::OrganizationMissing, why.clone())),
        View::Read { .. } => None,
    };
    let bound_through = binding.filter(|binding| binding.is_bound()).map(|b| b.policy_id.clone());
    let (policies, blocked) = match present.sweep.places.get(&device.id)? {
        Place::Nowhere => return None,
        Place::In { organization, policies, through } => {
            return (*organization == present.organization)
                .then(|| (policies.clone(), through.clone(), missing));
        }
        Place::Torn(places) => {
            (places.get(&present.organization), two_organizations(present, places))
        }
        Place::Unknown { why, named } => (
            named.get(&present.organization),
            Pending::new(PendingReason::MembershipUnknown, why.clone()),
        ),
    };
    // A device whose place is not clear stays where it is bound.
    let mut policies = policies.cloned().unwrap_or_default();
    policies.extend(bound_through);
    let main = device.membership.location().filter(|main| policies.contains(main));
    let through = main.or(policies.first())?.clone();
    Some((policies, through, missing.or(Some(blocked))))
}

fn two_organizations(
    present: &Present<'_>,
    places: &BTreeMap<OrganizationId, BTreeSet<PolicyId>>,
) -> Pending {
    let named: Vec<String> = places
        .iter()
        .flat_map(|(organization, policies)| policies.iter().map(move |id| (organization, id)))
        .map(|(organization, id)| {
            let name = present.world.tree.get(id).map_or(id.as_str(), |policy| &policy.name);
            let organization_name = present
                .world
                .links
                .coverage(present.world.tree, id)
                .map_or_else(|| organization.to_string(), |c| c.organization_name.to_owned());
            format!("policy {name} (organization {organization_name})")
        })
        .collect();
    Pending::new(PendingReason::TwoOrganizations, format!("it is in {}", named.join(" and in ")))
}

/// Undo touched the binding's configuration.
pub(super) fn held(undone: &Binding) -> Pending {
    let run = undone.held_by.map_or_else(String::new, |run| format!("run {run}: "));
    Pending::new(
        PendingReason::Held,
        format!(
            "{run}the last change of configuration {} was undone, and device {} not released since",
            undone.configuration_id, undone.device_id
        ),
    )
}

fn duplicate_serial(device: &Device, twin: &Loser) -> Pending {
    Pending {
        reason: PendingReason::DuplicateSerial,
        message: format!(
            "serial number {} is also that of {} (device {}), which counts",
            device.serial_number.as_deref().unwrap_or_default(),
            twin.winner_name,
            twin.winner
        ),
        superseded: twin.superseded,
    }
}
