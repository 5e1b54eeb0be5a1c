//! Where to export a list to.

use crate::console::keymap::{Context, Verb};
use crate::console::report::Report;
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "export", title: "Export", list: false, bindings: &[] };

/// Where to export a list to.
#[derive(Debug)]
pub struct Export {
    report: Report,
}

impl Export {
    /// A new one.
    pub fn new(report: Report) -> Self {
        Self { report }
    }
}

impl Screen for Export {
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
