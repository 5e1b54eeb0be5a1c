//! Links: which policy is documented in which organization.

use super::{OrganizationId, PolicyId, PolicyTree};
use std::collections::BTreeMap;

/// What a policy's own entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTarget {
    /// Linked to this organization.
    Organization {
        /// Its id.
        id: OrganizationId,
        /// Its name when the link was made.
        name: String,
        /// Whether the policies below are covered too.
        with_children: bool,
    },
    /// Kept unlinked: links above don't cover it.
    KeptUnlinked,
}

/// An entry of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The policy that carries it.
    pub policy_id: PolicyId,
    /// What it says.
    pub target: LinkTarget,
}

/// How a policy comes to its organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage<'a> {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name when the link was made.
    pub organization_name: &'a str,
    /// The policy that carries the link: the policy itself, or one above.
    pub carried_by: &'a PolicyId,
}

/// All entries, by policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links(BTreeMap<PolicyId, LinkTarget>);

impl Links {
    /// Gathers entries; the last of several for one policy counts.
    pub fn new(links: impl IntoIterator<Item = Link>) -> Self {
        Self(links.into_iter().map(|link| (link.policy_id, link.target)).collect())
    }

    /// What the policy's own entry says, if it has one.
    pub fn own(&self, policy: &PolicyId) -> Option<&LinkTarget> {
        self.0.get(policy)
    }

    /// The policies with an entry of their own, with it.
    pub fn iter(&self) -> impl Iterator<Item = (&PolicyId, &LinkTarget)> {
        self.0.iter()
    }

    /// The name an organization had when it was linked.
    pub fn name_of(&self, organization: OrganizationId) -> Option<&str> {
        self.0.values().find_map(|target| match target {
            LinkTarget::Organization { id, name, .. } if *id == organization => Some(name.as_str()),
            LinkTarget::Organization { .. } | LinkTarget::KeptUnlinked => None,
        })
    }

    /// The unlisted policy above this one because of which its coverage can't be known: no entry
    /// stands between the two, and a link further up may cover it.
    pub fn hidden_above<'a>(
        &self,
        tree: &'a PolicyTree,
        policy: &PolicyId,
    ) -> Option<&'a PolicyId> {
        let missing = tree.missing_above(policy)?;
        let mut upward =
            std::iter::once(policy).chain(tree.ancestors(policy).map(|above| &above.id));
        let decided = upward.any(|id| self.0.contains_key(id));
        let covers = |target: &LinkTarget| {
            matches!(target, LinkTarget::Organization { with_children: true, .. })
        };
        (!decided && self.0.values().any(covers)).then_some(missing)
    }

    /// The organization a policy is linked to. The nearest entry upward decides: the policy's own, or
    /// one above if that was made to cover what is below it. A link above that was not, or a mark,
    /// shields the policy from links further up.
    pub fn coverage<'a>(
        &'a self,
        tree: &'a PolicyTree,
        policy: &'a PolicyId,
    ) -> Option<Coverage<'a>> {
        let upward = std::iter::once(policy).chain(tree.ancestors(policy).map(|above| &above.id));
        let (carrier, target) = upward.filter_map(|id| Some((id, self.0.get(id)?))).next()?;
        match target {
            LinkTarget::Organization { id, name, with_children }
                if carrier == policy || *with_children =>
            {
                Some(Coverage {
                    organization_id: *id,
                    organization_name: name,
                    carried_by: carrier,
                })
            }
            LinkTarget::Organization { .. } | LinkTarget::KeptUnlinked => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Policy;

    fn id(text: &str) -> PolicyId {
        PolicyId::new(text)
    }

    fn tree() -> PolicyTree {
        PolicyTree::new([("a", ""), ("b", "a"), ("c", "b"), ("d", "c")].map(|(name, parent)| {
            Policy {
                id: id(name),
                name: name.into(),
                parent: (!parent.is_empty()).then(|| id(parent)),
                itglue_account_id: None,
            }
        }))
    }

    fn link(policy: &str, organization: i64, with_children: bool) -> Link {
        Link {
            policy_id: id(policy),
            target: LinkTarget::Organization {
                id: OrganizationId::new(organization),
                name: format!("org {organization}"),
                with_children,
            },
        }
    }

    fn covered(links: &Links, policy: &str) -> Option<i64> {
        links.coverage(&tree(), &id(policy)).map(|c| c.organization_id.get())
    }

    #[test]
    fn links_are_not_inherited_unless_made_so() {
        let links = Links::new([link("a", 1, false)]);
        assert_eq!(covered(&links, "a"), Some(1));
        assert_eq!(covered(&links, "b"), None);
        let links = Links::new([link("a", 1, true)]);
        assert_eq!(covered(&links, "d"), Some(1));
    }

    #[test]
    fn the_nearest_entry_upward_decides() {
        let links = Links::new([link("a", 1, true), link("b", 2, false)]);
        assert_eq!(covered(&links, "b"), Some(2));
        assert_eq!(covered(&links, "c"), None);
        let mark = Link { policy_id: id("b"), target: LinkTarget::KeptUnlinked };
        let links = Links::new([link("a", 1, true), mark, link("d", 3, false)]);
        assert_eq!(covered(&links, "b"), None);
        assert_eq!(covered(&links, "c"), None);
        assert_eq!(covered(&links, "d"), Some(3));
    }
}
