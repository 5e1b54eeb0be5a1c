//! The integration of one policy: its organization, how its devices stand, what the next sync would do.

mod draw;
mod leaving;
mod standing;
mod unlink;

pub use unlink::{CONTEXT as UNLINK_CONTEXT, Unlink};

use super::bind::Bind;
use super::device::DevicePage;
use super::picker::Picker;
use super::plan::PlanScreen;
use crate::apply::{Prepared, Request as EngineRequest};
use crate::commands::new_link::NewLink;
use crate::commands::overview::PolicyOverview;
use crate::console::effect::{Answer, Effect, ReleaseOf};
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::ask::Ask;
use crate::console::overlays::sync::SyncAsk;
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Request, Screen};
use crate::console::shared::Shared;
use crate::console::widgets::list::ListView;
use crate::domain::{DeviceId, LinkTarget, Organization, PolicyId};
use crate::text;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use standing::Standing;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "policy",
    title: "Integration of a policy",
    list: true,
    bindings: &[
        bind(Verb::Save, "save", &["S"], "save changes", "Store the link, then show its plan"),
        bind(Verb::Open, "open", &["enter"], "open", "Save the changes, or open the device"),
        bind(Verb::ChooseOrganization, "link", &["o"], "organization", "Choose the organization"),
        bind(Verb::WithBelow, "with_below", &["w"], "below", "Cover the policies below, or not"),
        bind(Verb::Plan, "plan", &["p"], "plan", "Show what a sync would do"),
        bind(Verb::Sync, "sync", &["s"], "sync", "Plan, then ask, then sync"),
        bind(Verb::Retry, "retry", &["r"], "retry", "Sync only devices that are not linked"),
        bind(Verb::Bind, "bind", &["b"], "bind", "Bind the device by hand"),
        bind(Verb::Release, "release", &["x"], "release", "Let syncs touch what undo held"),
        bind(Verb::Unlink, "unlink", &["U"], "unlink", "Unlink, or inherit again"),
    ],
};

/// The integration of one policy.
#[derive(Debug)]
pub struct PolicyPage {
    policy: PolicyId,
    /// The link that was chosen and is not stored yet, with what follows from it.
    unsaved: Option<NewLink>,
    saving: bool,
    /// The last plan of this policy that was made here, and when.
    planned: Option<(Timestamp, Arc<Prepared>)>,
    list: ListView<Row>,
    standing: Standing,
}

/// A row that can have the cursor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    /// **Save changes**.
    Save,
    /// A device that is not simply bound.
    Device(DeviceId),
}

impl PolicyPage {
    /// Shows this policy.
    pub fn new(policy: PolicyId) -> Self {
        Self {
            policy,
            unsaved: None,
            saving: false,
            planned: None,
            list: ListView::default(),
            standing: Standing::default(),
        }
    }

