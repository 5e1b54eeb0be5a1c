//! Stories: one small language that plays a program in a real terminal.
//!
//! A story says what a person does (`press`, `type`, `resize`) and what the screen shows them
//! (`wait`, `expect`). The tests play all of them; `cargo run --release --example screenshots` plays
//! those that ask for a picture. So no picture is older than the program.
//!
//! `step` lists the language, `language` reads it, `player` plays it at a `place` in a `terminal`.
#![allow(
    dead_code,
    unused_imports,
    reason = "the tests, the pictures and the benches each use their part of it"
)]

mod keys;
mod language;
mod manners;
mod place;
mod player;
mod step;
mod terminal;
mod words;

pub use keys::Key;
pub use language::Story;
pub use place::Place;
pub use player::{Camera, Failure, Frame, NoCamera, play};
pub use step::{Background, Signal, Size, Step};
pub use terminal::{Ending, Seen, Terminal};
