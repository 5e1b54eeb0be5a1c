use super::*;
use crate::apply::Confirmed;
use crate::console::effect::Effect;
use crate::console::event::Event;
use crate::console::shared::Snapshot;
use crate::console::testing::{Driver, eight, look, shared, snapshot};
use crate::domain::{
    Binding, Changes, Configuration, ConfigurationId, OrganizationId, PsaIntegration, RunId,
    RunKind,
};
use crate::plan::{Action, OrganizationPlan, PlannedDevice};

fn organization(id: i64, name: &str) -> Organization {
    Organization {
        id: OrganizationId::new(id),
        name: name.into(),
        short_name: None,
        type_name: None,
        status_name: None,
    }
}

fn page(policy: &str, size: (u16, u16), utf8: bool) -> Driver {
    let shared = Shared { size, look: look("dark", utf8), ..shared() };
    let layer = PolicyPage::new(PolicyId::new(policy));
    Driver::new(shared, vec![Box::new(layer)])
}

fn choose(driver: &mut Driver, policy: &str, id: i64, name: &str) {
    let chosen = Answer::OrganizationChosen {
        policy: PolicyId::new(policy),
        organization: organization(id, name),
    };
    driver.answer(chosen);
}

fn links(driver: &mut Driver) -> Vec<(Option<LinkTarget>, bool)> {
    let effects = driver.take_effects();
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Link { target, run, .. } => Some((target, run.is_some())),
            _ => None,
        })
        .collect()
}

fn linked(id: i64, name: &str, with_children: bool) -> Option<LinkTarget> {
    let (id, name) = (OrganizationId::new(id), name.to_owned());
    Some(LinkTarget::Organization { id, name, with_children })
}

#[test]
fn o_opens_the_picker_with_the_policys_name() {
    let mut driver = page("umbrella", (80, 24), true);
    driver.press("o");
    assert_eq!(driver.place(), "picker");
    assert!(driver.draw().contains("Name  Umbrella"));
}

#[test]
fn a_choice_is_saved_on_enter_and_leads_to_the_plan() {
    let mut driver = page("umbrella", (80, 24), true);
    choose(&mut driver, "umbrella", 1040, "Umbrella Health");
    assert!(links(&mut driver).is_empty(), "nothing is stored by choosing");
    driver.press("enter");
    assert_eq!(links(&mut driver), [(linked(1040, "Umbrella Health", false), false)]);
    driver.press("enter");
    assert!(links(&mut driver).is_empty(), "not twice");
    driver.answer(Answer::Linked(PolicyId::new("umbrella"), Ok("Linked.".into())));
    assert_eq!(driver.place(), "plan");
}

#[test]
fn a_link_that_could_not_be_stored_stays_unsaved() {
    let mut driver = page("umbrella", (80, 24), true);
    choose(&mut driver, "umbrella", 1040, "Umbrella Health");
    driver.press("enter");
    let held = "Run 7 by ana holds organization 1040".to_owned();
    driver.answer(Answer::Linked(PolicyId::new("umbrella"), Err(held.clone())));
    let drawn = driver.draw();
    assert!(drawn.contains(&held) && drawn.contains("[ Save changes ]"), "{drawn}");
    driver.take_effects();
    driver.press("enter");
    assert_eq!(links(&mut driver).len(), 1);
}

#[test]
fn consequences_are_asked_before_they_are_stored() {
    let mut driver = page("acme", (80, 24), true);
    choose(&mut driver, "acme", 1025, "Globex GmbH");
    insta::assert_snapshot!(driver.draw());
    driver.press("enter");
    assert_eq!(driver.place(), "ask");
    assert!(links(&mut driver).is_empty());
    insta::assert_snapshot!("another_organization_asked", driver.draw());
    driver.press("n");
    assert!(links(&mut driver).is_empty());
    driver.press("enter y");
    assert_eq!(links(&mut driver), [(linked(1025, "Globex GmbH", false), false)]);
}

