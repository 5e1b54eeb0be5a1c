//! Reads a TOML document key by key, and tells mistakes with their place.
//!
//! No message repeats a value: what stands there may be a secret that slipped into the wrong line.

use super::error::{Place, SettingsError};
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file's text and its name, to tell places in it.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    pub path: &'a Path,
    pub text: &'a str,
}

impl Document<'_> {
    /// An error at the start of the span.
    pub fn error(&self, span: &Range<usize>, problem: impl Into<String>) -> SettingsError {
        SettingsError::Invalid {
            path: self.path.to_owned(),
            place: Place::of(self.text, span),
            problem: problem.into(),
        }
    }
}

/// A table of the document.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    document: Document<'a>,
    /// How a message calls it.
    title: &'static str,
    table: &'a DeTable<'a>,
    span: &'a Spanned<DeValue<'a>>,
}

/// A value with its place.
pub(super) struct Found<'a, T> {
    pub value: T,
    pub span: Range<usize>,
    pub document: Document<'a>,
}

impl<T> Found<'_, T> {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place::of(self.document.text, &self.span)
    }

    /// An error at this value.
    pub fn error(&self, problem: impl Into<String>) -> SettingsError {
        self.document.error(&self.span, problem)
    }
}

type Result<T> = std::result::Result<T, SettingsError>;

impl<'a> Section<'a> {
    /// Takes a value as a table; `wish` is the end of the sentence "… wants a table, such as …".
    pub fn of(
        document: Document<'a>,
        title: &'static str,
        value: &'a Spanned<DeValue<'a>>,
        wish: &str,
    ) -> Result<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(Self { document, title, table, span: value }),
            other => {
                let problem = format!("{title} wants a table, such as {wish}, not {}", kind(other));
                Err(document.error(&value.span(), problem))
            }
        }
    }

    /// An error at the table.
    pub fn error(&self, problem: impl Into<String>) -> SettingsError {
        self.document.error(&self.span.span(), problem)
    }

    /// Refuses any key that is not among these, the first in the file first.
    pub fn allow(&self, known: &[&str]) -> Result<()> {
        let unknown = self
            .table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
            .min_by_key(|key| key.span().start);
        let Some(key) = unknown else { return Ok(()) };
        let name = match printable(key.get_ref()) {
            Some(name) => format!("unknown key `{name}` in {}", self.title),
            None => format!("unknown key in {}", self.title),
        };
        let advice = match nearest(key.get_ref(), known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        Err(self.document.error(&key.span(), format!("{name}; {advice}")))
    }

    /// All entries in the order of the file.
    pub fn entries(&self) -> Vec<(Found<'a, &'a str>, &'a Spanned<DeValue<'a>>)> {
        let document = self.document;
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| {
                (Found { value: key.get_ref().as_ref(), span: key.span(), document }, value)
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries
    }

    /// The value of a key, whatever it is.
    pub fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// A table below this one.
    pub fn section(&self, key: &str, title: &'static str, wish: &str) -> Result<Option<Self>> {
        self.get(key).map(|value| Self::of(self.document, title, value, wish)).transpose()
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        Ok(self.find(key, "true or false", DeValue::as_bool)?.map(|found| found.value))
    }

    /// A text that is not blank.
    pub fn text(&self, key: &str) -> Result<Option<Found<'a, &'a str>>> {
        let found = self.find(key, "a text in quotes", DeValue::as_str)?;
        match &found {
            Some(text) if text.value.trim().is_empty() => {
                Err(text.error(format!("`{key}` is empty; give it a text or remove the line")))
            }
            _ => Ok(found),
        }
    }

    /// A whole number within the range.
    pub fn number(&self, key: &str, range: RangeInclusive<i64>) -> Result<Option<Found<'a, i64>>> {
        // A number too large for 64 bits is as far out of any range as the largest.
        let read = |value: &DeValue<'a>| {
            let digits = value.as_integer()?;
            Some(i64::from_str_radix(digits.as_str(), digits.radix()).unwrap_or(i64::MAX))
        };
        let found = self.find(key, "a whole number", read)?;
        match &found {
            Some(number) if !range.contains(&number.value) => {
                let (least, most) = range.into_inner();
                let wish = match most {
                    i64::MAX => format!("{least} or more, and fit into 63 bits"),
                    _ => format!("from {least} to {most}"),
                };
                Err(number.error(format!("`{key}` must be {wish}")))
            }
            _ => Ok(found),
        }
    }

    fn find<T>(
        &self,
        key: &str,
        wish: &str,
        read: impl FnOnce(&'a DeValue<'a>) -> Option<T>,
    ) -> Result<Option<Found<'a, T>>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let (span, document) = (value.span(), self.document);
        match read(value.get_ref()) {
            Some(value) => Ok(Some(Found { value, span, document })),
            None => Err(document
                .error(&span, format!("`{key}` wants {wish}, not {}", kind(value.get_ref())))),
        }
    }
}

/// A list of texts, none of them empty, at least one.
pub(super) fn texts(
    document: Document<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<String>> {
    let problem = || document.error(&value.span(), format!("`{key}` wants a list of texts"));
    let items = value.get_ref().as_array().filter(|items| !items.is_empty()).ok_or_else(problem)?;
    items
        .iter()
        .map(|item| match item.get_ref().as_str() {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(problem()),
        })
        .collect()
}

/// What a value is, with its article.
pub(crate) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a broken number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The known word that was probably meant.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // The measure takes time by the product of both lengths.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase().replace('-', "_");
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&word, known), *known))
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
        .map(|(_, known)| known)
}

/// A key that looks like one, and thus like no secret that slipped to its place.
fn printable(key: &str) -> Option<&str> {
    let fine =
        key.len() <= 32 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'-');
    fine.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let known = ["requests_per_minute", "settle_seconds", "url"];
        assert_eq!(nearest("request_per_minute", &known), Some("requests_per_minute"));
        assert_eq!(nearest("Settle-Seconds", &known), Some("settle_seconds"));
        assert_eq!(nearest("ulr", &known), Some("url"));
        assert_eq!(nearest("colour", &known), None);
    }

    #[test]
    fn keys_that_could_be_secrets_are_not_printed() {
        assert_eq!(printable("colour"), Some("colour"));
        assert_eq!(printable("ITG.5c9d0a"), None);
    }
}
