//! A table: columns that share the width, and only the rows that are seen.

use crate::console::look::Look;
use crate::console::theme::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::borrow::Cow;

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its head.
    pub title: &'static str,
    /// Its least width.
    pub min: u16,
    /// What it would like at most.
    pub max: u16,
    /// It is shown only where the table is at least so wide.
    pub from: u16,
    /// Whether its cells stand to the right.
    pub right: bool,
}

/// A column between `min` and `max` columns wide.
pub const fn column(title: &'static str, min: u16, max: u16) -> Column {
    Column { title, min, max, from: 0, right: false }
}

impl Column {
    /// Shown only in a table at least so wide.
    pub const fn from(self, width: u16) -> Self {
        Self { from: width, ..self }
    }

    /// Its cells to the right.
    pub const fn right(self) -> Self {
        Self { right: true, ..self }
    }
}

/// One cell: a text in one style.
#[derive(Debug, Clone)]
pub struct Cell<'a> {
    text: Cow<'a, str>,
    style: Style,
}

/// A cell.
pub fn cell<'a>(text: impl Into<Cow<'a, str>>, style: Style) -> Cell<'a> {
    Cell { text: text.into(), style }
}

/// The width of each column, 0 where it is not shown: everyone gets the least, then what is left goes
/// to those that want more, in equal steps.
pub fn widths(columns: &[Column], total: u16) -> Vec<u16> {
    let mut widths: Vec<u16> =
        columns.iter().map(|c| if total >= c.from { c.min } else { 0 }).collect();
    let shown = widths.iter().filter(|width| **width > 0).count();
    let gaps = u16::try_from(shown.saturating_sub(1)).unwrap_or(u16::MAX);
    let mut left = total.saturating_sub(widths.iter().sum::<u16>().saturating_add(gaps));
    loop {
        let mut grew = false;
        for (width, column) in widths.iter_mut().zip(columns) {
            if left > 0 && *width > 0 && *width < column.max {
                *width += 1;
                left -= 1;
                grew = true;
            }
        }
        if !grew {
            return widths;
        }
    }
}

/// Draws the heads.
pub fn heads(buf: &mut Buffer, area: Rect, look: &Look, columns: &[Column]) {
    let cells: Vec<Cell<'_>> =
        columns.iter().map(|column| cell(column.title, look.style(Role::Muted))).collect();
    line(buf, area, look, columns, &cells);
}

/// Draws one row's cells on the first line of `area`.
pub fn line(buf: &mut Buffer, area: Rect, look: &Look, columns: &[Column], cells: &[Cell<'_>]) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let mut x = area.x;
    for ((column, width), cell) in columns.iter().zip(widths(columns, area.width)).zip(cells) {
        let room = width.min(area.right().saturating_sub(x));
        if room == 0 {
            continue;
        }
        let shown = text::truncate(&cell.text, usize::from(room), look.glyphs.cut);
        let used = u16::try_from(text::width(&shown)).unwrap_or(room);
        let shift = if column.right { room.saturating_sub(used) } else { 0 };
        buf.set_stringn(x + shift, area.y, &shown, usize::from(room - shift), cell.style);
        x = x.saturating_add(width + 1);
    }
}

/// Draws the cursor and the mark in front of a row, and lays the selection over it.
pub fn lead(buf: &mut Buffer, area: Rect, look: &Look, selected: bool, marked: bool) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    if marked && area.width > 1 {
        buf.set_stringn(area.x + 1, area.y, look.glyphs.mark, 1, look.style(Role::Marked));
    }
    if selected {
        let row = Rect { height: 1, ..area };
        buf.set_style(row, look.style(Role::Selection));
        buf.set_stringn(area.x, area.y, look.glyphs.cursor, 1, look.style(Role::Accent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [Column; 3] =
        [column("Name", 5, 20), column("Serial", 4, 12), column("Message", 6, 200).from(30)];

    #[test]
    fn what_is_left_goes_round() {
        assert_eq!(widths(&COLUMNS, 20), [10, 9, 0]);
        assert_eq!(widths(&COLUMNS, 80), [20, 12, 46]);
    }

    proptest! {
        #[test]
        fn no_column_leaves_the_table(total in 12_u16..300) {
            let widths = widths(&COLUMNS, total);
            let shown = widths.iter().filter(|width| **width > 0).count() as u16;
            prop_assert!(widths.iter().sum::<u16>() + shown.saturating_sub(1) <= total);
        }
    }
}
