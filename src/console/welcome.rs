//! What home says first: that a run was broken off, else what is newly pending since the last visit.

use super::shared::{Notice, Shared, Snapshot};
use super::visit::Visit;
use super::widgets::{grouped, plural};
use crate::domain::{Outcome, PolicyId, Run};
use crate::text;

/// So many devices are named; the others are counted.
const NAMED: usize = 3;

/// What home says first, and the policy that it is about.
pub fn welcome(shared: &Shared, snapshot: &Snapshot) -> Option<(Notice, Option<PolicyId>)> {
    interrupted(shared, snapshot).or_else(|| news(shared, snapshot))
}

/// The newest run that was broken off and that nobody went on with.
fn interrupted(shared: &Shared, snapshot: &Snapshot) -> Option<(Notice, Option<PolicyId>)> {
    let broken = |run: &&Run| match run.outcome {
        Some(Outcome::Cancelled | Outcome::Failed) => true,
        Some(_) => false,
        None => !snapshot.is_running(run.id),
    };
    let stopped = |run: &&Run| !left_to_do(run, snapshot).is_empty();
    let run = snapshot.runs.iter().filter(broken).find(stopped)?;
    let left = left_to_do(run, snapshot);
    let (done, total) = snapshot.progress(run);
    let ended = snapshot.ended(run);
    let next = match run.policies.len() {
        1 => "r goes on",
        _ => "n finds the rest, r goes on",
    };
    let told = format!(
        "Run {} stopped at {}/{}, {}, {}. {next}",
        run.id,
        grouped(done),
        grouped(total),
        shared.moment(ended),
        why(run, &shared.visit, ended),
    );
    Some((Notice::standing(told), left.into_iter().next()))
}

fn why<'a>(run: &Run, visit: &'a Visit, ended: jiff::Timestamp) -> &'a str {
    match run.outcome {
        Some(Outcome::Failed) => "it failed",
        Some(_) => visit.why_stopped(ended).unwrap_or("told to stop"),
        None => "broken off",
    }
}

/// The policies of a run that are still linked and that no sync came to the end of since.
fn left_to_do(run: &Run, snapshot: &Snapshot) -> Vec<PolicyId> {
    let due = |id: &&PolicyId| {
        let linked = snapshot.policy(id).is_some_and(|row| row.organization.is_some());
        let synced = snapshot.known.last_sync.get(*id).is_some_and(|at| *at >= run.started);
        linked && !synced
    };
    // In the order of the tree.
    let of_run = |id: &&PolicyId| run.policies.contains(id);
    let rows = snapshot.rows.iter().map(|row| &row.policy.id);
    rows.filter(of_run).filter(due).cloned().collect()
}

