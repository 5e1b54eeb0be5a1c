//! The terminal's colours.

use crate::story::Background;
use vt100::Color;

/// Red, green, blue.
pub type Paint = [u8; 3];

const DARK: [Paint; 16] = [
    [0x2b, 0x30, 0x3b],
    [0xf0, 0x71, 0x78],
    [0x8f, 0xc9, 0x6e],
    [0xe8, 0xb8, 0x5c],
    [0x6c, 0xac, 0xf2],
    [0xc7, 0x92, 0xea],
    [0x63, 0xc5, 0xcf],
    [0xc5, 0xcb, 0xd6],
    [0x7d, 0x87, 0x99],
    [0xff, 0x8b, 0x92],
    [0xa9, 0xdc, 0x8a],
    [0xff, 0xcf, 0x75],
    [0x8d, 0xc4, 0xff],
    [0xd9, 0xac, 0xf7],
    [0x82, 0xdc, 0xe5],
    [0xf4, 0xf6, 0xfa],
];

const LIGHT: [Paint; 16] = [
    [0x24, 0x29, 0x2f],
    [0xb4, 0x23, 0x2c],
    [0x1f, 0x73, 0x33],
    [0x8a, 0x5a, 0x00],
    [0x0b, 0x5c, 0xc0],
    [0x7a, 0x3e, 0xa8],
    [0x0f, 0x6f, 0x79],
    [0x6e, 0x76, 0x81],
    [0x57, 0x60, 0x6a],
    [0xcf, 0x2f, 0x38],
    [0x2a, 0x8a, 0x41],
    [0xa0, 0x6b, 0x00],
    [0x21, 0x73, 0xdb],
    [0x90, 0x52, 0xc2],
    [0x1b, 0x86, 0x91],
    [0x8c, 0x95, 0x9f],
];

/// What a colour looks like on this background; `None` is the terminal's own.
pub fn paint(color: Color, background: Background) -> Option<Paint> {
    let table = match background {
        Background::Dark => &DARK,
        Background::Light => &LIGHT,
    };
    match color {
        Color::Default => None,
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Idx(index) => table.get(usize::from(index)).copied().or_else(|| Some(cube(index))),
    }
}

/// xterm's cube of 6x6x6 colours and its 24 grays.
fn cube(index: u8) -> Paint {
    if index >= 232 {
        return [8 + (index - 232) * 10; 3];
    }
    let index = index.saturating_sub(16);
    let level = |part: u8| if part == 0 { 0 } else { 55 + part * 40 };
    [level(index / 36), level(index / 6 % 6), level(index % 6)]
}

/// Between two colours, so many hundredths of the first.
pub fn mix(first: Paint, second: Paint, hundredths: u16) -> Paint {
    let share = |at: usize| {
        let sum = u16::from(first[at]) * hundredths + u16::from(second[at]) * (100 - hundredths);
        (sum / 100) as u8
    };
    [share(0), share(1), share(2)]
}

/// As SVG writes it.
pub fn hex([red, green, blue]: Paint) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_256_colours_have_their_place() {
        let of = |index| paint(Color::Idx(index), Background::Dark);
        assert_eq!(of(1), Some([0xf0, 0x71, 0x78]));
        assert_eq!(of(16), Some([0, 0, 0]));
        assert_eq!(of(231), Some([255, 255, 255]));
        assert_eq!(of(208), Some([255, 135, 0]));
        assert_eq!(of(232), Some([8, 8, 8]));
        assert_eq!(of(255), Some([238, 238, 238]));
        assert_eq!(paint(Color::Default, Background::Light), None);
    }

    #[test]
    fn dim_is_between_ink_and_paper() {
        assert_eq!(mix([100, 100, 100], [0, 200, 50], 60), [60, 140, 80]);
    }
}
