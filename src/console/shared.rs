//! What all screens share. Only the app changes it.

use super::effect::Trouble;
use super::event::RunKey;
use super::fleet::Fleet;
use super::keymap::Keymap;
use super::look::Look;
use super::organizations::Listing;
use super::run::{LiveRun, Shown};
use super::unfinished::{Unfinished, unfinished};
use super::visit::Visit;
use crate::apply::Request;
use crate::commands::overview::{Known, PolicyOverview, overview};
use crate::domain::{Configuration, ConfigurationId, Device, DeviceId, PolicyId, Run, RunId};
use crate::settings::{Paths, Settings};
use crate::store::{Accounts, LinkEvent, Store, StoreError};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// How many runs of the history are kept at hand.
const RUNS: usize = 500;

/// Everything the state file holds, read at one moment and never changed.
#[derive(Debug)]
pub struct Snapshot {
    /// What is known of policies, devices, links and bindings.
    pub known: Known,
    /// How every policy stands, in the order of the tree.
    pub rows: Vec<PolicyOverview>,
    /// The latest runs, newest first.
    pub runs: Vec<Run>,
    /// The accounts the state belongs to.
    pub accounts: Accounts,
    /// Those of the runs that have no end, as far as they were looked into.
    pub unfinished: BTreeMap<RunId, Unfinished>,
    /// Who made and removed links, oldest first.
    pub link_events: Vec<LinkEvent>,
    /// All devices, ready to be searched.
    pub fleet: Fleet,
    devices: HashMap<DeviceId, usize>,
    policies: HashMap<PolicyId, usize>,
}

impl Snapshot {
    /// Reads it.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let mut read = Self::of(Known::of(store)?, store.runs(RUNS)?, store.accounts()?);
        read.link_events = store.link_history()?;
        let organizations = |run: &Run| {
            let rows = run.policies.iter().filter_map(|id| read.policy(id)?.organization.as_ref());
            rows.map(|organization| organization.id).collect()
        };
        read.unfinished = unfinished(store, &read.runs, organizations)?;
        Ok(read)
    }

    /// Puts it together.
    pub fn of(known: Known, runs: Vec<Run>, accounts: Accounts) -> Self {
        let rows = overview(&known);
        let devices = known.devices.iter().enumerate().map(|(at, d)| (d.id.clone(), at)).collect();
        let policies = rows.iter().enumerate().map(|(at, r)| (r.policy.id.clone(), at)).collect();
        let fleet = Fleet::of(&known);
        Self {
            known,
            rows,
            runs,
            accounts,
            unfinished: BTreeMap::new(),
            link_events: Vec::new(),
            fleet,
            devices,
            policies,
        }
    }

    /// A device by its id; also one gone from Addigy that something here still tells of.
    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        let listed = self.devices.get(id).and_then(|at| self.known.devices.get(*at));
        listed.or_else(|| self.fleet.gone(id))
    }

    /// How a policy stands.
    pub fn policy(&self, id: &PolicyId) -> Option<&PolicyOverview> {
        self.rows.get(self.policy_place(id)?)
    }

    /// A policy's place in the rows.
    pub fn policy_place(&self, id: &PolicyId) -> Option<usize> {
        self.policies.get(id).copied()
    }

    /// Whether some process is at this run.
    pub fn is_running(&self, run: RunId) -> bool {
        self.unfinished.get(&run).is_some_and(|unfinished| unfinished.running)
    }

    /// When a run ended; of one that was broken off, when it was last heard of.
    pub fn ended(&self, run: &Run) -> Timestamp {
        let last = || self.unfinished.get(&run.id)?.last;
        run.finished.or_else(last).unwrap_or(run.started)
    }

    /// How many devices a run came to, of how many.
    pub fn progress(&self, run: &Run) -> (usize, usize) {
        if run.finished.is_some() {
            let total = run.counts.total();
            return (total.saturating_sub(run.counts.cancelled as usize), total);
        }
        let done = self.unfinished.get(&run.id).map_or(0, |unfinished| unfinished.reported);
        let devices = run.policies.iter().filter_map(|id| self.policy(id)).map(|row| row.total);
        (done, devices.sum::<usize>().max(done))
    }
}

