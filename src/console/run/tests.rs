//! A run as its events tell it.

use super::*;
use crate::apply::{DeviceEvent, Event};
use crate::domain::{
    ConfigurationId, Counts, DeviceState, Outcome, Pending, PendingReason, PolicyId, RunId,
};
use crate::transport::Limiter;
use jiff::tz::TimeZone;
use std::time::Duration;

fn second(seconds: i64) -> Timestamp {
    // 14:00:00 UTC on a day in 2026.
    Timestamp::from_second(1_780_063_200 + seconds).unwrap()
}

fn device(at: usize, state: DeviceState, action: &'static str) -> DeviceEvent {
    DeviceEvent {
        device_id: DeviceId::new(format!("d{at}")),
        name: format!("Mac-{at:03}"),
        serial_number: Some(format!("SER{at:04}")),
        policy_id: PolicyId::new("p"),
        organization_id: OrganizationId::new(1),
        state,
        action,
        configuration_id: None,
        pending: None,
        message: String::new(),
        again: false,
        until: None,
    }
}

fn pending(at: usize, reason: PendingReason, message: &str) -> DeviceEvent {
    let pending = Some(Pending::new(reason, message));
    DeviceEvent { pending, message: message.into(), ..device(at, DeviceState::Pending, "pending") }
}

fn begun(devices: usize) -> LiveRun {
    let mut run = LiveRun::new("Clients/Globex", None, second(0), TimeZone::UTC);
    run.fold(Event::Started { run: RunId::new(42) }, second(1));
    run.fold(Event::Planned { devices, writes: devices }, second(1));
    let listed = (0..devices).map(|at| device(at, DeviceState::Waiting, "create")).collect();
    run.fold(Event::Listed(listed), second(1));
    run
}

fn tell(run: &mut LiveRun, event: DeviceEvent, at: i64) {
    run.fold(Event::Device(event), second(at));
}

fn names(run: &LiveRun, rows: &[u32]) -> Vec<String> {
    rows.iter().map(|at| run.row(*at).unwrap().name.clone()).collect()
}

fn shown(run: &LiveRun, view: View, query: &str) -> Vec<String> {
    names(run, &run.visible(view, &Query::parse(query)))
}

fn summary(outcome: Outcome, counts: Counts) -> Box<Summary> {
    Box::new(Summary {
        run: Some(RunId::new(42)),
        outcome,
        counts,
        withheld_devices: BTreeSet::new(),
        busy: Vec::new(),
        addigy_requests: 12,
        itglue_requests: 118,
        seconds: 60.0,
        problems: Vec::new(),
        failure: None,
    })
}

#[test]
fn rows_keep_their_order_and_counts_follow_them() {
    let mut run = begun(3);
    assert_eq!((run.id(), run.total()), (Some(RunId::new(42)), 3));
    tell(&mut run, device(2, DeviceState::Writing, "create"), 2);
    tell(&mut run, device(2, DeviceState::Linked, "create"), 3);
    tell(&mut run, device(0, DeviceState::Writing, "create"), 3);
    tell(&mut run, device(7, DeviceState::Unchanged, "unchanged"), 3);
    assert_eq!(shown(&run, View::All, ""), ["Mac-000", "Mac-001", "Mac-002", "Mac-007"]);
    assert_eq!(shown(&run, View::Active, ""), ["Mac-000"]);
    let counts = run.counts();
    assert_eq!((counts.done(), counts.active(), counts.of(RowState::Waiting)), (2, 1, 1));
    assert_eq!(run.newest_active(), Some(0));
    assert_eq!(run.total(), 4);
}

#[test]
fn a_device_in_two_organizations_has_two_rows() {
    let mut run = begun(1);
    let elsewhere = |state| DeviceEvent {
        organization_id: OrganizationId::new(2),
        ..device(0, state, "inactivate")
    };
    tell(&mut run, elsewhere(DeviceState::Writing), 2);
    tell(&mut run, elsewhere(DeviceState::Inactive), 3);
    tell(&mut run, device(0, DeviceState::Linked, "create"), 3);
    let states: Vec<RowState> = run.rows().iter().map(|row| row.state).collect();
    assert_eq!(states, [RowState::Linked, RowState::Inactive]);
    for (organization, place) in [(1, Some(0)), (2, Some(1)), (3, None)] {
        assert_eq!(run.find(&(OrganizationId::new(organization), DeviceId::new("d0"))), place);
    }
}

