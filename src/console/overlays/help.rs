//! What the keys do in the layer below.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context = Context { name: "help", title: "Help", list: true, bindings: &[] };

/// What the keys do in the layer below.
#[derive(Debug)]
pub struct Help {}

impl Help {
    /// A new one.
    pub fn new(_below: &dyn Screen, _shared: &Shared) -> Self {
        Self {}
    }
}

impl Screen for Help {
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
