//! Creating and updating configurations, one or many at once.

use super::ItGlue;
use super::wire::{ConfigurationAttributes, OneOrMany, Row, document, resource};
use crate::domain::{
    Attribute, Configuration, ConfigurationId, OrganizationId, SerialNumber, Value,
};
use crate::transport::{Effect, Error, Request};
use reqwest::Method;
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// What to write: only these attributes are sent.
pub type Draft = BTreeMap<Attribute, Value>;

const CONTENT_TYPE: &str = "application/vnd.api+json";

impl ItGlue {
    /// Creates configurations in an organization: one object, or an array for several.
    /// `POST /organizations/:id/relationships/configurations`. The answers stand in the order of the
    /// drafts; `None` where no row of the answer can be told to be that draft's.
    ///
    /// Sent again by itself only when the service surely did nothing (no connection, 429).
    ///
    /// # Errors
    /// See [`Error`]. After [`Error::may_have_happened`] look the drafts up before creating anything
    /// again; after [`Error::bulk_not_allowed`] send them one by one.
    pub async fn create(
        &self,
        organization: OrganizationId,
        drafts: &[Draft],
    ) -> Result<Vec<Option<Configuration>>, Error> {
        let body = match drafts {
            [] => return Ok(Vec::new()),
            [one] => document(&attributes(one)),
            many => {
                let items: Vec<_> = many.iter().map(|draft| resource(&attributes(draft))).collect();
                json!({ "data": items })
            }
        };
        let id = organization.to_string();
        let path = ["organizations", &id, "relationships", "configurations"];
        let request = Request::new(Method::POST, &path, Effect::Create).json(&body, CONTENT_TYPE);
        let rows = self.written(&request).await?;
        let own = rows.into_iter().filter(|row| row.organization_id == organization);
        Ok(pair(drafts, own.collect()))
    }

    /// Updates configurations: `PATCH /configurations/:id` for one, `PATCH /configurations` with the
    /// ids inside the attributes for several. Never with a filter, which would change all that match.
    /// The answers stand in the order of the changes; `None` where the answer lacks that id.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn update(
        &self,
        changes: &[(ConfigurationId, Draft)],
    ) -> Result<Vec<Option<Configuration>>, Error> {
        let patch = |path: &[&str], body| {
            Request::new(Method::PATCH, path, Effect::Update).json(&body, CONTENT_TYPE)
        };
        let request = match changes {
            [] => return Ok(Vec::new()),
            [(id, draft)] => {
                patch(&["configurations", &id.to_string()], document(&attributes(draft)))
            }
            many => {
                let items: Vec<_> = many
                    .iter()
                    .map(|(id, draft)| {
                        let mut attributes = attributes(draft);
                        attributes.insert("id".to_owned(), json!(id.to_string()));
                        resource(&attributes)
                    })
                    .collect();
                patch(&["configurations"], json!({ "data": items }))
            }
        };
        let rows = self.written(&request).await?;
        let mut rows: BTreeMap<ConfigurationId, Configuration> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        Ok(changes.iter().map(|(id, _)| rows.remove(id)).collect())
    }

    async fn written(&self, request: &Request) -> Result<Vec<Configuration>, Error> {
        let answer: OneOrMany<ConfigurationAttributes> = self.transport.send(request).await?;
        Ok(answer.into_rows().into_iter().map(Row::into_configuration).collect())
    }
}

fn attributes(draft: &Draft) -> Map<String, serde_json::Value> {
    let value = |value: &Value| match value {
        Value::Flag(flag) => json!(flag),
        Value::Id(id) => json!(id),
        Value::Text(text) => json!(text),
        Value::Nothing => serde_json::Value::Null,
    };
    draft.iter().map(|(attribute, v)| (attribute.key().to_owned(), value(v))).collect()
}

/// Gives each draft its row: by serial number, then by name, and only where no other fits as well.
fn pair(drafts: &[Draft], mut rows: Vec<Configuration>) -> Vec<Option<Configuration>> {
    if drafts.len() == 1 && rows.len() == 1 {
        return vec![rows.pop()];
    }
    let text = |draft: &Draft, attribute| {
        draft.get(&attribute).and_then(Value::as_text).map(|text: &str| text.trim().to_owned())
    };
    let draft_serial = |draft: &Draft| {
        text(draft, Attribute::SerialNumber).and_then(|text| SerialNumber::parse(&text))
    };
    let mut paired: Vec<Option<Configuration>> = vec![None; drafts.len()];
    let serials: Vec<_> = drafts.iter().map(draft_serial).collect();
    assign(&mut paired, &mut rows, &serials, Configuration::serial);
    // Every row left was made by this request, so a name is enough where it fits just once.
    let names: Vec<_> = drafts.iter().map(|draft| text(draft, Attribute::Name)).collect();
    assign(&mut paired, &mut rows, &names, |row| {
        row.name.as_deref().map(|name| name.trim().to_owned())
    });
    paired
}

/// Moves rows to the drafts whose key they bear, where both sides bear it just once.
fn assign<K: PartialEq>(
    paired: &mut [Option<Configuration>],
    rows: &mut Vec<Configuration>,
    keys: &[Option<K>],
    key: impl Fn(&Configuration) -> Option<K>,
) {
    let open: Vec<bool> = paired.iter().map(Option::is_none).collect();
    for ((slot, wanted), _) in paired.iter_mut().zip(keys).zip(&open).filter(|(_, open)| **open) {
        if wanted.is_none() {
            continue;
        }
        let drafts = keys.iter().zip(&open).filter(|(key, open)| **open && *key == wanted).count();
        let mut fits = rows.iter().enumerate().filter(|(_, row)| key(row) == *wanted);
        if let (1, Some((index, _)), None) = (drafts, fits.next(), fits.next()) {
            *slot = Some(rows.swap_remove(index));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str, serial: &str) -> Draft {
        let mut draft = Draft::from([(Attribute::Name, Value::Text(name.into()))]);
        if !serial.is_empty() {
            draft.insert(Attribute::SerialNumber, Value::Text(serial.into()));
        }
        draft
    }

    fn row(id: i64, name: &str, serial: Option<&str>) -> Configuration {
        let row: Row<ConfigurationAttributes> = serde_json::from_value(json!({
            "id": id, "attributes": {"organization-id": 1, "name": name, "serial-number": serial}}))
        .unwrap();
        row.into_configuration()
    }

    fn paired(drafts: &[Draft], rows: Vec<Configuration>) -> Vec<Option<i64>> {
        pair(drafts, rows).into_iter().map(|row| row.map(|row| row.id.get())).collect()
    }

    #[test]
    fn answers_in_another_order_find_their_drafts() {
        let drafts = [draft("a", "S1"), draft("b", "s2"), draft("c", "")];
        let rows = vec![row(30, "c", None), row(20, "b", Some("S2")), row(10, "a", Some("S1"))];
        assert_eq!(paired(&drafts, rows), [Some(10), Some(20), Some(30)]);
    }

    #[test]
    fn what_can_not_be_told_apart_is_not_paired() {
        let drafts = [draft("a", ""), draft("a", ""), draft("b", "S1")];
        let rows = vec![row(1, "a", None), row(2, "a", None), row(3, "x", Some("S9"))];
        assert_eq!(paired(&drafts, rows), [None, None, None]);
        // A serial number that was stored otherwise leaves the name to tell.
        let rows = vec![row(1, "b", Some("S9")), row(2, "c", None)];
        assert_eq!(paired(&drafts[2..], rows), [Some(1)]);
    }
}
