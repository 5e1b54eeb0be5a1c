//! What every key does, and what happens by itself.

use super::*;
use insta::assert_snapshot;

#[test]
fn when_a_run_ends_pending_ones_come_first_and_the_cursor_stays_on_its_device() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    driver.press("down");
    let before = cursor(&driver);
    assert!(before.contains("GLX-MBP-002"), "{before}");
    end(&mut driver, summary(Outcome::Pending, Counts { pending: 3, ..Counts::default() }));
    assert_eq!(cursor(&driver), before);
    driver.press("g");
    assert!(cursor(&driver).contains("GLX-MBP-003"), "{}", cursor(&driver));
}

#[test]
fn an_untouched_cursor_goes_to_the_pending_ones() {
    let mut driver = at(80, 24);
    ended(&mut driver);
    assert!(cursor(&driver).contains("GLX-MBP-003"), "{}", cursor(&driver));
}

#[test]
fn figures_change_once_a_second_and_rows_at_once() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    assert!(driver.draw().contains("259/400"), "{}", driver.draw());
    tell(&mut driver, vec![apply::Event::Device(linked(7))]);
    assert!(driver.draw().contains("259/400") && driver.draw().contains("● linked    GLX-MBP-007"));
    driver.event(pulse(518));
    assert!(driver.draw().contains("260/400"), "{}", driver.draw());
}

#[test]
fn tab_goes_through_the_views_and_back() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    for view in ["[Pending 3]", "[Reasons 3]", "[Active 2]", "[All 400]"] {
        driver.press("tab");
        assert!(driver.draw().contains(view), "{view}: {}", driver.draw());
    }
    driver.press("backtab");
    assert!(driver.draw().contains("[Active 2]"));
}

#[test]
fn n_goes_to_what_needs_attention() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    for name in ["GLX-MBP-003", "reception-ipad", "GLX-MBP-005", "GLX-MBP-003"] {
        driver.press("n");
        assert!(cursor(&driver).contains(name), "{name}: {}", cursor(&driver));
    }
    driver.press("N");
    assert!(cursor(&driver).contains("GLX-MBP-005"));
    assert!(
        driver.draw().contains("name was changed back twice. Next: find out who changes it."),
        "{}",
        driver.draw()
    );
}

#[test]
fn enter_on_a_reason_filters_by_it_and_esc_ends_that() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    driver.press("tab tab down enter");
    let drawn = driver.draw();
    assert!(drawn.contains("[All 400]") && drawn.contains("Filter: reason:"), "{drawn}");
    assert_eq!(drawn.matches("pending   ").count(), 1, "{drawn}");
    driver.press("esc");
    assert!(!driver.draw().contains("Filter:"));
    driver.press("esc");
    assert_eq!(driver.place(), "policies");
}

#[test]
fn the_filter_takes_words_and_tab_completes_them() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    driver.press("/").type_text("reason:am").press("tab enter");
    let drawn = driver.draw();
    assert!(drawn.contains("reason:ambiguous_match"), "{drawn}");
    assert!(cursor(&driver).contains("GLX-MBP-003"), "{drawn}");
    driver.press("esc / n o - s u c h enter");
    assert!(driver.draw().contains("No device fits this filter."), "{}", driver.draw());
}

#[test]
fn t_follows_until_the_cursor_moves() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    driver.press("t");
    assert!(cursor(&driver).contains("GLX-MBP-009"), "{}", cursor(&driver));
    let writes = |at| vec![apply::Event::Device(device(at, DeviceState::Writing, "create", ""))];
    tell(&mut driver, writes(390));
    assert!(cursor(&driver).contains("GLX-MBP-390") && driver.draw().contains("following"));
    driver.press("up");
    tell(&mut driver, writes(20));
    assert!(cursor(&driver).contains("GLX-MBP-389"), "{}", cursor(&driver));
    driver.press("t t");
    assert!(driver.draw().contains("No longer following."));
}

#[test]
fn c_asks_and_stops_safely() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    driver.press("c");
    assert_snapshot!("cancel_80x24", driver.draw());
    driver.press("n");
    assert!(driver.take_effects().iter().all(|effect| !matches!(effect, Effect::CancelRun(_))));
    driver.press("c y");
    let effects = driver.take_effects();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::CancelRun(KEY))), "{effects:?}");
    assert!(driver.draw().contains("stopping safely"), "{}", driver.draw());
    driver.press("c");
    assert_eq!(driver.place(), "run", "asked once is enough");
}

