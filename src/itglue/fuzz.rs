//! What must hold of an answer, whatever stands in it.

use super::wire::{
    ConfigurationAttributes, Many, Named, One, OneOrMany, OrganizationAttributes, Row,
};
use super::{account_subdomain, alternatives};
use crate::domain::Configuration;
use crate::fuzz::assert_visible;
use crate::text::MAX_CHARS;
use serde::de::DeserializeOwned;

fn sound(text: &str) {
    assert_visible(text);
    assert!(text.chars().count() <= MAX_CHARS, "{} characters", text.chars().count());
}

/// The rows, by each of the shapes that an answer can have.
fn rows<A: DeserializeOwned>(bytes: &[u8]) -> Vec<Row<A>> {
    let mut rows: Vec<Row<A>> = Vec::new();
    if let Ok(many) = serde_json::from_slice::<Many<A>>(bytes) {
        let _ = many.meta.total_count;
        rows.extend(many.data);
    }
    rows.extend(serde_json::from_slice::<One<A>>(bytes).map(|one| one.data));
    rows.extend(
        serde_json::from_slice::<OneOrMany<A>>(bytes).map(OneOrMany::into_rows).unwrap_or_default(),
    );
    rows
}

pub(crate) fn named(bytes: &[u8]) {
    for row in rows::<Named>(bytes) {
        sound(&row.into_status().name);
    }
    for row in rows::<Named>(bytes) {
        sound(&row.into_type().name);
    }
}

pub(crate) fn organizations(bytes: &[u8]) {
    for row in rows::<OrganizationAttributes>(bytes) {
        let organization = row.into_organization();
        sound(&organization.name);
        let others = [organization.short_name, organization.type_name, organization.status_name];
        others.iter().flatten().for_each(|text| sound(text));
    }
}

pub(crate) fn configurations(bytes: &[u8]) {
    let rows = rows::<ConfigurationAttributes>(bytes).into_iter();
    rows.map(Row::into_configuration).for_each(|known| configuration(&known));
}

fn configuration(known: &Configuration) {
    let texts = [
        &known.name,
        &known.hostname,
        &known.primary_ip,
        &known.mac_address,
        &known.serial_number,
        &known.resource_url,
    ];
    for text in texts.into_iter().flatten() {
        sound(text);
        assert!(!text.trim().is_empty());
        let filter = alternatives([text.as_str(), "next"]);
        assert!(filter.ends_with(",next"));
    }
    if let Some(account) = account_subdomain(known) {
        assert!(account.bytes().all(|byte| byte.is_ascii_graphic()), "{account:?}");
    }
}
