//! What an answer means: which devices are done, what is tried again, and what is left over.

use super::bookkeeping;
use super::engine::Engine;
use super::event::DeviceEvent;
use super::job::{Item, Job, JobKind, JobResult, Sent};
use super::progress::{Progress, RefusedBatch, Standing};
use super::undoing;
use crate::domain::{
    Attribute, Configuration, DeviceId, DeviceState, OrganizationId, Pending, PendingReason,
};
use crate::plan::Action;
use crate::store::{IntentId, IntentOutcome, Settlement, StoreError};
use crate::transport::{self, Kind};
use jiff::Timestamp;

/// What follows from a job's result.
#[derive(Debug, Default)]
pub(super) struct Absorbed {
    /// To be sent next.
    pub jobs: Vec<Job>,
    /// To be told.
    pub events: Vec<DeviceEvent>,
    settlements: Vec<Settlement>,
    touched: Vec<(OrganizationId, DeviceId)>,
    /// Changes of an earlier run that are undone.
    pub undone: Vec<(IntentId, Attribute)>,
}

impl Engine {
    /// Takes a job's result into the run's state and into the store. A store that can't be written
    /// halts the run: what was sent is open in the journal and is settled by the next run.
    pub(super) fn absorb(&self, result: JobResult, progress: &mut Progress) -> Absorbed {
        let mut absorbed = Absorbed::default();
        let JobResult { job, changed, sent } = result;
        for item in changed {
            absorbed.leave_over(
                progress,
                job.organization,
                item,
                PendingReason::ChangedMeanwhile,
                None,
            );
        }
        match sent {
            Sent::Nothing => {}
            Sent::NotRead(error) => self.not_read(&job, &error, progress, &mut absorbed),
            Sent::NotJournaled(error) => {
                let free: Vec<_> = job.items.iter().filter_map(undoing::let_go).collect();
                // Where that fails too they stay held, which does no harm.
                let _ = self.store.save_bindings(&free);
                break_down(progress, &error);
            }
            Sent::Answered { intents, attempted_at, answer: Ok(rows) } => {
                progress.failures = 0;
                note_capability(&job, true, progress);
                self.answered(job, intents, attempted_at, rows, progress, &mut absorbed);
            }
            Sent::Answered { intents, attempted_at, answer: Err(error) } => {
                self.failed(job, intents, attempted_at, &error, progress, &mut absorbed);
            }
        }
        self.write_down(progress, &absorbed);
        absorbed
    }

    pub(super) fn write_down(&self, progress: &mut Progress, absorbed: &Absorbed) {
        let reports = progress.reports(&absorbed.touched, self.now());
        let written = self
            .store
            .settle(&absorbed.settlements)
            .and_then(|()| self.store.mark_undone(progress.run, &absorbed.undone))
            .and_then(|()| self.store.save_reports(progress.run, &reports));
        if let Err(error) = written {
            break_down(progress, &error);
        }
    }

    /// The look before the write failed: nothing was sent.
    fn not_read(
        &self,
        job: &Job,
        error: &transport::Error,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        if error.kind() == Kind::Cancelled {
            return; // The run is stopping; what was not sent is counted when it has.
        }
        let pending = pending_for(error);
        if error.kind() == Kind::NotPermitted || error.status() == Some(429) {
            progress.halt(pending.clone());
        } else {
            progress.failed(1, &pending.message);
        }
        for item in &job.items {
            absorbed.stands_pending(progress, job.organization, item, pending.clone());
        }
    }