#[test]
fn pending_devices_come_first_once_the_run_is_over() {
    let mut run = begun(4);
    tell(&mut run, device(0, DeviceState::Linked, "create"), 2);
    tell(&mut run, pending(1, PendingReason::AmbiguousMatch, "9907 and 9911"), 2);
    tell(&mut run, device(2, DeviceState::Withheld, "inactivate"), 2);
    tell(&mut run, pending(3, PendingReason::NoIdentity, "no serial"), 2);
    assert_eq!(shown(&run, View::All, "")[0], "Mac-000");
    run.end(Ok(summary(Outcome::Pending, Counts { pending: 2, ..Counts::default() })), second(9));
    assert_eq!(shown(&run, View::All, ""), ["Mac-001", "Mac-003", "Mac-002", "Mac-000"]);
}

#[test]
fn what_was_still_on_the_way_at_the_end_is_not_left_so() {
    let mut run = begun(2);
    tell(&mut run, device(0, DeviceState::Writing, "create"), 2);
    let unsettled = pending(1, PendingReason::Unsettled, "lost");
    tell(&mut run, DeviceEvent { again: true, until: Some(second(60)), ..unsettled }, 3);
    assert_eq!(run.counts().of(RowState::Waiting), 1);
    assert!(run.reasons().is_empty(), "it may come right yet");
    run.end(Err("the state could not be written".into()), second(4));
    let states: Vec<RowState> = run.rows().iter().map(|row| row.state).collect();
    assert_eq!(states, [RowState::Cancelled, RowState::Pending]);
    assert_eq!(run.reasons()[0].word, "unsettled");
    assert_eq!(run.counts().done(), 1);
    assert_eq!(run.ending().unwrap(), "the state could not be written");
}

#[test]
fn stale_twins_are_told_but_want_no_attention() {
    let mut run = begun(1);
    let mut twin = pending(0, PendingReason::DuplicateSerial, "silent for 30 days");
    twin.pending.as_mut().unwrap().superseded = true;
    tell(&mut run, twin, 2);
    assert_eq!(run.rows()[0].state, RowState::Superseded);
    assert!(shown(&run, View::Pending, "").is_empty() && run.reasons().is_empty());
}

#[test]
fn filters_look_through_names_serials_messages_reasons_and_states() {
    let mut run = begun(3);
    tell(&mut run, pending(1, PendingReason::AmbiguousMatch, "9907 and 9911 fit"), 2);
    let found = DeviceEvent {
        configuration_id: Some(ConfigurationId::new(7701)),
        ..device(2, DeviceState::Linked, "activate")
    };
    tell(&mut run, found, 2);
    for (query, found) in [
        ("MAC-00", vec!["Mac-000", "Mac-001", "Mac-002"]),
        ("ser0001", vec!["Mac-001"]),
        ("9911 mac", vec!["Mac-001"]),
        ("7701", vec!["Mac-002"]),
        ("reason:amb", vec!["Mac-001"]),
        ("state:waiting", vec!["Mac-000"]),
        ("action:activate state:linked", vec!["Mac-002"]),
        ("state:waiting 9911", vec![]),
        ("", vec!["Mac-000", "Mac-001", "Mac-002"]),
    ] {
        assert_eq!(shown(&run, View::All, query), found, "{query}");
    }
    assert_eq!(Query::completions("mac rea", &run), ["mac reason:"]);
    assert_eq!(Query::completions("reason:", &run), ["reason:ambiguous_match"]);
    assert_eq!(Query::completions("state:l", &run), ["state:linked"]);
    assert!(Query::completions("", &run).is_empty());
}

#[test]
fn reasons_are_counted_with_a_sentence() {
    let mut run = begun(5);
    tell(&mut run, pending(0, PendingReason::NoIdentity, "x"), 2);
    for at in 1..3 {
        tell(&mut run, pending(at, PendingReason::AmbiguousMatch, "x"), 2);
    }
    tell(&mut run, device(3, DeviceState::Withheld, "inactivate"), 2);
    let lines = run.reasons();
    let told: Vec<(&str, usize)> = lines.iter().map(|line| (line.word, line.count)).collect();
    assert_eq!(told, [("ambiguous_match", 2), ("no_identity", 1), ("withheld", 1)]);
    assert_eq!(lines[0].reason, Some(PendingReason::AmbiguousMatch));
    assert_eq!(lines[2].reason, None);
    assert!(lines[2].sentence.contains("the guard"));
    let all: Vec<u32> = (0..5).collect();
    assert_eq!(run.need_a_person(&all), 3);
}