#[test]
fn the_same_choice_is_no_change() {
    let mut driver = page("globex", (80, 24), true);
    choose(&mut driver, "globex", 1025, "Globex GmbH");
    let drawn = driver.draw();
    assert!(drawn.contains("linked to Globex GmbH already") && !drawn.contains("Save"), "{drawn}");
}

#[test]
fn w_covers_what_is_below_as_a_change_to_be_saved() {
    let mut driver = page("globex", (80, 24), true);
    driver.press("w");
    assert!(driver.draw().contains("Save changes"), "{}", driver.draw());
    driver.press("w");
    assert!(!driver.draw().contains("Save changes"), "back to what it was");
    driver.press("w enter");
    assert_eq!(links(&mut driver), [(linked(1025, "Globex GmbH", true), false)]);
}

#[test]
fn w_without_a_link_does_nothing() {
    for policy in ["umbrella", "kiosks"] {
        let mut driver = page(policy, (80, 24), true);
        driver.press("w");
        assert!(!driver.draw().contains("Save changes"));
    }
}

#[test]
fn leaving_with_an_unsaved_choice_is_asked_by_every_way_out() {
    for (key, place) in [("esc", "policies"), ("2", "devices"), ("f", "devices"), ("1", "policies")]
    {
        let mut driver = page("umbrella", (80, 24), true);
        choose(&mut driver, "umbrella", 1040, "Umbrella Health");
        driver.press(key);
        assert_eq!(driver.place(), "ask", "{key}");
        assert!(driver.draw().contains("is not saved"), "{}", driver.draw());
        driver.press("n");
        assert_eq!(driver.place(), "policy", "{key}");
        assert!(driver.draw().contains("Save changes"));
        driver.press(&format!("{key} y"));
        assert_eq!(driver.place(), place, "{key}");
    }
    let mut driver = page("umbrella", (80, 24), true);
    driver.press("esc");
    assert_eq!(driver.place(), "policies");
}

#[test]
fn unlinking_asks_what_becomes_of_the_devices() {
    let mut driver = page("acme", (80, 24), true);
    driver.press("U");
    insta::assert_snapshot!(driver.draw());
    driver.press("enter");
    assert_eq!(driver.place(), "ask");
    assert!(links(&mut driver).is_empty());
    driver.press("y");
    assert_eq!(links(&mut driver), [(Some(LinkTarget::KeptUnlinked), false)]);
    let mut driver = page("acme", (80, 24), true);
    driver.press("U down down enter y");
    assert_eq!(links(&mut driver), [(None, false)], "inherit removes the entry");
    let mut driver = page("acme", (80, 24), true);
    driver.press("U up esc");
    assert_eq!(driver.place(), "policy");
}

#[test]
fn setting_inactive_is_planned_first_and_can_be_stopped() {
    let mut driver = page("acme", (80, 24), true);
    driver.press("U down enter");
    let planned = driver.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Plan(request) => Some(request),
        _ => None,
    });
    let request = planned.unwrap();
    assert!(request.links.is_some(), "it plans with the links as they will be");
    assert!(driver.draw().contains("Planning what would be set inactive"));
    driver.answer(Answer::Planned(request, Err("IT Glue did not answer".into())));
    assert!(driver.draw().contains("IT Glue did not answer"));
    driver.press("enter esc");
    assert_eq!(driver.place(), "unlink");
    let stops =
        |effect: &Effect| matches!(effect, Effect::Stop(crate::console::effect::Slot::Plan));
    assert!(driver.take_effects().iter().any(stops));
}

/// A plan that sets two configurations of Acme inactive, which the guard keeps back, or not.
fn departing(withheld: bool) -> Prepared {
    departing_all(&["a1".to_owned(), "a2".to_owned()], withheld)
}

