//! Runs without an end in the state file: under way in some process, or broken off.

use crate::domain::{OrganizationId, Run, RunId};
use crate::store::{Holder, Store, StoreError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// More of them are not looked into; runs that were killed stay without an end for ever.
const MOST: usize = 20;

/// How a run stands that has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unfinished {
    /// Whether a process is at it.
    pub running: bool,
    /// How many devices it has reported on.
    pub reported: usize,
    /// When it reported last.
    pub last: Option<Timestamp>,
}

/// Looks into the newest runs without an end. `organizations_of` says which organizations a run may
/// write to; none where that is not known any more.
pub fn unfinished(
    store: &Store,
    runs: &[Run],
    organizations_of: impl Fn(&Run) -> BTreeSet<OrganizationId>,
) -> Result<BTreeMap<RunId, Unfinished>, StoreError> {
    let open: Vec<&Run> = runs.iter().filter(|run| run.finished.is_none()).take(MOST).collect();
    if open.is_empty() {
        return Ok(BTreeMap::new());
    }
    let running = running(&open, &store.holders(), organizations_of);
    open.into_iter()
        .map(|run| {
            let (reported, last) = store.reported_by(run.id)?;
            Ok((run.id, Unfinished { running: running.contains(&run.id), reported, last }))
        })
        .collect()
}

/// The runs, newest first, that a holder is at: of several that fit, the newest, for a lock is one
/// run's alone.
fn running(
    runs: &[&Run],
    holders: &[Holder],
    organizations_of: impl Fn(&Run) -> BTreeSet<OrganizationId>,
) -> BTreeSet<RunId> {
    let mut taken = BTreeSet::new();
    let mut running = BTreeSet::new();
    for run in runs {
        let own = organizations_of(run);
        let fits = |holder: &&Holder| {
            holder.may_be_of(&run.origin, run.started)
                && (own.is_empty() || own.contains(&holder.organization))
                && !taken.contains(&holder.organization)
        };
        let held: Vec<OrganizationId> =
            holders.iter().filter(fits).map(|holder| holder.organization).collect();
        if !held.is_empty() {
            running.insert(run.id);
            taken.extend(held);
        }
    }
    running
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Counts, Origin, PolicyId, RunKind};
    use crate::store::holder_line;

    fn at(text: &str) -> Timestamp {
        format!("2026-06-01T{text}Z").parse().unwrap()
    }

    fn origin(who: &str) -> Origin {
        Origin { who: who.into(), host: "jump1".into(), version: "1".into() }
    }

    fn run(id: i64, who: &str, policy: &str, started: &str) -> Run {
        Run {
            id: RunId::new(id),
            kind: RunKind::Sync,
            policies: vec![PolicyId::new(policy)],
            started: at(started),
            finished: None,
            origin: origin(who),
            outcome: None,
            counts: Counts::default(),
        }
    }

    #[test]
    fn of_two_that_fit_a_lock_the_newest_is_under_way() {
        let store = Store::in_memory().unwrap();
        let lock = |id: i64, who: &str| {
            let line = holder_line(&origin(who), at("08:00:30"));
            store.lock_organization(OrganizationId::new(id), &line).unwrap()
        };
        let _locks = [lock(1, "ana"), lock(2, "cron")];
        let runs = [
            run(5, "ana", "acme", "08:00:40"),
            run(4, "ana", "acme", "08:00:10"),
            run(3, "cron", "globex", "08:00:50"),
            run(2, "ben", "globex", "08:00:50"),
            run(1, "cron", "globex", "07:00:00"),
        ];
        let organizations = |run: &Run| {
            let id = if run.policies[0].as_str() == "acme" { 1 } else { 2 };
            BTreeSet::from([OrganizationId::new(id)])
        };
        let runs: Vec<&Run> = runs.iter().collect();
        let running = running(&runs, &store.holders(), organizations);
        assert_eq!(running, [RunId::new(3), RunId::new(5)].into());
    }

    #[test]
    fn a_run_without_end_and_holder_was_broken_off() {
        let store = Store::in_memory().unwrap();
        let started = at("08:00:00");
        let id = store.begin_run(RunKind::Sync, &[], &origin("ana"), started).unwrap();
        let runs = store.runs(10).unwrap();
        let found = unfinished(&store, &runs, |_| BTreeSet::new()).unwrap();
        assert_eq!(found, [(id, Unfinished::default())].into());
        let holder = holder_line(&origin("ana"), started);
        let _lock = store.lock_organization(OrganizationId::new(1), &holder).unwrap();
        let found = unfinished(&store, &runs, |_| BTreeSet::new()).unwrap();
        assert!(found[&id].running);
    }
}
