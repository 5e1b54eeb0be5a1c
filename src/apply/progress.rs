//! What a run has come to so far: the one place where its state changes.

use super::event::{DeviceEvent, Failure};
use super::job::{BATCH, Item, Job, JobKind};
use super::prepare::Prepared;
use super::undoing::Undoing;
use crate::domain::{
    Changes, ConfigurationId, Counts, DeviceId, DeviceState, OrganizationId, Pending,
    PendingReason, RunId,
};
use crate::plan::{Action, PlannedDevice, Was};
use crate::store::DeviceReport;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A device's last state in the run.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub planned: PlannedDevice,
    pub state: DeviceState,
    pub configuration_id: Option<ConfigurationId>,
    pub pending: Option<Pending>,
    pub message: String,
}

impl Standing {
    fn is_unsettled_create(&self) -> bool {
        matches!(self.planned.action, Action::Create(_))
            && self.pending.as_ref().is_some_and(|p| p.reason == PendingReason::Unsettled)
    }
}

/// A create batch that was refused, until it is known whether part of it was carried out.
#[derive(Debug, Clone)]
pub(super) struct RefusedBatch {
    pub first: DeviceId,
}

/// What IT Glue's account has shown it can do.
#[derive(Debug, Clone, Default)]
pub(super) struct Capabilities {
    pub bulk_create: Option<bool>,
    pub bulk_update: Option<bool>,
    /// A refused batch of creates is known to have created nothing.
    pub create_is_atomic: bool,
    /// Whether a record that a PSA owns takes changes all the same; known from this run only.
    pub psa_takes_changes: Option<bool>,
}

/// The run's state over all its passes.
#[derive(Debug)]
pub(super) struct Progress {
    pub run: RunId,
    pub standings: BTreeMap<(OrganizationId, DeviceId), Standing>,
    pub capabilities: Capabilities,
    /// The largest create batch a device may travel in after one with it failed.
    pub limits: HashMap<DeviceId, usize>,
    pub refused_batches: Vec<RefusedBatch>,
    /// Devices for the next pass, and when that may begin.
    pub leftover: BTreeMap<OrganizationId, BTreeSet<DeviceId>>,
    pub leftover_until: Option<Timestamp>,
    /// Failures without a success between them.
    pub failures: u32,
    /// Why nothing more is sent.
    pub halted: Option<Pending>,
    /// The state could not be written: the run failed.
    pub broken: bool,
    pub problems: Vec<String>,
    /// What is undone, where the run is an undo.
    pub undoing: Option<Undoing>,
}

impl Progress {
    pub fn new(run: RunId) -> Self {
        Self {
            run,
            standings: BTreeMap::new(),
            capabilities: Capabilities::default(),
            limits: HashMap::new(),
            refused_batches: Vec::new(),
            leftover: BTreeMap::new(),
            leftover_until: None,
            failures: 0,
            halted: None,
            broken: false,
            problems: Vec::new(),
            undoing: None,
        }
    }

    /// Notes where a device is now, and returns what to tell of it.
    pub fn stand(&mut self, organization: OrganizationId, mut standing: Standing) -> DeviceEvent {
        let key = (organization, standing.planned.device_id.clone());
        if let Some(before) = self.standings.get(&key)
            && before.is_unsettled_create()
        {
            match standing.state {
                // Found by the look-up: this run created it all the same.
                DeviceState::Unchanged | DeviceState::Linked => {
                    standing.state = DeviceState::Linked;
                    standing.planned.action = before.planned.action.clone();
                }
                // Still waited for.
                _ if matches!(standing.planned.action, Action::Wait(_)) => {
                    standing.planned.action = before.planned.action.clone();
                }
                _ => {}
            }
        }
        let mut event = event(organization, &standing);
        if self.leftover.get(&organization).is_some_and(|left| left.contains(&key.1)) {
            (event.again, event.until) = (true, self.leftover_until);
        }
        self.standings.insert(key, standing);
        event
    }

    /// Leaves an item to the next pass, not before `until`.
    pub fn leave_over(
        &mut self,
        organization: OrganizationId,
        device: &DeviceId,
        until: Option<Timestamp>,
    ) {
        self.leftover.entry(organization).or_default().insert(device.clone());
        self.leftover_until = self.leftover_until.max(until);
    }

