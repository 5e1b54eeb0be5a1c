//! Reading configurations: all of an organization, or some by id or serial number.

use super::wire::{ConfigurationAttributes, One, Row};
use super::{ItGlue, alternatives};
use crate::domain::{Configuration, ConfigurationId, OrganizationId, SerialNumber};
use crate::transport::{Error, Kind, Request};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

/// Addresses are kept shorter than this.
const LONGEST_URL: usize = 2000;
/// Room for the parameters of a page.
const PAGE_PARAMETERS: usize = 60;
/// Values asked for in one request, so that the answer fits a page.
const MOST_VALUES: usize = 200;

/// Every configuration of an organization at one time, archived ones too.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The configurations, each once, in the order of ids.
    pub configurations: Vec<Configuration>,
    /// When reading began.
    pub read_at: Timestamp,
    /// How many pages brought them; with more than one, things may have moved in between.
    pub pages: u32,
}

fn list() -> Request {
    Request::get(&["configurations"])
}

impl ItGlue {
    /// All configurations of an organization, archived ones too, complete or not at all.
    /// `GET /configurations?filter[organization_id]=…`. The nested route is not used: whether it
    /// filters and sorts is not certain.
    ///
    /// # Errors
    /// See [`Error`]; [`Kind::Unclear`] also when the list kept changing.
    pub async fn configurations(&self, organization: OrganizationId) -> Result<Listing, Error> {
        let read_at = self.transport.now();
        let request = list().query("filter[organization_id]", organization).query("sort", "id");
        let plain = self.whole::<ConfigurationAttributes>(&request).await?;
        let mut pages = plain.pages;
        let mut all: BTreeMap<ConfigurationId, Configuration> = BTreeMap::new();
        let mut foreign = 0_usize;
        for configuration in plain.rows.into_iter().map(Row::into_configuration) {
            if configuration.organization_id == organization {
                all.insert(configuration.id, configuration);
            } else {
                foreign += 1;
            }
        }
        if foreign > 0 {
            tracing::warn!(%organization, foreign, "IT Glue ignored the organization filter");
        }
        if !all.values().any(|configuration| configuration.archived) {
            let archived = self.archived(&request).await?;
            pages += archived.1;
            let own = archived.0.into_iter().filter(|c| c.organization_id == organization);
            for configuration in own {
                all.insert(configuration.id, configuration);
            }
        }
        Ok(Listing { configurations: all.into_values().collect(), read_at, pages })
    }

    /// The archived ones, in case the plain list hides them; with the number of pages.
    async fn archived(&self, request: &Request) -> Result<(Vec<Configuration>, u32), Error> {
        let request = request.clone().query("filter[archived]", "true");
        let found = self
            .whole_until(&request, |page: &[Row<ConfigurationAttributes>]| {
                // One row that is not archived: the filter is ignored, and this is the plain list again.
                if page.iter().all(|row| row.attributes.is_archived()) {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
            .await?;
        let rows = found.rows.into_iter().map(Row::into_configuration);
        Ok((rows.filter(|configuration| configuration.archived).collect(), found.pages))
    }

    /// The configurations with these ids that the list shows. One that is missing may still exist
    /// (archived, or the list lags): only [`ItGlue::configuration`] says that it is gone.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn configurations_by_id(
        &self,
        ids: &[ConfigurationId],
    ) -> Result<Vec<Configuration>, Error> {
        let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let wanted: HashSet<i64> = ids.iter().map(|id| id.get()).collect();
        let request = list().query("sort", "id");
        let rows =
            self.by_values::<ConfigurationAttributes>(&request, "filter[id]", &texts, |row| {
                wanted.contains(&row.id)
            });
        Ok(rows.await?.into_iter().map(Row::into_configuration).collect())
    }

    /// The configuration with this id, whatever its organization; `None` only when the service
    /// answers 404 for it. `GET /configurations/:id`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn configuration(&self, id: ConfigurationId) -> Result<Option<Configuration>, Error> {
        let request = Request::get(&["configurations", &id.to_string()]);
        match self.transport.send::<One<ConfigurationAttributes>>(&request).await {
            Ok(one) if one.data.id == id.get() => Ok(Some(one.data.into_configuration())),
            Ok(_) => Err(self.transport.unusable(&request, "another configuration came")),
            Err(error) if error.kind() == Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The configurations of an organization with these serial numbers, as Addigy spells them:
    /// whether the service minds their case is not known, so each is asked for as spelled and in
    /// capitals, and compared here.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn configurations_by_serial<S: AsRef<str>>(
        &self,
        organization: OrganizationId,
        serials: &[S],
    ) -> Result<Vec<Configuration>, Error> {
        let mut wanted = HashSet::new();
        let mut texts = Vec::new();
        for spelled in serials.iter().map(|serial| serial.as_ref().trim()) {
            let Some(serial) = SerialNumber::parse(spelled) else { continue };
            if serial.as_str() != spelled {
                texts.push(serial.as_str().to_owned());
            }
            texts.push(spelled.to_owned());
            wanted.insert(serial);
        }
        let request = list().query("filter[organization_id]", organization).query("sort", "id");
        let rows = self
            .by_values::<ConfigurationAttributes>(&request, "filter[serial_number]", &texts, |_| {
                true
            })
            .await?;
        let own = |configuration: &Configuration| {
            configuration.organization_id == organization
                && configuration.serial().is_some_and(|serial| wanted.contains(&serial))
        };
        Ok(rows.into_iter().map(Row::into_configuration).filter(own).collect())
    }

    /// The rows for which one filter has one of these values, asked for in as few requests as the
    /// length of an address allows. `wanted` checks each row, for the filter may be ignored.
    pub(super) async fn by_values<A: DeserializeOwned>(
        &self,
        request: &Request,
        filter: &str,
        values: &[String],
        wanted: impl Fn(&Row<A>) -> bool,
    ) -> Result<Vec<Row<A>>, Error> {
        let mut found = BTreeMap::new();
        // A backslash before the comma that parts it from the next would join the two, and neither
        // would be found; so such a value is asked for alone.
        let (alone, together): (Vec<_>, Vec<_>) =
            values.iter().cloned().partition(|value| value.ends_with('\\'));
        for value in alone.chunks(1) {
            let answer = self.whole::<A>(&filtered(request, filter, value)).await?;
            found.extend(answer.rows.into_iter().filter(&wanted).map(|row| (row.id, row)));
        }
        let mut rest = together.as_slice();
        while !rest.is_empty() {
            let fits = |count: usize| {
                let request = filtered(request, filter, &rest[..count]); // count <= rest.len()
                self.transport.url_length(&request) + PAGE_PARAMETERS < LONGEST_URL
            };
            let most = rest.len().min(MOST_VALUES);
            let count =
                (1..=most).take_while(|count| *count == 1 || fits(*count)).last().unwrap_or(1);
            let (now, later) = rest.split_at(count);
            let answer = self.whole::<A>(&filtered(request, filter, now)).await?;
            found.extend(answer.rows.into_iter().filter(&wanted).map(|row| (row.id, row)));
            rest = later;
        }
        Ok(found.into_values().collect())
    }
}

fn filtered(request: &Request, filter: &str, values: &[String]) -> Request {
    request.clone().query(filter, alternatives(values.iter().map(String::as_str)))
}
