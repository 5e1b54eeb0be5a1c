//! Links that suggest themselves: those of Addigy's own integration, and those of the same name.

use super::exit::{CommandError, Exit};
use super::linking::store_change;
use super::overview::Known;
use crate::domain::{LinkTarget, Organization, OrganizationId, Origin, Policy, PolicyId};
use crate::near::OrganizationIndex;
use crate::store::Store;
use std::collections::{BTreeSet, HashMap};

/// A link that suggests itself, or one that does not and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The policy.
    pub policy_id: PolicyId,
    /// Its path.
    pub path: String,
    /// The organization, as far as there is one.
    pub organization: Option<(OrganizationId, String)>,
    /// Whether it is to be linked.
    pub take: bool,
    /// The evidence, or why it is left.
    pub why: String,
}

/// The organizations that the policies carry in `itglue_account_id`.
pub fn accounts_named(known: &Known, only: Option<&BTreeSet<PolicyId>>) -> Vec<OrganizationId> {
    let meant = known.tree.iter().filter(|policy| only.is_none_or(|o| o.contains(&policy.id)));
    let ids: BTreeSet<OrganizationId> = meant.filter_map(|p| p.itglue_account_id).collect();
    ids.into_iter().collect()
}

/// What can be taken over from Addigy's own integration. `found` are the organizations that exist.
pub fn adoptions(
    known: &Known,
    only: Option<&BTreeSet<PolicyId>>,
    found: &[Organization],
) -> Vec<Proposal> {
    let found: HashMap<OrganizationId, &str> =
        found.iter().map(|organization| (organization.id, organization.name.as_str())).collect();
    let meant = |policy: &&Policy| match only {
        Some(only) => only.contains(&policy.id),
        None => policy.itglue_account_id.is_some(),
    };
    let policies = known.tree.walk().into_iter().map(|(_, policy)| policy).filter(meant);
    policies.map(|policy| adoption(known, policy, &found)).collect()
}

fn adoption(known: &Known, policy: &Policy, found: &HashMap<OrganizationId, &str>) -> Proposal {
    let Some(id) = policy.itglue_account_id else {
        let why = "Addigy has no itglue_account_id for it".to_owned();
        return proposal(known, policy, None, Err(why));
    };
    let organization = found.get(&id).map(|name| (id, (*name).to_owned()));
    let verdict = match (linked_already(known, policy), &organization) {
        (Some(why), _) => Err(why),
        (None, None) => Err(format!(
            "its itglue_account_id {id} is no organization that IT Glue shows this key"
        )),
        (None, Some(_)) => Ok(format!("itglue_account_id {id}")),
    };
    proposal(known, policy, organization, verdict)
}

/// Policies without a link whose name is exactly an organization's. Never one of several namesakes,
/// and never against an `itglue_account_id` that names another.
pub fn same_names(known: &Known, all: &OrganizationIndex) -> Vec<Proposal> {
    let mut by_name: HashMap<&str, Vec<OrganizationId>> = HashMap::new();
    for (id, name) in all.names() {
        by_name.entry(name).or_default().push(id);
    }
    let mut proposals = Vec::new();
    for (_, policy) in known.tree.walk() {
        let Some(namesakes) = by_name.get(policy.name.as_str()) else { continue };
        if linked_already(known, policy).is_some() {
            continue;
        }
        proposals.push(match namesakes.as_slice() {
            [only] => {
                let verdict = match policy.itglue_account_id.filter(|id| id != only) {
                    Some(other) => Err(format!(
                        "the names are the same, but its itglue_account_id names another, {other}"
                    )),
                    None => Ok("the names are the same".to_owned()),
                };
                proposal(known, policy, Some((*only, policy.name.clone())), verdict)
            }
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                let why = format!(
                    "{} organizations are called so: {}; link it by id",
                    several.len(),
                    ids.join(", ")
                );
                proposal(known, policy, None, Err(why))
            }
        });
    }
    proposals
}

/// The organizations that policies without a link carry in `itglue_account_id`.
pub fn accounts_open(known: &Known) -> Vec<OrganizationId> {
    let open = known.tree.iter().filter(|policy| linked_already(known, policy).is_none());
    let ids: BTreeSet<OrganizationId> = open.filter_map(|p| p.itglue_account_id).collect();
    ids.into_iter().collect()
}

/// Everything that suggests itself for policies without a link, in the order of the tree. Without `all`
/// organizations names are not judged: a namesake may be missing. What an `itglue_account_id` says goes
/// before what a name says.
pub fn open(
    known: &Known,
    existing: &[Organization],
    all: Option<&OrganizationIndex>,
) -> Vec<Proposal> {
    let mut by_policy: HashMap<PolicyId, Proposal> = HashMap::new();
    for proposal in all.map(|all| same_names(known, all)).unwrap_or_default() {
        by_policy.insert(proposal.policy_id.clone(), proposal);
    }
    let carried = known.tree.iter().filter(|p| p.itglue_account_id.is_some());
    let carried: BTreeSet<PolicyId> =
        carried.filter(|p| linked_already(known, p).is_none()).map(|p| p.id.clone()).collect();
    for mut adoption in adoptions(known, Some(&carried), existing) {
        if by_policy.get(&adoption.policy_id).is_some_and(|named| named.take && adoption.take) {
            adoption.why.push_str(", and the names are the same");
        }
        by_policy.insert(adoption.policy_id.clone(), adoption);
    }
    let rows = known.tree.walk().into_iter();
    rows.filter_map(|(_, policy)| by_policy.remove(&policy.id)).collect()
}

