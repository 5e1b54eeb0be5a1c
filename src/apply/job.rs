//! A write to IT Glue: up to fifty items of one organization, journaled before it is sent.

use super::engine::Engine;
use super::event::ToSend;
use super::prepare::{Freshness, Prepared};
use super::undoing;
use crate::domain::{
    Attribute, Changes, Configuration, ConfigurationId, DeviceState, OrganizationId,
    PsaIntegration, RunId, SerialNumber, Value,
};
use crate::itglue;
use crate::plan::{Action, PlannedDevice};
use crate::store::{Intent, IntentId, IntentKind, StoreError};
use crate::transport;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Items in a batch to begin with.
pub(super) const BATCH: usize = 50;
/// A listing older than this is not written from without another look.
const FRESH: SignedDuration = SignedDuration::from_secs(60);

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum JobKind {
    /// Creates; an unclear answer is looked up before anything is repeated.
    Create,
    /// Updates, activations and inactivations: the same values again do no harm.
    Update,
    /// An update of one record that a PSA owns, which IT Glue may refuse.
    PsaProbe,
}

/// One device's share of a job.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub planned: PlannedDevice,
    /// What is sent in this attempt.
    pub changes: Changes,
    /// Fields that IT Glue refused by name, with the value it refused.
    pub refused: BTreeMap<Attribute, String>,
    /// What IT Glue said of them.
    pub remarks: Vec<String>,
    /// Attempts at the same of which it is not known what came of them.
    pub earlier: Vec<IntentId>,
}

/// A batch.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub organization: OrganizationId,
    pub kind: JobKind,
    pub items: Vec<Item>,
    pub freshness: Freshness,
}

/// What came of a job.
#[derive(Debug)]
pub(super) struct JobResult {
    /// The job, without the items that changed meanwhile.
    pub job: Job,
    /// Items whose record is not what the plan saw.
    pub changed: Vec<Item>,
    pub sent: Sent,
}

/// How far a job got.
#[derive(Debug)]
pub(super) enum Sent {
    /// Nothing left to send.
    Nothing,
    /// The look before the write failed; nothing was sent.
    NotRead(transport::Error),
    /// The journal could not be written; nothing was sent.
    NotJournaled(StoreError),
    /// Sent, with what came back.
    Answered {
        intents: Vec<IntentId>,
        attempted_at: Timestamp,
        answer: Result<Vec<Option<Configuration>>, transport::Error>,
    },
}

impl Item {
    fn of(planned: &PlannedDevice) -> Option<Self> {
        let changes = planned.action.changes()?.clone();
        let planned = planned.clone();
        let (refused, remarks, earlier) = (BTreeMap::new(), Vec::new(), Vec::new());
        Some(Self { planned, changes, refused, remarks, earlier })
    }

    /// What is sent: attributes with their new values.
    fn values(&self) -> BTreeMap<Attribute, Value> {
        self.changes.iter().map(|(key, change)| (*key, change.to.clone())).collect()
    }

    pub fn configuration_id(&self) -> Option<ConfigurationId> {
        self.planned.action.configuration().map(|configuration| configuration.id)
    }

    pub fn serial(&self) -> Option<SerialNumber> {
        self.planned.device.as_ref().and_then(|device| device.serial())
    }

    fn owned_by_psa(&self) -> bool {
        self.planned.action.configuration().is_some_and(|c| c.psa == PsaIntegration::Synced)
            && self.changes.keys().any(|attribute| !attribute.writable_on_psa_record())
    }

    fn intent(&self, organization_id: OrganizationId) -> Intent {
        Intent {
            device_id: self.planned.device_id.clone(),
            device_name: self.planned.name.clone(),
            organization_id,
            policy_id: self.planned.through.clone(),
            kind: match self.planned.action {
                Action::Create(_) => IntentKind::Create,
                Action::Activate(..) => IntentKind::Activate,
                Action::Inactivate(..) => IntentKind::Inactivate,
                Action::PutBack(ref put_back) => undoing::intent_kind(put_back),
                _ => IntentKind::Update,
            },
            configuration_id: self.configuration_id(),
            changes: self.changes.clone(),
            serial: self.serial(),
            mac: self.planned.device.as_ref().and_then(|device| device.mac()),
        }
    }
}

impl Job {
    /// Whether it looks once more before it writes.
    pub fn looks_first(&self, now: Timestamp) -> bool {
        let several_pages = self.kind == JobKind::Create && self.freshness.pages > 1;
        // Before it was read: the clock was set back, and its age can't be told.
        several_pages || now > self.fresh_until() || now < self.freshness.read_at
    }

    /// Until when it may be written from its listing without another look.
    pub fn fresh_until(&self) -> Timestamp {
        self.freshness.read_at.checked_add(FRESH).unwrap_or(Timestamp::MAX)
    }

    /// Leaves the items' intents open until a later attempt succeeds or the next run looks.
    pub fn keep_open(&mut self, intents: Vec<IntentId>) {
        for (item, intent) in self.items.iter_mut().zip(intents) {
            item.earlier.push(intent);
        }
    }
}

