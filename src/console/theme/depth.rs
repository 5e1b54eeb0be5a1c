//! How many colours a terminal has.

use crate::settings::Env;

/// How many colours a terminal has, the fewest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or none are wanted.
    None,
    /// The 16 of the terminal's own palette.
    Ansi16,
    /// Those, a cube of 216 and 24 greys.
    Ansi256,
    /// All of them.
    TrueColor,
}

/// Terminals known by their `TERM` to show all colours. SSH carries `TERM` over, not `COLORTERM`.
const TRUE_COLOR: [&str; 6] =
    ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour"];

impl Depth {
    /// What the environment says of the terminal, and of what the person wants.
    pub fn detect(env: Env<'_>) -> Self {
        let get = |name: &str| {
            env(name).map(|value| value.to_string_lossy().to_lowercase()).unwrap_or_default()
        };
        if !get("NO_COLOR").is_empty() {
            return Self::None;
        }
        let term = get("TERM");
        let has_256 = term.contains("256color");
        match term.as_str() {
            "" | "dumb" => return Self::None,
            "linux" => return Self::Ansi16,
            term if term.starts_with("vt") => return Self::None,
            _ => {}
        }
        // GNU screen hands down the COLORTERM of the terminal around it, and garbles true colours.
        let in_screen = term.starts_with("screen") && !get("STY").is_empty();
        let told = matches!(get("COLORTERM").as_str(), "truecolor" | "24bit") && !in_screen;
        let known = TRUE_COLOR.iter().any(|name| term.starts_with(name));
        if told || known || term.ends_with("-direct") {
            Self::TrueColor
        } else if has_256 {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(variables: &[(&str, &str)]) -> Depth {
        let variables: Vec<(String, String)> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Depth::detect(&move |name| {
            variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_person_goes_first() {
        let rich = ("COLORTERM", "truecolor");
        assert_eq!(detect(&[("NO_COLOR", "1"), ("TERM", "xterm-256color"), rich]), Depth::None);
        assert_eq!(detect(&[("NO_COLOR", ""), ("TERM", "xterm-256color"), rich]), Depth::TrueColor);
    }

    #[test]
    fn the_terminal_is_known_by_its_name() {
        for (term, depth) in [
            ("", Depth::None),
            ("dumb", Depth::None),
            ("vt100", Depth::None),
            ("linux", Depth::Ansi16),
            ("xterm", Depth::Ansi16),
            ("screen", Depth::Ansi16),
            ("xterm-256color", Depth::Ansi256),
            ("tmux-256color", Depth::Ansi256),
            ("xterm-direct", Depth::TrueColor),
            ("xterm-kitty", Depth::TrueColor),
            ("alacritty", Depth::TrueColor),
        ] {
            assert_eq!(detect(&[("TERM", term)]), depth, "{term}");
        }
        assert_eq!(detect(&[]), Depth::None);
    }

    #[test]
    fn what_the_terminal_around_says_holds_unless_it_can_not() {
        let rich = ("COLORTERM", "24bit");
        assert_eq!(detect(&[("TERM", "xterm"), rich]), Depth::TrueColor);
        assert_eq!(detect(&[("TERM", "linux"), rich]), Depth::Ansi16);
        assert_eq!(detect(&[("TERM", "dumb"), rich]), Depth::None);
        let screen = ("TERM", "screen-256color");
        assert_eq!(detect(&[screen, rich]), Depth::TrueColor);
        assert_eq!(detect(&[screen, rich, ("STY", "12.pts-0.host")]), Depth::Ansi256);
    }
}
