//! What a person saw and said yes to, so that nothing else is written.

use super::engine::Engine;
use super::error::Error;
use super::prepare::Prepared;
use super::undo::UndoPlan;
use crate::domain::{Attribute, ConfigurationId, OrganizationId, Rules};
use std::collections::BTreeSet;

/// What a shown plan was made with and for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The organizations it writes to.
    pub organizations: BTreeSet<OrganizationId>,
    /// The settings it was made with.
    pub choices: Choices,
}

/// The settings that decide what is written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// IT Glue's address.
    pub itglue_url: String,
    /// Statuses, types and the guard.
    pub rules: Rules,
}

impl Choices {
    /// The first thing in which these differ, in words.
    fn differing(&self, now: &Self) -> Option<&'static str> {
        let (then, rules) = (&self.rules, &now.rules);
        let things = [
            ("IT Glue's address", self.itglue_url == now.itglue_url),
            ("the active status", then.active == rules.active),
            ("the inactive status", then.inactive == rules.inactive),
            ("the default type", then.default_type == rules.default_type),
            ("the conditional types", then.conditional_types == rules.conditional_types),
            ("the limits of the guard", then.guard == rules.guard),
        ];
        things.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
    }
}

impl Prepared {
    /// What a person says yes to with this plan.
    pub fn seen(&self) -> Seen {
        let organizations = self.plans.iter().map(|plan| plan.organization_id).collect();
        Seen { organizations, choices: self.choices.clone() }
    }
}

/// What a person saw of an undo and said yes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoSeen {
    seen: Seen,
    changes: BTreeSet<(ConfigurationId, Attribute)>,
}

impl UndoPlan {
    /// What a person says yes to with this plan.
    pub fn seen(&self) -> UndoSeen {
        let organizations = self.devices.iter().map(|device| device.organization_id).collect();
        let seen = Seen { organizations, choices: self.choices.clone() };
        UndoSeen { seen, changes: changes(self).collect() }
    }
}

fn changes(plan: &UndoPlan) -> impl Iterator<Item = (ConfigurationId, Attribute)> {
    plan.devices.iter().flat_map(|device| {
        let attributes = device.put_back.changes.keys();
        attributes.map(|attribute| (device.configuration_id, *attribute))
    })
}

impl Engine {
    /// Refuses where an undo would write anything that was not in the plan that was shown.
    pub(super) fn check_undo(&self, seen: &UndoSeen, now: &UndoPlan) -> Result<(), Error> {
        self.check_settings(&seen.seen)?;
        match changes(now).find(|change| !seen.changes.contains(change)) {
            None => Ok(()),
            Some((configuration, attribute)) => Err(Error::OtherUndo(configuration, attribute)),
        }
    }

    /// The settings that this engine plans and writes with.
    pub(super) fn choices(&self) -> Choices {
        Choices { itglue_url: self.itglue_url.clone(), rules: self.rules.clone() }
    }

    /// Refuses where the settings are not those of the plan that was shown.
    pub(super) fn check_settings(&self, seen: &Seen) -> Result<(), Error> {
        let differing = seen.choices.differing(&self.choices());
        differing.map_or(Ok(()), |what| Err(Error::OtherSettings(what)))
    }

    /// Refuses where an organization is concerned that was not in the plan that was shown.
    pub(super) fn check_organizations(
        &self,
        seen: &Seen,
        now: &BTreeSet<OrganizationId>,
    ) -> Result<(), Error> {
        let other = now.difference(&seen.organizations).next();
        other.map_or(Ok(()), |other| Err(Error::OtherOrganization(*other)))
    }
}