/// Cuts a plan's writes into jobs. `limits` holds, for devices of a create batch that failed, the
/// largest batch they may travel in now.
pub(super) fn jobs(
    prepared: &Prepared,
    batch: impl Fn(JobKind) -> usize,
    limits: &HashMap<crate::domain::DeviceId, usize>,
) -> Vec<Job> {
    let mut jobs = Vec::new();
    for plan in &prepared.plans {
        let Some(freshness) = prepared.readings.get(&plan.organization_id).copied() else {
            continue;
        };
        let mut creates: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
        let (mut updates, mut probes) = (Vec::new(), Vec::new());
        for item in plan.devices.iter().filter(|p| p.action.writes()).filter_map(Item::of) {
            if matches!(item.planned.action, Action::Create(_)) {
                let most = batch(JobKind::Create);
                let limit = limits.get(&item.planned.device_id).copied().unwrap_or(most);
                creates.entry(limit.min(most)).or_default().push(item);
            } else if item.owned_by_psa() {
                probes.push(item);
            } else {
                updates.push(item);
            }
        }
        let mut cut = |kind: JobKind, size: usize, items: Vec<Item>| {
            let organization = plan.organization_id;
            jobs.extend(items.chunks(size.max(1)).map(|items| Job {
                organization,
                kind,
                items: items.to_vec(),
                freshness,
            }));
        };
        for (size, items) in creates {
            cut(JobKind::Create, size, items);
        }
        cut(JobKind::Update, batch(JobKind::Update), updates);
        cut(JobKind::PsaProbe, batch(JobKind::PsaProbe), probes);
    }
    jobs
}

/// What is queued, beside `under_way` writes; `batch` says how many items travel together by now.
pub(super) fn to_send(
    queue: &VecDeque<Job>,
    under_way: usize,
    batch: impl Fn(JobKind) -> usize,
    now: Timestamp,
) -> ToSend {
    let writes = |job: &Job| job.items.len().div_ceil(batch(job.kind).max(1));
    let fresh = queue.iter().filter(|job| !job.looks_first(now));
    ToSend {
        writes: queue.iter().map(writes).sum::<usize>() + under_way,
        looks: queue.iter().filter(|job| job.looks_first(now)).map(writes).sum(),
        fresh_until: fresh.map(Job::fresh_until).min(),
    }
}

impl Engine {
    /// Looks again where the listing is old, journals, sends.
    pub(super) async fn carry_out(&self, run: RunId, mut job: Job) -> JobResult {
        let changed = match self.changed_meanwhile(&mut job).await {
            Ok(changed) => changed,
            Err(error) => {
                return JobResult { job, changed: Vec::new(), sent: Sent::NotRead(error) };
            }
        };
        if job.items.is_empty() {
            return JobResult { job, changed, sent: Sent::Nothing };
        }
        self.tell_on_the_way(&job, DeviceState::Writing);
        let intents: Vec<Intent> =
            job.items.iter().map(|item| item.intent(job.organization)).collect();
        let attempted_at = self.now();
        // First of all what is undone is held: whatever comes, no sync does it again.
        let held: Vec<_> =
            job.items.iter().filter_map(|item| undoing::held(run, &item.planned)).collect();
        if let Err(error) = self.store.save_bindings(&held) {
            return JobResult { job, changed, sent: Sent::NotJournaled(error) };
        }
        let intents = match self.store.journal(run, &intents, attempted_at) {
            Ok(intents) => intents,
            Err(error) => return JobResult { job, changed, sent: Sent::NotJournaled(error) },
        };
        let answer = self.send(&job).await;
        JobResult { job, changed, sent: Sent::Answered { intents, attempted_at, answer } }
    }

    async fn send(&self, job: &Job) -> Result<Vec<Option<Configuration>>, transport::Error> {
        if job.kind == JobKind::Create {
            let drafts: Vec<itglue::Draft> = job.items.iter().map(Item::values).collect();
            return self.itglue.create(job.organization, &drafts).await;
        }
        let updates: Vec<(ConfigurationId, BTreeMap<Attribute, Value>)> = job
            .items
            .iter()
            .filter_map(|item| Some((item.configuration_id()?, item.values())))
            .collect();
        self.itglue.update(&updates).await
    }

    /// Takes out of the job what is no longer as the plan saw it.
    async fn changed_meanwhile(&self, job: &mut Job) -> Result<Vec<Item>, transport::Error> {
        if !job.looks_first(self.now()) {
            return Ok(Vec::new());
        }
        self.tell_on_the_way(job, DeviceState::Matching);
        match job.kind {
            JobKind::Create => self.created_meanwhile(job).await,
            JobKind::Update | JobKind::PsaProbe => self.edited_meanwhile(job).await,
        }
    }

    async fn created_meanwhile(&self, job: &mut Job) -> Result<Vec<Item>, transport::Error> {
        let serials: Vec<&str> =
            job.items.iter().filter_map(|item| item.planned.serial_number.as_deref()).collect();
        let found = self.itglue.configurations_by_serial(job.organization, &serials).await?;
        let found: Vec<SerialNumber> = found.iter().filter_map(Configuration::serial).collect();
        let (there, fresh) = std::mem::take(&mut job.items)
            .into_iter()
            .partition(|item| item.serial().is_some_and(|serial| found.contains(&serial)));
        job.items = fresh;
        Ok(there)
    }

    async fn edited_meanwhile(&self, job: &mut Job) -> Result<Vec<Item>, transport::Error> {
        let ids: Vec<ConfigurationId> =
            job.items.iter().filter_map(Item::configuration_id).collect();
        let now: HashMap<ConfigurationId, Configuration> = self
            .itglue
            .configurations_by_id(&ids)
            .await?
            .into_iter()
            .map(|configuration| (configuration.id, configuration))
            .collect();
        let (edited, fresh) =
            std::mem::take(&mut job.items).into_iter().partition(|item: &Item| {
                item.planned
                    .action
                    .configuration()
                    .is_none_or(|seen| now.get(&seen.id) != Some(&**seen))
            });
        job.items = fresh;
        Ok(edited)
    }
}
