use super::*;
use crate::console::shared::Snapshot;
use crate::console::testing::{self, Driver};
use crate::console::unfinished::Unfinished;
use crate::domain::*;
use crate::store::*;
use insta::assert_snapshot;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

fn at(text: &str) -> Timestamp {
    format!("2026-{text}Z").parse().unwrap()
}

fn run(id: i64, who: &str, policies: &[&str], outcome: Option<Outcome>, started: &str) -> Run {
    let started = at(started);
    Run {
        id: RunId::new(id),
        kind: RunKind::Sync,
        policies: policies.iter().map(|id| PolicyId::new(*id)).collect(),
        started,
        finished: outcome.map(|_| started + jiff::SignedDuration::from_secs(125)),
        origin: Origin { who: who.into(), host: "jump1".into(), version: "0.1.0".into() },
        outcome,
        counts: Counts { created: 3, unchanged: 118, ..Counts::default() },
    }
}

/// One run of each outcome, and links made and removed.
fn snapshot() -> Snapshot {
    let mut snapshot = testing::snapshot();
    let all = ["acme", "kiosks", "laptops", "globex"];
    let outcomes =
        [Outcome::Failed, Outcome::Cancelled, Outcome::Busy, Outcome::Withheld, Outcome::Done];
    snapshot.runs.splice(
        0..0,
        [
            run(44, "cron", &["globex"], None, "06-01T08:08:00"),
            run(43, "ana from 10.0.0.7", &["laptops"], None, "06-01T08:05:00"),
            run(42, "ana from 10.0.0.7", &["laptops"], Some(Outcome::Done), "06-01T08:02:00"),
        ],
    );
    let older = (36..41).rev().zip(outcomes);
    let who = "Maximilian from fd00:12:34::56:789a";
    snapshot
        .runs
        .extend(older.map(|(id, outcome)| run(id, who, &all, Some(outcome), "05-31T22:00:00")));
    let reported = |running| Unfinished { running, reported: 1, last: Some(at("06-01T08:06:00")) };
    snapshot.unfinished =
        BTreeMap::from([(RunId::new(44), reported(true)), (RunId::new(43), reported(false))]);
    let event = |policy: &str, target, time: &str| LinkEvent {
        at: at(time),
        who: "ana from 10.0.0.7".into(),
        policy_id: PolicyId::new(policy),
        target,
    };
    let acme = LinkTarget::Organization {
        id: OrganizationId::new(1024),
        name: "Acme Corporation".into(),
        with_children: true,
    };
    snapshot.link_events = vec![
        event("acme", Some(acme), "05-30T10:00:00"),
        event("umbrella", Some(LinkTarget::KeptUnlinked), "05-30T10:05:00"),
        event("umbrella", None, "06-01T08:01:00"),
    ];
    snapshot
}

fn with(shared: Shared) -> Driver {
    let mut driver = Driver::new(shared, Vec::new());
    driver.answer(Answer::State(Ok(Arc::new(snapshot()))));
    driver.app.shared.notice = None;
    driver.press("3");
    driver.take_effects();
    driver
}

fn history() -> Driver {
    with(testing::shared())
}

fn at_size(size: (u16, u16), utf8: bool) -> Driver {
    with(Shared { size, look: testing::look("dark", utf8), ..testing::shared() })
}

