use super::*;
use crate::apply::Choices;
use crate::console::screens::history::History;
use crate::console::testing::{self, Driver, configuration};
use crate::domain::*;
use crate::plan::{Left, PutBack, Was, Why};
use crate::store::LinkEvent;
use insta::assert_snapshot;

fn change(from: &str, to: Value) -> Change {
    Change { from: Some(Value::Text(from.into())), to }
}

fn device(id: &str, name: &str, number: i64, put_back: PutBack) -> UndoDevice {
    UndoDevice {
        device_id: DeviceId::new(id),
        name: name.into(),
        organization_id: OrganizationId::new(1024),
        policy_id: PolicyId::new("acme"),
        configuration_id: ConfigurationId::new(number),
        put_back,
    }
}

fn put_back(was: Was, changes: Changes, left: Vec<Left>) -> PutBack {
    let configuration = Some(Arc::new(configuration(9901, "x", None)));
    PutBack { configuration, was, changes, already: BTreeSet::new(), left, redo: false }
}

fn plan(read_at: jiff::Timestamp) -> UndoPlan {
    let status = Change { from: Some(StatusId::new(101).into()), to: StatusId::new(102).into() };
    let text = |text: &str| Value::Text(text.into());
    let why = Why::Changed { wrote: text("10.1.2.9"), now: Some(text("10.1.2.77")) };
    let left = Left { attribute: Some(Attribute::PrimaryIp), why };
    let fields: Changes = [
        (Attribute::Hostname, change("acm-mbp-001", Value::Nothing)),
        (Attribute::Name, change("ACM-MBP-001", text("Ana's old MacBook"))),
    ]
    .into();
    let created: Changes = [(Attribute::Status, status)].into();
    let gone = Left { attribute: None, why: Why::Gone };
    UndoPlan {
        run: testing::snapshot().runs.remove(0),
        devices: vec![
            device("a1", "ACM-MBP-001", 9901, put_back(Was::Updated, fields, vec![left])),
            device("a2", "ACM-MBP-002", 9902, put_back(Was::Created, created, vec![])),
            device(
                "k1",
                "Kiosk\u{1b}[31m",
                9903,
                put_back(Was::Updated, Changes::new(), vec![gone]),
            ),
        ],
        organizations: [(OrganizationId::new(1024), "Acme Corporation".into())].into(),
        undone_before: 1,
        unclear: 0,
        missing: Vec::new(),
        choices: Choices {
            itglue_url: "https://api.itglue.com/".into(),
            rules: Rules {
                active: StatusId::new(101),
                inactive: StatusId::new(102),
                default_type: TypeId::new(201),
                conditional_types: Vec::new(),
                guard: Guard { max_inactive_percent: 20, max_inactive_devices: 5 },
            },
        },
        read_at,
    }
}

fn answer(plan: UndoPlan) -> Answer {
    Answer::UndoPlanned(RunId::new(41), Ok(Arc::new(plan)))
}

fn shown(columns: u16, rows: u16, theme: &str, utf8: bool) -> Driver {
    let shared = Shared { size: (columns, rows), ..testing::shared() };
    let shared = Shared { look: testing::look(theme, utf8), ..shared };
    let mut driver = Driver::new(shared, Vec::new());
    driver.push(UndoScreen::new(RunId::new(41)));
    driver.answer(answer(plan(testing::now())));
    driver
}

#[test]
fn it_looks_so() {
    assert_snapshot!("undo_80x24", shown(80, 24, "dark", true).draw());
    assert_snapshot!("undo_140x40", shown(140, 40, "dark", true).draw());
    assert_snapshot!("undo_ascii", shown(80, 24, "dark", false).draw());
    assert_snapshot!("undo_styles_dark", shown(80, 24, "dark", true).styles());
    assert_snapshot!("undo_styles_light", shown(80, 24, "light", true).styles());
}

