//! A run as it is watched: the engine's events folded into rows, counts and what is being waited for.
//!
//! Pure: nothing here draws, waits or asks the time. [`LiveRun::fold`] takes an event at a cost that
//! does not grow with the number of devices; `query` chooses rows, `finish` tells when it will be done,
//! `words` and `reasons` hold the sentences, `report` makes the rows of an export.

mod finish;
mod fold;
mod query;
mod reasons;
mod report;
mod row;
#[cfg(test)]
mod tests;
mod words;

pub use finish::{Ends, Gauge, Pulse};
pub use query::{Query, View};
pub use reasons::{ReasonLine, Step, step};
pub use report::COLUMNS;
pub use row::{Attempt, Row, RowState};
pub use words::{clock, minute};

use crate::apply::{Summary, ToSend};
use crate::domain::{DeviceId, OrganizationId, RunId};
use crate::transport::{Service, Waiting};
use finish::Pace;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What stands for a row: a device in an organization.
pub type RowKey = (OrganizationId, DeviceId);

/// The actions a person saw and confirmed before the run, by their words.
pub type Shown = BTreeMap<RowKey, &'static str>;

/// A service that makes the run wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The service.
    pub service: Service,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub why: Waiting,
}

/// How many devices are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StateCounts([usize; RowState::ALL.len()]);

impl StateCounts {
    /// How many are in this state.
    pub fn of(&self, state: RowState) -> usize {
        // A state's number is smaller than the number of states.
        self.0.get(state as usize).copied().unwrap_or_default()
    }

    /// How many the run has come to and is through with.
    pub fn done(&self) -> usize {
        let not_come_to = |state: &RowState| state.is_on_the_way() || *state == RowState::Cancelled;
        RowState::ALL.iter().filter(|state| !not_come_to(state)).map(|s| self.of(*s)).sum()
    }

    /// How many something is being done with.
    pub fn active(&self) -> usize {
        RowState::ALL.iter().filter(|state| state.is_active()).map(|s| self.of(*s)).sum()
    }

    fn add(&mut self, state: RowState) {
        if let Some(count) = self.0.get_mut(state as usize) {
            *count += 1;
        }
    }

    fn take(&mut self, state: RowState) {
        if let Some(count) = self.0.get_mut(state as usize) {
            *count = count.saturating_sub(1);
        }
    }
}

/// One run, as far as it has come.
#[derive(Debug, Clone)]
pub struct LiveRun {
    id: Option<RunId>,
    title: String,
    started: Timestamp,
    zone: TimeZone,
    rows: Vec<Row>,
    index: HashMap<DeviceId, u32>,
    order: Vec<u32>,
    counts: StateCounts,
    planned: usize,
    reading: Option<String>,
    waits: Vec<Wait>,
    settling: Option<(usize, Timestamp)>,
    to_send: Option<ToSend>,
    pulse: Option<Pulse>,
    pace: Pace,
    notes: Vec<String>,
    shown: Option<Shown>,
    /// Devices that were shown with an action and are not in the run at all.
    missing: BTreeSet<RowKey>,
    newest_active: Option<usize>,
    figures: Figures,
    stopping: bool,
    outcome: Option<Result<Box<Summary>, String>>,
    ended_at: Option<Timestamp>,
    revision: u64,
}

/// What is told in figures. Taken once a second, so that they can be read while they change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// When they were taken.
    pub at: Timestamp,
    /// How many devices are in each state.
    pub counts: StateCounts,
    /// How many devices there are.
    pub total: usize,
    /// For how many different reasons devices are not bound.
    pub reasons: usize,
    /// When the run will be done.
    pub ends: Option<Ends>,
}

impl LiveRun {
    /// A run of what `title` names that begins; `shown` is what a person saw and confirmed, where there
    /// was a plan.
    pub fn new(title: &str, shown: Option<Shown>, started: Timestamp, zone: TimeZone) -> Self {
        Self {
            id: None,
            title: crate::text::clean(title),
            started,
            zone,
            rows: Vec::new(),
            index: HashMap::new(),
            order: Vec::new(),
            counts: StateCounts::default(),
            planned: 0,
            reading: None,
            waits: Vec::new(),
            settling: None,
            to_send: None,
            pulse: None,
            pace: Pace::default(),
            notes: Vec::new(),
            shown,
            missing: BTreeSet::new(),
            newest_active: None,
            figures: Figures::default(),
            stopping: false,
            outcome: None,
            ended_at: None,
            revision: 0,
        }
    }

