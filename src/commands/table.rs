//! Tables that line up, whatever the width of their characters.

use super::{output, terminal};
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
    whole: Vec<usize>,
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        let heading = headings.into_iter().map(|text| Cell::new(text).style(styles::HEADING));
        Self { rows: vec![heading.collect()], whole: Vec::new() }
    }

    /// Never cuts this column short: half an id or a date is of no use.
    #[must_use]
    pub fn whole(mut self, column: usize) -> Self {
        self.whole.push(column);
        self
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// Whether there is a row beside the headings.
    pub fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The table as text with styles; what prints it strips them where they don't belong. On a
    /// terminal it fits the width, elsewhere nothing is cut.
    pub fn render(&self) -> String {
        self.render_in(output::columns())
    }

    /// The same for so many columns. Where they don't suffice, the last column breaks into lines and
    /// the others are cut short, the widest first.
    fn render_in(&self, columns: Option<usize>) -> String {
        let widths = self.widths(columns);
        let mut out = String::new();
        for row in &self.rows {
            render_row(row, &widths, &mut out);
        }
        out
    }

    fn widths(&self, columns: Option<usize>) -> Vec<usize> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let mut widths: Vec<usize> = (0..count)
            .map(|at| {
                let cells = self.rows.iter().filter_map(|row| row.get(at));
                cells.map(|cell| text::width(&cell.text)).max().unwrap_or_default()
            })
            .collect();
        let (Some(columns), Some((last, others))) = (columns, widths.split_last_mut()) else {
            return widths;
        };
        let gaps = GAP.len() * others.len();
        let room = |others: &[usize]| columns.saturating_sub(gaps + others.iter().sum::<usize>());
        while room(others) < (*last).min(LEAST_LAST) {
            let free = others.iter_mut().enumerate().filter(|(at, _)| !self.whole.contains(at));
            match free.map(|(_, width)| width).max() {
                Some(widest) if *widest > LEAST => *widest -= 1,
                _ => break,
            }
        }
        *last = (*last).min(room(others).max(LEAST));
        widths
    }
}

/// Between two columns.
const GAP: &str = "  ";
/// No column is cut shorter.
const LEAST: usize = 9;
/// The last column, which says what and why, keeps so much at least.
const LEAST_LAST: usize = 26;

/// What stands where a text was cut short.
fn cut() -> &'static str {
    if terminal::draws_utf8(None) { text::CUT } else { text::CUT_ASCII }
}

fn render_row(row: &[Cell], widths: &[usize], out: &mut String) {
    // Nothing is drawn after the last text, so that no line ends in spaces.
    let end = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |at| at + 1);
    let mut indent = 0;
    for (at, (cell, &width)) in row[..end].iter().zip(widths).enumerate() {
        if at > 0 {
            out.push_str(GAP);
            indent += GAP.len();
        }
        let (before, after) = (cell.style.render(), cell.style.render_reset());
        if at + 1 < widths.len() {
            let shown = text::truncate(&cell.text, width, cut());
            let shown = if at + 1 == end { shown } else { text::pad(&shown, width) };
            // Writing to a string can't fail.
            let _ = write!(out, "{before}{shown}{after}");
            indent += width;
        } else {
            let lines = text::wrap(&cell.text, width).join(&format!("\n{}", " ".repeat(indent)));
            let _ = write!(out, "{before}{lines}{after}");
        }
    }
    out.push('\n');
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

    #[test]
    fn a_narrow_terminal_breaks_the_last_column_and_cuts_the_widest() {
        let mut table = Table::new(["Device", "Policy", "What and why"]);
        let path = "Managed Clients/Pinecrest Engineering Works - Macs";
        let why = "configurations 900010 and 900011 carry the same serial number";
        table.row(["Ana".into(), path.into(), why.into()]);
        let plain = anstream::adapter::strip_str(&table.render_in(Some(60))).to_string();
        assert!(plain.lines().all(|line| text::width(line) <= 60), "{plain}");
        assert!(plain.contains(cut()) && plain.lines().count() > 2, "{plain}");
        let words: Vec<&str> = plain.split_whitespace().collect();
        assert!(why.split(' ').all(|word| words.contains(&word)), "{plain}");
        let whole = anstream::adapter::strip_str(&table.render_in(None)).to_string();
        assert!(whole.contains(path) && whole.contains(why), "{whole}");
    }
}
