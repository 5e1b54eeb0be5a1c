//! The frame around a screen.

use super::paint::{hex, mix};
use super::row::{draw, escape};
use super::{CELL, LINE};
use crate::story::{Background, Frame};
use std::fmt::Write;

const MARGIN: usize = 16;
const BAR: usize = 36;
const FONTS: &str = "'JetBrains Mono','Cascadia Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono',\
                     'Liberation Mono',monospace";

/// Where the screen lies in its window, and how large both are.
pub struct Window {
    pub background: Background,
    pub columns: usize,
    pub rows: usize,
    /// Below the screen.
    pub foot: usize,
}

impl Window {
    pub fn of(frame: &Frame, foot: usize) -> Self {
        let (rows, columns) = frame.screen.size();
        let size = |n: std::num::NonZeroU16| usize::from(n.get());
        Self { background: frame.background, columns: size(columns), rows: size(rows), foot }
    }

    pub fn width(&self) -> usize {
        self.columns * CELL + 2 * MARGIN
    }

    pub fn height(&self) -> usize {
        BAR + self.rows * LINE + MARGIN + self.foot
    }

    pub fn left(&self) -> usize {
        MARGIN
    }

    pub fn top(&self) -> usize {
        BAR
    }

    /// The window with its title; the screen's content and the end are still to come.
    pub fn open(&self, title: &str) -> String {
        let (width, height) = (self.width(), self.height());
        let (paper, ink) = (self.background.paper(), self.background.ink());
        let (edge, muted) = (mix(ink, paper, 25), mix(ink, paper, 65));
        let title = escape(title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\" font-size=\"15\" \
             fill=\"{}\">\n<title>{title}</title>\n",
            hex(ink)
        );
        let _ = writeln!(
            svg,
            "<rect x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"9.5\" fill=\"{}\" stroke=\"{}\"/>",
            width - 1,
            height - 1,
            hex(paper),
            hex(edge)
        );
        for (at, color) in ["#ff5f57", "#febc2e", "#28c840"].into_iter().enumerate() {
            let _ = write!(
                svg,
                "<circle cx=\"{}\" cy=\"18\" r=\"5.5\" fill=\"{color}\"/>",
                22 + at * 19
            );
        }
        let _ = writeln!(
            svg,
            "\n<text x=\"{}\" y=\"23\" text-anchor=\"middle\" font-size=\"13\" fill=\"{}\">{title}</text>",
            width / 2,
            hex(muted)
        );
        svg
    }
}

/// A picture of one moment.
pub fn still(frame: &Frame, title: &str) -> String {
    let window = Window::of(frame, 0);
    let mut svg = window.open(title);
    for row in 0..window.rows {
        let drawn = draw(frame, u16::try_from(row).unwrap_or(u16::MAX));
        if !drawn.is_empty() {
            let (left, top) = (window.left(), window.top() + row * LINE);
            let _ = writeln!(svg, "<g transform=\"translate({left} {top})\">{drawn}</g>");
        }
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::super::runs::tests::frame;
    use super::*;

    #[test]
    fn the_same_screen_is_the_same_picture() {
        let picture = still(&frame("a\r\nb & c"), "bindery <demo>");
        assert_eq!(picture, still(&frame("a\x1b[2;1Hb & c"), "bindery <demo>"));
        assert!(picture.starts_with("<svg "), "{picture}");
        assert!(picture.contains("width=\"212\" height=\"92\""), "{picture}");
        assert!(picture.contains("<title>bindery &lt;demo&gt;</title>"), "{picture}");
        assert!(picture.contains("<g transform=\"translate(16 56)\"><text"), "{picture}");
        assert!(picture.ends_with("</svg>\n"));
    }
}
