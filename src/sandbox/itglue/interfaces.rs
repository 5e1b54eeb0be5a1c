//! The interfaces of configurations. The primary one and its configuration have one pair of
//! addresses: the configuration keeps it.

use super::attributes::{address, text, truth, valid_mac};
use super::body::{self, Attributes, Data};
use super::failure::{Failure, Fault, document};
use super::filters;
use super::model::{Configuration, Interface};
use super::query::Query;
use super::switches::PsaWrites;
use super::{ItGlue, listing, locked, read, render, write};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

const KIND: &str = "configuration-interfaces";

/// `GET /configurations/:id/relationships/configuration_interfaces`
pub(super) async fn of_configuration(
    State(itglue): State<Arc<ItGlue>>,
    Path(wanted): Path<String>,
    uri: Uri,
) -> Result<Response, Failure> {
    let query = Query::read(&uri, &itglue.current_switches())?;
    let account = locked(&itglue.account);
    let found = read::existing(&account, None, read::id(&wanted)?)?;
    let mut rows: Vec<&Interface> =
        found.interfaces.iter().filter(|row| wanted_by(&query, row, found)).collect();
    listing::sort(&mut rows, &query, |field| {
        Some(match field {
            "created_at" => {
                |one: &Interface, other: &Interface| one.created_at.cmp(&other.created_at)
            }
            "updated_at" => |one, other| one.updated_at.cmp(&other.updated_at),
            _ => return None,
        })
    })?;
    let page = listing::page(&rows, &query);
    let data: Vec<Value> = page.iter().map(|row| render::interface(row, found)).collect();
    let base = itglue.base_url();
    let answer = listing::answer(&data, None, rows.len(), &query, (&base, &uri));
    Ok(document(StatusCode::OK, &answer))
}

fn wanted_by(query: &Query, row: &Interface, of: &Configuration) -> bool {
    query.filters.iter().all(|filter| match filter.key.as_str() {
        "id" => filters::numbers(filter).is_none_or(|ids| ids.contains(&row.id)),
        "ip_address" => row.addresses(of).0.is_some_and(|ip| filter.values.contains(ip)),
        _ => true,
    })
}

/// `GET /configuration_interfaces/:id`
pub(super) async fn one(
    State(itglue): State<Arc<ItGlue>>,
    Path(wanted): Path<String>,
) -> Result<Response, Failure> {
    let account = locked(&itglue.account);
    let wanted = read::id(&wanted)?;
    let of = account.configuration_of_interface(wanted).ok_or_else(Failure::missing)?;
    answer(of, wanted, StatusCode::OK)
}

/// `POST /configurations/:id/relationships/configuration_interfaces`, one only
pub(super) async fn create(
    State(itglue): State<Arc<ItGlue>>,
    Path(wanted): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let switches = itglue.current_switches();
    let mut account = locked(&itglue.account);
    let mut of = read::existing(&account, None, read::id(&wanted)?)?.clone();
    let Data::One(item) = body::read(&headers, &body, KIND, &switches)? else {
        return Err(Failure::malformed("Data must be one object here"));
    };
    let faults = add(&mut of, &item.attributes, itglue.now());
    write::unless_bad((), faults)?;
    let configuration = write::put(&itglue, &mut account, of, &switches);
    let of = read::existing(&account, None, configuration)?;
    let newest = of.interfaces.iter().map(|interface| interface.id).max();
    answer(of, newest.unwrap_or_default(), StatusCode::CREATED)
}