fn departing_all(ids: &[String], withheld: bool) -> Prepared {
    let device = |id: &str| {
        let configuration = Arc::new(Configuration {
            id: ConfigurationId::new(9901),
            organization_id: OrganizationId::new(1024),
            name: Some(id.into()),
            hostname: None,
            primary_ip: None,
            mac_address: None,
            serial_number: None,
            status_id: None,
            type_id: None,
            archived: false,
            psa: PsaIntegration::NotSynced,
            updated_at: None,
            resource_url: None,
        });
        let action = match withheld {
            true => Action::Withhold(configuration, Changes::default()),
            false => Action::Inactivate(configuration, Changes::default()),
        };
        PlannedDevice {
            device_id: DeviceId::new(id),
            name: id.to_uppercase(),
            serial_number: None,
            device: None,
            policies: BTreeSet::from([PolicyId::new("acme")]),
            through: PolicyId::new("acme"),
            action,
            matched_by: None,
            pending: None,
            owned_by_psa: Vec::new(),
            notes: Vec::new(),
            binding: None,
        }
    };
    let plan = OrganizationPlan {
        organization_id: OrganizationId::new(1024),
        organization_name: "Acme Corporation".into(),
        devices: ids.iter().map(|id| device(id)).collect(),
        releases: Vec::new(),
        bound: Default::default(),
    };
    Prepared::of_plans(vec![plan], crate::domain::PolicyTree::default(), eight())
}

#[test]
fn what_the_guard_keeps_back_is_typed_and_the_run_confirms_what_was_seen() {
    for (withheld, wrong, right) in [(true, "3 enter", "2 enter"), (false, "n", "y")] {
        let mut driver = page("acme", (80, 24), true);
        for answer in [wrong, right] {
            driver.press("U down enter");
            let request = driver.take_effects().into_iter().find_map(|effect| match effect {
                Effect::Plan(request) => Some(request),
                _ => None,
            });
            driver.answer(Answer::Planned(request.unwrap(), Ok(Arc::new(departing(withheld)))));
            assert_eq!(driver.place(), "ask");
            if withheld && answer == wrong {
                insta::assert_snapshot!("inactivate_asked", driver.draw());
            }
            assert!(driver.take_effects().is_empty(), "nothing happens unasked");
            driver.press(answer);
            if answer == wrong {
                assert!(links(&mut driver).is_empty());
            }
        }
        let run = driver.take_effects().into_iter().find_map(|effect| match effect {
            Effect::Link { target: Some(LinkTarget::KeptUnlinked), run, .. } => run,
            _ => None,
        });
        let request = run.as_ref().unwrap().request.clone();
        assert_eq!(request.kind, RunKind::Unlink);
        assert_eq!(request.links, None, "the stored links hold by then");
        let Confirmed::These(seen) = request.confirmed else { panic!("only what was seen") };
        assert_eq!(seen.len(), 2);
        // The run is due once the link is stored.
        driver.answer(Answer::Run(run.unwrap()));
        assert_eq!(driver.place(), "run");
    }
}

#[test]
fn all_of_many_can_be_looked_through_before_they_are_set_inactive() {
    let ids: Vec<String> = (10..50).map(|at| format!("d{at}")).collect();
    let mut driver = page("acme", (80, 24), true);
    driver.press("U down enter");
    let request = driver.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Plan(request) => Some(request),
        _ => None,
    });
    let prepared = Arc::new(departing_all(&ids, true));
    driver.answer(Answer::Planned(request.unwrap(), Ok(prepared)));
    let mut seen = String::new();
    for _ in 0..ids.len() {
        seen.push_str(&driver.draw());
        driver.press("down");
    }
    let missing: Vec<_> = ids.iter().filter(|id| !seen.contains(&id.to_uppercase())).collect();
    assert!(missing.is_empty(), "{missing:?}\n{}", driver.draw());
    assert!(driver.take_effects().is_empty(), "nothing happens unasked");
    // A window that shows none of them asks nothing.
    driver.event(Event::Resize(20, 6));
    driver.press("enter");
    assert_eq!(driver.place(), "unlink");
    driver.event(Event::Resize(80, 24));
    driver.press("enter").type_text("39").press("enter");
    assert!(links(&mut driver).is_empty());
    driver.press("enter").type_text("40").press("enter");
    let effects = driver.take_effects();
    let run = effects.iter().any(|effect| matches!(effect, Effect::Link { run: Some(_), .. }));
    assert!(run, "{effects:?}");
    assert_eq!(driver.place(), "policy", "list and question are gone");
}

