//! The routes that read.

use super::failure::{Failure, document};
use super::model::{Account, Configuration, NamedRecord, Organization};
use super::query::{Filter, Query};
use super::switches::{ArchivedInLists, ItGlueSwitches, NestedFilters};
use super::{ItGlue, filters, listing, locked, render};
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Answer = Result<Response, Failure>;

/// What a list of configurations may include.
const INCLUDES: [&str; 9] = [
    "adapters_resources",
    "configuration_interfaces",
    "rmm_records",
    "passwords",
    "attachments",
    "tickets",
    "dnet_fa_remote_assets",
    "user_resource_accesses",
    "group_resource_accesses",
];

/// What one configuration may include besides.
const INCLUDES_OF_ONE: [&str; 9] = [
    "rmm_adapters_resources",
    "adapters_resources_errors",
    "rmm_adapters_resources_errors",
    "active_network_glue_network_devices",
    "to_configuration_connections",
    "from_configuration_connections",
    "recent_versions",
    "related_items",
    "authorized_users",
];

/// An id from a path. What is no number names nothing.
pub(super) fn id(text: &str) -> Result<i64, Failure> {
    text.parse().map_err(|_| Failure::missing())
}

/// `GET /organizations`
pub(super) async fn organizations(State(itglue): State<Arc<ItGlue>>, uri: Uri) -> Answer {
    let switches = itglue.current_switches();
    let query = Query::read(&uri, &switches)?;
    check_includes(&query, &[&["adapters_resources", "attachments", "rmm_companies"]])?;
    if let Some(slow) = listing::too_slow(&query, &switches) {
        return Ok(slow);
    }
    let tests = filters::of_organizations(&query.filters, &switches)?;
    let account = locked(&itglue.account);
    let all = account.organizations.values();
    let mut rows: Vec<&Organization> = all.filter(|row| tests.iter().all(|is| is(row))).collect();
    listing::sort(&mut rows, &query, organization_order)?;
    let page = listing::page(&rows, &query);
    let data: Vec<Value> = page.iter().map(|row| render::organization(row, &account)).collect();
    let included = (!query.include.is_empty()).then_some([].as_slice());
    let base = itglue.base_url();
    Ok(ok(&listing::answer(&data, included, rows.len(), &query, (&base, &uri))))
}

fn organization_order(field: &str) -> Option<listing::Order<Organization>> {
    Some(match field {
        "id" => |one, other| one.id.cmp(&other.id),
        "name" => |one, other| one.name.cmp(&other.name),
        "short_name" => |one, other| one.short_name.cmp(&other.short_name),
        "created_at" => |one, other| one.created_at.cmp(&other.created_at),
        "updated_at" => |one, other| one.updated_at.cmp(&other.updated_at),
        "organization_status_name" => |one, other| one.status_name.cmp(&other.status_name),
        "organization_type_name" => |one, other| one.type_name.cmp(&other.type_name),
        "my_glue_account_id" => |_, _| std::cmp::Ordering::Equal,
        _ => return None,
    })
}

/// `GET /organizations/:id`
pub(super) async fn organization(
    State(itglue): State<Arc<ItGlue>>,
    Path(wanted): Path<String>,
) -> Answer {
    let account = locked(&itglue.account);
    let found = account.organizations.get(&id(&wanted)?).ok_or_else(Failure::missing)?;
    Ok(ok(&json!({ "data": render::organization(found, &account) })))
}

/// `GET /configuration_statuses`
pub(super) async fn statuses(State(itglue): State<Arc<ItGlue>>, uri: Uri) -> Answer {
    named(&itglue, &uri, |account| &account.statuses, |_, row| render::status(row))
}

/// `GET /configuration_statuses/:id`
pub(super) async fn status(
    State(itglue): State<Arc<ItGlue>>,
    Path(wanted): Path<String>,
) -> Answer {
    let account = locked(&itglue.account);
    let found = account.statuses.get(&id(&wanted)?).ok_or_else(Failure::missing)?;
    Ok(ok(&json!({ "data": render::status(found) })))
}

