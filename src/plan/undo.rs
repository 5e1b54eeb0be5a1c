//! What undoing a run would do: a pure function of what the run changed and of what IT Glue holds now.

use crate::domain::{
    Attribute, Change, Changes, Configuration, ConfigurationId, DeviceId, OrganizationId, PolicyId,
    RunId, StatusId, Value,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the run did to a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Was {
    /// Fields changed.
    Updated,
    /// It got the inactive status.
    Inactivated,
    /// It was activated.
    Activated,
    /// It was created.
    Created,
}

/// One attribute that the run has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What happened to the configuration in that write.
    pub was: Was,
    /// The device it was done for.
    pub device_id: DeviceId,
    /// What to call it.
    pub device_name: String,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The policy through which the device came there.
    pub policy_id: PolicyId,
    /// The configuration.
    pub configuration_id: ConfigurationId,
    /// The attribute.
    pub attribute: Attribute,
    /// What it held before.
    pub from: Option<Value>,
    /// What the run left there.
    pub to: Value,
    /// Whether an undo has put it back already.
    pub undone: bool,
    /// A later run that changed the same attribute and was not undone since.
    pub later: Option<RunId>,
}

/// Where a configuration is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// In its organization.
    Here(Arc<Configuration>),
    /// Nowhere: IT Glue answers 404 for it.
    Gone,
    /// In another organization.
    In(OrganizationId),
    /// Its organization is gone or has another name; the sentence says which.
    Missing(String),
}

/// Everything an undo plan depends on.
#[derive(Debug)]
pub struct UndoWorld<'a> {
    /// What the run changed, in the order it was written.
    pub done: &'a [Done],
    /// Where its configurations are now.
    pub found: &'a BTreeMap<ConfigurationId, Found>,
    /// Which device a configuration is bound to now.
    pub holders: &'a BTreeMap<ConfigurationId, DeviceId>,
    /// Whether the run was itself an undo, so that this does its run again.
    pub redo: bool,
    /// The inactive status.
    pub inactive: StatusId,
    /// The account's statuses.
    pub statuses: &'a BTreeSet<StatusId>,
}

/// Why something stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Somebody changed it since.
    Changed {
        /// What the run left there.
        wrote: Value,
        /// What stands there now.
        now: Option<Value>,
    },
    /// A later run changed it.
    LaterRun {
        /// That run.
        run: RunId,
        /// What stands there now.
        now: Option<Value>,
    },
    /// The configuration is gone.
    Gone,
    /// The configuration is in another organization.
    In(OrganizationId),
    /// The organization is gone or renamed.
    Missing(String),
    /// Another device is bound to it now.
    HeldBy(DeviceId),
    /// It had no name before, and IT Glue wants one.
    NoName,
    /// The former status is gone from the account.
    StatusGone(Value),
    /// IT Glue did not take it, with its words.
    Refused(String),
}

/// Something that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The attribute; `None` where all of the configuration stays.
    pub attribute: Option<Attribute>,
    /// Why.
    pub why: Why,
}

/// What is put back into one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    /// The configuration as it was read; `None` where it is not in its organization.
    pub configuration: Option<Arc<Configuration>>,
    /// What the run did to it.
    pub was: Was,
    /// What is written: what stands now, and what stood there before the run.
    pub changes: Changes,
    /// What stands there as before the run already.
    pub already: BTreeSet<Attribute>,
    /// What stays as it is.
    pub left: Vec<Left>,
    /// An undo is undone.
    pub redo: bool,
}

/// One device of an undo plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoDevice {
    /// The device.
    pub device_id: DeviceId,
    /// What to call it.
    pub name: String,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The policy through which the run came to it.
    pub policy_id: PolicyId,
    /// Its configuration.
    pub configuration_id: ConfigurationId,
    /// What is put back.
    pub put_back: PutBack,
}

impl Why {
    /// Why, as a sentence without its beginning.
    pub fn sentence(&self) -> String {
        match self {
            Self::Changed { wrote, now } => {
                format!("changed since: the run left {wrote}, {} stands there now", told(now))
            }
            Self::LaterRun { run, now } => {
                format!("run {run} changed it again: {} stands there now", told(now))
            }
            Self::Gone => "the configuration is gone from IT Glue".into(),
            Self::In(organization) => {
                format!("the configuration is in organization {organization} now")
            }
            Self::Missing(why) => why.clone(),
            Self::HeldBy(device) => format!("device {device} is bound to the configuration now"),
            Self::NoName => "it had no name before, and IT Glue wants one".into(),
            Self::StatusGone(status) => format!("IT Glue has no status {status} any more"),
            Self::Refused(words) => format!("IT Glue did not take it: {words}"),
        }
    }
}

impl Left {
    /// What stays as it is, and why.
    pub fn sentence(&self) -> String {
        match self.attribute {
            Some(attribute) => format!("{attribute}: {}", self.why.sentence()),
            None => self.why.sentence(),
        }
    }
}

fn told(value: &Option<Value>) -> String {
    value.as_ref().unwrap_or(&Value::Nothing).to_string()
}

impl PutBack {
    /// Whether the configuration is as before the run, or will be, in any attribute.
    pub fn touches(&self) -> bool {
        !self.changes.is_empty() || !self.already.is_empty()
    }

    /// Whether syncs may touch the device again: an undo was undone, all of it.
    pub fn lifts_hold(&self) -> bool {
        self.redo && self.left.is_empty()
    }

