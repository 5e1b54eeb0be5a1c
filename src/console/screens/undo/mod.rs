//! What undoing a run would put back and what it would leave, before anything is written; `a` writes
//! it after a question.

mod draw;
#[cfg(test)]
mod tests;

use super::policy::Unlink;
use crate::apply::{Request as EngineRequest, UndoPlan};
use crate::commands::undo::{headline, inactive};
use crate::console::effect::{Answer, Effect, Slot, Trouble};
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::ask::Ask;
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Mode, Request, Screen};
use crate::console::shared::{RunSpec, Shared, Snapshot};
use crate::console::widgets::list::ListView;
use crate::console::widgets::plural;
use crate::domain::{Attribute, PolicyId, Run, RunId, RunKind};
use crate::plan::UndoDevice;
use crate::text;
use jiff::SignedDuration;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "undo",
    title: "Undo",
    list: true,
    bindings: &[
        bind(Verb::Apply, "apply", &["a"], "put back", "Put it back, after a question"),
        bind(Verb::NextAttention, "next", &["n"], "next left", "Go to the next that is left"),
        bind(
            Verb::Unlink,
            "unlink",
            &["U"],
            "unlink",
            "Unlink the policy that the run linked first",
        ),
        bind(Verb::Reread, "reread", &["R", "f5"], "plan again", "Plan again"),
    ],
};

/// An older plan is made again before it is applied.
const OLD: SignedDuration = SignedDuration::from_mins(5);

/// Names a row: the device's place, and what of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RowKey {
    Device(usize),
    Change(usize, Attribute),
    Left(usize, usize),
}

impl RowKey {
    const fn device(self) -> usize {
        match self {
            Self::Device(at) | Self::Change(at, _) | Self::Left(at, _) => at,
        }
    }
}

/// The undo of a run.
#[derive(Debug)]
pub struct UndoScreen {
    run: RunId,
    plan: Option<Arc<UndoPlan>>,
    planning: bool,
    trouble: Option<Trouble>,
    /// It is asked as soon as the plan has been made again.
    asks: bool,
    list: ListView<RowKey>,
}

impl UndoScreen {
    /// Plans the undo of this run.
    pub fn new(run: RunId) -> Self {
        Self {
            run,
            plan: None,
            planning: false,
            trouble: None,
            asks: false,
            list: ListView::default(),
        }
    }

    fn make(&mut self, cx: &mut Cx<'_>) {
        (self.planning, self.trouble) = (true, None);
        cx.effect(Effect::PlanUndo(self.run));
    }

    fn make_rows(&mut self) {
        let Some(plan) = &self.plan else { return };
        let wanted = self.list.filter.text().to_lowercase();
        let hits = |device: &UndoDevice| {
            wanted.split_whitespace().all(|word| device.name.to_lowercase().contains(word))
        };
        let mut rows = Vec::new();
        for (at, device) in plan.devices.iter().enumerate().filter(|(_, device)| hits(device)) {
            rows.push(RowKey::Device(at));
            let changes = device.put_back.changes.keys();
            rows.extend(changes.map(|attribute| RowKey::Change(at, *attribute)));
            rows.extend((0..device.put_back.left.len()).map(|left| RowKey::Left(at, left)));
        }
        self.list.set_rows(rows);
    }

    fn current(&self) -> Option<&UndoDevice> {
        self.plan.as_ref()?.devices.get(self.list.current()?.device())
    }

    fn want(&mut self, cx: &mut Cx<'_>) {
        if !cx.shared.writes() {
            return cx.warn(
                "The integration is switched off, so nothing is written to IT Glue. Switch it on: \
                 :setup",
            );
        }
        let Some(plan) = &self.plan else { return };
        if cx.shared.now.duration_since(plan.read_at) > OLD {
            cx.say("The plan is older than five minutes, so it is made again first.");
            self.asks = true;
            return self.make(cx);
        }
        self.ask(cx);
    }

    fn ask(&self, cx: &mut Cx<'_>) {
        let Some(plan) = &self.plan else { return };
        if !plan.has_something_to_do() {
            return cx.say("Nothing is to be put back.");
        }
        let policies: BTreeSet<PolicyId> = plan.run.policies.iter().cloned().collect();
        let request = EngineRequest {
            undoes: Some(self.run),
            undo_seen: Some(plan.seen()),
            ..EngineRequest::sync(Some(policies))
        };
        let title = format!("undo of run {}", self.run);
        let spec = RunSpec { request, title, shown: None };
        let yes = vec![Request::Pop, Request::Start(Box::new(spec))];
        cx.push(Ask::yes_no(question(plan), yes));
    }

    /// The plan came: it is shown, and asked if that was wanted and nothing of it is another.
    fn planned(&mut self, result: &Result<Arc<UndoPlan>, Trouble>, cx: &mut Cx<'_>) {
        self.planning = false;
        let asks = std::mem::take(&mut self.asks);
        match result {
            Err(trouble) => self.trouble = Some(trouble.clone()),
            Ok(plan) => {
                let same = self.plan.as_ref().is_some_and(|old| old.devices == plan.devices);
                self.plan = Some(Arc::clone(plan));
                self.make_rows();
                match (asks, same) {
                    (true, true) if !self.list.filter.editing => self.ask(cx),
                    (true, _) => cx.warn("The plan has changed. Look at it, then apply again."),
                    (false, _) => {}
                }
            }
        }
    }
}

