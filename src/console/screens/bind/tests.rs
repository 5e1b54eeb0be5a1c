use super::Bind;
use crate::console::effect::{Answer, Effect, Slot};
use crate::console::event::Event;
use crate::console::shared::Shared;
use crate::console::testing::{self, Driver, configuration};
use crate::domain::{Configuration, DeviceId};
use insta::assert_snapshot;
use std::sync::Arc;

fn ben() -> DeviceId {
    DeviceId::new("l2")
}

/// The screen for Laptop-Ben over home, as it opens.
fn opened(columns: u16, rows: u16) -> Driver {
    let mut driver = Driver::new(Shared { size: (columns, rows), ..testing::shared() }, Vec::new());
    driver.press("2 n n b");
    assert_eq!(driver.place(), "bind");
    driver
}

fn found() -> Vec<Configuration> {
    vec![
        configuration(9911, "Laptop-Ben", Some("C02L2")),
        configuration(9907, "Ben's old laptop", Some("C02L2")),
        configuration(9901, "ACM-MBP-001", None),
    ]
}

fn listed(columns: u16, rows: u16) -> Driver {
    let mut driver = opened(columns, rows);
    driver.take_effects();
    driver.answer(Answer::Candidates(ben(), Ok(Arc::new(found()))));
    driver
}

#[test]
fn candidates_stand_beside_the_device() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 50), (40, 10), (20, 6)] {
        let driver = listed(columns, rows);
        assert_snapshot!(format!("{columns}x{rows}"), driver.draw());
    }
}

#[test]
fn in_ascii() {
    let look = testing::look("dark", false);
    let layer = Bind::new(ben());
    let shared = Shared { look, ..testing::shared() };
    let mut driver = Driver::new(shared, vec![Box::new(layer)]);
    driver.press("R");
    driver.answer(Answer::Candidates(ben(), Ok(Arc::new(found()))));
    let screen = driver.draw();
    assert!(screen.is_ascii(), "{screen}");
    assert!(screen.contains("> 9911"), "{screen}");
}

#[test]
fn they_are_listed_at_once_and_again() {
    let mut driver = opened(80, 24);
    let lists = |effect: &Effect| matches!(effect, Effect::Candidates(id) if *id == ben());
    assert!(driver.take_effects().iter().any(lists));
    assert!(driver.draw().contains("reading configurations, Esc stops"));
    driver.answer(Answer::Candidates(ben(), Err("IT Glue did not answer".into())));
    assert!(driver.draw().contains("IT Glue did not answer"));
    driver.press("R");
    assert!(driver.take_effects().iter().any(lists));
    driver.press("esc");
    let stops = |effect: &Effect| matches!(effect, Effect::Stop(Slot::Candidates));
    assert!(driver.take_effects().iter().any(stops));
    assert_eq!(driver.place(), "devices");
}

#[test]
fn enter_asks_and_only_y_binds() {
    let mut driver = listed(80, 24);
    driver.press("down enter");
    let question = "Bind Laptop-Ben to configuration 9907 (Ben's old laptop)? y/n";
    assert!(driver.draw().contains(question));
    driver.press("enter");
    assert!(driver.take_effects().is_empty(), "enter is no yes");
    driver.press("n");
    assert!(driver.draw().contains("Nothing was changed."));
    driver.press("enter y");
    let binds = |effect: &Effect| {
        matches!(effect, Effect::Bind { device, configuration }
            if *device == ben() && configuration == "9907")
    };
    assert!(driver.take_effects().iter().any(binds));
    assert!(driver.draw().contains("storing the choice"));
    driver.press("enter");
    assert!(!driver.draw().contains("y/n"), "not twice");
}

#[test]
fn a_choice_that_stands_offers_to_sync_the_device() {
    let mut driver = listed(80, 24);
    driver.press("enter y");
    driver.take_effects();
    driver.answer(Answer::Bound(ben(), Ok("Configuration 9911 is chosen for Laptop-Ben.".into())));
    assert_eq!(driver.place(), "sync");
    let plans = |effect: &Effect| matches!(effect, Effect::Plan(r) if r.device == Some(ben()));
    assert!(driver.take_effects().iter().any(plans));
    assert!(driver.draw().contains("Configuration 9911 is chosen for Laptop-Ben."));
    driver.press("n");
    assert_eq!(driver.place(), "devices", "the screen has done its work");
}

#[test]
fn a_refusal_is_told_and_the_screen_stays() {
    let mut driver = listed(80, 24);
    driver.press("enter y");
    driver.answer(Answer::Bound(ben(), Err("organization 1024 is held by a run".into())));
    assert_eq!(driver.place(), "bind");
    assert!(driver.draw().contains("organization 1024 is held by a run"));
}

#[test]
fn what_another_device_holds_can_not_be_taken() {
    let mut driver = listed(80, 24);
    driver.press("G");
    assert!(driver.draw().contains("held by another"));
    driver.press("enter");
    assert_eq!(driver.place(), "bind", "nothing is asked");
    let screen = driver.draw();
    assert!(screen.contains("Configuration 9901 is held by ACM-MBP-001"), "{screen}");
}

#[test]
fn another_one_is_typed_or_pasted_and_looked_at_first() {
    let address = "https://msp.itglue.com/1024/configurations/9950";
    let mut driver = listed(80, 24);
    driver.press("i").type_text("9950");
    assert_snapshot!("another", driver.draw());
    driver.press("esc");
    assert!(!driver.draw().contains("Id or address"), "esc closes the field");
    driver.press("i").type_text("9950").press("enter");
    let reads = |named: &'static str| move |effect: &Effect| matches!(effect, Effect::Candidate(_, text) if text == named);
    assert!(driver.take_effects().iter().any(reads("9950")));
    driver.answer(Answer::Candidate(ben(), "9950".into(), Err("no such configuration".into())));
    assert!(driver.draw().contains("no such configuration"));
    driver.event(Event::Paste(format!("{address}\n")));
    assert!(driver.take_effects().iter().any(reads(address)));
    let other = Arc::new(configuration(9950, "Spare", None));
    driver.answer(Answer::Candidate(ben(), address.into(), Ok(other)));
    let screen = driver.draw();
    assert!(screen.contains("9950") && screen.contains("named by hand"), "{screen}");
    driver.press("enter");
    assert!(driver.draw().contains("Bind Laptop-Ben to configuration 9950 (Spare)? y/n"));
}

#[test]
fn a_device_without_an_organization_says_why() {
    let layer = Bind::new(DeviceId::new("u1"));
    let mut driver = Driver::new(testing::shared(), vec![Box::new(layer)]);
    driver.press("R");
    assert!(!driver.take_effects().iter().any(|e| matches!(e, Effect::Candidates(_))));
    let screen = driver.draw();
    assert!(screen.contains("none of the policies of Umbrella-iPad is linked"), "{screen}");
}

#[test]
fn no_size_panics() {
    for columns in [1, 3, 40, 41, 79] {
        for rows in [1, 2, 10, 11, 13] {
            let mut driver = opened_at(columns, rows);
            driver.press("i").type_text("9");
            driver.draw();
        }
    }
}

fn opened_at(columns: u16, rows: u16) -> Driver {
    let shared = Shared { size: (columns, rows), ..testing::shared() };
    let mut driver = Driver::new(shared, vec![Box::new(Bind::new(ben()))]);
    driver.press("R");
    driver.answer(Answer::Candidates(ben(), Ok(Arc::new(found()))));
    driver
}
