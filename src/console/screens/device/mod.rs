//! One device: how it stands, its fields on both sides, the match, and every attempt of a run.

mod draw;
pub mod sides;
mod told;

use super::bind::Bind;
use crate::apply::Request as EngineRequest;
use crate::commands::device::standing::Standing;
use crate::console::effect::{Answer, Effect, ReleaseOf, Slot, Trouble};
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::sync::SyncAsk;
use crate::console::screen::{Cx, Header, Screen};
use crate::console::shared::{Shared, SidesNow};
use crate::domain::DeviceId;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::sync::Arc;
use told::Told;
pub use told::copyables;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "device",
    title: "Device",
    list: true,
    bindings: &[
        bind(Verb::Sync, "sync", &["s"], "sync", "Sync this device alone: plan, ask, write"),
        bind(Verb::Retry, "retry", &["r"], "retry", "Sync it again, as it is not linked"),
        bind(Verb::Bind, "bind", &["b"], "bind", "Choose its configuration by hand"),
        bind(Verb::Release, "release", &["x"], "release", "Let syncs touch what undo held"),
        bind(Verb::Reread, "reread", &["R", "f5"], "read both", "Read both sides now"),
        bind(Verb::NextDevice, "next_device", &["J"], "next", "To the next device of the list"),
        bind(Verb::PreviousDevice, "previous_device", &["K"], "previous", "To the previous device"),
    ],
};

/// Both sides as read just now.
#[derive(Debug, Default)]
enum Reading {
    /// Not asked for.
    #[default]
    No,
    /// Under way.
    Now,
    /// Read.
    Done(Arc<SidesNow>),
    /// It came to nothing.
    Failed(Trouble),
}

/// The page of one device.
#[derive(Debug)]
pub struct DevicePage {
    device: DeviceId,
    others: Vec<DeviceId>,
    reading: Reading,
    /// What the state says of it; `None` where it knows no such device.
    told: Option<Told>,
    scroll: usize,
    height: usize,
}

impl DevicePage {
    /// Shows the device; `J` and `K` go through `others`, the list it was opened from.
    pub fn new(device: DeviceId, others: Vec<DeviceId>) -> Self {
        Self { device, others, reading: Reading::No, told: None, scroll: 0, height: 1 }
    }

    fn tell(&mut self, shared: &Shared) {
        let Some(snapshot) = &shared.snapshot else { return };
        self.told = Told::of(snapshot, &self.device, &|at| shared.moment(at));
        // What was read before a sync, or of another configuration, says nothing of now.
        if let (Reading::Done(sides), Some(told)) = (&self.reading, &self.told)
            && (told.synced.is_some_and(|synced| sides.at < synced)
                || sides.asked != told.configuration)
        {
            self.reading = Reading::No;
        }
    }

    /// Where it stands in the list it was opened from.
    fn place(&self) -> Option<usize> {
        self.others.iter().position(|other| *other == self.device)
    }

    fn neighbour(&self, forward: bool) -> Option<&DeviceId> {
        let at = self.place()?;
        self.others.get(if forward { at.checked_add(1)? } else { at.checked_sub(1)? })
    }

    fn go(&mut self, forward: bool, cx: &mut Cx<'_>) {
        let Some(next) = self.neighbour(forward).cloned() else {
            return cx.say(if forward { "This is the last device." } else { "This is the first." });
        };
        self.stop(cx);
        self.device = next;
        self.reading = Reading::No;
        self.scroll = 0;
        self.tell(cx.shared);
    }

    /// Stops reading; whether something was under way.
    fn stop(&mut self, cx: &mut Cx<'_>) -> bool {
        if !matches!(self.reading, Reading::Now) {
            return false;
        }
        self.reading = Reading::No;
        cx.effect(Effect::Stop(Slot::Sides));
        true
    }

    fn scroll(&mut self, verb: Verb) -> bool {
        let page = self.height.saturating_sub(1).max(1);
        self.scroll = match verb {
            Verb::Up => self.scroll.saturating_sub(1),
            Verb::Down => self.scroll.saturating_add(1),
            Verb::PageUp => self.scroll.saturating_sub(page),
            Verb::PageDown => self.scroll.saturating_add(page),
            Verb::Top => 0,
            Verb::Bottom => usize::MAX,
            _ => return false,
        };
        true
    }
}

