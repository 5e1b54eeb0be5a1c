//! What the setup asks of the outside, and what it is told.

use super::draft::Draft;
use super::failure::Failure;
use super::fleet::Fleet;
use crate::commands::output::counted;
use crate::domain::{ConfigurationStatus, ConfigurationType, FactName};
use crate::settings::write::Choices;
use crate::settings::{Region, SecretSource, Settings};
use crate::transport::Service;
use jiff::Timestamp;
use reqwest::Url;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the setup asks of the outside.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Read the draft that was left. Told: [`Told::Resumed`].
    Resume,
    /// Keep the draft. Told: [`Told::Kept`].
    Keep(Box<Draft>),
    /// Remove the draft.
    Forget,
    /// Try the token. Told: [`Told::Addigy`].
    Addigy(Access),
    /// Try the key. Told: [`Told::ItGlue`].
    ItGlue(Access, Option<Region>),
    /// Try the key in the other regions. Told: [`Told::Region`].
    Regions(Access, Option<Region>),
    /// Read facts and devices. Told: [`Told::Fleet`].
    Fleet(Access, BTreeSet<FactName>),
    /// Write the settings, after a check of everything where it is to be switched on. Told:
    /// [`Told::Finished`].
    Finish(Box<Choices>, Confirmed),
    /// Find the first policy to be linked. Told as [`crate::console::effect::Answer::ShowPolicy`].
    FirstPolicy,
}

/// How a service is reached.
#[derive(Debug, Clone)]
pub struct Access {
    /// Its address.
    pub url: Url,
    /// Where its secret comes from.
    pub source: SecretSource,
}

/// The differences between the accounts of the state and those of the settings that a person has
/// confirmed, in the words in which they were told.
pub type Confirmed = Vec<String>;

/// What came of it.
#[derive(Debug, Clone)]
pub enum Told {
    /// The draft that was left, if there is one; `Err`: why it is ignored.
    Resumed(Result<Option<Box<Draft>>, String>),
    /// The draft was kept, or not.
    Kept(Result<(), String>),
    /// The token.
    Addigy(Result<AddigySeen, Failure>),
    /// The key.
    ItGlue(Result<Arc<ItGlueSeen>, Failure>),
    /// The region in which the key works; `None`: in no other.
    Region(Result<Option<Region>, Failure>),
    /// Facts and devices.
    Fleet(Result<Arc<Fleet>, Failure>),
    /// The settings file.
    Finished(Result<Finished, Failure>),
    /// A check has to wait: for whom, until when, and why.
    Waits(Service, Timestamp, String),
}

/// What the token sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddigySeen {
    /// The account's id, where it has a policy or a device.
    pub organization: Option<String>,
    /// Its policies.
    pub policies: usize,
    /// Its devices.
    pub devices: u64,
}

impl AddigySeen {
    /// As a sentence.
    pub fn words(&self) -> String {
        let devices = counted(usize::try_from(self.devices).unwrap_or(usize::MAX), "device");
        let policies = counted(self.policies, "policy");
        match &self.organization {
            Some(id) => format!("{policies}, {devices}, organization {id}"),
            None => format!("{policies}, {devices}"),
        }
    }

    /// What is odd about it, although the token works.
    pub fn warning(&self) -> Option<&'static str> {
        (self.policies == 0 || self.devices == 0).then_some(
            "The token works but does not see both policies and devices: check that it is of the \
             right account and may read both.",
        )
    }
}

/// What the key sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItGlueSeen {
    /// How many organizations.
    pub organizations: u64,
    /// The configuration statuses, by name.
    pub statuses: Vec<ConfigurationStatus>,
    /// The configuration types, by name.
    pub types: Vec<ConfigurationType>,
}

impl ItGlueSeen {
    /// As a sentence.
    pub fn words(&self) -> String {
        let organizations =
            counted(usize::try_from(self.organizations).unwrap_or(usize::MAX), "organization");
        format!("{organizations}, {} statuses, {} types", self.statuses.len(), self.types.len())
    }

    /// What is odd about it, although the key works.
    pub fn warning(&self) -> Option<&'static str> {
        if self.organizations == 0 {
            Some("The key works but sees no organization: check that it is of the right account.")
        } else if self.statuses.len() < 2 {
            Some(
                "Bindery needs two configuration statuses, an active and an inactive one. Add them in \
                 IT Glue under Account > Settings > Configuration Statuses, then check again.",
            )
        } else if self.types.is_empty() {
            Some(
                "Bindery needs a configuration type. Add one in IT Glue under Account > Settings > \
                 Configuration Types, then check again.",
            )
        } else {
            None
        }
    }
}

/// How the setup ended.
#[derive(Debug, Clone)]
pub enum Finished {
    /// The settings are written; the sentences are worth knowing.
    Written(Box<Settings>, Vec<String>),
    /// The state was made with other accounts: a person has to confirm that first.
    OtherAccounts(Confirmed),
}