/// What a store tells of a run that wrote this.
fn changes(undone: bool) -> Arc<Vec<RecordedChange>> {
    let store = Store::in_memory().unwrap();
    let time = at("06-01T08:02:30");
    let run = store.begin_run(RunKind::Sync, &[], &Origin::default(), time).unwrap();
    let text = |text: &str| Value::Text(text.into());
    let intent =
        |device: &str, kind, configuration, changes: &[(Attribute, Option<Value>, Value)]| {
            let change = |(attribute, from, to): &(Attribute, Option<Value>, Value)| {
                (*attribute, Change { from: from.clone(), to: to.clone() })
            };
            Intent {
                device_id: DeviceId::new(device),
                device_name: if device == "l1" {
                    "Laptop-Ana"
                } else {
                    "Lenas sehr langes MacBook Pro"
                }
                .into(),
                organization_id: OrganizationId::new(1024),
                policy_id: PolicyId::new("laptops"),
                kind,
                configuration_id: configuration,
                changes: changes.iter().map(change).collect(),
                serial: None,
                mac: None,
            }
        };
    let intents = [
        intent(
            "l1",
            IntentKind::Update,
            Some(ConfigurationId::new(9904)),
            &[
                (Attribute::Name, Some(text("Laptop-Anna")), text("Laptop-Ana")),
                (Attribute::PrimaryIp, None, text("10.1.2.3")),
                (Attribute::Status, Some(Value::Id(102)), Value::Id(101)),
                (Attribute::Archived, Some(Value::Flag(true)), Value::Flag(false)),
            ],
        ),
        intent(
            "l2",
            IntentKind::Create,
            None,
            &[
                (Attribute::Name, None, text("Lenas sehr langes MacBook Pro")),
                (Attribute::SerialNumber, None, text("C02L2")),
                (Attribute::Type, None, Value::Id(201)),
            ],
        ),
    ];
    let ids = store.journal(run, &intents, time).unwrap();
    let settlements = ids.iter().zip(&intents).map(|(id, intent)| Settlement {
        intent: *id,
        outcome: IntentOutcome::Done {
            configuration_id: intent
                .configuration_id
                .unwrap_or(ConfigurationId::new(3142842920435)),
            stored: intent.changes.iter().map(|(k, change)| (*k, change.to.clone())).collect(),
        },
        binding: None,
        at: time,
    });
    store.settle(&settlements.collect::<Vec<_>>()).unwrap();
    if undone {
        let by = store.begin_run(RunKind::Undo, &[], &Origin::default(), time).unwrap();
        store.mark_undone(by, &[(ids[0], Attribute::Name)]).unwrap();
    }
    Arc::new(store.changes_of(run).unwrap())
}

/// The changes of run 42.
fn opened(mut driver: Driver) -> Driver {
    driver.press("down down enter");
    driver.answer(Answer::Changes(RunId::new(42), Ok(changes(true))));
    driver.take_effects();
    driver
}

fn current(driver: &Driver) -> String {
    driver.draw().lines().nth(21).unwrap().to_owned()
}

