//! Characters that are drawn, because fonts disagree on them or leave gaps between them.

use super::{CELL, LINE};
use std::fmt::Write;

/// Lines to the four sides: up, down, left, right; 1 light, 2 heavy, 3 double.
#[rustfmt::skip]
const BOXES: [(char, [u8; 4]); 71] = [
    ('─', [0, 0, 1, 1]), ('━', [0, 0, 2, 2]), ('│', [1, 1, 0, 0]), ('┃', [2, 2, 0, 0]),
    ('┌', [0, 1, 0, 1]), ('┍', [0, 1, 0, 2]), ('┎', [0, 2, 0, 1]), ('┏', [0, 2, 0, 2]),
    ('┐', [0, 1, 1, 0]), ('┑', [0, 1, 2, 0]), ('┒', [0, 2, 1, 0]), ('┓', [0, 2, 2, 0]),
    ('└', [1, 0, 0, 1]), ('┕', [1, 0, 0, 2]), ('┖', [2, 0, 0, 1]), ('┗', [2, 0, 0, 2]),
    ('┘', [1, 0, 1, 0]), ('┙', [1, 0, 2, 0]), ('┚', [2, 0, 1, 0]), ('┛', [2, 0, 2, 0]),
    ('├', [1, 1, 0, 1]), ('┝', [1, 1, 0, 2]), ('┞', [2, 1, 0, 1]), ('┟', [1, 2, 0, 1]),
    ('┠', [2, 2, 0, 1]), ('┡', [2, 1, 0, 2]), ('┢', [1, 2, 0, 2]), ('┣', [2, 2, 0, 2]),
    ('┤', [1, 1, 1, 0]), ('┥', [1, 1, 2, 0]), ('┦', [2, 1, 1, 0]), ('┧', [1, 2, 1, 0]),
    ('┨', [2, 2, 1, 0]), ('┩', [2, 1, 2, 0]), ('┪', [1, 2, 2, 0]), ('┫', [2, 2, 2, 0]),
    ('┬', [0, 1, 1, 1]), ('┯', [0, 1, 2, 2]), ('┰', [0, 2, 1, 1]), ('┳', [0, 2, 2, 2]),
    ('┴', [1, 0, 1, 1]), ('┷', [1, 0, 2, 2]), ('┸', [2, 0, 1, 1]), ('┻', [2, 0, 2, 2]),
    ('┼', [1, 1, 1, 1]), ('┿', [1, 1, 2, 2]), ('╂', [2, 2, 1, 1]), ('╋', [2, 2, 2, 2]),
    ('═', [0, 0, 3, 3]), ('║', [3, 3, 0, 0]), ('╔', [0, 3, 0, 3]), ('╗', [0, 3, 3, 0]),
    ('╚', [3, 0, 0, 3]), ('╝', [3, 0, 3, 0]), ('╠', [3, 3, 0, 3]), ('╣', [3, 3, 3, 0]),
    ('╦', [0, 3, 3, 3]), ('╩', [3, 0, 3, 3]), ('╬', [3, 3, 3, 3]),
    ('╴', [0, 0, 1, 0]), ('╵', [1, 0, 0, 0]), ('╶', [0, 0, 0, 1]), ('╷', [0, 1, 0, 0]),
    ('╸', [0, 0, 2, 0]), ('╹', [2, 0, 0, 0]), ('╺', [0, 0, 0, 2]), ('╻', [0, 2, 0, 0]),
    ('╼', [0, 0, 1, 2]), ('╽', [1, 2, 0, 0]), ('╾', [0, 0, 2, 1]), ('╿', [2, 1, 0, 0]),
];

/// How a path is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pen {
    Fill,
    /// Part of the ink, in hundredths.
    Shade(u8),
    Light,
    Heavy,
}

impl Pen {
    /// The attributes of a path painted in this colour.
    pub fn attributes(self, color: &str) -> String {
        match self {
            Self::Fill => format!("fill=\"{color}\""),
            Self::Shade(part) => format!("fill=\"{color}\" fill-opacity=\".{part}\""),
            Self::Light => format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"1.3\""),
            Self::Heavy => format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"2.6\""),
        }
    }
}

