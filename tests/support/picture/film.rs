//! An animated picture: every row is a strip of all that it ever shows, moved to what it shows now.
//!
//! CSS moves the strips, so that it plays wherever an SVG picture is shown, without a script. A row
//! that shows the same again shows the same piece of its strip, which keeps the file small.

use super::LINE;
use super::paint::{hex, mix};
use super::row::{draw, escape};
use super::window::Window;
use crate::story::Frame;
use std::fmt::Write;
use std::time::Duration;

/// A film doesn't wait longer than this for something to happen.
const STILL: Duration = Duration::from_millis(1500);
/// Between the pieces of a strip, so that no letter's tail reaches into the next.
const GAP: usize = 12;
/// Below the screen.
const FOOT: usize = 46;

struct Scene {
    frame: Frame,
    caption: String,
    lasts: Duration,
}

/// Scenes, each with the time it lasts.
#[derive(Default)]
pub struct Film {
    scenes: Vec<Scene>,
    caption: String,
    /// How long nothing has happened.
    still: Duration,
}

/// What one row shows over time.
#[derive(Default)]
struct Strip {
    pieces: Vec<String>,
    /// When which piece comes, in milliseconds.
    changes: Vec<(u128, usize)>,
}

impl Strip {
    fn show(&mut self, at: u128, piece: String) {
        let place = self.pieces.iter().position(|known| *known == piece);
        let place = place.unwrap_or_else(|| {
            self.pieces.push(piece);
            self.pieces.len() - 1
        });
        if self.changes.last().map(|(_, last)| *last) != Some(place) {
            self.changes.push((at, place));
        }
    }

    /// Its keyframes, and the strip itself at 0, 0.
    fn write(&self, name: &str, step: usize, total: u128) -> (String, String) {
        let mut strip = String::new();
        for (at, piece) in self.pieces.iter().enumerate().filter(|(_, piece)| !piece.is_empty()) {
            let _ = write!(strip, "<g transform=\"translate(0 {})\">{piece}</g>", at * step);
        }
        if self.changes.len() < 2 {
            return (String::new(), strip);
        }
        let mut keyframes = format!("@keyframes {name}{{");
        for (at, place) in &self.changes {
            // Of a hundred, with three decimals.
            let part = at * 100_000 / total.max(1);
            let y = place * step;
            let _ = write!(
                keyframes,
                "{}.{:03}%{{transform:translateY(-{y}px)}}",
                part / 1000,
                part % 1000
            );
        }
        let _ = writeln!(keyframes, "}}.{name}{{animation-name:{name}}}");
        (keyframes, format!("<g class=\"s {name}\">{strip}</g>"))
    }
}

impl Film {
    pub fn caption(&mut self, text: &str) {
        self.caption = text.to_owned();
    }

    pub fn scene(&mut self, frame: Frame, lasts: Duration) {
        self.scenes.push(Scene { frame, caption: self.caption.clone(), lasts });
    }

    /// A moment of waiting: cut where nothing happens for long.
    pub fn meanwhile(&mut self, frame: Frame, lasts: Duration) {
        let seen = |frame: &Frame| frame.screen.contents_formatted();
        let same = self.scenes.last().is_some_and(|scene| seen(&scene.frame) == seen(&frame));
        self.still = if same { self.still + lasts } else { Duration::ZERO };
        if self.still < STILL {
            self.scene(frame, lasts);
        }
    }

    pub fn lasts(&self) -> Duration {
        self.scenes.iter().map(|scene| scene.lasts).sum()
    }

    /// The film, in the size of its first scene; empty without one.
    pub fn develop(&self, title: &str) -> String {
        let Some(first) = self.scenes.first() else { return String::new() };
        let window = Window::of(&first.frame, FOOT);
        let (mut rows, mut captions) = (Vec::new(), Strip::default());
        rows.resize_with(window.rows, Strip::default);
        let mut now = 0;
        for scene in &self.scenes {
            for (row, strip) in rows.iter_mut().enumerate() {
                strip.show(now, draw(&scene.frame, u16::try_from(row).unwrap_or(u16::MAX)));
            }
            captions.show(now, caption(&scene.caption, window.width()));
            now += scene.lasts.as_millis();
        }
        assemble(&window, title, &rows, &captions, now)
    }
}

