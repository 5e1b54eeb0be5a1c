//! Which organization each device is in.

use super::World;
use crate::domain::{Device, DeviceId, LinkTarget, Links, OrganizationId, PolicyId, PolicyTree};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where a device is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In no linked policy.
    Nowhere,
    /// In one organization, through these policies.
    In {
        /// The organization.
        organization: OrganizationId,
        /// The linked policies of that organization it is assigned to.
        policies: BTreeSet<PolicyId>,
        /// Its main policy where that is among them, else the first.
        through: PolicyId,
    },
    /// In policies of several organizations, none of them its main policy.
    Torn(BTreeMap<OrganizationId, BTreeSet<PolicyId>>),
    /// Its policies can't be known; the linked ones among those it names are kept.
    Unknown {
        /// Why.
        why: String,
        /// What it names all the same.
        named: BTreeMap<OrganizationId, BTreeSet<PolicyId>>,
    },
}

/// Every device's place.
#[derive(Debug)]
pub struct Places {
    by_device: HashMap<DeviceId, Place>,
}

impl Places {
    /// Places all devices of the world.
    pub fn of(world: &World<'_>) -> Self {
        Self::new(world.tree, world.links, world.devices)
    }

    /// Places these devices by their own facts, the tree and the links.
    pub fn new<D: Borrow<Device>>(tree: &PolicyTree, links: &Links, devices: &[D]) -> Self {
        let coverage = coverage(tree, links);
        let placed = |device: &Device| (device.id.clone(), place(tree, links, &coverage, device));
        Self { by_device: devices.iter().map(|device| placed(device.borrow())).collect() }
    }

    /// The place of a device; `None` where the sweep does not have it.
    pub fn get(&self, device: &DeviceId) -> Option<&Place> {
        self.by_device.get(device)
    }

    /// Whether the device is in this organization, or can't be told not to be.
    pub fn may_be_in(&self, device: &DeviceId, organization: OrganizationId) -> bool {
        match self.get(device) {
            None | Some(Place::Nowhere) => false,
            Some(Place::In { organization: its, .. }) => *its == organization,
            Some(Place::Torn(_) | Place::Unknown { .. }) => true,
        }
    }
}

/// The organization of each covered policy, worked out once; a linked policy that Addigy lists no
/// more keeps its own, so that its devices are told of there.
fn coverage<'a>(tree: &'a PolicyTree, links: &'a Links) -> HashMap<&'a PolicyId, OrganizationId> {
    let listed = tree.iter().filter_map(|policy| {
        let coverage = links.coverage(tree, &policy.id)?;
        Some((&policy.id, coverage.organization_id))
    });
    let gone = links.iter().filter_map(|(policy, target)| match target {
        LinkTarget::Organization { id, .. } if tree.get(policy).is_none() => Some((policy, *id)),
        LinkTarget::Organization { .. } | LinkTarget::KeptUnlinked => None,
    });
    listed.chain(gone).collect()
}

fn place(
    tree: &PolicyTree,
    links: &Links,
    coverage: &HashMap<&PolicyId, OrganizationId>,
    device: &Device,
) -> Place {
    let by_organization = |policies: BTreeSet<PolicyId>| {
        let mut found: BTreeMap<OrganizationId, BTreeSet<PolicyId>> = BTreeMap::new();
        for policy in policies {
            if let Some(organization) = coverage.get(&policy) {
                found.entry(*organization).or_default().insert(policy);
            }
        }
        found
    };
    let assigned = match device.membership.assigned(tree) {
        Ok(assigned) => assigned,
        Err(why) => {
            return Place::Unknown { why, named: by_organization(device.membership.named()) };
        }
    };
    let main = device.membership.location();
    let decided = main.is_some_and(|main| coverage.contains_key(main));
    let hidden = assigned.iter().find_map(|id| Some((id, links.hidden_above(tree, id)?)));
    if let (false, Some((policy, missing))) = (decided, hidden) {
        let name = tree.get(policy).map_or(policy.as_str(), |policy| &policy.name);
        let why = format!("policy {name} is below policy {missing}, which Addigy does not list");
        return Place::Unknown { why, named: by_organization(device.membership.named()) };
    }
    let mut found = by_organization(assigned);
    let organization = match main.and_then(|main| coverage.get(main)) {
        Some(organization) => *organization,
        None if found.len() > 1 => return Place::Torn(found),
        None => match found.keys().next() {
            Some(organization) => *organization,
            None => return Place::Nowhere,
        },
    };
    let policies = found.remove(&organization).unwrap_or_default();
    let through = main.filter(|main| policies.contains(main)).or(policies.first()).cloned();
    match through {
        Some(through) => Place::In { organization, policies, through },
        None => Place::Nowhere,
    }
}
