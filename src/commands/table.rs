//! Tables that line up, whatever the width of their characters.

use crate::text;
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;

/// A cell: clean text and how it looks where colours are shown.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A plain cell.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: text::clean(text.as_ref()), style: Style::new() }
    }

    /// The same in a style.
    #[must_use]
    pub fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// Styles by meaning; a word or a shape always says the same.
pub mod styles {
    use super::{AnsiColor, Style};

    /// Headings.
    pub const HEADING: Style = Style::new().bold();
    /// All is well.
    pub const GOOD: Style = AnsiColor::Green.on_default();
    /// Wants attention.
    pub const ATTENTION: Style = AnsiColor::Yellow.on_default();
    /// Failed or dangerous.
    pub const BAD: Style = AnsiColor::Red.on_default();
    /// Of less weight.
    pub const MUTED: Style = Style::new().dimmed();
}

/// Rows under headings. Columns are as wide as their widest cell.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        let heading = headings.into_iter().map(|text| Cell::new(text).style(styles::HEADING));
        Self { rows: vec![heading.collect()] }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// Whether there is a row beside the headings.
    pub fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The table as text with styles; what prints it strips them where they don't belong. The last
    /// column is not padded.
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|at| {
                let cells = self.rows.iter().filter_map(|row| row.get(at));
                cells.map(|cell| text::width(&cell.text)).max().unwrap_or_default()
            })
            .collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = String::new();
            // Nothing is drawn after the last text, so that no line ends in spaces.
            let end = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |at| at + 1);
            for (at, cell) in row[..end].iter().enumerate() {
                if at > 0 {
                    line.push_str("  ");
                }
                let last = at + 1 == end;
                let text = if last { cell.text.clone() } else { text::pad(&cell.text, widths[at]) };
                // Writing to a string can't fail.
                let _ = write!(line, "{}{text}{}", cell.style.render(), cell.style.render_reset());
            }
            out.push_str(&line);
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_line_up() {
        let mut table = Table::new(["Name", "State"]);
        table.row(["日本のMac".into(), "linked".into()]);
        table.row(["Ana".into(), "pending".into()]);
        let plain = anstream::adapter::strip_str(&table.render()).to_string();
        let columns: Vec<usize> = plain
            .lines()
            .zip(["State", "linked", "pending"])
            .map(|(line, word)| text::width(&line[..line.find(word).unwrap()]))
            .collect();
        assert_eq!(columns, [11, 11, 11]);
    }

    #[test]
    fn no_line_ends_in_spaces() {
        let mut table = Table::new(["Name", "State", ""]);
        table.row(["Ana".into(), "linked".into(), Cell::new("").style(styles::MUTED)]);
        let plain = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(plain, "Name  State\nAna   linked\n");
    }
}
