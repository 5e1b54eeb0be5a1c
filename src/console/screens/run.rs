//! Devices Binding: a run, live.

use crate::console::event::RunKey;
use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "run", title: "Devices Binding", list: true, bindings: &[] };

/// Devices Binding: a run, live.
#[derive(Debug)]
pub struct RunScreen {
    key: RunKey,
}

impl RunScreen {
    /// Shows this run.
    pub fn new(key: RunKey) -> Self {
        Self { key }
    }
}

impl Screen for RunScreen {
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
