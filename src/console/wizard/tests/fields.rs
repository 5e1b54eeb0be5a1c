//! Steps 1 to 5: fields, checks and choices.

use super::*;
use secrecy::ExposeSecret;

/// The draft as the setup would keep it now.
fn draft(driver: &mut Driver) -> Draft {
    driver.event(Event::Timer(crate::console::event::Timer::Draft));
    let kept = driver.take_effects().into_iter().rev().find_map(|effect| match effect {
        Effect::Setup(ask) => match *ask {
            Ask::Keep(draft) => Some(*draft),
            _ => None,
        },
        _ => None,
    });
    kept.expect("something was to be kept")
}

#[test]
fn a_token_pasted_with_a_line_break_waits_for_enter_and_is_never_shown() {
    let mut driver = first_run(Draft::default());
    paste(&mut driver, &format!("{SECRET}\r\n"));
    assert!(asked(&mut driver).is_empty());
    assert!(!shows(&driver, SECRET) && shows(&driver, "•••"));
    driver.press("enter");
    assert_eq!(asked(&mut driver), ["addigy"]);
    assert!(shows(&driver, "Asking Addigy"));
    assert_eq!(draft(&mut driver).token.value.expose_secret(), SECRET);
    tell(&mut driver, addigy());
    assert!(line(&driver, "The token works").contains("42 policies, 500 devices"));
    driver.press("enter");
    assert!(shows(&driver, "step 2 of 7"));
}

#[test]
fn each_source_keeps_what_was_typed_for_it() {
    let mut driver = first_run(Draft::default());
    driver.press("enter").type_text("abc").press("up right");
    assert!(line(&driver, "Variable").contains("ADDIGY_TOKEN"));
    driver.press("right down").type_text("/run/token");
    driver.press("up right tab").type_text("pass show addigy");
    let kept = draft(&mut driver);
    assert_eq!(kept.token.kind, SourceKind::Command);
    assert_eq!(
        (kept.token.file.as_str(), kept.token.command.as_str()),
        ("/run/token", "pass show addigy")
    );
    driver.press("backtab left left left");
    assert_eq!(draft(&mut driver).token.value.expose_secret(), "abc");
    assert!(line(&driver, "Token").contains("•••"));
}

#[test]
fn a_field_says_what_is_missing_and_asks_nobody() {
    let mut driver = first_run(Draft::default());
    driver.press("enter enter");
    assert!(asked(&mut driver).is_empty());
    assert!(shows(&driver, "! Type or paste the token first."));
    driver.type_text("x");
    assert!(!shows(&driver, "Type or paste the token first"));
    driver.press("up up ctrl-u").type_text("http://api.addigy.com").press("enter enter enter");
    assert!(shows(&driver, "plain http is for this machine only"));
    assert!(asked(&mut driver).iter().all(|ask| *ask == "keep"));
}

#[test]
fn a_check_stops_with_esc_and_its_spinner_with_it() {
    let mut driver = first_run(full(Step::Addigy));
    driver.press("down enter");
    assert_eq!(asked(&mut driver), ["addigy"]);
    let spin = driver.draw();
    driver.event(Event::Timer(crate::console::event::Timer::Spin));
    assert_ne!(driver.draw(), spin, "it turns");
    driver.press("enter");
    assert!(asked(&mut driver).is_empty(), "one is enough");
    driver.press("esc");
    let stops = driver.take_effects();
    assert!(stops.iter().any(|effect| matches!(effect, Effect::Stop(_))));
    assert!(shows(&driver, "Stopped. Enter tries again.") && !shows(&driver, "Asking"));
    driver.press("enter");
    assert_eq!(asked(&mut driver), ["addigy"]);
    tell(&mut driver, Told::Addigy(Err(Failure::addigy(&refused(Service::Addigy)))));
    driver.take_effects();
    driver.event(Event::Timer(crate::console::event::Timer::Spin));
    assert!(driver.take_effects().is_empty(), "nothing turns any more");
}

#[test]
fn a_wait_of_the_service_is_told_with_its_time() {
    let mut driver = first_run(full(Step::Addigy));
    driver.press("down enter");
    let why = "it answered 429, too many requests".to_owned();
    tell(&mut driver, Told::Waits(Service::Addigy, testing::now(), why));
    assert!(line(&driver, "429").contains("Waiting until"));
    tell(&mut driver, addigy());
    assert!(!shows(&driver, "429"));
}

#[test]
fn another_token_is_checked_anew() {
    let mut driver = at(Step::Addigy);
    driver.press("down").type_text("X");
    assert!(!shows(&driver, "The token works"));
    driver.press("enter");
    assert!(asked(&mut driver).contains(&"addigy"));
}