    fn row<'a>(&self, shared: &'a Shared) -> Option<&'a PolicyOverview> {
        shared.snapshot.as_ref()?.policy(&self.policy)
    }

    fn own<'a>(&self, shared: &'a Shared) -> Option<&'a LinkTarget> {
        shared.snapshot.as_ref()?.known.links.own(&self.policy)
    }

    fn path(&self, shared: &Shared) -> String {
        match &shared.snapshot {
            Some(snapshot) => snapshot.known.tree.path_text(&self.policy),
            None => self.policy.to_string(),
        }
    }

    fn linked(&self, shared: &Shared) -> bool {
        self.row(shared).is_some_and(|row| row.organization.is_some())
    }

    fn device(&self) -> Option<&DeviceId> {
        match self.list.current()? {
            Row::Device(id) => Some(id),
            Row::Save => None,
        }
    }

    fn request(&self) -> EngineRequest {
        EngineRequest::sync(Some(BTreeSet::from([self.policy.clone()])))
    }

    /// Takes an organization as chosen; nothing is stored.
    fn take(&mut self, organization: &Organization, with_children: bool, cx: &mut Cx<'_>) {
        let Some(snapshot) = &cx.shared.snapshot else { return };
        let link = NewLink::new(&snapshot.known, &self.policy, organization, with_children);
        if link.is_there() {
            self.unsaved = None;
            cx.say(format!("{} is linked to {} already.", link.path, organization.name));
        } else {
            self.unsaved = Some(link);
        }
        self.make_rows();
        self.list.select(&Row::Save);
    }

    /// Covers the policies below, or no longer: a change to be saved like any other.
    fn with_below(&mut self, cx: &mut Cx<'_>) {
        let chosen = match (&self.unsaved, self.own(cx.shared)) {
            (Some(link), _) => Some((link.organization.clone(), link.with_children)),
            (None, Some(LinkTarget::Organization { id, name, with_children })) => {
                Some(((*id, name.clone()), *with_children))
            }
            (None, _) => None,
        };
        let Some(((id, name), with_children)) = chosen else {
            return cx.say("It has no link of its own: o chooses the organization first.");
        };
        let organization =
            Organization { id, name, short_name: None, type_name: None, status_name: None };
        self.take(&organization, !with_children, cx);
    }

    fn save(&mut self, cx: &mut Cx<'_>) {
        let Some(link) = self.unsaved.as_ref().filter(|_| !self.saving) else { return };
        let target = Some(link.target());
        let effect = Effect::Link { policy: self.policy.clone(), target, run: None };
        // What follows stands on the page above the question.
        match link.question().map(|_| draw::question(link)) {
            Some(question) => cx.push(Ask::yes_no(question, vec![Request::Effect(effect)])),
            None => {
                self.saving = true;
                cx.effect(effect);
            }
        }
    }

    fn saved(&mut self, told: &str, cx: &mut Cx<'_>) {
        self.saving = false;
        cx.say(told.to_owned());
        if self.unsaved.take().is_some() {
            // The link's own plan is the next thing to look at.
            cx.push(PlanScreen::new(self.path(cx.shared), self.request(), None));
        }
        self.make_rows();
    }

    fn sync(&self, retry: bool, cx: &mut Cx<'_>) {
        let people = self.row(cx.shared).map_or(0, |row| {
            row.pending.iter().filter(|pending| pending.reason.needs_a_person()).count()
        });
        let word = match (retry, people) {
            (false, _) | (_, 0) => String::new(),
            (true, 1) => "1 device needs a person first. ".to_owned(),
            (true, several) => format!("{several} devices need a person first. "),
        };
        let request = EngineRequest { retry_pending: retry, ..self.request() };
        cx.push(SyncAsk::new(self.path(cx.shared), request).with_word(word));
    }

    fn release(&self, cx: &mut Cx<'_>) {
        let held = self.device().filter(|id| self.standing.is_held(id));
        let what = match held {
            Some(device) => ReleaseOf::Device(device.clone()),
            None => ReleaseOf::Policy(self.policy.clone()),
        };
        cx.effect(Effect::Release(what));
    }

    fn open_row(&mut self, cx: &mut Cx<'_>) {
        match self.list.current() {
            Some(Row::Save) => self.save(cx),
            Some(Row::Device(id)) => {
                let others = self.standing.rows.iter().map(|row| row.id.clone()).collect();
                cx.push(DevicePage::new(id.clone(), others));
            }
            None => {}
        }
    }

    fn make_rows(&mut self) {
        let save = self.unsaved.is_some().then_some(Row::Save);
        let devices = self.standing.rows.iter().map(|row| Row::Device(row.id.clone()));
        self.list.set_rows(save.into_iter().chain(devices).collect());
    }

    /// Asks before an unsaved choice is lost; then goes where the person wanted to.
    fn ask_to_leave(&self, then: Option<Verb>, cx: &mut Cx<'_>) -> bool {
        let Some(link) = &self.unsaved else { return false };
        let (_, name) = &link.organization;
        let question = format!("The choice of {name} for {} is not saved. Drop it?", link.path);
        let mut yes = vec![Request::Pop];
        yes.extend(then.map(Request::Verb));
        cx.push(Ask::yes_no(question, yes));
        true
    }
}

