//! The rows of a plan: policies, their devices, and what is unfolded below a device.

use super::words::{self, Detail, Kind};
use crate::apply::Prepared;
use crate::commands::plan::parts;
use crate::console::shared::Shared;
use crate::console::widgets::filter::{complete_last, going_on};
use crate::domain::{DeviceId, OrganizationId, PendingReason, PolicyId};
use crate::plan::{OrganizationPlan, PlannedDevice};
use std::collections::{BTreeMap, BTreeSet};

/// Names a row: its places in the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// A policy's head.
    Part(usize),
    /// A device of a policy.
    Device(usize, usize),
    /// A line below a device.
    Detail(usize, usize, usize),
}

impl RowKey {
    /// The policy it stands in.
    pub const fn part(self) -> usize {
        match self {
            Self::Part(part) | Self::Device(part, _) | Self::Detail(part, ..) => part,
        }
    }

    /// The device it is of.
    pub const fn device(self) -> Option<(usize, usize)> {
        match self {
            Self::Part(_) => None,
            Self::Device(part, at) | Self::Detail(part, at, _) => Some((part, at)),
        }
    }
}

/// A device of a plan, wherever it stands.
pub type DeviceKey = (OrganizationId, DeviceId);

/// A plan policy by policy, prepared for showing.
#[derive(Debug, Default)]
pub struct View {
    /// The policies.
    pub parts: Vec<Part>,
    /// How many devices there are of each kind; each device once, however many policies count it.
    pub counts: BTreeMap<Kind, usize>,
}

/// One policy's part.
#[derive(Debug)]
pub struct Part {
    /// The policy.
    pub policy: PolicyId,
    /// `Clients/Acme > Acme Corporation`
    pub title: String,
    /// Its devices: what is written first, what stays as it is last.
    pub entries: Vec<Entry>,
    /// The place of the organization's plan.
    plan: usize,
}

/// One device of a part.
#[derive(Debug)]
pub struct Entry {
    /// The place in the organization's plan.
    at: usize,
    /// What will be done.
    pub kind: Kind,
    /// What a filter looks through, in lower case.
    haystack: String,
}

impl View {
    /// Prepares it.
    pub fn of(prepared: &Prepared) -> Self {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for planned in prepared.devices() {
            *counts.entry(Kind::of(planned)).or_default() += 1;
        }
        let parts = parts(prepared).into_iter().filter_map(|part| {
            let same = |plan: &OrganizationPlan| plan.organization_id == part.plan.organization_id;
            let plan = prepared.plans.iter().position(same)?;
            let path = prepared.policy_path(part.id);
            let places: BTreeMap<&DeviceId, usize> =
                part.plan.devices.iter().enumerate().map(|(at, p)| (&p.device_id, at)).collect();
            let entries = part.devices.iter().filter_map(|planned| {
                let at = *places.get(&planned.device_id)?;
                Some(Entry { at, kind: Kind::of(planned), haystack: words::haystack(planned) })
            });
            let mut entries: Vec<Entry> = entries.collect();
            // The plan is in the order of names, and that stays within a kind.
            entries.sort_by_key(|entry| entry.kind);
            let title = format!("{path} > {}", part.plan.organization_name);
            let title = crate::text::clean(&title);
            Some(Part { policy: part.id.clone(), title, entries, plan })
        });
        Self { parts: parts.collect(), counts }
    }

    /// How many of these kinds.
    pub fn count(&self, wanted: impl Fn(Kind) -> bool) -> usize {
        self.counts.iter().filter(|(kind, _)| wanted(**kind)).map(|(_, count)| count).sum()
    }

    /// An entry.
    pub fn entry(&self, (part, at): (usize, usize)) -> Option<&Entry> {
        self.parts.get(part)?.entries.get(at)
    }

