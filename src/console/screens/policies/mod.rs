//! Home: the policy tree with icons, counts and the next step of each policy.

mod draw;
#[cfg(test)]
mod tests;
pub(crate) mod tree;

use super::picker::Picker;
use super::plan::PlanScreen;
use super::policy::PolicyPage;
use super::proposals::Proposals;
use crate::apply::Request as EngineRequest;
use crate::commands::overview::{PolicyOverview, State};
use crate::console::effect::{Answer, Effect, ReleaseOf};
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::sync::SyncAsk;
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Mode, Request, Screen};
use crate::console::shared::{Shared, Snapshot};
use crate::console::widgets::filter::TYPING;
use crate::console::widgets::list::ListView;
use crate::console::widgets::plural;
use crate::domain::PolicyId;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::collections::BTreeSet;
use tree::Filter;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "policies",
    title: "Policies",
    list: true,
    bindings: &[
        bind(Verb::Open, "open", &["enter"], "open", "Open the policy's integration"),
        bind(
            Verb::Mark,
            "mark",
            &["space"],
            "mark",
            "Mark for a batch; on a folded row, all below",
        ),
        bind(Verb::ChooseOrganization, "link", &["o"], "link", "Choose the organization"),
        bind(Verb::Sync, "sync", &["s"], "sync", "Plan, then ask, then sync"),
        bind(Verb::Retry, "retry", &["r"], "retry", "Sync only devices that are not linked"),
        bind(Verb::Plan, "plan", &["p"], "plan", "Show what a sync would do"),
        bind(Verb::WithBelow, "with_below", &["w"], "", "Cover the policies below, or not"),
        bind(Verb::Unlink, "unlink", &["U"], "", "Unlink, or inherit again"),
        bind(Verb::Proposals, "proposals", &["L"], "", "Show links that suggest themselves"),
        bind(Verb::Release, "release", &["x"], "", "Let syncs touch what undo held"),
    ],
};

/// The policy tree.
#[derive(Debug, Default)]
pub struct Policies {
    list: ListView<PolicyId>,
    folded: BTreeSet<PolicyId>,
    /// Where the cursor goes when the policy is first shown.
    wanted: Option<PolicyId>,
    /// Whether it was told that there are links to take over.
    offered: bool,
}

impl Policies {
    /// Everything unfolded.
    pub fn new() -> Self {
        Self::default()
    }

    fn make_rows(&mut self, snapshot: &Snapshot) {
        let filter = Filter::parse(self.list.filter.text());
        self.list.set_rows(tree::shown(&snapshot.rows, &self.folded, &filter));
        if let Some(wanted) = self.wanted.take()
            && !self.list.select(&wanted)
        {
            self.wanted = Some(wanted);
        }
    }

    /// Tells once that Addigy's own integration left links to be taken over.
    fn offer_adoption(&mut self, snapshot: &Snapshot, cx: &mut Cx<'_>) {
        let open = |row: &&PolicyOverview| {
            let free = row.organization.is_none() && !row.kept_unlinked;
            free && row.policy.itglue_account_id.is_some()
        };
        let count = snapshot.rows.iter().filter(open).count();
        // What was said before is worth more.
        if count > 0 && !self.offered && cx.shared.notice.is_none() {
            self.offered = true;
            let policies = plural(count, "policy names", "policies name");
            cx.say(format!(
                "{count} {policies} an organization from Addigy's own integration. L shows them."
            ));
        }
    }

