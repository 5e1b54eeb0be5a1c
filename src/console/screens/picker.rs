//! The organization picker: asks IT Glue for exactly what is typed.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use crate::domain::PolicyId;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "picker", title: "Organization picker", list: true, bindings: &[] };

/// The organization picker: asks IT Glue for exactly what is typed.
#[derive(Debug)]
pub struct Picker {
    policy: PolicyId,
    name: String,
}

impl Picker {
    /// Picks an organization for the policy, asking for `name` first. The choice is delivered as
    /// [`crate::console::effect::Answer::OrganizationChosen`].
    pub fn new(policy: PolicyId, name: String) -> Self {
        Self { policy, name }
    }
}

impl Screen for Picker {
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
