//! Choosing one of a list by typing a part of it.

use super::paper::Paper;
use crate::console::key::Key;
use crate::console::keymap::Verb;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::field::Field;
use crate::console::widgets::list::ListView;
use crate::console::widgets::table::{self, Column, cell, column};
use crate::text;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// One that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is known by: an id, a fact's identifier.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What else helps to tell it.
    pub note: String,
}

/// A list, what is typed, and the cursor.
#[derive(Debug, Default)]
pub struct Chooser {
    items: Vec<Item>,
    filter: Field,
    list: ListView<usize>,
}

impl Chooser {
    /// A list with the cursor on the item of this key.
    pub fn new(items: Vec<Item>, chosen: Option<&str>) -> Self {
        let mut chooser = Self { items, ..Self::default() };
        chooser.fill();
        let chosen = chosen.and_then(|key| chooser.items.iter().position(|item| item.key == key));
        if let Some(at) = chosen {
            chooser.list.select(&at);
        }
        chooser
    }

    /// The item under the cursor.
    pub fn current(&self) -> Option<&Item> {
        self.items.get(*self.list.current()?)
    }

    /// What is typed.
    pub fn typed(&self) -> &str {
        self.filter.text()
    }

    /// Whether there is nothing to choose among at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Lets the key edit what is typed.
    pub fn key(&mut self, key: Key) -> bool {
        let taken = self.filter.key(key);
        if taken {
            self.fill();
        }
        taken
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.filter.paste(text);
        self.fill();
    }

    /// Moves the cursor.
    pub fn act(&mut self, verb: Verb) -> bool {
        let moves = [Verb::Up, Verb::Down, Verb::PageUp, Verb::PageDown, Verb::Top, Verb::Bottom];
        moves.contains(&verb) && self.list.act(verb)
    }

    /// Takes back what was typed; whether there was something.
    pub fn clear(&mut self) -> bool {
        let had = !self.filter.is_empty();
        self.filter = Field::default();
        self.fill();
        had
    }

    /// Fits the list to the area that it is drawn into.
    pub fn settle(&mut self, area: Rect) {
        self.list.settle(area.height.saturating_sub(2));
    }

    fn fill(&mut self) {
        let words: Vec<String> =
            self.filter.text().to_lowercase().split_whitespace().map(str::to_owned).collect();
        let hit = |item: &Item| {
            let text = format!("{} {} {}", item.name, item.key, item.note).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let rows = (0..self.items.len()).filter(|at| self.items.get(*at).is_some_and(hit));
        self.list.set_rows(rows.collect());
    }

    /// Draws what is typed, and the rows below it. `ask` is what is asked for.
    pub fn draw(&self, paper: &mut Paper<'_, '_>, shared: &Shared, heads: [&'static str; 3]) {
        let look = &shared.look;
        let row = paper.take(1);
        let count = format!("{} of {}", self.list.rows().len(), self.items.len());
        let label = Span::styled("Type to filter: ", look.style(Role::Muted));
        let left = Line::from(label);
        let right = Line::styled(count, look.style(Role::Muted));
        crate::console::frame::split(paper.frame, row, shared, &left, &right);
        let width = row.width.saturating_sub(16 + 14).min(50);
        self.filter.draw(paper.frame, Rect { x: row.x + 16, width, ..row }, look, true);
        let columns = self.columns(heads);
        let head = paper.take(1);
        let inner = |row: Rect| Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row };
        table::heads(paper.frame.buffer_mut(), inner(head), look, &columns);
        for at in self.list.visible() {
            let row = paper.take(1);
            let Some(item) = self.list.rows().get(at).and_then(|at| self.items.get(*at)) else {
                continue;
            };
            if row.is_empty() {
                return;
            }
            let muted = look.style(Role::Muted);
            let cells = [
                cell(text::clean(&item.name), look.style(Role::Text)),
                cell(text::clean(&item.key), muted),
                cell(text::clean(&item.note), muted),
            ];
            let buf = paper.frame.buffer_mut();
            table::line(buf, inner(row), look, &columns, &cells);
            table::lead(buf, row, look, at == self.list.position(), false);
        }
        if self.list.rows().is_empty() && !self.items.is_empty() {
            paper.words(2, Role::Muted, "Nothing here has that in its name. Esc takes it back.");
        }
    }

    fn columns(&self, heads: [&'static str; 3]) -> [Column; 3] {
        let longest = |of: &dyn Fn(&Item) -> &String| {
            let widths = self.items.iter().map(|item| text::width(of(item)));
            u16::try_from(widths.max().unwrap_or(0)).unwrap_or(u16::MAX).clamp(6, 40)
        };
        let [name, key, note] = heads;
        [
            column(name, 12, longest(&|item| &item.name).max(12)),
            column(key, 6, longest(&|item| &item.key)),
            column(note, 6, 200),
        ]
    }
}
