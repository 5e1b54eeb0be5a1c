//! A small world for tests: a few policies and organizations, builders for what they hold, and an
//! IT Glue that stores what a plan writes.
//!
//! Policies: `a` and `b` are linked to organization 1, `q` to organization 2, `c` lies below `a` and
//! has no link, `free` has none either.

use super::{
    Action, OrganizationPlan, OrganizationView, PlannedDevice, View, Whereabouts, World, plan,
};
use crate::domain::*;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub const ACTIVE: i64 = 101;
pub const INACTIVE: i64 = 102;
pub const OTHER_STATUS: i64 = 103;
pub const LAPTOP: i64 = 201;
/// The first id that the model's IT Glue gives.
pub const NEW: i64 = 1000;
/// Names are cut to this length by the model's IT Glue.
pub const NAME_LENGTH: usize = 12;
/// A hostname that the model's IT Glue refuses.
pub const BAD_HOST: &str = "bad_host";

/// Noon of a day in 2026.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap()
}

pub fn hours_ago(hours: i64) -> Timestamp {
    now() - SignedDuration::from_hours(hours)
}

pub fn policy_id(id: &str) -> PolicyId {
    PolicyId::new(id)
}

pub fn device_id(id: &str) -> DeviceId {
    DeviceId::new(id)
}

pub fn id(number: i64) -> ConfigurationId {
    ConfigurationId::new(number)
}

pub fn org(number: i64) -> OrganizationId {
    OrganizationId::new(number)
}

pub fn policy(id: &str, parent: Option<&str>) -> Policy {
    Policy {
        id: policy_id(id),
        name: id.to_uppercase(),
        parent: parent.map(policy_id),
        itglue_account_id: None,
    }
}

pub fn link(policy: &str, organization: i64, with_children: bool) -> Link {
    let name = format!("Client {organization}");
    let target = LinkTarget::Organization { id: org(organization), name, with_children };
    Link { policy_id: policy_id(policy), target }
}

/// A device located in a policy, seen an hour ago, with a name of its own and no identity.
pub fn device(id: &str, policy: &str) -> Device {
    Device {
        id: device_id(id),
        name: Some(format!("Mac {id}")),
        hostname: None,
        local_ip: None,
        ethernet_mac: None,
        serial_number: None,
        model: None,
        last_online: Some(hours_ago(1)),
        membership: Membership::Read {
            location: (!policy.is_empty()).then(|| policy_id(policy)),
            listed: BTreeSet::new(),
        },
        facts: BTreeMap::new(),
    }
}

impl Device {
    pub(super) fn with_serial(mut self, serial: &str) -> Self {
        self.serial_number = Some(serial.into());
        self
    }
    pub(super) fn with_mac(mut self, mac: &str) -> Self {
        self.ethernet_mac = Some(mac.into());
        self
    }
    pub(super) fn called(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }
    pub(super) fn seen(mut self, at: Timestamp) -> Self {
        self.last_online = Some(at);
        self
    }
    pub(super) fn listed(mut self, policies: &[&str]) -> Self {
        if let Membership::Read { listed, .. } = &mut self.membership {
            *listed = policies.iter().map(|id| policy_id(id)).collect();
        }
        self
    }
    pub(super) fn unreadable(mut self) -> Self {
        self.membership =
            Membership::Unreadable { why: "its policies could not be read".into(), location: None };
        self
    }
}

/// An active configuration with a name and nothing else.
pub fn configuration(number: i64, organization: i64) -> Configuration {
    Configuration {
        id: id(number),
        organization_id: org(organization),
        name: Some(format!("Record {number}")),
        hostname: None,
        primary_ip: None,
        mac_address: None,
        serial_number: None,
        status_id: Some(StatusId::new(ACTIVE)),
        type_id: Some(TypeId::new(LAPTOP)),
        archived: false,
        psa: PsaIntegration::NotSynced,
        updated_at: Some(hours_ago(1000)),
        resource_url: None,
    }
}

