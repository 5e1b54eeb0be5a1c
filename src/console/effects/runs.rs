//! Runs: the engine at work, its events brought to the loop in batches.

use super::{Task, told};
use crate::apply::{Request, Summary};
use crate::console::effect::Trouble;
use crate::console::event::{Event, RunKey};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Events that come within this time are brought together.
const TOGETHER: Duration = Duration::from_millis(100);
/// At most so many at once.
const BATCH: usize = 4096;

/// [`crate::console::effect::Effect::StartRun`]
pub async fn run(task: Task, key: RunKey, request: Request, cancel: CancellationToken) {
    let result = sync(&task, key, &request, cancel).await;
    task.send(Event::RunEnded(key, result.map(Box::new))).await;
}

async fn sync(
    task: &Task,
    key: RunKey,
    request: &Request,
    cancel: CancellationToken,
) -> Result<Summary, Trouble> {
    let settings = task.settings()?;
    let engine = task.context.engine_with(&settings, cancel).await;
    let (engine, mut events) = engine.map_err(told)?;
    let bring = {
        let task = task.clone();
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while events.recv_many(&mut batch, BATCH).await > 0 {
                task.send(Event::Run(key, std::mem::take(&mut batch))).await;
                tokio::time::sleep(TOGETHER).await;
            }
        })
    };
    let result = engine.sync(request).await.map_err(told);
    // The channel closes with the engine, and that ends the bringing.
    drop(engine);
    // It only fails if it panicked, which the panic hook has reported.
    let _ = bring.await;
    result
}
