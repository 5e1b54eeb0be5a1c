//! What was said on line 23 in this session, so that no notice is lost.

use crate::console::keymap::{Context, Verb};
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Screen};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::list::ListView;
use crate::console::widgets::{plural, table};
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "notices", title: "Notices", list: true, bindings: &[] };

/// In front of the text: cursor, space, a time, a space, `!`, a space.
const LEAD: u16 = 13;

/// What was said on line 23 in this session, the newest at the end.
#[derive(Debug, Default)]
pub struct Notices {
    /// A row is a line of a notice: which notice, which line.
    list: ListView<(usize, usize)>,
    lines: Vec<Vec<String>>,
    shown_before: bool,
}

impl Notices {
    /// A new one.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Screen for Notices {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Open | Verb::Mark | Verb::MarkAll | Verb::Filter => false,
            Verb::NextAttention | Verb::PreviousAttention | Verb::Left | Verb::Right => false,
            Verb::Copy => self.list.current().is_some(),
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, _cx: &mut Cx<'_>) -> bool {
        self.list.act(verb)
    }

    fn settle(&mut self, area: Rect, shared: &Shared) {
        let width = usize::from(area.width.saturating_sub(LEAD)).max(1);
        let last = self.list.position() + 1 >= self.list.rows().len();
        let lines =
            |notice: &crate::console::shared::Notice| text::wrap(&text::clean(&notice.text), width);
        self.lines = shared.notices.iter().map(|(_, notice)| lines(notice)).collect();
        let rows = self.lines.iter().enumerate();
        let rows = rows.flat_map(|(at, lines)| (0..lines.len()).map(move |line| (at, line)));
        self.list.set_rows(rows.collect());
        self.list.settle(area.height);
        if last || !self.shown_before {
            self.list.act(Verb::Bottom);
        }
        self.shown_before = true;
    }

    fn header(&self, shared: &Shared) -> Header {
        let count = shared.notices.len();
        let told = format!("{count} {} in this session", plural(count, "notice", "notices"));
        Header {
            left: Line::styled("Notices", shared.look.style(Role::Title)),
            right: Line::styled(told, shared.look.style(Role::Muted)),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let buf = frame.buffer_mut();
        let muted = shared.look.style(Role::Muted);
        if self.list.rows().is_empty() {
            buf.set_stringn(
                area.x + 2,
                area.y + 1,
                "Nothing was said yet.",
                usize::from(area.width.saturating_sub(2)),
                muted,
            );
            return;
        }
        let visible = self.list.visible();
        let rows = self.list.rows().get(visible.clone()).unwrap_or(&[]);
        for ((y, at), (notice, line)) in (area.y..area.bottom()).zip(visible).zip(rows) {
            let Some((told, said)) = shared.notices.get(*notice) else { continue };
            let text = self.lines.get(*notice).and_then(|lines| lines.get(*line));
            let role = if said.warning { Role::Danger } else { Role::Text };
            let first = *line == 0;
            let time = if first { shared.clock(*told) } else { String::new() };
            let spans = vec![
                Span::styled(format!("  {time:<8} "), muted),
                Span::styled(
                    if first && said.warning { "! " } else { "  " },
                    shared.look.style(role),
                ),
                Span::styled(text.cloned().unwrap_or_default(), shared.look.style(role)),
            ];
            buf.set_line(area.x, y, &Line::from(spans), area.width);
            let row = Rect { y, height: 1, ..area };
            table::lead(buf, row, &shared.look, at == self.list.position(), false);
        }
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let current = self.list.current().and_then(|(notice, _)| shared.notices.get(*notice));
        current.map(|(_, said)| (Verb::CopyMessage, text::clean(&said.text))).into_iter().collect()
    }

    fn report(&self, shared: &Shared) -> Option<Report> {
        let rows = shared.notices.iter().map(|(at, notice)| {
            let kind = if notice.warning { "warning" } else { "notice" };
            vec![at.to_string(), kind.to_owned(), text::clean(&notice.text)]
        });
        Some(Report {
            stem: "notices".into(),
            title: "Notices".into(),
            columns: vec!["at", "kind", "text"],
            rows: rows.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::console::effect::Answer;
    use crate::console::keymap::Verb;
    use crate::console::testing::Driver;
    use insta::assert_snapshot;

    fn driver() -> Driver {
        let mut driver = Driver::home(80, 24);
        driver.app.shared.notices.clear();
        driver.answer(Answer::Released(Ok("Released 2 devices of Clients/Acme.".into())));
        driver.answer(Answer::Reread(Err(
            "Addigy could not be reached: the connection was refused at https://api.addigy.com. \
             Check the network, then press R"
                .into(),
        )));
        driver.ask(Verb::Notices);
        driver
    }

    #[test]
    fn all_that_was_said_is_there() {
        let mut driver = driver();
        driver.press("g");
        assert_snapshot!(driver.draw());
        driver.press("G y");
        assert_eq!(driver.place(), "copy");
    }

    #[test]
    fn a_new_one_shows_by_itself() {
        let mut driver = driver();
        driver.answer(Answer::Released(Ok("Released 1 device.".into())));
        assert!(driver.draw().lines().take(21).any(|line| line.contains("Released 1 device.")));
        assert_eq!(driver.place(), "notices");
        driver.press("esc");
        assert_eq!(driver.place(), "policies");
    }
}
