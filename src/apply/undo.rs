//! Undoing a run: read anew what it changed, plan, hold, journal, and put back.
//!
//! A device is held before its first write goes out, so that whatever becomes of the undo, no sync
//! does the undone again. An undo that was cut short is run again and goes on.

use super::engine::{Engine, Request};
use super::error::Error;
use super::event::{Event, Summary};
use super::prepare::{Prepared, freshness};
use super::progress::Progress;
use super::read::{Extent, Fleet, Reading};
use super::run::Meter;
use super::seen::{Choices, UndoSeen};
use super::undoing::Undoing;
use crate::domain::{
    Attribute, Binding, ConfigurationId, DeviceId, LinkTarget, OrganizationId, Outcome, Run,
    RunKind, StatusId,
};
use crate::plan::{
    Action, Done, Found, OrganizationPlan, PlannedDevice, Scope, UndoDevice, UndoWorld, View, Was,
    plan_undo,
};
use crate::store::{IntentKind, RecordedChange};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What undoing a run would do.
#[derive(Debug, Clone)]
pub struct UndoPlan {
    /// The run.
    pub run: Run,
    /// One entry a configuration that has anything to put back or to leave, by organization and name.
    pub devices: Vec<UndoDevice>,
    /// The organizations' names.
    pub organizations: BTreeMap<OrganizationId, String>,
    /// How many of the run's configurations were undone before.
    pub undone_before: usize,
    /// Writes of the run without a clear answer: they are looked up first, and then undone too.
    pub unclear: usize,
    /// Organizations that are gone or have another name; each sentence says which.
    pub missing: Vec<String>,
    /// The settings it was made with.
    pub choices: Choices,
    /// When the configurations were read.
    pub read_at: Timestamp,
}

impl UndoPlan {
    /// How many configurations would be written.
    pub fn writes(&self) -> usize {
        self.devices.iter().filter(|device| !device.put_back.changes.is_empty()).count()
    }

    /// Whether it would write or hold anything.
    pub fn has_something_to_do(&self) -> bool {
        self.unclear > 0 || self.devices.iter().any(|device| device.put_back.touches())
    }

    /// Whether anything stays as it is.
    pub fn leaves(&self) -> bool {
        self.devices.iter().any(|device| !device.put_back.left.is_empty())
    }
}

/// What was read for an undo.
struct Undo {
    plan: UndoPlan,
    recorded: Vec<RecordedChange>,
    readings: BTreeMap<OrganizationId, Reading>,
    /// When the last unclear create may be looked up.
    until: Option<Timestamp>,
}

impl Engine {
    /// Plans an undo without locking or writing anything.
    ///
    /// # Errors
    /// When something could not be read, or the state belongs to other accounts.
    pub async fn plan_undo(&self, run: &Run) -> Result<UndoPlan, Error> {
        let organizations = self.changed_organizations(run)?;
        Ok(self.read_undo(run, &organizations, false).await?.plan)
    }

    /// Puts back what a run changed, and where a person has `seen` a plan, nothing beside it. What was left as it is counts as pending; an error means that
    /// nothing was written.
    ///
    /// # Errors
    /// As for [`Self::plan_undo`].
    pub async fn undo(&self, undone: &Run, seen: Option<&UndoSeen>) -> Result<Summary, Error> {
        self.state_is_confirmed()?;
        let mut meter = Meter::start(self);
        let mut extent = Extent {
            organizations: self.changed_organizations(undone)?,
            policies: undone.policies.iter().cloned().collect(),
        };
        let (_locks, busy) = self.hold(&mut extent.organizations).await?;
        meter.busy = busy;
        let account = self.addigy.policies().await?.organization_id;
        self.check_addigy_account(account)?;
        let mut undo = self.read_undo(undone, &extent.organizations, true).await?;
        if undo.until.is_some() {
            self.wait_until(undo.plan.unclear, undo.until).await;
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            undo = self.read_undo(undone, &extent.organizations, true).await?;
        }
        if let Some(seen) = seen {
            self.check_undo(seen, &undo.plan)?;
        }
        if !undo.plan.has_something_to_do() {
            return Ok(nothing_done(self, &undo, meter));
        }
        let prepared = self.prepared(&undo)?;
        let run = self.store.begin_run(
            RunKind::Undo,
            &extent.policies.iter().cloned().collect::<Vec<_>>(),
            &self.origin,
            self.now(),
        )?;
        self.reporter.outcome(Event::Started { run }).await;
        let mut progress = self.progress(run)?;
        progress.undoing = Some(Undoing { undone: undone.clone(), recorded: undo.recorded });
        let request = Request {
            kind: RunKind::Undo,
            only: Some(BTreeSet::new()),
            ..Request::sync(Some(extent.policies))
        };
        self.passes(run, &request, &prepared, &mut progress).await;
        Ok(self.finish(run, &request, &prepared, progress, meter))
    }

