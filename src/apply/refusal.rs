//! What becomes of a single item that IT Glue refused: a named field is dropped, a PSA's record is left
//! to the PSA, and otherwise a person has to look.

use super::absorb::{Absorbed, break_down, pending_for};
use super::bookkeeping;
use super::engine::Engine;
use super::job::{Item, Job, JobKind};
use super::prepare::Freshness;
use super::progress::Progress;
use crate::domain::{Attribute, OrganizationId, Pending, PendingReason};
use crate::plan::Action;
use crate::transport::{self, Kind};

impl Engine {
    /// A single item was refused: a named field is dropped, a PSA's record is left to the PSA, and
    /// otherwise a person has to look.
    pub(super) fn refused_alone(
        &self,
        job: Job,
        error: &transport::Error,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let undoes = progress.undoing.is_some();
        if undoes && job.kind == JobKind::PsaProbe {
            progress.capabilities.psa_takes_changes = Some(false);
        }
        if undoes && error.kind() != Kind::NotFound {
            return self.left_by_undo(job, error, progress, absorbed);
        }
        let Job { organization, kind, items, freshness } = job;
        let Some(mut item) = items.into_iter().next() else { return };
        if error.kind() == Kind::NotFound {
            if kind == JobKind::Create {
                let why = format!("organization {organization} does not take it: {error}");
                let pending = Pending::new(PendingReason::OrganizationMissing, why);
                absorbed.stands_pending(progress, organization, &item, pending);
            } else {
                let reason = PendingReason::ChangedMeanwhile;
                absorbed.leave_over(progress, organization, item, reason, None);
            }
            return;
        }
        if kind == JobKind::PsaProbe {
            progress.capabilities.psa_takes_changes = Some(false);
            self.leave_to_psa(organization, item, freshness, progress, absorbed);
            return;
        }
        let named: Vec<(Attribute, String)> = error
            .problems()
            .iter()
            .filter_map(|problem| Some((problem.attribute?, problem.to_string())))
            .filter(|(attribute, _)| droppable(*attribute, &item))
            .collect();
        if named.is_empty() {
            let pending = pending_for(error);
            absorbed.stands_pending(progress, organization, &item, pending);
            return;
        }
        for (attribute, words) in named {
            if let Some(change) = item.changes.remove(&attribute) {
                item.refused.insert(attribute, change.to.to_string());
                item.remarks.push(format!("IT Glue refused {attribute}: {words}"));
            }
        }
        if item.changes.is_empty() {
            self.keep_without(organization, item, progress, absorbed);
        } else {
            absorbed.jobs.push(Job { organization, kind, items: vec![item], freshness });
        }
    }

    /// Nothing of the item is left to be written; the device is bound all the same.
    fn keep_without(
        &self,
        organization: OrganizationId,
        item: Item,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let Some(configuration) = item.planned.action.configuration().cloned() else { return };
        let binding = bookkeeping::all_refused(organization, &item, &configuration);
        if let Err(error) = self.store.save_bindings(&[binding]) {
            break_down(progress, &error);
        }
        absorbed.stands_done(progress, organization, item, &configuration);
    }

    /// IT Glue keeps a PSA's record as it is: the device is bound, and only what may be written is.
    pub(super) fn leave_to_psa(
        &self,
        organization: OrganizationId,
        mut item: Item,
        freshness: Freshness,
        progress: &mut Progress,
        absorbed: &mut Absorbed,
    ) {
        let Some(configuration) = item.planned.action.configuration().cloned() else { return };
        let kept: Vec<Attribute> = item
            .changes
            .keys()
            .copied()
            .filter(|attribute| !attribute.writable_on_psa_record())
            .collect();
        for attribute in &kept {
            item.changes.remove(attribute);
        }
        item.planned.owned_by_psa.extend(kept);
        let leaves = matches!(item.planned.action, Action::Inactivate(..));
        if leaves {
            item.planned.action = Action::Leave(configuration.clone());
        }
        let mut binding = bookkeeping::without_write(organization, &item.planned, &configuration);
        binding.psa_refused = configuration.updated_at.or(Some(self.now()));
        if let Err(error) = self.store.save_bindings(std::slice::from_ref(&binding)) {
            break_down(progress, &error);
        }
        item.planned.binding = Some(binding);
        if item.changes.is_empty() {
            absorbed.stands_done(progress, organization, item, &configuration);
        } else {
            let kind = JobKind::Update;
            absorbed.jobs.push(Job { organization, kind, items: vec![item], freshness });
        }
    }
}

/// A field IT Glue may do without; the status decides whether a device is bound at all, and no
/// configuration is created without a name.
fn droppable(attribute: Attribute, item: &Item) -> bool {
    let creates = matches!(item.planned.action, Action::Create(_));
    item.changes.contains_key(&attribute)
        && match attribute {
            Attribute::Hostname | Attribute::PrimaryIp => true,
            Attribute::Name => !creates,
            // Without what identifies it a created record could never be found again.
            Attribute::SerialNumber => !creates,
            Attribute::MacAddress => !creates || item.serial().is_some(),
            Attribute::Status | Attribute::Archived | Attribute::Type => false,
        }
}
