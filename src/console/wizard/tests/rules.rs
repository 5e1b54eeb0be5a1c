//! Step 6: the rules editor.

use super::*;

/// The rules as line 22 and the list tell them.
fn rules(driver: &Driver) -> Vec<String> {
    let drawn = driver.draw();
    let rows = drawn.lines().skip_while(|line| !line.contains("Rules, in this order")).skip(1);
    rows.take_while(|line| !line.contains("Go on"))
        .map(|line| line.trim_start_matches(['▌', ' ']).to_owned())
        .collect()
}

#[test]
fn a_rule_is_added_with_its_first_condition_and_its_type() {
    let mut driver = at(Step::Rules);
    driver.press("a");
    assert_eq!(driver.place(), "setup_condition");
    assert!(shows(&driver, "Some devices say") && shows(&driver, "Sales, Front Desk"));
    driver.type_text("depart").press("enter");
    assert!(line(&driver, "Fact  ").contains("custom_department"));
    driver.press("right right left enter").type_text("front desk");
    assert!(line(&driver, "Catches").contains("Catches 15 of 30 devices, 15 of them"));
    driver.press("enter");
    assert!(shows(&driver, "Which type do such devices get?"));
    driver.type_text("desk").press("enter");
    assert_eq!(driver.place(), "setup_rules");
    let list = rules(&driver);
    assert_eq!(list.len(), 3);
    assert!(list[2].contains("custom_department equals front desk"), "{list:?}");
    assert!(list[2].contains("Desktop"), "{list:?}");
}

#[test]
fn a_rule_that_got_nothing_goes_again() {
    let mut driver = at(Step::Rules);
    driver.press("a esc");
    assert_eq!(driver.place(), "setup_rules");
    assert_eq!(rules(&driver).len(), 2);
}

#[test]
fn a_condition_is_edited_and_esc_leaves_it_as_it_was() {
    let mut driver = at(Step::Rules);
    driver.press("g enter enter").type_text("x");
    assert!(shows(&driver, "Catches 0 of 30 devices"));
    driver.press("esc");
    assert!(shows(&driver, "Catches 10 of 30 devices"), "{}", driver.draw());
    assert_eq!(driver.place(), "setup_rules");
    driver.press("enter ctrl-u").type_text("iphone").press("enter");
    assert!(rules(&driver)[0].contains("device_model_name contains iphone"));
}

#[test]
fn a_pattern_is_judged_while_it_is_typed() {
    let mut driver = at(Step::Rules);
    driver.press("g enter enter up right right right right right down ctrl-u").type_text("(ip");
    assert!(shows(&driver, "This is no regular expression: unclosed group"), "{}", driver.draw());
    driver.type_text("ad|ipod)");
    assert!(shows(&driver, "Catches 10 of 30 devices"), "{}", driver.draw());
    driver.press("up right");
    assert!(!shows(&driver, "Value"));
    driver.press("enter");
    assert!(rules(&driver)[0].contains("device_model_name is empty"), "{}", driver.draw());
}

#[test]
fn rules_and_conditions_move_and_go() {
    let mut driver = at(Step::Rules);
    driver.press("g J");
    assert!(rules(&driver)[1].contains("iPad"));
    driver.press("J K");
    assert!(rules(&driver)[0].contains("iPad"));
    driver
        .press("tab a")
        .type_text("platform")
        .press("enter enter")
        .type_text("ios")
        .press("enter");
    assert!(shows(&driver, "os_platform contains ios"), "{}", driver.draw());
    driver.press("g down D");
    assert!(!shows(&driver, "os_platform"));
    driver.press("g D");
    assert!(shows(&driver, "A rule wants a condition and a type"));
    driver.press("esc D D");
    assert!(shows(&driver, "No rules: every new configuration gets the default type"));
    driver.press("enter");
    assert!(shows(&driver, "step 7 of 7"));
}

#[test]
fn a_rule_has_at_most_five_conditions() {
    let mut draft = full(Step::Rules);
    draft.rules[0].when = vec![condition("device_model_name", Comparison::Contains, "i"); 5];
    let mut driver = first_run(draft);
    tell(&mut driver, addigy());
    tell(&mut driver, itglue());
    driver.press("g tab a");
    assert!(shows(&driver, "at most five conditions"));
}

#[test]
fn tab_goes_round_and_the_caught_scroll() {
    let mut driver = at(Step::Rules);
    driver.press("tab");
    driver.press("g tab tab");
    assert!(shows(&driver, "ACM-001"));
    driver.press("down down G");
    assert!(shows(&driver, "ACM-028") && !shows(&driver, "ACM-001"));
    driver.press("pageup pageup g tab down backtab");
    assert!(shows(&driver, "Rule 2"));
}

#[test]
fn a_fact_that_was_not_read_is_read_when_a_rule_names_it() {
    let mut driver = at(Step::Rules);
    driver.press("a").type_text("platform").press("enter enter").type_text("macos");
    assert!(!shows(&driver, "Catches"));
    driver.press("enter");
    assert_eq!(asked(&mut driver), ["fleet"]);
    assert!(shows(&driver, "Reading facts and devices"));
}

#[test]
fn without_devices_the_rules_say_why_and_r_tries_again() {
    let mut driver = first_run(full(Step::Rules));
    assert!(shows(&driver, "Reading facts and devices"));
    tell(&mut driver, itglue());
    driver.take_effects();
    tell(&mut driver, Told::Fleet(Err(Failure::addigy(&refused(Service::Addigy)))));
    assert!(shows(&driver, "R tries again"));
    driver.press("a").type_text("my_fact").press("enter");
    assert!(line(&driver, "Fact  ").contains("my_fact"));
    driver.press("esc R");
    assert!(asked(&mut driver).contains(&"fleet"));
}

#[test]
fn an_incomplete_rule_is_pointed_at() {
    let mut driver = at(Step::Rules);
    driver
        .press("a")
        .type_text("depart")
        .press("enter enter")
        .type_text("x")
        .press("enter esc esc");
    assert_eq!(rules(&driver).len(), 3);
    driver.press("G enter");
    assert!(shows(&driver, "step 6 of 7"));
    assert!(shows(&driver, "Rule 3: Choose the type"), "{}", driver.draw());
}
