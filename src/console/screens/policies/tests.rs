use crate::apply::Request as EngineRequest;
use crate::console::effect::{Answer, Effect, ReleaseOf};
use crate::console::testing::{self, Driver};
use crate::domain::PolicyId;
use insta::assert_snapshot;
use std::sync::Arc;

fn home() -> Driver {
    Driver::home(80, 24)
}

/// The name of the policy under the cursor, by the sentence on line 22.
fn current(driver: &Driver) -> String {
    let screen = driver.draw();
    let sentence = screen.lines().nth(21).unwrap();
    sentence.split(':').next().unwrap().to_owned()
}

fn planned(driver: &mut Driver) -> EngineRequest {
    let effects = driver.take_effects();
    let plan = effects.into_iter().find_map(|effect| match effect {
        Effect::Plan(request) => Some(*request),
        _ => None,
    });
    plan.expect("a plan was asked for")
}

fn ids(names: &[&str]) -> Option<std::collections::BTreeSet<PolicyId>> {
    Some(names.iter().map(|name| PolicyId::new(*name)).collect())
}

#[test]
fn at_80_by_24() {
    assert_snapshot!(home().draw());
}

#[test]
fn at_other_sizes() {
    for (columns, rows) in [(120, 40), (200, 50), (20, 6)] {
        assert_snapshot!(format!("{columns}x{rows}"), Driver::home(columns, rows).draw());
    }
}

#[test]
fn in_ascii() {
    let shared = testing::shared();
    let look = testing::look("dark", false);
    let mut driver = Driver::new(crate::console::shared::Shared { look, ..shared }, Vec::new());
    driver.press("down h down space");
    let screen = driver.draw();
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!(screen);
}

#[test]
fn dark_and_light_and_without_colour() {
    for theme in ["dark", "light", "mono"] {
        let look = testing::look(theme, true);
        let shared = crate::console::shared::Shared { look, ..testing::shared() };
        assert_snapshot!(format!("styles_{theme}"), Driver::new(shared, Vec::new()).styles());
    }
}

#[test]
fn while_filtering() {
    let mut driver = home();
    driver.press("/").type_text("st").press("tab").type_text("att").press("tab");
    assert_snapshot!(driver.draw());
    driver.press("enter down");
    assert_eq!(current(&driver), "Clients/Acme");
    driver.press("esc");
    assert!(driver.draw().contains("Umbrella"), "esc clears the filter");
}

#[test]
fn letters_are_text_while_filtering() {
    let mut driver = home();
    driver.press("/").type_text("qs");
    assert_eq!(driver.app.ended(), None);
    assert!(driver.draw().contains("No policy fits the filter"));
    driver.press("backspace backspace esc");
    assert_eq!(current(&driver), "Clients");
}

#[test]
fn moving_folding_and_jumping() {
    let mut driver = home();
    for (keys, expected) in [
        ("down", "Clients/Acme"),
        ("k", "Clients"),
        ("G", "Clients/Umbrella"),
        ("g", "Clients"),
        ("n", "Clients/Acme/Laptops"),
        ("n", "Clients/Globex"),
        ("N", "Clients/Acme/Laptops"),
        ("h", "Clients/Acme"),
        ("left", "Clients/Acme"),
        ("down", "Clients/Globex"),
        ("up l j", "Clients/Acme/Kiosks"),
        ("pagedown", "Clients/Umbrella"),
        ("pageup", "Clients"),
    ] {
        driver.press(keys);
        assert_eq!(current(&driver), expected, "after {keys}");
    }
}

#[test]
fn marks_make_a_batch_and_a_folded_row_marks_what_is_linked_below() {
    let mut driver = home();
    driver.press("h space");
    assert!(driver.draw().contains("4 marked"), "{}", driver.draw());
    driver.press("s");
    assert_eq!(driver.place(), "sync");
    assert_eq!(planned(&mut driver).policies, ids(&["acme", "kiosks", "laptops", "globex"]));
    driver.press("n esc A A");
    assert!(!driver.draw().contains("marked"));
}

#[test]
fn what_is_not_linked_is_not_synced() {
    let mut driver = home();
    driver.press("G s");
    assert!(driver.take_effects().iter().all(|effect| !matches!(effect, Effect::Plan(_))));
    assert_eq!(driver.place(), "policies");
}

#[test]
fn each_key_opens_what_it_says() {
    for (keys, place) in [
        ("down enter", "policy"),
        ("G o", "picker"),
        ("down s", "sync"),
        ("n r", "sync"),
        ("down p", "plan"),
        ("L", "proposals"),
        ("f", "devices"),
        ("2", "devices"),
        ("3", "history"),
        ("4", "log"),
        ("?", "help"),
        (":", "palette"),
        ("ctrl-p", "palette"),
        ("y", "copy"),
        ("e", "export"),
    ] {
        let mut driver = home();
        driver.press(keys);
        assert_eq!(driver.place(), place, "after {keys}");
    }
}

#[test]
fn retry_says_how_many_need_a_person() {
    let mut driver = home();
    driver.press("n r");
    assert!(planned(&mut driver).retry_pending);
    let release = {
        driver.press("n x");
        driver.take_effects()
    };
    let policy = PolicyId::new("laptops");
    assert!(
        release.iter().any(
            |effect| matches!(effect, Effect::Release(ReleaseOf::Policy(id)) if *id == policy)
        )
    );
}

#[test]
fn rows_never_jump_under_the_cursor() {
    let mut driver = home();
    driver.press("n");
    driver.answer(Answer::State(Ok(Arc::new(testing::snapshot()))));
    assert_eq!(current(&driver), "Clients/Acme/Laptops");
}

#[test]
fn quitting_at_home_asks_nothing_and_esc_does_nothing() {
    let mut driver = home();
    driver.press("esc esc");
    assert_eq!(driver.app.ended(), None);
    driver.press("q");
    assert_eq!(driver.app.ended(), Some(crate::commands::Exit::Done));
}

#[test]
fn links_to_take_over_are_offered_once_and_after_what_was_said() {
    let state = || Answer::State(Ok(Arc::new(testing::snapshot())));
    let offered =
        |driver: &Driver| driver.draw().contains("Addigy's own integration. L shows them.");
    let mut app = crate::console::app::App::new(testing::shared(), Vec::new());
    app.first_effects();
    let mut driver = Driver { app, effects: Vec::new() };
    driver.app.shared.notice = Some(crate::console::shared::Notice::warning("Mind this."));
    driver.answer(state());
    assert!(driver.draw().contains("Mind this.") && !offered(&driver));
    driver.app.shared.notice = None;
    driver.answer(state());
    assert!(offered(&driver), "{}", driver.draw());
    driver.app.shared.notice = None;
    driver.answer(state());
    assert!(!offered(&driver), "once is enough");
}
