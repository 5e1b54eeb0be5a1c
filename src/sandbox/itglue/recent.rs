//! Writes that lists don't show yet.

use super::model::{Account, Configuration};
use super::query::Filter;
use super::{filters, switches::ItGlueSwitches};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The young writes: when each happened and what was there before.
#[derive(Debug, Default)]
pub(super) struct Recent(BTreeMap<i64, Vec<(Timestamp, Option<Configuration>)>>);

impl Recent {
    /// Remembers a write, where lists are to be stale.
    pub(super) fn note(
        &mut self,
        id: i64,
        now: Timestamp,
        before: Option<Configuration>,
        switches: &ItGlueSwitches,
    ) {
        if switches.stale_list_seconds > 0 {
            self.0.entry(id).or_default().push((now, before));
        }
    }

    /// Forgets the writes that lists may show by now.
    fn forget(&mut self, now: Timestamp, switches: &ItGlueSwitches) {
        let seconds = i64::try_from(switches.stale_list_seconds).unwrap_or(i64::MAX);
        let age = SignedDuration::from_secs(seconds);
        self.0.retain(|_, writes| {
            writes.retain(|(at, _)| now.duration_since(*at) < age);
            !writes.is_empty()
        });
    }

    /// The configurations as lists show them now, by id; at most those of the organizations the
    /// filters name, where the index helps.
    pub(super) fn listed<'a>(
        &'a mut self,
        account: &'a Account,
        filters: &[Filter],
        now: Timestamp,
        switches: &ItGlueSwitches,
    ) -> Vec<&'a Configuration> {
        self.forget(now, switches);
        let narrow = filters.iter().find(|filter| filter.key == "organization_id");
        match narrow.and_then(filters::numbers) {
            // Configurations that moved lately may still be listed where they were.
            Some(organizations) if self.0.is_empty() => {
                let of = organizations.iter().flat_map(|id| account.configurations_of(*id));
                let mut rows: Vec<&Configuration> = of.collect();
                rows.sort_unstable_by_key(|configuration| configuration.id);
                rows
            }
            _ => account.configurations.values().filter_map(|now| self.shown(now)).collect(),
        }
    }

    fn shown<'a>(&'a self, current: &'a Configuration) -> Option<&'a Configuration> {
        match self.0.get(&current.id).and_then(|writes| writes.first()) {
            Some((_, before)) => before.as_ref(),
            None => Some(current),
        }
    }
}
