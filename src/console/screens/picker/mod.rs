//! The organization picker: asks IT Glue for exactly what is typed, and offers near names.

mod draw;

use crate::console::effect::{Answer, Effect, Slot, Trouble};
use crate::console::event::Timer;
use crate::console::key::{Code, Key};
use crate::console::keymap::{Context, Verb, bind};
use crate::console::organizations::NearName;
use crate::console::screen::{Cx, Header, Mode, Request, Screen};
use crate::console::shared::Shared;
use crate::console::widgets::field::Field;
use crate::console::widgets::list::ListView;
use crate::domain::{Organization, OrganizationId, PolicyId};
use crate::transport::Service;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::sync::Arc;
use std::time::Duration;

/// So long after the last key the question goes to IT Glue.
const TYPED: Duration = Duration::from_millis(300);

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "picker",
    title: "Organization picker",
    list: true,
    bindings: &[
        bind(Verb::Open, "choose", &["enter"], "choose", "Choose, or ask IT Glue at once"),
        bind(Verb::Down, "down", &["down"], "near names", "To the next name"),
        bind(Verb::Up, "up", &["up"], "", "To the name before, or back to the field"),
        bind(Verb::Reread, "list", &["f5"], "", "List the organizations again"),
        bind(Verb::Back, "back", &["esc"], "back", "Back without choosing"),
    ],
};

/// The organization picker: asks IT Glue for exactly what is typed.
#[derive(Debug)]
pub struct Picker {
    policy: PolicyId,
    field: Field,
    asked: Asked,
    waits: Option<(Service, Timestamp, &'static str)>,
    near: Arc<Vec<NearName>>,
    /// How many names were searched for the near ones, once they were.
    among: Option<usize>,
    searching: bool,
    list: ListView<Row>,
    /// Whether the cursor stands on a row; near names are never preselected.
    picked: bool,
}

/// A row of the list; a namesake differs by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Exact(OrganizationId),
    Near(OrganizationId),
}

/// How the exact question stands.
#[derive(Debug)]
enum Asked {
    /// Still being typed.
    Not,
    /// Under way.
    Asking,
    /// Answered.
    Found(Vec<Organization>),
    /// Not answered.
    Failed(Trouble),
}

impl Picker {
    /// Picks an organization for the policy, asking for `name` first. The choice is delivered as
    /// [`crate::console::effect::Answer::OrganizationChosen`].
    pub fn new(policy: PolicyId, name: String) -> Self {
        Self {
            policy,
            field: Field::with(&name),
            asked: Asked::Not,
            waits: None,
            near: Arc::default(),
            among: None,
            searching: false,
            list: ListView::default(),
            picked: false,
        }
    }

    fn wanted(&self) -> &str {
        self.field.text().trim()
    }

    /// Asks IT Glue for exactly what stands in the field; an older question is dropped.
    fn ask(&mut self, cx: &mut Cx<'_>) {
        let wanted = self.wanted().to_owned();
        if wanted.is_empty() {
            return;
        }
        self.waits = None;
        self.asked = Asked::Asking;
        self.make_rows();
        cx.effect(Effect::Named(wanted));
    }

    /// Searches the names listed so far.
    fn search(&mut self, cx: &mut Cx<'_>) {
        let Some(listing) = &cx.shared.organizations else { return };
        self.searching = true;
        cx.effect(Effect::Near(self.wanted().to_owned(), listing.index.clone()));
    }

    /// The text is another one: what was found for the old one no longer counts.
    fn typed(&mut self, cx: &mut Cx<'_>) {
        cx.effect(Effect::Stop(Slot::Named));
        self.asked = Asked::Not;
        self.waits = None;
        self.picked = false;
        self.among = None;
        self.make_rows();
        self.search(cx);
        cx.effect(Effect::Timer(Timer::Question, TYPED));
    }

    fn list_organizations(&self, again: bool, cx: &mut Cx<'_>) {
        let under_way_or_done =
            cx.shared.organizations.as_ref().is_some_and(|listing| listing.trouble().is_none());
        if again || !under_way_or_done {
            cx.effect(Effect::ListOrganizations);
        }
    }

    fn exact(&self) -> &[Organization] {
        match &self.asked {
            Asked::Found(found) => found,
            _ => &[],
        }
    }

    fn organization(&self, row: Row) -> Option<&Organization> {
        match row {
            Row::Exact(id) => self.exact().iter().find(|organization| organization.id == id),
            Row::Near(id) => self.near_name(id).map(|name| &name.near.organization),
        }
    }

    fn near_name(&self, id: OrganizationId) -> Option<&NearName> {
        self.near.iter().find(|name| name.near.organization.id == id)
    }

