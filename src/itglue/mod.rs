//! Reads and writes IT Glue: organizations, configurations, their statuses and types.
//!
//! The service speaks JSON:API; its shapes end in `wire`. It ignores filters it does not know, so
//! every row of a filtered answer is checked here against the filter that was sent. It has no upsert
//! and no idempotency key, so a create is repeated only when it was surely not carried out.
//!
//! Source of every call: <https://api.itglue.com/developer>.

mod configurations;
#[cfg(test)]
pub(crate) mod fuzz;
mod organizations;
mod pages;
#[cfg(test)]
mod tests;
mod wire;
mod write;

pub use configurations::Listing;
pub use write::Draft;

use crate::domain::{Configuration, ConfigurationStatus, ConfigurationType};
use crate::transport::{Error, Observer, Request, Transport};
use reqwest::Url;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio_util::sync::CancellationToken;

/// The most requests a minute that may be allowed: with it no 5 minutes hold more than the 3,000 that
/// the service takes.
pub const MOST_REQUESTS_PER_MINUTE: u32 = 600;

/// IT Glue's API with one key. A cheap clone.
#[derive(Debug, Clone)]
pub struct ItGlue {
    transport: Transport,
    /// The page size in use; gets smaller when the service is too slow for it.
    page_size: Arc<AtomicU64>,
}

impl ItGlue {
    /// Reads and writes through this transport.
    pub fn new(transport: Transport) -> Self {
        Self { transport, page_size: Arc::new(AtomicU64::new(pages::LARGEST)) }
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

    /// The configuration statuses of the account, in the order of ids.
    /// `GET /configuration_statuses`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn statuses(&self) -> Result<Vec<ConfigurationStatus>, Error> {
        let request = Request::get(&["configuration_statuses"]).query("sort", "id");
        let all = self.whole::<wire::Named>(&request).await?;
        Ok(all.rows.into_iter().map(wire::Row::into_status).collect())
    }

    /// The configuration types of the account, in the order of ids. `GET /configuration_types`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn types(&self) -> Result<Vec<ConfigurationType>, Error> {
        let request = Request::get(&["configuration_types"]).query("sort", "id");
        let all = self.whole::<wire::Named>(&request).await?;
        Ok(all.rows.into_iter().map(wire::Row::into_type).collect())
    }
}

/// The account that a configuration's page in the app belongs to: `acme` of
/// `https://acme.itglue.com/…` and `https://acme.eu.itglue.com/…`, else the whole host.
pub fn account_subdomain(configuration: &Configuration) -> Option<String> {
    let url = Url::parse(configuration.resource_url.as_deref()?).ok()?;
    let host = url.host_str()?;
    let account = host.strip_suffix(".itglue.com").and_then(|labels| labels.split('.').next());
    Some(account.unwrap_or(host).to_owned())
}

/// Escapes one value of a filter: its commas would part it into alternatives.
fn escape(value: &str) -> String {
    value.replace(',', "\\,")
}

/// Several values as the alternatives of one filter.
fn alternatives<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    values.into_iter().map(escape).collect::<Vec<_>>().join(",")
}
