//! What a change of links does to policies and bindings, and making it under the organizations' locks.

use super::exit::{CommandError, Exit};
use super::overview::Known;
use crate::domain::{
    Binding, BindingState, Link, LinkTarget, Links, OrganizationId, Origin, PolicyId,
};
use crate::plan::{Place, Places};
use crate::store::{LinkChange, LockError, OrganizationLock, Store, holder_line};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// A policy that comes to another organization, or to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The policy.
    pub policy: PolicyId,
    /// Its organization before.
    pub from: Option<OrganizationId>,
    /// Its organization after.
    pub to: Option<OrganizationId>,
}

/// What follows from a change of links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The policies that it moves.
    pub shifts: Vec<Shift>,
    /// Bindings in force through policies that are then not linked: let go, their configurations stay.
    pub released: Vec<Binding>,
    /// Bindings in force through policies that are then linked to another organization: the next sync
    /// sets their configurations inactive.
    pub leaving: Vec<Binding>,
}

impl Effect {
    /// Works it out. A device that another link still holds in its organization stays bound.
    pub fn of(known: &Known, after: &Links) -> Self {
        let shifts = shifts(known, after);
        let places = Places::new(&known.tree, after, &known.devices);
        let before = Places::new(&known.tree, &known.links, &known.devices);
        let (mut released, mut leaving) = (Vec::new(), Vec::new());
        let from: HashMap<&PolicyId, &Shift> =
            shifts.iter().map(|shift| (&shift.policy, shift)).collect();
        let in_force = |b: &&Binding| matches!(b.state, BindingState::Bound | BindingState::Chosen);
        for binding in known.bindings.iter().filter(in_force) {
            // One that moved within the organization since the last sync is there through another policy
            // than was recorded.
            let through = match before.get(&binding.device_id) {
                Some(Place::In { organization, through, .. })
                    if *organization == binding.organization_id =>
                {
                    Some(through)
                }
                _ => None,
            };
            let shifts = [Some(&binding.policy_id), through].into_iter().flatten();
            let mut shifts = shifts.filter_map(|policy| from.get(policy));
            let Some(shift) = shifts.find(|shift| shift.from == Some(binding.organization_id))
            else {
                continue;
            };
            let stays = matches!(places.get(&binding.device_id), Some(Place::In { organization, .. })
                if *organization == binding.organization_id);
            if stays {
                continue;
            }
            let list = if shift.to.is_some() { &mut leaving } else { &mut released };
            list.push(binding.clone());
        }
        Self { shifts, released, leaving }
    }

    /// The organizations that gain or lose a policy.
    pub fn organizations(&self) -> BTreeSet<OrganizationId> {
        self.shifts.iter().flat_map(|shift| shift.from.into_iter().chain(shift.to)).collect()
    }

    /// The policies that lose their organization.
    pub fn policies_leaving(&self) -> BTreeSet<PolicyId> {
        let leaving = self.shifts.iter().filter(|shift| shift.from.is_some());
        leaving.map(|shift| shift.policy.clone()).collect()
    }
}

fn shifts(known: &Known, after: &Links) -> Vec<Shift> {
    let linked = known.links.iter().chain(after.iter()).map(|(id, _)| id);
    let ids: BTreeSet<&PolicyId> = known.tree.iter().map(|p| &p.id).chain(linked).collect();
    let organization = |links: &Links, id: &PolicyId| {
        links.coverage(&known.tree, id).map(|coverage| coverage.organization_id)
    };
    ids.into_iter()
        .map(|id| Shift {
            policy: id.clone(),
            from: organization(&known.links, id),
            to: organization(after, id),
        })
        .filter(|shift| shift.from != shift.to)
        .collect()
}

/// The links with this policy's entry changed; `None` removes it.
pub fn changed(links: &Links, policy: &PolicyId, target: Option<LinkTarget>) -> Links {
    let others = links.iter().filter(|(id, _)| *id != policy);
    let others = others.map(|(id, target)| Link { policy_id: id.clone(), target: target.clone() });
    let own = target.map(|target| Link { policy_id: policy.clone(), target });
    Links::new(others.chain(own))
}

/// Takes the organizations, in the order of their ids.
pub fn lock(
    store: &Store,
    organizations: &BTreeSet<OrganizationId>,
    origin: &Origin,
) -> Result<Vec<OrganizationLock>, CommandError> {
    let holder = holder_line(origin, Timestamp::now());
    let locks = organizations.iter().map(|id| store.lock_organization(*id, &holder));
    locks.collect::<Result<_, LockError>>().map_err(CommandError::from)
}

