//! Quitting during a run: when it is done, safely now, or not.

use crate::console::keymap::{Context, Verb, bind};
use crate::console::screen::{Cx, Request, Screen};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::popup::{self, Place};
use crate::console::widgets::{plural, table};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "quit",
    title: "Quitting during a run",
    list: true,
    bindings: &[
        bind(Verb::QuitWhenDone, "when_done", &["d"], "when done", "Quit when the run is done"),
        bind(Verb::QuitSafely, "safely", &["s"], "stop safely", "Stop the run safely and quit"),
        bind(Verb::Stay, "stay", &["n"], "stay", "Stay"),
        bind(Verb::Open, "choose", &["enter"], "choose", "Do what the cursor is on"),
    ],
};

const CHOICES: [(Verb, &str, &str); 3] = [
    (Verb::QuitWhenDone, "Quit when it is done", "Bindery stays open until then."),
    (
        Verb::QuitSafely,
        "Stop safely and quit",
        "What is under way finishes, nothing new starts. A later sync goes on from there.",
    ),
    (Verb::Stay, "Stay", "Nothing changes."),
];

/// Asks what becomes of the runs under way.
#[derive(Debug, Default)]
pub struct Quit {
    cursor: usize,
}

impl Quit {
    /// The cursor on the choice that loses nothing.
    pub fn new() -> Self {
        Self::default()
    }

    fn choose(verb: Verb, cx: &mut Cx<'_>) {
        cx.pop();
        match verb {
            Verb::QuitWhenDone => {
                cx.say("Bindery quits when the run is done. q asks again.");
                cx.request(Request::Quit { when_done: true });
            }
            Verb::QuitSafely => cx.request(Request::Quit { when_done: false }),
            _ => cx.request(Request::Stay),
        }
    }
}

