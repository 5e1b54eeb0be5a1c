//! `bindery doctor`: looks at everything Bindery relies on and says what to do.

mod accept;
mod checks;
mod services;

use super::cli;
use super::context::Context;
use super::exit::{CommandResult, Exit};
use super::output::{self, counted};
use super::terminal;
use crate::settings::{Paths, SecretSource, Settings, process_env};
use crate::store::{self, Health, Store};
pub(crate) use checks::Checks;
use secrecy::ExposeSecret;
use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;

/// What somebody else than a command found; the console knows keys, themes and terminals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// What was found.
    pub message: String,
    /// What to do, where something is to be done.
    pub next: Option<String>,
    /// Whether it does not work so.
    pub fails: bool,
}

impl Finding {
    /// All is well.
    pub fn fine(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, message: message.into(), next: None, fails: false }
    }

    /// It works, but look at it.
    pub fn odd(name: &'static str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..Self::fine(name, message) }
    }

    /// It does not work.
    pub fn wrong(name: &'static str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { fails: true, ..Self::odd(name, message, next) }
    }
}

/// Looks at what commands know nothing of.
pub type Look = fn(Option<&Settings>, &Paths) -> Vec<Finding>;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Doctor, look: Look) -> CommandResult {
    if args.accept_accounts {
        return accept::run(context, args.yes).await;
    }
    let mut checks = Checks::new(context.global.json);
    let settings = settings(context, &mut checks);
    let secrets = match &settings {
        Some(settings) => secrets(settings, &mut checks).await,
        None => false,
    };
    network(context, &mut checks);
    let store = state(context, &mut checks);
    log(context, &mut checks);
    if let (Some(settings), Some(store), true) = (&settings, &store, secrets) {
        services::services(context, settings, store, &mut checks).await;
    }
    if let Some(store) = &store {
        journal(store, &mut checks);
    }
    if let Some(settings) = &settings {
        enabled(settings, &mut checks);
    }
    terminal(&mut checks);
    for finding in look(settings.as_ref(), &context.paths) {
        let Finding { name, message, next, fails } = finding;
        match (next, fails) {
            (None, _) => checks.ok(name, message),
            (Some(next), true) => checks.fail_with(name, message, next),
            (Some(next), false) => checks.warn(name, message, next),
        }
    }
    checks.ok(
        "one run",
        "one run at a time writes to an organization; this holds within this state folder only, so \
         let one host do the syncs",
    );
    if context.global.json {
        output::print_json(&checks.document());
    }
    if context.cancel.is_cancelled() {
        return Ok(Exit::Interrupted);
    }
    let complete = settings.as_ref().is_some_and(|settings| settings.rules().is_ok());
    Ok(match (complete && secrets, checks.failed()) {
        (false, _) => Exit::Usage,
        (true, true) => Exit::Failed,
        (true, false) => Exit::Done,
    })
}

fn settings(context: &Context, checks: &mut Checks) -> Option<Settings> {
    const NAME: &str = "settings";
    let path = &context.paths.config_file;
    let settings = match Settings::load(path) {
        Ok(settings) => settings,
        Err(error) => {
            checks.fail(NAME, error);
            return None;
        }
    };
    if let Err(error) = settings.rules() {
        // Both services are asked all the same: what can be chosen there is listed.
        checks.fail(NAME, error);
        return Some(settings);
    }
    let shown = path.display();
    match mode(path) {
        Some(mode) if mode & 0o077 != 0 => checks.warn(
            NAME,
            format!("{shown} is valid, and others can read it (mode {mode:04o})"),
            format!("chmod 600 {shown}"),
        ),
        _ => checks.ok(NAME, format!("{shown} is valid and its owner's alone")),
    }
    Some(settings)
}