impl From<LockError> for CommandError {
    fn from(error: LockError) -> Self {
        let exit = match &error {
            LockError::Held { .. } | LockError::Watched { .. } => Exit::Busy,
            LockError::Unusable { .. } | LockError::File(_) => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

/// Changes one policy's entry under the locks of all organizations concerned. What other processes
/// changed since `known` was read is taken into account. `release` lets go of what loses its link.
pub fn store_change(
    store: &Store,
    known: Known,
    policy: &PolicyId,
    target: Option<LinkTarget>,
    origin: &Origin,
    release: bool,
) -> Result<Effect, CommandError> {
    let seen = Effect::of(&known, &changed(&known.links, policy, target.clone()));
    let mut concerned = seen.organizations();
    if let Some(LinkTarget::Organization { id, .. }) = &target {
        concerned.insert(*id);
    }
    let _locks = lock(store, &concerned, origin)?;
    let known = Known { links: store.links()?, bindings: store.bindings()?, ..known };
    let effect = Effect::of(&known, &changed(&known.links, policy, target.clone()));
    if !effect.organizations().is_subset(&concerned) {
        return Err(CommandError::failed(
            "somebody else changed the links at the same time; look at bindery policies, then try \
             again",
        ));
    }
    let released = effect.released.iter().filter(|_| release).cloned();
    let released: Vec<Binding> =
        released.map(|b| Binding { state: BindingState::Released, ..b }).collect();
    let shifted: Vec<&PolicyId> = effect.shifts.iter().map(|shift| &shift.policy).collect();
    let change =
        LinkChange { policy, target: target.as_ref(), bindings: &released, forget: &shifted };
    store.change_link(&change, &origin.who, Timestamp::now())?;
    Ok(effect)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::overview::tests::{binding, device, link, tree};
    use std::collections::BTreeMap;

    fn known(links: &[Link], bindings: Vec<Binding>) -> Known {
        Known {
            tree: tree(),
            devices: vec![device("a", "acme"), device("b", "acme-laptops")],
            as_of: None,
            links: Links::new(links.to_vec()),
            bindings,
            reports: Vec::new(),
            last_sync: BTreeMap::new(),
        }
    }

    fn id(text: &str) -> PolicyId {
        PolicyId::new(text)
    }

    #[test]
    fn a_mark_takes_the_policies_below_along() {
        let known = known(
            &[link("acme", 1, true)],
            vec![binding("a", 1, "acme"), binding("b", 1, "acme-laptops")],
        );
        let after = changed(&known.links, &id("acme"), Some(LinkTarget::KeptUnlinked));
        let effect = Effect::of(&known, &after);
        assert_eq!(effect.released.len(), 2);
        assert!(effect.leaving.is_empty());
        assert_eq!(effect.policies_leaving(), [id("acme"), id("acme-laptops")].into());
        assert_eq!(effect.organizations(), [OrganizationId::new(1)].into());
    }

    #[test]
    fn another_organization_makes_devices_leave_the_first() {
        let known = known(&[link("acme", 1, false)], vec![binding("a", 1, "acme")]);
        let after = changed(&known.links, &id("acme"), Some(link("acme", 2, false).target));
        let effect = Effect::of(&known, &after);
        assert_eq!((effect.released.len(), effect.leaving.len()), (0, 1));
        assert_eq!(effect.organizations(), [1, 2].map(OrganizationId::new).into());
    }

    #[test]
    fn what_another_link_to_the_organization_holds_stays() {
        let mut known = known(
            &[link("acme", 1, false), link("globex", 1, false)],
            vec![binding("a", 1, "acme")],
        );
        known.devices[0].membership = crate::domain::Membership::Read {
            location: Some(id("acme")),
            listed: [id("acme"), id("globex")].into(),
        };
        let after = changed(&known.links, &id("acme"), Some(LinkTarget::KeptUnlinked));
        assert!(Effect::of(&known, &after).released.is_empty());
    }

    #[test]
    fn what_moved_to_the_policy_since_the_last_sync_is_let_go_with_it() {
        let links = [link("acme", 1, false), link("globex", 1, false)];
        let mut known = known(&links, vec![binding("a", 1, "globex")]);
        known.devices[0] = device("a", "acme");
        let after = changed(&known.links, &id("acme"), Some(LinkTarget::KeptUnlinked));
        let effect = Effect::of(&known, &after);
        assert_eq!((effect.released.len(), effect.leaving.len()), (1, 0));
        let after = changed(&known.links, &id("acme"), Some(link("acme", 2, false).target));
        assert_eq!(Effect::of(&known, &after).leaving.len(), 1);
    }

    #[test]
    fn the_change_is_made_under_locks() {
        let store = Store::in_memory().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        store.set_link(&link("acme", 1, false), "ana", now).unwrap();
        store.save_bindings(&[binding("a", 1, "acme")]).unwrap();
        let unlink = || {
            let known = Known { links: store.links().unwrap(), ..known(&[], Vec::new()) };
            let mark = Some(LinkTarget::KeptUnlinked);
            store_change(&store, known, &id("acme"), mark, &Origin::default(), true)
        };
        let held = store.lock_organization(OrganizationId::new(1), "a run").unwrap();
        let error = unlink().unwrap_err();
        assert_eq!(error.exit, Exit::Busy);
        assert!(error.to_string().contains("a run"), "{error}");
        assert!(store.bindings().unwrap()[0].is_bound(), "nothing is changed");
        drop(held);
        assert_eq!(unlink().unwrap().released.len(), 1);
        assert_eq!(store.bindings().unwrap()[0].state, BindingState::Released);
        assert_eq!(store.links().unwrap().own(&id("acme")), Some(&LinkTarget::KeptUnlinked));
    }
}