    /// A failure that is not this item's own. After a few in a row nothing more is sent.
    pub fn failed(&mut self, weight: u32, why: &str) {
        self.failures += weight;
        if self.failures >= 6 && self.halted.is_none() {
            self.halt(Pending::new(PendingReason::Unreachable, why));
        }
    }

    pub fn halt(&mut self, why: Pending) {
        if self.halted.is_none() {
            self.problems.push(format!("{}: {}", why.reason.sentence(), why.message));
            self.halted = Some(why);
        }
    }

    /// How many items travel together: one, where batches are known to be refused.
    pub const fn batch(&self, kind: JobKind) -> usize {
        match (kind, self.capabilities.bulk_create, self.capabilities.bulk_update) {
            (JobKind::PsaProbe, ..)
            | (JobKind::Create, Some(false), _)
            | (JobKind::Update, _, Some(false)) => 1,
            (JobKind::Create | JobKind::Update, ..) => BATCH,
        }
    }

    /// Whether a job may start beside those under way: as long as it is not known whether batches are
    /// taken at all, one is tried alone.
    pub fn may_start(&self, job: &Job, under_way: &HashMap<JobKind, usize>) -> bool {
        let known = match job.kind {
            JobKind::Create => self.capabilities.bulk_create.is_some() || job.items.len() == 1,
            JobKind::Update => self.capabilities.bulk_update.is_some() || job.items.len() == 1,
            JobKind::PsaProbe => self.capabilities.psa_takes_changes.is_some(),
        };
        known || under_way.get(&job.kind).copied().unwrap_or_default() == 0
    }

    /// Why the run could not go on, if not for a passing trouble. A key that was turned away comes
    /// first: it is not to be tried again soon, whatever else is wrong.
    pub fn failure(&self) -> Option<Failure> {
        match &self.halted {
            Some(why) if why.reason == PendingReason::NotPermitted => Some(Failure::KeyRefused),
            _ => self.broken.then_some(Failure::State),
        }
    }

    /// The devices that ended so.
    pub fn in_state(&self, state: DeviceState) -> BTreeSet<(OrganizationId, DeviceId)> {
        let ended = self.standings.iter().filter(|(_, standing)| standing.state == state);
        ended.map(|(key, _)| key.clone()).collect()
    }

    /// What the run did.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for standing in self.standings.values() {
            let pending = standing.pending.as_ref().is_some_and(|pending| !pending.superseded);
            match (standing.state, &standing.planned.action) {
                (DeviceState::Held, Action::PutBack(p)) if !p.left.is_empty() => {
                    counts.pending += 1;
                }
                (DeviceState::Held, Action::PutBack(p)) if p.changes.is_empty() => {
                    counts.unchanged += 1;
                }
                (DeviceState::Held, Action::PutBack(p)) if p.was == Was::Created => {
                    counts.inactivated += 1;
                }
                (DeviceState::Held, Action::PutBack(_)) => counts.updated += 1,
                (DeviceState::Inactive, Action::PutBack(_)) => counts.inactivated += 1,
                (DeviceState::Pending, Action::PutBack(_)) => counts.pending += 1,
                (DeviceState::Linked, Action::Create(_)) => counts.created += 1,
                (DeviceState::Linked, Action::Activate(..)) => counts.activated += 1,
                (DeviceState::Linked, _) => counts.updated += 1,
                (DeviceState::Unchanged, _) => counts.unchanged += 1,
                (DeviceState::Inactive, Action::Inactivate(..)) => counts.inactivated += 1,
                (DeviceState::Withheld, _) => counts.withheld += 1,
                (DeviceState::Held, _) => counts.held += 1,
                (DeviceState::Cancelled, _) => counts.cancelled += 1,
                (DeviceState::Pending, _) if pending => counts.pending += 1,
                _ => {}
            }
        }
        counts
    }

    /// The reports of some devices, for the state file: one a policy that counts the device.
    pub fn reports(&self, keys: &[(OrganizationId, DeviceId)], at: Timestamp) -> Vec<DeviceReport> {
        keys.iter()
            .filter_map(|key| self.standings.get(key))
            .filter(|standing| standing.state != DeviceState::Inactive)
            .flat_map(|standing| {
                standing.planned.policies.iter().map(move |policy| report(standing, policy, at))
            })
            .collect()
    }

    /// Everything that has not come to an end when a run stops.
    pub fn stop_short(&mut self, prepared: &Prepared, cancelled: bool) -> Vec<DeviceEvent> {
        let mut events = Vec::new();
        for plan in &prepared.plans {
            for planned in plan.devices.iter().filter(|planned| planned.action.writes()) {
                let key = (plan.organization_id, planned.device_id.clone());
                if !self.standings.contains_key(&key) {
                    let standing = self.stopped(planned, cancelled);
                    events.push(self.stand(plan.organization_id, standing));
                }
            }
        }
        events
    }

    fn stopped(&self, planned: &PlannedDevice, cancelled: bool) -> Standing {
        let pending = match (&self.halted, cancelled) {
            (Some(why), false) => why.clone(),
            _ => Pending::new(PendingReason::Interrupted, "the run was stopped before it"),
        };
        Standing {
            planned: planned.clone(),
            state: if cancelled { DeviceState::Cancelled } else { DeviceState::Pending },
            configuration_id: planned.configuration_id(),
            message: pending.message.clone(),
            pending: Some(pending),
        }
    }
}