    fn answered(
        &self,
        job: Job,
        intents: Vec<IntentId>,
        attempted_at: Timestamp,
        rows: Vec<Option<Configuration>>,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let mut rows = rows.into_iter();
        for (mut item, intent) in job.items.into_iter().zip(intents) {
            let row = rows.next().flatten().filter(|row| is_ours(row, job.organization, &item));
            match row {
                // It was moved to another organization just before: what was written stands in the
                // history, and the device is matched anew here.
                Some(row) if row.organization_id != job.organization => {
                    let outcome = IntentOutcome::Done {
                        configuration_id: row.id,
                        stored: bookkeeping::stored(&item.changes, &row),
                    };
                    absorbed.settle(intent, outcome, None, self.now());
                    let reason = PendingReason::ChangedMeanwhile;
                    absorbed.leave_over(progress, job.organization, item, reason, None);
                }
                Some(row) => {
                    learn_atomic(&item, progress);
                    let binding = match &progress.undoing {
                        Some(undoing) => {
                            absorbed.undone.extend(undoing.marks(&item.planned));
                            undoing.binding(progress.run, &item.planned, &row)
                        }
                        None => Some(bookkeeping::after_write(job.organization, &item, &row)),
                    };
                    if progress.undoing.is_some() {
                        item.planned.binding.clone_from(&binding);
                    }
                    // What earlier attempts at the same left open is recorded by this one.
                    let earlier = item.earlier.clone();
                    absorbed.settle_all(earlier, &IntentOutcome::NotDone, self.now());
                    absorbed.settle(
                        intent,
                        IntentOutcome::Done {
                            configuration_id: row.id,
                            stored: bookkeeping::stored(&item.changes, &row),
                        },
                        binding,
                        self.now(),
                    );
                    absorbed.stands_done(progress, job.organization, item, &row);
                }
                // No row of the answer is this item's: what happened has to be looked up.
                None if job.kind == JobKind::Create => {
                    self.unclear(job.organization, item, attempted_at, progress, absorbed);
                }
                None => {
                    absorbed.settle(intent, IntentOutcome::NotDone, None, self.now());
                    let reason = PendingReason::ChangedMeanwhile;
                    absorbed.leave_over(progress, job.organization, item, reason, None);
                }
            }
        }
    }

    fn failed(
        &self,
        mut job: Job,
        intents: Vec<IntentId>,
        attempted_at: Timestamp,
        error: &transport::Error,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        // A 429 that outlasted all patience is no item's fault either, and no smaller batch would fare
        // better.
        let throttled = error.status() == Some(429);
        let kind = if throttled { Kind::NotPermitted } else { error.kind() };
        if kind == Kind::Refused || kind == Kind::NotFound {
            progress.failures = 0;
        }
        match kind {
            Kind::Cancelled => {
                // Cut short before it was sent.
                absorbed.settle_unsent(&job, intents, &IntentOutcome::NotSent, self.now());
            }
            Kind::NotPermitted => {
                let outcome = IntentOutcome::Refused(error.to_string());
                absorbed.settle_unsent(&job, intents, &outcome, self.now());
                progress.halt(pending_for(error));
                absorbed.all_pending(progress, job, &pending_for(error));
            }
            Kind::NotSent | Kind::Redirect | Kind::LockedOut => {
                absorbed.settle_unsent(&job, intents, &IntentOutcome::NotSent, self.now());
                progress.failed(3, &error.to_string());
                absorbed.all_pending(progress, job, &pending_for(error));
            }
            Kind::Refused | Kind::NotFound if job.items.len() == 1 => {
                absorbed.settle_all(
                    intents,
                    &IntentOutcome::Refused(error.to_string()),
                    self.now(),
                );
                self.refused_alone(job, error, progress, absorbed);
            }
            Kind::Refused | Kind::NotFound if error.bulk_not_allowed() => {
                absorbed.settle_all(
                    intents,
                    &IntentOutcome::Refused(error.to_string()),
                    self.now(),
                );
                note_capability(&job, false, progress);
                absorbed.jobs.extend(split(job, 1));
            }
            Kind::Refused | Kind::NotFound if job.kind != JobKind::Create => {
                // Part of it may have been carried out: the intents stay open beside the new ones.
                job.keep_open(intents);
                absorbed.jobs.extend(halves(job));
            }
            Kind::Refused | Kind::NotFound if progress.capabilities.create_is_atomic => {
                absorbed.settle_all(
                    intents,
                    &IntentOutcome::Refused(error.to_string()),
                    self.now(),
                );
                absorbed.jobs.extend(halves(job));
            }
            Kind::Refused | Kind::NotFound => {
                // Part of it may have been carried out, and lists may lag behind: the intents stay
                // open, and the next pass looks before it creates in smaller batches.
                // Only a named field tells that an item was at fault, not the batch as such.
                let names_a_field = error.problems().iter().any(|p| p.attribute.is_some());
                progress.refused_batches.extend(
                    job.items
                        .first()
                        .filter(|_| names_a_field)
                        .map(|item| RefusedBatch { first: item.planned.device_id.clone() }),
                );
                self.unclear_batch(job, attempted_at, progress, absorbed);
            }
            Kind::Unclear | Kind::TooLarge if job.kind == JobKind::Create => {
                progress.failed(1, &error.to_string());
                self.unclear_batch(job, attempted_at, progress, absorbed);
            }
            Kind::Unclear | Kind::TooLarge => {
                // The same values may be sent again; the intents stay open for the next run.
                progress.failed(1, &error.to_string());
                if job.items.len() > 1 {
                    job.keep_open(intents);
                    absorbed.jobs.extend(halves(job));
                } else {
                    absorbed.all_pending(progress, job, &pending_for(error));
                }
            }
        }
    }