#[test]
fn without_writes_nothing_is_set_inactive() {
    let mut driver = page("acme", (80, 24), true);
    let mut off = crate::console::testing::settings();
    off.enabled = false;
    driver.app.shared.settings = Some(Arc::new(off));
    driver.press("U down enter");
    assert!(driver.draw().contains("switched off"), "{}", driver.draw());
    assert!(!driver.take_effects().iter().any(|effect| matches!(effect, Effect::Plan(_))));
}

#[test]
fn the_keys_lead_where_they_say() {
    for (policy, key, place) in [
        ("acme", "p", "plan"),
        ("acme", "s", "sync"),
        ("globex", "r", "sync"),
        ("globex", "enter", "device"),
        ("globex", "b", "bind"),
        ("acme", "y", "copy"),
        ("globex", "e", "export"),
    ] {
        let mut driver = page(policy, (80, 24), true);
        driver.press(key);
        assert_eq!(driver.place(), place, "{policy} {key}");
    }
    // Where there is nothing to do, they do nothing.
    for key in ["p", "s", "r", "b", "U", "x", "enter", "space", "/"] {
        let mut driver = page("umbrella", (80, 24), true);
        driver.press(key);
        assert_eq!(driver.place(), "policy", "{key}");
        assert!(driver.take_effects().is_empty(), "{key}");
    }
}

fn held() -> Arc<Snapshot> {
    let mut snapshot = snapshot();
    let bindings: Vec<Binding> = snapshot.known.bindings.drain(..).collect();
    let hold = |binding: Binding| match binding.device_id.as_str() {
        "a2" => Binding { held_by: Some(RunId::new(41)), ..binding },
        _ => binding,
    };
    snapshot.known.bindings = bindings.into_iter().map(hold).collect();
    Arc::new(Snapshot::of(snapshot.known, snapshot.runs, snapshot.accounts))
}

#[test]
fn what_undo_held_is_shown_and_released() {
    let mut driver = page("acme", (80, 24), true);
    driver.answer(Answer::State(Ok(held())));
    assert!(driver.draw().contains("held 1"), "{}", driver.draw());
    driver.press("x");
    let released = driver.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Release(what) => Some(what),
        _ => None,
    });
    assert_eq!(released, Some(ReleaseOf::Device(DeviceId::new("a2"))));
}

#[test]
fn how_it_looks() {
    for (size, utf8) in [((80, 24), true), ((80, 24), false), ((120, 40), true), ((200, 50), true)]
    {
        let name = |what: &str| {
            format!("{what}_{}x{}_{}", size.0, size.1, if utf8 { "utf8" } else { "ascii" })
        };
        insta::assert_snapshot!(name("attention"), page("globex", size, utf8).draw());
        let mut driver = page("umbrella", size, utf8);
        choose(&mut driver, "umbrella", 1040, "Umbrella Health");
        insta::assert_snapshot!(name("unsaved"), driver.draw());
    }
    for policy in ["kiosks", "clients", "initech"] {
        insta::assert_snapshot!(format!("page_{policy}"), page(policy, (80, 24), true).draw());
    }
    assert!(page("acme", (80, 24), true).draw().contains(&eight().strftime("%H:%M").to_string()));
}

#[test]
fn no_size_is_too_small() {
    for columns in [1, 3, 9, 41, 44, 60] {
        for rows in [1, 2, 5, 10, 11, 13] {
            let mut driver = page("acme", (80, 24), true);
            choose(&mut driver, "acme", 1025, "Globex GmbH");
            driver.event(Event::Resize(columns, rows));
            driver.draw();
            driver.press("esc y");
            let mut driver = page("acme", (80, 24), true);
            driver.press("U");
            driver.event(Event::Resize(columns, rows));
            driver.draw();
        }
    }
}
