//! One row of the screen as SVG, its upper left corner at 0, 0.

use super::paint::{Paint, hex};
use super::runs::{Glyph, Look, glyphs};
use super::shapes::{Pen, shape};
use super::{CELL, LINE};
use crate::story::Frame;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Where letters stand in a row.
const BASELINE: usize = 15;

/// The row; empty if nothing is to be seen.
pub fn draw(frame: &Frame, row: u16) -> String {
    let glyphs = glyphs(frame, row);
    let own = frame.background.ink();
    let mut svg = papers(&glyphs);
    svg += &shapes(&glyphs, own);
    svg += &texts(&glyphs, own);
    svg
}

/// One rectangle a run of the same paper.
fn papers(glyphs: &[Glyph]) -> String {
    let mut svg = String::new();
    for run in glyphs.chunk_by(|a, b| a.look.paper == b.look.paper) {
        let Some((paper, start, end)) = run.first().zip(run.last()).and_then(|(first, last)| {
            Some((first.look.paper?, first.column, last.column + last.columns))
        }) else {
            continue;
        };
        let (x, width) = (start * CELL, (end - start) * CELL);
        let _ = write!(
            svg,
            "<rect x=\"{x}\" width=\"{width}\" height=\"{LINE}\" fill=\"{}\"/>",
            hex(paper)
        );
    }
    svg
}

/// One path a pen and colour: borders, bars, icons and underlines.
fn shapes(glyphs: &[Glyph], own: Paint) -> String {
    let mut paths: BTreeMap<(Pen, Paint), String> = BTreeMap::new();
    let mut add = |pen, ink, part: &str| {
        join(paths.entry((pen, ink)).or_default(), part);
    };
    for glyph in glyphs {
        let ink = glyph.look.ink.unwrap_or(own);
        for (pen, part) in drawn(glyph).into_iter().flatten() {
            add(pen, ink, &part);
        }
        if glyph.look.underline {
            let (start, end) = (glyph.column * CELL, (glyph.column + glyph.columns) * CELL);
            add(Pen::Light, ink, &format!("M{start} 17.5H{end}"));
        }
    }
    let path = |((pen, ink), d): (&(Pen, Paint), &String)| {
        format!("<path d=\"{d}\" {}/>", pen.attributes(&hex(*ink)))
    };
    paths.iter().map(path).collect()
}

fn drawn(glyph: &Glyph) -> Option<Vec<(Pen, String)>> {
    let mut characters = glyph.text.chars();
    let only = characters.next().filter(|_| characters.next().is_none())?;
    shape(only, glyph.column)
}

/// Appends a part; a line that goes on where the last one ended makes that one longer.
fn join(path: &mut String, part: &str) {
    if let Some((start, end)) = part.strip_prefix('M').and_then(|rest| rest.split_once('H'))
        && let Some(last) = path.rfind('M')
        && let Some((from, to)) = path[last + 1..].split_once('H')
        && let (Some((_, y)), Some((x, same_y))) = (from.split_once(' '), start.split_once(' '))
        && (x, y) == (to, same_y)
    {
        let kept = path.len() - to.len();
        path.truncate(kept);
        path.push_str(end);
    } else {
        path.push_str(part);
    }
}

/// One element a run of letters in one style, without the spaces around it.
fn texts(glyphs: &[Glyph], own: Paint) -> String {
    let mut svg = String::new();
    let style = |look: &Look| (look.ink, look.bold, look.italic);
    let mut run: Vec<&Glyph> = Vec::new();
    let mut spaces = 0;
    for glyph in glyphs {
        let blank = glyph.text == " ";
        let joins = run.last().is_some_and(|last| {
            style(&last.look) == style(&glyph.look) && spaces < 2 && common(last) && common(glyph)
        });
        if blank {
            spaces += 1;
        } else if drawn(glyph).is_some() {
            text(&mut svg, &std::mem::take(&mut run), own);
        } else if joins {
            run.push(glyph);
            spaces = 0;
        } else {
            text(&mut svg, &std::mem::take(&mut run), own);
            run.push(glyph);
            spaces = 0;
        }
    }
    text(&mut svg, &run, own);
    svg
}

