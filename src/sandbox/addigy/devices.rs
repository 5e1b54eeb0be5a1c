//! The device search and the policies of one device.

use super::Addigy;
use super::answer::{Page, Refusal, body};
use super::facts::{FACTS, View};
use super::model::{Device, World};
use super::policies::own;
use super::switches::{Churn, Permission, PolicyFilter};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// `device_entities.DeviceFilter`. `policy_id` and `filters` are no part of the schema, but clients
/// send them.
#[derive(serde::Deserialize)]
pub(super) struct Search {
    page: Option<i64>,
    per_page: Option<i64>,
    desired_fact_identifiers: Option<Vec<String>>,
    query: Option<Narrow>,
    sort_field: Option<String>,
    sort_direction: Option<String>,
    #[serde(flatten)]
    outside: Narrow,
}

/// `device_entities.QueryFilter`.
#[derive(serde::Deserialize, Default)]
struct Narrow {
    filters: Option<Vec<Filter>>,
    policy_id: Option<String>,
    search_any: Option<String>,
}

/// `device_entities.AuditFilter`.
#[derive(serde::Deserialize)]
struct Filter {
    audit_field: String,
    operation: String,
    #[serde(rename = "type")]
    _kind: Option<String>,
    value: Option<Value>,
    range_value: Option<Value>,
}

/// `POST /devices`
pub(super) async fn search(
    State(addigy): State<Arc<Addigy>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    answer(&addigy, &body(&headers, &bytes)?)
}

/// `POST /o/{organization_id}/devices`
pub(super) async fn search_in(
    State(addigy): State<Arc<Addigy>>,
    Path(organization): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    own(&addigy, &organization)?;
    answer(&addigy, &body(&headers, &bytes)?)
}

/// `GET /o/{organization_id}/devices/{agent_id}/policy-assignments`
pub(super) async fn policy_assignments(
    State(addigy): State<Arc<Addigy>>,
    Path((organization, agent)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    own(&addigy, &organization)?;
    may_view(&addigy)?;
    let world = addigy.world();
    let device = world.devices.get(&agent).ok_or_else(|| Refusal::bad("device not found"))?;
    Ok(Json(device.assigned().map(Value::from).collect::<Vec<_>>().into()))
}

fn may_view(addigy: &Addigy) -> Result<(), Refusal> {
    match addigy.switches().permission {
        Permission::NoDevices => Err(Refusal::forbidden("permission denied: View Devices")),
        Permission::All | Permission::NoPolicies => Ok(()),
    }
}

fn answer(addigy: &Addigy, search: &Search) -> Result<Json<Value>, Refusal> {
    may_view(addigy)?;
    let switches = addigy.switches();
    let page = Page::new(search.page, search.per_page, switches.largest_page)?;
    let descending = match search.sort_direction.as_deref() {
        None | Some("" | "asc") => false,
        Some("desc") => true,
        Some(_) => return Err(Refusal::bad("invalid sort_direction")),
    };
    let view = View { now: addigy.clock.now(), switches: &switches };
    let mut world = addigy.world();
    if churns(addigy, page.number, switches.churn) {
        let first = sorted(&world, search, &view, descending)?.first().map(|d| d.agent_id.clone());
        churn(&mut world, first.as_deref(), switches.churn);
    }
    let devices = sorted(&world, search, &view, descending)?;
    let all = || FACTS.iter().map(|fact| fact.identifier.to_owned()).collect();
    let wanted = match &search.desired_fact_identifiers {
        Some(wanted) if !wanted.is_empty() => wanted.clone(),
        _ => all(),
    };
    let items = page.cut(&devices).iter().map(|device| show(device, &wanted, &world, &view));
    Ok(Json(page.answer(items.collect(), devices.len())))
}

fn show(device: &Device, wanted: &[String], world: &World, view: &View<'_>) -> Value {
    json!({
        "agentid": device.agent_id,
        "orgid": world.organization_id,
        "agent_audit_date": view.date(device.last_online),
        "audit_date": view.date(device.last_online),
        "facts": view.facts(device, wanted, world),
    })
}

/// The wanted devices in the wanted order. Devices that lack the field stand first, by their ids.
fn sorted<'a>(
    world: &'a World,
    search: &Search,
    view: &View<'_>,
    descending: bool,
) -> Result<Vec<&'a Device>, Refusal> {
    let narrows = [Some(&search.outside), search.query.as_ref()];
    for filter in narrows.iter().flatten().flat_map(|narrow| narrow.filters.iter().flatten()) {
        filter.check()?;
    }
    let mut devices: Vec<&Device> = world
        .devices
        .values()
        .filter(|device| {
            view.switches.policy_filter == PolicyFilter::Ignored
                || narrows.iter().flatten().all(|narrow| narrow.keeps(device, world, view))
        })
        .collect();
    if let Some(field) = search.sort_field.as_deref().filter(|field| !field.is_empty()) {
        devices.sort_by_cached_key(|device| view.texts(device, field, world));
    }
    if descending {
        devices.reverse();
    }
    Ok(devices)
}