#[test]
fn it_is_planned_asked_and_started() {
    let mut driver = Driver::home(80, 24);
    driver.push(UndoScreen::new(RunId::new(41)));
    let planned = |effect: &Effect| matches!(effect, Effect::PlanUndo(id) if id.get() == 41);
    assert!(driver.take_effects().iter().any(planned));
    driver.press("a");
    assert_eq!(driver.place(), "undo", "nothing is asked before there is a plan");
    driver.answer(answer(plan(testing::now())));
    driver.press("a");
    let bottom = driver.draw().lines().last().unwrap().to_owned();
    assert_eq!(bottom, "Put back 2 changes at Acme Corporation, 1 of them set inactive? y/n");
    driver.press("n");
    assert_eq!(driver.place(), "undo");
    driver.press("a y");
    assert_eq!(driver.place(), "run");
    let started = driver.take_effects().into_iter().find_map(|effect| match effect {
        Effect::StartRun(_, request) => Some(request),
        _ => None,
    });
    let started = started.unwrap();
    assert_eq!(started.undoes, Some(RunId::new(41)));
    assert!(started.undo_seen.is_some());
}

#[test]
fn an_old_plan_is_made_again_and_what_changed_is_shown_first() {
    let old = testing::now() - SignedDuration::from_mins(6);
    let mut driver = Driver::home(80, 24);
    driver.push(UndoScreen::new(RunId::new(41)));
    driver.answer(answer(plan(old)));
    driver.take_effects();
    driver.press("a");
    assert!(driver.take_effects().iter().any(|e| matches!(e, Effect::PlanUndo(_))));
    driver.answer(answer(plan(testing::now())));
    assert_eq!(driver.place(), "ask");
    driver.press("n");

    driver.answer(answer(plan(testing::now())));
    let mut driver = Driver::home(80, 24);
    driver.push(UndoScreen::new(RunId::new(41)));
    driver.answer(answer(plan(old)));
    driver.press("a");
    let mut other = plan(testing::now());
    other.devices.remove(1);
    driver.answer(answer(other));
    assert_eq!(driver.place(), "undo");
    assert!(driver.app.shared.notice.as_ref().unwrap().text.contains("changed"));
}

#[test]
fn switched_off_nothing_is_asked() {
    let mut driver = shown(80, 24, "dark", true);
    let off = crate::settings::Settings { enabled: false, ..testing::settings() };
    driver.app.shared.settings = Some(Arc::new(off));
    driver.press("a");
    assert_eq!(driver.place(), "undo");
}

#[test]
fn a_links_first_run_offers_to_unlink() {
    let mut snapshot = testing::snapshot();
    snapshot.runs[0].policies = vec![PolicyId::new("globex")];
    let run = snapshot.runs[0].clone();
    assert_eq!(linked_first(&snapshot, &run), None, "it is not known when it was linked");
    snapshot.link_events = vec![LinkEvent {
        at: run.started - SignedDuration::from_mins(1),
        who: "ana".into(),
        policy_id: PolicyId::new("globex"),
        target: snapshot.known.links.own(&PolicyId::new("globex")).cloned(),
    }];
    assert_eq!(linked_first(&snapshot, &run), Some(PolicyId::new("globex")));
    let second = Run { id: RunId::new(42), ..run.clone() };
    snapshot.runs.insert(0, second.clone());
    assert_eq!(linked_first(&snapshot, &second), None);

    let mut driver = Driver::home(80, 24);
    driver.push(UndoScreen::new(RunId::new(41)));
    driver.answer(Answer::State(Ok(Arc::new(snapshot))));
    driver.answer(answer(UndoPlan { run, ..plan(testing::now()) }));
    assert!(driver.draw().contains("U unlinks it, too"), "{}", driver.draw());
    driver.press("U");
    assert_eq!(driver.place(), "unlink");
}

#[test]
fn history_opens_it() {
    let mut driver = Driver::new(testing::shared(), vec![Box::new(History::new())]);
    driver.press("u");
    assert_eq!(driver.place(), "undo");
    driver.press("esc");
    assert_eq!(driver.place(), "history");
}