/// Whether every monospace font has it, as wide as the others.
fn common(glyph: &Glyph) -> bool {
    glyph.columns == 1
        && glyph
            .text
            .chars()
            .all(|c| matches!(c, ' '..='\u{17f}' | '…' | '–' | '—' | '’' | '“' | '”'))
}

fn text(svg: &mut String, run: &[&Glyph], own: Paint) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let mut words = String::new();
    let mut column = first.column;
    for glyph in run {
        words.extend(std::iter::repeat_n(' ', glyph.column - column));
        words += &escape(&glyph.text);
        column = glyph.column + glyph.columns;
    }
    let columns = last.column + last.columns - first.column;
    let x = first.column * CELL;
    let place = if common(first) {
        format!("x=\"{x}\" textLength=\"{}\"", columns * CELL)
    } else {
        // In whatever font has it: in the middle of its cells.
        let middle = x * 2 + columns * CELL;
        let half = if middle.is_multiple_of(2) { "" } else { ".5" };
        format!("x=\"{}{half}\" text-anchor=\"middle\"", middle / 2)
    };
    let look = first.look;
    let fill = look.ink.filter(|ink| *ink != own);
    let fill = fill.map_or(String::new(), |ink| format!(" fill=\"{}\"", hex(ink)));
    let bold = if look.bold { " font-weight=\"bold\"" } else { "" };
    let italic = if look.italic { " font-style=\"italic\"" } else { "" };
    let _ = write!(svg, "<text {place} y=\"{BASELINE}\"{fill}{bold}{italic}>{words}</text>");
}

/// As SVG wants it; control characters are not allowed at all.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other if other.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::runs::tests::frame;
    use super::*;

    fn first(bytes: &str) -> String {
        draw(&frame(bytes), 0)
    }

    #[test]
    fn letters_keep_to_their_cells() {
        assert_eq!(first("  a <b>"), r#"<text x="18" textLength="45" y="15">a &lt;b&gt;</text>"#);
        assert_eq!(
            first("a  b"),
            "<text x=\"0\" textLength=\"9\" y=\"15\">a</text>\
             <text x=\"27\" textLength=\"9\" y=\"15\">b</text>"
        );
        assert_eq!(
            first("a株✓"),
            "<text x=\"0\" textLength=\"9\" y=\"15\">a</text>\
             <text x=\"18\" text-anchor=\"middle\" y=\"15\">株</text>\
             <text x=\"31.5\" text-anchor=\"middle\" y=\"15\">✓</text>"
        );
    }

    #[test]
    fn styles_are_told() {
        assert_eq!(
            first("\x1b[1;3;38;2;1;2;3;48;5;16mab"),
            "<rect x=\"0\" width=\"18\" height=\"20\" fill=\"#000000\"/><text x=\"0\" \
             textLength=\"18\" y=\"15\" fill=\"#010203\" font-weight=\"bold\" \
             font-style=\"italic\">ab</text>"
        );
        assert_eq!(
            first("\x1b[4ma b"),
            "<path d=\"M0 17.5H27\" fill=\"none\" stroke=\"#d5dae3\" stroke-width=\"1.3\"/>\
             <text x=\"0\" textLength=\"27\" y=\"15\">a b</text>"
        );
    }

    #[test]
    fn lines_are_joined() {
        assert_eq!(
            first("┌──┐"),
            "<path d=\"M4.5 10V20M4.5 10H31.5M31.5 10V20\" fill=\"none\" stroke=\"#d5dae3\" \
             stroke-width=\"1.3\"/>"
                .replace("M4.5 10H31.5M31.5 10V20", "M4.5 10H27M31.5 10V20M27 10H31.5")
        );
    }

    #[test]
    fn a_blank_row_is_nothing() {
        assert_eq!(first(""), "");
    }
}
