//! What a command works with: paths, settings, state, clients, and a way to be stopped.

use super::cli::Global;
use super::exit::{CommandError, Exit};
use super::{last_use, output};
use crate::addigy::{self, Addigy};
use crate::apply::{Engine, Event, Reporter};
use crate::itglue::ItGlue;
use crate::log;
use crate::settings::{self, NetworkSettings, Paths, PathsOptions, SecretSource, Settings};
use crate::store::{Store, StoreError};
use crate::transport::{Limiter, Notice, Observer, PrivateCa, Service, Transport, Tuning, Waiting};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use secrecy::SecretString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;

/// How many events may wait for a slow reader.
const EVENTS: usize = 1024;

/// The command's surroundings.
#[derive(Debug)]
pub struct Context {
    /// What every command takes.
    pub global: Global,
    /// Where things are.
    pub paths: Paths,
    /// Stops whatever is under way, safely.
    pub cancel: CancellationToken,
    /// Why there is no log.
    pub log_problem: Option<String>,
    store: OnceLock<Store>,
    addigy: Connection,
    itglue: Connection,
}

type Connection = Mutex<Option<Connected>>;

/// A transport, and the settings it was made with.
#[derive(Debug)]
struct Connected {
    url: Url,
    source: SecretSource,
    requests_per_minute: u32,
    network: NetworkSettings,
    transport: Transport,
}

/// Both clients.
#[derive(Debug, Clone)]
pub struct Services {
    /// Addigy.
    pub addigy: Addigy,
    /// IT Glue.
    pub itglue: ItGlue,
}

impl Context {
    /// Finds the paths.
    pub fn new(global: Global, cancel: CancellationToken) -> Result<Self, CommandError> {
        let options = PathsOptions {
            config: global.config.clone(),
            profile: global.profile.clone(),
            state_dir: global.state_dir.clone(),
        };
        let paths = Paths::resolve(options, &settings::process_env)
            .map_err(|error| CommandError::usage(error.to_string()))?;
        Ok(Self::at(global, paths, cancel))
    }

    fn at(global: Global, paths: Paths, cancel: CancellationToken) -> Self {
        Self {
            global,
            paths,
            cancel,
            log_problem: None,
            store: OnceLock::new(),
            addigy: Connection::default(),
            itglue: Connection::default(),
        }
    }

