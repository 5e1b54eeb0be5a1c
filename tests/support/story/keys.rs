//! The names of keys, and the bytes a terminal sends for them.

/// One press of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Char(char),
    Ctrl(char),
    Alt(char),
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Function(u8),
}

impl Key {
    /// By its name: `enter`, `down`, `ctrl-c`, `f5`, or the character itself.
    pub fn named(name: &str) -> Option<Self> {
        let mut characters = name.chars();
        if let (Some(only), None) = (characters.next(), characters.next()) {
            return (!only.is_control()).then_some(Self::Char(only));
        }
        if let Some(letter) = name.strip_prefix("ctrl-") {
            return one(letter).filter(char::is_ascii_lowercase).map(Self::Ctrl);
        }
        if let Some(character) = name.strip_prefix("alt-") {
            return one(character).filter(char::is_ascii_graphic).map(Self::Alt);
        }
        if let Some(number) = name.strip_prefix('f') {
            return number.parse().ok().filter(|n| (1..=12).contains(n)).map(Self::Function);
        }
        Some(match name {
            "space" => Self::Char(' '),
            "enter" => Self::Enter,
            "esc" => Self::Escape,
            "tab" => Self::Tab,
            "backtab" => Self::BackTab,
            "backspace" => Self::Backspace,
            "delete" => Self::Delete,
            "insert" => Self::Insert,
            "up" => Self::Up,
            "down" => Self::Down,
            "left" => Self::Left,
            "right" => Self::Right,
            "home" => Self::Home,
            "end" => Self::End,
            "pgup" => Self::PageUp,
            "pgdn" => Self::PageDown,
            _ => return None,
        })
    }

    /// What xterm sends for it. With `application`, as a program that set DECCKM wants its arrows.
    pub fn bytes(self, application: bool) -> Vec<u8> {
        let cursor = |last: char| {
            let introducer = if application { 'O' } else { '[' };
            format!("\x1b{introducer}{last}")
        };
        let text = match self {
            Self::Char(character) => character.to_string(),
            // The letter's place in the alphabet: that is how ASCII lays control characters out.
            Self::Ctrl(letter) => char::from(letter as u8 & 0x1f).to_string(),
            Self::Alt(character) => format!("\x1b{character}"),
            Self::Enter => "\r".into(),
            Self::Escape => "\x1b".into(),
            Self::Tab => "\t".into(),
            Self::BackTab => "\x1b[Z".into(),
            Self::Backspace => "\x7f".into(),
            Self::Delete => "\x1b[3~".into(),
            Self::Insert => "\x1b[2~".into(),
            Self::PageUp => "\x1b[5~".into(),
            Self::PageDown => "\x1b[6~".into(),
            Self::Up => cursor('A'),
            Self::Down => cursor('B'),
            Self::Right => cursor('C'),
            Self::Left => cursor('D'),
            Self::Home => cursor('H'),
            Self::End => cursor('F'),
            Self::Function(number) => function(number),
        };
        text.into_bytes()
    }
}

fn one(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

fn function(number: u8) -> String {
    // xterm's numbers have gaps.
    match number {
        1..=4 => format!("\x1bO{}", char::from(b'O' + number)),
        5 => "\x1b[15~".into(),
        6..=10 => format!("\x1b[{}~", number + 11),
        _ => format!("\x1b[{}~", number + 12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(name: &str) -> String {
        String::from_utf8(Key::named(name).unwrap().bytes(false)).unwrap()
    }

    #[test]
    fn names_become_what_xterm_sends() {
        for (name, expected) in [
            ("a", "a"),
            ("é", "é"),
            ("ctrl-c", "\x03"),
            ("alt-x", "\x1bx"),
            ("enter", "\r"),
            ("backtab", "\x1b[Z"),
            ("pgdn", "\x1b[6~"),
            ("f1", "\x1bOP"),
            ("f4", "\x1bOS"),
            ("f5", "\x1b[15~"),
            ("f6", "\x1b[17~"),
            ("f10", "\x1b[21~"),
            ("f11", "\x1b[23~"),
            ("f12", "\x1b[24~"),
        ] {
            assert_eq!(bytes(name), expected, "{name}");
        }
        assert_eq!(Key::Up.bytes(true), b"\x1bOA");
    }

    #[test]
    fn what_is_no_key_has_no_name() {
        for name in ["", "ctrl-", "ctrl-é", "ctrl-cc", "f0", "f13", "foo", "\u{1b}", "alt-"] {
            assert_eq!(Key::named(name), None, "{name:?}");
        }
    }
}
