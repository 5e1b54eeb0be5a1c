//! A sandbox with an engine beside it, for tests that play a whole story.
#![allow(dead_code, reason = "each test binary uses its part of it")]

pub mod folder;

use bindery::addigy::Addigy;
use bindery::apply::{DeviceEvent, Engine, Event, Reporter, Request, Summary};
use bindery::domain::{
    Guard, Link, LinkTarget, OrganizationId, Origin, PolicyId, Rules, StatusId, TypeId,
};
use bindery::itglue::ItGlue;
use bindery::sandbox::control::NewDevice;
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Control, Options, Sandbox, Service as SandboxService};
use bindery::store::Store;
use bindery::transport::{Limiter, Service, Transport, Tuning};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The serial number of the device that [`Stage::add_device`] adds under this number.
pub fn serial(at: usize) -> String {
    format!("SERIAL{at:06}")
}

/// A running sandbox, a state and the account's choices.
pub struct Stage {
    pub sandbox: Sandbox,
    pub store: Store,
    pub settle: SignedDuration,
    pub guard: Guard,
    pub cancel: CancellationToken,
    pub total_timeout: Duration,
}

/// What a run told, and how it ended.
pub struct Told {
    pub summary: Summary,
    pub events: Vec<Event>,
}

impl Told {
    /// The last word on each device called so.
    pub fn device(&self, name: &str) -> &DeviceEvent {
        let of_that_name = |event: &&Event| matches!(event, Event::Device(d) if d.name == name);
        match self.events.iter().rev().find(of_that_name) {
            Some(Event::Device(device)) => device,
            _ => panic!("nothing was told of {name}: {:#?}", self.events),
        }
    }
}

impl Stage {
    /// A sandbox of this shape; the state is in memory.
    pub async fn new(options: Options) -> Self {
        Self {
            sandbox: Sandbox::start(options).await.unwrap(),
            store: Store::in_memory().unwrap(),
            settle: SignedDuration::from_millis(50),
            guard: Guard { max_inactive_percent: 20, max_inactive_devices: 5 },
            cancel: CancellationToken::new(),
            total_timeout: Duration::from_secs(20),
        }
    }

    /// One policy and one organization, both called Acme, linked, with this many devices.
    pub async fn acme(devices: usize) -> Self {
        Self::acme_with(devices, &[]).await
    }

    /// The same with switches set.
    pub async fn acme_with(devices: usize, switches: &[&str]) -> Self {
        let mut options = Options::empty();
        for switch in switches {
            options.switches.set(switch).unwrap();
        }
        let stage = Self::new(options).await;
        let control = stage.control();
        control.add_organization("Acme");
        let policy = control.add_policy("Acme", None, "").unwrap();
        for at in 0..devices {
            stage.add_device("Acme", at);
        }
        stage.link(&policy, "Acme");
        stage
    }

    /// Adds the device `mac-007` with serial number `SERIAL000007` and so on.
    pub fn add_device(&self, policy: &str, at: usize) -> String {
        let new = NewDevice {
            name: Some(format!("mac-{at:03}")),
            hostname: Some(format!("mac-{at:03}-host")),
            ip: Some(format!("10.1.{}.{}", at / 250, at % 250 + 1)),
            mac: Some(format!("a4:83:e7:00:{:02x}:{:02x}", at / 256, at % 256)),
            serial: Some(serial(at)),
            model: None,
        };
        self.control().add_device(policy, new).unwrap()
    }

    pub fn control(&self) -> Control {
        self.sandbox.control()
    }

    /// Stores a link, as `bindery link` does.
    pub fn link(&self, policy: &str, organization: &str) {
        self.link_with(policy, organization, false);
    }

    pub fn link_with(&self, policy: &str, organization: &str, with_children: bool) {
        let id = self.control().organization_id(organization).unwrap();
        let id = OrganizationId::new(id);
        let target = LinkTarget::Organization { id, name: organization.into(), with_children };
        let policy_id = PolicyId::new(self.control().policy_id(policy).unwrap());
        self.store.set_link(&Link { policy_id, target }, "test", Timestamp::now()).unwrap();
    }

