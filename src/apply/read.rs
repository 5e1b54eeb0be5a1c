//! Reading: all of what a plan depends on, complete or not at all.

use super::engine::{Engine, Request};
use super::error::Error;
use super::event::Event;
use crate::addigy::Policies;
use crate::domain::{
    AddigyOrganizationId, Binding, BindingState, Configuration, ConfigurationId, Device, DeviceId,
    Links, OrganizationId, PolicyId, PolicyTree,
};
use crate::itglue;
use crate::plan::{OrganizationView, View, Whereabouts};
use crate::store::OpenIntent;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many organizations are read at once.
const READS_AT_ONCE: usize = 6;

/// Addigy's side.
#[derive(Debug, Clone)]
pub(super) struct Fleet {
    pub tree: PolicyTree,
    pub devices: Vec<Arc<Device>>,
}

/// An organization's side, with what is worth knowing of the reading itself.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub view: OrganizationView,
    pub read_at: Timestamp,
    pub pages: u32,
    /// Says so where the organization has another name than its link.
    pub renamed: Option<String>,
}

/// The policies a run is for, and the organizations these bring with them.
#[derive(Debug, Clone, Default)]
pub(super) struct Extent {
    pub policies: BTreeSet<PolicyId>,
    pub organizations: BTreeSet<OrganizationId>,
}

impl Engine {
    /// Reads the policies and sweeps all devices, and keeps both as last known.
    pub(super) async fn read_fleet(&self) -> Result<Fleet, Error> {
        self.reporter.progress(Event::Reading("policies and devices from Addigy".into()));
        let Policies { tree, organization_id } = self.addigy.policies().await?;
        let sweep = self.addigy.sweep(&self.rules.extra_facts()).await?;
        if sweep.devices.is_empty() {
            return Err(Error::NoDevices);
        }
        // An account without policies is told by its devices, and each list may be another's.
        self.check_addigy_account(organization_id)?;
        self.check_addigy_account(sweep.organization_id)?;
        let devices: Vec<_> = sweep.devices.into_iter().map(Arc::new).collect();
        self.store.save_sweep(&tree, &devices, self.now())?;
        Ok(Fleet { tree, devices })
    }

    pub(super) fn check_addigy_account(
        &self,
        seen: Option<AddigyOrganizationId>,
    ) -> Result<(), Error> {
        let mut accounts = self.store.accounts()?;
        let Some(seen) = seen else { return Ok(()) };
        match &accounts.addigy_organization {
            Some(known) if *known != seen => Err(Error::OtherAccount(format!(
                "it was made with Addigy organization {known}, the token is of {seen}"
            ))),
            Some(_) => Ok(()),
            None => {
                accounts.addigy_organization = Some(seen);
                Ok(self.store.set_accounts(&accounts)?)
            }
        }
    }

    /// Which policies and organizations the request means. A binding through one of its policies
    /// brings its organization along, so that what was left behind there is done; an open intent does
    /// too, so that it is settled.
    pub(super) fn extent(
        request: &Request,
        tree: &PolicyTree,
        links: &Links,
        bindings: &[Binding],
        open: &[OpenIntent],
        devices: &[Arc<Device>],
    ) -> Extent {
        let open = || open.iter().map(|open| &open.intent);
        let mut policies: BTreeSet<PolicyId> = match (&request.policies, &request.device) {
            (Some(policies), _) => policies.clone(),
            (None, Some(device)) => policies_of(device, tree, bindings, devices),
            (None, None) => {
                let known = tree.iter().map(|policy| policy.id.clone());
                let bound = bindings.iter().map(|b| b.policy_id.clone());
                known.chain(bound).chain(open().map(|intent| intent.policy_id.clone())).collect()
            }
        };
        let mut organizations: BTreeSet<OrganizationId> = policies
            .iter()
            .filter_map(|id| Some(links.coverage(tree, id)?.organization_id))
            .collect();
        organizations.extend(
            bindings
                .iter()
                .filter(|binding| binding.is_bound() && policies.contains(&binding.policy_id))
                .filter(|b| request.device.as_ref().is_none_or(|device| *device == b.device_id))
                .map(|binding| binding.organization_id),
        );
        organizations.extend(
            open()
                .filter(|intent| policies.contains(&intent.policy_id))
                .filter(|i| request.device.as_ref().is_none_or(|device| *device == i.device_id))
                .map(|intent| intent.organization_id),
        );
        policies.retain(|id| tree.get(id).is_some() || bindings.iter().any(|b| b.policy_id == *id));
        Extent { policies, organizations }
    }

    /// Reads organizations side by side. One that is gone or renamed is a view of its own, not an
    /// error; anything less than a complete listing is an error.
    pub(super) async fn read_organizations(
        &self,
        wanted: &BTreeSet<OrganizationId>,
        links: &Links,
        bindings: &[Binding],
    ) -> Result<BTreeMap<OrganizationId, Reading>, Error> {
        self.read_organizations_called(wanted, |id| links.name_of(id), bindings).await
    }

