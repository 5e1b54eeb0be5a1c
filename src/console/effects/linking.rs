//! Links, stored under the organizations' locks.

use super::{Task, blocking, told};
use crate::commands::linking::store_change;
use crate::commands::overview::Known;
use crate::console::effect::{Answer, Trouble};
use crate::domain::{LinkTarget, PolicyId};
use crate::settings::{origin, process_env};

/// [`crate::console::effect::Effect::Link`]
pub async fn link(task: Task, policy: PolicyId, target: Option<LinkTarget>) {
    let result = store(&task, policy.clone(), target).await;
    task.answer(Answer::Linked(policy, result)).await;
}

async fn store(
    task: &Task,
    policy: PolicyId,
    target: Option<LinkTarget>,
) -> Result<String, Trouble> {
    let store = task.store()?;
    blocking(move || {
        let known = Known::of(&store).map_err(told)?;
        let path = known.tree.path_text(&policy);
        let told_target = match &target {
            Some(LinkTarget::Organization { name, .. }) => format!("Linked {path} to {name}."),
            Some(LinkTarget::KeptUnlinked) => format!("{path} is unlinked."),
            None => format!("{path} has no link of its own any more."),
        };
        let origin = origin(&process_env);
        store_change(&store, known, &policy, target, &origin, true).map_err(told)?;
        Ok(told_target)
    })
    .await
}
