//! How things look: the theme's styles and the symbols the terminal can draw.

use super::theme::{Depth, Role, Theme};
use crate::domain::DeviceState;
use ratatui::style::Style;

/// The symbols. Each has a stand-in in ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Whether these are the UTF-8 ones.
    pub utf8: bool,
    /// In front of the row with the cursor.
    pub cursor: &'static str,
    /// In front of a marked row.
    pub mark: &'static str,
    /// Where a text was cut.
    pub cut: &'static str,
    /// A character of a secret.
    pub mask: &'static str,
    /// Between an old value and a new one.
    pub arrow: &'static str,
    /// In front of an inherited organization.
    pub inherited: &'static str,
    /// A policy that can be unfolded.
    pub folded: &'static str,
    /// A policy that can be folded.
    pub unfolded: &'static str,
    /// The done part of a bar.
    pub bar: &'static str,
    /// The rest of a bar.
    pub rest: &'static str,
    /// A step that is done.
    pub done: &'static str,
    /// Between two things of a line.
    pub dot: &'static str,
    /// A horizontal line.
    pub rule: &'static str,
    /// A vertical line.
    pub stroke: &'static str,
    /// A spinner's frames.
    pub spinner: &'static [&'static str],
}

/// With UTF-8.
pub const UTF8: Glyphs = Glyphs {
    utf8: true,
    cursor: "▌",
    mark: "+",
    cut: "…",
    mask: "•",
    arrow: "→",
    inherited: "^",
    folded: "▸",
    unfolded: "▾",
    bar: "█",
    rest: "░",
    done: "✓",
    dot: "·",
    rule: "─",
    stroke: "│",
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
};

/// Without.
pub const ASCII: Glyphs = Glyphs {
    utf8: false,
    cursor: ">",
    mark: "+",
    cut: "~",
    mask: "*",
    arrow: "->",
    inherited: "^",
    folded: "+",
    unfolded: "-",
    bar: "#",
    rest: ".",
    done: "*",
    dot: "|",
    rule: "-",
    stroke: "|",
    spinner: &["-", "\\", "|", "/"],
};

/// Styles and symbols together.
#[derive(Debug, Clone)]
pub struct Look {
    /// The theme.
    pub theme: Theme,
    /// The symbols.
    pub glyphs: Glyphs,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// Whether the terminal draws OSC 8 hyperlinks.
    pub hyperlinks: bool,
}

impl Look {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// A device state's symbol and its role. ASCII: `. ~ ^ * = - ! x # h`.
    pub fn device(&self, state: DeviceState) -> (&'static str, Role) {
        let (utf8, ascii, role) = match state {
            DeviceState::Waiting => ("·", ".", Role::Waiting),
            DeviceState::Matching => ("~", "~", Role::Working),
            DeviceState::Writing => ("↑", "^", Role::Working),
            DeviceState::Linked => ("●", "*", Role::Linked),
            DeviceState::Unchanged => ("=", "=", Role::Muted),
            DeviceState::Inactive => ("−", "-", Role::Muted),
            DeviceState::Pending => ("◐", "!", Role::Attention),
            DeviceState::Cancelled => ("×", "x", Role::Muted),
            DeviceState::Withheld => ("#", "#", Role::Danger),
            DeviceState::Held => ("h", "h", Role::Waiting),
        };
        (if self.glyphs.utf8 { utf8 } else { ascii }, role)
    }
}
