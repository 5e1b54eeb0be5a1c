//! Creating configurations, one or many.

use super::attributes;
use super::body::{self, Data, Item};
use super::failure::{Failure, Fault, MUST_EXIST, document};
use super::model::{Account, Configuration};
use super::switches::{BulkCreate, ItGlueSwitches, TopBulkCreate};
use super::{ItGlue, interfaces, listing, locked, read, render, write};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// `POST /configurations`
pub(super) async fn configuration(
    State(itglue): State<Arc<ItGlue>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let switches = itglue.current_switches();
    let data = body::read(&headers, &body, "configurations", &switches)?;
    let refused = switches.top_bulk_create == TopBulkCreate::Refused;
    create(&itglue, None, data, refused, &switches)
}

/// `POST /organizations/:id/relationships/configurations`
pub(super) async fn configuration_of(
    State(itglue): State<Arc<ItGlue>>,
    Path(organization): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let switches = itglue.current_switches();
    let organization = read::id(&organization)?;
    if !locked(&itglue.account).organizations.contains_key(&organization) {
        return Err(Failure::missing());
    }
    let data = body::read(&headers, &body, "configurations", &switches)?;
    let refused = switches.bulk_create == BulkCreate::Refused;
    create(&itglue, Some(organization), data, refused, &switches)
}

fn create(
    itglue: &ItGlue,
    organization: Option<i64>,
    data: Data,
    bulk_refused: bool,
    switches: &ItGlueSwitches,
) -> Result<Response, Failure> {
    let (items, many) = match data {
        Data::One(item) => (vec![item], false),
        Data::Many(_) if bulk_refused => {
            return Err(Failure::invalid(vec![Fault::plain(
                "bulk action not allowed for Configuration using this route",
            )]));
        }
        Data::Many(items) => (items, true),
    };
    body::check_size(&items, switches)?;
    let mut account = locked(&itglue.account);
    let now = itglue.now();
    let drafts = items.iter().map(|item| draft(item, organization, &account, now)).collect();
    let (good, faults) = write::carry_out(drafts, switches);
    let ids: Vec<i64> =
        good.into_iter().map(|draft| write::put(itglue, &mut account, draft, switches)).collect();
    write::unless_bad((), faults)?;
    let mut records = documents(&account, &ids);
    if switches.bulk_create == BulkCreate::Shuffled {
        // A fixed seed: another order each time would make a failing run hard to repeat.
        fastrand::Rng::with_seed(5).shuffle(&mut records);
    }
    let data = if many { json!(records) } else { json!(records.first()) };
    Ok(respond(itglue, &json!({ "data": data }), switches))
}

/// The documents of these configurations, in this order.
pub(super) fn documents(account: &Account, ids: &[i64]) -> Vec<Value> {
    let found = ids.iter().filter_map(|id| account.configurations.get(id));
    found.map(|configuration| render::configuration(configuration, account)).collect()
}

/// The configuration an item asks for, or all that is wrong with it.
fn draft(
    item: &Item,
    organization: Option<i64>,
    account: &Account,
    now: Timestamp,
) -> Result<Configuration, Vec<Fault>> {
    let mut attributes = item.attributes.clone();
    let mut faults = attributes::lacking(&attributes);
    // The path has the last word on the organization.
    if organization.is_some() {
        attributes.remove("organization-id");
    } else if !attributes.contains_key("organization-id") {
        faults.push(Fault::of("organization-id", MUST_EXIST));
    }
    let mut draft = Configuration::new(organization.unwrap_or_default(), "", 0);
    faults.extend(attributes::apply(&mut draft, &attributes, account));
    if let Some(relationships) = &item.relationships {
        faults.extend(interfaces::attach(&mut draft, relationships, now));
    }
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

/// The answer, or a cut connection in its place.
fn respond(itglue: &ItGlue, answer: &Value, switches: &ItGlueSwitches) -> Response {
    let count = itglue.creations.fetch_add(1, Ordering::SeqCst) + 1;
    if switches.lost_create_every > 0 && count.is_multiple_of(switches.lost_create_every) {
        return listing::cut(StatusCode::CREATED, "");
    }
    document(StatusCode::CREATED, answer)
}
