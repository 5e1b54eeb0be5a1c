//! The setup, in seven steps.

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

/// What was entered so far.
#[derive(Debug, Clone, Default)]
pub struct Draft {}

impl Draft {
    /// What the settings hold, and what was left in a draft.
    pub fn of(_shared: &Shared) -> Self {
        Self::default()
    }
}