impl Screen for PolicyPage {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn can(&self, verb: Verb, shared: &Shared) -> bool {
        match verb {
            Verb::Save => self.unsaved.is_some(),
            Verb::Open => self.list.current().is_some(),
            Verb::Plan | Verb::Sync => self.linked(shared) && self.unsaved.is_none(),
            Verb::Retry => {
                self.unsaved.is_none() && self.linked(shared) && self.standing.can_retry()
            }
            Verb::Unlink => {
                self.unsaved.is_none() && (self.linked(shared) || self.own(shared).is_some())
            }
            Verb::WithBelow => {
                self.unsaved.is_some()
                    || matches!(self.own(shared), Some(LinkTarget::Organization { .. }))
            }
            Verb::Bind => self.device().is_some(),
            Verb::Release => self.standing.any_held(),
            // There is no filter, and nothing to be marked.
            Verb::Filter | Verb::Mark | Verb::MarkAll | Verb::Left | Verb::Right => false,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Save => self.save(cx),
            Verb::Open => self.open_row(cx),
            Verb::ChooseOrganization => {
                let name = self.row(cx.shared).map(|row| row.policy.name.clone());
                cx.push(Picker::new(self.policy.clone(), name.unwrap_or_default()));
            }
            Verb::WithBelow => self.with_below(cx),
            Verb::Unlink => {
                if let Some(snapshot) = cx.shared.snapshot.clone() {
                    cx.push(Unlink::new(snapshot, &self.policy));
                }
            }
            Verb::Plan => {
                cx.push(PlanScreen::new(self.path(cx.shared), self.request(), None));
            }
            Verb::Sync => self.sync(false, cx),
            Verb::Retry => self.sync(true, cx),
            Verb::Bind => {
                if let Some(id) = self.device().cloned() {
                    cx.push(Bind::new(id));
                }
            }
            Verb::Release => self.release(cx),
            Verb::NextAttention | Verb::PreviousAttention => {
                self.list.jump(verb == Verb::NextAttention, |row| matches!(row, Row::Device(_)));
            }
            Verb::GoPolicies
            | Verb::GoDevices
            | Verb::GoHistory
            | Verb::GoLog
            | Verb::Find
            | Verb::ShowRun
            | Verb::Setup
            | Verb::Quit => return self.ask_to_leave(Some(verb), cx),
            _ => return self.list.act(verb),
        }
        true
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::OrganizationChosen { policy, organization } if *policy == self.policy => {
                self.take(organization, false, cx);
            }
            Answer::Linked(policy, Ok(told)) if *policy == self.policy => self.saved(told, cx),
            Answer::Linked(policy, Err(trouble)) if *policy == self.policy => {
                self.saving = false;
                cx.warn(trouble.clone());
            }
            Answer::Planned(request, Ok(prepared)) if **request == self.request() => {
                self.planned = Some((cx.shared.now, Arc::clone(prepared)));
            }
            _ => {}
        }
    }

    fn changed(&mut self, shared: &Shared) {
        let Some(snapshot) = &shared.snapshot else { return };
        self.standing = Standing::of(snapshot, &self.policy);
        if let Some(link) = &self.unsaved {
            let organization = Organization {
                id: link.organization.0,
                name: link.organization.1.clone(),
                short_name: None,
                type_name: None,
                status_name: None,
            };
            let anew =
                NewLink::new(&snapshot.known, &self.policy, &organization, link.with_children);
            self.unsaved = Some(anew);
        }
        self.make_rows();
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        self.ask_to_leave(None, cx)
    }

    fn unsaved(&self) -> bool {
        self.unsaved.is_some()
    }

    fn header(&self, shared: &Shared) -> Header {
        draw::header(self, shared)
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        draw::sentence(self, shared)
    }

    fn settle(&mut self, area: Rect, shared: &Shared) {
        let above = draw::above(self, shared, area.width);
        self.list.settle(area.height.saturating_sub(above));
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        if let Some(row) = self.device().and_then(|id| self.standing.row(id)) {
            return row.copyables();
        }
        let mut values = vec![
            (Verb::CopyName, text::clean(&self.path(shared))),
            (Verb::CopyId, text::clean(self.policy.as_str())),
        ];
        values.extend(draw::page(self, shared).map(|page| (Verb::CopyLink, page)));
        values
    }

    fn report(&self, shared: &Shared) -> Option<Report> {
        Some(self.standing.report(&self.path(shared)))
    }

    fn hyperlinks(&self, shared: &Shared) -> Vec<String> {
        draw::page(self, shared).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
