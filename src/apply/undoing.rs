//! What an undo means for bindings, the history and single items that IT Glue refused.

use super::absorb::{Absorbed, break_down};
use super::engine::Engine;
use super::job::{Item, Job, JobKind};
use super::progress::{Progress, Standing};
use crate::domain::{
    Attribute, Binding, BindingState, Configuration, DeviceState, OrganizationId, Pending,
    PendingReason, Run, RunId, StatusId,
};
use crate::plan::{Action, Left, PlannedDevice, PutBack, Was, Why};
use crate::store::{Intent, IntentId, IntentKind, RecordedChange};
use crate::transport;
use std::collections::BTreeSet;

/// The undo under way.
#[derive(Debug)]
pub(super) struct Undoing {
    /// The run that is undone.
    pub undone: Run,
    /// What it changed.
    pub recorded: Vec<RecordedChange>,
}

/// The binding as it stands while the device's write is under way: held by the run that writes. An
/// undo of an undo holds nothing anew: until it is through, what held holds on.
pub(super) fn held(run: RunId, planned: &PlannedDevice) -> Option<Binding> {
    let Action::PutBack(put_back) = &planned.action else { return None };
    let binding = planned.binding.clone()?;
    let held_by = match binding.held_by {
        before if put_back.redo => before,
        Some(before) if put_back.changes.is_empty() => Some(before),
        _ => Some(run),
    };
    Some(Binding { held_by, ..binding })
}

/// The binding as it was before a write that is known not to have been carried out; `None` where
/// something of the device may be as before the run all the same, so that it stays held.
pub(super) fn let_go(item: &Item) -> Option<Binding> {
    let Action::PutBack(put_back) = &item.planned.action else { return None };
    let nothing_done = put_back.already.is_empty() && item.earlier.is_empty();
    item.planned.binding.clone().filter(|_| nothing_done)
}

/// The journal's word for the way back: a device that joined leaves by it, one that left joins.
pub(super) const fn intent_kind(put_back: &PutBack) -> IntentKind {
    match put_back.was {
        Was::Created | Was::Activated => IntentKind::Inactivate,
        Was::Inactivated => IntentKind::Activate,
        Was::Updated => IntentKind::Update,
    }
}

/// The binding after an undo's write whose answer was lost, once it is known to have been done. Who
/// holds it stays: it may have been released since.
pub(super) fn settled(
    binding: &mut Binding,
    intent: &Intent,
    now: &Configuration,
    inactive: StatusId,
) {
    binding.serial_seen = now.serial();
    for attribute in intent.changes.keys() {
        binding.written.remove(attribute);
    }
    let of_status = |attribute| matches!(attribute, &Attribute::Status | &Attribute::Archived);
    let asleep = now.archived || now.status_id == Some(inactive);
    let by_it = intent.changes.keys().any(of_status);
    binding.state = match (intent.kind, binding.state) {
        (IntentKind::Inactivate, BindingState::Bound) if by_it || asleep => BindingState::Left,
        (IntentKind::Activate, BindingState::Left) if by_it || !asleep => BindingState::Bound,
        (_, state) => state,
    };
}

impl Undoing {
    /// The binding when the device's share is done.
    pub fn binding(
        &self,
        run: RunId,
        planned: &PlannedDevice,
        now: &Configuration,
    ) -> Option<Binding> {
        let Action::PutBack(put_back) = &planned.action else { return None };
        let mut binding = held(run, planned)?;
        binding.serial_seen = now.serial();
        // Whoever changed these back was we: no person contests them.
        for attribute in put_back.changes.keys().chain(&put_back.already) {
            binding.written.remove(attribute);
        }
        if put_back.turns() {
            binding.state = match (put_back.was, binding.state) {
                (Was::Created | Was::Activated, BindingState::Bound) => BindingState::Left,
                (Was::Inactivated, BindingState::Left) => BindingState::Bound,
                (_, state) => state,
            };
        }
        let before = planned.binding.as_ref().and_then(|binding| binding.held_by);
        let ours = before.is_none_or(|by| by == self.undone.id);
        if put_back.lifts_hold() && ours {
            binding.held_by = None;
        }
        Some(binding)
    }

    /// Which of the run's changes are undone by it.
    pub fn marks(&self, planned: &PlannedDevice) -> Vec<(IntentId, Attribute)> {
        let Action::PutBack(put_back) = &planned.action else { return Vec::new() };
        let Some(configuration) = &put_back.configuration else { return Vec::new() };
        let back: BTreeSet<Attribute> =
            put_back.changes.keys().chain(&put_back.already).copied().collect();
        let whole = put_back.was == Was::Created && !back.is_empty();
        self.recorded
            .iter()
            .filter(|change| change.configuration_id == configuration.id)
            .filter(|change| whole || back.contains(&change.attribute))
            .map(|change| (change.intent, change.attribute))
            .collect()
    }
}

