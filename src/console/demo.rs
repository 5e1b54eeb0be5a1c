//! `bindery demo`: the console on an embedded sandbox; nothing leaves the machine.

use super::start::{Opening, run};
use super::wizard::{Draft, Step};
use crate::commands::cli::Global;
use crate::commands::{CommandError, CommandResult};
use crate::sandbox::{Fault, FaultKind, Options, Sandbox, Service, When};
use crate::settings::Settings;
use std::path::Path;

/// Each answer of IT Glue takes so long, in milliseconds: progress can be watched.
const SLOWNESS: u64 = 180;
/// So many writes fail in the first run: some devices stay pending, and a retry binds them.
const FAILURES: u32 = 26;
/// The seconds that IT Glue once asks us to wait.
const LIMIT: &str = "6";

/// Starts a made-up fleet and opens the console on it, in a folder that is gone afterwards. The wizard
/// is filled in, so that Enter walks through it.
///
/// # Errors
/// Where there is no terminal, or no folder or port can be had.
pub async fn demo(global: Global) -> CommandResult {
    let sandbox = Sandbox::start(Options::default()).await.map_err(CommandError::failed)?;
    trouble(&sandbox);
    let folder = tempfile::tempdir().map_err(CommandError::failed)?;
    let config = folder.path().join("config.toml");
    let draft = draft(&sandbox, &config)?;
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

/// What the wizard holds: everything, so that nothing has to be looked up.
fn draft(sandbox: &Sandbox, config: &Path) -> Result<Draft, CommandError> {
    let settings =
        Settings::parse(&sandbox.settings_toml(), config).map_err(CommandError::failed)?;
    Ok(Draft { step: Step::Addigy, ..Draft::from_settings(&settings) })
}

/// A service as one meets it: not quick, now and then at its limit, now and then failing.
fn trouble(sandbox: &Sandbox) {
    let control = sandbox.control();
    let faults = control.faults();
    let limit = FaultKind::Status { status: 429, body: None, retry_after: Some(LIMIT.into()) };
    let at_itglue = |kind| Fault::new(kind).at(Service::ItGlue);
    faults.push(at_itglue(limit).method("POST"));
    let failure = FaultKind::Status { status: 500, body: None, retry_after: None };
    faults.push(at_itglue(failure).method("PATCH").times(FAILURES));
    faults.push(at_itglue(FaultKind::Delay(When::Milliseconds(SLOWNESS))).times(u32::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_wizard_lacks_nothing() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let draft = draft(&sandbox, Path::new("/nowhere/config.toml")).unwrap();
        assert_eq!(draft.first_open(), Step::Review);
        assert_eq!(draft.step, Step::Addigy);
    }
}