/// What is pending and was not when the console was left.
fn news(shared: &Shared, snapshot: &Snapshot) -> Option<(Notice, Option<PolicyId>)> {
    let left = shared.visit.left()?;
    let mut news = shared.visit.news(&snapshot.known.reports);
    // In the order of the tree, for the cursor goes to the first.
    news.sort_by_cached_key(|(report, _)| {
        let place = snapshot.policy_place(&report.policy_id);
        (place.unwrap_or(usize::MAX), report.name.to_lowercase())
    });
    let (first, _) = news.first()?;
    let count = news.len();
    let named = news.iter().take(NAMED);
    let named =
        named.map(|(report, reason)| format!("{} ({})", text::clean(&report.name), reason.word()));
    let mut named: Vec<String> = named.collect();
    if count > NAMED {
        named.push(format!("{} more", grouped(count - NAMED)));
    }
    let told = format!(
        "Since {}: {} new {}, n finds them: {}",
        shared.moment(left),
        grouped(count),
        plural(count, "pending", "pendings"),
        named.join(", "),
    );
    Some((Notice::standing(told), Some(first.policy_id.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Request as EngineRequest;
    use crate::console::app::App;
    use crate::console::effect::{Answer, Effect, Slot};
    use crate::console::event::{Event, RunKey, Signal, Timer};
    use crate::console::run::LiveRun;
    use crate::console::shared::{RunEntry, RunSpec};
    use crate::console::testing::{self, Driver};
    use crate::console::unfinished::Unfinished;
    use crate::domain::{Counts, Origin, RunId, RunKind};
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn at(text: &str) -> Timestamp {
        format!("2026-06-01T{text}Z").parse().unwrap()
    }

    fn run(outcome: Option<Outcome>) -> Run {
        Run {
            id: RunId::new(42),
            kind: RunKind::Sync,
            policies: vec![PolicyId::new("globex")],
            started: at("08:02:00"),
            finished: outcome.map(|_| at("08:05:00")),
            origin: Origin::default(),
            outcome,
            counts: Counts { created: 262, cancelled: 138, ..Counts::default() },
        }
    }

    fn told(outcome: Option<Outcome>, unfinished: Unfinished, visit: Visit) -> Option<String> {
        let mut snapshot = testing::snapshot();
        snapshot.runs.insert(0, run(outcome));
        if outcome.is_none() {
            snapshot.unfinished = BTreeMap::from([(RunId::new(42), unfinished)]);
        }
        let shared = Shared { visit, ..testing::shared() };
        welcome(&shared, &snapshot).map(|(notice, _)| notice.text)
    }

    #[test]
    fn a_run_that_was_broken_off_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        crate::console::visit::stopped(dir.path(), "connection lost", at("08:04:58"));
        let visit = Visit::load(dir.path());
        let cancelled = Some(Outcome::Cancelled);
        let none = Unfinished::default();
        assert_eq!(
            told(cancelled, none, visit).unwrap(),
            "Run 42 stopped at 262/400, 08:05, connection lost. r goes on"
        );
        assert_eq!(
            told(cancelled, none, Visit::default()).unwrap(),
            "Run 42 stopped at 262/400, 08:05, told to stop. r goes on"
        );
    }

    #[test]
    fn a_run_that_was_killed_tells_how_far_it_came() {
        let killed = Unfinished { running: false, reported: 1, last: Some(at("08:03:00")) };
        assert_eq!(
            told(None, killed, Visit::default()).unwrap(),
            "Run 42 stopped at 1/1, 08:03, broken off. r goes on"
        );
        let running = Unfinished { running: true, ..killed };
        assert_eq!(told(None, running, Visit::default()), None);
    }

    #[test]
    fn what_was_gone_on_with_is_not_told() {
        let mut snapshot = testing::snapshot();
        snapshot.runs.insert(0, run(Some(Outcome::Cancelled)));
        snapshot.known.last_sync.insert(PolicyId::new("globex"), at("08:09:00"));
        assert!(welcome(&testing::shared(), &snapshot).is_none());
        assert!(told(Some(Outcome::Done), Unfinished::default(), Visit::default()).is_none());
    }

    #[test]
    fn new_pendings_are_named() {
        let snapshot = testing::snapshot();
        let visit = Visit::of(at("07:30:00"), &[]);
        let shared = Shared { visit, ..testing::shared() };
        let (notice, policy) = welcome(&shared, &snapshot).unwrap();
        assert_eq!(
            notice.text,
            "Since 07:30: 2 new pendings, n finds them: Laptop-Ben (ambiguous_match), GLX-Mini \
             (unreachable)"
        );
        assert_eq!(policy, Some(PolicyId::new("laptops")));
        let visit = Visit::of(at("07:30:00"), &snapshot.known.reports);
        assert!(welcome(&Shared { visit, ..testing::shared() }, &snapshot).is_none());
    }

    #[test]
    fn home_says_it_once_and_its_cursor_is_there() {
        let snapshot = || {
            let mut snapshot = testing::snapshot();
            snapshot.runs.insert(0, run(Some(Outcome::Cancelled)));
            Answer::State(Ok(Arc::new(snapshot)))
        };
        let mut app = App::new(testing::shared(), Vec::new());
        app.first_effects();
        let effects = app.update(testing::now(), Event::Answer(snapshot()));
        let said = app.shared.notice.clone().unwrap();
        assert!(said.text.starts_with("Run 42 stopped at 262/400") && said.stays, "{said:?}");
        let stopped = |effect: &Effect| matches!(effect, Effect::Stop(Slot::Timer(Timer::Notice)));
        assert!(effects.iter().any(stopped), "no timer takes it away: {effects:?}");
        let copies = app.top().copyables(&app.shared);
        assert!(copies.iter().any(|(_, text)| text == "Clients/Globex"), "{copies:?}");
        app.shared.notice = None;
        app.update(testing::now(), Event::Answer(snapshot()));
        assert_eq!(app.shared.notice, None);
        assert_eq!(app.shared.notices.iter().filter(|(_, notice)| notice.stays).count(), 1);
    }

    #[test]
    fn a_hangup_during_a_run_is_noted() {
        let noted = |running: bool, signal| {
            let mut driver = Driver::home(80, 24);
            if running {
                let spec = RunSpec {
                    request: EngineRequest::sync(None),
                    title: "Clients/Globex".into(),
                    shown: None,
                };
                let live = LiveRun::new(&spec.title, None, testing::now(), TimeZone::UTC);
                driver.app.shared.runs.push(RunEntry { key: RunKey(1), spec, live });
            }
            driver.event(Event::Signal(signal));
            driver.take_effects().into_iter().find_map(|effect| match effect {
                Effect::NoteStop(why) => Some(why),
                _ => None,
            })
        };
        assert_eq!(noted(true, Signal::Hangup), Some("connection lost"));
        assert_eq!(noted(true, Signal::Terminate), Some("ended by the system"));
        assert_eq!(noted(false, Signal::Hangup), None);
    }
}
