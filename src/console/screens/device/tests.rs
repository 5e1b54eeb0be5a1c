use super::DevicePage;
use crate::apply::{DeviceEvent, Event as RunEvent, Request as EngineRequest};
use crate::console::effect::{Answer, Effect, ReleaseOf, Slot};
use crate::console::event::RunKey;
use crate::console::run::LiveRun;
use crate::console::shared::{RunEntry, RunSpec, Shared, SidesNow, Snapshot};
use crate::console::testing::{self, Driver};
use crate::domain::{
    Attribute, Configuration, ConfigurationId, DeviceId, DeviceState, OrganizationId, Pending,
    PendingReason, PolicyId, PsaIntegration, RunId, StatusId, Written,
};
use insta::assert_snapshot;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use std::sync::Arc;

fn page(id: &str, columns: u16, rows: u16) -> Driver {
    let others = ["a1", "l2", "u1"].map(DeviceId::new).to_vec();
    let shared = Shared { size: (columns, rows), ..testing::shared() };
    Driver::new(shared, vec![Box::new(DevicePage::new(DeviceId::new(id), others))])
}

fn configuration() -> Configuration {
    Configuration {
        id: ConfigurationId::new(9901),
        organization_id: OrganizationId::new(1024),
        name: Some("ACM-MBP-001 (old)".into()),
        hostname: Some("acm-mbp-001".into()),
        primary_ip: None,
        mac_address: Some("A4-83-E7-00-00-01".into()),
        serial_number: Some("C02A1".into()),
        status_id: Some(StatusId::new(103)),
        type_id: None,
        archived: false,
        psa: PsaIntegration::NotSynced,
        updated_at: None,
        resource_url: None,
    }
}

fn sides() -> SidesNow {
    SidesNow {
        device: Some(testing::device("a1", "ACM-MBP-001", "acme")),
        configuration: Some(configuration()),
        asked: Some(ConfigurationId::new(9901)),
        status: Some("In repair".into()),
        at: testing::now(),
    }
}

fn answer_sides(driver: &mut Driver, sides: SidesNow) {
    driver.answer(Answer::Sides(DeviceId::new("a1"), Ok(Arc::new(sides))));
}

#[test]
fn a_linked_device_at_80_by_24() {
    assert_snapshot!(page("a1", 80, 24).draw());
}

#[test]
fn a_pending_device_at_80_by_24() {
    assert_snapshot!(page("l2", 80, 24).draw());
}

#[test]
fn what_was_written_is_known_without_asking() {
    let mut known = testing::snapshot().known;
    let wrote = |text: &str| Written { sent: text.into(), stored: None, times: 1 };
    known.bindings[0].written =
        [(Attribute::Name, wrote("ACM-MBP-001")), (Attribute::PrimaryIp, wrote("10.9.9.9"))].into();
    let mut driver = page("a1", 80, 24);
    let snapshot = Snapshot::of(known, Vec::new(), Default::default());
    driver.answer(Answer::State(Ok(Arc::new(snapshot))));
    assert_snapshot!(driver.draw());
}

#[test]
fn both_sides_at_every_size() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 50), (40, 10), (20, 6)] {
        let mut driver = page("a1", columns, rows);
        driver.press("R");
        answer_sides(&mut driver, sides());
        assert_snapshot!(format!("both_sides_{columns}x{rows}"), driver.draw());
    }
}

#[test]
fn in_ascii() {
    let look = testing::look("dark", false);
    let shared = Shared { look, ..testing::shared() };
    let layer = DevicePage::new(DeviceId::new("a1"), Vec::new());
    let mut driver = Driver::new(shared, vec![Box::new(layer)]);
    driver.press("R");
    assert!(driver.draw().is_ascii(), "the spinner, too");
    answer_sides(&mut driver, sides());
    let screen = driver.draw();
    assert!(screen.is_ascii(), "{screen}");
    assert!(screen.contains("! name"), "what differs is marked: {screen}");
}

#[test]
fn reading_both_sides_is_asked_for_shown_and_can_be_stopped() {
    let mut driver = page("a1", 80, 24);
    driver.press("R");
    let asked = |effect: &Effect| matches!(effect, Effect::ReadSides(id) if id.as_str() == "a1");
    assert!(driver.take_effects().iter().any(asked));
    assert!(driver.draw().contains("reading both sides, Esc stops"));
    driver.press("esc");
    let stopped = |effect: &Effect| matches!(effect, Effect::Stop(Slot::Sides));
    assert!(driver.take_effects().iter().any(stopped));
    assert_eq!(driver.place(), "device", "esc closes one thing");
    answer_sides(&mut driver, sides());
    assert!(driver.draw().contains("as last written"), "a late answer is not shown");
    driver.press("R");
    driver.answer(Answer::Sides(DeviceId::new("a1"), Err("IT Glue did not answer".into())));
    assert!(driver.draw().contains("Reading both sides failed: IT Glue did not answer"));
}

#[test]
fn what_is_gone_on_one_side_is_told() {
    let mut driver = page("a1", 80, 24);
    driver.press("R");
    answer_sides(&mut driver, SidesNow { device: None, ..sides() });
    assert!(driver.draw().contains("Addigy lists this device no more."));
    driver.press("R");
    answer_sides(&mut driver, SidesNow { configuration: None, ..sides() });
    assert!(driver.draw().contains("IT Glue has no such configuration any more"));
}

