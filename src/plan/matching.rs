//! Which configuration is a device's own, and what follows for the devices that are present.

use super::difference::{self, Difference};
use super::places::{Place, Places};
use super::twins::{Loser, Twins};
use super::{Action, OrganizationView, PlannedDevice, View, Whereabouts, World};
use crate::domain::{
    Attribute, Binding, BindingState, Change, Changes, Configuration, ConfigurationId, Device,
    DeviceId, MacAddress, MatchedBy, OrganizationId, Pending, PendingReason, PolicyId,
    SerialNumber, Value,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// One organization with everything that matching looks up in it.
pub(super) struct Present<'a> {
    pub world: &'a World<'a>,
    pub places: &'a Places,
    pub organization: OrganizationId,
    pub view: &'a View,
    /// This organization's bindings.
    pub bindings: HashMap<&'a DeviceId, &'a Binding>,
    pub by_id: HashMap<ConfigurationId, &'a Arc<Configuration>>,
    /// Every device of the sweep.
    pub devices: HashMap<&'a DeviceId, &'a Arc<Device>>,
    twins: &'a Twins,
    by_serial: HashMap<SerialNumber, Vec<&'a Arc<Configuration>>>,
    by_mac: HashMap<MacAddress, Vec<&'a Arc<Configuration>>>,
    by_name: HashMap<String, ConfigurationId>,
    /// How many devices of the whole sweep carry a MAC address.
    mac_carriers: HashMap<MacAddress, usize>,
    /// Configurations whose bound device is still in this organization and counts.
    holders: HashMap<ConfigurationId, &'a DeviceId>,
}

impl<'a> Present<'a> {
    pub fn new(
        world: &'a World<'a>,
        places: &'a Places,
        twins: &'a Twins,
        organization: OrganizationId,
        view: &'a OrganizationView,
    ) -> Self {
        let mut configurations: Vec<&Arc<Configuration>> = match &view.view {
            View::Read { configurations, .. } => configurations.iter().collect(),
            View::Missing(_) => Vec::new(),
        };
        // The plan must not depend on the order of what was read.
        configurations.sort_by_key(|configuration| configuration.id);
        let mut present = Self {
            world,
            places,
            organization,
            view: &view.view,
            bindings: HashMap::new(),
            by_id: HashMap::new(),
            devices: world.devices.iter().map(|device| (&device.id, device)).collect(),
            twins,
            by_serial: HashMap::new(),
            by_mac: HashMap::new(),
            by_name: HashMap::new(),
            mac_carriers: HashMap::new(),
            holders: HashMap::new(),
        };
        for configuration in configurations {
            present.index(configuration);
        }
        for mac in world.devices.iter().filter_map(|device| device.mac()) {
            *present.mac_carriers.entry(mac).or_default() += 1;
        }
        for binding in world.bindings.iter().filter(|b| b.organization_id == organization) {
            present.bindings.insert(&binding.device_id, binding);
            let counts = twins.loser(&binding.device_id).is_none();
            if binding.is_bound() && counts && present.is_here(&binding.device_id) {
                present.holders.insert(binding.configuration_id, &binding.device_id);
            }
        }
        present
    }

    fn index(&mut self, configuration: &'a Arc<Configuration>) {
        self.by_id.insert(configuration.id, configuration);
        if let Some(serial) = configuration.serial() {
            self.by_serial.entry(serial).or_default().push(configuration);
        }
        if let Some(mac) = configuration.mac() {
            self.by_mac.entry(mac).or_default().push(configuration);
        }
        if let Some(name) = &configuration.name {
            self.by_name.entry(name.trim().to_lowercase()).or_insert(configuration.id);
        }
    }

    /// Whether the device is in this organization, or may be.
    pub fn is_here(&self, device: &DeviceId) -> bool {
        match self.places.get(device) {
            None | Some(Place::Nowhere) => false,
            Some(Place::In { organization, .. }) => *organization == self.organization,
            Some(Place::Torn(_) | Place::Unknown { .. }) => true,
        }
    }

    /// Another device that holds the configuration.
    fn other_holder(&self, configuration: ConfigurationId, device: &DeviceId) -> Option<&DeviceId> {
        self.holders.get(&configuration).copied().filter(|holder| *holder != device)
    }

    fn carriers(&self, serial: &SerialNumber) -> &[&'a Arc<Configuration>] {
        self.by_serial.get(serial).map_or(&[], Vec::as_slice)
    }
}

/// A device's configuration and how it was found, or why there is none to write to.
enum Match<'a> {
    Found(&'a Arc<Configuration>, MatchedBy),
    None,
    Pending(Pending),
}