/// Both sides of a device, read just now.
#[derive(Debug, Clone)]
pub struct SidesNow {
    /// Addigy's; `None` where Addigy lists it no more.
    pub device: Option<Device>,
    /// IT Glue's; `None` where it is bound to none, or that is gone.
    pub configuration: Option<Configuration>,
    /// The configuration that was asked for: the one it was bound to then.
    pub asked: Option<ConfigurationId>,
    /// The name of the configuration's status.
    pub status: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A run to be started.
#[derive(Debug, Clone)]
pub struct RunSpec {
    /// What the engine is asked for.
    pub request: Request,
    /// What to call it: the policy's path, or `3 policies`.
    pub title: String,
    /// The action of each device in the plan that the person saw, where there was one.
    pub shown: Option<Shown>,
}

/// A run of this console, under way or ended.
#[derive(Debug)]
pub struct RunEntry {
    /// Its key here.
    pub key: RunKey,
    /// What was asked for.
    pub spec: RunSpec,
    /// How it goes.
    pub live: LiveRun,
}

/// Something said on line 23.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether something is wrong.
    pub warning: bool,
    /// Whether it stays until there is another one.
    pub stays: bool,
}

impl Notice {
    /// Worth knowing.
    pub fn info(text: impl Into<String>) -> Self {
        Self { text: text.into(), warning: false, stays: false }
    }

    /// Something is wrong.
    pub fn warning(text: impl Into<String>) -> Self {
        Self { text: text.into(), warning: true, stays: false }
    }

    /// Worth knowing, until there is something else to say.
    pub fn standing(text: impl Into<String>) -> Self {
        Self { text: text.into(), warning: false, stays: true }
    }
}

/// What all screens share.
#[derive(Debug)]
pub struct Shared {
    /// Where things are.
    pub paths: Paths,
    /// The settings; `None` before the setup.
    pub settings: Option<Arc<Settings>>,
    /// Whether this is `bindery demo`.
    pub demo: bool,
    /// Styles and symbols.
    pub look: Look,
    /// The keys.
    pub keymap: Keymap,
    /// The state as last read; `None` until it was.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Why the state could not be read.
    pub state_trouble: Option<Trouble>,
    /// Whether Addigy is being read.
    pub reading: bool,
    /// Why Addigy could not be read last time; shown with the time of what is known.
    pub read_trouble: Option<Trouble>,
    /// IT Glue's organizations, once somebody asked for them.
    pub organizations: Option<Listing>,
    /// The runs of this console, oldest first.
    pub runs: Vec<RunEntry>,
    /// What is said on line 23.
    pub notice: Option<Notice>,
    /// What was said in this session, oldest first.
    pub notices: VecDeque<(Timestamp, Notice)>,
    /// What the last visit left behind.
    pub visit: Visit,
    /// Why no log is kept.
    pub log_trouble: Option<Trouble>,
    /// The time of the last event.
    pub now: Timestamp,
    /// The time zone of clock times.
    pub zone: TimeZone,
    /// The terminal's size: columns, rows.
    pub size: (u16, u16),
    /// Counts up while a spinner turns.
    pub spin: usize,
}

impl Shared {
    /// Before anything was read: without settings, in a terminal of 80x24.
    pub fn new(paths: Paths, look: Look) -> Self {
        Self {
            paths,
            settings: None,
            demo: false,
            look,
            keymap: Keymap::default(),
            snapshot: None,
            state_trouble: None,
            reading: false,
            read_trouble: None,
            organizations: None,
            runs: Vec::new(),
            notice: None,
            notices: VecDeque::new(),
            visit: Visit::default(),
            log_trouble: None,
            now: Timestamp::now(),
            zone: TimeZone::system(),
            size: (80, 24),
            spin: 0,
        }
    }

    /// A run of this console.
    pub fn run(&self, key: RunKey) -> Option<&RunEntry> {
        self.runs.iter().find(|run| run.key == key)
    }

    /// The runs under way.
    pub fn active_runs(&self) -> impl Iterator<Item = &RunEntry> {
        self.runs.iter().filter(|run| !run.live.ended())
    }

    /// Whether anything may be written to IT Glue.
    pub fn writes(&self) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.enabled)
    }

    /// A moment as a person reads it: the time today, else the date, never "5 minutes ago".
    pub fn moment(&self, at: Timestamp) -> String {
        let here = at.to_zoned_datetime(self.zone.clone());
        let today = self.now.to_zoned_datetime(self.zone.clone()).date();
        let form = if here.date() == today { "%H:%M" } else { "%Y-%m-%d" };
        here.strftime(form).to_string()
    }

    /// A moment in five columns: `08:00` today, else month and day.
    pub fn moment_short(&self, at: Timestamp) -> String {
        let here = at.to_zoned_datetime(self.zone.clone());
        let today = self.now.to_zoned_datetime(self.zone.clone()).date();
        here.strftime(if here.date() == today { "%H:%M" } else { "%m-%d" }).to_string()
    }

    /// A moment with its seconds: for waits and attempts.
    pub fn clock(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone()).strftime("%H:%M:%S").to_string()
    }
}
