//! What a sync will do, before anything is written; `a` writes it after a question.

mod apply;
mod differs;
mod draw;
mod rows;
mod words;

use super::bind::Bind;
use crate::apply::{Prepared, Request as EngineRequest};
use crate::console::effect::{Answer, Effect, Slot, Trouble};
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Mode, Screen};
use crate::console::shared::Shared;
use crate::console::widgets::list::ListView;
use crate::domain::{Links, PolicyId};
use crate::plan::PlannedDevice;
use crate::settings::Settings;
use crate::text;
use apply::Intent;
use differs::Differs;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use rows::{DeviceKey, Filter, RowKey, View};
use std::collections::BTreeSet;
use std::sync::Arc;
use words::Kind;

pub use words::{name, value};

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "plan",
    title: "Plan",
    list: true,
    bindings: &[
        bind(Verb::Open, "unfold", &["enter"], "details", "Show the device's fields, or fold"),
        bind(Verb::Apply, "apply", &["a"], "apply", "Write the changes, after a question"),
        bind(Verb::Confirm, "confirm", &["C"], "confirm", "Confirm what the guard withholds"),
        bind(Verb::Bind, "bind", &["b"], "bind", "Choose the device's configuration by hand"),
        bind(Verb::Reread, "reread", &["R", "f5"], "plan again", "Plan again"),
    ],
};

/// A plan, and what it was made under.
#[derive(Debug)]
struct Made {
    prepared: Arc<Prepared>,
    view: View,
    /// When the oldest of what it was made from was read.
    at: Timestamp,
    settings: Option<Arc<Settings>>,
    links: Option<Links>,
}

/// The plan of a request.
#[derive(Debug)]
pub struct PlanScreen {
    title: String,
    request: EngineRequest,
    /// A plan that was made before this screen opened.
    given: Option<Arc<Prepared>>,
    made: Option<Made>,
    planning: bool,
    /// What planning is at.
    doing: String,
    trouble: Option<Trouble>,
    /// What is asked when the plan has been made again.
    then: Option<Intent>,
    /// How the plan differs from the one that was shown before.
    differs: Option<Differs>,
    list: ListView<RowKey>,
    folded: BTreeSet<PolicyId>,
    unfolded: BTreeSet<DeviceKey>,
}

impl PlanScreen {
    /// Plans the request, or shows the plan that was made already.
    pub fn new(title: String, request: EngineRequest, prepared: Option<Arc<Prepared>>) -> Self {
        Self {
            title,
            request,
            given: prepared,
            made: None,
            planning: false,
            doing: String::new(),
            trouble: None,
            then: None,
            differs: None,
            list: ListView::default(),
            folded: BTreeSet::new(),
            unfolded: BTreeSet::new(),
        }
    }

    fn plan(&mut self, cx: &mut Cx<'_>) {
        self.planning = true;
        self.trouble = None;
        self.doing.clear();
        cx.effect(Effect::Plan(Box::new(self.request.clone())));
    }

    /// Takes a plan and shows it; the cursor stays on its device.
    fn take(&mut self, prepared: Arc<Prepared>, shared: &Shared) {
        let before = self.current_key();
        let view = View::of(&prepared);
        self.differs = self.made.as_ref().map(|old| Differs::between(&old.prepared, &prepared));
        self.made = Some(Made {
            at: prepared.read_at().unwrap_or(shared.now),
            settings: shared.settings.clone(),
            links: shared.snapshot.as_ref().map(|snapshot| snapshot.known.links.clone()),
            prepared,
            view,
        });
        self.make_rows(shared);
        let made = self.made.as_ref();
        let place = before.and_then(|key| made.and_then(|m| m.view.find(&m.prepared, &key)));
        if let Some((part, at)) = place {
            self.list.select(&RowKey::Device(part, at));
        }
    }

    fn make_rows(&mut self, shared: &Shared) {
        let Some(made) = &self.made else { return };
        let filter = Filter::parse(self.list.filter.text());
        let (view, prepared) = (&made.view, &made.prepared);
        let rows = rows::shown(view, prepared, &filter, &self.folded, &self.unfolded, shared);
        self.list.set_rows(rows);
    }

