//! Every action by name.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "palette", title: "Palette", list: true, bindings: &[] };

/// Every action by name.
#[derive(Debug)]
pub struct Palette {}

impl Palette {
    /// A new one.
    pub fn new(_below: &dyn Screen, _shared: &Shared) -> Self {
        Self {}
    }
}

impl Screen for Palette {
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