/// Plans every device that is in this organization.
pub(super) fn plan_present(present: &Present<'_>) -> Vec<PlannedDevice> {
    let mut devices: Vec<&Arc<Device>> = present.devices.values().copied().collect();
    devices.sort_by(|left, right| left.id.cmp(&right.id));
    let mut claims = HashSet::new();
    devices
        .into_iter()
        .filter_map(|device| {
            let mut planned = plan_device(present, device)?;
            claim(&mut planned, &mut claims);
            Some(planned)
        })
        .collect()
}

/// The last line of defence: a configuration that is already somebody's in this plan is not bound
/// twice, whatever the rules before said.
fn claim(planned: &mut PlannedDevice, claims: &mut HashSet<ConfigurationId>) {
    if let Some(configuration) = planned.action.configuration()
        && !claims.insert(configuration.id)
    {
        planned.pending = Some(Pending::new(
            PendingReason::IdentityConflict,
            format!("configuration {} fits another device too", configuration.id),
        ));
        planned.action = Action::Pending;
    }
}

fn plan_device(present: &Present<'_>, device: &Arc<Device>) -> Option<PlannedDevice> {
    let binding = present.bindings.get(&device.id).copied();
    let (policies, through, blocked) = standing(present, device, binding)?;
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
    if binding.is_some_and(|binding| binding.held_by.is_some()) {
        planned.action = Action::Held;
        planned.pending = Some(held(binding));
    } else if let Some(twin) = present.twins.loser(&device.id) {
        planned.pending = planned.pending.or_else(|| Some(duplicate_serial(device, twin)));
    } else if planned.pending.is_none() {
        settle(present, device, &mut planned);
    }
    Some(planned)
}

/// The policies that count a device here, and what already speaks against binding it.
fn standing(
    present: &Present<'_>,
    device: &Device,
    binding: Option<&Binding>,
) -> Option<(BTreeSet<PolicyId>, PolicyId, Option<Pending>)> {
    let missing = match present.view {
        View::Missing(why) => Some(Pending::new(PendingReason::OrganizationMissing, why.clone())),
        View::Read { .. } => None,
    };
    // A device whose place is not clear stays where it is bound.
    let bound_through = binding.filter(|binding| binding.is_bound()).map(|b| b.policy_id.clone());
    let (policies, blocked) = match present.places.get(&device.id)? {
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
    let mut policies = policies.cloned().unwrap_or_default();
    policies.extend(bound_through);
    let through = policies.first()?.clone();
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

fn held(binding: Option<&Binding>) -> Pending {
    let run = binding.and_then(|binding| binding.held_by);
    let message = run.map_or_else(String::new, |run| format!("run {run} undid its last change"));
    Pending::new(PendingReason::Held, message)
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

/// Finds the device's configuration and decides what is written.
fn settle(present: &Present<'_>, device: &Arc<Device>, planned: &mut PlannedDevice) {
    let key = (device.id.clone(), present.organization);
    if let Some(until) = present.world.unsettled.get(&key) {
        planned.action = Action::Wait(*until);
        planned.pending = Some(Pending::new(
            PendingReason::Unsettled,
            "its creation got no clear answer; it is looked up before anything is created again",
        ));
        return;
    }
    match find(present, device, planned.binding.as_ref()) {
        Match::Found(configuration, by) => bind(present, device, configuration, by, planned),
        Match::None => create(present, device, planned),
        Match::Pending(pending) => planned.pending = Some(pending),
    }
}

fn find<'a>(present: &Present<'a>, device: &Device, binding: Option<&Binding>) -> Match<'a> {
    if let Some(binding) = binding {
        let found = by_binding(present, device, binding);
        if !matches!(found, Match::None) {
            return found;
        }
    }
    if let Some(serial) = device.serial() {
        let found = by_serial(present, device, &serial);
        if !matches!(found, Match::None) {
            return found;
        }
    }
    device.mac().map_or(Match::None, |mac| by_mac(present, device, mac))
}

fn by_binding<'a>(present: &Present<'a>, device: &Device, binding: &Binding) -> Match<'a> {
    let id = binding.configuration_id;
    // Bindings no longer in force are a hint: what speaks against them is no conflict.
    let in_force = matches!(binding.state, BindingState::Bound | BindingState::Chosen);
    let conflict = |message: String| {
        if in_force {
            Match::Pending(Pending::new(PendingReason::IdentityConflict, message))
        } else {
            Match::None
        }
    };
    let Some(configuration) = present.by_id.get(&id).copied() else {
        return match whereabouts(present.view, id) {
            Some(Whereabouts::Unknown) if in_force => Match::Pending(Pending::new(
                PendingReason::Unreachable,
                format!("whether its recorded configuration {id} still exists could not be read"),
            )),
            _ => Match::None,
        };
    };
    if let Some(holder) = present.other_holder(id, &device.id) {
        return conflict(format!("configuration {id} is held by device {holder}"));
    }
    let (theirs, ours) = (configuration.serial(), device.serial());
    if theirs.is_some() && theirs != ours && theirs != binding.serial_seen {
        return conflict(format!(
            "its recorded configuration {id} carries the serial number {} now",
            configuration.serial_number.as_deref().unwrap_or_default()
        ));
    }
    let rival = ours
        .filter(|_| configuration.serial() != device.serial())
        .and_then(|serial| present.carriers(&serial).iter().find(|rival| rival.id != id).copied());
    match rival {
        // A person who chose by hand saw both.
        Some(rival) if binding.matched_by != Some(MatchedBy::Hand) => conflict(format!(
            "configuration {id} is recorded for it, but {} carries its serial number",
            rival.id
        )),
        _ if binding.state == BindingState::Chosen => Match::Found(configuration, MatchedBy::Hand),
        _ => Match::Found(configuration, MatchedBy::Binding),
    }
}

