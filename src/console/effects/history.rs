//! Past runs, the log, and what the last visit leaves behind.

use super::{Task, blocking, told};
use crate::console::effect::Answer;
use crate::console::screens::log::Tail;
use crate::console::visit;
use crate::domain::RunId;
use jiff::Timestamp;
use std::sync::Arc;

/// [`crate::console::effect::Effect::ReadChanges`]
pub async fn changes(task: Task, run: RunId) {
    let store = task.clone();
    let read = blocking(move || store.store()?.changes_of(run).map(Arc::new).map_err(told)).await;
    task.answer(Answer::Changes(run, read)).await;
}

/// [`crate::console::effect::Effect::ReadLog`]
pub async fn log(task: Task) {
    let folder = task.context.paths.log_dir.clone();
    let read = blocking(move || Tail::read(&folder).map(Arc::new)).await;
    task.answer(Answer::Log(read)).await;
}

/// [`crate::console::effect::Effect::NoteStop`]
pub async fn note_stop(task: Task, why: &'static str) {
    let folder = task.context.paths.state_dir.clone();
    let noted = blocking(move || {
        visit::stopped(&folder, why, Timestamp::now());
        Ok(())
    });
    // Without it the next visit is told less.
    let _ = noted.await;
}
