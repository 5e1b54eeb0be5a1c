//! How the setup ends: switched on, saved, or left with a draft to go on with.

use super::ask::{Ask, Confirmed, Finished};
use super::draft::Draft;
use super::failure::Failure;
use super::form::Entry;
use super::question::Question;
use super::steps::ask;
use super::{Found, View, Wizard};
use crate::console::app::Tab;
use crate::console::effect::Effect;
use crate::console::event::Timer;
use crate::console::keymap::Verb;
use crate::console::screen::{Cx, Request};
use crate::console::widgets::field::Field;
use crate::settings::Settings;
use std::time::Duration;

/// So long after the last change the draft is written.
const REST: Duration = Duration::from_secs(1);

impl Wizard {
    pub(super) fn finish(&mut self, enabled: bool, confirmed: Confirmed, cx: &mut Cx<'_>) {
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

    pub(super) fn finished(&mut self, result: &Result<Finished, Failure>, cx: &mut Cx<'_>) {
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
    pub(super) fn touched(&mut self, cx: &mut Cx<'_>) {
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

    pub(super) fn kept(&mut self, result: &Result<(), String>, cx: &mut Cx<'_>) {
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

    pub(super) fn resumed(&mut self, result: &Result<Option<Box<Draft>>, String>, cx: &mut Cx<'_>) {
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
        self.stop_checks(cx);
        self.troubles.clear();
        self.found = Found::default();
        self.draft = draft.clone();
        self.has_draft = true;
        self.reviewed = false;
        self.trail.clear();
        // A secret that was not kept is asked for again.
        let step = self.draft.step.min(self.draft.first_open());
        self.enter(step, cx);
        if let (View::Form(form), Some(why)) = (&mut self.view, self.draft.lacks(step)) {
            form.set_focus(Entry::Secret);
            self.hint = Some(why);
        }
    }

    pub(super) fn answered(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool {
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
