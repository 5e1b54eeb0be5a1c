//! A run: locks, reading, plan, and as many passes as it takes.

use super::absorb::{self, break_down, done};
use super::bookkeeping;
use super::engine::{Confirmed, Engine, Request};
use super::error::Error;
use super::event::{DeviceEvent, Event, Summary};
use super::job::{self, Item, Job, JobKind, JobResult};
use super::locks::{Busy, Entered};
use super::prepare::Prepared;
use super::progress::{self, Progress, Standing};
use super::undoing;
use crate::domain::{
    Binding, Configuration, DeviceId, DeviceState, OrganizationId, Outcome, Pending, RunId,
};
use crate::plan::{Action, PlannedDevice};
use crate::store::Deed;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Writes under way at once; the limiter sets the pace.
const WRITES_AT_ONCE: usize = 8;
/// Enough for a batch of fifty to be halved down to one item, and one more.
const PASSES: usize = 8;

impl Engine {
    /// Plans and applies. Devices that can't be bound are part of the summary; an error means that
    /// the run came to nothing.
    pub async fn sync(&self, request: &Request) -> Result<Summary, Error> {
        self.state_is_confirmed()?;
        let mut meter = Meter::start(self);
        let Entered { fleet, extent, locks: _locks, busy } = self.enter(request).await?;
        meter.busy = busy;
        // What stood in the store before the locks were held may have changed.
        let links = self.links(request)?;
        let prepared = self.prepare(request, fleet, &extent, &links, true).await?;
        let policies: Vec<_> = extent.policies.iter().cloned().collect();
        let run = self.store.begin_run(request.kind, &policies, &self.origin, self.now())?;
        self.note_guard_passed(run, request, &prepared)?;
        self.reporter.outcome(Event::Started { run }).await;
        let mut progress = self.progress(run)?;
        self.passes(run, request, &prepared, &mut progress).await;
        Ok(self.finish(run, request, &prepared, progress, meter))
    }

    /// After a rebuild or a restore nothing is written before a person has looked at the state.
    pub(super) fn state_is_confirmed(&self) -> Result<(), Error> {
        self.store.unconfirmed()?.map_or(Ok(()), |why| Err(Error::Unconfirmed(why)))
    }

    fn note_guard_passed(
        &self,
        run: RunId,
        request: &Request,
        prepared: &Prepared,
    ) -> Result<(), Error> {
        let inactivates =
            |planned: &&PlannedDevice| matches!(planned.action, Action::Inactivate(..));
        let inactivations = prepared.devices().filter(inactivates).count();
        if request.confirmed != Confirmed::Nothing && inactivations > 0 {
            let store = self.store.clone().signed(self.origin.clone());
            store.audit(&Deed::GuardPassed { run, inactivations }, self.now())?;
        }
        Ok(())
    }

    pub(super) fn progress(&self, run: RunId) -> Result<Progress, Error> {
        let known = |key: &str| -> Result<Option<bool>, Error> {
            Ok(self.store.capability(key)?.map(|value| value == "yes"))
        };
        let mut progress = Progress::new(run);
        progress.capabilities.bulk_create = known("bulk_create")?;
        progress.capabilities.bulk_update = known("bulk_update")?;
        progress.capabilities.create_is_atomic = known("create_is_atomic")?.unwrap_or(false);
        Ok(progress)
    }

    pub(super) async fn passes(
        &self,
        run: RunId,
        request: &Request,
        prepared: &Prepared,
        progress: &mut Progress,
    ) {
        self.pass(run, prepared, progress).await;
        for _ in 1..PASSES {
            let leftover = std::mem::take(&mut progress.leftover);
            let until = progress.leftover_until.take();
            if leftover.is_empty() || progress.halted.is_some() || self.cancel.is_cancelled() {
                return;
            }
            let devices = leftover.values().map(std::collections::BTreeSet::len).sum();
            self.wait_until(devices, until).await;
            if self.cancel.is_cancelled() {
                return;
            }
            let again = match self.undo_again(progress, &leftover).await {
                Ok(None) => self.prepare_again(prepared, request, &leftover).await,
                Ok(Some(again)) => Ok(again),
                Err(error) => Err(error),
            };
            match again {
                Ok(again) => self.pass(run, &again, progress).await,
                Err(Error::Cancelled) => return,
                // The devices stay pending as they are; the journal knows what is open.
                Err(error) => return progress.problems.push(error.to_string()),
            }
        }
    }

