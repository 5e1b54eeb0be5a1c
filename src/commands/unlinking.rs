//! A policy to be unlinked: what follows, what a person is asked, and storing it. The command and the
//! console share it.

use super::exit::CommandError;
use super::linking::{Effect, changed, store_change};
use super::new_link::consequences;
use super::output::counted;
use super::overview::Known;
use crate::apply::{Prepared, Request};
use crate::domain::{LinkTarget, OrganizationId, Origin, PolicyId, RunKind};
use crate::itglue::ItGlue;
use crate::plan::Action;
use crate::store::Store;
use crate::text::clean;

/// So many devices are named in a sentence; more are listed.
pub const NAMED: usize = 10;

/// What is unlinked, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlinking {
    /// The policy.
    pub policy: PolicyId,
    /// Its path.
    pub path: String,
    /// Whether links above may cover it from then on.
    pub inherit: bool,
    /// The organization it is linked to now, through whatever link.
    pub organization: Option<(OrganizationId, String)>,
    /// What its own entry says so far.
    pub before: Option<LinkTarget>,
    /// Its own entry from then on.
    pub target: Option<LinkTarget>,
    /// What follows.
    pub effect: Effect,
}

impl Unlinking {
    /// Works out what follows.
    pub fn new(known: &Known, policy: &PolicyId, inherit: bool) -> Self {
        let coverage = known.links.coverage(&known.tree, policy);
        // Where Addigy has the policy no more there is nothing to keep unlinked.
        let exists = known.tree.get(policy).is_some();
        let target = (exists && !inherit).then_some(LinkTarget::KeptUnlinked);
        Self {
            policy: policy.clone(),
            path: known.tree.path_text(policy),
            inherit,
            organization: coverage.map(|c| (c.organization_id, c.organization_name.to_owned())),
            before: known.links.own(policy).cloned(),
            effect: Effect::of(known, &changed(&known.links, policy, target.clone())),
            target,
        }
    }

    /// Why there is nothing to do.
    pub fn needless(&self) -> Option<String> {
        match (&self.before, &self.organization, self.inherit) {
            (None, _, true) => Some(format!("{} has no entry of its own", self.path)),
            (Some(LinkTarget::KeptUnlinked), _, false) => {
                Some(format!("{} is kept unlinked already", self.path))
            }
            (_, None, false) => Some(format!("{} is not linked", self.path)),
            _ => None,
        }
    }

    /// What it comes to, in a sentence.
    pub fn sentence(&self) -> String {
        let shift = self.effect.shifts.iter().find(|shift| shift.policy == self.policy);
        let after = shift.map_or(self.organization.as_ref().map(|(id, _)| *id), |shift| shift.to);
        let path = &self.path;
        match (&self.organization, self.inherit, after) {
            (_, true, Some(id)) => {
                format!("{path} is covered by the link above, to organization {id}.")
            }
            (_, true, None) => {
                format!("{path} has no entry of its own any more, and no link above covers it.")
            }
            (Some((_, name)), false, _) => format!("{path} is unlinked from {name}."),
            (None, false, _) => format!("{path} is kept unlinked."),
        }
    }

    /// What becomes of devices that are bound now.
    pub fn consequences(&self) -> Vec<String> {
        consequences(&self.effect)
    }

    /// What a person is asked first: where a link above to another organization takes over, devices
    /// leave their configurations.
    pub fn question(&self) -> Option<String> {
        let told = self.consequences().join(" ");
        let asked = !self.effect.leaving.is_empty();
        asked.then(|| format!("{told} Let the link above cover {}?", self.path))
    }

    /// Stores it and lets the bindings go. What others changed since `known` was read is taken into
    /// account.
    ///
    /// # Errors
    /// When a run holds an organization concerned, the links changed meanwhile, or the state can't be
    /// written.
    pub fn store(
        &self,
        store: &Store,
        known: Known,
        origin: &Origin,
    ) -> Result<Effect, CommandError> {
        store_change(store, known, &self.policy, self.target.clone(), origin, true)
    }

    /// As [`Self::store`], but the bindings stay in force until a sync has set their configurations
    /// inactive.
    ///
    /// # Errors
    /// As there.
    pub fn store_to_inactivate(
        &self,
        store: &Store,
        known: Known,
        origin: &Origin,
    ) -> Result<Effect, CommandError> {
        store_change(store, known, &self.policy, self.target.clone(), origin, false)
    }

    /// What the engine is asked for to set the configurations inactive. While the change is not stored,
    /// it plans with the links as they will be.
    pub fn request(&self, known: &Known) -> Request {
        Request {
            kind: RunKind::Unlink,
            links: Some(changed(&known.links, &self.policy, self.target.clone())),
            ..Request::sync(Some(self.effect.policies_leaving()))
        }
    }

    /// What setting the configurations inactive comes to, with the devices' names.
    pub fn told(&self, prepared: &Prepared) -> String {
        let (withheld, leaving) = departures(prepared);
        let name = self.organization.as_ref().map_or("", |(_, name)| name.as_str());
        let mut names: Vec<String> = leaving.iter().take(NAMED).map(|name| clean(name)).collect();
        if leaving.len() > NAMED {
            names.push(format!("and {} more", leaving.len() - NAMED));
        }
        let names =
            if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let mut text = format!(
            "Unlinking {} from {name} sets {} there inactive{names}.",
            self.path,
            counted(leaving.len(), "configuration"),
        );
        if withheld > 0 {
            text.push_str(" That is more than the guard lets pass unasked.");
        }
        text
    }

    /// Nothing is written to an organization that is gone or has another name.
    ///
    /// # Errors
    /// When it is so, or IT Glue can't be asked.
    pub async fn still_the_same(&self, itglue: &ItGlue) -> Result<(), CommandError> {
        let Some((id, name)) = &self.organization else { return Ok(()) };
        match itglue.organization(*id).await? {
            Some(now) if now.name == *name => Ok(()),
            Some(now) => Err(CommandError::refused(format!(
                "organization {id} was linked as {name} and is called {} now, so nothing is written \
                 to it. If it is still the right one, confirm it: bindery doctor --accept-accounts",
                now.name
            ))),
            None => Err(CommandError::refused(format!(
                "IT Glue has no organization {id} ({name}) any more; unlink without --inactivate"
            ))),
        }
    }
}

/// How many the guard would keep back, and the names of all that would be set inactive.
pub fn departures(prepared: &Prepared) -> (usize, Vec<&str>) {
    let withheld = prepared.devices().filter(|p| matches!(p.action, Action::Withhold(..))).count();
    let leaving = prepared
        .devices()
        .filter(|p| matches!(p.action, Action::Withhold(..) | Action::Inactivate(..)));
    (withheld, leaving.map(|planned| planned.name.as_str()).collect())
}
