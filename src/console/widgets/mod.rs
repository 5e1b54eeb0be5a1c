//! Pieces that screens share.

pub mod field;
pub mod list;
pub mod popup;
pub mod table;

use super::frame;
use super::shared::Shared;
use super::theme::Role;
use list::Filter;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// A number in groups of three: `1,004`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The word for so many.
pub const fn plural(count: usize, one: &'static str, several: &'static str) -> &'static str {
    if count == 1 { one } else { several }
}

/// The line with the filter: being typed, in force, or none; `right` stands at its end.
pub fn filter_line(
    frame: &mut Frame<'_>,
    area: Rect,
    shared: &Shared,
    filter: &Filter,
    help: &str,
    right: &str,
) {
    let muted = shared.look.style(Role::Muted);
    let right = Line::styled(right.to_owned(), shared.look.style(Role::Marked));
    let text = if !filter.field.is_empty() {
        Span::styled(crate::text::clean(filter.text()), shared.look.style(Role::Match))
    } else {
        Span::styled(if filter.editing { "" } else { "none" }, muted)
    };
    let left = Line::from(vec![Span::styled("Filter: ", muted), text]);
    frame::split(frame, area, shared, &left, &right);
    if filter.editing {
        let width = area.width.saturating_sub(9).min(60);
        let field = Rect { x: area.x + 8.min(area.width), width, ..area };
        filter.field.draw(frame, field, &shared.look, true);
        if filter.field.is_empty() {
            let help = crate::text::truncate(help, width.into(), shared.look.glyphs.cut);
            frame.buffer_mut().set_stringn(field.x + 1, field.y, help, width.into(), muted);
        }
    }
}
