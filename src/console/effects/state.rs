//! Reading the state file, and Addigy into it.

use super::{Task, blocking, told};
use crate::commands::policies;
use crate::console::effect::{Answer, Trouble};
use crate::console::shared::Snapshot;
use std::sync::Arc;

/// [`crate::console::effect::Effect::ReadState`]
pub async fn read(task: Task) {
    let state = snapshot(&task).await;
    task.answer(Answer::State(state)).await;
}

async fn snapshot(task: &Task) -> Result<Arc<Snapshot>, Trouble> {
    let store = task.clone();
    blocking(move || Snapshot::read(&store.store()?).map(Arc::new).map_err(told)).await
}

/// [`crate::console::effect::Effect::Reread`]
pub async fn reread(task: Task) {
    let result = addigy(&task).await;
    let state = snapshot(&task).await;
    task.answer(Answer::State(state)).await;
    task.answer(Answer::Reread(result)).await;
}

async fn addigy(task: &Task) -> Result<(), Trouble> {
    let (services, settings) = task.services().await?;
    let store = task.store()?;
    policies::read(&services, &settings, &store).await.map_err(told)?.map_err(told)?;
    Ok(())
}
