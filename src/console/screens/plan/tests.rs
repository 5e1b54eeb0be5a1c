use super::PlanScreen;
use super::differs::Differs;
use crate::apply::{Confirmed, Prepared, Request as EngineRequest};
use crate::console::effect::{Answer, Effect, Slot};
use crate::console::shared::{Shared, Snapshot};
use crate::console::testing::{self, Driver, configuration};
use crate::domain::{
    Attribute, Change, Changes, DeviceId, MatchedBy, OrganizationId, Pending, PendingReason,
    PolicyId, StatusId, Value,
};
use crate::plan::{Action, OrganizationPlan, PlannedDevice};
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

fn planned(id: &str, name: &str, policy: &str, action: Action) -> PlannedDevice {
    let device = testing::device(id, name, policy);
    PlannedDevice {
        device_id: device.id.clone(),
        name: name.into(),
        serial_number: device.serial_number.clone(),
        matched_by: action.configuration().map(|_| MatchedBy::Serial),
        device: Some(Arc::new(device)),
        policies: [PolicyId::new(policy)].into(),
        through: PolicyId::new(policy),
        action,
        pending: None,
        owned_by_psa: Vec::new(),
        notes: Vec::new(),
        binding: None,
    }
}

fn change(from: Option<&str>, to: &str) -> Change {
    Change { from: from.map(Into::into).map(Value::Text), to: Value::Text(to.into()) }
}

fn status(to: i64) -> (Attribute, Change) {
    let from = Some(Value::from(StatusId::new(if to == 101 { 102 } else { 101 })));
    (Attribute::Status, Change { from, to: Value::from(StatusId::new(to)) })
}

fn plan(id: i64, name: &str, devices: Vec<PlannedDevice>) -> OrganizationPlan {
    OrganizationPlan {
        organization_id: OrganizationId::new(id),
        organization_name: name.into(),
        devices,
        releases: Vec::new(),
        bound: BTreeMap::new(),
    }
}

/// One device of each kind in Acme, two more in Globex; `withheld` of them wait for a person.
fn prepared(read_at: Timestamp, withheld: bool, ip: &str) -> Arc<Prepared> {
    let there = |id| Arc::new(configuration(id, &format!("Record {id}"), Some("C02")));
    let created: Changes = [
        (Attribute::Name, change(None, "ACM-NEW")),
        (Attribute::SerialNumber, change(None, "C02N1")),
        status(101),
    ]
    .into();
    let update: Changes = [(Attribute::PrimaryIp, change(Some("10.1.2.3"), ip))].into();
    let two: Changes = [
        (Attribute::Hostname, change(None, "ana")),
        (Attribute::Name, change(Some("Ana's MacBook Pro (old one)"), "Laptop-Ana")),
    ]
    .into();
    let ambiguous = Pending::new(
        PendingReason::AmbiguousMatch,
        "configurations 9911 and 9907 carry the same serial number",
    );
    let leaves: Changes = [status(102)].into();
    let mut acme = vec![
        planned("n1", "ACM-NEW", "acme", Action::Create(created)),
        planned("a1", "ACM-MBP-001", "acme", Action::Update(there(9901), update)),
        planned("a2", "ACM-MBP-002", "acme", Action::Unchanged(there(9902))),
        planned("k1", "Kiosk-Lobby", "kiosks", Action::Activate(there(9903), [status(101)].into())),
        planned("l1", "Laptop-Ana", "laptops", Action::Update(there(9904), two)),
        PlannedDevice {
            pending: Some(ambiguous),
            notes: vec!["configuration 9920 has the same name".into()],
            ..planned("l2", "Laptop-Ben", "laptops", Action::Pending)
        },
        planned("o1", "old-mini", "acme", Action::Inactivate(there(9905), leaves.clone())),
    ];
    if withheld {
        for id in ["w1", "w2"] {
            let action = Action::Withhold(there(9930), leaves.clone());
            acme.push(planned(id, &format!("Gone-{id}"), "acme", action));
        }
    }
    let globex = vec![planned("g1", "GLX-Mini", "globex", Action::Unchanged(there(9990)))];
    let plans = vec![plan(1024, "Acme Corporation", acme), plan(1025, "Globex GmbH", globex)];
    Arc::new(Prepared::of_plans(plans, testing::snapshot().known.tree, read_at))
}

fn request() -> EngineRequest {
    EngineRequest::sync(Some([PolicyId::new("acme")].into()))
}

fn fresh(withheld: bool) -> Arc<Prepared> {
    prepared(testing::now() - SignedDuration::from_mins(2), withheld, "10.1.2.9")
}

fn shows(prepared: Arc<Prepared>, shared: Shared) -> Driver {
    let mut driver = Driver::new(shared, Vec::new());
    // Opened over a state that has been read, as a person would.
    let layer = PlanScreen::new("Clients/Acme".into(), request(), Some(prepared));
    driver.push(layer);
    driver
}

