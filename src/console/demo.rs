//! `bindery demo`: the console on an embedded sandbox; nothing leaves the machine.

use super::effect::Answer;
use super::event::Event;
use super::start::{Opening, run};
use super::watch::Watch;
use super::wizard::{Draft, Step};
use crate::commands::cli::Global;
use crate::commands::output;
use crate::commands::{CommandError, CommandResult};
use crate::sandbox::fleet::{ACME_NAME, FAILING};
use crate::sandbox::{Control, Fault, FaultKind, Options, Sandbox, Service, When};
use crate::settings::Settings;
use crate::store::Store;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Each answer takes so long, in milliseconds: progress can be watched.
const SLOWNESS: u64 = 220;
/// The seconds that IT Glue once asks us to wait.
const LIMIT: &str = "6";
/// The status "In Storage".
const IN_STORAGE: i64 = 103;

/// Starts a made-up fleet and opens the console on it, in a folder that is gone afterwards. The wizard
/// is filled in, so that Enter walks through it.
///
/// # Errors
/// Where there is no terminal, or no folder or port can be had.
pub async fn demo(global: Global) -> CommandResult {
    let sandbox = Sandbox::start(options()).await.map_err(CommandError::failed)?;
    trouble(&sandbox.control());
    let folder = tempfile::Builder::new()
        .prefix("bindery-demo-")
        .tempdir()
        .map_err(|error| CommandError::failed(format!("can't make a temporary folder: {error}")))?;
    let (config, state) = (folder.path().join("config.toml"), folder.path().join("state"));
    let draft = draft(&sandbox, &config)?;
    let life = go_on(&state, sandbox.control());
    let global = Global { config: Some(config), profile: None, state_dir: Some(state), ..global };
    let result = run(global, Opening::Demo(Box::new(draft))).await;
    if let Some(life) = life {
        life.abort();
    }
    sandbox.shutdown().await;
    // The folder goes with it.
    drop(folder);
    if result.is_ok() {
        output::print(
            "The demo is over; its fleet, settings and state are gone. Next: bindery setup\n",
        );
    }
    result
}

/// One create a request, so that rows are seen to change.
fn options() -> Options {
    let mut options = Options::demo();
    // The name and the value are the sandbox's own; a test sets them.
    let _ = options.switches.set("itglue-bulk-create=refused");
    options
}

/// What the wizard holds: everything, so that nothing has to be looked up.
fn draft(sandbox: &Sandbox, config: &Path) -> Result<Draft, CommandError> {
    let settings =
        Settings::parse(&sandbox.settings_toml(), config).map_err(CommandError::failed)?;
    Ok(Draft { step: Step::Addigy, ..Draft::from_settings(&settings) })
}

/// Services as one meets them: not quick, once at their limit, and two records fail for a while.
fn trouble(control: &Control) {
    let at_itglue = |kind| Fault::new(kind).at(Service::ItGlue);
    let limit = FaultKind::Status { status: 429, body: None, retry_after: Some(LIMIT.into()) };
    control.fault(at_itglue(limit).method("POST"));
    let down = FaultKind::Status { status: 503, body: None, retry_after: None };
    for id in FAILING {
        // In a batch its id stands in the body, alone in the path.
        let fails = || at_itglue(down.clone()).method("PATCH").times(u32::MAX);
        control.fault(fails().body(&id.to_string()));
        control.fault(fails().path(&id.to_string()));
    }
    slowness(control);
}

fn slowness(control: &Control) {
    let slow = FaultKind::Delay(When::Milliseconds(SLOWNESS));
    control.fault(Fault::new(slow).times(u32::MAX));
}

/// When the first run has ended, the services recover and life goes on, so that a retry and a second
/// plan have something to do. Woken by writes to the state only.
fn go_on(state: &Path, control: Control) -> Option<JoinHandle<()>> {
    let store = Store::open(state).ok()?;
    let (sender, mut events) = mpsc::channel(8);
    let watch = Watch::start(state, &PathBuf::new(), sender)?;
    Some(tokio::spawn(async move {
        let _watch = watch;
        while let Some(event) = events.recv().await {
            let changed = matches!(event, Event::Answer(Answer::StateChanged));
            if changed && has_ended(&store) {
                control.faults().clear();
                slowness(&control);
                live(&control, &store);
                return;
            }
        }
    }))
}

fn has_ended(store: &Store) -> bool {
    store.runs(1).is_ok_and(|runs| runs.iter().any(|run| run.finished.is_some()))
}

/// What happens in a company meanwhile: a Mac gets another name, a record another status, and a device
/// leaves for good.
fn live(control: &Control, store: &Store) {
    let bindings = store.bindings().unwrap_or_default();
    let mut bound = bindings.iter().filter(|binding| binding.is_bound());
    let devices = control.devices_in(ACME_NAME).unwrap_or_default();
    let mut of_acme = bound.by_ref().filter(|binding| {
        devices.iter().any(|device| device.agent_id == binding.device_id.as_str())
    });
    let (renamed, stored, left) = (of_acme.next(), of_acme.next(), of_acme.next());
    // A device that is not there any more needs no story.
    if let Some(binding) = renamed {
        let _ = control.rename_device(binding.device_id.as_str(), "Conference Room Mac");
    }
    if let Some(binding) = stored {
        let id = binding.configuration_id.get();
        let _ = control.change_configuration(id, |known| known.status_id = Some(IN_STORAGE));
    }
    if let Some(binding) = left {
        let _ = control.move_device(binding.device_id.as_str(), "Loaners");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Counts, Origin, Outcome, RunKind};
    use jiff::Timestamp;
    use std::time::Duration;

    #[tokio::test]
    async fn the_wizard_lacks_nothing() {
        let sandbox = Sandbox::start(options()).await.unwrap();
        let draft = draft(&sandbox, Path::new("/nowhere/config.toml")).unwrap();
        assert_eq!(draft.first_open(), Step::Review);
        assert_eq!(draft.step, Step::Addigy);
        assert_ne!(options().switches.itglue, Options::demo().switches.itglue);
    }

    #[tokio::test]
    async fn the_services_recover_after_the_first_run() {
        let sandbox = Sandbox::start(options()).await.unwrap();
        let control = sandbox.control();
        trouble(&control);
        let before = control.faults().left();
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let life = go_on(&state, control.clone()).unwrap();
        let store = Store::open(&state).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let run = store.begin_run(RunKind::Sync, &[], &Origin::default(), now).unwrap();
        store.finish_run(run, Outcome::Pending, &Counts::default(), now).unwrap();
        tokio::time::timeout(Duration::from_secs(20), life).await.unwrap().unwrap();
        assert!(control.faults().left() < before);
        assert_eq!(control.faults().left(), u64::from(u32::MAX), "only the slowness stays");
    }
}
