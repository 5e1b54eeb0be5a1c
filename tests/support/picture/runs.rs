//! Taking a row of the screen apart into runs that look the same.

use super::paint::{Paint, mix, paint};
use crate::story::{Background, Frame};

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// `None` is the terminal's own.
    pub ink: Option<Paint>,
    pub paper: Option<Paint>,
    pub bold: bool,
    pub italic: bool,
    pub underline: bool,
}

/// One character at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph {
    pub column: usize,
    pub columns: usize,
    pub text: String,
    pub look: Look,
}

/// The row's cells, left to right; a blank one has a space for its text.
pub fn glyphs(frame: &Frame, row: u16) -> Vec<Glyph> {
    let (_, columns) = frame.screen.size();
    let cursor = (!frame.screen.hide_cursor()).then(|| frame.screen.cursor_position());
    let mut glyphs = Vec::new();
    for column in 0..columns.get() {
        let Some(cell) = frame.screen.cell(row, column) else { continue };
        if cell.is_wide_continuation() {
            continue;
        }
        let at_cursor = cursor == Some((row, column));
        let text = if cell.has_contents() { cell.contents() } else { " " };
        glyphs.push(Glyph {
            column: usize::from(column),
            columns: if cell.is_wide() { 2 } else { 1 },
            text: text.to_owned(),
            look: look(cell, at_cursor, frame.background),
        });
    }
    glyphs
}

fn look(cell: &vt100::Cell, at_cursor: bool, background: Background) -> Look {
    let mut ink = paint(cell.fgcolor(), background);
    let mut paper = paint(cell.bgcolor(), background);
    if cell.inverse() != at_cursor {
        let turned = (paper.or(Some(background.paper())), ink.or(Some(background.ink())));
        (ink, paper) = turned;
    }
    if cell.dim() {
        let under = paper.unwrap_or(background.paper());
        ink = Some(mix(ink.unwrap_or(background.ink()), under, 60));
    }
    Look { ink, paper, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::num::NonZeroU16;

    /// A screen of 20 columns and 2 rows that was written so.
    pub fn frame(bytes: &str) -> Frame {
        let size = |n| NonZeroU16::new(n).unwrap();
        let mut parser = vt100::Parser::new(size(2), size(20), 0);
        parser.process(b"\x1b[?25l");
        parser.process(bytes.as_bytes());
        Frame {
            screen: parser.screen().clone(),
            title: "bindery".into(),
            background: Background::Dark,
        }
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let glyphs = glyphs(&frame("a株b"), 0);
        let places: Vec<_> =
            glyphs.iter().map(|g| (g.column, g.columns, g.text.as_str())).collect();
        assert_eq!(places[..4], [(0, 1, "a"), (1, 2, "株"), (3, 1, "b"), (4, 1, " ")]);
    }

    #[test]
    fn inverse_and_cursor_turn_the_colours() {
        let turned = &glyphs(&frame("\x1b[7mx"), 0)[0].look;
        assert_eq!(turned.ink, Some(Background::Dark.paper()));
        assert_eq!(turned.paper, Some(Background::Dark.ink()));
        let cursor = &glyphs(&frame("\x1b[?25h"), 0)[0].look;
        assert_eq!(cursor.paper, Some(Background::Dark.ink()));
    }

    #[test]
    fn dim_comes_nearer_to_the_paper() {
        let dim = &glyphs(&frame("\x1b[2mx"), 0)[0].look;
        assert_eq!(dim.ink, Some(mix(Background::Dark.ink(), Background::Dark.paper(), 60)));
    }
}
