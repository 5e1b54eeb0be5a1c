//! The console.
//!
//! The way of an event: [`event_loop`] waits for keys, signals, answers and timers, and hands each as
//! an [`event::Event`] to [`app::App::update`], the only place where state changes. What is to be done
//! outside comes back as [`effect::Effect`]s, which `effects` runs as tasks; each ends as an answer, an
//! event again. [`frame::draw`] draws the state and changes nothing.
//!
//! A screen is a module in `screens` (or `overlays`, where it lies over another) that implements
//! [`screen::Screen`] and has a row in [`screens::contexts`]; whatever opens it pushes it. It reads
//! [`shared::Shared`], changes only itself, and leaves requests in [`screen::Cx`]. A new effect is a
//! variant of [`effect::Effect`] with one of [`effect::Answer`] and an arm in `effects`.
//! A theme is a file in `themes/`; its roles are in [`theme`].

pub mod advice;
pub mod app;
#[cfg(test)]
mod app_tests;
mod demo;
pub mod effect;
mod effects;
pub mod event;
mod event_loop;
mod findings;
pub mod fleet;
pub mod frame;
#[cfg(test)]
pub(crate) mod fuzz;
mod input;
pub mod key;
pub mod keymap;
pub mod look;
pub mod organizations;
mod output;
pub mod overlays;
pub mod report;
pub mod run;
pub mod screen;
pub mod screens;
pub mod shared;
mod start;
mod terminal;
#[cfg(test)]
pub(crate) mod testing;
pub mod theme;
pub mod unfinished;
pub mod visit;
mod watch;
mod welcome;
mod widgets;
pub mod wizard;

pub use demo::demo;
pub use findings::findings;
pub use start::{Opening, run, theme_folder};
