//! From step to step: what a key does, which checks are asked for, and what they came to.

use super::ask::{Access, Ask, Confirmed, Finished, Told};
use super::choose::{Chooser, Item};
use super::draft::{Draft, Named, Step};
use super::failure::Failure;
use super::form::{Entry, Form};
use super::question::Question;
use super::review::{Review, Row};
use super::rules::{Came, Rules};
use super::{Busy, View, Wizard};
use crate::console::app::Tab;
use crate::console::effect::{Effect, Job, Slot};
use crate::console::event::Timer;
use crate::console::keymap::Verb;
use crate::console::screen::{Cx, Request};
use crate::console::widgets::field::Field;
use crate::settings::Settings;
use crate::transport::Service;
use std::collections::BTreeSet;
use std::time::Duration;

/// So long after the last change the draft is written.
const REST: Duration = Duration::from_secs(1);

impl Wizard {
    /// The first time on the screen.
    pub(super) fn opened(&mut self, cx: &mut Cx<'_>) {
        if !cx.shared.demo {
            ask(cx, Ask::Resume);
        }
        self.enter(self.draft.step, cx);
    }

    /// Shows a step, and asks for what it needs.
    fn enter(&mut self, step: Step, cx: &mut Cx<'_>) {
        self.draft.step = step;
        self.hint = None;
        self.view = match step {
            Step::Addigy => View::Form(Box::new(Form::new(Service::Addigy, &self.draft))),
            Step::ItGlue => View::Form(Box::new(Form::new(Service::ItGlue, &self.draft))),
            Step::Active | Step::Inactive | Step::DefaultType => View::Choose(self.chooser(step)),
            Step::Rules => {
                View::Rules(Box::new(Rules::new(&self.draft, Self::around(&self.found))))
            }
            Step::Review => View::Review(Review::default()),
        };
        match step {
            Step::Active | Step::Inactive | Step::DefaultType => self.need_lists(cx),
            Step::Rules => {
                self.need_lists(cx);
                self.need_fleet(cx);
            }
            Step::Review => {
                self.reviewed = true;
                self.need_lists(cx);
                if self.found.addigy.is_none() && !self.busy.addigy {
                    self.check_addigy(cx);
                }
            }
            Step::Addigy | Step::ItGlue => {}
        }
    }