    /// Plans the undo again for what an earlier pass left over.
    pub(super) async fn undo_again(
        &self,
        progress: &mut Progress,
        leftover: &BTreeMap<OrganizationId, BTreeSet<DeviceId>>,
    ) -> Result<Option<Prepared>, Error> {
        let Some(undoing) = &mut progress.undoing else { return Ok(None) };
        let organizations = leftover.keys().copied().collect();
        let mut undo = self.read_undo(&undoing.undone, &organizations, true).await?;
        undoing.recorded = std::mem::take(&mut undo.recorded);
        let mut prepared = self.prepared(&undo)?;
        for plan in &mut prepared.plans {
            let devices = leftover.get(&plan.organization_id).cloned();
            plan.restrict(&Scope { policies: None, devices });
        }
        Ok(Some(prepared))
    }

    /// The organizations that the run wrote to, or may have.
    fn changed_organizations(&self, run: &Run) -> Result<BTreeSet<OrganizationId>, Error> {
        let changed = self.store.changes_of(run.id)?.into_iter().map(|c| c.organization_id);
        let open = self.store.open_intents()?.into_iter().filter(|open| open.run == run.id);
        Ok(changed.chain(open.map(|open| open.intent.organization_id)).collect())
    }

    async fn read_undo(
        &self,
        run: &Run,
        organizations: &BTreeSet<OrganizationId>,
        record: bool,
    ) -> Result<Undo, Error> {
        let (links, bindings) = (self.store.links()?, self.store.bindings()?);
        let former = self.former_names()?;
        let named = |id| links.name_of(id).or_else(|| former.get(&id).map(String::as_str));
        let readings = self.read_organizations_called(organizations, named, &bindings).await?;
        let tree = self.store.policies()?.map(|(tree, _)| tree).unwrap_or_default();
        let young = self.settle_intents(&readings, &tree, &links, record)?;
        let mut open = self.store.open_intents()?;
        open.retain(|open| {
            open.run == run.id && organizations.contains(&open.intent.organization_id)
        });
        let until = open.iter().filter_map(|open| {
            young.get(&(open.intent.device_id.clone(), open.intent.organization_id)).copied()
        });
        let until = until.max();
        let mut recorded = self.store.changes_of(run.id)?;
        recorded.retain(|change| organizations.contains(&change.organization_id));
        let devices = self.undo_devices(run, &recorded, &readings).await?;
        let names = readings.iter().map(|(id, reading)| (*id, reading.view.name.clone()));
        Ok(Undo {
            plan: UndoPlan {
                run: run.clone(),
                devices,
                organizations: names.collect(),
                undone_before: undone_before(&recorded),
                unclear: open.len(),
                missing: missing(&readings),
                choices: self.choices(),
                read_at: readings.values().map(|r| r.read_at).min().unwrap_or_else(|| self.now()),
            },
            recorded,
            readings,
            until,
        })
    }

