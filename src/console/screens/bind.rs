//! Binding a device by hand: candidates side by side, or an id or address.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use crate::domain::DeviceId;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "bind", title: "Bind by hand", list: true, bindings: &[] };

/// Binding a device by hand: candidates side by side, or an id or address.
#[derive(Debug)]
pub struct Bind {
    device: DeviceId,
}

impl Bind {
    /// A new one.
    pub fn new(device: DeviceId) -> Self {
        Self { device }
    }
}

impl Screen for Bind {
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
