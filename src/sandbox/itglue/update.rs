//! Updating configurations, one or many.

use super::attributes;
use super::body::{self, Attributes, Data, Item};
use super::failure::{Failure, Fault, document};
use super::model::{Account, Configuration};
use super::query::Query;
use super::switches::{IdBesideType, ItGlueSwitches, PsaWrites};
use super::{ItGlue, create, filters, locked, read, write};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;

/// `PATCH` and `PUT /configurations/:id`
pub(super) async fn configuration(
    State(itglue): State<Arc<ItGlue>>,
    Path(wanted): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    one(&itglue, None, read::id(&wanted)?, &headers, &body)
}

/// `PATCH` and `PUT /organizations/:id/relationships/configurations/:id`
pub(super) async fn configuration_of(
    State(itglue): State<Arc<ItGlue>>,
    Path((organization, wanted)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    one(&itglue, Some(read::id(&organization)?), read::id(&wanted)?, &headers, &body)
}

fn one(
    itglue: &ItGlue,
    organization: Option<i64>,
    wanted: i64,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Failure> {
    let switches = itglue.current_switches();
    let mut account = locked(&itglue.account);
    read::existing(&account, organization, wanted)?;
    let Data::One(item) = body::read(headers, body, "configurations", &switches)? else {
        return Err(Failure::malformed("Data must be one object here"));
    };
    let draft =
        changed(&account, wanted, &item.attributes, item.relationships.is_some(), &switches)
            .map_err(Failure::invalid)?;
    write::put(itglue, &mut account, draft, &switches);
    let record = create::documents(&account, &[wanted]).pop();
    Ok(document(StatusCode::OK, &json!({ "data": record })))
}

/// `PATCH /configurations`: each item of an array by its id, or one change to all that match the
/// filters of the address.
pub(super) async fn configurations(
    State(itglue): State<Arc<ItGlue>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let switches = itglue.current_switches();
    let data = body::read(&headers, &body, "configurations", &switches)?;
    let mut account = locked(&itglue.account);
    let targets: Vec<(Result<i64, Vec<Fault>>, Item)> = match data {
        Data::Many(items) => {
            body::check_size(&items, &switches)?;
            items.into_iter().map(|item| (id(&item, &account, &switches), item)).collect()
        }
        Data::One(item) => {
            let ids = matching(&account, &uri, &switches)?;
            ids.into_iter().map(|id| (Ok(id), item.clone())).collect()
        }
    };
    let checked = targets.into_iter().map(|(id, item)| {
        let id = id?;
        changed(&account, id, &item.attributes, item.relationships.is_some(), &switches)?;
        Ok((id, item.attributes))
    });
    let (good, faults) = write::carry_out(checked.collect(), &switches);
    let mut ids = Vec::with_capacity(good.len());
    for (id, attributes) in good {
        // Anew, because an earlier item may have been about the same one.
        if let Ok(draft) = changed(&account, id, &attributes, false, &switches) {
            ids.push(write::put(&itglue, &mut account, draft, &switches));
        }
    }
    write::unless_bad((), faults)?;
    let records = create::documents(&account, &ids);
    Ok(document(StatusCode::OK, &json!({ "data": records })))
}

/// All that the filters of the address match; without any this is no update of many.
fn matching(account: &Account, uri: &Uri, switches: &ItGlueSwitches) -> Result<Vec<i64>, Failure> {
    let query = Query::read(uri, switches)?;
    if query.filters.is_empty() {
        return Err(Failure::malformed("Data must be an array, or the address must have a filter"));
    }
    let tests = filters::of_configurations(&query.filters, switches)?;
    let all = account.configurations.values();
    Ok(all.filter(|row| tests.iter().all(|is| is(row))).map(|row| row.id).collect())
}

/// The id of a bulk item: among its attributes, and beside its type only where a switch allows it.
fn id(item: &Item, account: &Account, switches: &ItGlueSwitches) -> Result<i64, Vec<Fault>> {
    let inside = item.attributes.get("id");
    let beside = item.id.as_ref();
    let wanted = match (inside, beside) {
        (Some(inside), Some(beside))
            if attributes::number(inside) != attributes::number(beside) =>
        {
            return Err(vec![Fault::of("id", "must be the same in both places")]);
        }
        (Some(inside), _) => Some(inside),
        (None, beside) => beside.filter(|_| switches.id_beside_type == IdBesideType::Accepted),
    };
    let Some(wanted) = wanted else {
        return Err(vec![Fault::of("id", "can't be blank")]);
    };
    let known = attributes::number(wanted).filter(|id| account.configurations.contains_key(id));
    known.ok_or_else(|| vec![Fault::of("id", "names no configuration")])
}

/// A configuration with the changes asked for, or all that is wrong with them.
fn changed(
    account: &Account,
    id: i64,
    attributes: &Attributes,
    has_relationships: bool,
    switches: &ItGlueSwitches,
) -> Result<Configuration, Vec<Fault>> {
    let Some(found) = account.configurations.get(&id) else {
        return Err(vec![Fault::of("id", "names no configuration")]);
    };
    let mut faults = Vec::new();
    if has_relationships {
        faults.push(Fault::plain("Relationships can't be changed here"));
    }
    if found.is_psa_synced() && switches.psa_writes == PsaWrites::Refused {
        faults.extend(attributes::closed_by_psa(attributes));
    }
    let mut draft = found.clone();
    faults.extend(attributes::apply(&mut draft, attributes, account));
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}
