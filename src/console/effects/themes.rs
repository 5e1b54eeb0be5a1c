//! Reading themes, and writing the chosen one's name into the settings file.

use super::{Task, blocking, told};
use crate::console::effect::{Answer, Trouble};
use crate::console::theme::{Depth, offers};
use crate::console::theme_folder;
use std::sync::Arc;

/// [`crate::console::effect::Effect::ReadThemes`]
pub async fn read(task: Task, depth: Depth) {
    let folder = theme_folder(&task.context.paths);
    let read = blocking(move || Ok(offers(&folder, depth))).await;
    // Should it fail, the built-in ones are offered already.
    if let Ok(offers) = read {
        task.answer(Answer::Themes(Arc::new(offers))).await;
    }
}

/// [`crate::console::effect::Effect::SaveTheme`]
pub async fn save(task: Task, name: String) {
    let result = write(&task, &name).await;
    task.answer(Answer::ThemeSaved(name, result)).await;
}

async fn write(task: &Task, name: &str) -> Result<(), Trouble> {
    let file = task.context.paths.config_file.clone();
    let name = name.to_owned();
    blocking(move || crate::settings::write::set_theme(&file, &name).map_err(told)).await
}
