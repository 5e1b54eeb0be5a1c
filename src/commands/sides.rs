//! A device and its configuration side by side.

use super::table::{Cell, Table, styles};
use crate::domain::{Attribute, Configuration, Device, PsaIntegration, Value as FieldValue};
use serde_json::{Map, Value, json};

/// Both sides of a binding.
#[derive(Debug)]
pub struct Sides<'a> {
    /// Addigy's.
    pub device: &'a Device,
    /// IT Glue's, where there is one.
    pub configuration: Option<&'a Configuration>,
}

/// How a field's sides compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The same, however each is spelled.
    Same,
    /// To be written.
    Differs,
    /// Addigy has nothing that could be written.
    Nothing,
}

impl Compared {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::Nothing => "Addigy has none",
        }
    }
}

impl Sides<'_> {
    /// Addigy's value of a field, IT Glue's, and how they compare.
    pub fn field(&self, field: Attribute) -> (Option<String>, Option<String>, Compared) {
        let ours = self.device.field(field);
        let theirs = self.configuration.and_then(|c| c.value(field));
        let theirs = theirs.as_ref().and_then(FieldValue::as_text).map(str::to_owned);
        let compared = match (&ours, &theirs) {
            (None, _) => Compared::Nothing,
            (Some(ours), Some(theirs)) if field.same(ours, theirs) => Compared::Same,
            (Some(_), _) => Compared::Differs,
        };
        (ours, theirs, compared)
    }

    /// The five fields as a table, and what else is worth knowing of the configuration.
    pub fn table(&self) -> String {
        let mut table = Table::new(["Field", "Addigy", "IT Glue", ""]);
        let text = |value: Option<String>| Cell::new(value.as_deref().unwrap_or("-"));
        for field in Attribute::FIELDS {
            let (ours, theirs, compared) = self.field(field);
            let style = match compared {
                Compared::Differs => styles::ATTENTION,
                Compared::Same | Compared::Nothing => styles::MUTED,
            };
            let word = if self.configuration.is_some() { compared.word() } else { "" };
            table.row([
                Cell::new(field.key()),
                text(ours),
                text(theirs),
                Cell::new(word).style(style),
            ]);
        }
        let mut page = table.render();
        if let Some(configuration) = self.configuration {
            let status = configuration.status_id.map_or("none".to_owned(), |id| id.to_string());
            let archived = if configuration.archived { ", archived" } else { "" };
            let psa = match configuration.psa {
                PsaIntegration::Synced => ", owned by a PSA",
                PsaIntegration::NotSynced => "",
            };
            page.push_str(&format!(
                "Configuration {}: status {status}{archived}{psa}\n",
                configuration.id
            ));
        }
        page
    }
}

/// Both sides as a document.
pub fn document(sides: &Sides<'_>) -> Value {
    let mut ours = Map::new();
    let mut theirs = Map::new();
    for field in Attribute::FIELDS {
        let (left, right, _) = sides.field(field);
        ours.insert(field.key().to_owned(), json!(left));
        theirs.insert(field.key().to_owned(), json!(right));
    }
    let itglue = sides.configuration.map(|configuration| {
        theirs.insert("configuration-status-id".to_owned(), json!(configuration.status_id));
        theirs.insert("archived".to_owned(), json!(configuration.archived));
        theirs
    });
    json!({ "addigy": ours, "itglue": itglue })
}