#[test]
fn enter_and_b_open_the_device() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    driver.press("enter");
    assert_eq!(driver.place(), "device");
    driver.press("esc b");
    assert_eq!(driver.place(), "run", "a linked device is not bound by hand here");
    driver.press("n b");
    assert_eq!(driver.place(), "bind");
}

fn planned(driver: &mut Driver) -> EngineRequest {
    let effects = driver.take_effects();
    let plan = effects.iter().find_map(|effect| match effect {
        Effect::Plan(request) => Some((**request).clone()),
        _ => None,
    });
    plan.unwrap_or_else(|| panic!("{effects:?}"))
}

#[test]
fn r_retries_all_that_are_not_linked() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    driver.press("r");
    assert!(driver.draw().contains("Retry when this run has ended."), "{}", driver.draw());
    ended(&mut driver);
    driver.take_effects();
    driver.press("r");
    assert_eq!(driver.place(), "sync");
    let request = planned(&mut driver);
    assert!(request.retry_pending && request.only.is_none());
    assert_eq!(request.policies, spec().request.policies);
}

#[test]
fn r_retries_the_marked_or_else_the_filtered() {
    let ids = |ids: &[&str]| Some(ids.iter().map(|id| DeviceId::new(*id)).collect());
    let mut driver = at(80, 24);
    ended(&mut driver);
    driver.press("/").type_text("reason:no").press("enter r");
    let request = planned(&mut driver);
    assert_eq!(request.only, ids(&["d4"]));
    assert!(!request.retry_pending);
    driver.press("n esc g space down space r");
    assert_eq!(planned(&mut driver).only, ids(&["d3", "d5"]));
}

#[test]
fn a_retry_says_how_many_need_a_person_first() {
    assert_eq!(retry::beforehand(0, 9), "");
    assert_eq!(retry::beforehand(1, 9), "1 of 9 needs a person first. ");
    assert_eq!(retry::beforehand(2, 9), "2 of 9 need a person first. ");
}

#[test]
fn nothing_to_retry_is_not_offered() {
    let mut driver = at(80, 24);
    begin(&mut driver, 1);
    tell(&mut driver, vec![apply::Event::Device(linked(1))]);
    end(&mut driver, summary(Outcome::Done, Counts::default()));
    assert!(!driver.draw().contains("r retry"), "{}", driver.draw());
    driver.press("r");
    assert_eq!(driver.place(), "run");
}

#[test]
fn what_the_guard_keeps_back_wants_its_number() {
    let mut driver = at(80, 24);
    kept_back(&mut driver);
    assert_snapshot!("kept_back_80x24", driver.draw());
    driver.press("C");
    assert_snapshot!("withheld_80x24", driver.draw());
    driver.press("enter").type_text("11").press("enter");
    assert!(driver.draw().contains("Nothing was changed."), "{}", driver.draw());
    driver.take_effects();
    driver.press("C").type_text("12").press("enter");
    let effects = driver.take_effects();
    let Some(Effect::StartRun(_, request)) =
        effects.iter().find(|effect| matches!(effect, Effect::StartRun(..)))
    else {
        panic!("{effects:?}")
    };
    let Confirmed::These(confirmed) = &request.confirmed else { panic!("{request:?}") };
    assert_eq!(confirmed.len(), 12);
    assert_eq!(driver.place(), "run");
    driver.press("esc");
    assert!(driver.draw().contains("12 devices left"), "back on the first run: {}", driver.draw());
}

#[test]
fn what_is_not_shown_can_not_be_confirmed() {
    let mut driver = at(40, 10);
    kept_back(&mut driver);
    driver.press("C enter");
    assert_eq!(driver.place(), "withheld", "{}", driver.draw());
    assert!(driver.app.shared.notice.as_ref().unwrap().text.contains("too small"));
    driver.event(Event::Resize(80, 24));
    driver.press("enter");
    assert_eq!(driver.place(), "ask");
}

#[test]
fn x_releases_a_held_device_and_u_opens_the_undo() {
    let mut driver = at(80, 24);
    begin(&mut driver, 1);
    let held = device(1, DeviceState::Held, "pending", "held by the undo of run 40");
    tell(&mut driver, vec![apply::Event::Device(held)]);
    driver.press("u");
    assert!(driver.app.shared.notice.is_none(), "the run is still under way");
    end(&mut driver, summary(Outcome::Pending, Counts { held: 1, ..Counts::default() }));
    driver.take_effects();
    driver.press("x");
    let effects = driver.take_effects();
    assert!(
        matches!(effects.as_slice(), [Effect::Release(ReleaseOf::Device(id))] if id.as_str() == "d1"),
        "{effects:?}"
    );
    driver.press("u");
    assert_eq!(driver.place(), "undo");
    let planned = |effect: &Effect| matches!(effect, Effect::PlanUndo(run) if run.get() == 42);
    assert!(driver.take_effects().iter().any(planned));
}

