//! All devices of the account in one sweep of pages, complete or not at all.

use super::fact::{self, WireFacts};
use super::{Addigy, is_id, organization_id, question};
use crate::domain::{AddigyOrganizationId, Device, DeviceId, FactName, facts};
use crate::transport::{Error, Request};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// What is asked for; the service may give less a page.
const PAGE: u64 = 500;
/// Pages read at once.
const AT_ONCE: usize = 4;
/// A sweep that does not add up is begun again, up to so often.
const PASSES: u32 = 5;
const PATH: [&str; 3] = ["api", "v2", "devices"];

/// Every device of the account at one time.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The devices, each once, in the order of ids.
    pub devices: Vec<Device>,
    /// The account; `None` when it has no device.
    pub organization_id: Option<AddigyOrganizationId>,
    /// When the pass that added up began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How many requests it took, those of passes that did not add up included.
    pub requests: u64,
}

#[derive(Deserialize)]
pub(super) struct Answer {
    items: Option<Vec<Wire>>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    per_page: Option<u64>,
    total: u64,
}

#[derive(Deserialize)]
struct Wire {
    agentid: String,
    orgid: Option<String>,
    facts: Option<WireFacts>,
}

/// One page, mapped.
pub(super) struct Page {
    pub(super) devices: Vec<Device>,
    organization_id: Option<AddigyOrganizationId>,
    per_page: Option<u64>,
    total: u64,
}

impl Answer {
    /// The inner error says why the answer can't be used.
    pub(super) fn into_page(self, extra: &[FactName]) -> Result<Page, &'static str> {
        let items = self.items.unwrap_or_default();
        if !items.iter().all(|wire| is_id(&wire.agentid)) {
            // Leaving it out would make a present device look gone.
            return Err("a device has no usable agentid");
        }
        Ok(Page {
            organization_id: items.iter().find_map(|wire| organization_id(wire.orgid.clone())),
            per_page: self.metadata.per_page.filter(|size| *size > 0),
            total: self.metadata.total,
            devices: items
                .into_iter()
                .map(|wire| {
                    let facts = wire.facts.unwrap_or_default();
                    fact::device(DeviceId::new(wire.agentid), &facts, extra)
                })
                .collect(),
        })
    }
}

fn request(page: u64, per_page: u64, names: &[&str]) -> Request {
    question(
        &PATH,
        &json!({
            "page": page,
            "per_page": per_page,
            "desired_fact_identifiers": names,
            "sort_field": facts::SERIAL_NUMBER,
            "sort_direction": "asc",
        }),
    )
}

impl Addigy {
    /// All devices of the account, with the facts Bindery needs and these further ones. Asks for
    /// everything and filters nothing, for the service's filters have been seen to be ignored.
    /// `POST /devices`.
    ///
    /// What the totals can't show: one device leaving and another joining between the same two pages
    /// may hide a third one. So a device is gone only when a second sweep says so too.
    ///
    /// # Errors
    /// See [`Error`]; [`crate::transport::Kind::Unclear`] also when the pages did not add up to the
    /// total five times.
    pub async fn sweep(&self, extra_facts: &[FactName]) -> Result<Sweep, Error> {
        let client = Self { transport: self.transport.counted(), ..self.clone() };
        let mut why = String::new();
        for _ in 0..PASSES {
            let started = client.transport.now();
            match client.pass(extra_facts).await? {
                Ok((devices, organization_id)) => {
                    self.remember(organization_id.as_ref());
                    return Ok(Sweep {
                        devices: devices.into_values().collect(),
                        organization_id,
                        started,
                        finished: client.transport.now(),
                        requests: client.transport.requests(),
                    });
                }
                Err(reason) => {
                    tracing::warn!(reason, "the device listing did not add up, reading it again");
                    why = reason;
                }
            }
        }
        let why = format!("the list of devices was incomplete {PASSES} times ({why})");
        Err(self.transport.unusable(&request(1, PAGE, &[]), why))
    }

    /// One pass over all pages. The inner error says why they don't add up.
    async fn pass(&self, extra: &[FactName]) -> Result<Result<Pass, String>, Error> {
        let first = self.page(1, PAGE, extra).await?;
        let total = first.total;
        let organization_id = first.organization_id.clone();
        let read = first.devices.len() as u64;
        // What came back decides, whatever was asked and said.
        let size = if read < total { read.min(first.per_page.unwrap_or(read)) } else { PAGE };
        if size == 0 {
            return Ok(Err(format!("none of {total} devices came")));
        }
        let mut devices = BTreeMap::new();
        let mut keep = |page: Page| {
            for device in page.devices {
                devices.insert(device.id.clone(), device);
            }
        };
        keep(first);
        let mut pages = stream::iter(2..=total.div_ceil(size))
            .map(|number| self.page(number, size, extra))
            .buffered(AT_ONCE);
        while let Some(page) = pages.try_next().await? {
            if page.total != total {
                return Ok(Err(format!("first of {total} devices, then of {}", page.total)));
            }
            keep(page);
        }
        if devices.len() as u64 != total {
            return Ok(Err(format!("{} of {total} devices came", devices.len())));
        }
        Ok(Ok((devices, organization_id)))
    }

    async fn page(&self, page: u64, per_page: u64, extra: &[FactName]) -> Result<Page, Error> {
        let names: Vec<&str> =
            facts::ALL.into_iter().chain(extra.iter().map(String::as_str)).collect();
        let request = request(page, per_page, &names);
        let answer: Answer = self.transport.send(&request).await?;
        answer.into_page(extra).map_err(|why| self.transport.unusable(&request, why))
    }

    /// Some devices with these further facts, and how many devices there are. One request.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn sample(
        &self,
        extra_facts: &[FactName],
        devices: u64,
    ) -> Result<(Vec<Device>, u64), Error> {
        let page = self.page(1, devices, extra_facts).await?;
        Ok((page.devices, page.total))
    }

    /// How many devices there are, and the account. One request.
    pub(super) async fn count_devices(&self) -> Result<(u64, Option<AddigyOrganizationId>), Error> {
        let page = self.page(1, 1, &[]).await?;
        Ok((page.total, page.organization_id))
    }
}

type Pass = (BTreeMap<DeviceId, Device>, Option<AddigyOrganizationId>);