    fn current<'a>(&self, shared: &'a Shared) -> Option<&'a PolicyOverview> {
        shared.snapshot.as_ref()?.policy(self.list.current()?)
    }

    /// The linked policies that are marked, else the one under the cursor.
    fn chosen<'a>(&self, shared: &'a Shared) -> Vec<&'a PolicyOverview> {
        let Some(snapshot) = &shared.snapshot else { return Vec::new() };
        let rows = self.list.chosen();
        let rows = rows.iter().filter_map(|id| snapshot.policy(id));
        rows.filter(|row| row.organization.is_some()).collect()
    }

    fn request(&self, shared: &Shared) -> Option<(String, EngineRequest)> {
        let chosen = self.chosen(shared);
        let title = match chosen.as_slice() {
            [] => return None,
            [only] => only.path_text(),
            several => format!("{} policies", several.len()),
        };
        let policies = chosen.iter().map(|row| row.policy.id.clone()).collect();
        Some((title, EngineRequest::sync(Some(policies))))
    }

    fn fold(&mut self, fold: bool, cx: &Cx<'_>) {
        let Some(snapshot) = &cx.shared.snapshot else { return };
        let Some(id) = self.list.current().cloned() else { return };
        let Some(at) = snapshot.policy_place(&id) else { return };
        let has_below = !tree::below(&snapshot.rows, at).is_empty();
        if fold && has_below && !self.folded.contains(&id) {
            self.folded.insert(id);
        } else if fold {
            // Already folded, or a leaf: to the row above in the tree.
            let above = snapshot.rows.get(at).and_then(|row| row.policy.parent.clone());
            if let Some(above) = above {
                self.list.select(&above);
            }
            return;
        } else if !self.folded.remove(&id) {
            return;
        }
        self.make_rows(snapshot);
    }

    /// Space on a folded row marks all linked ones below.
    fn mark(&mut self, shared: &Shared) {
        let Some(snapshot) = &shared.snapshot else { return };
        let Some(id) = self.list.current().cloned() else { return };
        let at = snapshot.policy_place(&id);
        let below = at.map_or(&[][..], |at| tree::below(&snapshot.rows, at));
        if !self.folded.contains(&id) || below.is_empty() {
            self.list.act(Verb::Mark);
            return;
        }
        let own = at.and_then(|at| snapshot.rows.get(at));
        let linked: Vec<&PolicyId> = own
            .into_iter()
            .chain(below)
            .filter(|row| row.organization.is_some())
            .map(|row| &row.policy.id)
            .collect();
        let all = linked.iter().all(|id| self.list.marks().contains(*id));
        linked.iter().for_each(|id| self.list.mark(id, !all));
        self.list.act(Verb::Down);
    }

    fn link(&self, cx: &mut Cx<'_>) {
        let Some(row) = self.current(cx.shared) else { return };
        let (id, name) = (row.policy.id.clone(), row.policy.name.clone());
        cx.push(PolicyPage::new(id.clone()));
        cx.push(Picker::new(id, name));
    }

    fn on_page(&self, verb: Verb, cx: &mut Cx<'_>) {
        let Some(id) = self.list.current().cloned() else { return };
        cx.push(PolicyPage::new(id));
        cx.request(Request::Verb(verb));
    }

    fn sync(&self, retry: bool, cx: &mut Cx<'_>) {
        let Some((title, request)) = self.request(cx.shared) else {
            return cx.say("Not linked yet: o chooses the organization.");
        };
        let request = EngineRequest { retry_pending: retry, ..request };
        let people = self.chosen(cx.shared);
        let people = people.iter().flat_map(|row| &row.pending);
        let people = people.filter(|pending| pending.reason.needs_a_person()).count();
        let word = match (retry, people) {
            (false, _) | (_, 0) => String::new(),
            (true, 1) => "1 device needs a person first. ".to_owned(),
            (true, several) => format!("{several} devices need a person first. "),
        };
        cx.push(SyncAsk::new(title, request).with_word(word));
    }
}

impl Screen for Policies {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn mode(&self) -> Mode {
        self.list.filter.mode()
    }

