//! Pictures of a terminal's screen as SVG: stills and films.
//!
//! The same screen always becomes the same bytes, so that a change of a picture is a change of the
//! program. Letters are text in whatever monospace font the viewer has, each run stretched to its
//! cells; what has to meet its neighbour (borders, bars, icons) is drawn as a shape.
//!
//! `paint` knows the colours, `runs` takes a row apart, `row` draws it, `shapes` draws what is no
//! letter, `window` puts rows into a frame, `film` lets them change.
#![allow(
    dead_code,
    unused_imports,
    reason = "the tests and the pictures each use their part of it"
)]

mod film;
mod paint;
mod row;
mod runs;
mod shapes;
mod window;

pub use film::Film;
pub use window::still;

/// A cell's width; fifteen pixels of nearly every monospace font are nine wide.
const CELL: usize = 9;
/// A row's height.
const LINE: usize = 20;
