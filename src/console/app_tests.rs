use super::event::{Event, RunKey};
use super::keymap::{Context, GLOBAL, Verb};
use super::run::LiveRun;
use super::screen::{Cx, Screen};
use super::shared::{RunEntry, RunSpec, Shared};
use super::testing::{self, Driver};
use crate::apply::Request;
use crate::console::effect::Answer;
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Rect;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts what it is told of.
#[derive(Debug, Default, Clone)]
struct Probe {
    states: Arc<AtomicUsize>,
    runs: Arc<AtomicUsize>,
}

impl Probe {
    /// How often it was told of states and of runs since the last time.
    fn told(&self) -> (usize, usize) {
        (self.states.swap(0, Ordering::Relaxed), self.runs.swap(0, Ordering::Relaxed))
    }
}

impl Screen for Probe {
    fn context(&self) -> &'static Context {
        &GLOBAL
    }

    fn act(&mut self, _verb: Verb, _cx: &mut Cx<'_>) -> bool {
        false
    }

    fn changed(&mut self, _shared: &Shared) {
        self.states.fetch_add(1, Ordering::Relaxed);
    }

    fn run_went_on(&mut self, _shared: &Shared) {
        self.runs.fetch_add(1, Ordering::Relaxed);
    }

    fn draw(&self, _frame: &mut Frame<'_>, _area: Rect, _shared: &Shared) {}
}

#[test]
fn a_run_that_goes_on_is_no_new_state_and_covered_layers_hear_of_both() {
    let probe = Probe::default();
    let mut driver = Driver::new(testing::shared(), vec![Box::new(probe.clone())]);
    let spec = RunSpec { request: Request::sync(None), title: "Globex".into(), shown: None };
    let live = LiveRun::new("Globex", None, testing::now(), TimeZone::UTC);
    driver.app.shared.runs.push(RunEntry { key: RunKey(1), spec, live });
    driver.press("?");
    assert_eq!(driver.place(), "help");
    probe.told();
    driver.event(Event::Run(RunKey(1), Vec::new()));
    assert_eq!(probe.told(), (0, 1));
    driver.answer(Answer::State(Ok(Arc::new(testing::snapshot()))));
    assert_eq!(probe.told(), (1, 0));
    driver.press("esc");
    assert_eq!(probe.told(), (0, 0), "nothing was missed under the help");
}
