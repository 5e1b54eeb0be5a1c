//! What a sync will do, before anything is written.

use crate::apply::{Prepared, Request};
use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use ratatui::Frame;
use ratatui::layout::Rect;
use std::sync::Arc;

/// Its keys.
pub static CONTEXT: Context = Context { name: "plan", title: "Plan", list: true, bindings: &[] };

/// What a sync will do, before anything is written.
#[derive(Debug)]
pub struct PlanScreen {
    title: String,
    request: Request,
    prepared: Option<Arc<Prepared>>,
}

impl PlanScreen {
    /// Plans the request, or shows the plan that was made already.
    pub fn new(title: String, request: Request, prepared: Option<Arc<Prepared>>) -> Self {
        Self { title, request, prepared }
    }
}

impl Screen for PlanScreen {
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
