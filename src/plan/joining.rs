//! What is written where a device joins, or stays with, a configuration.

use super::difference::{self, Difference};
use super::present::Present;
use super::{Action, PlannedDevice};
use crate::domain::{
    Attribute, Binding, Change, Changes, Configuration, Device, MatchedBy, Pending, PendingReason,
    Value,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The device joins, or stays with, this configuration.
pub(super) fn bind(
    present: &Present<'_>,
    device: &Device,
    configuration: &Arc<Configuration>,
    matched_by: MatchedBy,
    planned: &mut PlannedDevice,
) {
    let binding =
        planned.binding.as_ref().filter(|binding| binding.configuration_id == configuration.id);
    let joins = !binding.is_some_and(Binding::is_bound);
    let Difference { mut changes, contested, mut owned_by_psa, refused } =
        difference::fields(device, configuration, binding);
    let active = present.world.rules.active;
    if joins {
        join(configuration, active, binding, &mut changes, &mut owned_by_psa);
    } else {
        planned.notes.extend(drift(configuration, active));
    }
    if !contested.is_empty() {
        let fields: Vec<&str> = contested.iter().map(|attribute| attribute.key()).collect();
        planned.pending = Some(Pending::new(
            PendingReason::Contested,
            format!("{} was changed back twice", fields.join(" and ")),
        ));
    }
    planned
        .notes
        .extend(refused.iter().map(|field| format!("IT Glue refuses its {field}; left as it is")));
    planned.owned_by_psa = owned_by_psa;
    planned.matched_by = Some(matched_by);
    let configuration = Arc::clone(configuration);
    let activates =
        changes.contains_key(&Attribute::Status) || changes.contains_key(&Attribute::Archived);
    planned.action = match (changes.is_empty(), activates) {
        (true, _) => Action::Unchanged(configuration),
        (false, true) => Action::Activate(configuration, changes),
        (false, false) => Action::Update(configuration, changes),
    };
}

/// Active status and unarchived, as far as IT Glue lets the record be changed.
fn join(
    configuration: &Configuration,
    active: crate::domain::StatusId,
    binding: Option<&Binding>,
    changes: &mut Changes,
    owned_by_psa: &mut Vec<Attribute>,
) {
    if configuration.status_id != Some(active) {
        if difference::psa_refuses(configuration, binding) {
            owned_by_psa.push(Attribute::Status);
        } else {
            let from = configuration.value(Attribute::Status);
            changes.insert(Attribute::Status, Change { from, to: active.into() });
        }
    }
    if configuration.archived {
        let from = Some(Value::Flag(true));
        changes.insert(Attribute::Archived, Change { from, to: Value::Flag(false) });
    }
}

/// What a person decided since the device joined; theirs to decide.
fn drift(configuration: &Configuration, active: crate::domain::StatusId) -> Option<String> {
    let status =
        (configuration.status_id != Some(active)).then_some("no longer has the active status");
    let archived = configuration.archived.then_some("was archived");
    let what: Vec<&str> = status.into_iter().chain(archived).collect();
    (!what.is_empty()).then(|| {
        format!("drift: configuration {} {}; left as it is", configuration.id, what.join(" and "))
    })
}

/// Nothing fits: a configuration is created, if the device can be told from others.
pub(super) fn create(present: &Present<'_>, device: &Device, planned: &mut PlannedDevice) {
    let own_mac = present.sweep.own_mac(device);
    let name = device.name_for_creation();
    let (true, Some(name)) = (device.serial().is_some() || own_mac.is_some(), name) else {
        let mut message = match device.mac() {
            Some(mac) => {
                format!("no serial number, and its MAC address {mac} is also another device's")
            }
            None => "no serial number, no MAC address".to_owned(),
        };
        if let Some(namesake) = present.by_name.get(&planned.name.trim().to_lowercase()) {
            message.push_str(&format!("; configuration {namesake} has the same name"));
        }
        planned.pending = Some(Pending::new(PendingReason::NoIdentity, message));
        return;
    };
    if let Some(namesake) = present.by_name.get(&name.trim().to_lowercase()) {
        planned
            .notes
            .push(format!("configuration {namesake} has the same name and another identity"));
    }
    let rules = present.world.rules;
    let mut values: BTreeMap<Attribute, Value> = Attribute::FIELDS
        .into_iter()
        .filter_map(|field| Some((field, Value::Text(device.field(field)?))))
        .collect();
    values.insert(Attribute::Name, Value::Text(name));
    values.insert(Attribute::Status, rules.active.into());
    values.insert(Attribute::Type, rules.type_for(device).into());
    let changes = values.into_iter().map(|(key, to)| (key, Change { from: None, to })).collect();
    planned.action = Action::Create(changes);
}