    /// The same surroundings with nothing opened or connected yet.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self::at(self.global.clone(), self.paths.clone(), self.cancel.clone())
    }

    /// Reads the settings file.
    pub fn settings(&self) -> Result<Settings, CommandError> {
        Settings::load(&self.paths.config_file)
            .map_err(|error| CommandError::usage(error.to_string()))
    }

    /// Refuses where the integration is switched off: then nothing is ever written.
    pub fn must_be_on(&self, settings: &Settings) -> Result<(), CommandError> {
        if settings.enabled {
            return Ok(());
        }
        Err(CommandError::refused(format!(
            "the integration is switched off, so nothing is written to IT Glue. Switch it on: set \
             enabled = true in {}",
            self.paths.config_file.display()
        )))
    }

    /// The state, opened once.
    pub fn store(&self) -> Result<Store, CommandError> {
        if let Some(store) = self.store.get() {
            return Ok(store.clone());
        }
        let origin = settings::origin(&settings::process_env);
        let store = Store::open(&self.paths.state_dir)?.signed(origin);
        Ok(self.store.get_or_init(|| store).clone())
    }

    /// Whether a person can be asked.
    pub fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !self.global.json
    }

    /// Both clients, telling what they do to `observer`.
    pub async fn services(
        &self,
        settings: &Settings,
        observer: Arc<dyn Observer>,
    ) -> Result<Services, CommandError> {
        self.services_with(settings, observer, &self.cancel).await
    }

    async fn services_with(
        &self,
        settings: &Settings,
        observer: Arc<dyn Observer>,
        cancel: &CancellationToken,
    ) -> Result<Services, CommandError> {
        let addigy = self.connected(settings, Service::Addigy).await?;
        let itglue = self.connected(settings, Service::ItGlue).await?;
        Ok(Services {
            addigy: Addigy::new(addigy.for_run(cancel.clone(), Arc::clone(&observer))),
            itglue: ItGlue::new(itglue.for_run(cancel.clone(), observer)),
        })
    }

    /// The transport to one service. It is kept, so that a secret's command runs once; where the
    /// settings name another address, another secret or another pace by now, it is made anew.
    async fn connected(
        &self,
        settings: &Settings,
        service: Service,
    ) -> Result<Transport, CommandError> {
        let (connection, source, url) = match service {
            Service::Addigy => (&self.addigy, &settings.addigy.token, &settings.addigy.url),
            Service::ItGlue => (&self.itglue, &settings.itglue.key, &settings.itglue.url),
        };
        let mut kept = connection.lock().await;
        let pace = settings.sync.requests_per_minute;
        let same = |kept: &Connected| {
            kept.url == *url
                && kept.source.same(source)
                && kept.requests_per_minute == pace
                && kept.network == settings.network
        };
        if let Some(kept) = kept.as_ref().filter(|kept| same(kept)) {
            return Ok(kept.transport.clone());
        }
        let transport = self.connect(settings, service).await?;
        *kept = Some(Connected {
            url: url.clone(),
            source: source.clone(),
            requests_per_minute: pace,
            network: settings.network.clone(),
            transport: transport.clone(),
        });
        Ok(transport)
    }

    /// A new transport to one service, its secret read anew.
    pub async fn connect(
        &self,
        settings: &Settings,
        service: Service,
    ) -> Result<Transport, CommandError> {
        let (source, url) = match service {
            Service::Addigy => (&settings.addigy.token, &settings.addigy.url),
            Service::ItGlue => (&settings.itglue.key, &settings.itglue.url),
        };
        let secret = source.read().await.map_err(|error| CommandError::usage(error.to_string()))?;
        self.transport(service, url, &secret, settings.sync.requests_per_minute, tuning())
    }

    /// A new transport to the service at this address, with this secret. Its limiter is shared with all
    /// processes on this state folder.
    pub fn transport(
        &self,
        service: Service,
        url: &Url,
        secret: &SecretString,
        requests_per_minute: u32,
        tuning: Tuning,
    ) -> Result<Transport, CommandError> {
        // The state folder holds the limiters; opening the state makes the folder.
        self.store()?;
        let ((capacity, period), file) = match service {
            Service::Addigy => (addigy::LIMIT, "addigy.limit"),
            Service::ItGlue => {
                ((requests_per_minute as usize, Duration::from_secs(60)), "itglue.limit")
            }
        };
        let file = self.paths.state_dir.join(file);
        let limiter = Limiter::open(&file, capacity, period).map_err(|error| {
            CommandError::failed(format!(
                "can't use {}, which keeps the pace of requests: {error}. Check the folder's owner \
                 and mode, or choose another with --state-dir",
                file.display()
            ))
        })?;
        let tuning = Tuning { ca: self.private_ca()?, ..tuning };
        let transport = Transport::new(service, url.as_str(), secret, limiter, tuning)
            .map_err(CommandError::failed)?;
        let store = self.store()?;
        let last = last_use::read(&store, service);
        Ok(transport.with_last_use(last, move |at| last_use::note(&store, service, at)))
    }

    /// The certificates that the settings trust beside the system's, if they name a file of them. The
    /// rest of the settings may be missing or wrong: the setup needs this while it mends them.
    pub fn private_ca(&self) -> Result<Option<PrivateCa>, CommandError> {
        let network =
            NetworkSettings::load(&self.paths.config_file).map_err(CommandError::usage_of)?;
        let Some(file) = network.ca_file else { return Ok(None) };
        let file = match (file.strip_prefix("~"), settings::process_env("HOME")) {
            (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => file,
        };
        PrivateCa::load(&file).map(Some).map_err(CommandError::usage_of)
    }

    /// The engine and the channel of its events.
    pub async fn engine(
        &self,
        settings: &Settings,
    ) -> Result<(Engine, mpsc::Receiver<Event>), CommandError> {
        self.engine_with(settings, self.cancel.clone()).await
    }

    /// An engine that `cancel` stops safely, and the channel of its events.
    pub async fn engine_with(
        &self,
        settings: &Settings,
        cancel: CancellationToken,
    ) -> Result<(Engine, mpsc::Receiver<Event>), CommandError> {
        let rules = settings.rules().map_err(|error| CommandError::usage(error.to_string()))?;
        let (sender, receiver) = mpsc::channel(EVENTS);
        let reporter = Reporter::new(sender);
        let services = self.services_with(settings, waits(reporter.clone()), &cancel).await?;
        let engine = Engine {
            addigy: services.addigy,
            itglue: services.itglue,
            itglue_url: settings.itglue.url.to_string(),
            store: self.store()?,
            rules,
            settle: SignedDuration::try_from(settings.sync.settle).unwrap_or(SignedDuration::MAX),
            origin: settings::origin(&settings::process_env),
            clock: Arc::new(Timestamp::now),
            cancel,
            reporter,
        };
        Ok((engine, receiver))
    }

    /// Both clients for a command without a run: waits are told on stderr.
    pub async fn clients(&self, settings: &Settings) -> Result<Services, CommandError> {
        let observer = |notice: Notice| {
            if let Some((service, until, why)) = wait(&notice) {
                let until = super::progress::clock(until);
                output::note(&format!("{service}: {}. Waiting until {until}.", why.words()));
            }
        };
        self.services(settings, Arc::new(observer)).await
    }

    /// Asks a question that wants `yes` in so many words; `--yes` answers it beforehand. Where nobody
    /// can be asked, that is a refusal.
    pub async fn confirm(&self, yes: bool, question: &str) -> Result<bool, CommandError> {
        if yes {
            return Ok(true);
        }
        if !self.can_ask() {
            return Err(CommandError::refused(format!(
                "{question} Nobody is here to be asked: run it again with --yes if that is meant"
            )));
        }
        let answer = self.ask(&format!("{question} [y/N] ")).await?;
        Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks, and reads a line; a signal ends the wait.
    pub async fn ask(&self, question: &str) -> Result<String, CommandError> {
        output::note(question);
        let read = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            std::io::stdin().read_line(&mut answer).map(|_| answer)
        });
        let answer = tokio::select! {
            () = self.cancel.cancelled() => {
                return Err(CommandError::new(Exit::Interrupted, "stopped, nothing was changed"));
            }
            answer = read => answer.map_err(CommandError::failed)?.map_err(CommandError::failed)?,
        };
        Ok(answer.trim().to_owned())
    }

    /// Starts the log, at this level where no other is asked for. Without one everything works all the
    /// same; `log_problem` says why there is none.
    pub fn log(&mut self, usual: LevelFilter) {
        let level = match self.global.verbose {
            0 => usual,
            // Requests are told on this level.
            1 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        };
        self.log_problem =
            log::init(&self.paths.log_dir, level).err().map(|error| error.to_string());
    }
}

