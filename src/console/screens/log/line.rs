//! One line of the log, whole.

use super::{LogLine, draw};
use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Header, Screen};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "log_line", title: "A line of the log", list: true, bindings: &[] };

/// A line of the log, wrapped as often as it takes.
#[derive(Debug)]
pub struct LinePage {
    line: LogLine,
    top: usize,
    most: usize,
}

impl LinePage {
    /// A new one.
    pub const fn new(line: LogLine) -> Self {
        Self { line, top: 0, most: 0 }
    }

    fn wrapped(&self, width: u16) -> Vec<String> {
        text::wrap(&self.line.message, usize::from(width.saturating_sub(4)).max(1))
    }
}

impl Screen for LinePage {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Up | Verb::Down | Verb::PageUp | Verb::PageDown => self.most > 0,
            Verb::Top | Verb::Bottom => self.most > 0,
            Verb::Open | Verb::Mark | Verb::MarkAll | Verb::Filter | Verb::Left => false,
            Verb::Right | Verb::NextAttention | Verb::PreviousAttention | Verb::Export => false,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, _cx: &mut Cx<'_>) -> bool {
        self.top = match verb {
            Verb::Up => self.top.saturating_sub(1),
            Verb::Down => self.top.saturating_add(1),
            Verb::PageUp => self.top.saturating_sub(10),
            Verb::PageDown => self.top.saturating_add(10),
            Verb::Top => 0,
            Verb::Bottom => self.most,
            _ => return false,
        };
        self.top = self.top.min(self.most);
        true
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        let lines = self.wrapped(area.width).len();
        self.most = lines.saturating_sub(usize::from(area.height.saturating_sub(3)));
        self.top = self.top.min(self.most);
    }

    fn header(&self, shared: &Shared) -> Header {
        let at = self.line.at.map_or_else(String::new, |at| {
            let here = at.to_zoned_datetime(shared.zone.clone());
            here.strftime("%Y-%m-%d %H:%M:%S").to_string()
        });
        Header {
            left: Line::styled("Log, one line", shared.look.style(Role::Title)),
            right: Line::styled(at, shared.look.style(Role::Muted)),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let style = |role| shared.look.style(role);
        let buf = frame.buffer_mut();
        let head = match self.line.level {
            None => Line::default(),
            Some(level) => Line::from(vec![
                Span::styled(format!("  {}", level.word()), style(draw::role(level))),
                Span::styled(format!("  {}", self.line.target), style(Role::Muted)),
            ]),
        };
        if area.height > 1 {
            buf.set_line(area.x, area.y + 1, &head, area.width);
        }
        let lines = self.wrapped(area.width);
        let shown = lines.iter().skip(self.top);
        for (y, line) in (area.y.saturating_add(3)..area.bottom()).zip(shown) {
            buf.set_stringn(area.x + 2, y, line, area.width.into(), style(Role::Text));
        }
    }

    fn copyables(&self, _shared: &Shared) -> Vec<(Verb, String)> {
        vec![(Verb::CopyMessage, self.line.whole())]
    }
}
