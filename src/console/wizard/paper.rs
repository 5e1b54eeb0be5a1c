//! Writing lines one below the other, as far as there is room.

use crate::console::look::Look;
use crate::console::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Longer lines are hard to read.
const READABLE: u16 = 96;

/// What is left of an area, from the top down.
pub struct Paper<'a, 'b> {
    /// Where it is drawn.
    pub frame: &'a mut Frame<'b>,
    /// What is left.
    pub area: Rect,
    /// Styles and symbols.
    pub look: &'a Look,
}

impl<'a, 'b> Paper<'a, 'b> {
    /// An area to write on.
    pub fn new(frame: &'a mut Frame<'b>, area: Rect, look: &'a Look) -> Self {
        let area = area.intersection(frame.area());
        Self { frame, area, look }
    }

    /// Takes the next rows away, at most so many.
    pub fn take(&mut self, rows: u16) -> Rect {
        let rows = rows.min(self.area.height);
        let taken = Rect { height: rows, ..self.area };
        self.area.y += rows;
        self.area.height -= rows;
        taken
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.take(1);
    }

    /// One line, cut at the end.
    pub fn line(&mut self, line: &Line<'_>) {
        let row = self.take(1);
        if row.is_empty() {
            return;
        }
        self.frame.buffer_mut().set_line(row.x, row.y, line, row.width);
        if line.width() > usize::from(row.width) {
            let style = self.look.style(Role::Muted);
            let x = row.right() - 1;
            self.frame.buffer_mut().set_stringn(x, row.y, self.look.glyphs.cut, 1, style);
        }
    }

    /// A text in one role, on as many lines as it needs, each `indent` columns in.
    pub fn words(&mut self, indent: u16, role: Role, words: &str) {
        self.hanging(indent, "", role, words);
    }

    /// The same with a sign in front of the first line; the others stand below its text.
    pub fn hanging(&mut self, indent: u16, sign: &str, role: Role, words: &str) {
        let inner = indent + u16::try_from(text::width(sign)).unwrap_or(0);
        let room = self.area.width.saturating_sub(inner).min(READABLE);
        let style = self.look.style(role);
        for (at, line) in text::wrap(&text::clean(words), room.max(1).into()).iter().enumerate() {
            let lead = match at {
                0 => format!("{:1$}{sign}", "", usize::from(indent)),
                _ => " ".repeat(inner.into()),
            };
            self.line(&Line::from(vec![
                Span::styled(lead, style),
                Span::styled(line.clone(), style),
            ]));
        }
    }

    /// A title, and what it is for beside it where there is room, else below.
    pub fn title(&mut self, title: &str, what: &str) {
        let style = self.look.style(Role::Title);
        let muted = self.look.style(Role::Muted);
        if text::width(title) + text::width(what) + 3 <= usize::from(self.area.width) {
            self.line(&Line::from(vec![
                Span::styled(title.to_owned(), style),
                Span::styled(format!("   {what}"), muted),
            ]));
        } else {
            self.line(&Line::styled(title.to_owned(), style));
            self.words(0, Role::Muted, what);
        }
    }
}