#[test]
fn leaving_lets_it_go_on_and_line_23_tells_of_it() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    driver.press("esc");
    assert_eq!(driver.place(), "policies");
    let drawn = driver.draw();
    assert!(drawn.contains("Run 42 Globex 259/400 done, 3 pending  ends after 08:12"), "{drawn}");
    driver.press("v");
    assert_eq!(driver.place(), "run");
    ended(&mut driver);
    assert!(driver.draw().contains("Run 42 Globex done, 08:10"), "{}", driver.draw());
}

#[test]
fn v_goes_on_to_the_run_beside_it() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    let other = RunSpec {
        request: EngineRequest::sync(Some(BTreeSet::from([PolicyId::new("acme")]))),
        title: "Clients/Acme".into(),
        shown: None,
    };
    driver.press("v");
    assert!(driver.draw().contains("the only run here"), "{}", driver.draw());
    let live = LiveRun::new(&other.title, None, testing::now(), jiff::tz::TimeZone::UTC);
    driver.app.shared.runs.push(RunEntry { key: RunKey(2), spec: other, live });
    driver.press("v");
    assert!(driver.draw().contains("Clients/Acme"), "{}", driver.draw());
    driver.press("v");
    assert!(driver.draw().contains("Clients/Globex"), "{}", driver.draw());
}

#[test]
fn what_differs_from_the_plan_that_was_shown_is_told() {
    let shown = [((OrganizationId::new(1025), DeviceId::new("d1")), "update")].into();
    let spec = RunSpec { shown: Some(shown), ..spec() };
    let mut driver = Driver::new(testing::shared(), vec![Box::new(Starter(Some(spec)))]);
    begin(&mut driver, 1);
    driver.event(pulse(10));
    let drawn = driver.draw();
    assert!(drawn.contains("1 not as shown") && drawn.contains("shown as update"), "{drawn}");
}

#[test]
fn the_rows_shown_are_exported_and_their_texts_copied() {
    let mut driver = at(80, 24);
    ended(&mut driver);
    driver.press("tab");
    let report = driver.app.top().report(&driver.app.shared).unwrap();
    assert_eq!((report.stem.as_str(), report.rows.len()), ("globex-run42", 3));
    assert_eq!(report.rows[0][..4], ["Clients/Globex", "GLX-MBP-003", "C02XK003JG5H", "pending"]);
    let copies = driver.app.top().copyables(&driver.app.shared);
    assert_eq!(copies[0], (Verb::CopySerial, "C02XK003JG5H".into()));
    assert!(copies.contains(&(Verb::CopyMessage, TWO.into())));
    driver.press("e");
    assert_eq!(driver.place(), "export");
}

#[test]
fn a_run_is_not_started_where_nothing_may_be_written() {
    let mut driver = at(80, 24);
    kept_back(&mut driver);
    let mut settings = testing::settings();
    settings.enabled = false;
    driver.app.shared.settings = Some(std::sync::Arc::new(settings));
    driver.take_effects();
    driver.press("C enter").type_text("12").press("enter");
    assert_eq!(driver.app.shared.runs.len(), 1);
    let effects = driver.take_effects();
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::StartRun(..))), "{effects:?}");
    assert!(driver.draw().contains("switched off"), "{}", driver.draw());
}

#[test]
fn stems_are_names_of_files() {
    for (title, stem) in
        [("Clients/Globex", "globex"), ("3 policies", "3-policies"), ("東京/", "devices")]
    {
        assert_eq!(words::stem(title), stem);
    }
}

#[test]
fn short_reasons_fit_and_the_next_step_is_never_cut() {
    for reason in PendingReason::ALL {
        let mut driver = at(80, 24);
        begin(&mut driver, 1);
        let long = "a long story of what happened to this device ".repeat(3);
        tell(&mut driver, vec![apply::Event::Device(pending(1, reason, &long))]);
        let drawn = driver.draw();
        let row = drawn.lines().nth(6).unwrap();
        assert!(!row.ends_with('…'), "{row}");
        let sentence = drawn.lines().nth(21).unwrap();
        assert!(sentence.ends_with('.'), "{sentence}");
    }
}