    fn transport(&self, service: Service) -> Transport {
        let (url, key, capacity, period) = match service {
            Service::Addigy => (
                self.sandbox.addigy_url(),
                self.sandbox.addigy_token(),
                900,
                Duration::from_secs(10),
            ),
            Service::ItGlue => (
                self.sandbox.itglue_url(),
                self.sandbox.itglue_key(),
                3000,
                Duration::from_secs(300),
            ),
        };
        let tuning = Tuning {
            total_timeout: self.total_timeout,
            backoff_base: Duration::from_millis(2),
            backoff_cap: Duration::from_millis(5),
            throttled: Duration::from_millis(50),
            ..Tuning::default()
        };
        let key = SecretString::from(key.to_owned());
        let limiter = Limiter::in_memory(capacity, period);
        let transport = Transport::new(service, &url, &key, limiter, tuning).unwrap();
        transport.for_run(self.cancel.clone(), Arc::new(|_| {}))
    }

    /// An engine, and where its events go.
    pub fn engine(&self) -> (Engine, mpsc::Receiver<Event>) {
        let (sender, receiver) = mpsc::channel(64);
        let engine = Engine {
            addigy: Addigy::new(self.transport(Service::Addigy)),
            itglue: ItGlue::new(self.transport(Service::ItGlue)),
            // As an address reads once it is parsed, which is how the binary names it.
            itglue_url: format!("{}/", self.sandbox.itglue_url()),
            store: self.store.clone(),
            rules: self.rules(),
            settle: self.settle,
            origin: Origin { who: "test".into(), host: "here".into(), version: "0".into() },
            clock: Arc::new(Timestamp::now),
            cancel: self.cancel.clone(),
            reporter: Reporter::new(sender),
        };
        (engine, receiver)
    }

    fn rules(&self) -> Rules {
        let settings = self.sandbox.settings_toml();
        let settings =
            bindery::settings::Settings::parse(&settings, std::path::Path::new("test")).unwrap();
        Rules { guard: self.guard, ..settings.rules().unwrap() }
    }

    pub fn active(&self) -> StatusId {
        self.rules().active
    }

    pub fn inactive(&self) -> StatusId {
        self.rules().inactive
    }

    pub fn default_type(&self) -> TypeId {
        self.rules().default_type
    }

    /// Syncs everything.
    pub async fn sync(&self) -> Told {
        self.run(&Request::sync(None)).await
    }

    /// Syncs as asked.
    pub async fn run(&self, request: &Request) -> Told {
        self.try_run(request).await.unwrap()
    }

    pub async fn try_run(&self, request: &Request) -> Result<Told, bindery::apply::Error> {
        let (engine, mut receiver) = self.engine();
        let events = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&events);
        let listener = tokio::spawn(async move {
            while let Some(event) = receiver.recv().await {
                kept.lock().unwrap().push(event);
            }
        });
        let summary = engine.sync(request).await;
        drop(engine);
        listener.await.unwrap();
        let events = std::mem::take(&mut *events.lock().unwrap());
        Ok(Told { summary: summary?, events })
    }

    /// What an organization holds, by id.
    pub fn configurations(&self, organization: &str) -> Vec<Configuration> {
        self.control().configurations(organization).unwrap()
    }

    /// The one configuration with this serial number.
    pub fn configuration(&self, serial: &str) -> Configuration {
        let mut found = self.control().all_configurations();
        found.retain(|configuration| configuration.serial_number.as_deref() == Some(serial));
        assert_eq!(found.len(), 1, "configurations with serial number {serial}: {found:#?}");
        found.remove(0)
    }

    pub fn writes(&self) -> u64 {
        self.control().traffic().itglue_writes()
    }

    pub fn reads(&self) -> u64 {
        self.control().traffic().itglue_reads()
    }

    pub fn requests(&self, service: SandboxService) -> u64 {
        self.control().traffic().requests(service)
    }

    pub fn clear_counters(&self) {
        self.control().traffic().clear();
    }
}
