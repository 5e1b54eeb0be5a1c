//! The state belongs to the accounts it was made with.

use super::exit::CommandError;
use crate::domain::{AddigyOrganizationId, ConfigurationId, OrganizationId};
use crate::itglue::{ItGlue, account_subdomain};
use crate::settings::Region;
use crate::store::{Accounts, Store};

/// The accounts that settings and services show now; what is not known is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Addigy's organization.
    pub addigy_organization: Option<AddigyOrganizationId>,
    /// IT Glue's address, as the settings name it.
    pub itglue_url: String,
    /// The account's own name at IT Glue.
    pub itglue_account: Option<String>,
}

/// The accounts as they are now. IT Glue's name is in its records' addresses, so one that is bound is
/// asked for.
pub async fn see(
    itglue_url: &str,
    itglue: &ItGlue,
    store: &Store,
    organization: Option<AddigyOrganizationId>,
) -> Result<Seen, CommandError> {
    const TRIED: usize = 3;
    let bindings = store.bindings()?;
    let mut itglue_account = None;
    for binding in bindings.iter().filter(|binding| binding.is_bound()).take(TRIED) {
        let found = itglue.configuration(binding.configuration_id).await?;
        itglue_account = found.as_ref().and_then(account_subdomain);
        if itglue_account.is_some() {
            break;
        }
    }
    Ok(Seen {
        addigy_organization: organization,
        itglue_url: itglue_url.to_owned(),
        itglue_account,
    })
}

/// What does not fit, one sentence each.
pub fn differences(known: &Accounts, seen: &Seen) -> Vec<String> {
    let mut found = Vec::new();
    if let (Some(known), Some(seen)) = (&known.addigy_organization, &seen.addigy_organization)
        && known != seen
    {
        found.push(format!(
            "the state was made with Addigy organization {known}, the token is of {seen}"
        ));
    }
    if let Some(known) = known.itglue_url.as_ref().filter(|known| **known != seen.itglue_url) {
        found.push(format!(
            "the state was made with {known}, the settings name {}",
            seen.itglue_url
        ));
    }
    if let (Some(known), Some(seen)) = (&known.itglue_account, &seen.itglue_account)
        && known != seen
    {
        found.push(format!(
            "the state was made with the IT Glue account {known}, the key is of {seen}"
        ));
    }
    found
}

/// What the state says from now on: what was seen, and what is known where nothing was and the
/// address is still the same.
pub fn accepted(known: &Accounts, seen: &Seen) -> Accounts {
    let same_address = known.itglue_url.as_deref() == Some(seen.itglue_url.as_str());
    let kept = known.itglue_account.clone().filter(|_| same_address);
    Accounts {
        addigy_organization: seen
            .addigy_organization
            .clone()
            .or_else(|| known.addigy_organization.clone()),
        itglue_url: Some(seen.itglue_url.clone()),
        itglue_account: seen.itglue_account.clone().or(kept),
    }
}

/// A configuration's page in IT Glue's app, where the account's name is known.
pub fn configuration_page(
    accounts: &Accounts,
    organization: OrganizationId,
    configuration: ConfigurationId,
) -> Option<String> {
    let page = organization_page(accounts, organization)?;
    Some(format!("{page}/configurations/{configuration}"))
}

/// An organization's page in IT Glue's app, where the account's name is known.
pub fn organization_page(accounts: &Accounts, organization: OrganizationId) -> Option<String> {
    let account = accounts.itglue_account.as_deref()?;
    let host = if account.contains('.') {
        account.to_owned()
    } else {
        // The regions' apps bear the region in their name as their APIs do.
        let region = [Region::Eu, Region::Au].into_iter().find(|region| {
            let address = accounts.itglue_url.as_deref().unwrap_or_default();
            address.trim_end_matches('/') == region.address()
        });
        match region {
            Some(region) => format!("{account}.{}.itglue.com", region.word()),
            None => format!("{account}.itglue.com"),
        }
    };
    Some(format!("https://{host}/{organization}"))
}

/// Refuses to go on where the accounts are others, and records them where none are known yet.
pub fn check(store: &Store, seen: &Seen) -> Result<(), CommandError> {
    let known = store.accounts()?;
    let differences = differences(&known, seen);
    if !differences.is_empty() {
        return Err(CommandError::refused(format!(
            "the state belongs to another account, so nothing was changed: {}. If that is meant, \
             confirm it: bindery doctor --accept-accounts",
            differences.join("; ")
        )));
    }
    let now = accepted(&known, seen);
    if now != known {
        store.set_accounts(&now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::exit::Exit;

    fn seen(organization: &str, url: &str, account: Option<&str>) -> Seen {
        Seen {
            addigy_organization: Some(AddigyOrganizationId::new(organization)),
            itglue_url: url.into(),
            itglue_account: account.map(str::to_owned),
        }
    }

    #[test]
    fn the_first_accounts_are_kept_and_others_refused() {
        let store = Store::in_memory().unwrap();
        check(&store, &seen("o1", "https://us", None)).unwrap();
        check(&store, &seen("o1", "https://us", Some("acme"))).unwrap();
        check(&store, &seen("o1", "https://us", None)).unwrap();
        assert_eq!(store.accounts().unwrap().itglue_account.as_deref(), Some("acme"));
        for other in [
            seen("o2", "https://us", None),
            seen("o1", "https://eu", None),
            seen("o1", "https://us", Some("globex")),
        ] {
            assert_eq!(check(&store, &other).unwrap_err().exit, Exit::Refused, "{other:?}");
        }
    }

    #[test]
    fn accepting_another_address_forgets_the_account_there() {
        let known = Accounts {
            addigy_organization: Some(AddigyOrganizationId::new("o1")),
            itglue_url: Some("https://us".into()),
            itglue_account: Some("acme".into()),
        };
        assert_eq!(accepted(&known, &seen("o1", "https://eu", None)).itglue_account, None);
        assert_eq!(accepted(&known, &seen("o1", "https://us", None)), known);
    }

    #[test]
    fn pages_are_those_of_the_account_and_its_region() {
        let page = |url: &str, account: Option<&str>| {
            let accounts = Accounts {
                itglue_url: Some(url.into()),
                itglue_account: account.map(str::to_owned),
                ..Accounts::default()
            };
            configuration_page(&accounts, OrganizationId::new(1), ConfigurationId::new(9))
        };
        let us = page("https://api.itglue.com/", Some("acme"));
        assert_eq!(us.as_deref(), Some("https://acme.itglue.com/1/configurations/9"));
        let eu = page("https://api.eu.itglue.com/", Some("acme"));
        assert_eq!(eu.as_deref(), Some("https://acme.eu.itglue.com/1/configurations/9"));
        assert_eq!(page("https://api.itglue.com/", None), None);
    }
}