/// `GET /configuration_types`
pub(super) async fn kinds(State(itglue): State<Arc<ItGlue>>, uri: Uri) -> Answer {
    named(
        &itglue,
        &uri,
        |account| &account.types,
        |counts, row| render::kind(row, counts.get(&row.id).copied().unwrap_or_default()),
    )
}

/// `GET /configuration_types/:id`
pub(super) async fn kind(State(itglue): State<Arc<ItGlue>>, Path(wanted): Path<String>) -> Answer {
    let account = locked(&itglue.account);
    let found = account.types.get(&id(&wanted)?).ok_or_else(Failure::missing)?;
    let count = counts(&account).get(&found.id).copied().unwrap_or_default();
    Ok(ok(&json!({ "data": render::kind(found, count) })))
}

/// How many configurations each type has.
fn counts(account: &Account) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for configuration in account.configurations.values() {
        *counts.entry(configuration.type_id).or_default() += 1;
    }
    counts
}

/// A list of statuses or types.
fn named(
    itglue: &ItGlue,
    uri: &Uri,
    records: fn(&Account) -> &BTreeMap<i64, NamedRecord>,
    render: fn(&BTreeMap<i64, usize>, &NamedRecord) -> Value,
) -> Answer {
    let switches = itglue.current_switches();
    let query = Query::read(uri, &switches)?;
    check_includes(&query, &[])?;
    if let Some(slow) = listing::too_slow(&query, &switches) {
        return Ok(slow);
    }
    let tests = filters::of_named(&query.filters, &switches)?;
    let account = locked(&itglue.account);
    let all = records(&account).values();
    let mut rows: Vec<&NamedRecord> = all.filter(|row| tests.iter().all(|is| is(row))).collect();
    listing::sort(&mut rows, &query, |field| {
        Some(match field {
            "id" => |one: &NamedRecord, other: &NamedRecord| one.id.cmp(&other.id),
            "name" => |one, other| one.name.cmp(&other.name),
            "created_at" => |one, other| one.created_at.cmp(&other.created_at),
            "updated_at" => |one, other| one.updated_at.cmp(&other.updated_at),
            _ => return None,
        })
    })?;
    let counts = counts(&account);
    let page = listing::page(&rows, &query);
    let data: Vec<Value> = page.iter().map(|row| render(&counts, row)).collect();
    let base = itglue.base_url();
    Ok(ok(&listing::answer(&data, None, rows.len(), &query, (&base, uri))))
}

/// `GET /configurations`
pub(super) async fn configurations(State(itglue): State<Arc<ItGlue>>, uri: Uri) -> Answer {
    let switches = itglue.current_switches();
    let query = Query::read(&uri, &switches)?;
    list(&itglue, &uri, &query, &switches)
}

/// `GET /organizations/:id/relationships/configurations`
pub(super) async fn configurations_of(
    State(itglue): State<Arc<ItGlue>>,
    Path(organization): Path<String>,
    uri: Uri,
) -> Answer {
    let switches = itglue.current_switches();
    let organization = id(&organization)?;
    if !locked(&itglue.account).organizations.contains_key(&organization) {
        return Err(Failure::missing());
    }
    let mut query = Query::read(&uri, &switches)?;
    if switches.nested_filters == NestedFilters::Ignored {
        query.filters.clear();
    }
    // First, because the first one narrows the search.
    let own = Filter { key: "organization_id".to_owned(), values: vec![organization.to_string()] };
    query.filters.insert(0, own);
    list(&itglue, &uri, &query, &switches)
}