    fn can(&self, verb: Verb, shared: &Shared) -> bool {
        let linked = || !self.chosen(shared).is_empty();
        match verb {
            Verb::Open | Verb::Mark | Verb::ChooseOrganization | Verb::WithBelow | Verb::Copy => {
                self.current(shared).is_some()
            }
            Verb::Unlink => self
                .current(shared)
                .is_some_and(|row| row.organization.is_some() || row.kept_unlinked),
            Verb::Sync | Verb::Plan => linked(),
            Verb::Retry => self
                .chosen(shared)
                .iter()
                .any(|row| row.state == State::Attention || !row.pending.is_empty()),
            Verb::Release => linked(),
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        let shared = cx.shared;
        match verb {
            Verb::Left => self.fold(true, cx),
            Verb::Right => self.fold(false, cx),
            Verb::Mark => self.mark(shared),
            Verb::NextAttention | Verb::PreviousAttention => {
                let snapshot = shared.snapshot.as_deref();
                let wants = |id: &PolicyId| {
                    let row = snapshot.and_then(|snapshot| snapshot.policy(id));
                    row.is_some_and(|row| row.state == State::Attention)
                };
                if !self.list.jump(verb == Verb::NextAttention, wants) {
                    cx.say("No policy needs attention.");
                }
            }
            Verb::Open => {
                if let Some(id) = self.list.current().cloned() {
                    cx.push(PolicyPage::new(id));
                }
            }
            Verb::ChooseOrganization => self.link(cx),
            Verb::WithBelow | Verb::Unlink => self.on_page(verb, cx),
            Verb::Proposals => cx.push(Proposals::new()),
            Verb::Plan => match self.request(shared) {
                Some((title, request)) => cx.push(PlanScreen::new(title, request, None)),
                None => cx.say("Not linked yet: o chooses the organization."),
            },
            Verb::Sync => self.sync(false, cx),
            Verb::Retry => self.sync(true, cx),
            Verb::Release => {
                if let Some(id) = self.list.current().cloned() {
                    cx.effect(Effect::Release(ReleaseOf::Policy(id)));
                }
            }
            _ => return self.list.act(verb),
        }
        true
    }

    fn text(&mut self, key: Key, cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.take(key, tree::complete);
        if taken {
            self.changed(cx.shared);
        }
        taken
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.paste(text);
        if taken {
            self.changed(cx.shared);
        }
        taken
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::ShowPolicy(id) => {
                self.wanted = Some(id.clone());
                self.changed(cx.shared);
            }
            Answer::State(Ok(snapshot)) => self.offer_adoption(snapshot, cx),
            Answer::Released(Ok(told)) => cx.say(told.clone()),
            Answer::Released(Err(trouble)) => cx.warn(trouble.clone()),
            _ => {}
        }
    }

    fn changed(&mut self, shared: &Shared) {
        if let Some(snapshot) = &shared.snapshot {
            self.make_rows(snapshot);
        }
    }

    fn close_one(&mut self, cx: &mut Cx<'_>) -> bool {
        let closed = self.list.close_one();
        self.changed(cx.shared);
        closed
    }

    fn header(&self, shared: &Shared) -> Header {
        draw::header(shared)
    }

    fn sentence(&self, shared: &Shared) -> Line<'static> {
        draw::sentence(self.current(shared), shared)
    }

    fn typing_hint(&self) -> Option<&'static str> {
        Some(TYPING)
    }

    fn settle(&mut self, area: Rect, _shared: &Shared) {
        self.list.settle(area.height.saturating_sub(2));
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared) {
        draw::draw(self, frame, area, shared);
    }

    fn copyables(&self, shared: &Shared) -> Vec<(Verb, String)> {
        let Some(row) = self.current(shared) else { return Vec::new() };
        let mut values = vec![
            (Verb::CopyName, text::clean(&row.path_text())),
            (Verb::CopyId, text::clean(row.policy.id.as_str())),
        ];
        if let Some(snapshot) = &shared.snapshot
            && let Some(organization) = &row.organization
            && let Some(page) =
                crate::commands::accounts::organization_page(&snapshot.accounts, organization.id)
        {
            values.push((Verb::CopyLink, page));
        }
        values
    }

    fn report(&self, shared: &Shared) -> Option<Report> {
        let snapshot = shared.snapshot.as_ref()?;
        let rows = self.list.rows().iter().filter_map(|id| snapshot.policy(id));
        let rows = rows.map(|row| {
            let organization = row.organization.as_ref();
            [
                row.policy.id.to_string(),
                row.path_text(),
                row.state.word().to_owned(),
                organization.map_or_else(String::new, |o| o.id.to_string()),
                organization.map_or_else(String::new, |o| o.name.clone()),
                row.linked.to_string(),
                row.total.to_string(),
                row.pending.len().to_string(),
                row.last_sync.map_or_else(String::new, |at| at.to_string()),
            ]
            .map(|cell| text::clean(&cell))
            .to_vec()
        });
        Some(Report {
            stem: "policies".into(),
            title: "Policies".into(),
            columns: vec![
                "policy_id",
                "policy",
                "state",
                "organization_id",
                "organization",
                "linked",
                "total",
                "pending",
                "last_sync",
            ],
            rows: rows.collect(),
        })
    }
}