#[test]
fn what_was_read_gives_way_to_a_newer_sync_and_another_configuration() {
    let again = |change: &dyn Fn(&mut crate::commands::overview::Known)| {
        let mut driver = page("a1", 80, 24);
        driver.press("R");
        answer_sides(&mut driver, sides());
        assert!(driver.draw().contains("both sides read"));
        let mut known = testing::snapshot().known;
        change(&mut known);
        let snapshot = Snapshot::of(known, Vec::new(), Default::default());
        driver.answer(Answer::State(Ok(Arc::new(snapshot))));
        driver.draw().contains("both sides read")
    };
    assert!(again(&|_| {}), "the same state says the same");
    let later = testing::now() + SignedDuration::from_mins(1);
    assert!(!again(&|known| known.reports[0].at = later));
    assert!(!again(&|known| known.bindings[0].configuration_id = ConfigurationId::new(7)));
}

#[test]
fn the_keys_go_through_the_list() {
    let mut driver = page("a1", 80, 24);
    assert!(driver.draw().contains("1 of 3"));
    driver.press("K");
    driver.press("J");
    assert!(driver.draw().contains("Laptop-Ben  2 of 3"));
    driver.press("J J");
    let screen = driver.draw();
    assert!(screen.contains("Umbrella-iPad  3 of 3"), "{screen}");
    assert!(screen.contains("Umbrella-iPad is not linked."), "{screen}");
    driver.press("K K");
    assert!(driver.draw().contains("ACM-MBP-001  1 of 3"));
}

#[test]
fn sync_bind_retry_and_release() {
    let mut driver = page("a1", 80, 24);
    driver.press("r x");
    assert!(driver.take_effects().is_empty(), "it is linked, and nothing is held");
    driver.press("s");
    let plans = |effect: &Effect| matches!(effect, Effect::Plan(r) if r.device.is_some());
    assert!(driver.take_effects().iter().any(plans));
    driver.press("esc b");
    assert_eq!(driver.place(), "bind");
    let mut driver = page("l2", 80, 24);
    driver.press("r");
    let retries = |effect: &Effect| matches!(effect, Effect::Plan(r) if r.retry_pending);
    assert!(driver.take_effects().iter().any(retries));
    let mut known = testing::snapshot().known;
    known.bindings[0].held_by = Some(RunId::new(7));
    let snapshot = Snapshot::of(known, Vec::new(), Default::default());
    let mut driver = page("a1", 80, 24);
    driver.answer(Answer::State(Ok(Arc::new(snapshot))));
    assert!(driver.draw().contains("ACM-MBP-001 is held: run 7 was undone."));
    driver.press("x");
    let releases = |effect: &Effect| matches!(effect, Effect::Release(ReleaseOf::Device(_)));
    assert!(driver.take_effects().iter().any(releases));
}

#[test]
fn a_small_window_scrolls() {
    let mut driver = page("l2", 40, 12);
    assert!(driver.draw().contains("Laptop-Ben is pending"));
    driver.press("G");
    let screen = driver.draw();
    assert!(screen.contains("R reads both sides now"), "{screen}");
    driver.press("g down up pagedown pageup");
    assert!(driver.draw().contains("Laptop-Ben is pending"));
}

#[test]
fn a_device_nobody_knows_is_told() {
    let screen = page("gone", 80, 24).draw();
    assert!(screen.contains("Neither Addigy nor the state knows this device any more."));
}

#[test]
fn no_size_panics() {
    for columns in [1, 3, 40, 41, 79] {
        for rows in [1, 2, 10, 11] {
            let mut driver = page("a1", columns, rows);
            driver.press("R");
            answer_sides(&mut driver, sides());
            driver.draw();
        }
    }
}

#[test]
fn its_page_is_a_hyperlink() {
    let driver = page("a1", 80, 24);
    let links = driver.app.top().hyperlinks(&driver.app.shared);
    assert_eq!(links, ["https://msp.itglue.com/1024/configurations/9901"]);
    assert!(driver.draw().contains(&links[0]), "it stands on one line");
}

#[test]
fn every_attempt_of_a_run_is_told_newest_first() {
    let event = |state, message: &str| {
        RunEvent::Device(DeviceEvent {
            device_id: DeviceId::new("a1"),
            name: "ACM-MBP-001".into(),
            serial_number: None,
            policy_id: PolicyId::new("acme"),
            organization_id: OrganizationId::new(1024),
            state,
            action: "update",
            configuration_id: None,
            pending: (!message.is_empty())
                .then(|| Pending::new(PendingReason::RejectedByItglue, message)),
            message: message.into(),
            again: false,
            until: None,
        })
    };
    let mut driver = page("a1", 80, 24);
    let spec = RunSpec { request: EngineRequest::sync(None), title: "Acme".into(), shown: None };
    let mut live = LiveRun::new("Acme", None, testing::now(), TimeZone::UTC);
    let second = |seconds| testing::now() + SignedDuration::from_secs(seconds);
    live.fold(event(DeviceState::Writing, ""), second(2));
    live.fold(event(DeviceState::Pending, "name is too long"), second(3));
    live.fold(event(DeviceState::Writing, ""), second(5));
    driver.app.shared.runs.push(RunEntry { key: RunKey(1), spec, live });
    assert_snapshot!(driver.draw());
}
