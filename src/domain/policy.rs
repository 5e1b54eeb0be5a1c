//! Addigy's policies and the tree they form.

use super::{OrganizationId, PolicyId};
use std::collections::{BTreeMap, BTreeSet};

/// An Addigy policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// Its name; not unique.
    pub name: String,
    /// The policy above it, if any.
    pub parent: Option<PolicyId>,
    /// The organization that Addigy's own integration once linked (`itglue_account_id`), if it reads
    /// as an id; whether that organization exists is not known here.
    pub itglue_account_id: Option<OrganizationId>,
}

/// All policies of an account, as a tree that survives missing parents and circles.
#[derive(Debug, Clone, Default)]
pub struct PolicyTree {
    policies: BTreeMap<PolicyId, Policy>,
    children: BTreeMap<Option<PolicyId>, Vec<PolicyId>>,
    /// Roots only because the parent they name is not listed, or is below them.
    torn_off: BTreeMap<PolicyId, PolicyId>,
}

impl PolicyTree {
    /// Builds the tree. A policy whose parent is unknown, or that is its own ancestor, becomes a root.
    pub fn new(policies: impl IntoIterator<Item = Policy>) -> Self {
        let mut all: BTreeMap<PolicyId, Policy> =
            policies.into_iter().map(|policy| (policy.id.clone(), policy)).collect();
        let roots: Vec<PolicyId> = all
            .values()
            .filter(|policy| match &policy.parent {
                None => false,
                Some(parent) => !all.contains_key(parent) || closes_circle(&all, &policy.id),
            })
            .map(|policy| policy.id.clone())
            .collect();
        let mut torn_off = BTreeMap::new();
        for id in roots {
            if let Some(parent) = all.get_mut(&id).and_then(|policy| policy.parent.take()) {
                torn_off.insert(id, parent);
            }
        }
        let mut children: BTreeMap<Option<PolicyId>, Vec<PolicyId>> = BTreeMap::new();
        for policy in all.values() {
            children.entry(policy.parent.clone()).or_default().push(policy.id.clone());
        }
        for siblings in children.values_mut() {
            siblings.sort_by_cached_key(|id| (all[id].name.to_lowercase(), id.clone()));
        }
        Self { policies: all, children, torn_off }
    }

    /// The policy with this id.
    pub fn get(&self, id: &PolicyId) -> Option<&Policy> {
        self.policies.get(id)
    }

    /// How many policies there are.
    pub fn len(&self) -> usize {
        self.policies.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Every policy, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.policies.values()
    }

    /// The policies right below this one (`None`: the roots), by name.
    pub fn children(&self, id: Option<&PolicyId>) -> impl Iterator<Item = &Policy> {
        self.children
            .get(&id.cloned())
            .into_iter()
            .flatten()
            .filter_map(|child| self.policies.get(child))
    }

    /// The policies above this one, nearest first.
    pub fn ancestors<'a>(&'a self, id: &PolicyId) -> impl Iterator<Item = &'a Policy> {
        let mut next = self.get(id).and_then(|policy| policy.parent.as_ref());
        std::iter::from_fn(move || {
            let policy = self.get(next?)?;
            next = policy.parent.as_ref();
            Some(policy)
        })
    }

    /// The parent that the topmost policy above this one (or it itself) names and that is not listed:
    /// what lies further up can't be known.
    pub fn missing_above(&self, id: &PolicyId) -> Option<&PolicyId> {
        let top = self.ancestors(id).last().map_or(id, |policy| &policy.id);
        self.torn_off.get(top)
    }

    /// The parent that a policy names, listed or not.
    pub fn named_parent(&self, id: &PolicyId) -> Option<&PolicyId> {
        let listed = self.get(id).and_then(|policy| policy.parent.as_ref());
        listed.or_else(|| self.torn_off.get(id))
    }

    /// Whether `above` stands somewhere above `below`.
    pub fn is_ancestor(&self, above: &PolicyId, below: &PolicyId) -> bool {
        self.ancestors(below).any(|policy| policy.id == *above)
    }

    /// The names from the root down to this policy.
    pub fn path(&self, id: &PolicyId) -> Vec<&str> {
        let mut names: Vec<&str> = self.ancestors(id).map(|policy| policy.name.as_str()).collect();
        names.reverse();
        names.extend(self.get(id).map(|policy| policy.name.as_str()));
        names
    }

    /// The path as one text, `Clients/Acme`; the id where there is no such policy.
    pub fn path_text(&self, id: &PolicyId) -> String {
        match self.path(id).as_slice() {
            [] => id.to_string(),
            names => names.join("/"),
        }
    }

    /// The policies in the order a person reads the tree, with their depth (roots: 0).
    pub fn walk(&self) -> Vec<(usize, &Policy)> {
        let mut rows = Vec::with_capacity(self.len());
        let mut stack: Vec<(usize, &Policy)> = self.children(None).map(|p| (0, p)).collect();
        stack.reverse();
        while let Some((depth, policy)) = stack.pop() {
            rows.push((depth, policy));
            let mut below: Vec<_> =
                self.children(Some(&policy.id)).map(|p| (depth + 1, p)).collect();
            below.reverse();
            stack.extend(below);
        }
        rows
    }
}

/// Whether walking up from `id` comes back to `id`, and `id` is the smallest of that circle, so that
/// each circle is cut once.
fn closes_circle(all: &BTreeMap<PolicyId, Policy>, id: &PolicyId) -> bool {
    let mut seen = BTreeSet::new();
    let mut at = id;
    while let Some(parent) = all.get(at).and_then(|policy| policy.parent.as_ref()) {
        if parent == id {
            return seen.iter().all(|other| *other >= id);
        }
        if !seen.insert(parent) {
            return false;
        }
        at = parent;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(id: &str, parent: &str) -> Policy {
        Policy {
            id: PolicyId::new(id),
            name: id.to_uppercase(),
            parent: (!parent.is_empty()).then(|| PolicyId::new(parent)),
            itglue_account_id: None,
        }
    }

    #[test]
    fn walks_depth_first_by_name() {
        let tree =
            PolicyTree::new([policy("c", ""), policy("b", "a"), policy("a", ""), policy("d", "b")]);
        let rows: Vec<_> =
            tree.walk().iter().map(|(depth, p)| (*depth, p.id.to_string())).collect();
        assert_eq!(rows, [(0, "a".into()), (1, "b".into()), (2, "d".into()), (0, "c".into())]);
        assert_eq!(tree.path(&PolicyId::new("d")), ["A", "B", "D"]);
        assert!(tree.is_ancestor(&PolicyId::new("a"), &PolicyId::new("d")));
    }

    #[test]
    fn an_unlisted_parent_is_remembered() {
        let tree = PolicyTree::new([policy("b", "gone"), policy("c", "b"), policy("d", "")]);
        assert_eq!(tree.missing_above(&PolicyId::new("c")), Some(&PolicyId::new("gone")));
        assert_eq!(tree.missing_above(&PolicyId::new("d")), None);
        assert_eq!(tree.named_parent(&PolicyId::new("b")), Some(&PolicyId::new("gone")));
        assert_eq!(tree.named_parent(&PolicyId::new("c")), Some(&PolicyId::new("b")));
    }

    #[test]
    fn circles_and_orphans_lose_nobody() {
        let tree = PolicyTree::new([
            policy("a", "c"),
            policy("b", "a"),
            policy("c", "b"),
            policy("self", "self"),
            policy("orphan", "nowhere"),
            policy("tail", "a"),
        ]);
        assert_eq!(tree.walk().len(), 6);
        assert!(tree.ancestors(&PolicyId::new("c")).count() <= 3);
    }
}
