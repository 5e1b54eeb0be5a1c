//! Files the console writes: reports, and the theme's name in the settings.

use super::Task;
use crate::console::effect::Answer;
use crate::console::report::Report;
use std::path::PathBuf;

/// [`crate::console::effect::Effect::Export`]
pub async fn export(task: Task, _path: PathBuf, _report: Report) {
    task.answer(Answer::Exported(Err("not built yet".into()))).await;
}

/// [`crate::console::effect::Effect::SaveTheme`]
pub async fn save_theme(task: Task, name: String) {
    task.answer(Answer::ThemeSaved(name, Err("not built yet".into()))).await;
}
