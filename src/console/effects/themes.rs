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

#[cfg(test)]
mod tests {
    use crate::commands::cli::Global;
    use crate::commands::context::Context;
    use crate::console::effect::{Answer, Effect};
    use crate::console::effects::{EVENTS, Runner};
    use crate::console::event::Event;
    use crate::console::report::Report;
    use crate::console::theme::Depth;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    const SETTINGS: &str = "# Ours.\nenabled = false\ntheme = \"dark\" # as agreed\n\
        [addigy]\ntoken = { env = \"ADDIGY_TOKEN\" }\n\
        [itglue]\nregion = \"us\"\nkey = { env = \"ITGLUE_KEY\" }\n\
        active_status_id = 101\ninactive_status_id = 102\ndefault_type_id = 201\n";

    /// Runs one effect over a settings file in `folder`.
    async fn answer(folder: &Path, effect: Effect) -> Answer {
        let (sender, mut events) = mpsc::channel(EVENTS);
        let global = Global {
            config: Some(folder.join("config.toml")),
            state_dir: Some(folder.join("state")),
            profile: None,
            json: false,
            verbose: 0,
        };
        let context = Context::new(global, CancellationToken::new()).unwrap();
        let mut runner = Runner::new(context, sender);
        runner.run(effect);
        match events.recv().await {
            Some(Event::Answer(answer)) => answer,
            other => panic!("{other:?}"),
        }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, SETTINGS).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        folder
    }

    #[tokio::test]
    async fn the_name_is_written_and_nothing_else_changes() {
        let folder = folder();
        let saved = answer(folder.path(), Effect::SaveTheme("colour-blind".into())).await;
        assert!(matches!(saved, Answer::ThemeSaved(name, Ok(())) if name == "colour-blind"));
        let text = fs::read_to_string(folder.path().join("config.toml")).unwrap();
        assert_eq!(text, SETTINGS.replace("\"dark\"", "\"colour-blind\""));
    }

    #[tokio::test]
    async fn without_settings_it_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let saved = answer(folder.path(), Effect::SaveTheme("light".into())).await;
        let Answer::ThemeSaved(_, Err(trouble)) = saved else { panic!("{saved:?}") };
        assert!(trouble.contains("there is no settings file"), "{trouble}");
    }

    #[tokio::test]
    async fn own_themes_are_read_beside_the_settings() {
        let folder = folder();
        fs::create_dir(folder.path().join("themes")).unwrap();
        fs::write(folder.path().join("themes/mine.toml"), "danger = \"rde\"\n").unwrap();
        let read = answer(folder.path(), Effect::ReadThemes(Depth::Ansi256)).await;
        let Answer::Themes(offers) = read else { panic!("{read:?}") };
        let mine = offers.last().unwrap();
        assert_eq!((mine.name.as_str(), mine.problems.len()), ("mine", 1));
    }

    #[tokio::test]
    async fn a_report_is_written_as_its_suffix_says() {
        let folder = folder();
        let file = folder.path().join("a.json");
        let report = || Box::new(Report { columns: vec!["a"], ..Report::default() });
        let written = answer(folder.path(), Effect::Export(file.clone(), report())).await;
        assert!(matches!(written, Answer::Exported(Ok(path)) if path == file));
        assert!(fs::read_to_string(&file).unwrap().starts_with('{'));
        let again = answer(folder.path(), Effect::Export(file, report())).await;
        let Answer::Exported(Err(trouble)) = again else { panic!("{again:?}") };
        assert!(trouble.contains("is there already"), "{trouble}");
    }
}
