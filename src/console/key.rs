//! Keys as a person names them: `r`, `enter`, `ctrl-p`, `f5`.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;
use std::str::FromStr;

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A printable character, as typed.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// The arrow.
    Left,
    /// The arrow.
    Right,
    /// The arrow.
    Up,
    /// The arrow.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

/// A key with Ctrl or without. Nothing is bound to Alt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// Whether Ctrl is held.
    pub ctrl: bool,
}

/// The keys with a name, each with the shorter form for hints.
const NAMED: [(Code, &str); 15] = [
    (Code::Enter, "enter"),
    (Code::Esc, "esc"),
    (Code::Tab, "tab"),
    (Code::BackTab, "backtab"),
    (Code::Backspace, "backspace"),
    (Code::Delete, "delete"),
    (Code::Insert, "insert"),
    (Code::Left, "left"),
    (Code::Right, "right"),
    (Code::Up, "up"),
    (Code::Down, "down"),
    (Code::Home, "home"),
    (Code::End, "end"),
    (Code::PageUp, "pageup"),
    (Code::PageDown, "pagedown"),
];

impl Key {
    /// A key without Ctrl.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false }
    }

    /// A character key.
    pub const fn char(character: char) -> Self {
        Self::plain(Code::Char(character))
    }

    /// A character with Ctrl.
    pub const fn ctrl(character: char) -> Self {
        Self { code: Code::Char(character), ctrl: true }
    }

    /// The key of a terminal event; `None` for keys that mean nothing here.
    pub fn of(event: KeyEvent) -> Option<Self> {
        let code = match event.code {
            KeyCode::Char(c) => Code::Char(c),
            KeyCode::Enter => Code::Enter,
            KeyCode::Esc => Code::Esc,
            KeyCode::Tab => Code::Tab,
            KeyCode::BackTab => Code::BackTab,
            KeyCode::Backspace => Code::Backspace,
            KeyCode::Delete => Code::Delete,
            KeyCode::Insert => Code::Insert,
            KeyCode::Left => Code::Left,
            KeyCode::Right => Code::Right,
            KeyCode::Up => Code::Up,
            KeyCode::Down => Code::Down,
            KeyCode::Home => Code::Home,
            KeyCode::End => Code::End,
            KeyCode::PageUp => Code::PageUp,
            KeyCode::PageDown => Code::PageDown,
            KeyCode::F(number) => Code::F(number),
            _ => return None,
        };
        if event.modifiers.contains(KeyModifiers::ALT) {
            return None;
        }
        Some(Self { code, ctrl: event.modifiers.contains(KeyModifiers::CONTROL) })
    }

    /// The character that it types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !c.is_control() => Some(c),
            _ => None,
        }
    }

    /// How it stands in hints: `Enter`, `^P`, `s`.
    pub fn label(self) -> String {
        match self.code {
            Code::Char(' ') => "Space".into(),
            Code::Char(c) if self.ctrl => format!("^{}", c.to_uppercase()),
            Code::Char(c) => c.to_string(),
            Code::F(number) => format!("F{number}"),
            Code::PageUp => "PgUp".into(),
            Code::PageDown => "PgDn".into(),
            Code::BackTab => "Shift-Tab".into(),
            Code::Backspace => "Bksp".into(),
            Code::Delete => "Del".into(),
            Code::Insert => "Ins".into(),
            code => {
                let name = NAMED.iter().find(|(named, _)| *named == code).map_or("", |(_, n)| n);
                let mut letters = name.chars();
                letters
                    .next()
                    .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
            }
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        match self.code {
            Code::Char(' ') => f.write_str("space"),
            Code::Char(c) => write!(f, "{c}"),
            Code::F(number) => write!(f, "f{number}"),
            code => f.write_str(NAMED.iter().find(|(named, _)| *named == code).map_or("", |n| n.1)),
        }
    }
}

impl FromStr for Key {
    type Err = String;

    /// Reads `r`, `R`, `f5`, `ctrl-p`, `space`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is no key; say a character such as r or R, a name such as enter, space, tab, \
                 pageup or f5, or ctrl-p",
                crate::text::clean(text)
            )
        };
        let (ctrl, name) = match text.strip_prefix("ctrl-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut letters = name.chars();
        if let (Some(c), None) = (letters.next(), letters.next())
            && crate::text::clean(name) == name
        {
            let c = if ctrl { c.to_ascii_lowercase() } else { c };
            return Ok(Self { code: Code::Char(c), ctrl });
        }
        let lower = name.to_lowercase();
        if lower == "space" {
            return Ok(Self { code: Code::Char(' '), ctrl });
        }
        if let Some((code, _)) = NAMED.iter().find(|(_, named)| *named == lower) {
            return Ok(Self { code: *code, ctrl });
        }
        let number = lower.strip_prefix('f').and_then(|n| n.parse::<u8>().ok());
        match number {
            Some(number @ 1..=12) => Ok(Self { code: Code::F(number), ctrl }),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_come_back() {
        for text in ["r", "R", "f5", "ctrl-p", "space", "enter", "pageup", "backtab", "é", "?"] {
            let key: Key = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
        }
        assert_eq!("ctrl-P".parse::<Key>().unwrap(), Key::ctrl('p'));
        for text in ["", "ctrl-", "f13", "rr", "alt-x", "\u{1b}"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,12}") {
            let _ = text.parse::<Key>();
        }
    }
}