#[test]
fn a_key_of_another_region_is_found_out() {
    let mut draft = full(Step::ItGlue);
    draft.region = Some(Region::Us);
    let mut driver = first_run(draft);
    driver.press("down down enter");
    assert_eq!(asked(&mut driver), ["itglue"]);
    tell(&mut driver, Told::ItGlue(Err(key_refused())));
    assert!(line(&driver, "1 it belongs").contains("another region"));
    driver.press("enter");
    assert_eq!(asked(&mut driver), ["regions"]);
    assert!(shows(&driver, "Asking the other regions"));
    tell(&mut driver, Told::Region(Ok(Some(Region::Eu))));
    assert_eq!(asked(&mut driver), ["itglue"]);
    assert!(shows(&driver, "The key works in EU") && shows(&driver, "(•) EU"));
    tell(&mut driver, itglue());
    assert!(line(&driver, "The key works").contains("60 organizations"));
}

#[test]
fn a_key_that_no_region_takes_is_told_so() {
    let mut driver = first_run(full(Step::ItGlue));
    driver.press("down down enter");
    tell(&mut driver, Told::ItGlue(Err(key_refused())));
    driver.press("enter");
    tell(&mut driver, Told::Region(Ok(None)));
    assert!(shows(&driver, "No region of IT Glue takes this key"));
    assert!(!shows(&driver, "another region") && !shows(&driver, "ask the other regions"));
    driver.type_text("x");
    assert!(!shows(&driver, "No region"));
}

#[test]
fn a_status_is_chosen_by_typing_and_the_same_is_refused() {
    let mut driver = at(Step::Active);
    driver.type_text("stor").press("enter");
    assert!(shows(&driver, "step 4 of 7"));
    assert!(line(&driver, "In Storage").contains("the active status"));
    driver.type_text("storage").press("enter");
    assert!(shows(&driver, "In Storage is the active status already"));
    driver.type_text("x");
    assert!(shows(&driver, "Nothing here has that in its name"));
    driver.press("enter esc");
    assert!(shows(&driver, "step 4 of 7") && shows(&driver, "4 of 4"));
    driver.press("down pagedown pageup up enter");
    assert!(shows(&driver, "step 5 of 7"));
    driver.type_text("phone").press("enter");
    let kept = draft(&mut driver);
    assert_eq!(kept.active.unwrap().name, "In Storage");
    assert_eq!(kept.default_type.unwrap().id.get(), 205);
}

#[test]
fn lists_that_can_not_be_read_say_why_and_try_again() {
    let mut driver = first_run(full(Step::Active));
    driver.take_effects();
    assert!(shows(&driver, "Asking IT Glue"));
    tell(&mut driver, Told::ItGlue(Err(key_refused())));
    assert!(shows(&driver, "turned the key away") && shows(&driver, "Enter tries again"));
    driver.press("enter");
    assert_eq!(asked(&mut driver), ["itglue"]);
    tell(&mut driver, itglue());
    assert!(shows(&driver, "Type to filter"));
}

#[test]
fn what_is_gone_from_it_glue_is_to_be_chosen_anew() {
    let mut draft = full(Step::Review);
    draft.inactive = Some(Named::unknown(StatusId::new(999)));
    draft.rules[1].kind = Some(Named::unknown(TypeId::new(999)));
    let mut driver = first_run(draft);
    tell(&mut driver, addigy());
    tell(&mut driver, itglue());
    assert!(line(&driver, "Inactive status").contains("! Choose the inactive status."));
    assert!(line(&driver, "Conditional types").contains("! Rule 2"));
}

#[test]
fn esc_goes_back_and_loses_nothing() {
    let mut driver = at(Step::Addigy);
    driver.press("down enter");
    for step in 2..=7 {
        assert!(shows(&driver, &format!("step {step} of 7")), "{step}: {}", driver.draw());
        let keys = if step == 2 { "enter enter enter" } else { "enter" };
        if step < 7 {
            driver.press(keys);
        }
    }
    for step in (1..=6).rev() {
        driver.press("esc");
        assert!(shows(&driver, &format!("step {step} of 7")), "{step}: {}", driver.draw());
    }
    assert!(line(&driver, "Variable").contains("ADDIGY_TOKEN"));
}

#[test]
fn keys_that_lead_elsewhere_wait_until_the_setup_is_left() {
    let mut driver = at(Step::Rules);
    driver.press("1 3 f");
    assert_eq!(driver.place(), "setup_rules");
    assert!(shows(&driver, "leave it with Esc"));
    paste(&mut driver, "C02XK0AAJG5H");
    assert_eq!(driver.place(), "setup_rules");
    driver.press("?");
    assert_eq!(driver.place(), "help");
}
