//! How each step looks.

use super::super::ask::Finished;
use super::*;
use proptest::prelude::*;

/// Every step, and what may come between, as keys and answers lead there.
fn scenes(columns: u16, rows: u16) -> Vec<(&'static str, Driver)> {
    scenes_with(columns, rows, true)
}

fn scenes_with(columns: u16, rows: u16, utf8: bool) -> Vec<(&'static str, Driver)> {
    let sized = |columns, rows, draft| {
        let look = testing::look("dark", utf8);
        let shared = Shared { settings: None, look, size: (columns, rows), ..testing::shared() };
        Driver::new(shared, vec![Box::new(Wizard::new(draft))])
    };
    let at = |step: Step| {
        let mut driver = sized(columns, rows, full(step));
        for told in [addigy(), itglue(), fleet()] {
            tell(&mut driver, told);
        }
        driver
    };
    let mut first = sized(columns, rows, Draft::default());
    paste(&mut first, SECRET);
    let mut checked = at(Step::Addigy);
    checked.press("down");
    let mut away = sized(columns, rows, Draft { region: Some(Region::Us), ..full(Step::ItGlue) });
    tell(&mut away, Told::ItGlue(Err(key_refused())));
    let mut rule = at(Step::Rules);
    rule.press("g down enter enter");
    let mut facts = at(Step::Rules);
    facts.press("a");
    let mut accounts = at(Step::Review);
    let told = [
        "the state was made with Addigy organization b9a1, the token is of 77c0",
        "the state was made with https://api.itglue.com/, the settings name https://api.eu.itglue.com/",
    ];
    let told = told.map(str::to_owned).to_vec();
    tell(&mut accounts, Told::Finished(Ok(Finished::OtherAccounts(told))));
    let mut leave = sized(columns, rows, Draft::default());
    paste(&mut leave, SECRET);
    leave.press("esc");
    let mut checking = sized(columns, rows, full(Step::ItGlue));
    checking.press("down down enter");
    vec![
        ("1_first", first),
        ("1_checked", checked),
        ("2_checking", checking),
        ("2_turned_away", away),
        ("3_active", at(Step::Active)),
        ("4_inactive", at(Step::Inactive)),
        ("5_default_type", at(Step::DefaultType)),
        ("6_rules", at(Step::Rules)),
        ("6_condition", rule),
        ("6_facts", facts),
        ("7_review", at(Step::Review)),
        ("7_accounts", accounts),
        ("leave", leave),
    ]
}

#[test]
fn at_80_by_24() {
    for (name, driver) in scenes(80, 24) {
        insta::assert_snapshot!(format!("80x24_{name}"), driver.draw());
    }
}

#[test]
fn at_120_by_40() {
    for (name, driver) in scenes(120, 40) {
        insta::assert_snapshot!(format!("120x40_{name}"), driver.draw());
    }
}

#[test]
fn at_200_by_50() {
    for (name, driver) in scenes(200, 50).into_iter().filter(|(name, _)| name.starts_with('6')) {
        insta::assert_snapshot!(format!("200x50_{name}"), driver.draw());
    }
}

#[test]
fn in_a_small_window_the_cursor_is_seen() {
    for (columns, rows) in [(44, 11), (40, 10)] {
        let mut form = sized(columns, rows, full(Step::ItGlue));
        form.press("left left down down");
        assert!(line(&form, "Command").starts_with('▌'), "{}", form.draw());
        form.press("up up right right right");
        assert!(shows(&form, "(•) another address"), "{}", form.draw());
        let mut review = sized(columns, rows, full(Step::Review));
        assert!(line(&review, "Switch on").starts_with('▌'), "{}", review.draw());
        review.press("down");
        assert!(line(&review, "Save switched off").starts_with('▌'), "{}", review.draw());
    }
}

#[test]
fn in_ascii_all_is_ascii() {
    for (name, driver) in scenes_with(80, 24, false) {
        let drawn = driver.draw();
        assert!(drawn.is_ascii(), "{name}: {drawn}");
    }
}

#[test]
fn in_ascii_and_styled() {
    let shared = |theme: &str, utf8| Shared {
        settings: None,
        look: testing::look(theme, utf8),
        ..testing::shared()
    };
    let open = |shared| {
        let mut driver = Driver::new(shared, vec![Box::new(Wizard::new(full(Step::Rules)))]);
        for told in [addigy(), itglue(), fleet()] {
            tell(&mut driver, told);
        }
        driver.press("g");
        driver
    };
    insta::assert_snapshot!("ascii", open(shared("dark", false)).draw());
    insta::assert_snapshot!("styles_light", open(shared("light", true)).styles());
}

#[test]
fn no_secret_is_ever_drawn_or_told_to_a_debugger() {
    let mut draft = full(Step::Addigy);
    for secret in [&mut draft.token, &mut draft.key] {
        secret.kind = SourceKind::Value;
        secret.value = SECRET.into();
    }
    for step in Step::ALL {
        let mut driver = sized(200, 50, Draft { step, ..draft.clone() });
        for told in [addigy(), itglue(), fleet()] {
            tell(&mut driver, told);
        }
        driver.press("esc");
        assert!(!driver.draw().contains(SECRET));
        assert!(!format!("{:?}", driver.app).contains(SECRET), "{step:?}");
        assert!(!format!("{:?}", driver.effects).contains(SECRET), "{step:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No size and no keys make it panic.
    #[test]
    fn it_fits_everywhere(
        columns in 1_u16..220,
        rows in 1_u16..60,
        keys in prop::collection::vec(0_usize..26, 0..60),
        step in 0_usize..7,
    ) {
        const KEYS: [&str; 26] = [
            "enter", "enter", "enter", "esc", "tab", "backtab", "up", "down", "left", "right",
            "pageup", "pagedown", "a", "D", "J", "K", "g", "G", "y", "n", "x", "backspace", "ctrl-u",
            "R", "home", "end",
        ];
        let mut driver = sized(columns, rows, full(Step::ALL[step]));
        for told in [addigy(), itglue(), fleet()] {
            tell(&mut driver, told);
        }
        driver.draw();
        for key in keys {
            driver.press(KEYS[key]);
            driver.draw();
        }
        driver.event(Event::Resize(rows, columns));
        driver.draw();
    }
}