#[test]
fn every_attempt_is_kept_with_its_time_and_answer() {
    let mut run = begun(1);
    tell(&mut run, device(0, DeviceState::Writing, "create"), 2);
    tell(&mut run, device(0, DeviceState::Waiting, "create"), 3);
    tell(&mut run, device(0, DeviceState::Writing, "create"), 4);
    tell(&mut run, pending(0, PendingReason::RejectedByItglue, "name is too long"), 5);
    let attempt = |began, ended, answer: &str| Attempt {
        began: Some(second(began)),
        ended: Some(second(ended)),
        answer: answer.into(),
    };
    assert_eq!(
        run.rows()[0].attempts,
        [
            attempt(2, 3, "its batch was refused; sent again in a smaller one"),
            attempt(4, 5, "rejected_by_itglue: name is too long"),
        ]
    );
}

#[test]
fn an_unchanged_device_was_not_tried() {
    let mut run = begun(1);
    tell(&mut run, device(0, DeviceState::Unchanged, "unchanged"), 2);
    assert!(run.rows()[0].attempts.is_empty());
}

#[test]
fn waits_are_told_while_they_last() {
    let mut run = begun(1);
    let waits = |service, until, why| Event::Waiting { service, until: second(until), why };
    run.fold(waits(Service::Addigy, 30, Waiting::OwnLimit), second(2));
    run.fold(waits(Service::ItGlue, 200, Waiting::ServiceLimit), second(2));
    let doing = |run: &LiveRun, at| run.now_doing(second(at));
    assert_eq!(
        doing(&run, 3).unwrap(),
        "IT Glue answered 429: waiting until 14:03:20. Nothing is lost."
    );
    assert_eq!(doing(&run, 200), None);
    run.fold(Event::Settling { devices: 2, until: second(360) }, second(300));
    assert_eq!(
        doing(&run, 301).unwrap(),
        "2 creates have no clear answer; looking them up at 14:06:00"
    );
    assert_eq!(run.ends(second(301)), Some(Ends::After(second(360))));
    run.fold(Event::Reading("configurations of Globex\u{1b}[31m".into()), second(360));
    assert_eq!(doing(&run, 361).unwrap(), "reading configurations of Globex");
}

#[test]
fn what_differs_from_the_confirmed_plan_is_listed() {
    let key = |at: usize| (OrganizationId::new(1), DeviceId::new(format!("d{at}")));
    let confirmed: Shown =
        [(key(0), "create"), (key(1), "update"), (key(2), "unchanged"), (key(9), "inactivate")]
            .into();
    let mut run = LiveRun::new("Clients/Globex", Some(confirmed), second(0), TimeZone::UTC);
    let listed = vec![
        device(0, DeviceState::Waiting, "create"),
        device(1, DeviceState::Waiting, "create"),
        device(2, DeviceState::Waiting, "pending"),
        device(3, DeviceState::Waiting, "activate"),
        device(4, DeviceState::Waiting, "unchanged"),
    ];
    run.fold(Event::Listed(listed), second(1));
    let differing: Vec<(&str, Option<&str>)> =
        run.differing().map(|row| (row.name.as_str(), row.shown)).collect();
    assert_eq!(differing, [("Mac-001", Some("update")), ("Mac-003", Some("nothing"))]);
    assert_eq!(run.missing().iter().collect::<Vec<_>>(), [&key(9)]);
}

/// A limiter of 10 requests in 60 seconds of which so many were used at 14:00:00.
fn pulse(limiter: &Limiter, at: i64, sent: u64) -> Pulse {
    let forecast = limiter.forecast(|| second(at)).unwrap();
    let gauge = |sent| Gauge { sent, forecast: forecast.clone() };
    Pulse { at: second(at), addigy: gauge(3), itglue: gauge(sent) }
}

fn limiter(used: usize) -> Limiter {
    let limiter = Limiter::in_memory(10, Duration::from_secs(60));
    for _ in 0..used {
        limiter.reserve(|| second(0)).unwrap();
    }
    limiter
}

fn to_send(writes: usize, looks: usize, fresh_until: Option<i64>) -> Event {
    Event::ToSend(ToSend { writes, looks, fresh_until: fresh_until.map(second) })
}

#[test]
fn the_end_is_when_the_limiter_grants_the_last_request() {
    let mut run = begun(1);
    run.measure(pulse(&limiter(8), 10, 8));
    assert_eq!(run.ends(second(10)), None, "nothing is known of what is still to send");
    run.fold(to_send(3, 0, None), second(10));
    assert_eq!(run.ends(second(10)), Some(Ends::About(second(60))));
    // Those that look first cost twice.
    run.fold(to_send(6, 5, None), second(10));
    assert_eq!(run.ends(second(10)), Some(Ends::About(second(70))));
    // And so do all once the listing is old: two at once, eight at 60, two at 70, two at 120.
    run.fold(to_send(8, 0, Some(30)), second(10));
    assert_eq!(run.ends(second(10)), Some(Ends::About(second(120))));
}

