//! What people and commands did beside runs and links: who, from where, when, what. Only added to.

use super::column::{Json, Millis};
use super::error::Fault;
use super::{Accounts, Store, StoreError, bindings, meta};
use crate::domain::{Binding, ConfigurationId, DeviceId, OrganizationId, RunId};
use jiff::Timestamp;
use rusqlite::{Transaction, params};

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Deed {
    /// A person chose a configuration for a device.
    BoundByHand {
        /// The device.
        device_id: DeviceId,
        /// The organization.
        organization_id: OrganizationId,
        /// The configuration.
        configuration_id: ConfigurationId,
    },
    /// Syncs may touch again what an undo held.
    Released {
        /// The devices.
        devices: Vec<DeviceId>,
    },
    /// A person confirmed that the state belongs to these accounts.
    AccountsAccepted {
        /// Addigy's organization.
        addigy_organization: Option<String>,
        /// IT Glue's address.
        itglue_url: Option<String>,
        /// IT Glue's account.
        itglue_account: Option<String>,
    },
    /// A run was told to set inactive what the guard would keep back.
    GuardPassed {
        /// The run.
        run: RunId,
        /// How many inactivations it was about to write.
        inactivations: usize,
    },
    /// The settings file was written.
    SettingsWritten {
        /// Whether the integration is switched on.
        enabled: bool,
    },
    /// The state was copied.
    BackedUp {
        /// The copy.
        file: String,
    },
    /// A copy was put in the place of the state.
    Restored {
        /// The copy.
        file: String,
        /// Where the state before it lies.
        set_aside: Option<String>,
    },
    /// A person looked at a rebuilt or restored state, and syncs may write again.
    StateAccepted {},
    /// A new state took the place of a damaged one.
    Rebuilt {
        /// Where the damaged one lies.
        set_aside: Option<String>,
        /// What could be read from it, in a sentence.
        salvaged: String,
    },
}

impl Deed {
    /// The word in documents and in the state file.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::BoundByHand { .. } => "bound_by_hand",
            Self::Released { .. } => "released",
            Self::AccountsAccepted { .. } => "accounts_accepted",
            Self::GuardPassed { .. } => "guard_passed",
            Self::SettingsWritten { .. } => "settings_written",
            Self::BackedUp { .. } => "state_backed_up",
            Self::Restored { .. } => "state_restored",
            Self::StateAccepted {} => "state_accepted",
            Self::Rebuilt { .. } => "state_rebuilt",
        }
    }

    fn accounts(accounts: &Accounts) -> Self {
        Self::AccountsAccepted {
            addigy_organization: accounts.addigy_organization.as_ref().map(ToString::to_string),
            itglue_url: accounts.itglue_url.clone(),
            itglue_account: accounts.itglue_account.clone(),
        }
    }
}

impl Store {
    /// Records what was done; the store knows by whom (see [`Store::signed`]).
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn audit(&self, deed: &Deed, at: Timestamp) -> Result<(), StoreError> {
        self.write(|tx| self.record_deed(tx, deed, at))
    }

    /// Keeps bindings as [`Store::save_bindings`] does, and in the same moment records why.
    ///
    /// # Errors
    /// As for [`Store::save_bindings`].
    pub fn save_bindings_as(
        &self,
        deed: &Deed,
        bindings: &[Binding],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            bindings::save(tx, bindings)?;
            self.record_deed(tx, deed, at)
        })
    }

    /// Records that a person confirmed these accounts, and that it was so.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn accept_accounts(&self, accounts: &Accounts, at: Timestamp) -> Result<(), StoreError> {
        self.write(|tx| {
            meta::replace_accounts(tx, accounts)?;
            self.record_deed(tx, &Deed::accounts(accounts), at)
        })
    }

    pub(super) fn record_deed(
        &self,
        tx: &Transaction<'_>,
        deed: &Deed,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let origin = &self.origin;
        tx.execute(
            "INSERT INTO audit (at, who, host, version, deed, details)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![Millis(at), origin.who, origin.host, origin.version, deed.word(), Json(deed)],
        )?;
        Ok(())
    }
}
