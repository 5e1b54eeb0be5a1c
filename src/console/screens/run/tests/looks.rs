//! How it looks.

use super::*;
use insta::assert_snapshot;

#[test]
fn in_the_middle_of_a_run() {
    let mut driver = started(Shared { look: testing::look("dark", false), ..testing::shared() });
    mid_run(&mut driver);
    driver.press("n");
    assert_snapshot!("mid_80x24_ascii", driver.draw());
    for (columns, rows) in [(80, 24), (120, 40), (200, 50)] {
        let mut driver = at(columns, rows);
        mid_run(&mut driver);
        assert_snapshot!(format!("mid_{columns}x{rows}"), driver.draw());
    }
}

#[test]
fn its_colours() {
    for theme in ["dark", "light"] {
        let look = testing::look(theme, true);
        let mut driver = started(Shared { look, size: (80, 16), ..testing::shared() });
        mid_run(&mut driver);
        assert_snapshot!(format!("styles_{theme}"), driver.styles());
    }
}

#[test]
fn at_any_size_it_draws() {
    for columns in [1, 4, 5, 20, 40, 41, 79] {
        for rows in [1, 2, 6, 10, 11, 15, 16] {
            let mut driver = at(columns, rows);
            driver.draw();
            mid_run(&mut driver);
            driver.draw();
            for _ in 0..3 {
                driver.press("tab").draw();
            }
            end(&mut driver, summary(Outcome::Done, Counts::default()));
            driver.draw();
        }
    }
    let mut driver = at(40, 10);
    mid_run(&mut driver);
    assert_snapshot!("mid_40x10", driver.draw());
}

#[test]
fn while_both_services_are_read() {
    let mut driver = at(80, 24);
    tell(&mut driver, vec![apply::Event::Reading("policies and devices from Addigy".into())]);
    assert_snapshot!("reading_80x24", driver.draw());
}

#[test]
fn waiting_for_a_429() {
    let mut driver = at(80, 24);
    mid_run(&mut driver);
    let (until, why) = (after(200), Waiting::ServiceLimit);
    tell(&mut driver, vec![apply::Event::Waiting { service: Service::ItGlue, until, why }]);
    driver.event(pulse(540));
    assert_snapshot!("waiting_80x24", driver.draw());
}

#[test]
fn ended_with_failures() {
    let mut driver = at(80, 24);
    ended(&mut driver);
    assert_snapshot!("ended_80x24", driver.draw());
    driver.press("tab");
    assert_snapshot!("ended_pending_80x24", driver.draw());
    driver.press("tab");
    assert_snapshot!("reasons_80x24", driver.draw());
    let mut driver = at(120, 40);
    ended(&mut driver);
    assert_snapshot!("ended_120x40", driver.draw());
}

#[test]
fn another_run_holds_the_organization() {
    let mut driver = at(80, 24);
    let holder = "cron on jump1, process 4711, since 2026-06-01 08:02 UTC".to_owned();
    let busy = vec![(OrganizationId::new(1025), holder)];
    end(&mut driver, Summary { busy, ..summary(Outcome::Busy, Counts::default()) });
    assert_snapshot!("busy_80x24", driver.draw());
}

#[test]
fn a_long_ending_is_told_whole() {
    let mut driver = at(80, 24);
    let why = "Addigy did not answer: the connection was refused. Check that this machine reaches \
               api.addigy.com, then sync again. Nothing was written.";
    driver.event(Event::RunEnded(KEY, Err(why.into())));
    assert_snapshot!("failed_80x24", driver.draw());
}