#[test]
fn with_slots_enough_the_end_is_known_by_the_pace_or_not_at_all() {
    let mut run = begun(1);
    let limiter = Limiter::in_memory(600, Duration::from_secs(60));
    run.fold(to_send(100, 0, None), second(0));
    run.measure(pulse(&limiter, 0, 0));
    run.measure(pulse(&limiter, 2, 4));
    assert_eq!(run.ends(second(2)), None, "two seconds tell nothing");
    run.measure(pulse(&limiter, 10, 20));
    assert_eq!(run.ends(second(10)), Some(Ends::About(second(60))));
    let unsettled = pending(0, PendingReason::Unsettled, "lost");
    tell(&mut run, DeviceEvent { again: true, until: Some(second(90)), ..unsettled }, 10);
    assert_eq!(run.ends(second(10)), Some(Ends::After(second(90))));
}

#[test]
fn a_block_by_the_service_moves_the_end_and_is_no_slow_pace() {
    let mut run = begun(1);
    let limiter = Limiter::in_memory(600, Duration::from_secs(60));
    run.fold(to_send(2, 0, None), second(0));
    run.measure(pulse(&limiter, 0, 0));
    run.measure(pulse(&limiter, 5, 5));
    limiter.block_until(|| second(5), second(300)).unwrap();
    for at in 6..200 {
        run.measure(pulse(&limiter, at, 5));
    }
    assert_eq!(run.ends(second(200)), Some(Ends::About(second(300))));
}

#[test]
fn endings_are_told_in_a_sentence() {
    let ending = |summary: Box<Summary>| {
        let mut run = begun(1);
        run.end(Ok(summary), second(540));
        run.ending().unwrap()
    };
    let counts = |pending, withheld| Counts { pending, withheld, ..Counts::default() };
    assert_eq!(
        ending(summary(Outcome::Done, counts(0, 0))),
        "Done at 14:09: every device is in order."
    );
    assert_eq!(
        ending(summary(Outcome::Pending, counts(9, 0))),
        "Done at 14:09, but 9 devices are pending. Open them to see why."
    );
    assert_eq!(
        ending(summary(Outcome::Withheld, counts(0, 12))),
        "Done at 14:09; 12 devices left, which waits for your word."
    );
    let busy = vec![(OrganizationId::new(1), "cron@jump1 since 14:00".to_owned())];
    assert_eq!(
        ending(Box::new(Summary { busy, ..*summary(Outcome::Busy, counts(0, 0)) })),
        "Another run holds the organization: cron@jump1 since 14:00. Retry when it has ended."
    );
}

#[test]
fn a_report_has_one_line_a_device() {
    let mut run = begun(2);
    tell(&mut run, pending(0, PendingReason::AmbiguousMatch, "9907 and 9911"), 2);
    let rows = run.report(&[0, 1], |_| "Clients/Globex".into());
    let expected = [
        ["Clients/Globex", "Mac-000", "SER0000", "pending", "pending", "ambiguous_match"],
        ["Clients/Globex", "Mac-001", "SER0001", "waiting", "create", ""],
    ];
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(row.len(), COLUMNS.len());
        assert_eq!(row[..6], expected);
    }
    assert_eq!(rows[0][6], "9907 and 9911");
}

#[test]
fn one_line_tells_how_far_it_is() {
    let mut run = LiveRun::new("Clients/Globex", None, second(0), TimeZone::UTC);
    assert_eq!(run.line(), "Globex: starting");
    run.fold(Event::Reading("policies".into()), second(0));
    assert_eq!(run.line(), "Globex: reading policies");
    let mut run = begun(4);
    tell(&mut run, device(0, DeviceState::Linked, "create"), 2);
    tell(&mut run, pending(1, PendingReason::AmbiguousMatch, "two"), 2);
    assert_eq!(run.line(), "Run 42 Globex 0/4 done", "the figures change once a second");
    run.fold(to_send(3, 0, None), second(10));
    run.measure(pulse(&limiter(10), 10, 8));
    assert_eq!(run.line(), "Run 42 Globex 2/4 done, 1 pending  ends ~14:01");
    run.stop();
    assert_eq!(run.line(), "Run 42 Globex: stopping safely at 2/4");
    run.end(Ok(summary(Outcome::Cancelled, Counts::default())), second(300));
    assert_eq!(run.line(), "Run 42 Globex stopped at 2/4, 14:05");
}
