//! Choosing a theme, with a preview.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context = Context { name: "theme", title: "Theme", list: true, bindings: &[] };

/// Choosing a theme, with a preview.
#[derive(Debug)]
pub struct Themes {}

impl Themes {
    /// A new one.
    pub fn new(_shared: &Shared) -> Self {
        Self {}
    }
}

impl Screen for Themes {
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
