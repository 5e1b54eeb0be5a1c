//! The filter line of a list: what is typed, how its last word is completed, how it looks.

use super::field::Field;
use crate::console::frame;
use crate::console::key::{Code, Key};
use crate::console::screen::Mode;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// What the keys do while a filter is typed whose words can be completed.
pub const TYPING: &str = "Enter keep  Tab complete  Esc clear";

/// A filter line.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The text.
    pub field: Field,
    /// Whether it has the keys.
    pub editing: bool,
}

impl Filter {
    /// What is filtered for.
    pub fn text(&self) -> &str {
        self.field.text()
    }

    /// Who has the printable keys.
    pub fn mode(&self) -> Mode {
        if self.editing { Mode::Text } else { Mode::List }
    }

    /// Lets the key edit the filter: `Some(true)` when its text changed. Enter ends editing; Esc is
    /// [`super::list::ListView::close_one`]'s.
    pub fn key(&mut self, key: Key) -> Option<bool> {
        if !self.editing {
            return None;
        }
        if key.code == Code::Enter {
            self.editing = false;
            return Some(false);
        }
        let before = self.field.text().to_owned();
        self.field.key(key).then(|| self.field.text() != before)
    }

    /// Lets the key edit the filter, Tab complete it; whether it was taken.
    pub fn take(&mut self, key: Key, complete: impl FnOnce(&str) -> Option<String>) -> bool {
        if key != Key::plain(Code::Tab) {
            return self.key(key).is_some();
        }
        if let Some(whole) = complete(self.text()) {
            self.field.set(&whole);
        }
        true
    }

    /// Takes pasted text while it is being typed; whether it did.
    pub fn paste(&mut self, text: &str) -> bool {
        if self.editing {
            self.field.paste(text.trim());
        }
        self.editing
    }

    /// The line: being typed, in force, or none; `right` stands at its end.
    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        shared: &Shared,
        help: &str,
        right: &str,
    ) {
        let muted = shared.look.style(Role::Muted);
        let right = Line::styled(right.to_owned(), shared.look.style(Role::Marked));
        let text = if !self.field.is_empty() {
            Span::styled(crate::text::clean(self.text()), shared.look.style(Role::Match))
        } else {
            Span::styled(if self.editing { "" } else { "none" }, muted)
        };
        let left = Line::from(vec![Span::styled("Filter: ", muted), text]);
        frame::split(frame, area, shared, &left, &right);
        if self.editing {
            let width = area.width.saturating_sub(9).min(60);
            let field = Rect { x: area.x + 8.min(area.width), width, ..area };
            self.field.draw(frame, field, &shared.look, true);
            if self.field.is_empty() {
                let help = crate::text::truncate(help, width.into(), shared.look.glyphs.cut);
                frame.buffer_mut().set_stringn(field.x + 1, field.y, help, width.into(), muted);
            }
        }
    }
}

/// The text with its last word completed by `complete`.
pub fn complete_last(text: &str, complete: impl FnOnce(&str) -> Option<String>) -> Option<String> {
    let word = text.rsplit(' ').next().unwrap_or_default();
    let head = text.strip_suffix(word).unwrap_or_default();
    Some(format!("{head}{}", complete(word)?))
}

/// The first word that goes on from `word`: one of `keys`, or after a key one of its values, which
/// `values` tells (none for a key with free text).
pub fn going_on(
    word: &str,
    keys: &[&str],
    values: impl FnOnce(&str) -> Vec<&'static str>,
) -> Option<String> {
    let Some((key, _)) = word.split_once(':') else {
        return keys.iter().find(|key| key.starts_with(word)).map(|key| (*key).to_owned());
    };
    let values = values(key).into_iter().map(|value| format!("{key}:{value}"));
    values.into_iter().find(|whole| whole.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_alone_is_completed() {
        let complete = |text: &str| {
            complete_last(text, |word| {
                going_on(word, &["state:", "org:"], |key| match key {
                    "state" => vec!["linked", "attention"],
                    _ => Vec::new(),
                })
            })
        };
        assert_eq!(complete("acme st").as_deref(), Some("acme state:"));
        assert_eq!(complete("acme  state:a").as_deref(), Some("acme  state:attention"));
        assert_eq!(complete("org:a"), None);
        assert_eq!(complete("acme"), None);
        assert_eq!(complete("").as_deref(), Some("state:"));
    }
}
