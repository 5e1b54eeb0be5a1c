//! Past runs and the log.

use super::{Task, blocking, told};
use crate::console::effect::Answer;
use crate::domain::RunId;
use std::sync::Arc;

/// [`crate::console::effect::Effect::ReadChanges`]
pub async fn changes(task: Task, run: RunId) {
    let store = task.clone();
    let read = blocking(move || store.store()?.changes_of(run).map(Arc::new).map_err(told)).await;
    task.answer(Answer::Changes(run, read)).await;
}

/// [`crate::console::effect::Effect::ReadLog`]
pub async fn log(task: Task) {
    task.answer(Answer::Log(Err("not built yet".into()))).await;
}
