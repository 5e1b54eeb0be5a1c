//! Colours: how a theme file spells them, and what is nearest where a terminal has fewer.

use super::Depth;
use ratatui::style::Color;

/// The terminal's own colours by the name that a theme file gives them.
pub(super) const NAMES: [(&str, Color); 17] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
    ("default", Color::Reset),
];

/// One of [`NAMES`], also in its other usual spellings.
pub(super) fn named(name: &str) -> Option<Color> {
    let name = name.to_lowercase().replace(['_', ' '], "-").replace("grey", "gray");
    let name = name.replace("bright-", "light-");
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, colour)| *colour)
}

/// The colour of `#rrggbb`.
pub(super) fn hex(text: &str) -> Option<Color> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok().map(Color::from_u32)
}

/// The nearest colour that a terminal of this depth has.
pub(super) fn degrade(colour: Color, depth: Depth) -> Color {
    match (depth, components(colour)) {
        (Depth::None, _) => Color::Reset,
        (Depth::Ansi256, Some(rgb)) if matches!(colour, Color::Rgb(..)) => nearest_of_256(rgb),
        (Depth::Ansi16, Some(rgb)) => nearest_of_16(rgb),
        _ => colour,
    }
}

/// Red, green and blue of a colour that is the same on every terminal; the 16 are the user's own.
pub(super) fn components(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index @ 16..=231) => {
            let cell = index - 16;
            Some([cell / 36, cell / 6 % 6, cell % 6].map(|step| CUBE[usize::from(step)]))
        }
        Color::Indexed(index @ 232..) => Some([8 + (index - 232) * 10; 3]),
        _ => None,
    }
}

/// The steps of the cube in the palette of 256, the same for red, green and blue.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The first 16 are left out: the user may have painted them anew.
fn nearest_of_256(rgb: [u8; 3]) -> Color {
    let wanted = Oklab::of(rgb);
    let distance = |index: u8| {
        components(Color::Indexed(index))
            .map_or(f32::INFINITY, |rgb| wanted.distance(Oklab::of(rgb)))
    };
    let nearest = (16..=u8::MAX).min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
    Color::Indexed(nearest.unwrap_or(16))
}

/// The hue goes before the lightness: what is red stays red, however the terminal paints its red.
fn nearest_of_16(rgb: [u8; 3]) -> Color {
    let lab = Oklab::of(rgb);
    if lab.chroma() < 0.05 {
        return match lab.lightness {
            light if light < 0.3 => Color::Black,
            light if light < 0.78 => Color::DarkGray,
            light if light < 0.93 => Color::Gray,
            _ => Color::White,
        };
    }
    // Orange goes with yellow: it warns, where red is for harm.
    let (dark, light) = match lab.hue() {
        hue if hue < 45.0 => (Color::Red, Color::LightRed),
        hue if hue < 122.0 => (Color::Yellow, Color::LightYellow),
        hue if hue < 172.0 => (Color::Green, Color::LightGreen),
        hue if hue < 230.0 => (Color::Cyan, Color::LightCyan),
        hue if hue < 285.0 => (Color::Blue, Color::LightBlue),
        hue if hue < 348.0 => (Color::Magenta, Color::LightMagenta),
        _ => (Color::Red, Color::LightRed),
    };
    if lab.lightness < 0.6 { dark } else { light }
}

/// A colour as the eye sees it: equal distances look equally far apart.
/// Source: Björn Ottosson, "A perceptual color space for image processing".
#[derive(Debug, Clone, Copy)]
pub(super) struct Oklab {
    lightness: f32,
    a: f32,
    b: f32,
}

impl Oklab {
    pub fn of(rgb: [u8; 3]) -> Self {
        let [red, green, blue] = rgb.map(linear);
        let l = (0.412_221_46 * red + 0.536_332_55 * green + 0.051_445_995 * blue).cbrt();
        let m = (0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue).cbrt();
        let s = (0.088_302_46 * red + 0.281_718_85 * green + 0.629_978_7 * blue).cbrt();
        Self {
            lightness: 0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
            a: 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
            b: 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
        }
    }

    pub fn distance(self, other: Self) -> f32 {
        let [l, a, b] =
            [self.lightness - other.lightness, self.a - other.a, self.b - other.b].map(|d| d * d);
        (l + a + b).sqrt()
    }

    fn chroma(self) -> f32 {
        self.a.hypot(self.b)
    }

    /// In degrees from 0 to 360.
    fn hue(self) -> f32 {
        self.b.atan2(self.a).to_degrees().rem_euclid(360.0)
    }
}

/// A component of sRGB as an amount of light, from 0 to 1.
pub(super) fn linear(component: u8) -> f32 {
    let value = f32::from(component) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings() {
        for name in ["dark-gray", "Dark_Grey", "dark grey"] {
            assert_eq!(named(name), Some(Color::DarkGray), "{name}");
        }
        assert_eq!(named("bright-blue"), Some(Color::LightBlue));
        assert_eq!(named("mauve"), None);
        assert_eq!(hex("#0a10fF"), Some(Color::Rgb(10, 16, 255)));
        for text in ["0a10ff", "#0a10f", "#+f+f+f", "#0a10fg", "#äää", ""] {
            assert_eq!(hex(text), None, "{text}");
        }
    }

    #[test]
    fn nearest_colours() {
        let at = |colour: &str, depth| degrade(hex(colour).unwrap(), depth);
        for (colour, of_256, of_16) in [
            ("#ffffff", 231, Color::White),
            ("#000000", 16, Color::Black),
            ("#ff0000", 196, Color::LightRed),
            ("#800000", 88, Color::Red),
            ("#ff8c00", 208, Color::LightYellow),
            ("#808080", 244, Color::DarkGray),
            ("#5fafff", 75, Color::LightBlue),
            ("#00875f", 29, Color::Green),
        ] {
            assert_eq!(at(colour, Depth::Ansi256), Color::Indexed(of_256), "{colour}");
            assert_eq!(at(colour, Depth::Ansi16), of_16, "{colour}");
            assert_eq!(at(colour, Depth::None), Color::Reset, "{colour}");
        }
        assert_eq!(degrade(Color::Red, Depth::Ansi16), Color::Red);
        assert_eq!(degrade(Color::Indexed(3), Depth::Ansi16), Color::Indexed(3));
        assert_eq!(degrade(Color::Indexed(196), Depth::Ansi16), Color::LightRed);
    }

    proptest! {
        #[test]
        fn each_depth_gets_only_what_it_has(rgb: [u8; 3]) {
            let colour = Color::Rgb(rgb[0], rgb[1], rgb[2]);
            prop_assert_eq!(degrade(colour, Depth::TrueColor), colour);
            prop_assert!(matches!(degrade(colour, Depth::Ansi256), Color::Indexed(16..)));
            let of_16 = degrade(colour, Depth::Ansi16);
            prop_assert!(NAMES.iter().any(|(_, named)| *named == of_16), "{:?}", of_16);
        }
    }
}
