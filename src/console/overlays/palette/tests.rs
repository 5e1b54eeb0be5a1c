use super::*;
use crate::console::effect::Effect;
use crate::console::event::Event;
use crate::console::overlays::boxed;
use crate::console::testing::{Driver, shared};

/// At home, `:` pressed.
fn open(columns: u16, rows: u16) -> Driver {
    let mut driver = Driver::home(columns, rows);
    driver.press(":");
    assert_eq!(driver.place(), "palette");
    driver.take_effects();
    driver
}

/// As [`open`], but of other places there is only one, so that a new action changes no picture here.
fn with_one_other_place(columns: u16, rows: u16) -> Driver {
    static ORCHARD: Context = Context {
        name: "orchard",
        title: "Orchard",
        list: true,
        bindings: &[bind(Verb::Undo, "sync_apples", &["a"], "", "Sync the apples with the pears")],
    };
    let home = Driver::home(columns, rows);
    let palette = Palette::with(home.app.top(), &home.app.shared, [&ORCHARD].into_iter());
    let shared = Shared { size: (columns, rows), ..shared() };
    let layers: Vec<Box<dyn Screen>> = vec![Box::new(palette)];
    Driver::new(shared, layers)
}

/// The first row of the list, without what surrounds it.
fn first(driver: &Driver) -> String {
    let drawn = driver.draw();
    drawn.lines().nth(3).unwrap_or("").to_owned()
}

#[test]
fn looks() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
        let mut driver = with_one_other_place(columns, rows);
        insta::assert_snapshot!(format!("{columns}x{rows}"), boxed(&driver.draw()));
        driver.type_text("sync");
        insta::assert_snapshot!(format!("{columns}x{rows}_sync"), boxed(&driver.draw()));
    }
    let mut driver = with_one_other_place(80, 24);
    driver.type_text("xyzzy");
    insta::assert_snapshot!("nothing", boxed(&driver.draw()));
}

#[test]
fn every_action_that_is_no_overlays_is_there() {
    let driver = Driver::home(80, 24);
    let palette = Palette::new(driver.app.top(), &driver.app.shared);
    for context in
        screens::contexts().filter(|context| !crate::console::overlays::is_overlay(context))
    {
        for binding in context.bindings {
            let listed = palette.actions.iter().any(|action| {
                let same = action.context.name == context.name;
                action.binding.verb == binding.verb && (same || action.when != When::Elsewhere)
            });
            assert!(listed || binding.verb == Verb::Palette, "{}", binding.does);
        }
    }
}

#[test]
fn a_few_letters_find_an_action() {
    for (typed, name) in [
        ("theme", "global.theme"),
        ("sync", "policies.sync"),
        ("hist", "global.history"),
        ("choose org", "policies.link"),
        ("org choose", "policies.link"),
        ("RETRY", "policies.retry"),
        ("suspend", "global.suspend"),
    ] {
        let mut driver = open(80, 24);
        driver.type_text(typed);
        assert!(first(&driver).contains(name), "{typed}: {}", first(&driver));
    }
}

#[test]
fn enter_does_it_on_the_layer_below() {
    for (typed, place) in [("theme", "theme"), ("history of", "history"), ("show what the", "help")]
    {
        let mut driver = open(80, 24);
        driver.type_text(typed).press("enter");
        assert_eq!(driver.place(), place, "{typed}");
    }
    let mut driver = open(80, 24);
    driver.type_text("read again").press("enter");
    assert!(driver.take_effects().iter().any(|effect| matches!(effect, Effect::Reread)));
}

#[test]
fn what_can_not_be_done_says_why_and_stays() {
    let mut driver = open(80, 24);
    driver.type_text("view the run");
    assert!(first(&driver).contains("not now"), "{}", first(&driver));
    driver.press("enter");
    assert_eq!(driver.place(), "palette");
    let told = driver.app.shared.notice.as_ref().map(|notice| notice.text.clone());
    assert!(told.is_some_and(|told| told.contains("nothing for it here now")));
}

#[test]
fn keys_move_and_edit() {
    let mut driver = open(80, 24);
    let before = driver.draw();
    driver.press("down pagedown");
    assert_ne!(driver.draw(), before);
    driver.press("pageup up up");
    assert_eq!(driver.draw(), before);
    driver.type_text("q?:j");
    assert_eq!(driver.place(), "palette");
    driver.press("ctrl-u");
    assert_eq!(driver.draw(), before);
    driver.event(Event::Paste("theme\n".into()));
    assert_eq!(driver.place(), "palette", "a line break does nothing");
    assert!(first(&driver).contains("global.theme"));
    driver.press("esc");
    assert_eq!(driver.place(), "policies");
}

#[test]
fn keys_of_the_settings_file_are_shown() {
    let entry = crate::settings::KeyOverride {
        action: "policies.sync".into(),
        keys: vec!["f9".into()],
        line: 1,
    };
    let mut driver = Driver::home(80, 24);
    driver.app.shared.keymap = crate::console::keymap::Keymap::with(&[entry]).unwrap();
    driver.press("down ctrl-p").type_text("policies.sync");
    assert!(first(&driver).contains("F9"), "{}", first(&driver));
}
