//! The devices whose configurations unlinking would set inactive, where they are too many for the
//! question: all of them can be looked through before it is asked.

use crate::console::effect::Effect;
use crate::console::overlays::ask::Ask;
use crate::console::screen::{Cx, Request};
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

/// What is asked, with everybody it is about.
#[derive(Debug)]
pub struct Leaving {
    told: String,
    names: Vec<String>,
    /// Whether the guard would keep something back, so that the number is typed.
    typed: bool,
    effect: Effect,
    first: usize,
    /// How many names the window shows.
    shown: usize,
}

impl Leaving {
    /// Of these, in the order they are shown.
    pub fn new(told: String, names: &[&str], typed: bool, effect: Effect) -> Self {
        let names = names.iter().map(|name| text::clean(name)).collect();
        Self { told, names, typed, effect, first: 0, shown: 1 }
    }

    /// One name on, or back.
    pub fn step(&mut self, down: bool) {
        let last = self.names.len().saturating_sub(self.shown.max(1));
        self.first = if down { (self.first + 1).min(last) } else { self.first.saturating_sub(1) };
    }

    /// Asks, unless the window shows none of them.
    pub fn ask(&self, cx: &mut Cx<'_>) {
        if self.shown == 0 {
            return cx
                .warn("This window is too small to show one of them. Make it larger, then go on.");
        }
        let yes = vec![Request::Pop, Request::Effect(self.effect.clone())];
        let count = self.names.len().to_string();
        cx.push(match self.typed {
            true => Ask::typed(format!("{} Type {count} to unlink:", self.told), count, yes),
            false => Ask::yes_no(format!("{} Unlink?", self.told), yes),
        });
    }

    /// What Enter does and which of them are seen.
    pub fn sentence(&self) -> String {
        let last = (self.first + self.shown).min(self.names.len());
        format!(
            "{} to {last} of {}; down shows more, Enter asks.",
            self.first + 1,
            self.names.len()
        )
    }

    fn lines(&self, area: Rect) -> Vec<String> {
        text::wrap(&text::clean(&self.told), usize::from(area.width).max(1))
    }

    /// Fits the names into what is left below the sentence and its rule.
    pub fn settle(&mut self, area: Rect) {
        let above = self.lines(area).len() + 1;
        self.shown = usize::from(area.height).saturating_sub(above).min(self.names.len());
        self.first = self.first.min(self.names.len().saturating_sub(self.shown.max(1)));
    }

    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let look = &shared.look;
        frame.render_widget(Clear, area);
        let buf = frame.buffer_mut();
        buf.set_style(area, look.style(Role::Text));
        let width = usize::from(area.width);
        let rule = look.glyphs.rule.repeat(width);
        let told = self.lines(area).into_iter().map(|line| (line, Role::Title));
        let names = self.names.iter().skip(self.first).take(self.shown);
        let names = names.map(|name| {
            let room = width.saturating_sub(2);
            (format!("  {}", text::truncate(name, room, look.glyphs.cut)), Role::Text)
        });
        let rows = std::iter::once((rule, Role::Border)).chain(told).chain(names);
        for (y, (line, role)) in (area.y..area.bottom()).zip(rows) {
            buf.set_stringn(area.x, y, line, width, look.style(role));
        }
    }
}
