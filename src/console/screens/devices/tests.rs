use crate::console::effect::{Effect, ReleaseOf};
use crate::console::event::Event;
use crate::console::shared::{Shared, Snapshot};
use crate::console::testing::{self, Driver};
use crate::domain::{DeviceId, RunId};
use insta::assert_snapshot;
use std::sync::Arc;

fn devices(columns: u16, rows: u16) -> Driver {
    let mut driver = Driver::home(columns, rows);
    driver.press("2");
    driver
}

/// The name of the device under the cursor.
fn current(driver: &Driver) -> String {
    let screen = driver.draw();
    let row = screen.lines().find(|line| line.starts_with('▌')).unwrap();
    row.split_whitespace().nth(3).unwrap().to_owned()
}

#[test]
fn at_80_by_24() {
    assert_snapshot!(devices(80, 24).draw());
}

#[test]
fn at_other_sizes() {
    for (columns, rows) in [(120, 40), (200, 50), (20, 6), (40, 10)] {
        assert_snapshot!(format!("{columns}x{rows}"), devices(columns, rows).draw());
    }
}

#[test]
fn in_ascii() {
    let look = testing::look("dark", false);
    let mut driver = Driver::new(Shared { look, ..testing::shared() }, Vec::new());
    driver.press("2 n");
    let screen = driver.draw();
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!(screen);
}

#[test]
fn no_size_panics() {
    for columns in [1, 3, 40, 41, 79] {
        for rows in [1, 2, 10, 11] {
            let mut driver = devices(columns, rows);
            driver.press("f").type_text("nobody");
            driver.draw();
        }
    }
}

#[test]
fn a_search_is_answered_while_typing_and_enter_opens_the_only_hit() {
    let mut driver = Driver::home(80, 24);
    driver.press("f").type_text("laptop");
    let screen = driver.draw();
    assert!(screen.contains("2 of 9 devices, as of 08:00"), "{screen}");
    assert!(driver.take_effects().is_empty(), "no request is made");
    driver.type_text("-b");
    assert_snapshot!(driver.draw());
    driver.press("enter");
    assert_eq!(driver.place(), "device");
    assert!(driver.draw().contains("Laptop-Ben is pending"));
}

#[test]
fn enter_with_several_hits_goes_to_the_rows_unless_one_was_chosen() {
    let mut driver = Driver::home(80, 24);
    driver.press("f").type_text("laptop").press("enter");
    assert_eq!(driver.place(), "devices");
    driver.press("down enter");
    assert!(driver.draw().contains("Laptop-Ben is pending"));
    driver.press("f").type_text("laptop").press("down enter");
    assert!(driver.draw().contains("Laptop-Ben is pending"), "the arrow chose it");
}

#[test]
fn a_paste_on_any_list_searches() {
    let mut driver = Driver::home(80, 24);
    driver.event(Event::Paste(" C02L2\r\n".into()));
    assert_eq!(driver.place(), "devices");
    let screen = driver.draw();
    assert!(screen.contains("Search: C02L2") && screen.contains("1 of 9"), "{screen}");
    driver.event(Event::Paste("x".into()));
    assert!(driver.draw().contains("No device answers to C02L2x"), "a paste goes on typing");
    driver.press("enter f");
    assert!(driver.draw().contains("Laptop-Ana"), "a new search begins empty");
}

#[test]
fn nothing_found_says_what_to_do() {
    let mut driver = devices(80, 24);
    driver.press("/").type_text("nobody");
    assert_snapshot!(driver.draw());
    driver.press("esc R");
    assert!(driver.take_effects().iter().any(|effect| matches!(effect, Effect::Reread)));
}

#[test]
fn words_are_completed() {
    let mut driver = devices(80, 24);
    driver.press("/").type_text("st").press("tab").type_text("p").press("tab enter");
    let screen = driver.draw();
    assert!(screen.contains("Search: state:pending") && screen.contains("2 of 9"), "{screen}");
    driver.press("esc");
    assert!(driver.draw().contains("9 devices"));
}

#[test]
fn the_keys_of_the_list() {
    let mut driver = devices(80, 24);
    driver.press("n");
    assert_eq!(current(&driver), "GLX-Mini");
    driver.press("n");
    assert_eq!(current(&driver), "Laptop-Ben");
    driver.press("N");
    assert_eq!(current(&driver), "GLX-Mini");
    driver.press("G");
    assert!(driver.draw().contains("▌ ○ not linked Umbrella-Mac"));
    driver.press("space A");
    assert!(!driver.draw().contains("marked"), "there are no batches of devices");
    driver.press("g b");
    assert_eq!(driver.place(), "bind");
    driver.press("esc enter");
    assert_eq!(driver.place(), "device");
}

#[test]
fn sync_and_retry_are_of_this_device_alone() {
    let mut driver = devices(80, 24);
    driver.press("s");
    let effects = driver.take_effects();
    let request = effects.iter().find_map(|effect| match effect {
        Effect::Plan(request) => Some(request),
        _ => None,
    });
    let request = request.unwrap();
    assert_eq!(request.device, Some(DeviceId::new("a1")));
    assert!(!request.retry_pending && request.policies.is_none());
    driver.press("n r");
    let effects = driver.take_effects();
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Plan(_))), "a1 is linked");
    driver.press("esc n r");
    let retried = driver
        .take_effects()
        .into_iter()
        .any(|effect| matches!(effect, Effect::Plan(request) if request.retry_pending));
    assert!(retried);
}

#[test]
fn what_is_held_can_be_released() {
    let mut known = testing::snapshot().known;
    known.bindings[0].held_by = Some(RunId::new(7));
    let snapshot = Snapshot::of(known, Vec::new(), Default::default());
    let mut driver = devices(80, 24);
    driver.press("x");
    assert!(driver.take_effects().is_empty(), "nothing is held");
    driver.answer(crate::console::effect::Answer::State(Ok(Arc::new(snapshot))));
    assert!(driver.draw().contains("h held"));
    driver.press("x");
    let released = driver.take_effects().into_iter().any(
        |effect| matches!(effect, Effect::Release(ReleaseOf::Device(id)) if id.as_str() == "a1"),
    );
    assert!(released);
}

#[test]
fn the_list_is_exported_as_shown() {
    let mut driver = devices(80, 24);
    driver.press("/").type_text("state:pending").press("enter");
    let report = driver.app.top().report(&driver.app.shared).unwrap();
    assert_eq!(report.rows.len(), 2);
    assert!(report.rows.iter().all(|row| row.len() == report.columns.len()));
    assert_eq!(report.rows[1][..5], ["l2", "Laptop-Ben", "C02L2", "pending", "ambiguous_match"]);
}

#[test]
fn a_selected_device_can_be_copied() {
    let driver = devices(80, 24);
    let copies = driver.app.top().copyables(&driver.app.shared);
    let values: Vec<&str> = copies.iter().map(|(_, value)| value.as_str()).collect();
    let link = "https://msp.itglue.com/1024/configurations/9901";
    let message = "ACM-MBP-001: All was well at the last sync, 08:00.";
    assert_eq!(values, [link, "C02A1", "ACM-MBP-001", message, "a1"]);
}