fn mode(path: &std::path::Path) -> Option<u32> {
    Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

/// Whether both secrets can be read. Neither is ever shown.
async fn secrets(settings: &Settings, checks: &mut Checks) -> bool {
    let token = secret("addigy token", &settings.addigy.token, checks).await;
    let key = secret("itglue key", &settings.itglue.key, checks).await;
    token && key
}

async fn secret(name: &'static str, source: &SecretSource, checks: &mut Checks) -> bool {
    match source.read().await {
        Err(error) => {
            checks.fail(name, error);
            false
        }
        Ok(secret) if name == "itglue key" && !secret.expose_secret().starts_with("ITG.") => {
            checks.warn(
                name,
                format!("{source} gives a key that does not begin with ITG., as others do"),
                "make sure that the whole key was copied, and IT Glue's, not another service's",
            );
            true
        }
        Ok(_) => {
            checks.ok(name, format!("{source} gives one"));
            true
        }
    }
}

/// Certificates beside the system's are told: whoever holds their keys can read all that travels.
fn network(context: &Context, checks: &mut Checks) {
    const NAME: &str = "network";
    match context.private_ca() {
        Ok(None) => checks.ok(NAME, "the system's certificates are trusted, and no others"),
        Ok(Some(ca)) => checks.ok(
            NAME,
            format!(
                "{} of {} trusted beside the system's",
                counted(ca.count(), "certificate"),
                ca.path().display()
            ),
        ),
        Err(error) => checks.fail(NAME, error),
    }
}

fn state(context: &Context, checks: &mut Checks) -> Option<Store> {
    const NAME: &str = "state";
    let store = match Store::open(&context.paths.state_dir) {
        Ok(store) => store,
        Err(error) => {
            checks.fail(NAME, error);
            return None;
        }
    };
    match store::check(&context.paths.state_dir, true) {
        Ok(found) if found.is_sound() => checks.ok(
            NAME,
            format!(
                "{} is sound, of this version's schema, and its owner's alone",
                store.path().display()
            ),
        ),
        Ok(found) => {
            let damaged = found.findings.iter().filter(|f| f.health == Health::Damaged);
            damaged.for_each(|finding| {
                let next = finding.next.unwrap_or("bindery state check").to_owned();
                checks.fail_with(NAME, &finding.message, next);
            });
            return None;
        }
        Err(error) => checks.fail(NAME, error),
    }
    unconfirmed(&store, checks);
    backup(context, checks);
    Some(store)
}

fn unconfirmed(store: &Store, checks: &mut Checks) {
    match store.unconfirmed() {
        Err(error) => checks.fail("state", error),
        Ok(None) => {}
        Ok(Some(why)) => checks.fail_with(
            "state",
            format!("syncs write nothing, for {why} and nobody has looked since"),
            "look at bindery plan --all, then: bindery state accept".to_owned(),
        ),
    }
}

fn backup(context: &Context, checks: &mut Checks) {
    const NAME: &str = "backup";
    match store::newest_backup(&context.paths.state_dir) {
        Some((file, at)) => checks.ok(
            NAME,
            format!("the newest backup is {}, of {}", file.display(), output::moment(at)),
        ),
        // Whoever copies the folder himself needs none.
        None => {
            checks.ok(NAME, "there is none in the state's folder; make one: bindery state backup")
        }
    }
}

fn log(context: &Context, checks: &mut Checks) {
    match &context.log_problem {
        None => checks.ok("log", format!("kept in {}", context.paths.log_dir.display())),
        Some(problem) => checks.warn("log", problem, "check the folder's owner and mode"),
    }
}

fn journal(store: &Store, checks: &mut Checks) {
    const NAME: &str = "journal";
    match store.open_intents() {
        Err(error) => checks.fail(NAME, error),
        Ok(open) if open.is_empty() => checks.ok(NAME, "every write has its answer"),
        Ok(open) => checks.warn(
            NAME,
            format!("{} without a clear answer", counted(open.len(), "write")),
            "a run that is under way settles them; otherwise: bindery sync --all --retry-pending",
        ),
    }
}

fn enabled(settings: &Settings, checks: &mut Checks) {
    if settings.enabled {
        checks.ok("enabled", "the integration is switched on");
    } else {
        checks.warn(
            "enabled",
            "the integration is switched off: nothing is written to IT Glue",
            format!("set enabled = true in {}", settings.path.display()),
        );
    }
}

fn terminal(checks: &mut Checks) {
    const NAME: &str = "terminal";
    let colours = match anstream::AutoStream::choice(&std::io::stdout()) {
        anstream::ColorChoice::Never => "no colours",
        _ => "colours",
    };
    let size = match terminal_size::terminal_size() {
        Some((width, height)) => format!("{} x {}", width.0, height.0),
        None if std::io::stdout().is_terminal() => "a terminal of unknown size".to_owned(),
        None => "no terminal".to_owned(),
    };
    let locale = terminal::locale(&process_env).unwrap_or_else(|| "none".to_owned());
    let found = format!("{size}, {colours}, locale {locale}");
    if terminal::utf8(&process_env) {
        checks.ok(NAME, found);
    } else {
        checks.warn(
            NAME,
            format!("{found}: symbols are drawn in ASCII"),
            "for the others use a UTF-8 locale, such as LANG=C.UTF-8",
        );
    }
}
