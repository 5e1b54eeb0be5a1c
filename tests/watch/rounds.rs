//! Real rounds in a simulated time: the real loop, engine and store on disk; only the sleeping is not.

use crate::life::Life;
use bindery::addigy::Addigy;
use bindery::apply::{Engine, Reporter, Request, Summary};
use bindery::domain::Origin;
use bindery::itglue::ItGlue;
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Control, Sandbox};
use bindery::settings::Settings;
use bindery::store::Store;
use bindery::transport::{Limiter, Service, Transport, Tuning};
use bindery::watch::{Ended, News, Next, Rounds, TroubleKind};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How far the simulated time is ahead of the real one, in milliseconds.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// The simulated time.
pub fn now() -> Timestamp {
    Timestamp::now() + SignedDuration::from_millis(AHEAD.load(Ordering::SeqCst))
}

/// What happened.
#[derive(Debug, Default)]
pub struct Tally {
    pub rounds: u64,
    pub kills: u64,
    pub in_trouble: u64,
    pub news: u64,
    pub writes: u64,
    pub requests: u64,
    pub simulated: SignedDuration,
}

/// A watch of the whole fleet, and the life that goes on meanwhile.
pub struct Simulated {
    pub sandbox: Sandbox,
    pub folder: PathBuf,
    pub life: Life,
    pub tally: Tally,
    /// Older runs are taken out.
    pub keep: SignedDuration,
    /// When to stop.
    pub most_rounds: u64,
    /// The end of the current day.
    pub day_ends: Timestamp,
    /// The process was killed in this round.
    pub killed: bool,
    /// What was found at the end of each day.
    pub days: Vec<crate::checks::Day>,
    /// What stands in an organization that is nobody's business.
    pub bystander: Vec<Configuration>,
}

impl Simulated {
    pub fn control(&self) -> Control {
        self.sandbox.control()
    }

    pub fn store(&self) -> Store {
        Store::open(&self.folder).unwrap()
    }

    pub fn advance(&mut self, by: SignedDuration) {
        let by = by.max(SignedDuration::ZERO);
        let millis = i64::try_from(by.as_millis()).unwrap();
        AHEAD.fetch_add(millis, Ordering::SeqCst);
        self.control().clock().advance_milliseconds(millis);
        self.tally.simulated += by;
    }

    /// A sync as a round makes it: everything opened anew.
    pub async fn sync(&mut self) -> Result<Summary, bindery::apply::Error> {
        let engine = self.engine();
        let store = engine.store.clone();
        let result = engine.sync(&Request::sync(None)).await;
        drop(engine);
        if result.is_ok() {
            store.prune(self.keep, now()).unwrap();
        }
        result
    }

    fn engine(&self) -> Engine {
        let settings =
            Settings::parse(&self.sandbox.settings_toml(), Path::new("settings")).unwrap();
        let store = self.store();
        // Nobody listens.
        let (sender, _) = mpsc::channel(1);
        Engine {
            addigy: Addigy::new(self.transport(Service::Addigy)),
            itglue: ItGlue::new(self.transport(Service::ItGlue)),
            itglue_url: self.sandbox.itglue_url(),
            store,
            rules: settings.rules().unwrap(),
            settle: SignedDuration::from_millis(20),
            origin: Origin { who: "watch".into(), host: "here".into(), version: "0".into() },
            clock: Arc::new(now),
            cancel: CancellationToken::new(),
            reporter: Reporter::new(sender),
        }
    }

    fn transport(&self, service: Service) -> Transport {
        let (url, key, (capacity, period), file) = match service {
            Service::Addigy => (
                self.sandbox.addigy_url(),
                self.sandbox.addigy_token(),
                bindery::addigy::LIMIT,
                "addigy.limit",
            ),
            Service::ItGlue => (
                self.sandbox.itglue_url(),
                self.sandbox.itglue_key(),
                (540, Duration::from_secs(60)),
                "itglue.limit",
            ),
        };
        let tuning = Tuning {
            backoff_base: Duration::from_millis(1),
            backoff_cap: Duration::from_millis(2),
            throttled: Duration::from_millis(2),
            clock: now,
            ..Tuning::default()
        };
        let limiter = Limiter::open(&self.folder.join(file), capacity, period).unwrap();
        let key = SecretString::from(key.to_owned());
        Transport::new(service, &url, &key, limiter, tuning).unwrap()
    }

    /// A sync whose process dies when so many requests have arrived.
    async fn sync_until_killed(&mut self, requests: u64) -> Option<Ended> {
        let control = self.control();
        let before = control.traffic().counters();
        let from = before.addigy + before.itglue;
        let death = async {
            loop {
                let counters = control.traffic().counters();
                if counters.addigy + counters.itglue >= from + requests {
                    return;
                }
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
        };
        tokio::select! {
            result = self.sync() => Some(Ended::of(result)),
            () = death => None,
        }
    }
}

impl Rounds for Simulated {
    fn now(&self) -> Timestamp {
        now()
    }

    fn chance(&mut self) -> f64 {
        self.life.rng.f64()
    }

    async fn round(&mut self, _number: u64) -> Ended {
        let control = self.control();
        let store = self.store();
        let plan = self.life.go_on(&control, &store);
        let busy = plan.busy.map(|id| store.lock_organization(id, "somebody else").unwrap());
        drop(store);
        let before = control.traffic().counters();
        let ended = match plan.killed_after {
            _ if plan.broken_settings => Ended::in_trouble(TroubleKind::Settings, "broken"),
            Some(requests) => match self.sync_until_killed(requests).await {
                Some(ended) => ended,
                None => {
                    (self.killed, self.tally.kills) = (true, self.tally.kills + 1);
                    // What was on its way arrives.
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Ended::default()
                }
            },
            None => Ended::of(self.sync().await),
        };
        drop(busy);
        let after = control.traffic().counters();
        self.tally.rounds += 1;
        self.tally.in_trouble += u64::from(ended.trouble.is_some());
        self.tally.writes += after.itglue_writes - before.itglue_writes;
        self.tally.requests += after.itglue + after.addigy - before.itglue - before.addigy;
        ended
    }

    fn told(&mut self, _number: u64, ended: &Ended, next: &Next) {
        self.tally.news += next.news.len() as u64;
        for news in &next.news {
            tracing::warn!("{}", news.sentence(|at| at.to_string()));
            if let News::Trouble { trouble, .. } = news {
                self.life.expects(trouble);
            }
        }
        let refused = ended.trouble.as_ref().map(|t| t.kind) == Some(TroubleKind::Refused);
        assert!(!refused, "{ended:?}");
    }

    async fn wait_until(&mut self, until: Timestamp) -> bool {
        self.advance(until.duration_since(now()));
        if now() >= self.day_ends {
            self.end_of_day().await;
        }
        !self.killed && self.tally.rounds < self.most_rounds
    }
}
