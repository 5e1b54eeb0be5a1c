//! Changes to organizations and configurations.

use super::{Control, ControlError, only};
use crate::sandbox::itglue::model::{Configuration, Organization};
use crate::sandbox::lock;

impl Control {
    /// The id of an organization.
    ///
    /// # Errors
    /// Where none or several are meant.
    pub fn organization_id(&self, organization: &str) -> Result<i64, ControlError> {
        let account = lock(&self.itglue.account);
        let number: Option<i64> = organization.parse().ok();
        if let Some(id) = number.filter(|id| account.organizations.contains_key(id)) {
            return Ok(id);
        }
        let named = account.organizations.values().filter(|other| other.name == organization);
        only("organization", organization, named.map(|organization| organization.id).collect())
    }

    /// Adds an organization; returns its id.
    pub fn add_organization(&self, name: &str) -> i64 {
        let now = self.clock.now();
        let mut account = lock(&self.itglue.account);
        let id = account.organizations.keys().max().copied().unwrap_or(1000) + 1;
        let organization = Organization {
            id,
            name: name.to_owned(),
            short_name: None,
            type_name: "Customer".into(),
            status_name: "Active".into(),
            parent_id: None,
            created_at: now,
            updated_at: now,
        };
        account.organizations.insert(id, organization);
        id
    }

    /// Gives an organization another name.
    ///
    /// # Errors
    /// Where no organization or several are meant.
    pub fn rename_organization(&self, organization: &str, name: &str) -> Result<(), ControlError> {
        let id = self.organization_id(organization)?;
        if let Some(organization) = lock(&self.itglue.account).organizations.get_mut(&id) {
            organization.name = name.to_owned();
            organization.updated_at = self.clock.now();
        }
        Ok(())
    }

    /// Removes an organization and its configurations.
    ///
    /// # Errors
    /// Where no organization or several are meant.
    pub fn remove_organization(&self, organization: &str) -> Result<(), ControlError> {
        let id = self.organization_id(organization)?;
        let mut account = lock(&self.itglue.account);
        let of_it: Vec<i64> = account.configurations_of(id).map(|known| known.id).collect();
        for known in of_it {
            account.remove_configuration(known);
        }
        account.organizations.remove(&id);
        Ok(())
    }

    /// The configurations of an organization, by id.
    ///
    /// # Errors
    /// Where no organization or several are meant.
    pub fn configurations(&self, organization: &str) -> Result<Vec<Configuration>, ControlError> {
        let id = self.organization_id(organization)?;
        Ok(lock(&self.itglue.account).configurations_of(id).cloned().collect())
    }

    /// Every configuration of the account, by id.
    pub fn all_configurations(&self) -> Vec<Configuration> {
        lock(&self.itglue.account).configurations.values().cloned().collect()
    }

    /// One configuration.
    ///
    /// # Errors
    /// Where there is none of this id.
    pub fn configuration(&self, id: i64) -> Result<Configuration, ControlError> {
        lock(&self.itglue.account).configurations.get(&id).cloned().ok_or_else(|| unknown(id))
    }

    /// Adds a configuration as somebody else would; returns its id. Made and changed now, where its
    /// times are the epoch.
    pub fn add_configuration(&self, mut new: Configuration) -> i64 {
        let now = self.clock.now();
        for time in [&mut new.created_at, &mut new.updated_at] {
            if *time == jiff::Timestamp::UNIX_EPOCH {
                *time = now;
            }
        }
        lock(&self.itglue.account).insert_configuration(new)
    }

    /// Changes a configuration as somebody else would, its organization too; `updated-at` becomes now.
    ///
    /// # Errors
    /// Where there is none of this id.
    pub fn change_configuration(
        &self,
        id: i64,
        change: impl FnOnce(&mut Configuration),
    ) -> Result<(), ControlError> {
        let mut changed = self.configuration(id)?;
        change(&mut changed);
        changed.id = id;
        changed.updated_at = self.clock.now();
        lock(&self.itglue.account).insert_configuration(changed);
        Ok(())
    }

    /// Deletes a configuration for good, as an administrator can.
    ///
    /// # Errors
    /// Where there is none of this id.
    pub fn remove_configuration(&self, id: i64) -> Result<(), ControlError> {
        let removed = lock(&self.itglue.account).remove_configuration(id);
        removed.map(drop).ok_or_else(|| unknown(id))
    }
}

fn unknown(id: i64) -> ControlError {
    ControlError::Unknown { kind: "configuration", name: id.to_string() }
}