/// `PATCH /configuration_interfaces/:id`
pub(super) async fn update(
    State(itglue): State<Arc<ItGlue>>,
    Path(wanted): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let switches = itglue.current_switches();
    let wanted = read::id(&wanted)?;
    let mut account = locked(&itglue.account);
    let found = account.configuration_of_interface(wanted).ok_or_else(Failure::missing)?;
    let mut of = found.clone();
    let Data::One(item) = body::read(&headers, &body, KIND, &switches)? else {
        return Err(Failure::malformed("Data must be one object here"));
    };
    if item.relationships.is_some() {
        return Err(Failure::invalid(vec![Fault::plain("Relationships can't be changed here")]));
    }
    let Some(index) = of.interfaces.iter().position(|interface| interface.id == wanted) else {
        return Err(Failure::missing());
    };
    let faults = set(&mut of, index, &item.attributes, itglue.now());
    write::unless_bad((), faults)?;
    let closed = of.is_psa_synced() && switches.psa_writes == PsaWrites::Refused;
    if closed && of.primary_ip != found.primary_ip {
        let fault = Fault::of("ip-address", "can't be changed: the record syncs with a PSA");
        return Err(Failure::invalid(vec![fault]));
    }
    let configuration = write::put(&itglue, &mut account, of, &switches);
    answer(read::existing(&account, None, configuration)?, wanted, StatusCode::OK)
}

/// Adds the interfaces a new configuration brings along.
pub(super) fn attach(of: &mut Configuration, relationships: &Value, now: Timestamp) -> Vec<Fault> {
    let snake = "configuration_interfaces";
    let given = relationships.get(snake).or_else(|| relationships.get(KIND));
    let Some(given) = given else { return Vec::new() };
    let Some(items) = given.get("data").and_then(Value::as_array) else {
        return vec![Fault::plain("The interfaces must be an array in data")];
    };
    let mut faults = Vec::new();
    for item in items {
        match item.get("attributes").and_then(Value::as_object) {
            Some(attributes) => {
                faults.extend(add(of, &body::kebab(attributes), now));
            }
            None => faults.push(Fault::plain("An interface has no attributes")),
        }
    }
    faults
}

fn add(of: &mut Configuration, attributes: &Attributes, now: Timestamp) -> Vec<Fault> {
    of.interfaces.push(Interface::new(false, now));
    set(of, of.interfaces.len() - 1, attributes, now)
}

/// Changes an interface, and its configuration where it is or becomes the primary one.
fn set(
    of: &mut Configuration,
    index: usize,
    attributes: &Attributes,
    now: Timestamp,
) -> Vec<Fault> {
    let Some(interface) = of.interfaces.get(index) else { return Vec::new() };
    let mut changed = interface.clone();
    let (ip, mac) = interface.addresses(of);
    (changed.ip_address, changed.mac_address) = (ip.cloned(), mac.cloned());
    let mut faults = Vec::new();
    for (name, value) in attributes {
        let set = match name.as_str() {
            "name" => text(value).map(|text| changed.name = text),
            "notes" => text(value).map(|text| changed.notes = text),
            "ip-address" => address(value).map(|ip| changed.ip_address = ip),
            "mac-address" => valid_mac(value).map(|mac| changed.mac_address = mac),
            "primary" => truth(value).map(|primary| changed.primary = primary),
            _ => Ok(()),
        };
        if let Err(message) = set {
            faults.push(Fault::of(name, message));
        }
    }
    changed.updated_at = now;
    let becomes_primary = changed.primary && !interface.primary;
    if becomes_primary {
        hand_back(of);
    }
    if changed.primary {
        of.primary_ip = changed.ip_address.take();
        of.mac_address = changed.mac_address.take();
    }
    if let Some(place) = of.interfaces.get_mut(index) {
        *place = changed;
    }
    faults
}

/// Gives the primary interface its own addresses back, because another takes its place.
fn hand_back(of: &mut Configuration) {
    for interface in of.interfaces.iter_mut().filter(|interface| interface.primary) {
        interface.primary = false;
        interface.ip_address = of.primary_ip.take();
        interface.mac_address = of.mac_address.take();
    }
}

fn answer(of: &Configuration, wanted: i64, status: StatusCode) -> Result<Response, Failure> {
    let found = of.interfaces.iter().find(|interface| interface.id == wanted);
    let found = found.ok_or_else(Failure::missing)?;
    Ok(document(status, &json!({ "data": render::interface(found, of) })))
}
