//! What a style is for.

/// What a piece of the screen is or does. Roles name a state or a purpose, never a widget, so that a
/// new screen needs no new one. Told by shape or word as well, never by the style alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// What is read, and the ground it stands on: the frame is filled with it before all else.
    Text,
    /// What is there to be looked up: units, hints, headings of columns, what is not so.
    Muted,
    /// The one thing here that leads on.
    Accent,
    /// The name of a screen, an overlay, a group.
    Title,
    /// Lines that part and frame.
    Border,
    /// The row under the cursor. Patched over the row's own styles.
    Selection,
    /// The sign of a row marked for a batch.
    Marked,
    /// Linked, bound, done well.
    Linked,
    /// Linked, but something waits for a person or for a retry.
    Attention,
    /// Not linked, inactive, left alone.
    Unlinked,
    /// Failed, or what can't be taken back.
    Danger,
    /// Under way.
    Working,
    /// Not begun yet, or waiting for somebody else.
    Waiting,
    /// The side of a field difference that goes.
    Old,
    /// The side of a field difference that comes.
    New,
    /// A key that can be pressed.
    Key,
    /// The ground of a text field.
    Field,
    /// What Bindery has to say just now.
    Notice,
    /// The letters that a filter hit. Patched over the text's own style.
    Match,
}

impl Role {
    /// Every role, in the order of a theme file.
    pub const ALL: [Self; 19] = [
        Self::Text,
        Self::Muted,
        Self::Accent,
        Self::Title,
        Self::Border,
        Self::Selection,
        Self::Marked,
        Self::Linked,
        Self::Attention,
        Self::Unlinked,
        Self::Danger,
        Self::Working,
        Self::Waiting,
        Self::Old,
        Self::New,
        Self::Key,
        Self::Field,
        Self::Notice,
        Self::Match,
    ];

    /// The role's key in a theme file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Accent => "accent",
            Self::Title => "title",
            Self::Border => "border",
            Self::Selection => "selection",
            Self::Marked => "marked",
            Self::Linked => "linked",
            Self::Attention => "attention",
            Self::Unlinked => "unlinked",
            Self::Danger => "danger",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Old => "old",
            Self::New => "new",
            Self::Key => "key",
            Self::Field => "field",
            Self::Notice => "notice",
            Self::Match => "match",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_stand_where_their_number_says() {
        for (at, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, at, "{}", role.word());
        }
    }
}
