//! What to copy.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context = Context { name: "copy", title: "Copy", list: false, bindings: &[] };

/// What to copy.
#[derive(Debug)]
pub struct Copy {
    values: Vec<(Verb, String)>,
}

impl Copy {
    /// A new one.
    pub fn new(values: Vec<(Verb, String)>) -> Self {
        Self { values }
    }
}

impl Screen for Copy {
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
