//! `bindery demo`: the console on an embedded sandbox; nothing leaves the machine.

use super::start::{Opening, run};
use super::wizard::{Draft, Step};
use crate::commands::cli::Global;
use crate::commands::{CommandError, CommandResult};
use crate::sandbox::{Options, Sandbox};
use crate::settings::Settings;

/// Starts a made-up fleet and opens the console on it, in a folder that is gone afterwards.
pub async fn demo(global: Global) -> CommandResult {
    let sandbox = Sandbox::start(Options::default()).await.map_err(CommandError::failed)?;
    let folder = tempfile::tempdir().map_err(CommandError::failed)?;
    let config = folder.path().join("config.toml");
    // Written by the wizard, which holds all of it already.
    let settings =
        Settings::parse(&sandbox.settings_toml(), &config).map_err(CommandError::failed)?;
    let draft = Draft { step: Step::Addigy, ..Draft::from_settings(&settings) };
    let global = Global {
        config: Some(config),
        profile: None,
        state_dir: Some(folder.path().join("state")),
        ..global
    };
    let result = run(global, Opening::Demo(Box::new(draft))).await;
    sandbox.shutdown().await;
    result
}
