//! Links that suggest themselves.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "proposals", title: "Link proposals", list: true, bindings: &[] };

/// Links that suggest themselves.
#[derive(Debug)]
pub struct Proposals {}

impl Proposals {
    /// A new one.
    pub fn new() -> Self {
        Self {}
    }
}

impl Screen for Proposals {
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
