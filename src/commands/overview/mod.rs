//! How every policy stands, from what is known: the state file alone, or a tree just read.

use crate::domain::{
    Binding, Device, DeviceId, DeviceState, LinkTarget, Links, OrganizationId, PendingReason,
    Policy, PolicyId, PolicyTree,
};
use crate::plan::{Place, Places};
use crate::store::{DeviceReport, Store, StoreError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What an overview is made of.
#[derive(Debug, Clone)]
pub struct Known {
    /// Addigy's policies.
    pub tree: PolicyTree,
    /// Addigy's devices.
    pub devices: Vec<Device>,
    /// When both were read; `None` before the first time.
    pub as_of: Option<Timestamp>,
    /// The links.
    pub links: Links,
    /// The bindings of all organizations.
    pub bindings: Vec<Binding>,
    /// The devices' last reports.
    pub reports: Vec<DeviceReport>,
    /// The end of each policy's last sync.
    pub last_sync: BTreeMap<PolicyId, Timestamp>,
}

impl Known {
    /// What the state file holds.
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        let (tree, as_of) = match store.policies()? {
            Some((tree, at)) => (tree, Some(at)),
            None => (PolicyTree::default(), None),
        };
        Ok(Self {
            tree,
            devices: store.devices()?,
            as_of,
            links: store.links()?,
            bindings: store.bindings()?,
            reports: store.reports()?,
            last_sync: store.last_sync_by_policy()?,
        })
    }
}

/// A policy's state: its icon and its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Every device is bound.
    Linked,
    /// Linked, and some devices are not bound.
    Attention,
    /// Not linked.
    NotLinked,
}

impl State {
    /// The word in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Attention => "attention",
            Self::NotLinked => "not_linked",
        }
    }

    /// The icon, where the terminal can draw it, else its stand-in.
    pub const fn icon(self, utf8: bool) -> &'static str {
        match (self, utf8) {
            (Self::Linked, true) => "●",
            (Self::Attention, true) => "◐",
            (Self::NotLinked, true) => "○",
            (Self::Linked, false) => "*",
            (Self::Attention, false) => "!",
            (Self::NotLinked, false) => ".",
        }
    }
}

/// The organization of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedTo {
    /// Its id.
    pub id: OrganizationId,
    /// Its name when the link was made.
    pub name: String,
    /// Whether the policies below are covered too.
    pub with_children: bool,
    /// Whether the link is one above, not the policy's own.
    pub inherited: bool,
}

/// A device that is not bound, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingDevice {
    /// The device.
    pub device_id: DeviceId,
    /// What to call it.
    pub name: String,
    /// Its serial number.
    pub serial_number: Option<String>,
    /// Why.
    pub reason: PendingReason,
    /// The particulars.
    pub message: String,
}

/// How one policy stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyOverview {
    /// The policy.
    pub policy: Policy,
    /// The names from the root down to it.
    pub path: Vec<String>,
    /// How deep it stands in the tree; roots: 0.
    pub depth: usize,
    /// Its state.
    pub state: State,
    /// Its organization.
    pub organization: Option<LinkedTo>,
    /// Whether a mark keeps it unlinked.
    pub kept_unlinked: bool,
    /// Whether Addigy still lists it.
    pub exists: bool,
    /// How many devices are assigned to it; superseded twins don't count.
    pub total: usize,
    /// How many of them are bound.
    pub linked: usize,
    /// Those that are pending.
    pub pending: Vec<PendingDevice>,
    /// Names of devices that left and whose inactivation the guard keeps back.
    pub withheld: Vec<String>,
    /// Names of devices that left and whose configurations no sync has come to yet.
    pub leaving: Vec<String>,
    /// The end of its last sync.
    pub last_sync: Option<Timestamp>,
}

impl PolicyOverview {
    /// The path as one text.
    pub fn path_text(&self) -> String {
        self.path.join("/")
    }