/// A part of a shape: a path, relative to nothing, so that those of a row can be joined.
pub type Part = (Pen, String);

/// How a character at this column is drawn; `None` if it is a letter.
pub fn shape(character: char, column: usize) -> Option<Vec<Part>> {
    let left = (column * CELL) as f64;
    match character {
        '╭' | '╮' | '╯' | '╰' => Some(vec![(Pen::Light, corner(character, left))]),
        '\u{2500}'..='\u{257f}' => {
            let arms = BOXES.iter().find(|(known, _)| *known == character)?.1;
            Some(lines(arms, left))
        }
        '\u{2580}'..='\u{259f}' => block(character, left),
        '\u{2801}'..='\u{28ff}' => Some(vec![(Pen::Fill, braille(character, left))]),
        _ => sign(character, left),
    }
}

/// Two decimals at most, none of them for nothing.
fn n(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn corner(character: char, left: f64) -> String {
    let (x, y) = (left + 4.5, 10.0);
    let (toward_x, end_x) = match character {
        '╭' | '╰' => (x + 4.0, left + 9.0),
        _ => (x - 4.0, left),
    };
    let (start_y, toward_y) = match character {
        '╭' | '╮' => (20.0, y + 4.5),
        _ => (0.0, y - 4.5),
    };
    format!(
        "M{} {}V{}Q{} {} {} {}H{}",
        n(x),
        n(start_y),
        n(toward_y),
        n(x),
        n(y),
        n(toward_x),
        n(y),
        n(end_x)
    )
}

fn lines(arms: [u8; 4], left: f64) -> Vec<Part> {
    let (x, y) = (left + 4.5, 10.0);
    let ends = [(x, 0.0), (x, 20.0), (left, y), (left + 9.0, y)];
    let mut parts = Vec::new();
    for (at, (weight, end)) in arms.into_iter().zip(ends).enumerate() {
        let upright = at < 2;
        let mut line = |pen, offset: f64| {
            let path = if upright {
                format!("M{} {}V{}", n(x + offset), n(y), n(end.1))
            } else {
                // From left to right, so that neighbours join.
                let (from, to) = if end.0 < x { (end.0, x) } else { (x, end.0) };
                format!("M{} {}H{}", n(from), n(y + offset), n(to))
            };
            parts.push((pen, path));
        };
        match weight {
            1 => line(Pen::Light, 0.0),
            2 => line(Pen::Heavy, 0.0),
            3 => {
                line(Pen::Light, -1.5);
                line(Pen::Light, 1.5);
            }
            _ => {}
        }
    }
    parts
}

fn rectangle(x: f64, y: f64, width: f64, height: f64) -> String {
    format!("M{} {}h{}v{}h-{}z", n(x), n(y), n(width), n(height), n(width))
}

fn block(character: char, left: f64) -> Option<Vec<Part>> {
    let (width, height) = (CELL as f64, LINE as f64);
    let code = u32::from(character) - 0x2580;
    let eighths = |count: u32, whole: f64| f64::from(count) * whole / 8.0;
    let filled = |path| Some(vec![(Pen::Fill, path)]);
    match code {
        0x00 => filled(rectangle(left, 0.0, width, height / 2.0)),
        0x01..=0x08 => {
            let tall = eighths(code, height);
            filled(rectangle(left, height - tall, width, tall))
        }
        0x09..=0x0f => filled(rectangle(left, 0.0, eighths(16 - code, width), height)),
        0x10 => filled(rectangle(left + width / 2.0, 0.0, width / 2.0, height)),
        0x11..=0x13 => {
            let part = [25, 50, 75][code as usize - 0x11];
            Some(vec![(Pen::Shade(part), rectangle(left, 0.0, width, height))])
        }
        0x14 => filled(rectangle(left, 0.0, width, height / 8.0)),
        0x15 => filled(rectangle(left + width * 0.875, 0.0, width / 8.0, height)),
        0x16..=0x1f => {
            // Upper left, upper right, lower left, lower right.
            let quarters = [2, 1, 8, 11, 9, 14, 13, 4, 6, 7][code as usize - 0x16];
            filled(quadrants(quarters, left))
        }
        _ => None,
    }
}

fn quadrants(which: u8, left: f64) -> String {
    let (width, height) = (CELL as f64 / 2.0, LINE as f64 / 2.0);
    let places = [(8, 0.0, 0.0), (4, width, 0.0), (2, 0.0, height), (1, width, height)];
    let wanted = places.into_iter().filter(|(bit, _, _)| which & bit != 0);
    wanted.map(|(_, x, y)| rectangle(left + x, y, width, height)).collect()
}

/// Its eight dots are the eight bits of its number.
fn braille(character: char, left: f64) -> String {
    let bits = u32::from(character) - 0x2800;
    let places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let mut path = String::new();
    for (bit, (x, y)) in places.into_iter().enumerate() {
        if bits >> bit & 1 == 1 {
            let (x, y) = (left + 2.6 + f64::from(x) * 3.8, 4.0 + f64::from(y) * 4.0);
            path += &circle(x, y, 1.2);
        }
    }
    path
}

fn circle(x: f64, y: f64, radius: f64) -> String {
    let (r, across) = (n(radius), n(radius * 2.0));
    format!("M{} {}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0z", n(x - radius), n(y))
}

/// The icons of a policy's state, and the arrows of a tree.
fn sign(character: char, left: f64) -> Option<Vec<Part>> {
    let (x, y, radius) = (left + 4.5, 10.5, 3.9);
    let ring = || (Pen::Light, circle(x, y, radius));
    let triangle = |points: [(f64, f64); 3]| {
        let mut path = String::new();
        for (at, (right, down)) in points.into_iter().enumerate() {
            let letter = if at == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{} {}", n(x + right), n(y + down));
        }
        Some(vec![(Pen::Fill, path + "z")])
    };
    match character {
        '●' => Some(vec![(Pen::Fill, circle(x, y, radius + 0.5))]),
        '○' => Some(vec![ring()]),
        '◐' => {
            let r = n(radius);
            let half = format!("M{} {}a{r} {r} 0 0 0 0 {}z", n(x), n(y - radius), n(radius * 2.0));
            Some(vec![(Pen::Fill, half), ring()])
        }
        '▸' | '▶' => triangle([(-2.5, -4.0), (3.0, 0.0), (-2.5, 4.0)]),
        '◂' | '◀' => triangle([(2.5, -4.0), (-3.0, 0.0), (2.5, 4.0)]),
        '▾' | '▼' => triangle([(-4.0, -2.5), (4.0, -2.5), (0.0, 3.0)]),
        '▴' | '▲' => triangle([(-4.0, 2.5), (4.0, 2.5), (0.0, -3.0)]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(character: char) -> String {
        let parts = shape(character, 1).unwrap();
        parts.iter().map(|(pen, path)| format!("{pen:?} {path}")).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn borders_reach_the_edges_of_their_cell() {
        assert_eq!(only('─'), "Light M9 10H13.5; Light M13.5 10H18");
        assert_eq!(only('┌'), "Light M13.5 10V20; Light M13.5 10H18");
        assert_eq!(only('╰'), "Light M13.5 0V5.5Q13.5 10 17.5 10H18");
        assert_eq!(only('━'), "Heavy M9 10H13.5; Heavy M13.5 10H18");
    }

    #[test]
    fn blocks_fill_their_part() {
        assert_eq!(only('█'), "Fill M9 0h9v20h-9z");
        assert_eq!(only('▌'), "Fill M9 0h4.5v20h-4.5z");
        assert_eq!(only('▏'), "Fill M9 0h1.12v20h-1.12z");
        assert_eq!(only('▂'), "Fill M9 15h9v5h-9z");
        assert_eq!(only('░'), "Shade(25) M9 0h9v20h-9z");
        assert_eq!(only('▗'), "Fill M13.5 10h4.5v10h-4.5z");
        assert_eq!(only('▛').matches('M').count(), 3);
    }

    #[test]
    fn letters_are_no_shapes_and_nothing_panics() {
        for character in ['a', 'é', '株', '…', ' '] {
            assert_eq!(shape(character, 0), None);
        }
        for character in '\u{0}'..='\u{ffff}' {
            let _ = shape(character, 3);
        }
        assert_eq!(only('⠋').matches('M').count(), 3);
    }
}
