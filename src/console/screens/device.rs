//! One device: both sides, the match, every attempt.

use crate::console::keymap::{Context, Verb};
use crate::console::screen::{Cx, Screen};
use crate::console::shared::Shared;
use crate::domain::DeviceId;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Its keys.
pub static CONTEXT: Context =
    Context { name: "device", title: "Device", list: true, bindings: &[] };

/// One device: both sides, the match, every attempt.
#[derive(Debug)]
pub struct DevicePage {
    device: DeviceId,
    others: Vec<DeviceId>,
}

impl DevicePage {
    /// Shows the device; `J` and `K` go through `others`, the list it was opened from.
    pub fn new(device: DeviceId, others: Vec<DeviceId>) -> Self {
        Self { device, others }
    }
}

impl Screen for DevicePage {
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