/// `Put back 38 changes at Acme Corporation?`
fn question(plan: &UndoPlan) -> String {
    let names: Vec<String> = plan.organizations.values().map(|name| text::clean(name)).collect();
    let place = match names.as_slice() {
        [only] => only.clone(),
        several => format!("{} organizations", several.len()),
    };
    match plan.writes() {
        0 => format!("Hold what run {} touched at {place}?", plan.run.id),
        writes => {
            let changes = plural(writes, "change", "changes");
            format!("Put back {writes} {changes} at {place}{}?", inactive(plan))
        }
    }
}

/// The policy whose link was new when this run synced it for the first time: it may be the link that
/// was the mistake.
fn linked_first(snapshot: &Snapshot, run: &Run) -> Option<PolicyId> {
    let own = |id: &&PolicyId| snapshot.known.links.own(id).is_some();
    let mut linked = run.policies.iter().filter(own);
    let (policy, None) = (linked.next()?, linked.next()) else { return None };
    let since = snapshot.link_events.iter().rfind(|event| event.policy_id == *policy)?.at;
    let earlier = |other: &&Run| {
        other.kind == RunKind::Sync
            && other.id < run.id
            && other.started >= since
            && other.policies.contains(policy)
    };
    let first = run.kind == RunKind::Sync
        && run.started >= since
        && snapshot.runs.iter().filter(earlier).count() == 0;
    first.then(|| policy.clone())
}

impl UndoScreen {
    fn unlinkable(&self, shared: &Shared) -> Option<PolicyId> {
        linked_first(shared.snapshot.as_ref()?, &self.plan.as_ref()?.run)
    }
}

impl Screen for UndoScreen {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        if self.plan.is_none() && !self.planning {
            self.make(cx);
        }
    }

    fn mode(&self) -> Mode {
        if self.list.filter.editing { Mode::Text } else { Mode::List }
    }

    fn can(&self, verb: Verb, shared: &Shared) -> bool {
        let plan = self.plan.as_ref();
        match verb {
            // What is put back is the whole plan; marks would promise less.
            Verb::Mark | Verb::MarkAll | Verb::Left | Verb::Right | Verb::Open => false,
            Verb::Apply => !self.planning && plan.is_some_and(|p| p.has_something_to_do()),
            Verb::NextAttention | Verb::PreviousAttention => plan.is_some_and(|p| p.leaves()),
            Verb::Unlink => self.unlinkable(shared).is_some(),
            Verb::Reread => !self.planning,
            Verb::Export => !self.list.rows().is_empty(),
            Verb::Copy => self.current().is_some(),
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Apply => self.want(cx),
            Verb::Reread => self.make(cx),
            Verb::NextAttention | Verb::PreviousAttention => {
                let left = |row: &RowKey| matches!(row, RowKey::Left(..));
                self.list.jump(verb == Verb::NextAttention, left);
            }
            Verb::Unlink => {
                if let (Some(policy), Some(snapshot)) =
                    (self.unlinkable(cx.shared), &cx.shared.snapshot)
                {
                    cx.push(Unlink::new(Arc::clone(snapshot), &policy));
                }
            }
            _ => return self.list.act(verb),
        }
        true
    }

    fn text(&mut self, key: Key, _cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.key(key).is_some();
        self.make_rows();
        taken
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> bool {
        if !self.list.filter.editing {
            return false;
        }
        self.list.filter.field.paste(text.trim());
        self.make_rows();
        true
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        if let Answer::UndoPlanned(run, result) = answer
            && self.planning
            && *run == self.run
        {
            self.planned(result, cx);
        }
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.planning {
            (self.planning, self.asks) = (false, false);
            cx.effect(Effect::Stop(Slot::Undo));
            cx.say("Planning was stopped; nothing was written.");
            return self.plan.is_some();
        }
        let closed = self.list.close_one();
        self.make_rows();
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

    fn copyables(&self, _shared: &Shared) -> Vec<(Verb, String)> {
        let Some(device) = self.current() else { return Vec::new() };
        vec![
            (Verb::CopyName, device.name.clone()),
            (Verb::CopyMessage, device.put_back.left_told()),
            (Verb::CopyId, device.configuration_id.to_string()),
        ]
    }

    fn report(&self, _shared: &Shared) -> Option<Report> {
        let plan = self.plan.as_ref()?;
        let rows = self.list.rows().iter().filter_map(|row| {
            let device = plan.devices.get(row.device())?;
            let (field, now, then, left) = match row {
                RowKey::Device(_) => return None,
                RowKey::Change(_, field) => {
                    let change = device.put_back.changes.get(field)?;
                    let now = change.from.as_ref().map(ToString::to_string).unwrap_or_default();
                    (field.key(), now, change.to.to_string(), String::new())
                }
                RowKey::Left(_, at) => {
                    let left = device.put_back.left.get(*at)?;
                    let field = left.attribute.map_or("all", |attribute| attribute.key());
                    (field, String::new(), String::new(), left.why.sentence())
                }
            };
            let organization = device.organization_id.to_string();
            let configuration = device.configuration_id.to_string();
            let cells = [&*organization, device.device_id.as_str(), &device.name, &configuration];
            let cells = cells.into_iter().chain([field, &now, &then, &left]);
            Some(cells.map(text::clean).collect())
        });
        Some(Report {
            stem: format!("undo-run{}", self.run),
            title: format!("Undo of run {}: {}", self.run, headline(plan)),
            columns: vec![
                "organization_id",
                "device_id",
                "name",
                "configuration_id",
                "field",
                "now",
                "then",
                "left",
            ],
            rows: rows.collect(),
        })
    }
}
