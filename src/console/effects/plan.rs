//! Planning without writing.

use super::{Task, told};
use crate::apply::{Prepared, Request, UndoPlan};
use crate::commands::progress;
use crate::console::effect::{Answer, Trouble};
use crate::domain::{Run, RunId};
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
    let (engine, mut events) = engine.map_err(told)?;
    let tell = async {
        while let Some(event) = events.recv().await {
            if let Some(sentence) = progress::sentence(&event) {
                task.answer(Answer::Planning(Box::new(request.clone()), sentence)).await;
            }
        }
    };
    let work = async {
        let planned = engine.plan(request).await;
        // The channel closes with the engine, and that ends the telling.
        drop(engine);
        planned
    };
    let (planned, ()) = futures::join!(work, tell);
    planned.map(Arc::new).map_err(told)
}

/// [`crate::console::effect::Effect::PlanUndo`]
pub async fn plan_undo(task: Task, run: RunId) {
    let planned = prepare_undo(&task, run).await;
    task.answer(Answer::UndoPlanned(run, planned)).await;
}

async fn prepare_undo(task: &Task, run: RunId) -> Result<Arc<UndoPlan>, Trouble> {
    let run = run_of(task, run)?;
    let settings = task.settings()?;
    let engine = task.context.engine_with(&settings, CancellationToken::new()).await;
    let (engine, mut events) = engine.map_err(told)?;
    let work = async {
        let planned = engine.plan_undo(&run).await;
        // The channel closes with the engine.
        drop(engine);
        planned
    };
    let (planned, ()) = futures::join!(work, async { while events.recv().await.is_some() {} });
    planned.map(Arc::new).map_err(told)
}

/// The run of this number, as the history has it.
pub fn run_of(task: &Task, id: RunId) -> Result<Run, Trouble> {
    let run = task.store()?.run(id).map_err(told)?;
    run.ok_or_else(|| format!("The history has no run {id} any more"))
}