    fn current(&self) -> Option<&PlannedDevice> {
        let made = self.made.as_ref()?;
        let place = self.list.current()?.device()?;
        made.view.planned(&made.prepared, place).map(|(_, planned)| planned)
    }

    fn current_key(&self) -> Option<DeviceKey> {
        let made = self.made.as_ref()?;
        made.view.key(&made.prepared, self.list.current()?.device()?)
    }

    /// Unfolds or folds what the cursor is on.
    fn fold(&mut self, fold: bool, shared: &Shared) {
        let Some(row) = self.list.current().copied() else { return };
        let Some(made) = &self.made else { return };
        match row {
            RowKey::Part(part) => {
                let Some(part) = made.view.parts.get(part) else { return };
                if fold {
                    self.folded.insert(part.policy.clone());
                } else {
                    self.folded.remove(&part.policy);
                }
            }
            RowKey::Device(part, at) | RowKey::Detail(part, at, _) => {
                let Some(key) = made.view.key(&made.prepared, (part, at)) else { return };
                let open = self.unfolded.contains(&key);
                match (fold, open) {
                    (false, _) => {
                        self.unfolded.insert(key);
                    }
                    (true, true) => {
                        self.list.select(&RowKey::Device(part, at));
                        self.unfolded.remove(&key);
                    }
                    (true, false) => {
                        self.list.select(&RowKey::Part(part));
                    }
                }
            }
        }
        self.make_rows(shared);
    }

    fn toggle(&mut self, shared: &Shared) {
        let Some(row) = self.list.current() else { return };
        let Some(made) = &self.made else { return };
        let open = match row {
            RowKey::Part(part) => {
                made.view.parts.get(*part).is_some_and(|p| !self.folded.contains(&p.policy))
            }
            _ => self.current_key().is_some_and(|key| self.unfolded.contains(&key)),
        };
        self.fold(open, shared);
    }

    /// Goes to the next row that a person should look at.
    fn jump(&mut self, forward: bool, cx: &mut Cx<'_>) {
        let Some(made) = &self.made else { return };
        let differs = self.differs.as_ref();
        let wants = |row: &RowKey| {
            let RowKey::Device(part, at) = row else { return false };
            let place = (*part, *at);
            let kind = made.view.entry(place).map(|entry| entry.kind);
            matches!(kind, Some(Kind::Pending | Kind::Withheld))
                || differs.is_some_and(|differs| {
                    made.view.key(&made.prepared, place).is_some_and(|key| differs.has(&key))
                })
        };
        if !self.list.jump(forward, wants) {
            cx.say("Nothing in this plan needs attention.");
        }
    }

    /// The plan came: shows it, and asks what was wanted of it.
    fn planned(&mut self, result: &Result<Arc<Prepared>, Trouble>, cx: &mut Cx<'_>) {
        self.planning = false;
        let then = self.then.take();
        match result {
            Err(trouble) => self.trouble = Some(trouble.clone()),
            Ok(prepared) => {
                self.take(Arc::clone(prepared), cx.shared);
                let differs = self.differs.as_ref().is_some_and(|differs| differs.any());
                match then {
                    // A question would take the keys from the filter.
                    Some(_) if self.list.filter.editing => {
                        cx.say("The plan is made again. Apply once more to be asked.");
                    }
                    Some(intent) if !differs => self.ask(intent, cx),
                    Some(_) => {
                        self.jump_to_difference();
                        let told = self.differs.as_ref().map(Differs::told).unwrap_or_default();
                        cx.warn(format!("{told} Look at it, then apply again."));
                    }
                    None => {}
                }
            }
        }
    }

    fn jump_to_difference(&mut self) {
        let (Some(made), Some(differs)) = (&self.made, &self.differs) else { return };
        let first = self.list.rows().iter().copied().find(|row| {
            let key = row.device().and_then(|place| made.view.key(&made.prepared, place));
            key.is_some_and(|key| differs.has(&key))
        });
        if let Some(first) = first {
            self.list.select(&first);
        }
    }
}

