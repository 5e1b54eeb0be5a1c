use super::*;
use crate::console::effect::Effect;
use crate::console::event::Event;
use crate::console::organizations::Listing;
use crate::console::testing::{Driver, look, now, shared};
use crate::domain::OrganizationId;
use jiff::SignedDuration;

fn organization(id: i64, name: &str) -> Organization {
    Organization {
        id: OrganizationId::new(id),
        name: name.into(),
        short_name: Some(name.chars().filter(char::is_ascii_uppercase).collect()),
        type_name: Some("Customer".into()),
        status_name: Some("Active".into()),
    }
}

fn listing(ended: bool) -> Listing {
    let all = [
        organization(1024, "Acme Corporation"),
        organization(1025, "Globex GmbH"),
        organization(3_142_842_920_435_019, "Globex Corporation International"),
        organization(2006, "Glob-Ex"),
        organization(2007, "株式会社さくら"),
    ];
    Listing {
        index: all.into_iter().collect(),
        total: Some(100_000),
        ended: ended.then_some(Ok(())),
    }
}

/// The picker for Globex, which has just asked.
fn picker(size: (u16, u16), utf8: bool) -> Driver {
    let shared = Shared { size, look: look("dark", utf8), ..shared() };
    let mut driver = Driver::new(shared, Vec::new());
    driver.press("down down down down o");
    assert_eq!(driver.place(), "picker");
    driver
}

fn questions(driver: &mut Driver) -> Vec<String> {
    let effects = driver.take_effects();
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Named(name) => Some(name),
            _ => None,
        })
        .collect()
}

fn named(driver: &mut Driver, name: &str, found: &[Organization]) {
    driver.answer(Answer::Named(name.into(), Ok(found.to_vec())));
}

/// Lets the listing arrive and answers the search it leads to.
fn listed(driver: &mut Driver, ended: bool) {
    driver.answer(Answer::Listed(listing(ended)));
    answer_search(driver);
}

fn answer_search(driver: &mut Driver) {
    let effects = driver.take_effects();
    let search = effects.iter().rev().find_map(|effect| match effect {
        Effect::Near(wanted, index) => Some((wanted.clone(), index.clone())),
        _ => None,
    });
    driver.effects = effects;
    let Some((wanted, index)) = search else { return };
    let near = index.nearest(&wanted, 20, &|| false).unwrap();
    let names = near.into_iter().map(|near| NearName::new(near, &wanted)).collect();
    driver.answer(Answer::Near { wanted, among: index.len(), names: Arc::new(names) });
}

#[test]
fn it_opens_with_the_policys_name_already_asked() {
    let mut driver = picker((80, 24), true);
    let lists = |effect: &Effect| matches!(effect, Effect::ListOrganizations);
    assert_eq!(driver.effects.iter().filter(|effect| lists(effect)).count(), 1);
    assert_eq!(questions(&mut driver), ["Globex"]);
}

#[test]
fn a_listing_under_way_is_not_begun_again_and_f5_begins_it() {
    let mut driver = picker((80, 24), true);
    listed(&mut driver, false);
    driver.press("esc esc o");
    driver.take_effects();
    driver.press("esc o");
    let lists = |effect: &Effect| matches!(effect, Effect::ListOrganizations);
    assert!(!driver.take_effects().iter().any(lists));
    driver.press("f5");
    assert!(driver.take_effects().iter().any(lists));
}

#[test]
fn typing_asks_once_it_stops_and_enter_at_once() {
    let mut driver = picker((80, 24), true);
    driver.take_effects();
    driver.type_text(" G");
    assert!(questions(&mut driver).is_empty(), "not while it is typed");
    driver.event(Event::Timer(Timer::Question));
    assert_eq!(questions(&mut driver), ["Globex G"]);
    driver.type_text("m").press("enter");
    assert_eq!(questions(&mut driver), ["Globex Gm"]);
    driver.event(Event::Timer(Timer::Question));
    assert!(questions(&mut driver).is_empty(), "it is asked already");
}

#[test]
fn a_new_letter_drops_the_older_question() {
    let mut driver = picker((80, 24), true);
    driver.take_effects();
    driver.type_text("x");
    let stops = driver.take_effects();
    assert!(stops.iter().any(|effect| matches!(effect, Effect::Stop(Slot::Named))));
    named(&mut driver, "Globex", &[organization(1, "Globex")]);
    assert!(!driver.draw().contains("exactly this name. Enter"), "{}", driver.draw());
}

#[test]
fn letters_that_are_keys_elsewhere_are_text() {
    let mut driver = picker((80, 24), true);
    driver.press("ctrl-u").type_text("q:/?1 jk");
    assert_eq!(driver.place(), "picker");
    assert!(driver.draw().contains("q:/?1 jk"));
    driver.press("tab ctrl-u");
    driver.event(Event::Paste("Acme Corporation\n".into()));
    assert!(driver.draw().contains("Name  Acme Corporation"));
    assert!(questions(&mut driver).iter().all(|name| name != "Acme Corporation"));
}

#[test]
fn the_only_exact_match_is_marked_and_chosen_on_enter() {
    let mut driver = picker((80, 24), true);
    named(&mut driver, "Globex", &[organization(1030, "Globex")]);
    driver.press("enter");
    assert_eq!(driver.place(), "policy");
    let drawn = driver.draw();
    assert!(drawn.contains("Save changes") && drawn.contains("Globex (id 1030)"), "{drawn}");
    assert!(!driver.take_effects().iter().any(|effect| matches!(effect, Effect::Link { .. })));
}

