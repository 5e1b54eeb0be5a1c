//! From step to step: what a key does, which checks are asked for, and what they came to.

use super::ask::{Ask, Confirmed};
use super::choose::{Chooser, Item};
use super::draft::{Named, Step};
use super::form::{Entry, Form};
use super::question::Question;
use super::review::{Review, Row};
use super::rules::{Came, Rules};
use super::{View, Wizard};
use crate::console::effect::Effect;
use crate::console::keymap::Verb;
use crate::console::screen::Cx;
use crate::transport::Service;

/// The cursor begins on the first of these that the account has.
const USUAL_TYPES: [&str; 6] =
    ["Managed Workstation", "Workstation", "Laptop", "Computer", "Mac", "Desktop"];

impl Wizard {
    /// The first time on the screen.
    pub(super) fn opened(&mut self, cx: &mut Cx<'_>) {
        if !cx.shared.demo {
            ask(cx, Ask::Resume);
        }
        self.enter(self.draft.step, cx);
    }

    /// Shows a step, and asks for what it needs.
    pub(super) fn enter(&mut self, step: Step, cx: &mut Cx<'_>) {
        self.draft.step = step;
        self.hint = None;
        self.view = match step {
            Step::Addigy => View::Form(Box::new(Form::new(Service::Addigy, &self.draft))),
            Step::ItGlue => View::Form(Box::new(Form::new(Service::ItGlue, &self.draft))),
            Step::Active | Step::Inactive | Step::DefaultType => {
                View::Choose(Box::new(self.chooser(step)))
            }
            Step::Rules => {
                View::Rules(Box::new(Rules::new(&self.draft, Self::around(&self.found))))
            }
            Step::Review => View::Review(Review::default()),
        };
        if step > Step::Addigy && self.found.addigy.is_none() && !self.busy.addigy {
            self.check_addigy(cx);
        }
        match step {
            Step::Active | Step::Inactive | Step::DefaultType => self.need_lists(cx),
            Step::Rules => {
                self.need_lists(cx);
                self.need_fleet(cx);
            }
            Step::Review => {
                self.reviewed = true;
                self.need_lists(cx);
            }
            Step::Addigy | Step::ItGlue => {}
        }
    }

    /// The statuses, or the types, to choose among.
    pub(super) fn chooser(&self, step: Step) -> Chooser {
        let seen = self.found.itglue.as_deref();
        let mark = |id: String| match (step, &self.draft.active) {
            (Step::Inactive, Some(active)) if active.id.to_string() == id => "the active status",
            _ => "",
        };
        let item = |id: String, name: &str| Item {
            note: mark(id.clone()).to_owned(),
            key: id,
            name: name.to_owned(),
        };
        let items: Vec<Item> = match (step, seen) {
            (_, None) => Vec::new(),
            (Step::DefaultType, Some(seen)) => {
                seen.types.iter().map(|kind| item(kind.id.to_string(), &kind.name)).collect()
            }
            (_, Some(seen)) => seen
                .statuses
                .iter()
                .map(|status| item(status.id.to_string(), &status.name))
                .collect(),
        };
        let id = |named: &Option<Named<crate::domain::StatusId>>| {
            named.as_ref().map(|named| named.id.to_string())
        };
        let chosen = match step {
            Step::Active => id(&self.draft.active).or_else(|| likely(&items, "active")),
            Step::Inactive => id(&self.draft.inactive).or_else(|| likely(&items, "inactive")),
            _ => self
                .draft
                .default_type
                .as_ref()
                .map(|kind| kind.id.to_string())
                .or_else(|| USUAL_TYPES.iter().find_map(|name| likely(&items, name))),
        };
        Chooser::new(items, chosen.as_deref())
    }

    /// Whether a step is done, as far as is known.
    pub(super) fn done(&self, step: Step) -> bool {
        let checks = step <= Step::ItGlue && step == self.draft.step;
        let reached =
            checks || self.reviewed || self.trail.contains(&step) || step < self.draft.step;
        let checked = match step {
            Step::Addigy => self.found.addigy.is_some(),
            Step::ItGlue => self.found.itglue.is_some(),
            Step::Review => false,
            _ => true,
        };
        let stuck = self.troubles.contains_key(&step);
        reached && checked && !stuck && self.draft.lacks(step).is_none()
    }

    // Keys.

    /// Does what a key asks for.
    pub(super) fn did(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        if self.question.is_some() {
            return self.answered(verb, cx);
        }
        let around = Self::around(&self.found);
        match &mut self.view {
            View::Form(form) => {
                match verb {
                    Verb::Left | Verb::Right => {
                        if form.choose(verb == Verb::Right, &mut self.draft) {
                            self.access_changed(cx);
                        }
                    }
                    Verb::Up | Verb::PreviousView => drop(form.go(false, &self.draft)),
                    Verb::Down | Verb::NextView => drop(form.go(true, &self.draft)),
                    Verb::Open => self.enter_field(cx),
                    _ => return false,
                }
                true
            }
            View::Choose(_) if verb == Verb::Open => {
                self.take_choice(cx);
                true
            }
            View::Choose(chooser) => chooser.act(verb),
            View::Rules(_) if verb == Verb::Reread => {
                self.found.fleet = None;
                self.troubles.remove(&Step::Rules);
                self.need_fleet(cx);
                true
            }
            View::Rules(rules) => {
                let came = rules.act(verb, &mut self.draft, around);
                self.rules_came(came, cx)
            }
            View::Review(_) if verb == Verb::Open => {
                self.enter_row(cx);
                true
            }
            View::Review(review) => review.act(verb),
        }
    }