impl Screen for Quit {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn overlay(&self) -> bool {
        true
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        CHOICES.iter().any(|(choice, ..)| *choice == verb)
            || matches!(verb, Verb::Open | Verb::Up | Verb::Down)
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Up => self.cursor = self.cursor.saturating_sub(1),
            Verb::Down => self.cursor = (self.cursor + 1).min(CHOICES.len() - 1),
            Verb::Open => {
                let choice = CHOICES.get(self.cursor).map_or(Verb::Stay, |(verb, ..)| *verb);
                Self::choose(choice, cx);
            }
            verb if self.can(verb, cx.shared) => Self::choose(verb, cx),
            _ => return false,
        }
        true
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        cx.request(Request::Stay);
        false
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        let told = CHOICES.get(self.cursor).map_or("", |(_, _, told)| told);
        Line::styled(told, shared.look.style(Role::Text))
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let look = &shared.look;
        let runs: Vec<String> = shared
            .active_runs()
            .map(|run| {
                let (title, line) = (text::clean(&run.spec.title), run.live.line());
                if line.is_empty() { title } else { line }
            })
            .collect();
        let title = match runs.len() {
            0 => "The run has ended",
            count => plural(count, "A run is under way", "Runs are under way"),
        };
        let gap = usize::from(!runs.is_empty());
        let rows = u16::try_from(runs.len() + gap + CHOICES.len()).unwrap_or(u16::MAX);
        let widest = runs.iter().map(|run| text::width(run)).max().unwrap_or(0).clamp(34, 70);
        let columns = u16::try_from(widest).unwrap_or(70);
        let around = popup::around(area, Place::Middle, columns, rows);
        let inner = popup::draw(frame, around, look, title);
        // Where the box is too low, the choices go before the runs.
        let room = usize::from(inner.height).saturating_sub(CHOICES.len());
        let shown = runs.len().min(room.saturating_sub(gap));
        let mut y = inner.y;
        for run in runs.iter().take(shown) {
            let line = text::truncate(run, inner.width.into(), look.glyphs.cut);
            let style = look.style(Role::Working);
            frame.buffer_mut().set_stringn(inner.x, y, line, inner.width.into(), style);
            y += 1;
        }
        y += u16::from(shown > 0);
        for (at, (verb, does, _)) in CHOICES.iter().enumerate() {
            let row = Rect { x: inner.x, y, width: inner.width, height: 1 }.intersection(inner);
            let label = shared.keymap.key_for(&CONTEXT, *verb).map(|key| key.label());
            let key =
                Span::styled(format!("  {:<6}", label.unwrap_or_default()), look.style(Role::Key));
            let line = Line::from(vec![key, Span::styled(*does, look.style(Role::Text))]);
            if !row.is_empty() {
                frame.buffer_mut().set_line(row.x, row.y, &line, row.width);
                table::lead(frame.buffer_mut(), row, look, at == self.cursor, false);
            }
            y = y.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::apply::Request as EngineRequest;
    use crate::commands::Exit;
    use crate::console::effect::Effect;
    use crate::console::event::{Event, RunKey};
    use crate::console::overlays::boxed;
    use crate::console::run::LiveRun;
    use crate::console::shared::{RunEntry, RunSpec};
    use crate::console::testing::{self, Driver};
    use jiff::tz::TimeZone;

    /// At home, a run of Globex under way.
    fn running(columns: u16, rows: u16) -> Driver {
        let mut driver = Driver::home(columns, rows);
        let spec = RunSpec {
            request: EngineRequest::sync(None),
            title: "Clients/Globex".into(),
            shown: None,
        };
        let live = LiveRun::new(&spec.title, None, testing::now(), TimeZone::UTC);
        driver.app.shared.runs.push(RunEntry { key: RunKey(1), spec, live });
        driver.press("1 q");
        assert_eq!(driver.place(), "quit");
        driver.take_effects();
        driver
    }

    fn end(driver: &mut Driver) {
        driver.event(Event::RunEnded(RunKey(1), Err("stopped".into())));
    }

    #[test]
    fn looks() {
        for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
            insta::assert_snapshot!(
                format!("{columns}x{rows}"),
                boxed(&running(columns, rows).draw())
            );
        }
    }

    #[test]
    fn without_a_run_it_does_not_ask() {
        let mut driver = Driver::home(80, 24);
        driver.press("q");
        assert!(matches!(driver.app.ended(), Some(Exit::Done)));
    }

    #[test]
    fn when_done_waits_and_can_be_taken_back() {
        for keys in ["d", "enter"] {
            let mut driver = running(80, 24);
            driver.press(keys);
            assert!(driver.app.ended().is_none());
            end(&mut driver);
            assert!(matches!(driver.app.ended(), Some(Exit::Done)), "{keys}");
        }
        for keys in ["d q n", "d q esc", "d q down down enter"] {
            let mut driver = running(80, 24);
            driver.press(keys);
            end(&mut driver);
            assert!(driver.app.ended().is_none(), "{keys}");
        }
    }

    #[test]
    fn safely_cancels_the_run_and_quits_when_it_has_ended() {
        for keys in ["s", "down enter", "j enter", "ctrl-c"] {
            let mut driver = running(80, 24);
            driver.press(keys);
            let effects = driver.take_effects();
            let cancels = |effect: &Effect| matches!(effect, Effect::CancelRun(RunKey(1)));
            assert!(effects.iter().any(cancels), "{keys}: {effects:?}");
            assert!(driver.app.ended().is_none());
            end(&mut driver);
            assert!(driver.app.ended().is_some(), "{keys}");
        }
    }

    #[test]
    fn staying_changes_nothing() {
        for keys in ["n", "esc", "down down down up down enter"] {
            let mut driver = running(80, 24);
            driver.press(keys);
            assert_ne!(driver.place(), "quit", "{keys}");
            assert!(driver.app.ended().is_none());
            assert!(driver.take_effects().is_empty(), "{keys}");
        }
    }
}