    /// The same with the names that they are expected to have.
    pub(super) async fn read_organizations_called<'a>(
        &self,
        wanted: &BTreeSet<OrganizationId>,
        expected: impl Fn(OrganizationId) -> Option<&'a str>,
        bindings: &[Binding],
    ) -> Result<BTreeMap<OrganizationId, Reading>, Error> {
        self.check_itglue_url()?;
        let ids: Vec<OrganizationId> = wanted.iter().copied().collect();
        let found: BTreeMap<OrganizationId, String> = self
            .itglue
            .organizations_by_id(&ids)
            .await?
            .into_iter()
            .map(|organization| (organization.id, organization.name))
            .collect();
        let what = match (found.len(), found.values().next()) {
            (1, Some(name)) => format!("configurations of {name}"),
            (count, _) => format!("configurations of {count} organizations"),
        };
        self.reporter.progress(Event::Reading(what));
        stream::iter(ids)
            .map(|id| {
                let (name, expected) = (found.get(&id).cloned(), expected(id));
                async move { Ok((id, self.read_organization(id, name, expected, bindings).await?)) }
            })
            .buffer_unordered(READS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn read_organization(
        &self,
        id: OrganizationId,
        name: Option<String>,
        expected: Option<&str>,
        bindings: &[Binding],
    ) -> Result<Reading, Error> {
        let missing = |name: String, why: String| Reading {
            view: OrganizationView { name, view: View::Missing(why) },
            read_at: self.now(),
            pages: 0,
            renamed: None,
        };
        let Some(name) = name else {
            let shown = expected.unwrap_or_default().to_owned();
            let why = format!("IT Glue has no organization {id} ({shown}) any more");
            return Ok(missing(shown, why));
        };
        if let Some(expected) = expected.filter(|expected| *expected != name) {
            let why =
                format!("organization {id} was linked as {expected} and is called {name} now");
            return Ok(Reading { renamed: Some(why.clone()), ..missing(name, why) });
        }
        let mut listing = self.itglue.configurations(id).await?;
        self.check_itglue_account(&listing.configurations)?;
        let elsewhere = self.whereabouts(id, &mut listing, bindings).await?;
        let configurations = listing.configurations.into_iter().map(Arc::new).collect();
        Ok(Reading {
            view: OrganizationView { name, view: View::Read { configurations, elsewhere } },
            read_at: listing.read_at,
            pages: listing.pages,
            renamed: None,
        })
    }

    /// Another region is another account; asked before anything is read there.
    fn check_itglue_url(&self) -> Result<(), Error> {
        match self.store.accounts()?.itglue_url {
            Some(known) if known != self.itglue_url => Err(Error::OtherAccount(format!(
                "it was made with {known}, the settings name {}",
                self.itglue_url
            ))),
            Some(_) | None => Ok(()),
        }
    }

    /// The account's own name stands in its records' addresses.
    fn check_itglue_account(&self, configurations: &[Configuration]) -> Result<(), Error> {
        let mut accounts = self.store.accounts()?;
        let seen = configurations.iter().find_map(itglue::account_subdomain);
        if let (Some(known), Some(seen)) = (&accounts.itglue_account, &seen)
            && known != seen
        {
            return Err(Error::OtherAccount(format!(
                "it was made with IT Glue account {known}, the key is of {seen}"
            )));
        }
        if accounts.itglue_url.is_none() || (accounts.itglue_account.is_none() && seen.is_some()) {
            accounts.itglue_url = Some(self.itglue_url.clone());
            accounts.itglue_account = seen.or(accounts.itglue_account);
            self.store.set_accounts(&accounts)?;
        }
        Ok(())
    }

    /// Where recorded configurations are that the listing lacks. Only a 404 on its id says that one
    /// is gone; one that is here after all, because the listing lags, joins it.
    async fn whereabouts(
        &self,
        organization: OrganizationId,
        listing: &mut itglue::Listing,
        bindings: &[Binding],
    ) -> Result<BTreeMap<ConfigurationId, Whereabouts>, Error> {
        let listed: BTreeSet<ConfigurationId> =
            listing.configurations.iter().map(|configuration| configuration.id).collect();
        let lost: Vec<ConfigurationId> = bindings
            .iter()
            .filter(|binding| binding.organization_id == organization)
            .filter(|b| matches!(b.state, BindingState::Bound | BindingState::Chosen))
            .map(|binding| binding.configuration_id)
            .filter(|id| !listed.contains(id))
            .collect();
        let mut found = BTreeMap::new();
        if lost.is_empty() {
            return Ok(found);
        }
        for configuration in self.itglue.configurations_by_id(&lost).await? {
            found.insert(configuration.id, whereabouts_of(&configuration, organization));
        }
        for id in lost.into_iter().filter(|id| !found.contains_key(id)).collect::<Vec<_>>() {
            let place = match self.itglue.configuration(id).await? {
                None => Whereabouts::Gone,
                Some(configuration) if configuration.organization_id == organization => {
                    listing.configurations.push(configuration);
                    continue;
                }
                Some(configuration) => whereabouts_of(&configuration, organization),
            };
            found.insert(id, place);
        }
        Ok(found)
    }
}

fn whereabouts_of(configuration: &Configuration, organization: OrganizationId) -> Whereabouts {
    if configuration.organization_id == organization {
        Whereabouts::Unknown
    } else {
        Whereabouts::In(configuration.organization_id)
    }
}

fn policies_of(
    device: &DeviceId,
    tree: &PolicyTree,
    bindings: &[Binding],
    devices: &[Arc<Device>],
) -> BTreeSet<PolicyId> {
    let assigned = devices
        .iter()
        .find(|known| known.id == *device)
        .and_then(|known| known.membership.assigned(tree).ok())
        .unwrap_or_default();
    let bound = bindings.iter().filter(|b| b.device_id == *device).map(|b| b.policy_id.clone());
    assigned.into_iter().chain(bound).collect()
}
