//! Links that suggest themselves: what Addigy's own integration once linked, and the same names.

mod draw;

use super::policy::PolicyPage;
use crate::commands::proposals::Proposal;
use crate::console::effect::{Answer, Effect, Slot, Trouble};
use crate::console::key::Key;
use crate::console::keymap::{Context, Verb, bind};
use crate::console::overlays::ask::Ask;
use crate::console::report::Report;
use crate::console::screen::{Cx, Header, Mode, Request, Screen};
use crate::console::shared::Shared;
use crate::console::widgets::list::ListView;
use crate::console::widgets::plural;
use crate::domain::PolicyId;
use crate::text;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Its keys.
pub static CONTEXT: Context = Context {
    name: "proposals",
    title: "Link proposals",
    list: true,
    bindings: &[
        bind(Verb::Mark, "accept", &["space"], "accept", "Accept the proposal, or not"),
        bind(Verb::MarkAll, "accept_all", &["A"], "accept all", "Accept all shown, or none"),
        bind(Verb::Accept, "store", &["a"], "store", "Store the accepted links"),
        bind(Verb::Open, "open", &["enter"], "open", "Open the policy's integration"),
        bind(Verb::Reread, "list", &["f5"], "", "List the organizations again"),
    ],
};

/// Links that suggest themselves.
#[derive(Debug, Default)]
pub struct Proposals {
    found: Option<Arc<Vec<Proposal>>>,
    trouble: Option<Trouble>,
    /// Why a link was not stored.
    left: BTreeMap<PolicyId, Trouble>,
    looking: bool,
    list: ListView<PolicyId>,
}

impl Proposals {
    /// A new one.
    pub fn new() -> Self {
        Self::default()
    }

    fn proposal(&self, policy: &PolicyId) -> Option<&Proposal> {
        self.found.as_ref()?.iter().find(|proposal| proposal.policy_id == *policy)
    }

    fn accepted(&self) -> Vec<Proposal> {
        let proposals = self.found.iter().flat_map(|found| found.iter());
        let accepted = proposals.filter(|p| p.take && self.list.marks().contains(&p.policy_id));
        accepted.cloned().collect()
    }

    fn look(&mut self, cx: &mut Cx<'_>) {
        let Some(snapshot) = cx.shared.snapshot.clone() else { return };
        self.looking = true;
        let listing = cx.shared.organizations.clone().unwrap_or_default();
        cx.effect(Effect::Propose(snapshot, listing));
    }

    fn make_rows(&mut self) {
        let words: Vec<String> =
            self.list.filter.text().split_whitespace().map(str::to_lowercase).collect();
        let hits = |proposal: &&Proposal| {
            let name = proposal.organization.as_ref().map_or("", |(_, name)| name.as_str());
            let told = format!("{} {name} {}", proposal.path, proposal.why).to_lowercase();
            words.iter().all(|word| told.contains(word))
        };
        let proposals = self.found.iter().flat_map(|found| found.iter());
        let rows = proposals.filter(hits).map(|p| p.policy_id.clone()).collect();
        self.list.set_rows(rows);
    }

    /// Only what can be linked can be accepted.
    fn drop_marks(&mut self) {
        let marks: Vec<PolicyId> = self.list.marks().iter().cloned().collect();
        for id in marks {
            if !self.proposal(&id).is_some_and(|proposal| proposal.take) {
                self.list.mark(&id, false);
            }
        }
    }

    fn mark_all(&mut self) {
        let shown: Vec<PolicyId> = self.list.rows().to_vec();
        let takes = |id: &&PolicyId| self.proposal(id).is_some_and(|proposal| proposal.take);
        let open: Vec<PolicyId> = shown.iter().filter(takes).cloned().collect();
        let all = open.iter().all(|id| self.list.marks().contains(id));
        open.iter().for_each(|id| self.list.mark(id, !all));
    }

    fn mark(&mut self, cx: &mut Cx<'_>) {
        let Some(proposal) = self.list.current().and_then(|id| self.proposal(id)) else { return };
        if !proposal.take {
            return cx
                .say(format!("{} can't be linked from here: {}.", proposal.path, proposal.why));
        }
        self.list.act(Verb::Mark);
    }

    fn store(&self, cx: &mut Cx<'_>) {
        let Some(snapshot) = cx.shared.snapshot.clone() else { return };
        let accepted = self.accepted();
        if accepted.is_empty() {
            return cx.say("Nothing is accepted yet: Space accepts a row, A all of them.");
        }
        let count = accepted.len();
        let policies = plural(count, "policy", "policies");
        let question = format!("Link {count} {policies}? Nothing is synced by it.");
        let effect = Effect::StoreProposals(snapshot, accepted);
        cx.push(Ask::yes_no(question, vec![Request::Effect(effect)]));
    }