    /// What stays as it is, in a sentence; empty where nothing does.
    pub fn left_told(&self) -> String {
        self.left.iter().map(Left::sentence).collect::<Vec<_>>().join("; ")
    }

    /// Whether the device's binding turns by it: a device that joined has not joined, one that left
    /// has not left.
    pub fn turns(&self) -> bool {
        let of_status = |attribute| matches!(attribute, Attribute::Status | Attribute::Archived);
        let stays = |left: &Left| left.attribute.is_none_or(of_status);
        self.was != Was::Updated && !self.left.iter().any(stays)
    }
}

/// Plans the undo of a run: one entry a configuration, in the order of names. What was undone before
/// has no part in it. Nothing is ever deleted: what the run created is set inactive.
pub fn plan_undo(world: &UndoWorld<'_>) -> Vec<UndoDevice> {
    let mut by_configuration: BTreeMap<ConfigurationId, Vec<&Done>> = BTreeMap::new();
    for done in world.done {
        by_configuration.entry(done.configuration_id).or_default().push(done);
    }
    let mut devices: Vec<UndoDevice> =
        by_configuration.into_values().filter_map(|done| configuration(world, &done)).collect();
    devices.sort_by_cached_key(|device| {
        (device.organization_id, device.name.to_lowercase(), device.configuration_id)
    });
    devices
}

fn configuration(world: &UndoWorld<'_>, done: &[&Done]) -> Option<UndoDevice> {
    let last = done.last()?;
    let was = done.iter().map(|done| done.was).max()?;
    let steps = steps(world, was, done);
    if steps.is_empty() {
        return None;
    }
    let mut put_back = PutBack {
        configuration: None,
        was,
        changes: Changes::new(),
        already: BTreeSet::new(),
        left: Vec::new(),
        redo: world.redo,
    };
    let whole = |why| vec![Left { attribute: None, why }];
    match (world.found.get(&last.configuration_id), world.holders.get(&last.configuration_id)) {
        (None | Some(Found::Gone), _) => put_back.left = whole(Why::Gone),
        (Some(Found::In(organization)), _) => put_back.left = whole(Why::In(*organization)),
        (Some(Found::Missing(why)), _) => put_back.left = whole(Why::Missing(why.clone())),
        (Some(Found::Here(_)), Some(holder)) if *holder != last.device_id => {
            put_back.left = whole(Why::HeldBy(holder.clone()));
        }
        (Some(Found::Here(configuration)), _) => {
            for step in &steps {
                step.take(world, configuration, &mut put_back);
            }
            put_back.configuration = Some(Arc::clone(configuration));
        }
    }
    // A later run of ours brought all of it back itself.
    let needless = !put_back.touches() && put_back.left.is_empty();
    (!needless).then(|| UndoDevice {
        device_id: last.device_id.clone(),
        name: last.device_name.clone(),
        organization_id: last.organization_id,
        policy_id: last.policy_id.clone(),
        configuration_id: last.configuration_id,
        put_back,
    })
}

/// One attribute's way back, over all the run's writes to it.
struct Step {
    attribute: Attribute,
    former: Value,
    wrote: Value,
    later: Option<RunId>,
}

/// What is to be put back. Of a configuration that the run created only its status is: it becomes
/// the inactive one.
fn steps(world: &UndoWorld<'_>, was: Was, done: &[&Done]) -> Vec<Step> {
    let mut steps: BTreeMap<Attribute, Step> = BTreeMap::new();
    let created = was == Was::Created;
    let meant = |done: &&&Done| !done.undone && (!created || done.attribute == Attribute::Status);
    for done in done.iter().filter(meant) {
        let former = match created {
            true => world.inactive.into(),
            false => done.from.clone().unwrap_or(Value::Nothing),
        };
        let wrote = done.to.clone();
        let step = Step { attribute: done.attribute, former, wrote, later: done.later };
        steps
            .entry(done.attribute)
            .and_modify(|before| {
                before.wrote.clone_from(&step.wrote);
                before.later = before.later.max(step.later);
            })
            .or_insert(step);
    }
    steps.into_values().collect()
}

impl Step {
    fn take(&self, world: &UndoWorld<'_>, configuration: &Configuration, into: &mut PutBack) {
        let attribute = self.attribute;
        let now = configuration.value(attribute);
        let mut leave = |why| into.left.push(Left { attribute: Some(attribute), why });
        match self.later {
            Some(_) if attribute.holds(&self.former, now.as_ref()) => return,
            Some(run) => return leave(Why::LaterRun { run, now }),
            None => {}
        }
        if attribute.holds(&self.former, now.as_ref()) {
            into.already.insert(attribute);
        } else if !attribute.holds(&self.wrote, now.as_ref()) {
            leave(Why::Changed { wrote: self.wrote.clone(), now });
        } else if attribute == Attribute::Name && self.former == Value::Nothing {
            leave(Why::NoName);
        } else if attribute == Attribute::Status && !known_status(world, &self.former) {
            leave(Why::StatusGone(self.former.clone()));
        } else {
            into.changes.insert(attribute, Change { from: now, to: self.former.clone() });
        }
    }
}

fn known_status(world: &UndoWorld<'_>, status: &Value) -> bool {
    match status {
        Value::Id(id) => world.statuses.contains(&StatusId::new(*id)),
        _ => true,
    }
}