#[test]
fn near_names_are_offered_but_never_preselected() {
    let mut driver = picker((80, 24), true);
    listed(&mut driver, false);
    named(&mut driver, "Globex", &[]);
    driver.take_effects();
    driver.press("enter");
    assert_eq!(questions(&mut driver), ["Globex"], "nothing is chosen, so it is asked again");
    named(&mut driver, "Globex", &[]);
    driver.press("down enter");
    assert_eq!(questions(&mut driver), ["Glob-Ex"], "the nearest, by its exact name");
    assert_eq!(driver.place(), "picker");
    driver.press("up up up");
    named(&mut driver, "Glob-Ex", &[organization(2006, "Glob-Ex")]);
    driver.press("enter");
    assert_eq!(driver.place(), "policy");
}

#[test]
fn up_from_the_first_row_goes_back_to_the_field() {
    let mut driver = picker((80, 24), true);
    listed(&mut driver, true);
    named(&mut driver, "Globex", &[]);
    driver.press("down down pageup up");
    driver.take_effects();
    driver.press("enter");
    assert_eq!(questions(&mut driver), ["Globex"]);
    driver.press("pagedown pagedown");
    assert!(driver.draw().contains("Enter asks for exactly this name"), "{}", driver.draw());
}

#[test]
fn namesakes_are_told_apart_and_none_is_chosen_for_the_person() {
    let mut driver = picker((80, 24), true);
    let twin = Organization {
        type_name: Some("Prospect".into()),
        status_name: Some("Inactive".into()),
        short_name: Some("G2".into()),
        ..organization(1031, "Globex")
    };
    named(&mut driver, "Globex", &[organization(1030, "Globex"), twin]);
    driver.press("enter");
    assert_eq!(driver.place(), "picker");
    insta::assert_snapshot!(driver.draw());
    driver.press("down down enter");
    assert_eq!(driver.place(), "policy");
    assert!(driver.draw().contains("1031"), "{}", driver.draw());
}

#[test]
fn a_question_without_an_answer_is_told_and_asked_again() {
    let mut driver = picker((80, 24), true);
    let trouble = "IT Glue (https://api.itglue.com) can't be reached: the name could not be \
                   resolved. Check the network, then try again";
    driver.answer(Answer::Named("Globex".into(), Err(trouble.into())));
    insta::assert_snapshot!(driver.draw());
    driver.take_effects();
    driver.press("enter");
    assert_eq!(questions(&mut driver), ["Globex"]);
}

#[test]
fn a_wait_is_told_with_its_end() {
    let mut driver = picker((80, 24), true);
    let until = now() + SignedDuration::from_secs(60);
    let why = "it answered 429, too many requests";
    driver.answer(Answer::Waits(Slot::Named, Service::ItGlue, until, why));
    assert!(driver.draw().contains("Waiting until 08:11:00"), "{}", driver.draw());
    assert!(!driver.app.top().spins(&driver.app.shared));
    named(&mut driver, "Globex", &[]);
    assert!(!driver.draw().contains("Waiting"));
}

#[test]
fn more_names_lead_to_another_search_one_at_a_time() {
    let mut driver = picker((80, 24), true);
    listed(&mut driver, false);
    driver.take_effects();
    let mut longer = listing(false);
    longer.index.push(&[organization(7, "Globexx")]);
    driver.answer(Answer::Listed(longer.clone()));
    longer.index.push(&[organization(8, "Globeks")]);
    driver.answer(Answer::Listed(longer));
    let searches = driver.effects.iter().filter(|effect| matches!(effect, Effect::Near(..)));
    assert_eq!(searches.count(), 1);
    answer_search(&mut driver);
    let searches = driver.effects.iter().filter(|effect| matches!(effect, Effect::Near(..)));
    assert_eq!(searches.count(), 2, "what came meanwhile is searched next");
}

#[test]
fn pages_that_come_quickly_do_not_put_the_first_search_off() {
    let mut driver = picker((80, 24), true);
    driver.take_effects();
    for _ in 0..3 {
        driver.answer(Answer::Listed(listing(false)));
    }
    let searches = driver.effects.iter().filter(|effect| matches!(effect, Effect::Near(..)));
    assert_eq!(searches.count(), 1);
}

#[test]
fn how_it_looks() {
    for (size, utf8) in [((80, 24), true), ((80, 24), false), ((120, 40), true), ((200, 50), true)]
    {
        let mut driver = picker(size, utf8);
        listed(&mut driver, false);
        named(&mut driver, "Globex", &[]);
        driver.press("down");
        let name = format!("near_{}x{}_{}", size.0, size.1, if utf8 { "utf8" } else { "ascii" });
        insta::assert_snapshot!(name, driver.draw());
        if size.0 == 80 && utf8 {
            insta::assert_snapshot!("near_styles", driver.styles());
        }
    }
    let mut driver = picker((80, 24), true);
    listed(&mut driver, true);
    insta::assert_snapshot!("asking", driver.draw());
    named(&mut driver, "Globex", &[organization(1030, "Globex")]);
    insta::assert_snapshot!("exact", driver.draw());
}

#[test]
fn no_size_is_too_small() {
    for columns in [1, 3, 9, 41, 44, 60] {
        for rows in [1, 2, 5, 10, 11, 13] {
            let mut driver = picker((80, 24), true);
            listed(&mut driver, true);
            named(&mut driver, "Globex", &[]);
            driver.event(Event::Resize(columns, rows));
            driver.press("down");
            driver.draw();
        }
    }
}
