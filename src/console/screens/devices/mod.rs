//! All devices; `f` and a paste search them, answered from the state at hand before any request.

mod draw;

use super::bind::Bind;
use super::device::{self, DevicePage};
use crate::console::effect::{Effect, ReleaseOf};
use crate::console::fleet::{self, FleetRow, Search};
use crate::console::key::{Code, Key};
use crate::console::keymap::{Context, Verb, bind};
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Mode, Screen};
use crate::console::shared::{Shared, Snapshot};
use crate::console::widgets::list::ListView;
use crate::domain::DeviceId;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "devices",
    title: "All devices",
    list: true,
    bindings: &[
        bind(Verb::Open, "open", &["enter"], "open", "Open the device"),
        bind(Verb::Find, "find", &["f"], "find", "Search by name, serial, MAC, IP or id"),
        bind(Verb::Sync, "sync", &["s"], "sync", "Sync this device alone: plan, ask, write"),
        bind(Verb::Retry, "retry", &["r"], "retry", "Sync it again, as it is not linked"),
        bind(Verb::Bind, "bind", &["b"], "bind", "Choose its configuration by hand"),
        bind(Verb::Release, "release", &["x"], "", "Let syncs touch what undo held"),
    ],
};

/// The list of all devices and what it is searched for.
#[derive(Debug, Default)]
pub struct Devices {
    list: ListView<DeviceId>,
    /// Whether the cursor was moved since the search was typed.
    moved: bool,
}

impl Devices {
    /// Without a search.
    pub fn new() -> Self {
        Self::default()
    }

    fn make_rows(&mut self, snapshot: &Snapshot) {
        let search = Search::parse(self.list.filter.text());
        let hits = snapshot.fleet.search(&search);
        self.list.set_rows(hits.into_iter().map(|row| row.id.clone()).collect());
    }

    /// The search was changed: from the top, so that the best hit is seen.
    fn searched(&mut self, shared: &Shared) {
        self.moved = false;
        if let Some(snapshot) = &shared.snapshot {
            self.make_rows(snapshot);
        }
        self.list.act(Verb::Top);
    }

    fn current<'a>(&self, shared: &'a Shared) -> Option<&'a FleetRow> {
        shared.snapshot.as_ref()?.fleet.get(self.list.current()?)
    }

    /// The one device that is meant: the only hit, or the only one that answers as a whole.
    fn only_hit(&self, shared: &Shared) -> Option<DeviceId> {
        let search = Search::parse(self.list.filter.text());
        let fleet = &shared.snapshot.as_ref()?.fleet;
        let (first, second) = (self.list.rows().first()?, self.list.rows().get(1));
        let whole = |id: &DeviceId| fleet.get(id).is_some_and(|row| search.is_whole(row));
        let only = match second {
            None => true,
            Some(second) => !search.is_empty() && whole(first) && !whole(second),
        };
        only.then(|| first.clone())
    }

    fn show(&self, id: DeviceId, cx: &mut Cx<'_>) {
        cx.push(DevicePage::new(id, self.list.rows().to_vec()));
    }

    /// Enter while the search is typed: opens what can only be meant, else goes to the rows.
    fn enter(&mut self, cx: &mut Cx<'_>) {
        self.list.filter.editing = false;
        let meant = match self.moved {
            true => self.list.current().cloned(),
            false => self.only_hit(cx.shared),
        };
        if let Some(id) = meant {
            self.show(id, cx);
        }
    }
}

impl Screen for Devices {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn mode(&self) -> Mode {
        self.list.filter.mode()
    }

    fn can(&self, verb: Verb, shared: &Shared) -> bool {
        let row = self.current(shared);
        match verb {
            // One device at a time: nothing here works on several.
            Verb::Mark | Verb::MarkAll | Verb::Left | Verb::Right => false,
            Verb::Open | Verb::Copy | Verb::Sync | Verb::Bind => row.is_some(),
            Verb::Retry => row.is_some_and(|row| row.needs_attention()),
            Verb::Release => row.is_some_and(|row| row.state() == "held"),
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        let shared = cx.shared;
        match verb {
            Verb::Find => {
                self.list.filter.field.set("");
                self.list.filter.editing = true;
                self.searched(shared);
            }
            Verb::NextAttention | Verb::PreviousAttention => {
                let fleet = shared.snapshot.as_deref().map(|snapshot| &snapshot.fleet);
                let wants = |id: &DeviceId| {
                    let row = fleet.and_then(|fleet| fleet.get(id));
                    row.is_some_and(FleetRow::needs_attention)
                };
                if !self.list.jump(verb == Verb::NextAttention, wants) {
                    cx.say("None of these devices needs attention.");
                }
            }
            Verb::Open => {
                if let Some(id) = self.list.current().cloned() {
                    self.show(id, cx);
                }
            }
            Verb::Sync | Verb::Retry => {
                if let Some(row) = self.current(shared) {
                    device::sync(&row.id, &row.name, verb == Verb::Retry, cx);
                }
            }
            Verb::Bind => {
                if let Some(id) = self.list.current().cloned() {
                    cx.push(Bind::new(id));
                }
            }
            Verb::Release => {
                if let Some(id) = self.list.current().cloned() {
                    cx.effect(Effect::Release(ReleaseOf::Device(id)));
                }
            }
            _ => {
                let moves = !matches!(verb, Verb::Filter);
                let acted = self.list.act(verb);
                self.moved |= acted && moves;
                return acted;
            }
        }
        true
    }

    fn text(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        match key {
            key if key == Key::plain(Code::Enter) => self.enter(cx),
            key if key == Key::plain(Code::Tab) => {
                if let Some(whole) = fleet::complete(self.list.filter.text()) {
                    self.list.filter.field.set(&whole);
                    self.searched(cx.shared);
                }
            }
            key => match self.list.filter.key(key) {
                None => return false,
                Some(true) => self.searched(cx.shared),
                Some(false) => {}
            },
        }
        true
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.paste(text);
        if taken {
            self.searched(cx.shared);
        }
        taken
    }

    fn changed(&mut self, shared: &Shared) {
        if let Some(snapshot) = &shared.snapshot {
            self.make_rows(snapshot);
        }
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        let closed = self.list.close_one();
        if closed && let Some(snapshot) = &cx.shared.snapshot {
            self.make_rows(snapshot);
        }
        closed
    }

    fn header(&self, shared: &Shared) -> Header {
        draw::header(self, shared)
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        draw::sentence(self.current(shared), shared)
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        self.list.settle(area.height.saturating_sub(2));
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let (Some(snapshot), Some(row)) = (&shared.snapshot, self.current(shared)) else {
            return Vec::new();
        };
        device::copyables(snapshot, &row.id, &|at| shared.moment(at))
    }

    fn report(&self, shared: &Shared) -> Option<Report> {
        let fleet = &shared.snapshot.as_ref()?.fleet;
        let rows = self.list.rows().iter().filter_map(|id| fleet.get(id));
        let rows = rows.map(|row| {
            let cells = [
                row.id.as_str(),
                &row.name,
                &row.serial,
                row.state(),
                row.reason(),
                &row.policy,
                &row.organization,
                &row.ip,
                &row.mac,
                &row.model,
            ];
            cells.map(crate::text::clean).to_vec()
        });
        Some(Report {
            stem: "devices".into(),
            title: "Devices".into(),
            columns: vec![
                "device_id",
                "name",
                "serial_number",
                "state",
                "reason",
                "policy",
                "organization",
                "ip",
                "mac",
                "model",
            ],
            rows: rows.collect(),
        })
    }
}

#[cfg(test)]
mod tests;