    /// What to do next; never empty.
    pub fn next_step(&self) -> String {
        if !self.exists {
            return format!("gone from Addigy: bindery unlink {}", self.policy.id);
        }
        if !self.withheld.is_empty() {
            return format!("confirm {}", self.withheld.len());
        }
        if !self.leaving.is_empty() {
            return format!("sync: {} left", self.leaving.len());
        }
        let Some(_) = &self.organization else {
            return if self.kept_unlinked {
                "kept unlinked".to_owned()
            } else if self.policy.itglue_account_id.is_some() {
                "link --adopt".to_owned()
            } else {
                "link".to_owned()
            };
        };
        let people = self.pending.iter().filter(|p| p.reason.needs_a_person()).count();
        let not_synced = self.total.saturating_sub(self.linked + self.pending.len());
        if not_synced > 0 {
            format!("sync {not_synced}")
        } else if people > 0 {
            format!("see status ({people})")
        } else if !self.pending.is_empty() {
            format!("retry {}", self.pending.len())
        } else {
            "nothing to do".to_owned()
        }
    }
}

/// Every policy, in the order a person reads the tree; policies that are linked and that Addigy lists
/// no more stand at the end.
pub fn overview(known: &Known) -> Vec<PolicyOverview> {
    let counts = Counts::new(known);
    let mut rows: Vec<PolicyOverview> = known
        .tree
        .walk()
        .into_iter()
        .map(|(depth, policy)| row(known, &counts, policy.clone(), depth, true))
        .collect();
    let gone = known.links.iter().filter(|(id, target)| {
        known.tree.get(id).is_none() && matches!(target, LinkTarget::Organization { .. })
    });
    // Before the first sweep nothing is known to be gone.
    rows.extend(gone.map(|(id, _)| {
        let policy =
            Policy { id: id.clone(), name: id.to_string(), parent: None, itglue_account_id: None };
        row(known, &counts, policy, 0, known.as_of.is_none())
    }));
    rows
}

/// Everything about devices, worked out once.
struct Counts<'a> {
    /// The devices assigned to each policy, linked or not.
    assigned: HashMap<PolicyId, BTreeSet<&'a DeviceId>>,
    reports: HashMap<(&'a PolicyId, &'a DeviceId), &'a DeviceReport>,
    bound: HashSet<(&'a DeviceId, OrganizationId)>,
    withheld: HashMap<&'a PolicyId, Vec<String>>,
    leaving: HashMap<&'a PolicyId, Vec<String>>,
}

impl<'a> Counts<'a> {
    fn new(known: &'a Known) -> Self {
        let places = Places::new(&known.tree, &known.links, &known.devices);
        let mut assigned: HashMap<PolicyId, BTreeSet<&DeviceId>> = HashMap::new();
        for device in &known.devices {
            for policy in policies_of(known, &places, device) {
                assigned.entry(policy).or_default().insert(&device.id);
            }
        }
        let mut withheld: HashMap<&PolicyId, Vec<String>> = HashMap::new();
        for report in known.reports.iter().filter(|r| r.state == DeviceState::Withheld) {
            withheld.entry(&report.policy_id).or_default().push(report.name.clone());
        }
        let reports = known.reports.iter().map(|r| ((&r.policy_id, &r.device_id), r)).collect();
        let bound = known.bindings.iter().filter(|binding| binding.is_bound());
        Self {
            assigned,
            reports,
            bound: bound.map(|b| (&b.device_id, b.organization_id)).collect(),
            withheld,
            leaving: leaving(known, &places),
        }
    }
}

/// Devices whose binding is still in force though they are in that organization no more, by the policy
/// they were bound through; those whose report says that they are withheld are left out.
fn leaving<'a>(known: &'a Known, places: &Places) -> HashMap<&'a PolicyId, Vec<String>> {
    let mut leaving: HashMap<&PolicyId, Vec<String>> = HashMap::new();
    // Without a listing nobody is known to have left.
    if known.devices.is_empty() {
        return leaving;
    }
    let withheld: HashSet<(&PolicyId, &DeviceId)> = known
        .reports
        .iter()
        .filter(|report| report.state == DeviceState::Withheld)
        .map(|report| (&report.policy_id, &report.device_id))
        .collect();
    let names: HashMap<&DeviceId, String> =
        known.devices.iter().map(|device| (&device.id, device.label())).collect();
    for binding in known.bindings.iter().filter(|b| b.is_bound() && b.held_by.is_none()) {
        let gone = match places.get(&binding.device_id) {
            None | Some(Place::Nowhere) => true,
            Some(Place::In { organization, .. }) => *organization != binding.organization_id,
            Some(Place::Torn(_) | Place::Unknown { .. }) => false,
        };
        if gone && !withheld.contains(&(&binding.policy_id, &binding.device_id)) {
            let name = names.get(&binding.device_id).cloned();
            let name = name.unwrap_or_else(|| binding.device_id.to_string());
            leaving.entry(&binding.policy_id).or_default().push(name);
        }
    }
    leaving
}