impl Screen for PlanScreen {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        match self.given.take() {
            Some(prepared) => self.take(prepared, cx.shared),
            None if self.made.is_none() && !self.planning => self.plan(cx),
            None => {}
        }
    }

    fn mode(&self) -> Mode {
        self.list.filter.mode()
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        let some = |wanted: fn(Kind) -> bool| {
            self.made.as_ref().is_some_and(|made| made.view.count(wanted) > 0)
        };
        match verb {
            // What is written is the whole plan; marks would promise less.
            Verb::Mark | Verb::MarkAll => false,
            Verb::Apply => {
                let record = self.made.as_ref().is_some_and(|made| made.prepared.to_record() > 0);
                !self.planning && (record || some(|k| k.writes() || k == Kind::Withheld))
            }
            Verb::Confirm => !self.planning && some(|kind| kind == Kind::Withheld),
            Verb::Bind | Verb::Copy => self.current().is_some_and(|p| p.device.is_some()),
            Verb::Open | Verb::Left | Verb::Right => self.list.current().is_some(),
            Verb::Reread => !self.planning,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Open => self.toggle(cx.shared),
            Verb::Left => self.fold(true, cx.shared),
            Verb::Right => self.fold(false, cx.shared),
            Verb::NextAttention => self.jump(true, cx),
            Verb::PreviousAttention => self.jump(false, cx),
            Verb::Apply => self.want(Intent::Apply, cx),
            Verb::Confirm => self.want(Intent::Confirm, cx),
            Verb::Reread => self.plan(cx),
            Verb::Bind => {
                if let Some(planned) = self.current() {
                    cx.push(Bind::new(planned.device_id.clone()));
                }
            }
            _ => return self.list.act(verb),
        }
        true
    }

    fn text(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.take(key, rows::complete);
        if taken {
            self.make_rows(cx.shared);
        }
        taken
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.paste(text);
        if taken {
            self.make_rows(cx.shared);
        }
        taken
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Planning(request, doing) if self.planning && **request == self.request => {
                self.doing = text::clean(doing);
            }
            Answer::Planned(request, result) if self.planning && **request == self.request => {
                self.planned(result, cx);
            }
            _ => {}
        }
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.planning {
            self.planning = false;
            self.then = None;
            cx.effect(Effect::Stop(Slot::Plan));
            cx.say("Planning was stopped; nothing was written.");
            // Without a plan there is nothing to stay for.
            return self.made.is_some();
        }
        let closed = self.list.close_one();
        self.make_rows(cx.shared);
        closed
    }

    fn spins(&self, _shared: &Shared) -> bool {
        self.planning
    }

    fn header(&self, shared: &Shared) -> Header {
        draw::header(self, shared)
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        draw::sentence(self, shared)
    }

    fn settle(&mut self, area: Rect, shared: &Shared) {
        self.list.settle(area.height.saturating_sub(draw::above(self, area, shared)));
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let (Some(snapshot), Some(planned)) = (&shared.snapshot, self.current()) else {
            return Vec::new();
        };
        super::device::copyables(snapshot, &planned.device_id, &|at| shared.moment(at))
    }

    fn report(&self, shared: &Shared) -> Option<Report> {
        let made = self.made.as_ref()?;
        let places = self.list.rows().iter().filter_map(|row| match row {
            RowKey::Device(part, at) => Some((*part, *at)),
            _ => None,
        });
        let rows = places.filter_map(|place| {
            let (plan, planned) = made.view.planned(&made.prepared, place)?;
            let title = &made.view.parts.get(place.0)?.title;
            let id = planned.configuration_id().map(|id| id.to_string()).unwrap_or_default();
            let cells = [
                title.as_str(),
                &plan.organization_id.to_string(),
                planned.device_id.as_str(),
                &planned.name,
                planned.serial_number.as_deref().unwrap_or_default(),
                Kind::of(planned).word(),
                &id,
                words::matched(planned),
                &words::in_short(planned, shared),
            ];
            Some(cells.map(text::clean).to_vec())
        });
        Some(Report {
            stem: "plan".into(),
            title: format!("Plan of {}", text::clean(&self.title)),
            columns: vec![
                "policy",
                "organization_id",
                "device_id",
                "name",
                "serial_number",
                "action",
                "configuration_id",
                "matched_by",
                "changes",
            ],
            rows: rows.collect(),
        })
    }
}

#[cfg(test)]
mod tests;