/// How a device of an undo stands whose share is done, by the binding that was kept for it.
pub(super) fn standing(planned: PlannedDevice, put_back: &PutBack) -> Standing {
    let holder = planned.binding.as_ref().and_then(|binding| binding.held_by);
    let left = put_back.left_told();
    let said = |beginning: &str| match left.is_empty() {
        true => beginning.to_owned(),
        false => format!("{beginning}; left as it is: {left}"),
    };
    let beginning = match (put_back.redo, holder) {
        (true, Some(run)) => format!("done again, and held until released, by run {run}"),
        (true, None) => "done again".to_owned(),
        (false, Some(_)) => "undone, and held until released".to_owned(),
        (false, None) => "undone, and not held: the device has no part in it any more".to_owned(),
    };
    let (state, pending, message) = if !put_back.touches() {
        (DeviceState::Pending, None, format!("left as it is: {left}"))
    } else if holder.is_some() {
        let pending = Pending::new(PendingReason::Held, said(&beginning));
        let message = pending.message.clone();
        (DeviceState::Held, Some(pending), message)
    } else if left.is_empty() {
        let leaves = matches!(put_back.was, Was::Created | Was::Activated) && put_back.turns();
        let state = if leaves { DeviceState::Inactive } else { DeviceState::Linked };
        (state, None, beginning)
    } else {
        (DeviceState::Pending, None, said(&beginning))
    };
    Standing { configuration_id: planned.configuration_id(), planned, state, pending, message }
}

impl Engine {
    /// IT Glue refused a single item of an undo: what it names, or else all of it, stays as it is.
    pub(super) fn left_by_undo(
        &self,
        job: Job,
        error: &transport::Error,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let Job { organization, kind, items, freshness } = job;
        let Some(mut item) = items.into_iter().next() else { return };
        let named: BTreeSet<Attribute> = match kind {
            JobKind::PsaProbe => not_for_psa(&item),
            _ => error.problems().iter().filter_map(|problem| problem.attribute).collect(),
        };
        let named: BTreeSet<Attribute> =
            item.changes.keys().copied().filter(|attribute| named.contains(attribute)).collect();
        let all = || item.changes.keys().copied().collect();
        let dropped = if named.is_empty() { all() } else { named };
        leave(&mut item, &dropped, &error.to_string());
        if item.changes.is_empty() {
            self.undo_stands(organization, item, progress, absorbed);
        } else {
            let kind = if kind == JobKind::PsaProbe { JobKind::Update } else { kind };
            absorbed.jobs.push(Job { organization, kind, items: vec![item], freshness });
        }
    }

    /// A PSA's record in an undo, when it is known that IT Glue refuses such: nothing is asked.
    pub(super) fn undo_left_to_psa(
        &self,
        job: Job,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let Job { organization, items, freshness, .. } = job;
        for mut item in items {
            let dropped = not_for_psa(&item);
            leave(&mut item, &dropped, "a PSA owns the record");
            if item.changes.is_empty() {
                self.undo_stands(organization, item, progress, absorbed);
            } else {
                let kind = JobKind::Update;
                absorbed.jobs.push(Job { organization, kind, items: vec![item], freshness });
            }
        }
    }

    /// Nothing is left to send: held where something stands as before, else let go again.
    fn undo_stands(
        &self,
        organization: OrganizationId,
        mut item: Item,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let Action::PutBack(put_back) = &item.planned.action else { return };
        let Some(configuration) = put_back.configuration.clone() else { return };
        let touched = put_back.touches();
        let binding = match (&progress.undoing, touched) {
            (Some(undoing), true) => {
                absorbed.undone.extend(undoing.marks(&item.planned));
                undoing.binding(progress.run, &item.planned, &configuration)
            }
            _ => item.planned.binding.clone(),
        };
        if let Err(error) = self.store.save_bindings(binding.as_slice()) {
            break_down(progress, &error);
        }
        item.planned.binding = binding;
        absorbed.stands_done(progress, organization, item, &configuration);
    }

    /// Books a device of an undo that wants no write.
    pub(super) fn book_undo(
        &self,
        planned: &PlannedDevice,
        progress: &Progress,
    ) -> (Option<Binding>, Vec<(IntentId, Attribute)>) {
        match (&progress.undoing, &planned.action) {
            (Some(undoing), Action::PutBack(put_back)) if put_back.touches() => {
                let now = put_back.configuration.as_ref();
                let binding = now.and_then(|now| undoing.binding(progress.run, planned, now));
                (binding, undoing.marks(planned))
            }
            _ => (None, Vec::new()),
        }
    }
}

fn not_for_psa(item: &Item) -> BTreeSet<Attribute> {
    let keys = item.changes.keys().copied();
    keys.filter(|attribute| !attribute.writable_on_psa_record()).collect()
}

/// Takes attributes out of what is sent and out of the plan.
fn leave(item: &mut Item, dropped: &BTreeSet<Attribute>, words: &str) {
    let Action::PutBack(put_back) = &mut item.planned.action else { return };
    for attribute in dropped {
        item.changes.remove(attribute);
        put_back.changes.remove(attribute);
        let why = Why::Refused(words.to_owned());
        put_back.left.push(Left { attribute: Some(*attribute), why });
    }
}
