//! What a write sends: the content type, the document, its items.

use super::failure::{Failure, Fault};
use super::switches::{BulkOver, ItGlueSwitches, JsonBodies};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Attributes by their kebab-case names; both spellings are heard.
pub(super) type Attributes = BTreeMap<String, Value>;

/// One item of a write.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The id beside the type.
    pub(super) id: Option<Value>,
    /// The attributes.
    pub(super) attributes: Attributes,
    /// The relationships, where there are some.
    pub(super) relationships: Option<Value>,
}

/// What a write is about.
#[derive(Debug, Clone)]
pub(super) enum Data {
    /// `data` was an object.
    One(Item),
    /// `data` was an array.
    Many(Vec<Item>),
}

/// Reads the document a write sends; `kind` is the type its items must have, in kebab-case.
pub(super) fn read(
    headers: &HeaderMap,
    body: &[u8],
    kind: &str,
    switches: &ItGlueSwitches,
) -> Result<Data, Failure> {
    check_content_type(headers, switches)?;
    let document: Value = serde_json::from_slice(body)
        .map_err(|error| Failure::malformed(format!("The body is no JSON: {error}")))?;
    match document.get("data") {
        Some(Value::Array(items)) if !items.is_empty() => {
            let items: Result<Vec<Item>, Failure> =
                items.iter().map(|value| item(value, kind)).collect();
            Ok(Data::Many(items?))
        }
        Some(value @ Value::Object(_)) => Ok(Data::One(item(value, kind)?)),
        _ => Err(Failure::malformed("The body has no data")),
    }
}

fn check_content_type(headers: &HeaderMap, switches: &ItGlueSwitches) -> Result<(), Failure> {
    let refuse = Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content type not supported");
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let text = text.unwrap_or_default().to_ascii_lowercase();
    let (kind, parameters) = text.split_once(';').unwrap_or((&text, ""));
    let known = match kind.trim() {
        "application/vnd.api+json" => true,
        "application/json" => switches.json_bodies == JsonBodies::Accepted,
        _ => false,
    };
    let plain = matches!(parameters.trim(), "" | "charset=utf-8");
    if known && plain { Ok(()) } else { Err(refuse) }
}

fn item(value: &Value, kind: &str) -> Result<Item, Failure> {
    let named = value.get("type").and_then(Value::as_str).unwrap_or_default();
    if named.replace('_', "-") != kind {
        return Err(Failure::malformed(format!("The type must be {kind}")));
    }
    let Some(Value::Object(attributes)) = value.get("attributes") else {
        return Err(Failure::malformed("An item has no attributes"));
    };
    Ok(Item {
        id: value.get("id").cloned(),
        attributes: kebab(attributes),
        relationships: value.get("relationships").cloned(),
    })
}

/// Attributes under their kebab-case names.
pub(super) fn kebab(attributes: &Map<String, Value>) -> Attributes {
    let name = |name: &String| name.replace('_', "-");
    attributes.iter().map(|(key, value)| (name(key), value.clone())).collect()
}

/// Refuses more items than a bulk request may have.
pub(super) fn check_size(items: &[Item], switches: &ItGlueSwitches) -> Result<(), Failure> {
    if u64::try_from(items.len()).is_ok_and(|count| count <= switches.bulk_size) {
        return Ok(());
    }
    let message = format!("A bulk request may have {} items at most", switches.bulk_size);
    Err(match switches.bulk_over {
        BulkOver::TooLarge => Failure::new(StatusCode::PAYLOAD_TOO_LARGE, message),
        BulkOver::Unprocessable => Failure::invalid(vec![Fault::plain(message)]),
    })
}