    /// The statuses, or the types, to choose among.
    fn chooser(&self, step: Step) -> Chooser {
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
            _ => self.draft.default_type.as_ref().map(|kind| kind.id.to_string()),
        };
        Chooser::new(items, chosen.as_deref())
    }

    /// Whether a step is done, as far as is known.
    pub(super) fn done(&self, step: Step) -> bool {
        let reached = self.reviewed || self.trail.contains(&step) || step < self.draft.step;
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
        let View::Form(form) = &mut self.view else { return };
        if self.busy.any() {
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
        match self.trail.last() {
            Some(Step::Review) if to == Step::Review => drop(self.trail.pop()),
            _ => self.trail.push(step),
        }
        self.enter(to, cx);
        if let (View::Review(review), true) = (&mut self.view, self.trail.last() != Some(&step)) {
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
        match self.trail.pop() {
            Some(step) => self.enter(step, cx),
            None => match (self.reviewed, self.draft.step.previous()) {
                (false, Some(step)) => self.enter(step, cx),
                _ => self.leave(cx.shared.settings.is_none(), cx),
            },
        }
    }

    /// Stops what a person waits for here; whether there was something.
    fn stop(&mut self, cx: &mut Cx<'_>) -> bool {
        let quiet = match self.draft.step {
            // The devices are read in the background of the rules.
            Step::Rules => self.busy.fleet,
            Step::Review => !self.busy.finish,
            _ => false,
        };
        if !self.busy.any() || quiet {
            return false;
        }
        for job in Job::ALL {
            cx.effect(Effect::Stop(Slot::Setup(job)));
        }
        self.busy = Busy::default();
        self.waits = None;
        self.hint = Some("Stopped. Enter tries again.".to_owned());
        true
    }

    // Checks.

    fn check_addigy(&mut self, cx: &mut Cx<'_>) {
        let Ok((url, source)) = self.draft.addigy() else { return };
        self.clear(Step::Addigy);
        self.busy.addigy = true;
        ask(cx, Ask::Addigy(Access { url, source }));
    }

    fn check_itglue(&mut self, cx: &mut Cx<'_>) {
        let Ok((url, source)) = self.draft.itglue() else { return };
        self.clear(Step::ItGlue);
        self.busy.itglue = true;
        ask(cx, Ask::ItGlue(Access { url, source }, self.draft.region));
    }

    fn ask_regions(&mut self, cx: &mut Cx<'_>) {
        let Ok((url, source)) = self.draft.itglue() else { return };
        self.busy.regions = true;
        ask(cx, Ask::Regions(Access { url, source }, self.draft.region));
    }

    fn clear(&mut self, step: Step) {
        self.hint = None;
        self.waits = None;
        self.troubles.remove(&step);
    }

    /// The account's statuses and types are wanted.
    fn need_lists(&mut self, cx: &mut Cx<'_>) {
        if self.found.itglue.is_none() && !self.busy.itglue {
            self.check_itglue(cx);
        }
    }

    /// Facts and devices are wanted, with all facts that rules name.
    fn need_fleet(&mut self, cx: &mut Cx<'_>) {
        let wanted: BTreeSet<String> = Rules::facts(&self.draft);
        let has = self.found.fleet.as_ref();
        let enough = has.is_some_and(|fleet| wanted.iter().all(|fact| fleet.has(fact)));
        if enough || self.busy.fleet || self.troubles.contains_key(&Step::Rules) {
            return;
        }
        let Ok((url, source)) = self.draft.addigy() else { return };
        self.busy.fleet = true;
        ask(cx, Ask::Fleet(Access { url, source }, wanted));
    }

    /// The token, the key or an address was changed: what was found with the former one counts no more.
    pub(super) fn access_changed(&mut self, cx: &mut Cx<'_>) {
        let step = self.draft.step;
        self.clear(step);
        match step {
            Step::Addigy => (self.found.addigy, self.found.fleet) = (None, None),
            _ => self.found.itglue = None,
        }
        self.troubles.remove(&Step::Rules);
        self.touched(cx);
    }

    // Answers.

    /// Hears what a check came to.
    pub(super) fn told(&mut self, told: &Told, cx: &mut Cx<'_>) {
        match told {
            Told::Resumed(result) => self.resumed(result, cx),
            Told::Kept(result) => self.kept(result, cx),
            Told::Waits(service, until, why) => {
                let until = cx.shared.clock(*until);
                self.waits = Some(format!("{service}: {why}. Waiting until {until}"));
            }
            Told::Addigy(result) => {
                self.busy.addigy = false;
                match result {
                    Ok(seen) => self.found.addigy = Some(seen.clone()),
                    Err(failure) => self.failed(failure),
                }
            }
            Told::ItGlue(result) => {
                self.busy.itglue = false;
                match result {
                    Ok(seen) => {
                        self.found.itglue = Some(seen.clone());
                        self.lists_came();
                    }
                    Err(failure) => self.failed(failure),
                }
            }
            Told::Region(result) => self.region_told(result, cx),
            Told::Fleet(result) => {
                self.busy.fleet = false;
                match result {
                    Ok(fleet) => self.found.fleet = Some(fleet.clone()),
                    Err(failure) => self.failed(&Failure { step: Step::Rules, ..failure.clone() }),
                }
                let around = Self::around(&self.found);
                if let View::Rules(rules) = &mut self.view {
                    rules.count(&self.draft, around);
                }
            }
            Told::Finished(result) => self.finished(result, cx),
        }
        if !self.busy.any() {
            self.waits = None;
        }
    }

    fn failed(&mut self, failure: &Failure) {
        self.troubles.insert(failure.step, failure.clone());
        if let (View::Form(form), true) = (&mut self.view, failure.step == self.draft.step) {
            form.offers_regions = failure.ask_regions;
            if failure.ask_regions {
                form.set_focus(Entry::OtherRegions);
            }
        }
    }

    /// The lists of the account are there: names are learned, and what is gone is to be chosen anew.
    fn lists_came(&mut self) {
        let Some(seen) = &self.found.itglue else { return };
        self.draft.learn(&seen.statuses, &seen.types);
        let status = |id| seen.statuses.iter().any(|status| status.id == id);
        let kind = |id| seen.types.iter().any(|kind| kind.id == id);
        self.draft.active = self.draft.active.take().filter(|chosen| status(chosen.id));
        self.draft.inactive = self.draft.inactive.take().filter(|chosen| status(chosen.id));
        self.draft.default_type = self.draft.default_type.take().filter(|chosen| kind(chosen.id));
        for rule in &mut self.draft.rules {
            rule.kind = rule.kind.take().filter(|chosen| kind(chosen.id));
        }
        if matches!(self.view, View::Choose(_)) {
            self.view = View::Choose(self.chooser(self.draft.step));
        }
    }

    fn region_told(
        &mut self,
        result: &Result<Option<crate::settings::Region>, Failure>,
        cx: &mut Cx<'_>,
    ) {
        self.busy.regions = false;
        let View::Form(form) = &mut self.view else { return };
        form.offers_regions = false;
        form.set_focus(Entry::Secret);
        match result {
            Ok(Some(region)) => {
                self.draft.region = Some(*region);
                self.access_changed(cx);
                self.check_itglue(cx);
                let name = super::failure::label(*region);
                self.hint = Some(format!("The key works in {name}, which is chosen now."));
            }
            Ok(None) => {
                if let Some(failure) = self.troubles.get_mut(&Step::ItGlue) {
                    failure.nowhere();
                }
            }
            Err(failure) => self.failed(failure),
        }
    }

    // The end.

    fn finish(&mut self, enabled: bool, confirmed: Confirmed, cx: &mut Cx<'_>) {
        if self.busy.finish {
            return;
        }
        let seen = self.found.itglue.as_deref();
        let (statuses, types) =
            seen.map_or((&[][..], &[][..]), |seen| (&seen.statuses[..], &seen.types[..]));
        match self.draft.choices(enabled, statuses, types) {
            Ok(choices) => {
                self.hint = None;
                self.troubles.clear();
                self.busy.finish = true;
                ask(cx, Ask::Finish(Box::new(choices), confirmed));
            }
            Err((step, why)) => {
                self.hint = Some(format!("{}: {why}", step.title()));
                if let View::Review(review) = &mut self.view {
                    review.show(step);
                }
            }
        }
    }

    fn finished(&mut self, result: &Result<Finished, Failure>, cx: &mut Cx<'_>) {
        self.busy.finish = false;
        match result {
            Ok(Finished::Written(settings, notes)) => self.end(settings, notes, cx),
            Ok(Finished::OtherAccounts(differences)) => {
                self.question = Some(Question::Accounts(differences.clone(), Field::default()));
            }
            Err(failure) => {
                self.failed(failure);
                if let View::Review(review) = &mut self.view {
                    review.show(failure.step);
                }
            }
        }
    }

    /// The settings are written: home, with the cursor where one goes on.
    fn end(&mut self, settings: &Settings, notes: &[String], cx: &mut Cx<'_>) {
        cx.effect(Effect::SwitchedOn(Box::new(settings.clone())));
        ask(cx, Ask::Forget);
        ask(cx, Ask::FirstPolicy);
        let told = match (settings.enabled, notes.first()) {
            (_, Some(note)) => note.clone(),
            (true, None) => "Switched on. o links the policy under the cursor.".to_owned(),
            (false, None) => "Saved, switched off: nothing is written to IT Glue.".to_owned(),
        };
        self.ended = true;
        cx.request(Request::Tab(Tab::Policies));
        cx.say(told);
    }

    // The draft.

    /// Something was entered: the draft is kept when there is a pause.
    fn touched(&mut self, cx: &mut Cx<'_>) {
        self.unsaved = true;
        cx.effect(Effect::Timer(Timer::Draft, REST));
    }

    /// Keeps the draft, if it has something new.
    pub(super) fn keep(&mut self, cx: &mut Cx<'_>) -> bool {
        let keep = self.unsaved && !cx.shared.demo;
        if keep {
            self.unsaved = false;
            self.has_draft = true;
            ask(cx, Ask::Keep(Box::new(self.draft.clone())));
        }
        keep
    }

    /// Leaves the setup; a secret that was typed is asked for first.
    pub(super) fn leave(&mut self, quit: bool, cx: &mut Cx<'_>) {
        let changed = self.unsaved || self.has_draft;
        if changed && self.draft.holds_secrets() && !cx.shared.demo {
            self.question = Some(Question::Leave { quit });
            return;
        }
        self.go(quit, cx);
    }

    fn go(&mut self, quit: bool, cx: &mut Cx<'_>) {
        // The program ends only when the draft is on the disk.
        if self.keep(cx) {
            self.leaving = Some(quit);
            return;
        }
        self.gone(quit, cx);
    }

    fn gone(&mut self, quit: bool, cx: &mut Cx<'_>) {
        if quit {
            return cx.request(Request::Quit { when_done: false });
        }
        cx.pop();
        if self.has_draft {
            cx.say("What you entered is kept as a draft: :setup goes on with it.");
        }
    }

    fn kept(&mut self, result: &Result<(), String>, cx: &mut Cx<'_>) {
        let leaving = self.leaving.take();
        if let Err(why) = result {
            cx.warn(why.clone());
            self.has_draft = false;
            return;
        }
        if let Some(quit) = leaving {
            self.gone(quit, cx);
        }
    }

    fn resumed(&mut self, result: &Result<Option<Box<Draft>>, String>, cx: &mut Cx<'_>) {
        match result {
            Ok(None) => {}
            Err(why) => cx.warn(why.clone()),
            // Whoever was quicker goes on with what they typed.
            Ok(Some(_)) if self.unsaved => {}
            Ok(Some(draft)) if cx.shared.settings.is_some() => {
                self.question = Some(Question::Resume(draft.clone()));
            }
            Ok(Some(draft)) => {
                self.resume(draft, cx);
                cx.say("This goes on with the draft of your last setup.");
            }
        }
    }

    fn resume(&mut self, draft: &Draft, cx: &mut Cx<'_>) {
        self.stop_all(cx);
        self.draft = draft.clone();
        self.has_draft = true;
        self.reviewed = false;
        self.trail.clear();
        // A secret that was not kept is asked for again.
        let step = self.draft.step.min(self.draft.first_open());
        self.enter(step, cx);
        if let Some(why) = self.draft.lacks(step).filter(|_| step <= Step::ItGlue) {
            self.hint = Some(why);
        }
    }

    fn stop_all(&mut self, cx: &mut Cx<'_>) {
        for job in Job::ALL {
            cx.effect(Effect::Stop(Slot::Setup(job)));
        }
        self.busy = Busy::default();
        self.troubles.clear();
        self.found = super::Found::default();
    }

    fn answered(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
        let yes = verb == Verb::Yes;
        match self.question.take() {
            Some(Question::Leave { quit }) if matches!(verb, Verb::Yes | Verb::No) => {
                self.draft.keep_secrets = Some(yes);
                self.unsaved = true;
                self.go(quit, cx);
            }
            Some(Question::Resume(draft)) if yes => self.resume(&draft, cx),
            Some(Question::Resume(_)) if verb == Verb::No => ask(cx, Ask::Forget),
            Some(Question::Accounts(differences, field)) if verb == Verb::Open => {
                if Question::confirms(&field) {
                    self.finish(true, differences, cx);
                } else {
                    self.hint = Some("Not confirmed: nothing was written.".to_owned());
                }
            }
            other => {
                self.question = other;
                return false;
            }
        }
        true
    }
}

/// An item whose name is just this word.
fn likely(items: &[Item], word: &str) -> Option<String> {
    let found = items.iter().find(|item| item.name.trim().eq_ignore_ascii_case(word));
    found.map(|item| item.key.clone())
}

fn ask(cx: &mut Cx<'_>, ask: Ask) {
    cx.effect(Effect::Setup(Box::new(ask)));
}
