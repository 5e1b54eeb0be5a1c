//! Asking IT Glue for organizations.

use super::{Task, in_words};
use crate::console::effect::{Answer, Trouble};
use crate::domain::Organization;
use std::sync::Arc;
use tokio::sync::mpsc;

/// [`crate::console::effect::Effect::Named`]
pub async fn named(task: Task, name: String) {
    let result = ask(&task, &name).await;
    task.answer(Answer::Named(name, result)).await;
}

async fn ask(task: &Task, name: &str) -> Result<Vec<Organization>, Trouble> {
    let (services, _) = task.services().await?;
    in_words(services.itglue.organizations_named(name)).await
}

/// [`crate::console::effect::Effect::ListOrganizations`]
pub async fn list(task: Task) {
    let (sender, mut pages) = mpsc::unbounded_channel();
    let bring = {
        let task = task.clone();
        async move {
            while let Some(page) = pages.recv().await {
                task.answer(Answer::Listed(Ok(Some(Arc::new(page))))).await;
            }
        }
    };
    let read = async {
        let (services, _) = task.services().await?;
        // It only fails when the reader is gone.
        let result = in_words(services.itglue.all_organizations(|page| {
            let _ = sender.send(page);
        }))
        .await;
        drop(sender);
        result
    };
    let (result, ()) = futures::join!(read, bring);
    task.answer(Answer::Listed(result.map(|_| None))).await;
}
