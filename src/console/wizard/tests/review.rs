//! Step 7, and how the setup ends.

use super::super::ask::Finished;
use super::*;

#[test]
fn each_line_jumps_to_its_step_and_back() {
    let mut driver = at(Step::Review);
    for (row, step) in (1..=6).enumerate() {
        driver.press("g");
        for _ in 0..row {
            driver.press("down");
        }
        driver.press("enter");
        assert!(shows(&driver, &format!("step {step} of 7")), "{step}");
        driver.press("esc");
        assert!(shows(&driver, "step 7 of 7"), "{step}: {}", driver.draw());
    }
    driver.press("g down down enter").type_text("storage").press("enter");
    assert!(shows(&driver, "step 7 of 7"));
    assert!(line(&driver, "Active status").contains("In Storage"));
}

#[test]
fn opened_over_settings_it_checks_both_services_by_itself() {
    let mut driver = again(full(Step::Review));
    assert!(shows(&driver, "step 7 of 7") && shows(&driver, "Asking both services"));
    tell(&mut driver, Told::Addigy(Err(Failure::addigy(&refused(Service::Addigy)))));
    tell(&mut driver, itglue());
    assert!(line(&driver, "Addigy turned").contains("! Addigy turned the token away"));
    driver.press("G up g");
    assert!(shows(&driver, "Next: In Addigy, Account >"), "{}", driver.draw());
}

#[test]
fn switching_on_checks_all_again_and_ends_at_home() {
    let mut driver = at(Step::Review);
    driver.press("enter");
    assert_eq!(asked(&mut driver), ["finish"]);
    assert!(shows(&driver, "Checking everything again"));
    driver.press("enter");
    assert!(asked(&mut driver).is_empty());
    let settings = Box::new(testing::settings());
    tell(&mut driver, Told::Finished(Ok(Finished::Written(settings, Vec::new()))));
    assert_eq!(driver.place(), "policies");
    let effects = driver.take_effects();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::SwitchedOn(_))));
    driver.effects = effects;
    assert_eq!(asked(&mut driver), ["forget", "first policy"]);
    assert!(shows(&driver, "Switched on."));
}

#[test]
fn what_went_wrong_meanwhile_is_shown_at_its_line() {
    let mut driver = at(Step::Review);
    driver.press("enter");
    let gone = Failure::said(
        Step::Inactive,
        "IT Glue has the chosen inactive status no more.",
        "Choose another.",
    );
    tell(&mut driver, Told::Finished(Err(gone)));
    assert!(line(&driver, "Inactive status").contains("no more"));
    driver.press("enter");
    assert!(shows(&driver, "step 4 of 7"));
}

#[test]
fn saved_switched_off_asks_no_service() {
    let mut driver = at(Step::Review);
    driver.press("down enter");
    let effects = driver.take_effects();
    let off = effects.iter().any(|effect| {
        matches!(effect, Effect::Setup(ask)
            if matches!(&**ask, Ask::Finish(choices, _) if !choices.enabled))
    });
    assert!(off);
}

#[test]
fn an_open_step_is_pointed_at() {
    let mut draft = full(Step::Review);
    draft.default_type = None;
    let mut driver = first_run(draft);
    tell(&mut driver, addigy());
    tell(&mut driver, itglue());
    driver.take_effects();
    driver.press("enter");
    assert!(asked(&mut driver).is_empty());
    assert!(shows(&driver, "! Default type: Choose the default type."));
    driver.press("enter");
    assert!(shows(&driver, "step 5 of 7"));
}

#[test]
fn other_accounts_want_a_word() {
    let mut driver = at(Step::Review);
    driver.press("enter");
    driver.take_effects();
    let differences =
        vec!["the state was made with Addigy organization a, the token is of b".into()];
    let asks = Told::Finished(Ok(Finished::OtherAccounts(differences)));
    tell(&mut driver, asks.clone());
    assert_eq!(driver.place(), "setup_question");
    assert!(shows(&driver, "the token is of b"));
    driver.type_text("y").press("enter");
    assert!(asked(&mut driver).is_empty());
    assert!(shows(&driver, "Not confirmed: nothing was written."));
    driver.press("enter");
    driver.take_effects();
    tell(&mut driver, asks.clone());
    driver.press("esc");
    assert_eq!(driver.place(), "setup_review");
    tell(&mut driver, asks);
    driver.type_text("yes").press("enter");
    let effects = driver.take_effects();
    let confirmed = effects.iter().any(|effect| {
        matches!(effect, Effect::Setup(ask)
            if matches!(&**ask, Ask::Finish(_, confirmed) if confirmed.len() == 1))
    });
    assert!(confirmed, "{effects:?}");
}