    /// The organization's plan and the device in it.
    pub fn planned<'a>(
        &self,
        prepared: &'a Prepared,
        place: (usize, usize),
    ) -> Option<(&'a OrganizationPlan, &'a PlannedDevice)> {
        let plan = prepared.plans.get(self.parts.get(place.0)?.plan)?;
        Some((plan, plan.devices.get(self.entry(place)?.at)?))
    }

    /// The device's name, whatever the plan it stands in.
    pub fn key(&self, prepared: &Prepared, place: (usize, usize)) -> Option<DeviceKey> {
        let (plan, planned) = self.planned(prepared, place)?;
        Some((plan.organization_id, planned.device_id.clone()))
    }

    /// Where the device stands now.
    pub fn find(&self, prepared: &Prepared, wanted: &DeviceKey) -> Option<(usize, usize)> {
        let places = self.parts.iter().enumerate();
        let mut places =
            places.flat_map(|(part, entries)| (0..entries.entries.len()).map(move |at| (part, at)));
        places.find(|place| {
            self.planned(prepared, *place).is_some_and(|(plan, planned)| {
                plan.organization_id == wanted.0 && planned.device_id == wanted.1
            })
        })
    }
}

/// What is filtered for: words that must all hit.
#[derive(Debug, Default)]
pub struct Filter(Vec<Word>);

#[derive(Debug)]
enum Word {
    Text(String),
    Action(String),
    Reason(String),
}

impl Filter {
    /// Reads `laptop action:create reason:ambiguous`.
    pub fn parse(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| {
            let word = word.to_lowercase();
            let after = |key: &str| word.strip_prefix(key).map(str::to_owned);
            if let Some(action) = after("action:") {
                Word::Action(action)
            } else if let Some(reason) = after("reason:") {
                Word::Reason(reason)
            } else {
                Word::Text(word)
            }
        });
        Self(words.collect())
    }

    fn hits(&self, entry: &Entry, planned: &PlannedDevice) -> bool {
        self.0.iter().all(|word| match word {
            Word::Text(text) => entry.haystack.contains(text.as_str()),
            Word::Action(action) => entry.kind.word().starts_with(action.as_str()),
            Word::Reason(reason) => planned
                .pending
                .as_ref()
                .is_some_and(|pending| pending.reason.word().contains(reason.as_str())),
        })
    }
}

/// Completes the word at the end of a filter, as far as one is known.
pub fn complete(text: &str) -> Option<String> {
    let values = |key: &str| match key {
        "action" => Kind::ALL.iter().map(|kind| kind.word()).collect(),
        "reason" => PendingReason::ALL.iter().map(|reason| reason.word()).collect(),
        _ => Vec::new(),
    };
    complete_last(text, |word| going_on(word, &["action:", "reason:"], values))
}

/// The rows to show, in order.
pub fn shown(
    view: &View,
    prepared: &Prepared,
    filter: &Filter,
    folded: &BTreeSet<PolicyId>,
    unfolded: &BTreeSet<DeviceKey>,
    shared: &Shared,
) -> Vec<RowKey> {
    let mut rows = Vec::new();
    for (at, part) in view.parts.iter().enumerate() {
        rows.push(RowKey::Part(at));
        let head = rows.len();
        if !folded.contains(&part.policy) {
            for (device, entry) in part.entries.iter().enumerate() {
                let Some((plan, planned)) = view.planned(prepared, (at, device)) else { continue };
                if !filter.hits(entry, planned) {
                    continue;
                }
                rows.push(RowKey::Device(at, device));
                if unfolded.contains(&(plan.organization_id, planned.device_id.clone())) {
                    let count = words::details(plan, planned, prepared, shared).len();
                    rows.extend((0..count).map(|line| RowKey::Detail(at, device, line)));
                }
            }
        }
        let empty = rows.len() == head;
        if empty && !filter.0.is_empty() {
            rows.pop();
        }
    }
    rows
}

/// A line below a device.
pub fn detail(
    view: &View,
    prepared: &Prepared,
    (part, at, line): (usize, usize, usize),
    shared: &Shared,
) -> Option<Detail> {
    let (plan, planned) = view.planned(prepared, (part, at))?;
    words::details(plan, planned, prepared, shared).into_iter().nth(line)
}