fn whereabouts(view: &View, id: ConfigurationId) -> Option<&Whereabouts> {
    match view {
        View::Read { elsewhere, .. } => elsewhere.get(&id),
        View::Missing(_) => None,
    }
}

fn by_serial<'a>(present: &Present<'a>, device: &Device, serial: &SerialNumber) -> Match<'a> {
    let carriers = present.carriers(serial);
    let free: Vec<&Arc<Configuration>> = carriers
        .iter()
        .copied()
        .filter(|configuration| present.other_holder(configuration.id, &device.id).is_none())
        .collect();
    if let (true, Some(taken)) = (free.is_empty(), carriers.first()) {
        let holder = present.other_holder(taken.id, &device.id);
        return Match::Pending(Pending::new(
            PendingReason::IdentityConflict,
            format!(
                "configuration {} carries its serial number and is held by device {}",
                taken.id,
                holder.map_or("", DeviceId::as_str)
            ),
        ));
    }
    let rank = |configuration: &Configuration| {
        (configuration.archived, configuration.status_id != Some(present.world.rules.active))
    };
    let Some(best) = free.iter().map(|configuration| rank(configuration)).min() else {
        return Match::None;
    };
    let equals: Vec<_> = free.into_iter().filter(|c| rank(c) == best).collect();
    match equals.as_slice() {
        [only] => Match::Found(only, MatchedBy::Serial),
        several => ambiguous(several, "the same serial number"),
    }
}

/// A MAC address identifies only where one device and one configuration have it: docks travel.
fn by_mac<'a>(present: &Present<'a>, device: &Device, mac: MacAddress) -> Match<'a> {
    let carriers = present.by_mac.get(&mac).map_or(&[][..], Vec::as_slice);
    if carriers.is_empty() || present.mac_carriers.get(&mac) != Some(&1) {
        return Match::None;
    }
    let free: Vec<&Arc<Configuration>> = carriers
        .iter()
        .copied()
        .filter(|c| c.serial().is_none() && present.other_holder(c.id, &device.id).is_none())
        .collect();
    match (carriers, free.as_slice()) {
        ([_], [only]) => Match::Found(only, MatchedBy::Mac),
        (_, [_, _, ..]) => ambiguous(&free, "its MAC address and no serial number"),
        // Without a serial number of its own, a device whose MAC address stands on a record that
        // can't be matched would become that record's double.
        _ if device.serial().is_none() => ambiguous(carriers, "its MAC address"),
        _ => Match::None,
    }
}

fn ambiguous<'a>(several: &[&Arc<Configuration>], what: &str) -> Match<'a> {
    let ids: Vec<String> =
        several.iter().map(|configuration| configuration.id.to_string()).collect();
    let verb = if ids.len() == 1 { "carries" } else { "carry" };
    let message = format!("{} {verb} {what}", ids.join(" and "));
    Match::Pending(Pending::new(PendingReason::AmbiguousMatch, message))
}

/// The device joins, or stays with, this configuration.
fn bind(
    present: &Present<'_>,
    device: &Device,
    configuration: &Arc<Configuration>,
    matched_by: MatchedBy,
    planned: &mut PlannedDevice,
) {
    let binding =
        planned.binding.as_ref().filter(|binding| binding.configuration_id == configuration.id);
    let joins = !binding.is_some_and(Binding::is_bound);
    let Difference { mut changes, contested, mut owned_by_psa } =
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

fn create(present: &Present<'_>, device: &Device, planned: &mut PlannedDevice) {
    let own_mac = device.mac().filter(|mac| present.mac_carriers.get(mac) == Some(&1));
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
