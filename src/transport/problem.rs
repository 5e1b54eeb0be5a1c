//! What a service says is wrong, read from every dialect its errors are known to come in.
//!
//! IT Glue: a JSON:API `errors` array whose members may all be missing, or an HTML page; Addigy:
//! `{"code", "message"}`. Anything else is quoted.

use crate::domain::Attribute;
use crate::log::redact;
use crate::text::clean;
use reqwest::StatusCode;
use serde_json::Value;
use std::fmt;

/// Outside text in an error is cut after so many characters.
const LONGEST_QUOTE: usize = 200;
/// Of outside text no more is looked at, in characters.
const LONGEST_READ: usize = 64 * 1024;
/// A refusal names no more problems than these.
const MOST_PROBLEMS: usize = 20;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The attribute at fault, if the answer points to one that Bindery writes.
    pub attribute: Option<Attribute>,
    /// The headline, such as "Unprocessable Entity"; may be empty.
    pub title: String,
    /// What is wrong, such as "must exist"; may be empty.
    pub detail: String,
    /// The status of this problem, where it has its own.
    pub status: Option<u16>,
}

impl Problem {
    /// Reads the body of an error answer. Empty when the body is.
    pub fn read(body: &[u8]) -> Vec<Self> {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::from_json(&value),
            Err(_) => Self::from_text(&String::from_utf8_lossy(body)).into_iter().collect(),
        }
    }

    fn from_json(value: &Value) -> Vec<Self> {
        let errors = match value.get("errors") {
            Some(Value::Array(errors)) => errors.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => std::slice::from_ref(value),
        };
        errors.iter().filter_map(Self::from_error).take(MOST_PROBLEMS).collect()
    }

    fn from_error(error: &Value) -> Option<Self> {
        if let Value::String(text) = error {
            return Self::from_text(text);
        }
        let text = |keys: &[&str]| {
            keys.iter().find_map(|key| error.get(key)?.as_str()).map(quote).unwrap_or_default()
        };
        let source = error.get("source");
        let pointer = source.and_then(|source| {
            ["pointer", "parameter"].iter().find_map(|key| source.get(key)?.as_str())
        });
        let (title, detail) = (text(&["title", "error"]), text(&["detail", "message"]));
        // One dialect points to the whole item and names the attribute in its words only.
        let named = || [&title, &detail].into_iter().find_map(|text| first_word_names(text));
        let problem = Self {
            attribute: pointer.and_then(attribute_at).or_else(named),
            title,
            detail,
            status: error.get("status").or_else(|| error.get("code")).and_then(status_of),
        };
        let says_something = !problem.title.is_empty()
            || !problem.detail.is_empty()
            || problem.attribute.is_some()
            || problem.status.is_some();
        says_something.then_some(problem)
    }

    /// Of a page its title, of a text its beginning.
    fn from_text(text: &str) -> Option<Self> {
        let title = quote(&html_title(text).unwrap_or_else(|| text.to_owned()));
        (!title.is_empty()).then_some(Self {
            attribute: None,
            title,
            detail: String::new(),
            status: None,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.detail.is_empty() { &self.title } else { &self.detail };
        match (self.attribute, what.as_str()) {
            (Some(attribute), "") => write!(f, "{attribute} is not accepted"),
            (Some(attribute), what) => write!(f, "{attribute}: {what}"),
            (None, "") => f.write_str("no reason given"),
            (None, what) => f.write_str(what),
        }
    }
}

/// Makes outside text fit to stand in a sentence: one line, cleaned, without the secrets in use (a
/// service or a proxy may echo what it was sent), trimmed and cut short.
pub(crate) fn quote(text: &str) -> String {
    // Cut first, so that a huge body is not cleaned in full; yet far beyond what is shown, so that no
    // secret shows which the cut made unknown.
    let start: String = text.chars().take(LONGEST_READ).collect();
    let words: Vec<&str> = start.split_whitespace().collect();
    let line = clean(&words.join(" "));
    let line = redact::apply(&line);
    let line = line.trim();
    if line.chars().count() <= LONGEST_QUOTE {
        return line.to_owned();
    }
    line.chars().take(LONGEST_QUOTE).chain(['…']).collect()
}

/// A number, a numeric string, or a word such as `unprocessable_entity`.
fn status_of(value: &Value) -> Option<u16> {
    let number = match value {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.trim().parse().ok().or_else(|| status_of_word(text))?,
        _ => return None,
    };
    (100..600).contains(&number).then_some(number)
}

fn status_of_word(word: &str) -> Option<u16> {
    let word = word.trim().to_lowercase().replace(['_', '-'], " ");
    (400..600).find(|code| {
        StatusCode::from_u16(*code)
            .ok()
            .and_then(|status| status.canonical_reason())
            .is_some_and(|reason| reason.to_lowercase().replace('-', " ") == word)
    })
}

/// The attribute that `/data/attributes/primary-ip`, `data/attributes/primary_ip` or
/// `/data/attributes/configuration-type` points to.
fn attribute_at(pointer: &str) -> Option<Attribute> {
    let last = pointer.rsplit(['/', '[', '.']).next()?.trim_end_matches(']').replace('_', "-");
    Attribute::ALL
        .into_iter()
        .find(|attribute| last == attribute.key() || format!("{last}-id") == attribute.key())
}

/// The attribute with which a sentence begins, as in `primary_ip must be an IP address`.
fn first_word_names(text: &str) -> Option<Attribute> {
    attribute_at(text.split_once(' ')?.0)
}

/// The text of `<title>`, else of `<h1>`, if this is a page.
fn html_title(text: &str) -> Option<String> {
    let lower = text.get(..text.len().min(65_536)).unwrap_or(text).to_ascii_lowercase();
    if !lower.contains("<html") && !lower.contains("<!doctype html") {
        return None;
    }
    let between = |open: &str, close: &str| {
        let start = lower.find(open)?;
        let start = start + lower.get(start..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find(close)?;
        let inner = text.get(start..end)?.trim();
        (!inner.is_empty()).then(|| inner.to_owned())
    };
    between("<title", "</title")
        .or_else(|| between("<h1", "</h1"))
        .or_else(|| Some("a web page instead of data".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(body: &str) -> Problem {
        let mut problems = Problem::read(body.as_bytes());
        assert_eq!(problems.len(), 1, "{body}");
        problems.remove(0)
    }

    #[test]
    fn the_three_json_dialects_read_alike() {
        let first = one(
            r#"{"errors":[{"source":{"pointer":"/data/attributes/configuration-type"},"detail":"must exist","title":"Unprocessable Entity","status":422}]}"#,
        );
        assert_eq!(first.attribute, Some(Attribute::Type));
        assert_eq!(first.status, Some(422));
        assert_eq!(first.to_string(), "configuration-type-id: must exist");

        let second = one(
            r#"{"errors":[{"status":"422","title":"Valid primary_ip is required","source":{"pointer":"data/attributes/primary_ip"}}]}"#,
        );
        assert_eq!(second.attribute, Some(Attribute::PrimaryIp));
        assert_eq!(second.status, Some(422));
        assert_eq!(second.to_string(), "primary-ip: Valid primary_ip is required");

        let third = one(
            r#"{"errors":[{"status":"unprocessable_entity","title":"bulk action not allowed for Flexible Asset using this route","source":{"pointer":"data"}}]}"#,
        );
        assert_eq!((third.attribute, third.status), (None, Some(422)));
    }

    #[test]
    fn pages_texts_and_addigys_errors_read_too() {
        let page = one(
            "<!DOCTYPE html><html><head><TITLE>\n Not  found </TITLE></head><body>x</body></html>",
        );
        assert_eq!(page.title, "Not found");
        assert_eq!(one("<html><body>\u{1b}[31m</body></html>").title, "a web page instead of data");
        assert_eq!(one("Retry later\n").title, "Retry later");
        let addigy = one(r#"{"code":400,"message":"bad page","error_chain":{}}"#);
        assert_eq!((addigy.detail.as_str(), addigy.status), ("bad page", Some(400)));
        for empty in ["", "  ", "{}", "[]", "null", r#"{"errors":[]}"#, r#"{"errors":[{}]}"#] {
            assert_eq!(Problem::read(empty.as_bytes()), [], "{empty:?}");
        }
    }

    #[test]
    fn outside_text_is_cleaned_and_cut() {
        let text = quote(&format!("a\u{7}\nb{}", "x".repeat(100_000)));
        assert!(text.starts_with("a") && text.ends_with('…'));
        assert!(text.chars().count() <= LONGEST_QUOTE + 1);
        assert!(!text.contains(['\u{7}', '\n']));
    }

    #[test]
    fn a_secret_that_comes_back_is_not_quoted() {
        let secret = "ITG.c0mesB4ck-in-an-answer";
        redact::register(&secretive(secret));
        let split: String = secret.chars().flat_map(|c| [c, '\u{200b}']).collect();
        let echoes = [
            format!("x-api-key: {secret}"),
            format!("{}{secret}", "long ".repeat(38)),
            format!("{}{secret}", " ".repeat(790)),
            format!(r#"{{"error":"no such key {secret}"}}"#),
            format!("<html><title>{secret}</title></html>"),
            split,
            secret[..18].to_owned(),
        ];
        for echo in echoes {
            let problems = Problem::read(echo.as_bytes());
            let told = format!("{} {problems:?}", problems[0]);
            assert!(!told.contains("ITG.c0me"), "{told}");
        }
    }

    fn secretive(text: &str) -> secrecy::SecretString {
        secrecy::SecretString::from(text)
    }

    #[test]
    fn an_item_of_a_batch_may_be_pointed_at() {
        assert_eq!(attribute_at("/data/3/attributes/mac-address"), Some(Attribute::MacAddress));
        assert_eq!(attribute_at("data[attributes][name]"), Some(Attribute::Name));
        assert_eq!(attribute_at("/data/attributes/organization-id"), None);
    }
}