    pub(super) async fn wait_until(&self, devices: usize, until: Option<Timestamp>) {
        let Some(until) = until else { return };
        let wait =
            // A clock set back meanwhile makes it no longer.
            std::time::Duration::try_from(until.duration_since(self.now()).min(self.settle))
                .unwrap_or_default();
        self.reporter.progress(Event::Settling { devices, until });
        tokio::select! {
            () = self.cancel.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    /// Books what needs no write, then sends what does.
    async fn pass(&self, run: RunId, prepared: &Prepared, progress: &mut Progress) {
        let writes = prepared.devices().filter(|planned| planned.action.writes()).count();
        self.reporter.outcome(Event::Planned { devices: prepared.devices().count(), writes }).await;
        self.reporter.outcome(Event::Listed(progress::listed(prepared))).await;
        self.tell(self.book(run, prepared, progress)).await;
        let jobs = job::jobs(prepared, |kind| progress.batch(kind), &progress.limits);
        for job in &jobs {
            self.tell_on_the_way(job, DeviceState::Waiting);
        }
        self.drive(run, jobs.into(), progress).await;
        let stopped = self.cancel.is_cancelled();
        if stopped || progress.halted.is_some() {
            let events = progress.stop_short(prepared, stopped && progress.halted.is_none());
            let keys: Vec<_> =
                events.iter().map(|e| (e.organization_id, e.device_id.clone())).collect();
            if let Err(error) = self.store.save_reports(run, &progress.reports(&keys, self.now())) {
                break_down(progress, &error);
            }
            self.tell(events).await;
        }
    }

    pub(super) fn tell_on_the_way(&self, job: &Job, state: DeviceState) {
        for item in &job.items {
            let event = progress::on_the_way(job.organization, item, state);
            self.reporter.progress(Event::Device(event));
        }
    }

    async fn tell(&self, events: Vec<DeviceEvent>) {
        for event in events {
            self.reporter.outcome(Event::Device(event)).await;
        }
    }

    /// Everything that wants no write: bindings recorded or let go, and devices that stay pending.
    fn book(&self, run: RunId, prepared: &Prepared, progress: &mut Progress) -> Vec<DeviceEvent> {
        let (mut bindings, mut events, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        let mut marks = Vec::new();
        for plan in &prepared.plans {
            let organization = plan.organization_id;
            bindings.extend(plan.releases.iter().cloned());
            for planned in plan.devices.iter().filter(|planned| !planned.action.writes()) {
                if let Action::Unchanged(configuration) | Action::Leave(configuration) =
                    &planned.action
                {
                    bindings.extend(new_binding(organization, planned, configuration));
                }
                let (binding, undone) = self.book_undo(planned, progress);
                let mut planned = planned.clone();
                if binding.is_some() {
                    planned.binding.clone_from(&binding);
                }
                let planned = &planned;
                bindings.extend(binding);
                marks.extend(undone);
                if let Action::Wait(until) = planned.action {
                    progress.leave_over(organization, &planned.device_id, Some(until));
                }
                events.push(progress.stand(organization, unwritten(planned)));
                keys.push((organization, planned.device_id.clone()));
            }
        }
        let booked = self
            .store
            .save_bindings(&bindings)
            .and_then(|()| self.store.mark_undone(run, &marks))
            .and_then(|()| self.store.save_reports(run, &progress.reports(&keys, self.now())));
        if let Err(error) = booked {
            break_down(progress, &error);
        }
        events
    }

    /// Sends jobs, several at once, until none is left, the run is cancelled or something halts it.
    async fn drive(&self, run: RunId, mut queue: VecDeque<Job>, progress: &mut Progress) {
        let mut running = FuturesUnordered::new();
        let mut under_way: HashMap<JobKind, usize> = HashMap::new();
        loop {
            while running.len() < WRITES_AT_ONCE
                && progress.halted.is_none()
                && !self.cancel.is_cancelled()
            {
                let Some(job) = self.next_job(&mut queue, progress, &under_way).await else {
                    break;
                };
                *under_way.entry(job.kind).or_default() += 1;
                running.push(self.carry_out(run, job));
            }
            let batch = |kind| progress.batch(kind);
            let left = job::to_send(&queue, running.len(), batch, self.now());
            self.reporter.outcome(Event::ToSend(left)).await;
            let Some(result) = running.next().await else { return };
            if let Some(count) = under_way.get_mut(&result.job.kind) {
                *count -= 1;
            }
            let absorbed = self.absorb_and_remember(result, progress);
            for job in absorbed.jobs.into_iter().rev() {
                self.tell_on_the_way(&job, DeviceState::Waiting);
                queue.push_front(job);
            }
            self.tell(absorbed.events).await;
        }
    }

    /// The next job that may start. Records that a PSA owns are booked without a request once IT Glue
    /// has refused one.
    async fn next_job(
        &self,
        queue: &mut VecDeque<Job>,
        progress: &mut Progress,
        under_way: &HashMap<JobKind, usize>,
    ) -> Option<Job> {
        loop {
            let at = queue.iter().position(|job| progress.may_start(job, under_way))?;
            let job = queue.remove(at)?;
            if job.items.len() > progress.batch(job.kind) {
                // Cut before it was known that batches are refused.
                queue.extend(absorb::split(job, 1));
                continue;
            }
            let refused = progress.capabilities.psa_takes_changes == Some(false);
            if job.kind != JobKind::PsaProbe || !refused {
                return Some(job);
            }
            let mut absorbed = absorb::Absorbed::default();
            if progress.undoing.is_some() {
                self.undo_left_to_psa(job, progress, &mut absorbed);
            } else {
                for item in job.items {
                    let (organization, freshness) = (job.organization, job.freshness);
                    self.leave_to_psa(organization, item, freshness, progress, &mut absorbed);
                }
            }
            self.write_down(progress, &absorbed);
            queue.extend(absorbed.jobs);
            self.tell(absorbed.events).await;
        }
    }

    fn absorb_and_remember(&self, result: JobResult, progress: &mut Progress) -> absorb::Absorbed {
        let before = progress.capabilities.clone();
        let absorbed = self.absorb(result, progress);
        let after = progress.capabilities.clone();
        let word = |works: bool| if works { "yes" } else { "no" };
        let news = [
            ("bulk_create", before.bulk_create, after.bulk_create),
            ("bulk_update", before.bulk_update, after.bulk_update),
            ("create_is_atomic", Some(before.create_is_atomic), Some(after.create_is_atomic)),
        ];
        for (key, before, after) in news {
            if let (true, Some(works)) = (before != after, after)
                && let Err(error) = self.store.set_capability(key, word(works))
            {
                break_down(progress, &error);
            }
        }
        absorbed
    }

    pub(super) fn finish(
        &self,
        run: RunId,
        request: &Request,
        prepared: &Prepared,
        mut progress: Progress,
        meter: Meter,
    ) -> Summary {
        let counts = progress.counts();
        let whole = request.device.is_none() && request.only.is_none() && !request.retry_pending;
        if whole && !self.cancel.is_cancelled() && progress.halted.is_none() {
            self.replace_reports(run, prepared, &mut progress, &meter.busy);
        }
        let outcome = self.outcome(prepared, &progress, &meter);
        if let Err(error) = self.store.finish_run(run, outcome, &counts, self.now()) {
            break_down(&mut progress, &error);
        }
        let mut problems = prepared.renamed.clone();
        problems.append(&mut progress.problems);
        let (addigy_requests, itglue_requests) = meter.requests(self);
        let outcome =
            if self.cancel.is_cancelled() || !progress.broken { outcome } else { Outcome::Failed };
        Summary {
            run: Some(run),
            outcome,
            counts,
            withheld_devices: progress.in_state(DeviceState::Withheld),
            busy: meter.busy,
            addigy_requests,
            itglue_requests,
            seconds: self.now().duration_since(meter.started).as_secs_f64(),
            problems,
            failure: progress.failure().filter(|_| outcome == Outcome::Failed),
        }
    }

    /// After a run over whole policies, their reports are exactly what the run saw: devices that are
    /// gone disappear from the status.
    fn replace_reports(
        &self,
        run: RunId,
        prepared: &Prepared,
        progress: &mut Progress,
        busy: &[(OrganizationId, String)],
    ) {
        if !busy.is_empty() {
            return;
        }
        let keys: Vec<(OrganizationId, DeviceId)> = progress.standings.keys().cloned().collect();
        let mut by_policy: BTreeMap<_, Vec<_>> =
            prepared.policies.iter().map(|policy| (policy.clone(), Vec::new())).collect();
        for report in progress.reports(&keys, self.now()) {
            if let Some(reports) = by_policy.get_mut(&report.policy_id) {
                reports.push(report);
            }
        }
        for (policy, reports) in by_policy {
            if let Err(error) = self.store.replace_reports(run, &policy, &reports) {
                return break_down(progress, &error);
            }
        }
    }

    fn outcome(&self, prepared: &Prepared, progress: &Progress, meter: &Meter) -> Outcome {
        let counts = progress.counts();
        if self.cancel.is_cancelled() {
            Outcome::Cancelled
        } else if progress.failure().is_some() {
            Outcome::Failed
        } else if !meter.busy.is_empty() {
            Outcome::Busy
        } else if counts.withheld > 0 || !prepared.renamed.is_empty() {
            Outcome::Withheld
        } else if counts.pending > 0 || counts.held > 0 {
            Outcome::Pending
        } else {
            Outcome::Done
        }
    }
}

/// The binding to record for a device that wants no write, if that is news.
fn new_binding(
    organization: OrganizationId,
    planned: &PlannedDevice,
    configuration: &Configuration,
) -> Option<Binding> {
    let binding = bookkeeping::without_write(organization, planned, configuration);
    (planned.binding.as_ref() != Some(&binding)).then_some(binding)
}

/// How a device stands that is not written.
fn unwritten(planned: &PlannedDevice) -> Standing {
    if let Action::PutBack(put_back) = &planned.action {
        return undoing::standing(planned.clone(), put_back);
    }
    if let Action::Unchanged(configuration) | Action::Leave(configuration) = &planned.action {
        let item = Item {
            planned: planned.clone(),
            changes: crate::domain::Changes::new(),
            refused: BTreeMap::new(),
            remarks: Vec::new(),
            earlier: Vec::new(),
        };
        return done(item, configuration);
    }
    let state = match planned.action {
        Action::Withhold(..) => DeviceState::Withheld,
        Action::Held => DeviceState::Held,
        _ => DeviceState::Pending,
    };
    let message = match (&planned.action, &planned.pending) {
        (Action::Withhold(..), _) => {
            "it left its policy; the guard keeps it until confirmed".into()
        }
        (_, Some(Pending { message, .. })) => message.clone(),
        (_, None) => String::new(),
    };
    Standing {
        planned: planned.clone(),
        state,
        configuration_id: planned.configuration_id(),
        pending: planned.pending.clone(),
        message,
    }
}

/// What a run costs.
pub(super) struct Meter {
    pub started: Timestamp,
    addigy: u64,
    itglue: u64,
    pub busy: Busy,
}

impl Meter {
    pub fn start(engine: &Engine) -> Self {
        Self {
            started: engine.now(),
            addigy: engine.addigy.transport().requests(),
            itglue: engine.itglue.transport().requests(),
            busy: Vec::new(),
        }
    }

    pub fn requests(&self, engine: &Engine) -> (u64, u64) {
        (
            engine.addigy.transport().requests() - self.addigy,
            engine.itglue.transport().requests() - self.itglue,
        )
    }
}