/// A shorter wait is over before a person has read of it.
const WORTH_TELLING: SignedDuration = SignedDuration::from_secs(5);

/// Passes on only the waits a person would wonder about.
fn waits(reporter: Reporter) -> Arc<dyn Observer> {
    Arc::new(move |notice: Notice| {
        if let Some((service, until, why)) = wait(&notice) {
            reporter.progress(Event::Waiting { service, until, why });
        }
    })
}

/// A wait that a person would wonder about: for whom, until when, why.
pub(crate) fn wait(notice: &Notice) -> Option<(Service, Timestamp, Waiting)> {
    let Notice::Waiting { service, until, why } = notice else { return None };
    if *why == Waiting::Retry {
        return None;
    }
    let long = until.duration_since(Timestamp::now()) >= WORTH_TELLING;
    long.then_some((*service, *until, *why))
}

/// The real services' times, and shorter ones where a test asks for them.
pub fn tuning() -> Tuning {
    let mut tuning = Tuning::default();
    let milliseconds = |name: &str| -> Option<Duration> {
        let text = std::env::var(name).ok()?;
        Some(Duration::from_millis(text.parse().ok()?))
    };
    if let Some(total) = milliseconds("BINDERY_TIMEOUT_MS") {
        tuning.total_timeout = total;
    }
    if let Some(base) = milliseconds("BINDERY_BACKOFF_MS") {
        tuning.backoff_base = base;
        tuning.backoff_cap = base;
    }
    tuning
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::InUse { .. } => Exit::Busy,
            StoreError::Exists { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<crate::transport::Error> for CommandError {
    fn from(error: crate::transport::Error) -> Self {
        let exit = match error.kind() {
            crate::transport::Kind::Cancelled => Exit::Interrupted,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<crate::apply::Error> for CommandError {
    fn from(error: crate::apply::Error) -> Self {
        use crate::apply::Error;
        let exit = match &error {
            Error::OtherAccount(_)
            | Error::OtherOrganization(_)
            | Error::OtherSettings(_)
            | Error::OtherUndo(..)
            | Error::Unconfirmed(_) => Exit::Refused,
            Error::ChoiceGone { .. } => Exit::Usage,
            Error::Cancelled => Exit::Interrupted,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::cli::Cli;
    use clap::Parser;
    use std::path::Path;

    fn settings(changed: &[(&str, &str)]) -> Settings {
        let mut text = "enabled = true\n\
            [addigy]\nurl = \"https://addigy.test\"\ntoken = { value = \"a-token\" }\n\
            [itglue]\nurl = \"https://one.test\"\nkey = { value = \"a-key\" }\n\
            active_status_id = 1\ninactive_status_id = 2\ndefault_type_id = 3\n\
            [sync]\nrequests_per_minute = 60\n"
            .to_owned();
        for (old, new) in changed {
            text = text.replace(old, new);
        }
        Settings::parse(&text, Path::new("config.toml")).unwrap()
    }

    /// The console reads the settings anew for each run, and so must what a run goes through.
    #[tokio::test]
    async fn a_kept_connection_is_that_of_the_settings() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let cli = Cli::parse_from(["bindery", "--state-dir", state.to_str().unwrap(), "status"]);
        let context = Context::new(cli.global, CancellationToken::new()).unwrap();
        let first = context.connected(&settings(&[]), Service::ItGlue).await.unwrap();
        let again = context.connected(&settings(&[]), Service::ItGlue).await.unwrap();
        let sent = |transport: &Transport| transport.base().to_owned();
        assert_eq!(sent(&first), sent(&again));
        let moved = settings(&[("one.test", "two.test")]);
        let (engine, _events) = context.engine(&moved).await.unwrap();
        assert!(engine.itglue_url.contains("two.test"));
        assert!(engine.itglue.transport().base().contains("two.test"), "and not where it was");
        assert!(engine.addigy.transport().base().contains("addigy.test"));
        let paced = settings(&[("= 60", "= 30")]);
        let paced = context.connected(&paced, Service::ItGlue).await.unwrap();
        assert_eq!((first.limiter().capacity(), paced.limiter().capacity()), (60, 30));
    }
}