fn list(itglue: &ItGlue, uri: &Uri, query: &Query, switches: &ItGlueSwitches) -> Answer {
    check_includes(query, &[&INCLUDES])?;
    if let Some(slow) = listing::too_slow(query, switches) {
        return Ok(slow);
    }
    let tests = filters::of_configurations(&query.filters, switches)?;
    let all = switches.archived_in_lists == ArchivedInLists::Yes
        || query.filters.iter().any(|filter| filter.key == "archived");
    let now = itglue.now();
    let account = locked(&itglue.account);
    let mut recent = locked(&itglue.recent);
    let mut rows = recent.listed(&account, &query.filters, now, switches);
    rows.retain(|row| (all || !row.archived) && tests.iter().all(|is| is(row)));
    listing::sort(&mut rows, query, configuration_order)?;
    let page = listing::page(&rows, query);
    let data: Vec<Value> = page.iter().map(|row| render::configuration(row, &account)).collect();
    let included = included(page, query);
    let base = itglue.base_url();
    Ok(ok(&listing::answer(&data, included.as_deref(), rows.len(), query, (&base, uri))))
}

fn configuration_order(field: &str) -> Option<listing::Order<Configuration>> {
    Some(match field {
        "id" => |one, other| one.id.cmp(&other.id),
        "name" => |one, other| one.name.cmp(&other.name),
        "created_at" => |one, other| one.created_at.cmp(&other.created_at),
        "updated_at" => |one, other| one.updated_at.cmp(&other.updated_at),
        _ => return None,
    })
}

/// `GET /configurations/:id`
pub(super) async fn configuration(
    State(itglue): State<Arc<ItGlue>>,
    Path(wanted): Path<String>,
    uri: Uri,
) -> Answer {
    one(&itglue, &uri, None, id(&wanted)?)
}

/// `GET /organizations/:id/relationships/configurations/:id`
pub(super) async fn configuration_of(
    State(itglue): State<Arc<ItGlue>>,
    Path((organization, wanted)): Path<(String, String)>,
    uri: Uri,
) -> Answer {
    one(&itglue, &uri, Some(id(&organization)?), id(&wanted)?)
}

/// One configuration, as it is now: what is stale is lists only.
fn one(itglue: &ItGlue, uri: &Uri, organization: Option<i64>, wanted: i64) -> Answer {
    let query = Query::read(uri, &itglue.current_switches())?;
    check_includes(&query, &[&INCLUDES, &INCLUDES_OF_ONE])?;
    let account = locked(&itglue.account);
    let found = existing(&account, organization, wanted)?;
    let mut answer = json!({ "data": render::configuration(found, &account) });
    if let Some(included) = included(&[found], &query) {
        answer["included"] = json!(included);
    }
    Ok(ok(&answer))
}

/// The configuration a path names, within the organization it names, if it names one.
pub(super) fn existing(
    account: &Account,
    organization: Option<i64>,
    wanted: i64,
) -> Result<&Configuration, Failure> {
    let found = account.configurations.get(&wanted);
    found
        .filter(|found| organization.is_none_or(|id| id == found.organization_id))
        .ok_or_else(Failure::missing)
}

/// What a list includes, where it is asked to: of all there is, the account has interfaces only.
fn included(rows: &[&Configuration], query: &Query) -> Option<Vec<Value>> {
    if query.include.is_empty() {
        return None;
    }
    if !query.include.iter().any(|include| include == "configuration_interfaces") {
        return Some(Vec::new());
    }
    let of = |row: &&Configuration| -> Vec<Value> {
        row.interfaces.iter().map(|interface| render::interface(interface, row)).collect()
    };
    Some(rows.iter().flat_map(of).collect())
}

fn check_includes(query: &Query, known: &[&[&str]]) -> Result<(), Failure> {
    let unknown =
        query.include.iter().find(|name| !known.iter().any(|some| some.contains(&name.as_str())));
    match unknown {
        Some(name) => Err(Failure::malformed(format!("{name} can't be included here"))),
        None => Ok(()),
    }
}

fn ok(answer: &Value) -> Response {
    document(StatusCode::OK, answer)
}
