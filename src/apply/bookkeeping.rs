//! The binding that a device has once its write, or its lack of one, is done.

use super::job::Item;
use crate::domain::{
    Attribute, Binding, BindingState, Change, Changes, Configuration, MatchedBy, OrganizationId,
    Value, Written,
};
use crate::plan::{Action, PlannedDevice};
use crate::store::Values;
use std::collections::BTreeMap;

/// The binding after an item's write, with the record as IT Glue answered it.
pub(super) fn after_write(
    organization: OrganizationId,
    item: &Item,
    answered: &Configuration,
) -> Binding {
    let mut binding = bound(organization, &item.planned, answered);
    if matches!(item.planned.action, Action::Inactivate(..)) {
        binding.state = BindingState::Left;
        return binding;
    }
    for (attribute, change) in &item.changes {
        let Some(sent) = change.to.as_text() else { continue };
        let stored = answered.value(*attribute);
        let stored = stored.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
        let before = binding.written.get(attribute);
        let times = before.filter(|w| attribute.same(&w.sent, sent)).map_or(0, |w| w.times) + 1;
        let written = Written { sent: sent.to_owned(), stored: Some(stored), times };
        binding.written.insert(*attribute, written);
    }
    note_refused(&mut binding.written, &item.refused);
    if binding.psa_refused.is_some() {
        // Our own write moved the record on; it is still the same refusal.
        binding.psa_refused = answered.updated_at;
    }
    binding
}

/// What IT Glue holds now of what was sent.
pub(super) fn stored(changes: &Changes, row: &Configuration) -> Values {
    let held = |(attribute, change): (&Attribute, &Change)| {
        let emptied = (change.to == Value::Nothing).then_some(Value::Nothing);
        Some((*attribute, row.value(*attribute).or(emptied)?))
    };
    changes.iter().filter_map(held).collect()
}

/// The binding of a device with nothing to write.
pub(super) fn without_write(
    organization: OrganizationId,
    planned: &PlannedDevice,
    configuration: &Configuration,
) -> Binding {
    let mut binding = bound(organization, planned, configuration);
    if matches!(planned.action, Action::Leave(_)) {
        binding.state = BindingState::Left;
    }
    binding
}

/// The binding of an item all of whose fields IT Glue refused.
pub(super) fn all_refused(
    organization: OrganizationId,
    item: &Item,
    configuration: &Configuration,
) -> Binding {
    let mut binding = bound(organization, &item.planned, configuration);
    note_refused(&mut binding.written, &item.refused);
    binding
}

fn note_refused(written: &mut BTreeMap<Attribute, Written>, refused: &BTreeMap<Attribute, String>) {
    for (attribute, sent) in refused {
        let entry = Written { sent: sent.clone(), stored: None, times: 1 };
        written.insert(*attribute, entry);
    }
}

fn bound(
    organization: OrganizationId,
    planned: &PlannedDevice,
    configuration: &Configuration,
) -> Binding {
    let before =
        planned.binding.as_ref().filter(|binding| binding.configuration_id == configuration.id);
    let first_found = before.and_then(|binding| binding.matched_by);
    Binding {
        device_id: planned.device_id.clone(),
        organization_id: organization,
        policy_id: planned.through.clone(),
        configuration_id: configuration.id,
        state: BindingState::Bound,
        matched_by: match planned.matched_by {
            Some(MatchedBy::Binding) | None => first_found,
            found => found,
        },
        serial_seen: configuration.serial(),
        written: before.map(|binding| binding.written.clone()).unwrap_or_default(),
        psa_refused: before.and_then(|binding| binding.psa_refused),
        held_by: None,
    }
}
