//! Links, stored under the organizations' locks, and links that suggest themselves.

use super::organizations::services;
use super::{Task, blocking, in_words, told};
use crate::commands::accounts::{Seen, differences};
use crate::commands::linking::store_change;
use crate::commands::overview::Known;
use crate::commands::proposals::{self, Proposal};
use crate::console::effect::{Answer, Slot, Trouble};
use crate::console::organizations::Listing;
use crate::console::shared::{RunSpec, Snapshot};
use crate::domain::{LinkTarget, PolicyId};
use crate::settings::{origin, process_env};
use crate::store::Store;
use std::sync::Arc;

/// [`crate::console::effect::Effect::Link`]
pub async fn link(
    task: Task,
    policy: PolicyId,
    target: Option<LinkTarget>,
    run: Option<Box<RunSpec>>,
) {
    let result = store(&task, policy.clone(), target, run.is_none()).await;
    let done = result.is_ok();
    task.answer(Answer::Linked(policy, result)).await;
    if let Some(run) = run.filter(|_| done) {
        task.answer(Answer::Run(run)).await;
    }
}

async fn store(
    task: &Task,
    policy: PolicyId,
    target: Option<LinkTarget>,
    release: bool,
) -> Result<String, Trouble> {
    let store = right_accounts(task)?;
    blocking(move || {
        let known = Known::of(&store).map_err(told)?;
        let path = known.tree.path_text(&policy);
        let told_target = match &target {
            Some(LinkTarget::Organization { name, with_children: true, .. }) => {
                format!("Linked {path} and the policies below to {name}.")
            }
            Some(LinkTarget::Organization { name, .. }) => format!("Linked {path} to {name}."),
            Some(LinkTarget::KeptUnlinked) => format!("{path} is unlinked."),
            None => format!("{path} has no link of its own any more."),
        };
        let origin = origin(&process_env);
        store_change(&store, known, &policy, target, &origin, release).map_err(told)?;
        Ok(told_target)
    })
    .await
}

/// The state, unless it was made with another IT Glue than the settings name.
fn right_accounts(task: &Task) -> Result<Store, Trouble> {
    let store = task.store()?;
    let seen = Seen {
        addigy_organization: None,
        itglue_url: task.settings()?.itglue.url.to_string(),
        itglue_account: None,
    };
    let differences = differences(&store.accounts().map_err(told)?, &seen);
    if differences.is_empty() {
        return Ok(store);
    }
    Err(format!(
        "The state belongs to another account, so nothing was changed: {}. If that is meant, confirm \
         it: bindery doctor --accept-accounts",
        differences.join("; ")
    ))
}

/// [`crate::console::effect::Effect::Propose`]
pub async fn propose(task: Task, snapshot: Arc<Snapshot>, listing: Listing) {
    let found = found(&task, snapshot, listing).await;
    task.answer(Answer::Proposed(found.map(Arc::new))).await;
}

async fn found(
    task: &Task,
    snapshot: Arc<Snapshot>,
    listing: Listing,
) -> Result<Vec<Proposal>, Trouble> {
    let ids = proposals::accounts_open(&snapshot.known);
    let existing = match ids.as_slice() {
        [] => Vec::new(),
        ids => {
            let itglue = services(task, Slot::Proposals).await?.itglue;
            in_words(itglue.organizations_by_id(ids)).await?
        }
    };
    blocking(move || {
        // A namesake may stand on the listing's last page.
        let all = listing.is_complete().then_some(&listing.index);
        Ok(proposals::open(&snapshot.known, &existing, all))
    })
    .await
}

/// [`crate::console::effect::Effect::StoreProposals`]
pub async fn store_proposals(task: Task, snapshot: Arc<Snapshot>, accepted: Vec<Proposal>) {
    let ids: Vec<PolicyId> = accepted.iter().map(|p| p.policy_id.clone()).collect();
    let work = right_accounts(&task).map(|store| {
        blocking(move || {
            let origin = origin(&process_env);
            let mut left = Vec::new();
            for proposal in &accepted {
                if let Err(error) = proposals::store(&store, &snapshot.known, proposal, &origin) {
                    left.push((proposal.policy_id.clone(), told(error)));
                }
            }
            Ok(left)
        })
    });
    let result = match work {
        Ok(work) => work.await,
        Err(trouble) => Err(trouble),
    };
    let left = match result {
        Ok(left) => left,
        Err(trouble) => ids.iter().map(|id| (id.clone(), trouble.clone())).collect(),
    };
    let stored = ids.len() - left.len();
    task.answer(Answer::ProposalsStored { stored, left }).await;
}