    /// What organizations were called when they were last linked, for those that no longer are.
    fn former_names(&self) -> Result<BTreeMap<OrganizationId, String>, Error> {
        let history = self.store.link_history()?.into_iter();
        let names = history.filter_map(|event| match event.target? {
            LinkTarget::Organization { id, name, .. } => Some((id, name)),
            LinkTarget::KeptUnlinked => None,
        });
        Ok(names.collect())
    }

    async fn undo_devices(
        &self,
        run: &Run,
        recorded: &[RecordedChange],
        readings: &BTreeMap<OrganizationId, Reading>,
    ) -> Result<Vec<UndoDevice>, Error> {
        let statuses: BTreeSet<StatusId> =
            match recorded.iter().any(|change| change.attribute == Attribute::Status) {
                true => self.itglue.statuses().await?.iter().map(|status| status.id).collect(),
                false => BTreeSet::new(),
            };
        let found = self.found(recorded, readings).await?;
        let ids: Vec<ConfigurationId> = found.keys().copied().collect();
        let later = self.store.changed_after(run.id, &ids)?;
        let bindings = self.store.bindings()?;
        let bound = bindings.into_iter().filter(Binding::is_bound);
        let done: Vec<Done> = recorded
            .iter()
            .map(|change| {
                let key = (change.configuration_id, change.attribute);
                done(change, later.get(&key).copied())
            })
            .collect();
        Ok(plan_undo(&UndoWorld {
            done: &done,
            found: &found,
            holders: &bound.map(|b| (b.configuration_id, b.device_id)).collect(),
            redo: run.kind == RunKind::Undo,
            inactive: self.rules.inactive,
            statuses: &statuses,
        }))
    }

    /// Where the configurations are now. Only a 404 on its id says that one is gone.
    async fn found(
        &self,
        recorded: &[RecordedChange],
        readings: &BTreeMap<OrganizationId, Reading>,
    ) -> Result<BTreeMap<ConfigurationId, Found>, Error> {
        let mut listed = BTreeMap::new();
        for reading in readings.values() {
            if let View::Read { configurations, .. } = &reading.view.view {
                listed.extend(configurations.iter().map(|c| (c.id, Arc::clone(c))));
            }
        }
        let mut found = BTreeMap::new();
        for change in recorded.iter().filter(|change| !change.undone) {
            let (id, organization) = (change.configuration_id, change.organization_id);
            if found.contains_key(&id) {
                continue;
            }
            let view = readings.get(&organization).map(|reading| &reading.view.view);
            let place = match (view, listed.get(&id)) {
                (Some(View::Missing(why)), _) => Found::Missing(why.clone()),
                (_, Some(there)) if there.organization_id == organization => {
                    Found::Here(Arc::clone(there))
                }
                _ => match self.itglue.configuration(id).await? {
                    None => Found::Gone,
                    Some(there) if there.organization_id == organization => {
                        Found::Here(Arc::new(there))
                    }
                    Some(there) => Found::In(there.organization_id),
                },
            };
            found.insert(id, place);
        }
        Ok(found)
    }

    /// The undo as plans that a run can carry out.
    fn prepared(&self, undo: &Undo) -> Result<Prepared, Error> {
        let bindings = self.store.bindings()?;
        let links = self.store.links()?;
        let tree = self.store.policies()?.map(|(tree, _)| tree).unwrap_or_default();
        let mut counted: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for report in self.store.reports()? {
            if let Some(coverage) = links.coverage(&tree, &report.policy_id) {
                let key = (coverage.organization_id, report.device_id);
                counted.entry(key).or_default().insert(report.policy_id);
            }
        }
        let planned = |device: &UndoDevice| {
            let key = (device.organization_id, device.device_id.clone());
            let binding = bindings.iter().find(|binding| {
                (binding.organization_id, &binding.device_id) == (key.0, &key.1)
                    && binding.configuration_id == device.configuration_id
            });
            planned(device, binding, counted.remove(&key).unwrap_or_default())
        };
        let mut by_organization: BTreeMap<OrganizationId, Vec<PlannedDevice>> = BTreeMap::new();
        let all = undo.plan.devices.iter().map(planned).collect::<Vec<_>>();
        for (device, planned) in undo.plan.devices.iter().zip(all) {
            by_organization.entry(device.organization_id).or_default().push(planned);
        }
        let plans = by_organization.into_iter().map(|(id, devices)| OrganizationPlan {
            organization_id: id,
            organization_name: undo.plan.organizations.get(&id).cloned().unwrap_or_default(),
            devices,
            releases: Vec::new(),
            bound: BTreeMap::new(),
        });
        Ok(Prepared {
            choices: self.choices(),
            plans: plans.collect(),
            withheld: Vec::new(),
            policies: undo.plan.run.policies.iter().cloned().collect(),
            renamed: undo.plan.missing.clone(),
            scope: Scope::default(),
            fleet: Fleet { tree, devices: Vec::new() },
            readings: freshness(&undo.readings),
        })
    }
}