    fn stored(&mut self, stored: usize, left: &[(PolicyId, Trouble)], cx: &mut Cx<'_>) {
        self.left = left.iter().cloned().collect();
        let accepted: Vec<PolicyId> = self.list.marks().iter().cloned().collect();
        for id in accepted.iter().filter(|id| !self.left.contains_key(*id)) {
            self.list.mark(id, false);
        }
        let policies = plural(stored, "policy is", "policies are");
        match left.first() {
            None => cx.say(format!("{stored} {policies} linked. Nothing is synced yet.")),
            Some((_, why)) => {
                cx.warn(format!("{stored} {policies} linked, {} left: {why}", left.len()));
            }
        }
    }
}

impl Screen for Proposals {
    fn context(&self) -> &'static Context {
        &CONTEXT
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        let stopped =
            |listing: &crate::console::organizations::Listing| listing.trouble().is_some();
        if cx.shared.organizations.as_ref().is_none_or(stopped) {
            cx.effect(Effect::ListOrganizations);
        }
        self.look(cx);
    }

    fn mode(&self) -> Mode {
        self.list.filter.mode()
    }

    fn can(&self, verb: Verb, _shared: &Shared) -> bool {
        match verb {
            Verb::Mark | Verb::MarkAll => !self.list.rows().is_empty(),
            Verb::Accept => !self.accepted().is_empty(),
            Verb::Open => self.list.current().is_some(),
            Verb::Left | Verb::Right => false,
            _ => true,
        }
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        match verb {
            Verb::Mark => self.mark(cx),
            Verb::MarkAll => self.mark_all(),
            Verb::Accept => self.store(cx),
            Verb::Open => {
                if let Some(id) = self.list.current().cloned() {
                    cx.push(PolicyPage::new(id));
                }
            }
            Verb::NextAttention | Verb::PreviousAttention => {
                let found = self.found.clone().unwrap_or_default();
                let left = |id: &PolicyId| found.iter().any(|p| p.policy_id == *id && !p.take);
                if !self.list.jump(verb == Verb::NextAttention, left) {
                    cx.say("Every proposal here can be accepted.");
                }
            }
            Verb::Reread => cx.effect(Effect::ListOrganizations),
            _ => return self.list.act(verb),
        }
        true
    }

    fn text(&mut self, key: Key, _cx: &mut Cx<'_>) -> bool {
        let handled = self.list.filter.key(key).is_some();
        self.make_rows();
        handled
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> bool {
        let taken = self.list.filter.paste(text);
        if taken {
            self.make_rows();
        }
        taken
    }

    fn hear(&mut self, answer: &Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Proposed(result) => {
                self.looking = false;
                match result {
                    Ok(found) => {
                        self.found = Some(Arc::clone(found));
                        self.trouble = None;
                    }
                    Err(trouble) => self.trouble = Some(trouble.clone()),
                }
                self.drop_marks();
                self.make_rows();
            }
            Answer::ProposalsStored { stored, left } => self.stored(*stored, left, cx),
            // Names are judged once all are there.
            Answer::Listed(listing) if listing.is_complete() => self.look(cx),
            Answer::State(Ok(_)) => self.look(cx),
            Answer::Waits(Slot::Proposals, service, until, why) => {
                let until = cx.shared.clock(*until);
                cx.say(format!("{service}: {why}. Waiting until {until}."));
            }
            _ => {}
        }
    }

    fn close_one(&mut self, _cx: &mut Cx<'_>) -> bool {
        let closed = self.list.close_one();
        self.make_rows();
        closed
    }

    fn spins(&self, _shared: &Shared) -> bool {
        self.looking && self.found.is_none()
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

    fn copyables(&self, _shared: &Shared) -> Vec<(Verb, String)> {
        let Some(proposal) = self.list.current().and_then(|id| self.proposal(id)) else {
            return Vec::new();
        };
        vec![
            (Verb::CopyName, text::clean(&proposal.path)),
            (Verb::CopyMessage, text::clean(&proposal.why)),
            (Verb::CopyId, text::clean(proposal.policy_id.as_str())),
        ]
    }

    fn report(&self, _shared: &Shared) -> Option<Report> {
        let proposals = self.list.rows().iter().filter_map(|id| self.proposal(id));
        let rows = proposals.map(|proposal| {
            let (id, name) = match &proposal.organization {
                Some((id, name)) => (id.to_string(), text::clean(name)),
                None => Default::default(),
            };
            let word = if proposal.take { "link" } else { "leave" };
            vec![
                proposal.policy_id.to_string(),
                text::clean(&proposal.path),
                id,
                name,
                word.to_owned(),
                text::clean(&proposal.why),
            ]
        });
        Some(Report {
            stem: "link-proposals".into(),
            title: "Link proposals".into(),
            columns: vec![
                "policy_id",
                "policy",
                "organization_id",
                "organization",
                "proposal",
                "evidence",
            ],
            rows: rows.collect(),
        })
    }
}

#[cfg(test)]
mod tests;
