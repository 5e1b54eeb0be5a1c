use super::*;
use crate::console::event::Event;
use crate::console::organizations::Listing;
use crate::console::testing::{Driver, look, shared};
use crate::domain::OrganizationId;

fn proposal(id: &str, path: &str, organization: Option<(i64, &str)>, why: &str) -> Proposal {
    Proposal {
        policy_id: PolicyId::new(id),
        path: path.into(),
        organization: organization.map(|(id, name)| (OrganizationId::new(id), name.into())),
        take: organization.is_some() && !why.contains("another"),
        why: why.into(),
    }
}

fn found() -> Arc<Vec<Proposal>> {
    Arc::new(vec![
        proposal(
            "initech",
            "Clients/Initech",
            Some((1030, "Initech")),
            "itglue_account_id 1030, and the names are the same",
        ),
        proposal(
            "umbrella",
            "Clients/Umbrella",
            None,
            "2 organizations are called so: 1040, 1041; link it by id",
        ),
        proposal("clients", "Clients", Some((1050, "Clients")), "the names are the same"),
    ])
}

fn screen(size: (u16, u16), utf8: bool) -> Driver {
    let shared = Shared { size, look: look("dark", utf8), ..shared() };
    let mut driver = Driver::new(shared, Vec::new());
    driver.press("L");
    assert_eq!(driver.place(), "proposals");
    driver
}

fn complete(driver: &mut Driver) {
    let listing = Listing { total: Some(60), ended: Some(Ok(())), ..Listing::default() };
    driver.answer(Answer::Listed(listing));
    driver.answer(Answer::Proposed(Ok(found())));
}

fn stored(driver: &mut Driver) -> Vec<String> {
    let effects = driver.take_effects().into_iter();
    let stored = effects.filter_map(|effect| match effect {
        Effect::StoreProposals(_, accepted) => Some(accepted),
        _ => None,
    });
    stored.flatten().map(|proposal| proposal.policy_id.to_string()).collect()
}

#[test]
fn it_looks_for_links_and_lists_the_organizations() {
    let mut driver = screen((80, 24), true);
    let effects = driver.take_effects();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ListOrganizations)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Propose(..))));
    complete(&mut driver);
    let again = |effect: &Effect| matches!(effect, Effect::Propose(..));
    assert!(driver.take_effects().iter().any(again), "names are judged once all are there");
}

#[test]
fn accepted_links_are_stored_after_one_confirmation() {
    let mut driver = screen((80, 24), true);
    complete(&mut driver);
    driver.press("a");
    assert_eq!(driver.place(), "proposals", "nothing is accepted beforehand");
    driver.press("space a");
    assert_eq!(driver.place(), "ask");
    assert!(driver.draw().contains("Link 1 policy?"), "{}", driver.draw());
    assert!(stored(&mut driver).is_empty());
    driver.press("y");
    assert_eq!(stored(&mut driver), ["initech"]);
    driver.answer(Answer::ProposalsStored { stored: 1, left: Vec::new() });
    assert!(driver.draw().contains("1 policy is linked"), "{}", driver.draw());
}

#[test]
fn an_ambiguous_one_can_not_be_accepted() {
    let mut driver = screen((80, 24), true);
    complete(&mut driver);
    driver.press("down space");
    assert!(driver.draw().contains("can't be linked from here"), "{}", driver.draw());
    driver.press("A a y");
    assert_eq!(stored(&mut driver), ["initech", "clients"]);
    driver.press("n");
    assert!(driver.draw().contains("Clients/Umbrella: 2 organizations"), "{}", driver.draw());
}

#[test]
fn what_could_not_be_stored_stays_and_says_why() {
    let mut driver = screen((80, 24), true);
    complete(&mut driver);
    driver.press("A a y");
    let why = "somebody else linked it meanwhile".to_owned();
    let left = vec![(PolicyId::new("initech"), why.clone())];
    driver.answer(Answer::ProposalsStored { stored: 1, left });
    insta::assert_snapshot!(driver.draw());
}

#[test]
fn filter_open_copy_export() {
    let mut driver = screen((80, 24), true);
    complete(&mut driver);
    driver.press("/").type_text("umbr");
    let drawn = driver.draw();
    assert!(drawn.contains("Umbrella") && !drawn.contains("Initech"), "{drawn}");
    driver.press("esc enter");
    assert_eq!(driver.place(), "policy");
    for (key, place) in [("y", "copy"), ("e", "export")] {
        let mut driver = screen((80, 24), true);
        complete(&mut driver);
        driver.press(key);
        assert_eq!(driver.place(), place);
    }
}

#[test]
fn trouble_is_told() {
    let mut driver = screen((80, 24), true);
    driver.answer(Answer::Proposed(Err("IT Glue refused the key".into())));
    assert!(driver.draw().contains("IT Glue refused the key"), "{}", driver.draw());
    driver.take_effects();
    driver.press("f5");
    assert!(driver.take_effects().iter().any(|e| matches!(e, Effect::ListOrganizations)));
}

#[test]
fn how_it_looks() {
    for (size, utf8) in [((80, 24), true), ((80, 24), false), ((120, 40), true), ((200, 50), true)]
    {
        let mut driver = screen(size, utf8);
        complete(&mut driver);
        driver.press("space");
        let name = format!("{}x{}_{}", size.0, size.1, if utf8 { "utf8" } else { "ascii" });
        insta::assert_snapshot!(name, driver.draw());
    }
    let mut driver = screen((80, 24), true);
    insta::assert_snapshot!("looking", driver.draw());
    complete(&mut driver);
    driver.answer(Answer::Proposed(Ok(Arc::default())));
    insta::assert_snapshot!("none", driver.draw());
}

#[test]
fn no_size_is_too_small() {
    for columns in [1, 3, 9, 41, 44, 60] {
        for rows in [1, 2, 5, 10, 11, 13] {
            let mut driver = screen((80, 24), true);
            complete(&mut driver);
            driver.event(Event::Resize(columns, rows));
            driver.draw();
        }
    }
}
