//! A framed box over a screen.

use crate::console::look::Look;
use crate::console::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::symbols::border;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Padding, Widget};

/// Where a box lies in its area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the middle.
    Middle,
    /// At the right end, the layer below to its left.
    Right,
    /// At the lower end, near the keys.
    Bottom,
}

const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Columns and rows that frame and padding take.
pub const EDGE: (u16, u16) = (4, 2);

/// The box around so many columns and rows of content, cut to the area.
pub fn around(area: Rect, place: Place, columns: u16, rows: u16) -> Rect {
    let width = columns.saturating_add(EDGE.0).min(area.width);
    let height = rows.saturating_add(EDGE.1).min(area.height);
    let (right, below) = (area.width - width, area.height - height);
    let (x, y) = match place {
        Place::Middle => (right / 2, below / 2),
        Place::Right => (right, below / 2),
        Place::Bottom => (right / 2, below),
    };
    Rect { x: area.x + x, y: area.y + y, width, height }
}

/// The content's area within a box.
pub fn inside(area: Rect) -> Rect {
    let (columns, rows) = EDGE;
    Rect {
        x: area.x.saturating_add(columns / 2).min(area.right()),
        y: area.y.saturating_add(rows / 2).min(area.bottom()),
        width: area.width.saturating_sub(columns),
        height: area.height.saturating_sub(rows),
    }
}

/// Clears the box, frames it and writes its title; what comes back is the content's area.
pub fn draw(frame: &mut Frame<'_>, area: Rect, look: &Look, title: &str) -> Rect {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return area;
    }
    Clear.render(area, frame.buffer_mut());
    let room = usize::from(area.width).saturating_sub(6);
    let title = text::truncate(&text::clean(title), room, look.glyphs.cut);
    let block = Block::bordered()
        .border_style(look.style(Role::Border))
        .style(look.style(Role::Text))
        .padding(Padding::horizontal(1))
        .title(Line::styled(format!(" {title} "), title_style(look)));
    let block = match look.glyphs.utf8 {
        true => block.border_type(BorderType::Rounded),
        false => block.border_set(ASCII),
    };
    block.render(area, frame.buffer_mut());
    inside(area)
}

/// The border's colour is not the title's.
fn title_style(look: &Look) -> Style {
    let own = Style::new().fg(Color::Reset);
    own.patch(look.style(Role::Text)).patch(look.style(Role::Title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_box_stays_in_its_area(
            area in (0_u16..9, 0_u16..9, 0_u16..200, 0_u16..60),
            columns: u16,
            rows: u16,
        ) {
            let area = Rect { x: area.0, y: area.1, width: area.2, height: area.3 };
            for place in [Place::Middle, Place::Right, Place::Bottom] {
                let around = around(area, place, columns, rows);
                prop_assert_eq!(around.intersection(area), around);
                let inside = inside(around);
                prop_assert_eq!(inside.intersection(around), inside);
            }
        }
    }
}
