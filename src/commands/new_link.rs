//! A link to be made: what follows from it, what a person is asked, and storing it. The command and
//! the console share it.

use super::exit::CommandError;
use super::linking::{Effect, Shift, changed, store_change};
use super::output::counted;
use super::overview::Known;
use crate::domain::{LinkTarget, Organization, OrganizationId, Origin, PolicyId};
use crate::store::Store;

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// The policy.
    pub policy: PolicyId,
    /// Its path.
    pub path: String,
    /// The organization.
    pub organization: (OrganizationId, String),
    /// Whether the policies below are covered too.
    pub with_children: bool,
    /// What the policy's own entry says so far.
    pub before: Option<LinkTarget>,
    /// What follows.
    pub effect: Effect,
    /// How many policies below would come to the organization too, were they covered.
    pub uncovered: usize,
}

impl NewLink {
    /// Works out what follows.
    pub fn new(
        known: &Known,
        policy: &PolicyId,
        organization: &Organization,
        with_children: bool,
    ) -> Self {
        let organization = (organization.id, organization.name.clone());
        let effect = |with_children| {
            let target = target(&organization, with_children);
            Effect::of(known, &changed(&known.links, policy, Some(target)))
        };
        let narrow = effect(with_children);
        let wide = if with_children { 0 } else { effect(true).shifts.len() };
        Self {
            policy: policy.clone(),
            path: known.tree.path_text(policy),
            with_children,
            before: known.links.own(policy).cloned(),
            uncovered: wide.saturating_sub(narrow.shifts.len()),
            effect: narrow,
            organization,
        }
    }

    /// What the policy's own entry is to say.
    pub fn target(&self) -> LinkTarget {
        target(&self.organization, self.with_children)
    }

    /// Whether the policy is linked so already.
    pub fn is_there(&self) -> bool {
        self.before.as_ref() == Some(&self.target())
    }

    /// What becomes of devices that are bound now.
    pub fn consequences(&self) -> Vec<String> {
        consequences(&self.effect)
    }

    /// What a person is asked first, where something is given up by it.
    pub fn question(&self) -> Option<String> {
        let consequences = self.consequences();
        let (id, name) = &self.organization;
        let before = match &self.before {
            Some(LinkTarget::Organization { id: before, name, .. }) if before != id => {
                format!("{} is linked to {name}. ", self.path)
            }
            _ if consequences.is_empty() => return None,
            Some(LinkTarget::Organization { name, .. }) => {
                format!("{} is linked to {name}. ", self.path)
            }
            Some(LinkTarget::KeptUnlinked) | None => String::new(),
        };
        let told: String = consequences.iter().map(|sentence| format!("{sentence} ")).collect();
        Some(format!("{before}{told}Link {} to {name}?", self.path))
    }

    /// `Acme to Acme Corporation (id 1024), with 2 policies below`.
    pub fn told(&self) -> String {
        let (id, name) = &self.organization;
        let comes = |shift: &&Shift| shift.to == Some(*id) && shift.policy != self.policy;
        let below = match (self.with_children, self.effect.shifts.iter().filter(comes).count()) {
            (false, _) => String::new(),
            (true, 0) => ", with the policies below".to_owned(),
            (true, count) => format!(", with {} below", counted(count, "policy")),
        };
        format!("{} to {name} (id {id}){below}", self.path)
    }

    /// Stores it. What others changed since `known` was read is taken into account.
    ///
    /// # Errors
    /// When a run holds an organization concerned, the links changed meanwhile, or the state can't be
    /// written.
    pub fn store(
        &self,
        store: &Store,
        known: Known,
        origin: &Origin,
    ) -> Result<Effect, CommandError> {
        store_change(store, known, &self.policy, Some(self.target()), origin, true)
    }
}

fn target(organization: &(OrganizationId, String), with_children: bool) -> LinkTarget {
    let (id, name) = organization.clone();
    LinkTarget::Organization { id, name, with_children }
}

/// What becomes of devices that are bound now.
pub fn consequences(effect: &Effect) -> Vec<String> {
    let mut told = Vec::new();
    if !effect.leaving.is_empty() {
        told.push(format!(
            "{} bound so far belong to the organization before; the next sync sets their \
             configurations there inactive, as far as the guard lets it.",
            counted(effect.leaving.len(), "device")
        ));
    }
    if !effect.released.is_empty() {
        told.push(format!(
            "{} bound so far are let go; their configurations stay as they are.",
            counted(effect.released.len(), "device")
        ));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::overview::tests::{binding, device, link, tree};
    use crate::domain::{Link, Links};
    use std::collections::BTreeMap;

    fn known(links: &[Link]) -> Known {
        Known {
            tree: tree(),
            devices: vec![device("a", "acme")],
            as_of: None,
            links: Links::new(links.to_vec()),
            bindings: vec![binding("a", 1, "acme")],
            reports: Vec::new(),
            last_sync: BTreeMap::new(),
        }
    }

    fn new_link(links: &[Link], organization: i64, with_children: bool) -> NewLink {
        let organization = Organization {
            id: OrganizationId::new(organization),
            name: "Globex GmbH".into(),
            short_name: None,
            type_name: None,
            status_name: None,
        };
        NewLink::new(&known(links), &PolicyId::new("acme"), &organization, with_children)
    }

    #[test]
    fn a_first_link_asks_nothing_and_tells_what_lies_below() {
        let narrow = new_link(&[], 2, false);
        assert_eq!(narrow.question(), None);
        assert!(narrow.uncovered > 0 && !narrow.is_there());
        let wide = new_link(&[], 2, true);
        assert_eq!(wide.uncovered, 0);
        assert!(wide.told().contains("below"), "{}", wide.told());
    }

    #[test]
    fn another_organization_is_asked_with_what_follows() {
        let question = new_link(&[link("acme", 1, false)], 2, false).question().unwrap();
        for part in ["is linked to", "1 device", "inactive", "to Globex GmbH?"] {
            assert!(question.contains(part), "{part}: {question}");
        }
    }

    #[test]
    fn covering_more_of_the_same_organization_is_not_asked() {
        assert_eq!(new_link(&[link("acme", 1, false)], 1, true).question(), None);
    }
}
