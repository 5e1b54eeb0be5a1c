//! Leaving midway, and going on.

use super::*;
use crate::commands::Exit;
use crate::console::event::Timer;

#[test]
fn the_draft_is_kept_in_a_pause_and_at_once_when_one_leaves() {
    let mut driver = first_run(Draft::default());
    driver.press("enter").type_text("x");
    let timers = driver.take_effects();
    assert!(timers.iter().any(|effect| matches!(effect, Effect::Timer(Timer::Draft, _))));
    driver.event(Event::Timer(Timer::Draft));
    assert_eq!(asked(&mut driver), ["keep"]);
    driver.event(Event::Timer(Timer::Draft));
    assert!(asked(&mut driver).is_empty(), "nothing new");
}

#[test]
fn a_typed_secret_is_kept_only_when_asked_for() {
    for (answer, keep) in [("y", true), ("n", false)] {
        let mut driver = first_run(Draft::default());
        paste(&mut driver, SECRET);
        driver.press("esc");
        assert_eq!(driver.place(), "setup_question");
        assert!(driver.app.ended().is_none());
        driver.press("esc");
        assert_eq!(driver.place(), "setup");
        driver.press("esc").press(answer);
        let effects = driver.take_effects();
        let kept = effects.iter().any(|effect| {
            matches!(effect, Effect::Setup(ask)
                if matches!(&**ask, Ask::Keep(draft) if draft.keep_secrets == Some(keep)))
        });
        assert!(kept, "{answer}");
        // The program ends only when the draft is on the disk.
        assert!(driver.app.ended().is_none());
        tell(&mut driver, Told::Kept(Ok(())));
        assert_eq!(driver.app.ended(), Some(Exit::Done));
    }
}

#[test]
fn leaving_a_setup_in_which_nothing_was_typed_asks_nothing() {
    let mut driver = again(full(Step::Review));
    driver.press("esc");
    assert_eq!(driver.place(), "policies");
    let mut driver = first_run(Draft::default());
    driver.press("esc");
    assert_eq!(driver.app.ended(), Some(Exit::Done));
}

#[test]
fn a_draft_that_can_not_be_kept_is_told_and_one_may_leave_all_the_same() {
    let mut driver = again(full(Step::Active));
    tell(&mut driver, addigy());
    tell(&mut driver, itglue());
    driver.press("enter q").take_effects();
    driver.press("esc esc esc esc esc");
    assert!(asked(&mut driver).contains(&"keep"));
    tell(&mut driver, Told::Kept(Err("The draft can't be kept: no space left.".into())));
    assert!(shows(&driver, "no space left"));
    assert_ne!(driver.place(), "policies");
    driver.press("esc");
    assert_eq!(driver.place(), "policies");
}

#[test]
fn the_next_start_goes_on_with_the_draft() {
    let mut driver = first_run(Draft::default());
    tell(&mut driver, Told::Resumed(Ok(Some(Box::new(full(Step::Inactive))))));
    assert!(shows(&driver, "step 4 of 7") && shows(&driver, "draft of your last setup"));
    assert_eq!(asked(&mut driver), ["addigy", "itglue"]);
    // A secret that was not kept is asked for again.
    let mut draft = full(Step::Review);
    draft.token.kind = SourceKind::Value;
    let mut driver = first_run(Draft::default());
    tell(&mut driver, Told::Resumed(Ok(Some(Box::new(draft)))));
    assert!(shows(&driver, "step 1 of 7") && shows(&driver, "Type or paste the token"));
}

#[test]
fn over_settings_one_is_asked_which_counts() {
    for (answer, step) in [("y", 3), ("n", 7)] {
        let mut driver = again(full(Step::Review));
        driver.take_effects();
        tell(&mut driver, Told::Resumed(Ok(Some(Box::new(full(Step::Active))))));
        assert!(shows(&driver, "left at step 3"));
        driver.press("esc enter").press(answer);
        assert!(shows(&driver, &format!("step {step} of 7")), "{answer}: {}", driver.draw());
        assert_eq!(asked(&mut driver).contains(&"forget"), answer == "n");
    }
}

#[test]
fn a_broken_draft_is_told_and_ignored() {
    let mut driver = first_run(Draft::default());
    tell(&mut driver, Told::Resumed(Err("The draft x is ignored: it is too large.".into())));
    assert!(shows(&driver, "is ignored") && shows(&driver, "step 1 of 7"));
    let mut driver = first_run(Draft::default());
    driver.press("enter").type_text("x");
    tell(&mut driver, Told::Resumed(Ok(Some(Box::new(full(Step::Active))))));
    assert!(shows(&driver, "step 1 of 7"), "whoever was quicker goes on");
}

#[test]
fn a_demo_keeps_no_draft() {
    let shared = Shared { settings: None, demo: true, ..testing::shared() };
    let mut driver = Driver::new(shared, vec![Box::new(Wizard::new(Draft::default()))]);
    paste(&mut driver, SECRET);
    driver.event(Event::Timer(Timer::Draft));
    assert!(asked(&mut driver).is_empty());
    driver.press("esc");
    assert_eq!(driver.app.ended(), Some(Exit::Done));
}