impl Narrow {
    fn keeps(&self, device: &Device, world: &World, view: &View<'_>) -> bool {
        let policy = self.policy_id.as_deref().filter(|id| !id.is_empty());
        let word = self.search_any.as_deref().filter(|word| !word.is_empty());
        policy.is_none_or(|id| is_in(device, &[id], world, view))
            && word.is_none_or(|word| {
                FACTS.iter().any(|fact| {
                    let texts = view.texts(device, fact.identifier, world);
                    texts.iter().any(|text| contains(text, word))
                })
            })
            && self.filters.iter().flatten().all(|filter| filter.keeps(device, world, view))
    }
}

fn is_in(device: &Device, policies: &[&str], world: &World, view: &View<'_>) -> bool {
    let below = view.switches.policy_filter == PolicyFilter::WithChildren;
    device.assigned().any(|id| {
        policies.contains(&id)
            || (below && world.ancestors(id).iter().any(|above| policies.contains(above)))
    })
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

impl Filter {
    fn check(&self) -> Result<(), Refusal> {
        match self.operation.as_str() {
            "contains" | "equals" | "=" | ">" | "<" | "range" => Ok(()),
            other => Err(Refusal::bad(format!("invalid operation {other}"))),
        }
    }

    fn keeps(&self, device: &Device, world: &World, view: &View<'_>) -> bool {
        let values: Vec<String> = match &self.value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.iter().map(plain).collect(),
            Some(other) => vec![plain(other)],
        };
        if matches!(self.audit_field.as_str(), "policy_id" | "policy_ids") {
            let ids: Vec<&str> = values.iter().map(String::as_str).collect();
            return is_in(device, &ids, world, view);
        }
        let texts = view.texts(device, &self.audit_field, world);
        let end = self.range_value.as_ref().map(plain);
        texts.iter().any(|text| {
            values.iter().any(|value| match self.operation.as_str() {
                "contains" => contains(text, value),
                ">" => order(text, value).is_gt(),
                "<" => order(text, value).is_lt(),
                "range" => {
                    order(text, value).is_ge()
                        && end.as_ref().is_some_and(|end| order(text, end).is_le())
                }
                _ => text.eq_ignore_ascii_case(value),
            })
        })
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Numbers by size, anything else (dates too) as text.
fn order(left: &str, right: &str) -> std::cmp::Ordering {
    match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(left), Ok(right)) => left.total_cmp(&right),
        _ => left.cmp(right),
    }
}

/// Whether this request is the second page of an n-th sweep. A first page begins a sweep.
fn churns(addigy: &Addigy, page: usize, churn: Churn) -> bool {
    let every = match churn {
        Churn::None => return false,
        Churn::Join(every) | Churn::Leave(every) | Churn::Move(every) => every,
    };
    match page {
        1 => {
            addigy.sweeps.fetch_add(1, Ordering::SeqCst);
            false
        }
        2 => addigy.sweeps.load(Ordering::SeqCst).is_multiple_of(every),
        _ => false,
    }
}

fn churn(world: &mut World, first: Option<&str>, churn: Churn) {
    let Some(first) = first.and_then(|id| world.devices.get(id)).cloned() else { return };
    match churn {
        Churn::None => {}
        Churn::Join(_) => {
            let number = world.devices.len();
            let mut device = first;
            device.agent_id = format!("00000000-0000-4000-8000-{number:012x}");
            device.name = Some(format!("Newcomer {number}"));
            device.serial = Some(format!("A0{number:08}"));
            device.ethernet_mac = None;
            device.set.clear();
            world.devices.insert(device.agent_id.clone(), device);
        }
        Churn::Leave(_) => {
            world.devices.remove(&first.agent_id);
        }
        Churn::Move(_) => {
            let other = world.policies.keys().find(|id| **id != first.location).cloned();
            if let (Some(device), Some(policy)) = (world.devices.get_mut(&first.agent_id), other) {
                device.location = policy;
                device.also_in.clear();
            }
        }
    }
}