impl Configuration {
    pub(super) fn with_serial(mut self, serial: &str) -> Self {
        self.serial_number = Some(serial.into());
        self
    }
    pub(super) fn with_mac(mut self, mac: &str) -> Self {
        self.mac_address = Some(mac.into());
        self
    }
    pub(super) fn called(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }
    pub(super) fn with_status(mut self, status: i64) -> Self {
        self.status_id = Some(StatusId::new(status));
        self
    }
    pub(super) fn inactive(self) -> Self {
        self.with_status(INACTIVE)
    }
    pub(super) fn archived(mut self) -> Self {
        self.archived = true;
        self
    }
    pub(super) fn of_psa(mut self) -> Self {
        self.psa = PsaIntegration::Synced;
        self
    }
}

/// A binding in force, through `policy`.
pub fn binding(device: &str, policy: &str, organization: i64, configuration: i64) -> Binding {
    Binding {
        device_id: device_id(device),
        organization_id: org(organization),
        policy_id: policy_id(policy),
        configuration_id: id(configuration),
        state: BindingState::Bound,
        matched_by: None,
        serial_seen: None,
        written: BTreeMap::new(),
        psa_refused: None,
        held_by: None,
    }
}

impl Binding {
    pub(super) fn with_serial_seen(mut self, serial: &str) -> Self {
        self.serial_seen = SerialNumber::parse(serial);
        self
    }
    pub(super) fn in_state(mut self, state: BindingState) -> Self {
        self.state = state;
        self
    }
    pub(super) fn by_hand(mut self) -> Self {
        self.matched_by = Some(MatchedBy::Hand);
        self
    }
    pub(super) fn held(mut self) -> Self {
        self.held_by = Some(RunId::new(7));
        self
    }
    pub(super) fn wrote(
        mut self,
        field: Attribute,
        sent: &str,
        stored: Option<&str>,
        times: u32,
    ) -> Self {
        let written = Written { sent: sent.into(), stored: stored.map(Into::into), times };
        self.written.insert(field, written);
        self
    }
}

/// Everything a plan depends on, owned, and both services' side of it.
#[derive(Debug, Clone)]
pub struct Model {
    pub rules: Rules,
    pub policies: Vec<Policy>,
    pub links: Vec<Link>,
    pub devices: Vec<Device>,
    pub configurations: Vec<Configuration>,
    pub bindings: Vec<Binding>,
    pub unsettled: BTreeMap<(DeviceId, OrganizationId), Timestamp>,
    /// Configurations that neither the listing nor a question by id answers for.
    pub unknown: BTreeSet<ConfigurationId>,
    /// Organizations that are gone.
    pub missing: BTreeSet<OrganizationId>,
    /// Whether each listing answers with every organization's configurations.
    pub unfiltered: bool,
    /// How many writes there were: the model's clock.
    pub writes: i64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            rules: Rules {
                active: StatusId::new(ACTIVE),
                inactive: StatusId::new(INACTIVE),
                default_type: TypeId::new(LAPTOP),
                conditional_types: Vec::new(),
                guard: Guard { max_inactive_percent: 20, max_inactive_devices: 5 },
            },
            policies: vec![
                policy("a", None),
                policy("b", None),
                policy("q", None),
                policy("c", Some("a")),
                policy("free", None),
            ],
            links: vec![link("a", 1, false), link("b", 1, false), link("q", 2, false)],
            devices: Vec::new(),
            configurations: Vec::new(),
            bindings: Vec::new(),
            unsettled: BTreeMap::new(),
            unknown: BTreeSet::new(),
            missing: BTreeSet::new(),
            unfiltered: false,
            writes: 0,
        }
    }
}