    fn unclear_batch(
        &self,
        job: Job,
        attempted_at: Timestamp,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let half = job.items.len().div_ceil(2);
        for item in job.items {
            progress.limits.insert(item.planned.device_id.clone(), half);
            self.unclear(job.organization, item, attempted_at, progress, absorbed);
        }
    }

    /// It may have been created: the intent stays open, and the next pass looks it up.
    fn unclear(
        &self,
        organization: OrganizationId,
        item: Item,
        attempted_at: Timestamp,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let until = attempted_at.checked_add(self.settle).ok();
        absorbed.leave_over(progress, organization, item, PendingReason::Unsettled, until);
    }
}

impl Absorbed {
    fn settle(
        &mut self,
        intent: IntentId,
        outcome: IntentOutcome,
        binding: Option<crate::domain::Binding>,
        at: Timestamp,
    ) {
        self.settlements.push(Settlement { intent, outcome, binding, at });
    }

    fn settle_all(&mut self, intents: Vec<IntentId>, outcome: &IntentOutcome, at: Timestamp) {
        for intent in intents {
            self.settle(intent, outcome.clone(), None, at);
        }
    }

    /// Nothing of the job was carried out: an undo holds what it held before.
    fn settle_unsent(
        &mut self,
        job: &Job,
        intents: Vec<IntentId>,
        outcome: &IntentOutcome,
        at: Timestamp,
    ) {
        for (item, intent) in job.items.iter().zip(intents) {
            self.settle(intent, outcome.clone(), undoing::let_go(item), at);
        }
    }

    fn stand(&mut self, progress: &mut Progress, organization: OrganizationId, standing: Standing) {
        self.touched.push((organization, standing.planned.device_id.clone()));
        self.events.push(progress.stand(organization, standing));
    }

    pub(super) fn stands_done(
        &mut self,
        progress: &mut Progress,
        organization: OrganizationId,
        item: Item,
        configuration: &Configuration,
    ) {
        let standing = done(item, configuration);
        self.stand(progress, organization, standing);
    }

    pub(super) fn stands_pending(
        &mut self,
        progress: &mut Progress,
        organization: OrganizationId,
        item: &Item,
        pending: Pending,
    ) {
        let standing = Standing {
            planned: item.planned.clone(),
            state: DeviceState::Pending,
            configuration_id: item.configuration_id(),
            message: pending.message.clone(),
            pending: Some(pending),
        };
        self.stand(progress, organization, standing);
    }

    fn all_pending(&mut self, progress: &mut Progress, job: Job, pending: &Pending) {
        for item in &job.items {
            self.stands_pending(progress, job.organization, item, pending.clone());
        }
    }