fn at(columns: u16, rows: u16, withheld: bool) -> Driver {
    shows(fresh(withheld), Shared { size: (columns, rows), ..testing::shared() })
}

fn planning() -> Driver {
    let mut driver = Driver::new(testing::shared(), Vec::new());
    driver.push(PlanScreen::new("Clients/Acme".into(), request(), None));
    driver
}

fn answer(driver: &mut Driver, prepared: Arc<Prepared>) {
    driver.answer(Answer::Planned(Box::new(request()), Ok(prepared)));
}

fn plans(driver: &mut Driver) -> bool {
    driver.take_effects().iter().any(|e| matches!(e, Effect::Plan(r) if **r == request()))
}

#[test]
fn at_every_size() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 50), (40, 10), (20, 6)] {
        assert_snapshot!(format!("{columns}x{rows}"), at(columns, rows, false).draw());
    }
}

#[test]
fn with_what_the_guard_withholds() {
    assert_snapshot!(at(80, 24, true).draw());
}

#[test]
fn in_ascii() {
    let look = testing::look("dark", false);
    let mut driver = shows(fresh(true), Shared { look, ..testing::shared() });
    driver.press("down right n right");
    let screen = driver.draw();
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!(screen);
}

#[test]
fn a_device_unfolds_to_its_fields_and_the_reason() {
    let mut driver = at(80, 24, false);
    driver.press("down enter n right");
    assert_snapshot!(driver.draw());
    driver.press("left");
    assert!(!driver.draw().contains("several configurations fit equally well. C"));
    driver.press("left left");
    assert!(!driver.draw().contains("Laptop-Ana"), "left goes up, then folds the policy");
    driver.press("right");
    assert!(driver.draw().contains("Laptop-Ana"));
}

#[test]
fn while_planning_and_stopped() {
    let mut driver = planning();
    assert!(plans(&mut driver));
    assert_snapshot!(driver.draw());
    let doing = "IT Glue: it answered 429. Waiting until 08:11:00.".to_owned();
    driver.answer(Answer::Planning(Box::new(request()), doing));
    assert!(driver.draw().contains("Waiting until 08:11:00"));
    driver.press("esc");
    let stops = |effect: &Effect| matches!(effect, Effect::Stop(Slot::Plan));
    assert!(driver.take_effects().iter().any(stops));
    assert_eq!(driver.place(), "policies");
}

#[test]
fn why_there_is_no_plan_is_told() {
    let mut driver = planning();
    let why = "Addigy did not answer in time. Nothing was written.".to_owned();
    driver.answer(Answer::Planned(Box::new(request()), Err(why)));
    assert_snapshot!(driver.draw());
    driver.take_effects();
    driver.press("R");
    assert!(plans(&mut driver));
}

#[test]
fn the_filter_narrows_by_action_and_reason() {
    let mut driver = at(80, 24, false);
    driver.press("/").type_text("ac").press("tab").type_text("up").press("tab enter");
    let screen = driver.draw();
    assert!(screen.contains("Filter: action:update"), "{screen}");
    assert!(screen.contains("Laptop-Ana") && !screen.contains("ACM-NEW"), "{screen}");
    assert!(!screen.contains("Globex"), "a policy without a hit is hidden: {screen}");
    driver.press("esc /").type_text("reason:amb").press("enter");
    assert!(driver.draw().contains("Laptop-Ben") && !driver.draw().contains("Laptop-Ana"));
    driver.press("esc");
    assert!(driver.draw().contains("ACM-NEW"));
}

#[test]
fn apply_asks_and_only_y_starts_the_run() {
    let mut driver = at(80, 24, false);
    driver.press("a");
    assert!(driver.draw().contains("Write 5 changes to Acme Corporation? y/n"));
    driver.press("n");
    assert_eq!(driver.place(), "plan");
    driver.take_effects();
    driver.press("a y");
    let started = driver.take_effects().into_iter().find_map(|effect| match effect {
        Effect::StartRun(_, request) => Some(*request),
        _ => None,
    });
    let started = started.unwrap();
    let seen = started.seen.as_ref().unwrap();
    assert_eq!(seen.organizations, [1024, 1025].map(OrganizationId::new).into());
    let expected = EngineRequest { seen: started.seen.clone(), ..request() };
    assert_eq!(started, expected, "nothing is confirmed by that");
    assert_eq!(driver.place(), "run");
    driver.press("esc");
    assert_eq!(driver.place(), "policies", "the plan is history");
}