#[test]
fn at_its_sizes() {
    assert_snapshot!("80x24", history().draw());
    assert_snapshot!("80x24_ascii", at_size((80, 24), false).draw());
    for size in [(120, 40), (200, 50), (20, 6), (40, 10)] {
        assert_snapshot!(format!("{}x{}", size.0, size.1), at_size(size, true).draw());
    }
    let ascii = at_size((80, 24), false).draw();
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn changes_at_their_sizes() {
    assert_snapshot!("changes_80x24", opened(history()).draw());
    let ascii = opened(at_size((80, 24), false)).draw();
    assert!(ascii.is_ascii(), "{ascii}");
    assert_snapshot!("changes_80x24_ascii", ascii);
    for size in [(120, 40), (200, 50), (40, 10)] {
        let name = format!("changes_{}x{}", size.0, size.1);
        assert_snapshot!(name, opened(at_size(size, true)).draw());
    }
}

#[test]
fn dark_and_light() {
    for theme in ["dark", "light"] {
        let look = testing::look(theme, true);
        let driver = with(Shared { look, ..testing::shared() });
        assert_snapshot!(format!("styles_{theme}"), driver.styles());
    }
}

#[test]
fn moving_and_jumping() {
    let mut driver = history();
    for (keys, expected) in [
        ("", "Run 44"),
        ("n", "Run 43"),
        ("n", "Run 41"),
        ("N N", "Run 37"),
        ("g", "Run 44"),
        ("down j", "Run 42"),
        ("k up", "Run 44"),
        ("space A h l", "Run 44"),
        ("pagedown", "Clients/Acme: link"),
        ("pageup G", "Clients/Acme: link"),
    ] {
        driver.press(keys);
        assert!(current(&driver).starts_with(expected), "after {keys}: {}", current(&driver));
    }
}

#[test]
fn filtering_by_words() {
    let mut driver = history();
    driver.press("/").type_text("who:ana out").press("tab").type_text("st").press("tab");
    assert_snapshot!(driver.draw());
    driver.press("enter");
    assert!(current(&driver).starts_with("Run 43"));
    driver.press("esc / ").type_text("kind:link").press("enter");
    assert!(current(&driver).starts_with("Clients/Acme: link"));
    driver.press("esc /").type_text("nobody").press("enter");
    assert!(driver.draw().contains("Nothing fits the filter"));
}

#[test]
fn each_key_does_what_it_says() {
    for (keys, place) in
        [("enter", "changes"), ("G enter", "history"), ("y", "copy"), ("e", "export")]
    {
        let mut driver = history();
        driver.press(keys);
        assert_eq!(driver.place(), place, "after {keys}");
    }
    let mut driver = history();
    driver.press("R");
    assert!(driver.take_effects().iter().any(|effect| matches!(effect, Effect::ReadState)));
}

#[test]
fn u_opens_the_undo_of_a_run_that_has_ended() {
    let said = |driver: &Driver| driver.app.shared.notice.as_ref().unwrap().text.clone();
    let mut driver = history();
    driver.press("u");
    assert!(said(&driver).contains("still under way"), "{}", said(&driver));
    assert_eq!(driver.place(), "history");
    driver.press("down down u");
    assert_eq!(driver.place(), "undo");
    let mut driver = opened(history());
    driver.press("u");
    assert_eq!(driver.place(), "undo");
    assert!(driver.take_effects().iter().any(|effect| matches!(effect, Effect::PlanUndo(_))));
}

#[test]
fn what_comes_shows_without_moving_the_cursor() {
    let mut driver = history();
    let newer = || {
        let mut newer = snapshot();
        newer.runs.insert(0, run(45, "cron", &["acme"], Some(Outcome::Done), "06-01T08:09:00"));
        Answer::State(Ok(Arc::new(newer)))
    };
    driver.press("n");
    driver.answer(newer());
    assert!(current(&driver).starts_with("Run 43"), "{}", current(&driver));
    let mut driver = history();
    driver.answer(newer());
    assert!(current(&driver).starts_with("Run 45"), "the newest stays in sight");
}

#[test]
fn a_run_opens_to_its_changes() {
    let mut driver = history();
    driver.press("down down enter");
    let asked = driver.take_effects();
    assert!(matches!(asked.as_slice(), [Effect::ReadChanges(id)] if *id == RunId::new(42)));
    assert!(driver.draw().contains("Reading what the run changed"));
    driver.answer(Answer::Changes(RunId::new(41), Ok(changes(false))));
    assert!(driver.draw().contains("Reading what the run changed"), "another run's");
    driver.answer(Answer::Changes(RunId::new(42), Ok(Arc::default())));
    assert!(driver.draw().contains("It changed nothing in IT Glue"));
    driver.answer(Answer::Changes(RunId::new(42), Ok(changes(true))));
    assert!(driver.draw().contains("7 changes"));
    driver.press("R");
    assert!(matches!(driver.take_effects().as_slice(), [Effect::ReadChanges(_)]));
}

#[test]
fn changes_are_filtered_copied_exported_and_lead_to_their_device() {
    let mut driver = opened(history());
    driver.press("/").type_text("undone").press("enter");
    assert!(current(&driver).contains("Laptop-Anna → Laptop-Ana"), "{}", current(&driver));
    driver.press("esc /").type_text("status inactive").press("esc G g j k space A");
    for (keys, place) in [("y", "copy"), ("e", "export"), ("enter", "device")] {
        driver.press(keys);
        assert_eq!(driver.place(), place, "after {keys}");
        driver.press("esc");
    }
    driver.press("esc");
    assert_eq!(driver.place(), "history");
}

#[test]
fn changes_of_a_run_under_way_are_read_again_when_the_state_is() {
    let mut driver = history();
    driver.press("enter");
    driver.answer(Answer::Changes(RunId::new(44), Ok(Arc::default())));
    assert!(driver.draw().contains("changed nothing in IT Glue so far"));
    driver.take_effects();
    driver.answer(Answer::State(Ok(Arc::new(snapshot()))));
    assert!(matches!(driver.take_effects().as_slice(), [Effect::ReadChanges(_)]));
}

#[test]
fn home_shows_who_else_is_at_it() {
    let mut driver = history();
    driver.press("1 G up up");
    let screen = driver.draw();
    assert!(current(&driver).contains("run 44 by cron on jump1 is at it since 08:08"), "{screen}");
    assert_snapshot!(screen);
}