fn planned(
    device: &UndoDevice,
    binding: Option<&Binding>,
    policies: BTreeSet<crate::domain::PolicyId>,
) -> PlannedDevice {
    let configuration = device.put_back.configuration.as_ref();
    // How a device stands is told anew only where something of it was touched.
    let policies = if device.put_back.touches() { policies } else { BTreeSet::new() };
    PlannedDevice {
        device_id: device.device_id.clone(),
        name: device.name.clone(),
        serial_number: configuration.and_then(|found| found.serial_number.clone()),
        device: None,
        policies,
        through: binding.map_or(&device.policy_id, |binding| &binding.policy_id).clone(),
        action: Action::PutBack(device.put_back.clone()),
        matched_by: None,
        pending: None,
        owned_by_psa: Vec::new(),
        notes: Vec::new(),
        binding: binding.cloned(),
    }
}

fn done(change: &RecordedChange, later: Option<crate::domain::RunId>) -> Done {
    Done {
        was: match change.kind {
            IntentKind::Create => Was::Created,
            IntentKind::Activate => Was::Activated,
            IntentKind::Inactivate => Was::Inactivated,
            IntentKind::Update => Was::Updated,
        },
        device_id: change.device_id.clone(),
        device_name: change.device_name.clone(),
        organization_id: change.organization_id,
        policy_id: change.policy_id.clone(),
        configuration_id: change.configuration_id,
        attribute: change.attribute,
        from: change.from.clone(),
        to: change.to.clone(),
        undone: change.undone,
        later,
    }
}

fn missing(readings: &BTreeMap<OrganizationId, Reading>) -> Vec<String> {
    let missing = readings.values().filter_map(|reading| match &reading.view.view {
        View::Missing(why) => Some(why.clone()),
        View::Read { .. } => None,
    });
    missing.collect()
}

fn undone_before(recorded: &[RecordedChange]) -> usize {
    let ids = |undone: bool| -> BTreeSet<ConfigurationId> {
        let wanted = recorded.iter().filter(|change| change.undone == undone);
        wanted.map(|change| change.configuration_id).collect()
    };
    ids(true).difference(&ids(false)).count()
}

/// An undo that found nothing to put back leaves no run behind.
fn nothing_done(engine: &Engine, undo: &Undo, meter: Meter) -> Summary {
    let left = undo.plan.devices.iter().filter(|device| !device.put_back.left.is_empty()).count();
    let problems = undo.plan.missing.clone();
    let outcome = if !meter.busy.is_empty() {
        Outcome::Busy
    } else if !problems.is_empty() {
        Outcome::Withheld
    } else if left > 0 {
        Outcome::Pending
    } else {
        Outcome::Done
    };
    let (addigy_requests, itglue_requests) = meter.requests(engine);
    Summary {
        run: None,
        outcome,
        counts: crate::domain::Counts {
            pending: u32::try_from(left).unwrap_or(u32::MAX),
            ..crate::domain::Counts::default()
        },
        withheld_devices: BTreeSet::new(),
        seconds: engine.now().duration_since(meter.started).as_secs_f64(),
        busy: meter.busy,
        addigy_requests,
        itglue_requests,
        problems,
        failure: None,
    }
}