    /// The exact ones first, then those near that are none of them; beside an exact one only those
    /// that a reader takes for it.
    fn make_rows(&mut self) {
        let before = self.list.current().copied();
        let exact: Vec<OrganizationId> = self.exact().iter().map(|found| found.id).collect();
        let near = self.near.iter().map(|name| &name.near);
        let near = near.filter(|near| exact.is_empty() || near.difference.is_some());
        let near = near.map(|near| near.organization.id).filter(|id| !exact.contains(id));
        let near = near.map(Row::Near);
        self.list.set_rows(exact.iter().copied().map(Row::Exact).chain(near).collect());
        if self.list.current().copied() != before {
            self.picked = false;
        }
        // Only a single exact match is marked beforehand.
        if let [only] = exact.as_slice()
            && !self.picked
        {
            self.picked = self.list.select(&Row::Exact(*only));
        } else if !self.picked {
            self.list.act(Verb::Top);
        }
    }

    fn selected(&self) -> Option<Row> {
        self.list.current().copied().filter(|_| self.picked)
    }

    fn choose(&mut self, cx: &mut Cx<'_>) {
        match self.selected() {
            Some(Row::Near(id)) => {
                let name = self.near_name(id).map(|near| near.near.organization.name.clone());
                self.field.set(&name.unwrap_or_default());
                self.typed(cx);
                self.ask(cx);
            }
            Some(row) => {
                let Some(organization) = self.organization(row).cloned() else { return };
                let policy = self.policy.clone();
                cx.pop();
                let chosen = Answer::OrganizationChosen { policy, organization };
                cx.request(Request::Deliver(chosen));
            }
            None if self.exact().len() > 1 => cx.say(format!(
                "{} organizations have this name: the arrow keys choose one.",
                self.exact().len()
            )),
            None if matches!(self.asked, Asked::Asking) => {}
            None => self.ask(cx),
        }
    }

    fn step(&mut self, verb: Verb) {
        let rows = self.list.rows().len();
        match (verb, self.picked) {
            (_, false) if rows == 0 => {}
            (Verb::Up | Verb::PageUp, false) => {}
            (Verb::Up, true) if self.list.position() == 0 => self.picked = false,
            (Verb::Down | Verb::PageDown, false) => self.picked = true,
            _ => {
                self.list.act(verb);
            }
        }
    }
}

impl Screen for Picker {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        self.list_organizations(false, cx);
        self.search(cx);
        self.ask(cx);
    }

    fn mode(&self) -> Mode {
        Mode::Text
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Down => !self.list.rows().is_empty(),
            Verb::Open => !self.wanted().is_empty(),
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Open => self.choose(cx),
            Verb::Up | Verb::Down | Verb::PageUp | Verb::PageDown => self.step(verb),
            Verb::Reread => self.list_organizations(true, cx),
            _ => return false,
        }
        true
    }

    fn text(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        // The palette's and the filter's keys are text here; Tab has nowhere to go.
        if matches!(key.code, Code::Tab | Code::BackTab) {
            return true;
        }
        let before = self.wanted().to_owned();
        if !self.field.key(key) {
            return false;
        }
        if self.wanted() != before {
            self.typed(cx);
        }
        true
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        self.field.paste(text);
        self.typed(cx);
        true
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        if timer == Timer::Question && matches!(self.asked, Asked::Not) {
            self.ask(cx);
        }
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Named(name, result) if name == self.wanted() => {
                self.waits = None;
                self.asked = match result {
                    Ok(found) => Asked::Found(found.clone()),
                    Err(trouble) => Asked::Failed(trouble.clone()),
                };
                self.make_rows();
            }
            Answer::Waits(Slot::Named, service, until, why) => {
                self.waits = Some((*service, *until, why));
            }
            Answer::Near { wanted, among, names } if wanted == self.wanted() => {
                self.near = Arc::clone(names);
                self.among = Some(*among);
                self.searching = false;
                self.make_rows();
                let listed = cx.shared.organizations.as_ref().map_or(0, |l| l.index.len());
                if listed > *among {
                    self.search(cx);
                }
            }
            Answer::Listed(listing) => {
                // One search at a time: its answer asks for the next.
                let more = listing.index.len() > self.among.unwrap_or_default();
                if more && !self.searching {
                    self.search(cx);
                }
            }
            _ => {}
        }
    }

    fn spins(&self, _shared: &Shared) -> bool {
        matches!(self.asked, Asked::Asking) && self.waits.is_none()
    }

    fn header(&self, shared: &Shared) -> Header {
        draw::header(self, shared)
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        draw::sentence(self, shared)
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        self.list.settle(area.height.saturating_sub(draw::ABOVE));
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }
}

#[cfg(test)]
mod tests;