#[test]
fn what_is_withheld_is_confirmed_by_its_number_and_exactly_that() {
    let mut driver = at(80, 24, true);
    driver.press("C");
    let screen = driver.draw();
    let question = "Set 2 inactive in Acme Corporation and write 5 other changes?";
    assert!(screen.contains(question), "{screen}");
    assert!(screen.contains("Gone-w1") && !screen.contains("ACM-NEW"), "they are shown: {screen}");
    driver.type_text("3").press("enter");
    assert_eq!(driver.place(), "plan", "another number is no yes");
    driver.take_effects();
    driver.press("C").type_text("2").press("enter");
    let confirmed = driver.take_effects().into_iter().find_map(|effect| match effect {
        Effect::StartRun(_, request) => Some(request.confirmed),
        _ => None,
    });
    let two = ["w1", "w2"].map(|id| (OrganizationId::new(1024), DeviceId::new(id)));
    assert_eq!(confirmed, Some(Confirmed::These(two.into())));
}

#[test]
fn nothing_is_written_while_the_integration_is_off() {
    let mut settings = testing::settings();
    settings.enabled = false;
    let shared = Shared { settings: Some(Arc::new(settings)), ..testing::shared() };
    let mut driver = shows(fresh(true), shared);
    driver.take_effects();
    driver.press("a C");
    assert_eq!(driver.place(), "plan");
    assert!(driver.draw().contains("The integration is switched off"));
}

#[test]
fn an_old_plan_is_made_again_and_asked_where_nothing_differs() {
    let old = testing::now() - SignedDuration::from_mins(6);
    let mut driver = shows(prepared(old, false, "10.1.2.9"), testing::shared());
    driver.press("a");
    assert!(plans(&mut driver), "it is planned again first");
    assert_eq!(driver.place(), "plan", "nothing is asked yet");
    answer(&mut driver, fresh(false));
    assert!(driver.draw().contains("Write 5 changes to Acme Corporation? y/n"));
}

#[test]
fn what_differs_in_a_plan_made_again_is_shown_before_anything_is_asked() {
    let old = testing::now() - SignedDuration::from_mins(6);
    let mut driver = shows(prepared(old, false, "10.1.2.8"), testing::shared());
    driver.press("a");
    answer(&mut driver, fresh(true));
    assert_eq!(driver.place(), "plan");
    assert_snapshot!(driver.draw());
    driver.press("a");
    assert!(driver.draw().contains("Write 5 changes to Acme Corporation? y/n"), "seen now");
}

#[test]
fn a_plan_under_other_links_is_made_again() {
    let mut driver = at(80, 24, false);
    let mut known = testing::snapshot().known;
    known.links = crate::domain::Links::default();
    let snapshot = Snapshot::of(known, Vec::new(), Default::default());
    driver.answer(Answer::State(Ok(Arc::new(snapshot))));
    driver.take_effects();
    driver.press("a");
    assert!(plans(&mut driver));
    assert!(driver.draw().contains("Links changed since the plan was made"));
    answer(&mut driver, fresh(false));
    assert!(driver.draw().contains("y/n"));
}

#[test]
fn differences_of_plans_are_told() {
    let told = |old: &Prepared, new: &Prepared| Differs::between(old, new).told();
    let (plain, more) = (fresh(false), fresh(true));
    assert_eq!(told(&plain, &plain), "Nothing differs from what was shown.");
    assert_eq!(told(&plain, &more), "2 devices differ from what was shown.");
    assert_eq!(told(&more, &plain), "2 devices are no longer in the plan.");
}

#[test]
fn the_keys_of_the_list() {
    let mut driver = at(80, 24, true);
    driver.press("space A");
    assert!(!driver.draw().contains("marked"), "the whole plan is written, or nothing");
    driver.press("n");
    assert!(driver.draw().contains("▌ # withheld   Gone-w1"));
    driver.press("n n");
    assert!(driver.draw().contains("▌ ◐ pending    Laptop-Ben"));
    driver.press("N");
    assert!(driver.draw().contains("▌ # withheld   Gone-w2"));
    driver.press("n b");
    assert_eq!(driver.place(), "bind");
    driver.press("esc R");
    assert!(plans(&mut driver));
    assert!(driver.draw().contains("planning, Esc stops"));
    driver.press("esc");
    assert_eq!(driver.place(), "plan", "the old plan is still there");
}

#[test]
fn the_plan_is_exported() {
    let driver = at(80, 24, false);
    let report = driver.app.top().report(&driver.app.shared).unwrap();
    assert_eq!(report.rows.len(), 8);
    assert!(report.rows.iter().all(|row| row.len() == report.columns.len()));
}

#[test]
fn no_size_panics() {
    for columns in [1, 3, 40, 41, 79] {
        for rows in [1, 2, 10, 11, 13] {
            let mut driver = at(columns, rows, true);
            driver.press("down right G right");
            driver.draw();
        }
    }
}
