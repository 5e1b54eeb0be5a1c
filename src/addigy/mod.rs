//! Reads Addigy: its policies, and all devices in one sweep. Bindery never writes there.
//!
//! Source of every call and shape: the service's own description of its API v2,
//! <https://api.addigy.com/api/v2/documentation>.

mod fact;
#[cfg(test)]
pub(crate) mod fuzz;
mod policies;
mod sweep;
#[cfg(test)]
mod tests;

pub use policies::Policies;
pub use sweep::Sweep;

use crate::domain::{AddigyOrganizationId, DeviceId, FactName, PolicyId};
use crate::text::clean;
use crate::transport::{Effect, Error, Observer, Request, Transport};
use reqwest::Method;
use serde::Deserialize;
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// The longest period and the most requests in it, whatever a setting says: 10 in a second, for more
/// than 1,000 in 10 seconds lock the account out for a day.
pub const LIMIT: (usize, std::time::Duration) = (10, std::time::Duration::from_secs(1));

/// Addigy's API with one token. A cheap clone.
#[derive(Debug, Clone)]
pub struct Addigy {
    transport: Transport,
    organization_id: Arc<OnceLock<AddigyOrganizationId>>,
}

/// What a token lets see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The account; `None` when it has neither policies nor devices.
    pub organization_id: Option<AddigyOrganizationId>,
    /// How many policies it sees.
    pub policies: usize,
    /// How many devices it sees.
    pub devices: u64,
}

/// A fact that the account knows, custom ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is asked by.
    pub identifier: FactName,
    /// What people call it; its identifier where it has no name.
    pub name: String,
    /// `string`, `number`, `boolean`, `list` or `date`; an open list.
    pub return_type: String,
}

impl Addigy {
    /// Reads through this transport.
    pub fn new(transport: Transport) -> Self {
        Self { transport, organization_id: Arc::default() }
    }

    /// The same client for one run; see [`Transport::for_run`].
    #[must_use]
    pub fn for_run(&self, cancel: CancellationToken, observer: Arc<dyn Observer>) -> Self {
        Self { transport: self.transport.for_run(cancel, observer), ..self.clone() }
    }

    /// The transport, for its count and its limiter.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Whether the token works, and what it sees. Two requests.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn check(&self) -> Result<Check, Error> {
        let policies = self.policies().await?;
        let (devices, from_devices) = self.count_devices().await?;
        Ok(Check {
            organization_id: policies.organization_id.or(from_devices),
            policies: policies.tree.len(),
            devices,
        })
    }

    /// Every fact of the account. `GET /o/{organization_id}/facts`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn facts(&self) -> Result<Vec<Fact>, Error> {
        let organization = self.organization_id().await?;
        let request = Request::get(&["api", "v2", "o", organization.as_str(), "facts"]);
        let facts: Option<Vec<WireFact>> = self.transport.send(&request).await?;
        Ok(facts.unwrap_or_default().into_iter().filter_map(WireFact::into_fact).collect())
    }

    /// The policies one device is assigned to, from the service itself rather than from its facts.
    /// `GET /o/{organization_id}/devices/{agent_id}/policy-assignments`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn policy_assignments(&self, device: &DeviceId) -> Result<Vec<PolicyId>, Error> {
        let organization = self.organization_id().await?;
        let request = Request::get(&[
            "api",
            "v2",
            "o",
            organization.as_str(),
            "devices",
            device.as_str(),
            "policy-assignments",
        ]);
        let ids: Option<Vec<String>> = self.transport.send(&request).await?;
        let ids = ids.unwrap_or_default().into_iter().filter(|id| is_id(id));
        Ok(ids.map(PolicyId::new).collect())
    }

    /// The account's id, asked for once.
    async fn organization_id(&self) -> Result<AddigyOrganizationId, Error> {
        if let Some(id) = self.organization_id.get() {
            return Ok(id.clone());
        }
        if let Some(id) = self.policies().await?.organization_id {
            return Ok(id);
        }
        let (_, id) = self.count_devices().await?;
        id.ok_or_else(|| {
            let request = policies::query();
            self.transport.unusable(&request, "no policy and no device tells the account's id")
        })
    }

    fn remember(&self, id: Option<&AddigyOrganizationId>) {
        if let Some(id) = id {
            // Another task may have been quicker, with the same id.
            let _ = self.organization_id.set(id.clone());
        }
    }
}

/// A POST that only asks.
fn question(path: &[&str], body: &serde_json::Value) -> Request {
    Request::new(Method::POST, path, Effect::Read).json(body, "application/json")
}

/// A fact of the account's list as it comes.
#[derive(Deserialize)]
struct WireFact {
    identifier: Option<String>,
    name: Option<String>,
    return_type: Option<String>,
}

impl WireFact {
    fn into_fact(self) -> Option<Fact> {
        let identifier = self.identifier.filter(|text| is_id(text))?;
        let name = self.name.as_deref().and_then(fact::text);
        Some(Fact {
            name: name.or_else(|| fact::text(&identifier))?,
            return_type: self.return_type.as_deref().and_then(fact::text).unwrap_or_default(),
            identifier,
        })
    }
}

/// Whether a text can be an id: ids are compared as they are and can't be cleaned, so one that would
/// have to be is none.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && clean(text) == text
}

/// An id of the account; `None` where it is missing or none.
fn organization_id(text: Option<String>) -> Option<AddigyOrganizationId> {
    text.filter(|text| is_id(text)).map(AddigyOrganizationId::new)
}