/// Asks for a run of one device alone.
pub fn sync(device: &DeviceId, name: &str, retry: bool, cx: &mut Cx<'_>) {
    let row = cx.shared.snapshot.as_ref().and_then(|snapshot| snapshot.fleet.get(device));
    let word = match row.map(|row| &row.standing) {
        Some(Standing::Pending(pending)) if retry && pending.reason.needs_a_person() => {
            "It needs a person first. "
        }
        _ => "",
    };
    sync_with_word(device, name, retry, word, cx);
}

/// Asks for a run of one device alone, and says this beforehand.
pub fn sync_with_word(device: &DeviceId, name: &str, retry: bool, word: &str, cx: &mut Cx<'_>) {
    let request = EngineRequest {
        device: Some(device.clone()),
        retry_pending: retry,
        ..EngineRequest::sync(None)
    };
    cx.push(SyncAsk::new(name.to_owned(), request).with_word(word.to_owned()));
}

impl Screen for DevicePage {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        let told = self.told.as_ref();
        match verb {
            Verb::Open
            | Verb::Mark
            | Verb::MarkAll
            | Verb::Filter
            | Verb::Left
            | Verb::Right
            | Verb::NextAttention
            | Verb::PreviousAttention
            | Verb::Export => false,
            Verb::Sync | Verb::Bind | Verb::Copy => told.is_some(),
            Verb::Retry => told.is_some_and(|told| matches!(told.standing, Standing::Pending(_))),
            Verb::Release => told.is_some_and(|told| matches!(told.standing, Standing::Held(_))),
            Verb::NextDevice => self.neighbour(true).is_some(),
            Verb::PreviousDevice => self.neighbour(false).is_some(),
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::NextDevice => self.go(true, cx),
            Verb::PreviousDevice => self.go(false, cx),
            Verb::Sync | Verb::Retry => {
                if let Some(told) = &self.told {
                    sync(&self.device, &told.name, verb == Verb::Retry, cx);
                }
            }
            Verb::Bind => cx.push(Bind::new(self.device.clone())),
            Verb::Release => cx.effect(Effect::Release(ReleaseOf::Device(self.device.clone()))),
            Verb::Reread => {
                self.reading = Reading::Now;
                cx.effect(Effect::ReadSides(self.device.clone()));
            }
            _ => return self.scroll(verb),
        }
        true
    }

    fn hear(&mut self, answer: &Answer, _cx: &mut Cx<'_>) {
        let Answer::Sides(device, result) = answer else { return };
        if *device != self.device || !matches!(self.reading, Reading::Now) {
            return;
        }
        self.reading = match result {
            Ok(sides) => Reading::Done(Arc::clone(sides)),
            Err(trouble) => Reading::Failed(trouble.clone()),
        };
    }

    fn changed(&mut self, shared: &Shared) {
        self.tell(shared);
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        self.stop(cx)
    }

    fn spins(&self, _shared: &Shared) -> bool {
        matches!(self.reading, Reading::Now)
    }

    fn header(&self, shared: &Shared) -> Header {
        draw::header(self, shared)
    }

    fn settle(&mut self, area: Rect, shared: &Shared) {
        self.height = usize::from(area.height).max(1);
        let lines = draw::lines(self, usize::from(area.width), shared).len();
        self.scroll = self.scroll.min(lines.saturating_sub(self.height));
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        draw::sentence(self, shared)
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        let lines = draw::lines(self, usize::from(area.width), shared);
        for (y, line) in (area.y..area.bottom()).zip(lines.iter().skip(self.scroll)) {
            frame.buffer_mut().set_line(area.x, y, line, area.width);
        }
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let Some(snapshot) = &shared.snapshot else { return Vec::new() };
        copyables(snapshot, &self.device, &|at| shared.moment(at))
    }

    fn hyperlinks(&self, _shared: &Shared) -> Vec<String> {
        self.told.as_ref().and_then(|told| told.page.clone()).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
