//! All devices; `f` and a paste search them.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "devices", title: "All devices", list: true, bindings: &[] };

/// All devices; `f` and a paste search them.
#[derive(Debug)]
pub struct Devices {}

impl Devices {
    /// Without a search.
    pub fn new() -> Self {
        Self {}
    }
}

impl Screen for Devices {
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
