//! The setup, in seven steps.

pub mod ask;
pub mod check;
#[cfg(test)]
mod check_tests;
pub mod draft;
pub mod draft_file;
pub mod failure;
pub mod fleet;
pub mod rule;
pub mod secret;

pub use draft::{Draft, Step};

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context = Context { name: "setup", title: "Setup", list: false, bindings: &[] };

/// The setup, in seven steps.
#[derive(Debug)]
pub struct Wizard {
    draft: Draft,
}

impl Wizard {
    /// A new one.
    pub fn new(draft: Draft) -> Self {
        Self { draft }
    }
}

impl Screen for Wizard {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn act(&mut self, _verb: Verb, _cx: &mut Cx<'_>) -> bool {
        false
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let _ = (frame, area, shared);
    }
}
