//! One change of a field, in words.

use crate::domain::{Attribute, StatusId, Value};
use crate::settings::Settings;
use crate::store::{IntentKind, RecordedChange};
use crate::text::clean;

/// The columns of a report on changes.
pub const REPORT_COLUMNS: [&str; 10] = [
    "device_id",
    "device",
    "action",
    "organization_id",
    "configuration_id",
    "field",
    "from",
    "to",
    "at",
    "undone",
];

/// Whether it has the word somewhere; the word is in small letters.
pub fn hit(change: &RecordedChange, word: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(word);
    has(&change.device_name)
        || has(field(change.attribute))
        || has(action(change))
        || has(&change.configuration_id.to_string())
        || has(&change.to.to_string())
        || change.from.as_ref().is_some_and(|from| has(&from.to_string()))
        || (change.undone && "undone".starts_with(word))
}

/// A field in a word that fits a column.
pub const fn field(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Status => "status",
        Attribute::Type => "type",
        other => other.key(),
    }
}

/// What was done to the configuration.
pub fn action(change: &RecordedChange) -> &'static str {
    match change.kind {
        IntentKind::Create => "create",
        IntentKind::Activate => "activate",
        IntentKind::Update => "update",
        IntentKind::Inactivate => "inactivate",
    }
}

/// What the field held before.
pub fn from(change: &RecordedChange, settings: Option<&Settings>) -> String {
    match &change.from {
        Some(from) => value(change.attribute, from, settings),
        None => "(empty)".to_owned(),
    }
}

/// A value as a person reads it: ids of the settings' own statuses are named.
pub fn value(attribute: Attribute, value: &Value, settings: Option<&Settings>) -> String {
    let told = match value {
        Value::Text(text) if text.is_empty() => "(empty)".to_owned(),
        value => clean(&value.to_string()),
    };
    let (Attribute::Status, Value::Id(id), Some(settings)) = (attribute, value, settings) else {
        return told;
    };
    let itglue = &settings.itglue;
    let is = |status: Option<StatusId>| status.is_some_and(|s| s.get() == *id);
    match (is(itglue.active_status_id), is(itglue.inactive_status_id)) {
        (true, _) => format!("active, {told}"),
        (_, true) => format!("inactive, {told}"),
        _ => told,
    }
}

/// A row of the report on changes.
pub fn report_row(change: &RecordedChange) -> Vec<String> {
    let from = change.from.as_ref().map_or_else(String::new, ToString::to_string);
    [
        change.device_id.to_string(),
        change.device_name.clone(),
        action(change).to_owned(),
        change.organization_id.to_string(),
        change.configuration_id.to_string(),
        change.attribute.key().to_owned(),
        from,
        change.to.to_string(),
        change.at.to_string(),
        change.undone.to_string(),
    ]
    .map(|cell| clean(&cell))
    .to_vec()
}