/// Why a policy needs no link any more.
fn linked_already(known: &Known, policy: &Policy) -> Option<String> {
    match known.links.own(&policy.id) {
        Some(LinkTarget::Organization { name, .. }) => {
            return Some(format!("it is linked to {name} already"));
        }
        Some(LinkTarget::KeptUnlinked) => return Some("it is kept unlinked".to_owned()),
        None => {}
    }
    let coverage = known.links.coverage(&known.tree, &policy.id)?;
    let above = known.tree.path_text(coverage.carried_by);
    Some(format!("the link of {above} to {} covers it", coverage.organization_name))
}

fn proposal(
    known: &Known,
    policy: &Policy,
    organization: Option<(OrganizationId, String)>,
    verdict: Result<String, String>,
) -> Proposal {
    let (take, why) = match verdict {
        Ok(why) => (true, why),
        Err(why) => (false, why),
    };
    let path = known.tree.path_text(&policy.id);
    Proposal { policy_id: policy.id.clone(), path, organization, take, why }
}

/// Links what a proposal says, unless somebody else has linked the policy, or one above it, since
/// `known` was read.
///
/// # Errors
/// [`Exit::Busy`] where a run holds the organization or somebody was faster; the others go on.
pub fn store(
    store: &Store,
    known: &Known,
    proposal: &Proposal,
    origin: &Origin,
) -> Result<(), CommandError> {
    let Some((id, name)) = proposal.organization.clone() else { return Ok(()) };
    let known = Known { links: store.links()?, ..known.clone() };
    let policy = known.tree.get(&proposal.policy_id);
    if policy.is_none_or(|policy| linked_already(&known, policy).is_some()) {
        return Err(CommandError::new(Exit::Busy, "somebody else linked it meanwhile"));
    }
    let target = LinkTarget::Organization { id, name, with_children: false };
    store_change(store, known, &proposal.policy_id, Some(target), origin, true)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::overview::tests::link;
    use crate::domain::{Link, Links, PolicyTree};
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    fn known(policies: &[(&str, &str, Option<i64>)], links: &[Link]) -> Known {
        Known {
            tree: PolicyTree::new(policies.iter().map(|(name, parent, account)| Policy {
                id: PolicyId::new(name.to_lowercase()),
                name: (*name).into(),
                parent: (!parent.is_empty()).then(|| PolicyId::new(*parent)),
                itglue_account_id: account.map(OrganizationId::new),
            })),
            devices: Vec::new(),
            as_of: None,
            links: Links::new(links.to_vec()),
            bindings: Vec::new(),
            reports: Vec::new(),
            last_sync: BTreeMap::new(),
        }
    }

    fn organization(id: i64, name: &str) -> Organization {
        Organization {
            id: OrganizationId::new(id),
            name: name.into(),
            short_name: None,
            type_name: None,
            status_name: None,
        }
    }

    fn verdicts(proposals: &[Proposal]) -> Vec<(&str, bool)> {
        proposals.iter().map(|p| (p.policy_id.as_str(), p.take)).collect()
    }

    #[test]
    fn adoption_takes_what_exists_and_says_why_it_leaves_the_rest() {
        let mark = Link { policy_id: PolicyId::new("kept"), target: LinkTarget::KeptUnlinked };
        let known = known(
            &[
                ("Covered", "linked", Some(1)),
                ("Dangling", "", Some(9)),
                ("Fine", "", Some(1)),
                ("Kept", "", Some(1)),
                ("Linked", "", Some(1)),
                ("Plain", "", None),
            ],
            &[link("linked", 2, true), mark],
        );
        assert_eq!(accounts_named(&known, None), [1, 9].map(OrganizationId::new));
        let found = [organization(1, "One")];
        let all = adoptions(&known, None, &found);
        let expected = [
            ("dangling", false),
            ("fine", true),
            ("kept", false),
            ("linked", false),
            ("covered", false),
        ];
        assert_eq!(verdicts(&all), expected);
        assert!(all[0].why.contains('9') && all[4].why.contains("Linked"), "{all:?}");
        let only = BTreeSet::from([PolicyId::new("plain"), PolicyId::new("fine")]);
        let named = adoptions(&known, Some(&only), &found);
        assert_eq!(verdicts(&named), [("fine", true), ("plain", false)]);
    }

    #[test]
    fn names_are_proposed_only_where_nothing_is_ambiguous() {
        let known = known(
            &[
                ("Acme", "", None),
                ("Case", "", None),
                ("Globex", "", Some(7)),
                ("Linked", "", None),
                ("Twice", "", None),
            ],
            &[link("linked", 2, true)],
        );
        let all = [
            organization(1, "Acme"),
            organization(2, "Linked"),
            organization(3, "case"),
            organization(4, "Globex"),
            organization(5, "Twice"),
            organization(6, "Twice"),
        ];
        let proposals = same_names(&known, &all.into_iter().collect());
        assert_eq!(verdicts(&proposals), [("acme", true), ("globex", false), ("twice", false)]);
        assert!(proposals[2].why.contains("5, 6"));
    }
    #[test]
    fn a_link_that_came_above_meanwhile_is_not_overruled() {
        let seen = known(&[("Clients", "", None), ("Acme", "clients", Some(1))], &[]);
        let state = Store::in_memory().unwrap();
        let proposal = &adoptions(&seen, None, &[organization(1, "One")])[0];
        state.set_link(&link("clients", 2, true), "ben", Timestamp::now()).unwrap();
        let error = super::store(&state, &seen, proposal, &Origin::default()).unwrap_err();
        assert_eq!(error.exit, Exit::Busy);
        assert!(state.links().unwrap().own(&PolicyId::new("acme")).is_none());

        state.remove_link(&PolicyId::new("clients"), "ben", Timestamp::now()).unwrap();
        super::store(&state, &seen, proposal, &Origin::default()).unwrap();
        assert!(state.links().unwrap().own(&PolicyId::new("acme")).is_some());
    }
}
