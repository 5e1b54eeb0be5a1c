//! The integration of one policy.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use crate::domain::PolicyId;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "policy", title: "Integration of a policy", list: true, bindings: &[] };

/// The integration of one policy.
#[derive(Debug)]
pub struct PolicyPage {
    policy: PolicyId,
}

impl PolicyPage {
    /// Shows this policy.
    pub fn new(policy: PolicyId) -> Self {
        Self { policy }
    }
}

impl Screen for PolicyPage {
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