fn event(organization: OrganizationId, standing: &Standing) -> DeviceEvent {
    DeviceEvent {
        device_id: standing.planned.device_id.clone(),
        name: standing.planned.name.clone(),
        serial_number: standing.planned.serial_number.clone(),
        policy_id: standing.planned.through.clone(),
        organization_id: organization,
        state: standing.state,
        action: standing.planned.action.word(),
        configuration_id: standing.configuration_id,
        pending: standing.pending.clone(),
        message: standing.message.clone(),
        again: false,
        until: None,
    }
}

/// Every device of a plan, waiting to be come to.
pub(super) fn listed(prepared: &Prepared) -> Vec<DeviceEvent> {
    let plans = prepared.plans.iter();
    plans
        .flat_map(|plan| plan.devices.iter().map(|planned| waits(plan.organization_id, planned)))
        .collect()
}

fn waits(organization_id: OrganizationId, planned: &PlannedDevice) -> DeviceEvent {
    let changes = planned.action.changes().filter(|_| planned.action.writes());
    DeviceEvent {
        device_id: planned.device_id.clone(),
        name: planned.name.clone(),
        serial_number: planned.serial_number.clone(),
        policy_id: planned.through.clone(),
        organization_id,
        state: DeviceState::Waiting,
        action: planned.action.word(),
        configuration_id: planned.configuration_id(),
        pending: None,
        message: changes.map(names).unwrap_or_default(),
        again: false,
        until: None,
    }
}

/// The fields, and what IT Glue said of those it refused.
fn what_is_sent(item: &Item) -> String {
    let mut said = item.remarks.clone();
    said.push(names(&item.changes));
    said.join("; ")
}

fn names(changes: &Changes) -> String {
    let names: Vec<&str> = changes.keys().map(|attribute| attribute.key()).collect();
    names.join(", ")
}

/// That an item waits for its write, or that this is under way.
pub(super) fn on_the_way(
    organization: OrganizationId,
    item: &Item,
    state: DeviceState,
) -> DeviceEvent {
    event(
        organization,
        &Standing {
            planned: item.planned.clone(),
            state,
            configuration_id: item.configuration_id(),
            pending: None,
            message: what_is_sent(item),
        },
    )
}

fn report(standing: &Standing, policy: &crate::domain::PolicyId, at: Timestamp) -> DeviceReport {
    DeviceReport {
        policy_id: policy.clone(),
        device_id: standing.planned.device_id.clone(),
        name: standing.planned.name.clone(),
        serial_number: standing.planned.serial_number.clone(),
        state: standing.state,
        pending: standing.pending.clone(),
        configuration_id: standing.configuration_id,
        at,
    }
}