    pub(super) fn leave_over(
        &mut self,
        progress: &mut Progress,
        organization: OrganizationId,
        item: Item,
        reason: PendingReason,
        until: Option<Timestamp>,
    ) {
        progress.leave_over(organization, &item.planned.device_id, until);
        self.stands_pending(progress, organization, &item, Pending::new(reason, reason.sentence()));
    }
}

/// How a device stands whose write, or lack of one, is done.
pub(super) fn done(item: Item, configuration: &Configuration) -> Standing {
    let Item { planned, changes, remarks, .. } = item;
    if let Action::PutBack(put_back) = &planned.action {
        return undoing::standing(planned.clone(), put_back);
    }
    let mut message = remarks;
    if !planned.owned_by_psa.is_empty() {
        let fields: Vec<&str> = planned.owned_by_psa.iter().map(|field| field.key()).collect();
        message.push(format!("owned by the PSA, which keeps {}", fields.join(", ")));
    }
    message.extend(planned.notes.iter().cloned());
    if let (Some(pending), true) = (&planned.pending, message.is_empty()) {
        message.push(pending.message.clone());
    }
    let state = match (&planned.pending, &planned.action) {
        (Some(_), _) => DeviceState::Pending,
        (None, Action::Inactivate(..) | Action::Leave(_)) => DeviceState::Inactive,
        (None, Action::Unchanged(_)) => DeviceState::Unchanged,
        (None, _) if changes.is_empty() => DeviceState::Unchanged,
        (None, _) => DeviceState::Linked,
    };
    Standing {
        state,
        configuration_id: Some(configuration.id),
        pending: planned.pending.clone(),
        message: message.join("; "),
        planned,
    }
}

fn is_ours(row: &Configuration, organization: OrganizationId, item: &Item) -> bool {
    match item.configuration_id() {
        Some(id) => row.id == id,
        None => row.organization_id == organization,
    }
}

/// The first item of a batch that was refused as a whole was taken later: so it had not been created
/// then, although nothing before it was at fault. Refused batches create nothing here. (Where a field
/// of its own had to be dropped, it was itself at fault, and that tells nothing.)
fn learn_atomic(item: &Item, progress: &mut Progress) {
    if matches!(item.planned.action, Action::Create(_))
        && item.refused.is_empty()
        && progress.refused_batches.iter().any(|batch| batch.first == item.planned.device_id)
    {
        progress.capabilities.create_is_atomic = true;
    }
}

fn note_capability(job: &Job, works: bool, progress: &mut Progress) {
    match job.kind {
        JobKind::PsaProbe => progress.capabilities.psa_takes_changes = Some(works),
        _ if job.items.len() < 2 => {}
        JobKind::Create => progress.capabilities.bulk_create = Some(works),
        JobKind::Update => progress.capabilities.bulk_update = Some(works),
    }
}

fn halves(job: Job) -> Vec<Job> {
    let half = job.items.len().div_ceil(2);
    split(job, half)
}

pub(super) fn split(job: Job, size: usize) -> Vec<Job> {
    let Job { organization, kind, items, freshness } = job;
    items
        .chunks(size.max(1))
        .map(|items| Job { organization, kind, items: items.to_vec(), freshness })
        .collect()
}

/// The state file can't be written: whatever is open in the journal is settled by the next run.
pub(super) fn break_down(progress: &mut Progress, error: &StoreError) {
    progress.broken = true;
    progress.halt(Pending::new(PendingReason::Interrupted, error.to_string()));
}

pub(super) fn pending_for(error: &transport::Error) -> Pending {
    let reason = match error.kind() {
        _ if error.status() == Some(429) => PendingReason::RateLimited,
        Kind::NotPermitted => PendingReason::NotPermitted,
        Kind::Refused | Kind::NotFound => PendingReason::RejectedByItglue,
        Kind::NotSent | Kind::Unclear | Kind::TooLarge | Kind::Redirect | Kind::LockedOut => {
            PendingReason::Unreachable
        }
        Kind::Cancelled => PendingReason::Interrupted,
    };
    Pending::new(reason, error.to_string())
}
