//! Which accounts the state belongs to, and what was learned about the services.

use super::error::Fault;
use super::{Deed, Store, StoreError};
use crate::domain::AddigyOrganizationId;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction};

const ADDIGY_ORGANIZATION: &str = "addigy_organization";
const ITGLUE_URL: &str = "itglue_url";
/// Among the capabilities: a file that is new under an old history.
const UNCONFIRMED: &str = "unconfirmed_state";
const ITGLUE_ACCOUNT: &str = "itglue_account";

/// The accounts the state was made with; nothing is written to others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accounts {
    /// Addigy's organization.
    pub addigy_organization: Option<AddigyOrganizationId>,
    /// The address of IT Glue's API.
    pub itglue_url: Option<String>,
    /// The account's own name at IT Glue, from its records' addresses.
    pub itglue_account: Option<String>,
}

impl Store {
    /// The accounts this state belongs to, as far as they are known.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn accounts(&self) -> Result<Accounts, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT value FROM account WHERE name = ?1")?;
            let mut value = |name: &str| -> rusqlite::Result<Option<String>> {
                statement.query_row([name], |row| row.get(0)).optional()
            };
            Ok(Accounts {
                addigy_organization: value(ADDIGY_ORGANIZATION)?.map(AddigyOrganizationId::new),
                itglue_url: value(ITGLUE_URL)?,
                itglue_account: value(ITGLUE_ACCOUNT)?,
            })
        })
    }

    /// Records the accounts this state belongs to; what is `None` is forgotten.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn set_accounts(&self, accounts: &Accounts) -> Result<(), StoreError> {
        self.write(|tx| replace_accounts(tx, accounts))
    }

    /// What a person has to look at before anything is written again, where there is something:
    /// `it was rebuilt on 2026-11-24`.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn unconfirmed(&self) -> Result<Option<String>, StoreError> {
        self.capability(UNCONFIRMED)
    }

    /// A person has looked, and writes may go on.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn confirm(&self, at: Timestamp) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute("DELETE FROM capability WHERE key = ?1", [UNCONFIRMED])?;
            self.record_deed(tx, &Deed::StateAccepted {}, at)
        })
    }

    /// What was learned about a service under this key, if anything.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn capability(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|tx| {
            let sql = "SELECT value FROM capability WHERE key = ?1";
            Ok(tx.query_row(sql, [key], |row| row.get(0)).optional()?)
        })
    }

    /// Keeps what was learned about a service.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn set_capability(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO capability (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [key, value],
            )?;
            Ok(())
        })
    }
}

/// Keeps syncs from writing until [`Store::confirm`].
pub(super) fn leave_unconfirmed(connection: &Connection, why: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO capability VALUES (?1, ?2)", [UNCONFIRMED, why])?;
    Ok(())
}

/// Keeps the accounts as part of a larger change.
pub(super) fn replace_accounts(tx: &Transaction<'_>, accounts: &Accounts) -> Result<(), Fault> {
    let addigy = accounts.addigy_organization.as_ref().map(AddigyOrganizationId::as_str);
    let known = [
        (ADDIGY_ORGANIZATION, addigy),
        (ITGLUE_URL, accounts.itglue_url.as_deref()),
        (ITGLUE_ACCOUNT, accounts.itglue_account.as_deref()),
    ];
    tx.execute("DELETE FROM account", [])?;
    for (name, value) in known {
        if let Some(value) = value {
            tx.execute("INSERT INTO account (name, value) VALUES (?1, ?2)", [name, value])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_come_back_and_can_be_forgotten() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.accounts().unwrap(), Accounts::default());
        let mut accounts = Accounts {
            addigy_organization: Some(AddigyOrganizationId::new("org-1")),
            itglue_url: Some("https://api.itglue.com".into()),
            itglue_account: Some("acme".into()),
        };
        store.set_accounts(&accounts).unwrap();
        assert_eq!(store.accounts().unwrap(), accounts);
        accounts.itglue_account = None;
        store.set_accounts(&accounts).unwrap();
        assert_eq!(store.accounts().unwrap(), accounts);
    }

    #[test]
    fn the_last_word_on_a_capability_counts() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.capability("bulk_create").unwrap(), None);
        store.set_capability("bulk_create", "yes").unwrap();
        store.set_capability("bulk_create", "no").unwrap();
        assert_eq!(store.capability("bulk_create").unwrap().as_deref(), Some("no"));
    }
}
