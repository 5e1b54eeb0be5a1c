//! The account's devices and facts, for the editor of conditional types: what a fact holds, and which
//! devices a rule catches.

use crate::addigy::Addigy;
use crate::domain::{Condition, Device, FactName, fact_texts, facts};
use crate::transport::Error;
use std::collections::{BTreeMap, BTreeSet};

/// So many devices tell what a fact may hold.
const SAMPLE: u64 = 50;
/// So many samples of a fact are kept.
const SAMPLES: usize = 4;
/// More values are not read at once: devices times facts.
const MOST_VALUES: u64 = 400_000;

/// Facts that rules are made of, read for every device whatever the size of the account.
/// Source: Addigy API v2, `GET /o/{organization_id}/facts`, and what public clients ask for.
const COMMON: [&str; 14] = [
    "agent_version",
    "current_user",
    "enrolled_via_dep",
    "hardware_model",
    "is_supervised",
    "mac_os_x_version",
    "online",
    "os_platform",
    "os_version",
    "processor_type",
    "product_description",
    "product_name",
    "system_version",
    "total_memory_gb",
];

/// A fact that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow {
    /// What it is asked by.
    pub identifier: FactName,
    /// What people call it.
    pub name: String,
    /// What some devices say, the commonest first.
    pub samples: Vec<String>,
}

/// Devices and facts as they were read.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    /// The facts of the account, by name.
    pub facts: Vec<FactRow>,
    /// All devices.
    pub devices: Vec<Device>,
    /// The facts that were read of every device, beyond those that always are.
    read: BTreeSet<FactName>,
}

impl Fleet {
    /// Reads the list of facts, some samples, and every device with the facts that rules name (of a
    /// smaller account: with all facts).
    ///
    /// # Errors
    /// Where the devices can't be read.
    pub async fn read(addigy: &Addigy, wanted: &BTreeSet<FactName>) -> Result<Self, Error> {
        let names = names(addigy, wanted).await?;
        let all: Vec<FactName> = extra(names.keys());
        let (sample, total) = addigy.sample(&all, SAMPLE).await?;
        let everything = total.saturating_mul(all.len() as u64) <= MOST_VALUES;
        let asked: Vec<FactName> = match everything {
            true => all,
            false => {
                let common = COMMON.iter().map(|name| (*name).to_owned());
                extra(&wanted.iter().cloned().chain(common).collect::<BTreeSet<_>>())
            }
        };
        let devices = addigy.sweep(&asked).await?.devices;
        let mut rows: Vec<FactRow> = names
            .into_iter()
            .map(|(identifier, name)| {
                let of = if asked.contains(&identifier) { &devices } else { &sample };
                FactRow { samples: samples(of, &identifier), identifier, name }
            })
            .collect();
        rows.sort_by_cached_key(|row| (row.samples.is_empty(), row.name.to_lowercase()));
        Ok(Self { facts: rows, devices, read: asked.into_iter().collect() })
    }

    /// These, for tests.
    #[cfg(test)]
    pub fn of(facts: Vec<FactRow>, devices: Vec<Device>, read: &[&str]) -> Self {
        let read = read.iter().map(|fact| (*fact).to_owned()).collect();
        Self { facts, devices, read }
    }

    /// Whether the fact was read of every device.
    pub fn has(&self, fact: &str) -> bool {
        facts::ALL.contains(&fact) || self.read.contains(fact)
    }

    /// A fact of the list.
    pub fn fact(&self, identifier: &str) -> Option<&FactRow> {
        self.facts.iter().find(|row| row.identifier == identifier)
    }

    /// For each device, whether all of the conditions hold.
    pub fn caught(&self, conditions: &[Condition]) -> Vec<bool> {
        let holds = |device: &Device| conditions.iter().all(|condition| condition.holds(device));
        self.devices.iter().map(holds).collect()
    }
}

/// The facts with their names; where the list can't be read, the common ones.
async fn names(
    addigy: &Addigy,
    wanted: &BTreeSet<FactName>,
) -> Result<BTreeMap<FactName, String>, Error> {
    let mut names: BTreeMap<FactName, String> = match addigy.facts().await {
        Ok(all) => all.into_iter().map(|fact| (fact.identifier, fact.name)).collect(),
        Err(error) if error.kind() == crate::transport::Kind::Cancelled => return Err(error),
        Err(error) => {
            tracing::warn!(%error, "the list of facts can't be read");
            COMMON.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect()
        }
    };
    for known in facts::ALL.into_iter().chain(wanted.iter().map(String::as_str)) {
        names.entry(known.to_owned()).or_insert_with(|| known.to_owned());
    }
    Ok(names)
}

/// Those that have to be asked for.
fn extra<'a>(names: impl IntoIterator<Item = &'a FactName>) -> Vec<FactName> {
    names.into_iter().filter(|name| !facts::ALL.contains(&name.as_str())).cloned().collect()
}

/// What the devices say most often.
fn samples(devices: &[Device], fact: &str) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for text in devices.iter().flat_map(|device| fact_texts(device, fact)) {
        if !text.trim().is_empty() {
            *counts.entry(text).or_default() += 1;
        }
    }
    let mut sorted: Vec<(String, usize)> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted.into_iter().take(SAMPLES).map(|(text, _)| text).collect()
}
