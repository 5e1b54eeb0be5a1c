//! `bindery demo`: the console on an embedded sandbox; nothing leaves the machine.

use super::start::{Opening, run};
use super::wizard::Draft;
use crate::commands::cli::Global;
use crate::commands::{CommandError, CommandResult};
use crate::sandbox::{Options, Sandbox};

/// Starts a made-up fleet and opens the console on it, in a folder that is gone afterwards.
pub async fn demo(global: Global) -> CommandResult {
    let sandbox = Sandbox::start(Options::default()).await.map_err(CommandError::failed)?;
    let folder = tempfile::tempdir().map_err(CommandError::failed)?;
    let config = folder.path().join("config.toml");
    std::fs::write(&config, sandbox.settings_toml()).map_err(CommandError::failed)?;
    let global = Global {
        config: Some(config),
        profile: None,
        state_dir: Some(folder.path().join("state")),
        ..global
    };
    let result = run(global, Opening::Demo(Box::new(Draft::default()))).await;
    sandbox.shutdown().await;
    result
}
