//! Opening the console: what it needs is found, the terminal set up, the loop run, and the terminal
//! restored on every way out.

use super::app::App;
use super::effect::Effect;
use super::effects::{EVENTS, Runner};
use super::event_loop;
use super::keymap::Keymap;
use super::look::{self, Look};
use super::screen::Screen;
use super::shared::{Notice, Shared};
use super::terminal;
use super::theme::{Depth, Theme};
use super::visit::{self, Visit};
use super::wizard::{Draft, Wizard};
use crate::commands::cli::Global;
use crate::commands::context::Context;
use crate::commands::terminal::draws_utf8;
use crate::commands::{CommandError, CommandResult};
use crate::settings::{Paths, Settings, SettingsError, process_env};
use jiff::Timestamp;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;

/// How long a terminal may take to tell its background; many never tell it.
const BACKGROUND: Duration = Duration::from_millis(100);

/// What the console opens with.
#[derive(Debug)]
pub enum Opening {
    /// Home, or the wizard where nothing is set up yet.
    Home,
    /// The wizard, with what is there.
    Setup,
    /// The embedded sandbox; the wizard holds this.
    Demo(Box<Draft>),
}

/// Opens the console and runs it until it is left.
///
/// # Errors
/// Where there is no terminal, or the settings can't be read.
pub async fn run(global: Global, opening: Opening) -> CommandResult {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(CommandError::usage(
            "the console needs a terminal, and this is none. For scripts there are commands: \
             bindery status, bindery sync --all; see bindery --help",
        ));
    }
    let mut context = Context::new(global, CancellationToken::new())?;
    let paths = context.paths.clone();
    let settings = settings(&paths)?;
    let keymap = keymap(settings.as_ref())?;
    // Without a log the console works all the same; the log's screen says why there is none.
    context.log(LevelFilter::INFO);
    let log_trouble = context.log_problem.clone();
    let (sender, events) = mpsc::channel(EVENTS);
    let mut runner = Runner::new(context, sender);
    // The state is read while the terminal is asked for its background and set up.
    runner.run(Effect::ReadState);
    let mouse = settings.as_ref().is_some_and(|settings| settings.mouse);
    let (look, notice) = look(&paths, settings.as_ref());
    let size = ratatui::crossterm::terminal::size().unwrap_or((80, 24));
    let state_dir = paths.state_dir.clone();
    let shared = Shared {
        demo: matches!(opening, Opening::Demo(_)),
        keymap,
        notice,
        visit: Visit::load(&state_dir),
        log_trouble,
        size,
        settings: settings.map(Arc::new),
        ..Shared::new(paths, look)
    };
    let on_top = first_layers(opening, &shared);
    let app = App::new(shared, on_top);
    terminal::restore_on_panic();
    terminal::set_up(mouse).map_err(|error| {
        terminal::restore();
        CommandError::failed(format!("can't set up the terminal: {error}"))
    })?;
    let result = event_loop::run(app, runner, events, mouse).await;
    end_in_any_case(&result);
    terminal::restore();
    visit::leave(&state_dir, Timestamp::now());
    result
}

/// A terminal that takes nothing any more must not keep the program from ending.
fn end_in_any_case(result: &CommandResult) {
    const PATIENCE: Duration = Duration::from_secs(3);
    let code = result.as_ref().map_or_else(|error| error.exit, |exit| *exit).code();
    std::thread::spawn(move || {
        std::thread::sleep(PATIENCE);
        std::process::exit(i32::from(code));
    });
}

fn settings(paths: &Paths) -> Result<Option<Settings>, CommandError> {
    match Settings::load(&paths.config_file) {
        Ok(settings) => Ok(Some(settings)),
        Err(SettingsError::Missing { .. }) => Ok(None),
        Err(error) => Err(CommandError::usage_of(error)),
    }
}

fn keymap(settings: Option<&Settings>) -> Result<Keymap, CommandError> {
    let Some(settings) = settings else { return Ok(Keymap::default()) };
    Keymap::with(&settings.keys).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        CommandError::usage(format!("{}, [keys]: {}", settings.path.display(), told.join("; ")))
    })
}

fn first_layers(opening: Opening, shared: &Shared) -> Vec<Box<dyn Screen>> {
    let draft = match opening {
        Opening::Demo(draft) => *draft,
        Opening::Home if shared.settings.is_some() => return Vec::new(),
        Opening::Home | Opening::Setup => Draft::of(shared),
    };
    vec![Box::new(Wizard::new(draft))]
}

/// The user's own themes: a folder beside the settings file.
pub fn theme_folder(paths: &Paths) -> PathBuf {
    paths.config_file.parent().map_or_else(|| PathBuf::from("themes"), |dir| dir.join("themes"))
}

fn look(paths: &Paths, settings: Option<&Settings>) -> (Look, Option<Notice>) {
    let depth = Depth::detect(&process_env);
    let named = settings.and_then(|settings| settings.theme.clone());
    let name = named.unwrap_or_else(|| by_background().to_owned());
    let (theme, problems) = Theme::load(&name, &theme_folder(paths), depth);
    let utf8 = draws_utf8(settings.and_then(|settings| settings.ascii));
    let look = Look {
        theme,
        glyphs: if utf8 { look::UTF8 } else { look::ASCII },
        depth,
        hyperlinks: terminal::draws_hyperlinks(&process_env),
    };
    (look, problems.first().map(|problem| Notice::warning(problem.to_string())))
}

/// The theme that suits the terminal's background.
fn by_background() -> &'static str {
    use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};
    let mut options = QueryOptions::default();
    options.timeout = BACKGROUND;
    match theme_mode(options) {
        Ok(ThemeMode::Light) => "light",
        Ok(ThemeMode::Dark) | Err(_) => "dark",
    }
}