impl Model {
    pub fn new(
        devices: impl IntoIterator<Item = Device>,
        configurations: impl IntoIterator<Item = Configuration>,
        bindings: impl IntoIterator<Item = Binding>,
    ) -> Self {
        Self {
            devices: devices.into_iter().collect(),
            configurations: configurations.into_iter().collect(),
            bindings: bindings.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The plans of organizations 1 and 2.
    pub fn plan(&self) -> Vec<OrganizationPlan> {
        let tree = PolicyTree::new(self.policies.iter().cloned());
        let links = Links::new(self.links.iter().cloned());
        let devices: Vec<Arc<Device>> = self.devices.iter().cloned().map(Arc::new).collect();
        plan(&World {
            now: now(),
            rules: &self.rules,
            tree: &tree,
            links: &links,
            devices: &devices,
            bindings: &self.bindings,
            unsettled: &self.unsettled,
            organizations: [1, 2].map(|number| (org(number), self.view(org(number)))).into(),
        })
    }

    fn view(&self, organization: OrganizationId) -> OrganizationView {
        let name = format!("Client {organization}");
        if self.missing.contains(&organization) {
            return OrganizationView { name, view: View::Missing("it is gone".into()) };
        }
        let lost = |configuration: &Configuration| self.unknown.contains(&configuration.id);
        let configurations: Vec<Arc<Configuration>> = self
            .configurations
            .iter()
            .filter(|c| (self.unfiltered || c.organization_id == organization) && !lost(c))
            .map(|configuration| Arc::new(configuration.clone()))
            .collect();
        let listed = |id| configurations.iter().any(|c| c.id == id);
        let recorded = self.bindings.iter().filter(|b| b.organization_id == organization);
        let elsewhere = recorded
            .map(|binding| binding.configuration_id)
            .filter(|id| !listed(*id))
            .map(|id| (id, self.whereabouts(id)))
            .collect();
        OrganizationView { name, view: View::Read { configurations, elsewhere } }
    }

    fn whereabouts(&self, id: ConfigurationId) -> Whereabouts {
        if self.unknown.contains(&id) {
            return Whereabouts::Unknown;
        }
        let found = self.configurations.iter().find(|c| c.id == id);
        found.map_or(Whereabouts::Gone, |c| Whereabouts::In(c.organization_id))
    }

    pub fn organization(&self, organization: i64) -> OrganizationPlan {
        self.plan().into_iter().find(|plan| plan.organization_id == org(organization)).unwrap()
    }

    /// A device's entry in an organization's plan, if it has one.
    pub fn find(&self, organization: i64, device: &str) -> Option<PlannedDevice> {
        let mut plan = self.organization(organization);
        let at = plan.devices.iter().position(|p| p.device_id == device_id(device))?;
        Some(plan.devices.swap_remove(at))
    }

    /// A device's entry in the plan of organization 1.
    pub fn planned(&self, device: &str) -> PlannedDevice {
        self.find(1, device).unwrap_or_else(|| panic!("{device} is not in the plan"))
    }

    /// The word of the device's action in organization 1 and the configuration it is for.
    pub fn action(&self, device: &str) -> (&'static str, Option<i64>) {
        let planned = self.planned(device);
        let configuration = planned.action.configuration();
        (planned.action.word(), configuration.map(|configuration| configuration.id.get()))
    }

    /// Why the device is pending in organization 1, with the message.
    pub fn pending(&self, device: &str) -> (PendingReason, String) {
        let planned = self.planned(device);
        assert_eq!(planned.action.word(), "pending", "{planned:?}");
        let pending = planned.pending.unwrap();
        (pending.reason, pending.message)
    }

    pub fn configuration(&self, number: i64) -> &Configuration {
        self.configurations.iter().find(|c| c.id == id(number)).unwrap()
    }

    /// Carries plans out as the engine and IT Glue would.
    pub fn apply(&mut self, plans: &[OrganizationPlan]) {
        for plan in plans {
            for released in &plan.releases {
                self.record(released.clone());
            }
            for planned in &plan.devices {
                self.apply_one(plan.organization_id, planned);
            }
        }
    }

    fn apply_one(&mut self, organization: OrganizationId, planned: &PlannedDevice) {
        let (target, changes) = match &planned.action {
            Action::Create(changes) => {
                let number = NEW + self.writes;
                self.configurations.push(Configuration {
                    name: None,
                    status_id: None,
                    type_id: None,
                    ..configuration(number, organization.get())
                });
                (id(number), changes.clone())
            }
            action => match action.configuration() {
                Some(_) if matches!(action, Action::Withhold(..)) => return,
                Some(found) => (found.id, action.changes().cloned().unwrap_or_default()),
                None => return,
            },
        };
        let before = planned.binding.clone().filter(|b| b.configuration_id == target);
        let mut binding = before.unwrap_or_else(|| {
            binding(planned.device_id.as_str(), "", organization.get(), target.get())
        });
        binding.policy_id = planned.through.clone();
        binding.matched_by = match planned.matched_by {
            None | Some(MatchedBy::Binding) => binding.matched_by,
            found => found,
        };
        binding.state = BindingState::Bound;
        if matches!(planned.action, Action::Inactivate(..) | Action::Leave(_)) {
            binding.state = BindingState::Left;
        }
        self.writes += 1;
        let at = hours_ago(500) + SignedDuration::from_secs(self.writes);
        let found = self.configurations.iter_mut().find(|c| c.id == target).unwrap();
        assert_eq!(found.organization_id, organization, "a foreign configuration is touched");
        store(found, changes, &mut binding, at);
        binding.serial_seen = found.serial();
        self.record(binding);
    }

    pub fn record(&mut self, binding: Binding) {
        self.bindings.retain(|other| {
            (&other.device_id, other.organization_id)
                != (&binding.device_id, binding.organization_id)
        });
        self.bindings.push(binding);
    }
}

/// IT Glue's side of a write: a PSA's record refuses most of it, a name is cut, a hostname refused.
fn store(found: &mut Configuration, mut changes: Changes, binding: &mut Binding, at: Timestamp) {
    if changes.is_empty() {
        return;
    }
    let refused = |changes: &Changes| changes.keys().any(|key| !key.writable_on_psa_record());
    if found.psa == PsaIntegration::Synced && refused(&changes) {
        binding.psa_refused = found.updated_at;
        changes.retain(|key, _| key.writable_on_psa_record());
    }
    if changes.is_empty() {
        return;
    }
    found.updated_at = Some(at);
    binding.psa_refused = binding.psa_refused.and(found.updated_at);
    for (attribute, change) in changes {
        let stored = match change.to {
            Value::Id(number) if attribute == Attribute::Status => {
                found.status_id = Some(StatusId::new(number));
                continue;
            }
            Value::Id(number) => {
                found.type_id = Some(TypeId::new(number));
                continue;
            }
            Value::Flag(flag) => {
                found.archived = flag;
                continue;
            }
            Value::Text(ref text) if text == BAD_HOST => None,
            Value::Text(ref text) if attribute == Attribute::Name => {
                Some(text.chars().take(NAME_LENGTH).collect())
            }
            Value::Text(ref text) => Some(text.clone()),
            Value::Nothing => None,
        };
        let sent = change.to.to_string();
        let before = binding.written.get(&attribute).filter(|written| written.sent == sent);
        let times = before.map_or(0, |written| written.times) + 1;
        binding.written.insert(attribute, Written { sent, stored: stored.clone(), times });
        if stored.is_some() {
            *field(found, attribute) = stored;
        }
    }
}

fn field(found: &mut Configuration, attribute: Attribute) -> &mut Option<String> {
    match attribute {
        Attribute::Name => &mut found.name,
        Attribute::Hostname => &mut found.hostname,
        Attribute::PrimaryIp => &mut found.primary_ip,
        Attribute::MacAddress => &mut found.mac_address,
        Attribute::SerialNumber => &mut found.serial_number,
        Attribute::Status | Attribute::Archived | Attribute::Type => unreachable!("no text"),
    }
}