fn caption(text: &str, width: usize) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!(
        "<text x=\"{}\" y=\"28\" text-anchor=\"middle\" font-size=\"16\" \
         font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif\">{}</text>",
        width / 2,
        escape(text)
    )
}

fn assemble(window: &Window, title: &str, rows: &[Strip], captions: &Strip, total: u128) -> String {
    let seconds = format!("{}.{:03}", total / 1000, total % 1000);
    let mut style = format!(
        ".s{{animation-duration:{seconds}s;animation-timing-function:step-end;\
         animation-iteration-count:infinite}}\n\
         @media(prefers-reduced-motion:reduce){{.s{{animation-play-state:paused}}}}\n"
    );
    let (width, left) = (window.width(), window.left());
    let mut body = String::new();
    for (at, strip) in rows.iter().enumerate() {
        let (keyframes, strip) = strip.write(&format!("r{at}"), LINE + GAP, total);
        style += &keyframes;
        let (inner, top) = (width - 2 * left, window.top() + at * LINE);
        let _ = writeln!(
            body,
            "<svg x=\"{left}\" y=\"{top}\" width=\"{inner}\" height=\"{LINE}\">{strip}</svg>"
        );
    }
    let (keyframes, strip) = captions.write("c", FOOT + GAP, total);
    style += &keyframes;
    let top = window.height() - FOOT;
    let edge = hex(mix(window.background.ink(), window.background.paper(), 15));
    let _ = writeln!(body, "<path d=\"M1 {top}H{}\" stroke=\"{edge}\"/>", width - 1);
    let _ = writeln!(body, "<svg y=\"{top}\" width=\"{width}\" height=\"{FOOT}\">{strip}</svg>");
    format!("{}<style>\n{style}</style>\n{body}</svg>\n", window.open(title))
}

#[cfg(test)]
mod tests {
    use super::super::runs::tests::frame;
    use super::*;

    fn film() -> Film {
        let mut film = Film::default();
        film.caption("First");
        film.scene(frame("a\r\nsame"), Duration::from_millis(500));
        film.scene(frame("b\r\nsame"), Duration::from_millis(250));
        film.caption("Then");
        film.scene(frame("a\r\nsame"), Duration::from_millis(250));
        film
    }

    #[test]
    fn a_row_moves_only_when_it_changes() {
        let svg = film().develop("x");
        assert_eq!(film().lasts(), Duration::from_secs(1));
        assert!(svg.contains("animation-duration:1.000s"), "{svg}");
        let moves = "@keyframes r0{0.000%{transform:translateY(-0px)}\
                     50.000%{transform:translateY(-32px)}75.000%{transform:translateY(-0px)}}";
        assert!(svg.contains(moves), "{svg}");
        assert!(!svg.contains("@keyframes r1"), "{svg}");
        assert_eq!(svg.matches(">same<").count(), 1, "{svg}");
        assert_eq!(svg.matches(">a<").count(), 1, "{svg}");
        assert!(svg.contains("@keyframes c{0.000%{transform:translateY(-0px)}75"), "{svg}");
    }

    #[test]
    fn a_long_wait_is_cut() {
        let mut film = Film::default();
        for _ in 0..100 {
            film.meanwhile(frame("a"), Duration::from_millis(250));
        }
        film.meanwhile(frame("b"), Duration::from_millis(250));
        assert_eq!(film.lasts(), Duration::from_millis(1750));
    }

    #[test]
    fn no_scene_is_no_film() {
        assert_eq!(Film::default().develop("x"), "");
    }
}