/// The policies that count a device: the linked ones of its place, and those it is assigned to that
/// are not linked.
fn policies_of(known: &Known, places: &Places, device: &Device) -> BTreeSet<PolicyId> {
    let unlinked = device.membership.assigned(&known.tree).unwrap_or_default();
    let mut policies: BTreeSet<PolicyId> =
        unlinked.into_iter().filter(|id| known.links.coverage(&known.tree, id).is_none()).collect();
    match places.get(&device.id) {
        Some(Place::In { policies: linked, .. }) => policies.extend(linked.iter().cloned()),
        Some(Place::Torn(places) | Place::Unknown { named: places, .. }) => {
            policies.extend(places.values().flatten().cloned());
        }
        Some(Place::Nowhere) | None => {}
    }
    policies
}

fn row(
    known: &Known,
    counts: &Counts<'_>,
    policy: Policy,
    depth: usize,
    exists: bool,
) -> PolicyOverview {
    let organization = linked_to(known, &policy.id);
    let mut row = PolicyOverview {
        path: known.tree.path(&policy.id).into_iter().map(str::to_owned).collect(),
        depth,
        state: State::NotLinked,
        kept_unlinked: known.links.own(&policy.id) == Some(&LinkTarget::KeptUnlinked),
        exists,
        total: 0,
        linked: 0,
        pending: Vec::new(),
        withheld: counts.withheld.get(&policy.id).cloned().unwrap_or_default(),
        leaving: counts.leaving.get(&policy.id).cloned().unwrap_or_default(),
        last_sync: known.last_sync.get(&policy.id).copied(),
        organization,
        policy,
    };
    if row.path.is_empty() {
        row.path.push(row.policy.name.clone());
    }
    for device in counts.assigned.get(&row.policy.id).into_iter().flatten() {
        count(&mut row, counts, device);
    }
    if row.organization.is_some() {
        let none_left = row.withheld.is_empty() && row.leaving.is_empty();
        let all_bound = row.exists && row.linked == row.total && none_left;
        row.state = if all_bound { State::Linked } else { State::Attention };
    } else if !row.pending.is_empty() {
        // Bound through a link above that can't be seen now.
        row.state = State::Attention;
    }
    row.withheld.sort_by_cached_key(|name| name.to_lowercase());
    row.pending.sort_by_cached_key(|p| (p.name.to_lowercase(), p.device_id.clone()));
    row
}

fn linked_to(known: &Known, policy: &PolicyId) -> Option<LinkedTo> {
    let coverage = known.links.coverage(&known.tree, policy)?;
    let own = known.links.own(coverage.carried_by);
    Some(LinkedTo {
        id: coverage.organization_id,
        name: coverage.organization_name.to_owned(),
        with_children: matches!(own, Some(LinkTarget::Organization { with_children: true, .. })),
        inherited: coverage.carried_by != policy,
    })
}

fn count(row: &mut PolicyOverview, counts: &Counts<'_>, device: &DeviceId) {
    let organization = row.organization.as_ref().map(|organization| organization.id);
    let report = counts.reports.get(&(&row.policy.id, device));
    let pending = report.and_then(|report| report.pending.as_ref());
    if pending.is_some_and(|pending| pending.superseded) {
        return;
    }
    row.total += 1;
    match (report, pending) {
        (Some(report), Some(pending)) => row.pending.push(PendingDevice {
            device_id: device.clone(),
            name: report.name.clone(),
            serial_number: report.serial_number.clone(),
            reason: pending.reason,
            message: pending.message.clone(),
        }),
        _ if organization.is_some_and(|id| counts.bound.contains(&(device, id))) => row.linked += 1,
        _ => {}
    }
}

#[cfg(test)]
pub(super) mod tests;
