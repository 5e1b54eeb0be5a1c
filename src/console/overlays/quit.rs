//! Quitting during a run: when done, safely now, or not.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context = Context { name: "quit", title: "Quit", list: false, bindings: &[] };

/// Quitting during a run: when done, safely now, or not.
#[derive(Debug)]
pub struct Quit {}

impl Quit {
    /// A new one.
    pub fn new() -> Self {
        Self {}
    }
}

impl Screen for Quit {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn act(&mut self, _verb: Verb, _cx: &mut Cx<'_>) -> bool {
        false
    }

    fn overlay(&self) -> bool {
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let _ = (frame, area, shared);
    }
}
