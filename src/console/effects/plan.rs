//! Planning without writing.

use super::{Task, told};
use crate::apply::{Prepared, Request};
use crate::console::effect::{Answer, Trouble};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// [`crate::console::effect::Effect::Plan`]
pub async fn plan(task: Task, request: Request) {
    let planned = prepare(&task, &request).await;
    task.answer(Answer::Planned(Box::new(request), planned)).await;
}

async fn prepare(task: &Task, request: &Request) -> Result<Arc<Prepared>, Trouble> {
    let settings = task.settings()?;
    let engine = task.context.engine_with(&settings, CancellationToken::new()).await;
    // Nobody follows a plan's events; the engine does not wait for a reader that is gone.
    let (engine, _) = engine.map_err(told)?;
    engine.plan(request).await.map(Arc::new).map_err(told)
}