    fn rules_came(&mut self, came: Came, cx: &mut Cx<'_>) -> bool {
        self.hint = None;
        match came {
            Came::Nothing => return false,
            Came::Moved => {}
            Came::Changed => {
                self.troubles.remove(&Step::Rules);
                self.touched(cx);
                self.need_fleet(cx);
            }
            Came::GoOn => self.next(cx),
            Came::Refused(why) => self.hint = Some(why.to_owned()),
        }
        true
    }

    /// Enter on a field: the next one; on the last one the check, and then the next step.
    fn enter_field(&mut self, cx: &mut Cx<'_>) {
        let waits = self.awaits();
        let View::Form(form) = &mut self.view else { return };
        if waits {
            return;
        }
        match form.focus() {
            Entry::OtherRegions => return self.ask_regions(cx),
            Entry::Secret => {}
            _ => {
                form.go(true, &self.draft);
                return;
            }
        }
        let step = self.draft.step;
        let checked = match step {
            Step::Addigy => self.found.addigy.is_some(),
            _ => self.found.itglue.is_some(),
        };
        if checked {
            return self.next(cx);
        }
        match self.draft.lacks(step) {
            Some(why) => self.hint = Some(why),
            None if step == Step::Addigy => self.check_addigy(cx),
            None => self.check_itglue(cx),
        }
    }

    fn take_choice(&mut self, cx: &mut Cx<'_>) {
        let View::Choose(chooser) = &self.view else { return };
        if chooser.is_empty() {
            return self.need_lists(cx);
        }
        let Some(item) = chooser.current() else { return };
        let step = self.draft.step;
        let name = item.name.clone();
        let Ok(id) = item.key.parse::<i64>() else { return };
        let status = || Some(Named { id: crate::domain::StatusId::new(id), name: name.clone() });
        match step {
            Step::Active => self.draft.active = status(),
            Step::Inactive => {
                // What is refused leaves no trace.
                let former = std::mem::replace(&mut self.draft.inactive, status());
                if let Some(why) = self.draft.lacks(step) {
                    self.draft.inactive = former;
                    self.hint = Some(why);
                    return;
                }
            }
            _ => {
                self.draft.default_type =
                    Some(Named { id: crate::domain::TypeId::new(id), name: name.clone() });
            }
        }
        self.troubles.remove(&step);
        self.touched(cx);
        self.next(cx);
    }

    fn enter_row(&mut self, cx: &mut Cx<'_>) {
        let View::Review(review) = &self.view else { return };
        match review.row() {
            Row::Step(step) => {
                self.trail.push(Step::Review);
                self.enter(step, cx);
            }
            Row::SwitchOn => self.finish(true, Confirmed::new(), cx),
            Row::SaveOff => self.finish(false, Confirmed::new(), cx),
        }
    }

    /// The next step; from the review one comes back to it as soon as nothing is open.
    fn next(&mut self, cx: &mut Cx<'_>) {
        let step = self.draft.step;
        if let Some(why) = self.draft.lacks(step) {
            self.hint = Some(why);
            let open = self.draft.rules.iter().position(|rule| rule.rule().is_err());
            if let (View::Rules(rules), Some(open)) = (&mut self.view, open) {
                rules.show(open);
            }
            return;
        }
        let to = match self.reviewed {
            true => self.draft.first_open(),
            false => step.next().unwrap_or(Step::Review),
        };
        let returns = to == Step::Review && self.trail.last() == Some(&Step::Review);
        if returns {
            self.trail.pop();
        } else {
            self.trail.push(step);
        }
        self.enter(to, cx);
        if let (View::Review(review), true) = (&mut self.view, returns) {
            review.show(step);
        }
        self.touched(cx);
    }

    /// Esc: stops a check, closes one thing, goes back a step, leaves.
    pub(super) fn back(&mut self, cx: &mut Cx<'_>) {
        if let Some(question) = self.question.take() {
            if let Question::Resume(draft) = question {
                // Neither yes nor no.
                self.question = Some(Question::Resume(draft));
            }
            return;
        }
        if self.stop(cx) {
            return;
        }
        let around = Self::around(&self.found);
        let closed = match &mut self.view {
            View::Choose(chooser) => chooser.clear(),
            View::Rules(rules) => rules.close_one(&mut self.draft, around),
            _ => false,
        };
        self.hint = None;
        if closed {
            return;
        }
        let from = self.draft.step;
        match self.trail.pop() {
            Some(step) => {
                self.enter(step, cx);
                if let View::Review(review) = &mut self.view {
                    review.show(from);
                }
            }
            None => match (self.reviewed, self.draft.step.previous()) {
                (false, Some(step)) => self.enter(step, cx),
                _ => self.leave(cx.shared.settings.is_none(), cx),
            },
        }
    }

    /// Whether the step waits for a check; others go on in the background.
    pub(super) fn awaits(&self) -> bool {
        match self.draft.step {
            Step::Addigy => self.busy.addigy,
            Step::ItGlue => self.busy.itglue || self.busy.regions,
            Step::Active | Step::Inactive | Step::DefaultType => {
                self.busy.itglue && self.found.itglue.is_none()
            }
            Step::Rules => false,
            Step::Review => self.busy.finish,
        }
    }

    /// Stops what the step waits for; whether there was something.
    fn stop(&mut self, cx: &mut Cx<'_>) -> bool {
        if !self.awaits() {
            return false;
        }
        self.stop_checks(cx);
        self.hint = Some("Stopped. Enter tries again.".to_owned());
        true
    }
}

/// An item whose name is just this word.
fn likely(items: &[Item], word: &str) -> Option<String> {
    let found = items.iter().find(|item| item.name.trim().eq_ignore_ascii_case(word));
    found.map(|item| item.key.clone())
}

/// Asks for something outside.
pub(super) fn ask(cx: &mut Cx<'_>, ask: Ask) {
    cx.effect(Effect::Setup(Box::new(ask)));
}