    /// A person asked it to stop: what is under way finishes.
    pub fn stop(&mut self) {
        self.revision += 1;
        self.stopping = true;
    }

    /// Whether it was asked to stop and has not ended yet.
    pub fn stopping(&self) -> bool {
        self.stopping && !self.ended()
    }

    /// The figures as they were a second ago at most.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    fn refresh(&mut self, now: Timestamp) {
        self.figures = Figures {
            at: now,
            counts: self.counts,
            total: self.total(),
            reasons: self.reasons().len(),
            ends: self.ends(now),
        };
    }

    /// The run's number, once it has one.
    pub fn id(&self) -> Option<RunId> {
        self.id
    }

    /// When it began.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// When it ended.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// Grows with every change, so that what was computed from it can be told to be out of date.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The rows by their places, which never change; see [`LiveRun::visible`] for their order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// A row by its place.
    pub fn row(&self, at: u32) -> Option<&Row> {
        self.rows.get(at as usize)
    }

    /// The place of a device's row.
    pub fn find(&self, key: &RowKey) -> Option<u32> {
        let mut at = self.index.get(&key.1).copied();
        while let Some(here) = at {
            let row = self.row(here)?;
            if row.organization_id == key.0 {
                return Some(here);
            }
            at = row.next;
        }
        None
    }

    /// How many devices are in each state.
    pub fn counts(&self) -> &StateCounts {
        &self.counts
    }

    /// How many devices there are.
    pub fn total(&self) -> usize {
        self.rows.len().max(self.planned)
    }

    /// The place of the row that something was begun with last, to be followed.
    pub fn newest_active(&self) -> Option<u32> {
        u32::try_from(self.newest_active?).ok()
    }

    /// Whether it is over.
    pub fn ended(&self) -> bool {
        self.outcome.is_some()
    }

    /// How it ended: a summary, or why it came to nothing.
    pub fn outcome(&self) -> Option<&Result<Box<Summary>, String>> {
        self.outcome.as_ref()
    }

    /// What was tried for a device, oldest first.
    pub fn attempts(&self, device: &DeviceId) -> Vec<&Attempt> {
        let mut attempts = Vec::new();
        let mut at = self.index.get(device).copied();
        while let Some(row) = at.and_then(|at| self.row(at)) {
            attempts.extend(&row.attempts);
            at = row.next;
        }
        attempts
    }

    /// The services that make it wait at this time, the longest wait first.
    pub fn waits_at(&self, now: Timestamp) -> impl Iterator<Item = &Wait> {
        let mut waits: Vec<&Wait> = self.waits.iter().filter(|wait| wait.until > now).collect();
        waits.sort_by_key(|wait| std::cmp::Reverse(wait.until));
        waits.into_iter()
    }

    /// What else the engine found worth telling.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The rows whose action is not the one that a person was shown; those not shown at all count
    /// where they are written.
    pub fn differing(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.shown.is_some())
    }

    /// Devices that were to be written by what a person was shown, and are not in the run.
    pub fn missing(&self) -> &BTreeSet<RowKey> {
        &self.missing
    }

    /// How many of these rows need a person before a retry can help, and how many there are.
    pub fn need_a_person(&self, rows: &[u32]) -> usize {
        let needs = |at: &&u32| {
            self.row(**at)
                .and_then(|row| row.pending.as_ref())
                .is_some_and(|p| p.reason.needs_a_person())
        };
        rows.iter().filter(needs).count()
    }

    fn compare_with_shown(&mut self) {
        let Some(shown) = &self.shown else { return };
        let mut left = shown.clone();
        left.retain(|_, action| writes(action));
        for row in &mut self.rows {
            let before = left.remove(&row.key()).or(shown.get(&row.key()).copied());
            row.shown = match before {
                Some(before) if before == row.action => None,
                // Nothing is written either way.
                Some(before) if !writes(before) && !writes(row.action) => None,
                Some(before) => Some(before),
                None => writes(row.action).then_some("nothing"),
            };
        }
        self.missing = left.into_keys().collect();
    }
}

/// Whether an action of this word writes to IT Glue.
fn writes(action: &str) -> bool {
    matches!(action, "create" | "activate" | "update" | "inactivate")
}
