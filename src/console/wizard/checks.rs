//! Which checks the setup asks for, and what they came to.

use super::ask::{Access, Ask, Told};
use super::draft::Step;
use super::failure::{Failure, label};
use super::form::Entry;
use super::rules::Rules;
use super::steps::ask;
use super::{Busy, View, Wizard};
use crate::console::effect::{Effect, Job, Slot};
use crate::console::screen::Cx;
use crate::settings::{Region, process_env};
use std::collections::BTreeSet;

impl Wizard {
    pub(super) fn check_addigy(&mut self, cx: &mut Cx<'_>) {
        let Ok((url, source)) = self.draft.addigy() else { return };
        self.clear(Step::Addigy);
        self.draft.announce(&process_env);
        self.busy.addigy = true;
        ask(cx, Ask::Addigy(Access { url, source }));
    }

    pub(super) fn check_itglue(&mut self, cx: &mut Cx<'_>) {
        let Ok((url, source)) = self.draft.itglue() else { return };
        self.clear(Step::ItGlue);
        self.draft.announce(&process_env);
        self.busy.itglue = true;
        ask(cx, Ask::ItGlue(Access { url, source }, self.draft.region));
    }

    pub(super) fn ask_regions(&mut self, cx: &mut Cx<'_>) {
        let Ok((url, source)) = self.draft.itglue() else { return };
        self.busy.regions = true;
        self.draft.announce(&process_env);
        ask(cx, Ask::Regions(Access { url, source }, self.draft.region));
    }

    fn clear(&mut self, step: Step) {
        self.hint = None;
        self.waits = None;
        self.troubles.remove(&step);
    }

    /// The account's statuses and types are wanted.
    pub(super) fn need_lists(&mut self, cx: &mut Cx<'_>) {
        if self.found.itglue.is_none() && !self.busy.itglue {
            self.check_itglue(cx);
        }
    }

    /// Facts and devices are wanted, with all facts that rules name.
    pub(super) fn need_fleet(&mut self, cx: &mut Cx<'_>) {
        let wanted: BTreeSet<String> = Rules::facts(&self.draft);
        let has = self.found.fleet.as_ref();
        let enough = has.is_some_and(|fleet| wanted.iter().all(|fact| fleet.has(fact)));
        if enough || self.busy.fleet || self.troubles.contains_key(&Step::Rules) {
            return;
        }
        let Ok((url, source)) = self.draft.addigy() else { return };
        self.busy.fleet = true;
        self.draft.announce(&process_env);
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
                        self.hint = None;
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

    pub(super) fn failed(&mut self, failure: &Failure) {
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
            self.view = View::Choose(Box::new(self.chooser(self.draft.step)));
        }
    }

    fn region_told(&mut self, result: &Result<Option<Region>, Failure>, cx: &mut Cx<'_>) {
        self.busy.regions = false;
        let View::Form(form) = &mut self.view else { return };
        form.offers_regions = false;
        form.set_focus(Entry::Secret);
        match result {
            Ok(Some(region)) => {
                self.draft.region = Some(*region);
                self.access_changed(cx);
                self.check_itglue(cx);
                let name = label(*region);
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

    /// Stops every check.
    pub(super) fn stop_checks(&mut self, cx: &mut Cx<'_>) {
        for job in Job::ALL {
            cx.effect(Effect::Stop(Slot::Setup(job)));
        }
        self.busy = Busy::default();
        self.waits = None;
    }
}
