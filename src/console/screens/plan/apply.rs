//! From a plan to the run: made again where it is old, and asked before anything is written.

use super::PlanScreen;
use super::words::Kind;
use crate::apply::{Confirmed, Prepared, Request as EngineRequest};
use crate::console::overlays::ask::Ask;
use crate::console::overlays::sync::{recorded, spec};
use crate::console::screen::{Cx, Request};
use crate::console::shared::Shared;
use crate::console::widgets::plural;
use crate::plan::Action;
use crate::text;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An older plan is made again before it is applied.
const OLD: SignedDuration = SignedDuration::from_mins(5);

/// What a person wants written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// What the guard lets pass.
    Apply,
    /// What it withholds, too.
    Confirm,
}

impl PlanScreen {
    /// Whether the plan must be made again before it is applied, and why.
    fn stale(&self, shared: &Shared) -> Option<&'static str> {
        let made = self.made.as_ref()?;
        let links = shared.snapshot.as_ref().map(|snapshot| &snapshot.known.links);
        let same_settings = match (&made.settings, &shared.settings) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (old, new) => old.is_none() == new.is_none(),
        };
        // Either way: a clock that was set back makes no plan young.
        if shared.now.duration_since(made.at).abs() > OLD {
            Some("The plan is older than five minutes")
        } else if !same_settings {
            Some("The settings changed since the plan was made")
        } else if made.links.is_some() && made.links.as_ref() != links {
            Some("Links changed since the plan was made")
        } else {
            None
        }
    }

    /// Asks for it, of a plan that is young enough; else makes it again first.
    pub fn want(&mut self, intent: Intent, cx: &mut Cx<'_>) {
        if !cx.shared.writes() {
            return cx.warn(
                "The integration is switched off, so nothing is written to IT Glue. Switch it on: \
                 :setup",
            );
        }
        match self.stale(cx.shared) {
            Some(why) => {
                cx.say(format!("{why}, so it is made again first."));
                self.then = Some(intent);
                self.plan(cx);
            }
            None => self.ask(intent, cx),
        }
    }

    /// Asks a person, and starts the run on yes.
    pub fn ask(&mut self, intent: Intent, cx: &mut Cx<'_>) {
        let Some(made) = &self.made else { return };
        let prepared = Arc::clone(&made.prepared);
        let writes = made.view.count(Kind::writes);
        let withheld = made.view.count(|kind| kind == Kind::Withheld);
        let changes = plural(writes, "change", "changes");
        let to = |wanted: fn(Kind) -> bool| organizations(&prepared, wanted);
        match (intent, writes, withheld) {
            (Intent::Apply, 0, 0) if prepared.to_record() > 0 => {
                let yes = self.start(self.request.clone(), &prepared);
                cx.push(Ask::yes_no(format!("{}?", recorded(prepared.to_record())), yes));
            }
            (_, 0, 0) => cx.say("Nothing is to be written: all is as it should be."),
            (Intent::Confirm, _, 0) => cx.say("The guard withholds nothing."),
            (Intent::Apply, 1.., _) => {
                let yes = self.start(self.request.clone(), &prepared);
                cx.push(Ask::yes_no(
                    format!("Write {writes} {changes} to {}?", to(Kind::writes)),
                    yes,
                ));
            }
            (Intent::Apply, 0, _) | (Intent::Confirm, ..) => {
                // They are on the screen while they are confirmed.
                self.list.filter.field.set("action:withheld");
                self.folded.clear();
                self.make_rows(cx.shared);
                let others = match writes {
                    0 => String::new(),
                    writes => format!(" and write {writes} other {changes}"),
                };
                let to = to(|kind| kind == Kind::Withheld);
                let question =
                    format!("Set {withheld} inactive in {to}{others}? Type {withheld} to confirm:");
                let request =
                    EngineRequest { confirmed: confirmed(&prepared), ..self.request.clone() };
                let yes = self.start(request, &prepared);
                cx.push(Ask::typed(question, withheld.to_string(), yes));
            }
        }
    }

    /// The run takes the place of the plan, which is history then.
    fn start(&self, request: EngineRequest, prepared: &Prepared) -> Vec<Request> {
        let spec = spec(&self.title, &request, prepared);
        vec![Request::Pop, Request::Start(Box::new(spec))]
    }
}

/// The withheld inactivations of a plan that a person has seen: exactly those.
fn confirmed(prepared: &Prepared) -> Confirmed {
    let withheld = prepared.plans.iter().flat_map(|plan| {
        let devices = plan.devices.iter();
        let devices = devices.filter(|p| matches!(p.action, Action::Withhold(..)));
        devices.map(|planned| (plan.organization_id, planned.device_id.clone()))
    });
    Confirmed::These(withheld.collect())
}

/// Whom it is written to.
fn organizations(prepared: &Prepared, wanted: fn(Kind) -> bool) -> String {
    let plans = prepared.plans.iter();
    let plans = plans.filter(|plan| plan.devices.iter().any(|p| wanted(Kind::of(p))));
    let names: BTreeSet<&str> = plans.map(|plan| plan.organization_name.as_str()).collect();
    match names.len() {
        1 => names.into_iter().map(text::clean).collect(),
        several => format!("{several} organizations"),
    }
}
