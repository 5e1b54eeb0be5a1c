//! JSON:API shapes, and how they become the domain's types.

use crate::domain::{
    Configuration, ConfigurationId, ConfigurationStatus, ConfigurationType, Organization,
    OrganizationId, PsaIntegration, StatusId, TypeId,
};
use crate::text::clean;
use jiff::Timestamp;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `{"data": [...], "meta": {...}}`
#[derive(Deserialize)]
pub struct Many<A> {
    pub data: Vec<Row<A>>,
    #[serde(default)]
    pub meta: Meta,
}

/// `{"data": {...}}`
#[derive(Deserialize)]
pub struct One<A> {
    pub data: Row<A>,
}

/// `{"data": [...]}` or `{"data": {...}}`, whichever the service chose.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<A> {
    Many { data: Vec<Row<A>> },
    One { data: Row<A> },
}

impl<A> OneOrMany<A> {
    pub fn into_rows(self) -> Vec<Row<A>> {
        match self {
            Self::Many { data } => data,
            Self::One { data } => vec![data],
        }
    }
}

#[derive(Deserialize, Default)]
pub struct Meta {
    #[serde(rename = "total-count")]
    pub total_count: Option<u64>,
}

/// One resource.
#[derive(Deserialize)]
pub struct Row<A> {
    #[serde(deserialize_with = "id")]
    pub id: i64,
    pub attributes: A,
}

/// The attributes of a status or a type.
#[derive(Deserialize)]
pub struct Named {
    #[serde(default, deserialize_with = "lenient_text")]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OrganizationAttributes {
    #[serde(default, deserialize_with = "lenient_text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    short_name: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    organization_type_name: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    organization_status_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ConfigurationAttributes {
    #[serde(deserialize_with = "id")]
    organization_id: i64,
    #[serde(default, deserialize_with = "lenient_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    hostname: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    primary_ip: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    mac_address: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    serial_number: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    configuration_status_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_id")]
    configuration_type_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient_flag")]
    archived: bool,
    #[serde(default, deserialize_with = "lenient_text")]
    psa_integration: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    updated_at: Option<String>,
    #[serde(default, deserialize_with = "lenient_text")]
    resource_url: Option<String>,
}

impl ConfigurationAttributes {
    pub fn is_archived(&self) -> bool {
        self.archived
    }
}

impl Row<Named> {
    pub fn into_status(self) -> ConfigurationStatus {
        let name = self.attributes.name.as_deref().map(clean).unwrap_or_default();
        ConfigurationStatus { id: StatusId::new(self.id), name }
    }

    pub fn into_type(self) -> ConfigurationType {
        let name = self.attributes.name.as_deref().map(clean).unwrap_or_default();
        ConfigurationType { id: TypeId::new(self.id), name }
    }
}

impl Row<OrganizationAttributes> {
    pub fn into_organization(self) -> Organization {
        let Self { id, attributes } = self;
        Organization {
            id: OrganizationId::new(id),
            name: attributes.name.as_deref().map(clean).unwrap_or_default(),
            short_name: cleaned(attributes.short_name),
            type_name: cleaned(attributes.organization_type_name),
            status_name: cleaned(attributes.organization_status_name),
        }
    }
}

impl Row<ConfigurationAttributes> {
    pub fn into_configuration(self) -> Configuration {
        let Self { id, attributes: a } = self;
        let psa = a.psa_integration.as_deref().map(str::trim);
        Configuration {
            id: ConfigurationId::new(id),
            organization_id: OrganizationId::new(a.organization_id),
            name: cleaned(a.name),
            hostname: cleaned(a.hostname),
            primary_ip: cleaned(a.primary_ip),
            mac_address: cleaned(a.mac_address),
            serial_number: cleaned(a.serial_number),
            status_id: a.configuration_status_id.map(StatusId::new),
            type_id: a.configuration_type_id.map(TypeId::new),
            archived: a.archived,
            psa: match psa {
                Some(word) if word.eq_ignore_ascii_case("enabled") => PsaIntegration::Synced,
                _ => PsaIntegration::NotSynced,
            },
            updated_at: a.updated_at.and_then(|text| text.trim().parse::<Timestamp>().ok()),
            resource_url: cleaned(a.resource_url),
        }
    }
}

/// Empty texts count as none.
fn cleaned(text: Option<String>) -> Option<String> {
    text.map(|text| clean(&text)).filter(|text| !text.trim().is_empty())
}

/// A body with one resource.
pub fn document(attributes: &impl Serialize) -> Value {
    serde_json::json!({"data": resource(attributes)})
}

/// One resource of a body.
pub fn resource(attributes: &impl Serialize) -> Value {
    serde_json::json!({"type": "configurations", "attributes": attributes})
}

/// An id, a number or a string.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    optional_id(deserializer)?.ok_or_else(|| D::Error::custom("an id is missing"))
}

fn optional_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => {
            number.as_i64().map(Some).ok_or_else(|| D::Error::custom("an id is no whole number"))
        }
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => {
            text.trim().parse().map(Some).map_err(|_| D::Error::custom("an id is no number"))
        }
        _ => Err(D::Error::custom("an id is neither number nor string")),
    }
}

/// A text; a number reads as its digits, anything else as none.
fn lenient_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// `true`, `1` and `"true"` are true; null and everything else is false.
fn lenient_flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => matches!(text.trim(), "true" | "1"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_configuration_reads_as_documented() {
        let row: Row<ConfigurationAttributes> = serde_json::from_value(json!({
            "id": "3142842920435000", "type": "configurations", "attributes": {
                "organization-id": 1024, "name": "Ana's\u{1b}[31m Mac", "hostname": "", "primary-ip": null,
                "serial-number": 12, "configuration-status-id": "101", "configuration-type-id": null,
                "psa-integration": "enabled", "archived": "1", "notes": ["x"],
                "updated-at": "2026-01-02T03:04:05.000Z"}}))
        .unwrap();
        let configuration = row.into_configuration();
        assert_eq!(configuration.id, ConfigurationId::new(3_142_842_920_435_000));
        assert_eq!(configuration.name.as_deref(), Some("Ana's Mac"));
        assert_eq!((configuration.hostname, configuration.primary_ip), (None, None));
        assert_eq!(configuration.serial_number.as_deref(), Some("12"));
        assert_eq!(configuration.status_id, Some(StatusId::new(101)));
        assert_eq!(configuration.type_id, None);
        assert_eq!(configuration.psa, PsaIntegration::Synced);
        assert!(configuration.archived && configuration.updated_at.is_some());
    }

    #[test]
    fn a_row_without_an_id_is_no_row() {
        for id in [json!(null), json!(""), json!("x"), json!(1.5), json!({})] {
            let row = json!({"id": id, "attributes": {"name": "x"}});
            assert!(serde_json::from_value::<Row<Named>>(row.clone()).is_err(), "{row}");
        }
    }
}
