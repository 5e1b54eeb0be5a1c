//! What was read, as the plan sees it.

use crate::domain::{
    Binding, Configuration, ConfigurationId, Device, DeviceId, Links, OrganizationId, PolicyTree,
    Rules,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything a plan depends on.
#[derive(Debug, Clone)]
pub struct World<'a> {
    /// The time of planning.
    pub now: Timestamp,
    /// The account's choices.
    pub rules: &'a Rules,
    /// Addigy's policies.
    pub tree: &'a PolicyTree,
    /// The links.
    pub links: &'a Links,
    /// Every device of the account, from one complete sweep.
    pub devices: &'a [Arc<Device>],
    /// Every binding, of all organizations.
    pub bindings: &'a [Binding],
    /// Creates without a clear answer, with the time from which they may be looked up.
    pub unsettled: &'a BTreeMap<(DeviceId, OrganizationId), Timestamp>,
    /// The organizations to plan.
    pub organizations: BTreeMap<OrganizationId, OrganizationView>,
}

/// One organization as it was read.
#[derive(Debug, Clone)]
pub struct OrganizationView {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub view: View,
}

/// What could be read of an organization.
#[derive(Debug, Clone)]
pub enum View {
    /// All of it.
    Read {
        /// Every configuration, archived ones too, without repetition.
        configurations: Vec<Arc<Configuration>>,
        /// Where recorded configurations are that the listing lacks.
        elsewhere: BTreeMap<ConfigurationId, Whereabouts>,
    },
    /// It is gone or has another name; the sentence says which. Nothing is written to it.
    Missing(String),
}

/// Where a recorded configuration is that its organization's listing lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// A 404 on its id.
    Gone,
    /// In another organization; the record as it is there.
    In(OrganizationId),
    /// It could not be asked, or stands in this organization after all.
    Unknown,
}
