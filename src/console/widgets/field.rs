//! A line of text being edited: a filter, a search, a field of the wizard.

use crate::console::key::{Code, Key};
use crate::console::look::Look;
use crate::console::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use secrecy::zeroize::Zeroizing;
use tui_input::{Input, InputRequest};

/// Longer texts are cut; nothing that is asked for is longer.
const LONGEST: usize = 4096;

/// The text and where the cursor stands in it.
#[derive(Clone, Default)]
pub struct Field {
    input: Input,
    masked: bool,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A masked field holds a secret.
        let shown = if self.masked { "…" } else { self.input.value() };
        f.debug_struct("Field").field("text", &shown).finish_non_exhaustive()
    }
}

impl Field {
    /// A field with this text, the cursor at its end.
    pub fn with(text: &str) -> Self {
        Self { input: Input::new(one_line(text)), masked: false }
    }

    /// A field whose text is never shown.
    pub fn masked(text: &str) -> Self {
        Self { input: Input::new(one_line(text)), masked: true }
    }

    /// The text as typed.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.input.value().is_empty()
    }

    /// Puts another text in its place.
    pub fn set(&mut self, text: &str) {
        self.forget();
        self.input = Input::new(one_line(text));
    }

    /// Leaves no secret in memory that is given back.
    fn forget(&mut self) {
        if self.masked {
            drop(Zeroizing::new(self.input.value_and_reset()));
        }
    }

    /// Lets the key edit the text; whether it was a key for that.
    pub fn key(&mut self, key: Key) -> bool {
        let request = match (key.code, key.ctrl) {
            (Code::Char(c), false) if !c.is_control() => {
                if self.input.value().len() >= LONGEST {
                    return true;
                }
                InputRequest::InsertChar(c)
            }
            (Code::Backspace, false) | (Code::Char('h'), true) => InputRequest::DeletePrevChar,
            (Code::Delete, false) | (Code::Char('d'), true) => InputRequest::DeleteNextChar,
            (Code::Left, false) => InputRequest::GoToPrevChar,
            (Code::Right, false) | (Code::Char('f'), true) => InputRequest::GoToNextChar,
            (Code::Left, true) => InputRequest::GoToPrevWord,
            (Code::Right, true) => InputRequest::GoToNextWord,
            (Code::Home, _) => InputRequest::GoToStart,
            (Code::End, _) | (Code::Char('e'), true) => InputRequest::GoToEnd,
            (Code::Char('u'), true) => InputRequest::DeleteLine,
            (Code::Char('k'), true) => InputRequest::DeleteTillEnd,
            // Shells delete a word with Ctrl-W, which browsers eat; Ctrl-Backspace does it too.
            (Code::Char('w') | Code::Backspace, true) => InputRequest::DeletePrevWord,
            _ => return false,
        };
        self.input.handle(request);
        true
    }

    /// Takes pasted text, on one line: a line break at its end never submits.
    pub fn paste(&mut self, text: &str) {
        for c in one_line(text).chars() {
            if self.input.value().len() >= LONGEST {
                break;
            }
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    /// Draws the text, scrolled so that the cursor shows, and the terminal's cursor where it has the
    /// keys.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look, focus: bool) {
        let area = area.intersection(frame.area());
        if area.is_empty() {
            return;
        }
        let value = match self.masked {
            true => look.glyphs.mask.repeat(self.input.value().chars().count()),
            false => text::clean(self.input.value()),
        };
        let cursor = match self.masked {
            true => self.input.cursor(),
            false => self.input.visual_cursor(),
        };
        let room = usize::from(area.width);
        let skip = (cursor + 1).saturating_sub(room);
        let shown = skip_columns(&value, skip);
        let style = look.style(Role::Field);
        let shown = text::pad(&text::truncate(&shown, room, ""), room);
        frame.buffer_mut().set_stringn(area.x, area.y, shown, room, style);
        if focus {
            let x = area.x + u16::try_from(cursor - skip).unwrap_or(0);
            frame.set_cursor_position(Position::new(x.min(area.right() - 1), area.y));
        }
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        self.forget();
    }
}

fn skip_columns(value: &str, columns: usize) -> String {
    let mut left = columns;
    let mut rest = value.chars();
    while left > 0 {
        match rest.next() {
            Some(c) => left = left.saturating_sub(text::width(&c.to_string())),
            None => break,
        }
    }
    rest.collect()
}

fn one_line(text: &str) -> String {
    let text = text.trim_matches(['\r', '\n']);
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_line_break_submits_nothing() {
        let mut field = Field::default();
        field.paste("tok\u{1b}en\r\n");
        assert_eq!(field.text(), "tok en");
        assert!(!field.key(Key::plain(Code::Enter)));
    }

    #[test]
    fn editing_keys_edit() {
        let mut field = Field::with("acme corp");
        for key in [Key::ctrl('w'), Key::char('x'), Key::plain(Code::Home), Key::char('>')] {
            assert!(field.key(key));
        }
        assert_eq!(field.text(), ">acme x");
        assert!(field.key(Key::ctrl('u')));
        assert!(field.is_empty());
    }

    #[test]
    fn a_masked_field_tells_no_debugger() {
        assert!(!format!("{:?}", Field::masked("secret")).contains("secret"));
    }
}
