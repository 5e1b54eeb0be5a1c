//! The draft of a setup that was left midway, in the state folder. Its file is its owner's alone, and
//! holds a token or a key itself only by consent.

use super::draft::{Draft, Named, Step};
use super::rule::{ConditionDraft, RuleDraft};
use super::secret::{SecretDraft, SourceKind, looks_secret, path_like, variable};
use crate::domain::{StatusId, TypeId};
use crate::log::redact;
use crate::private;
use crate::settings::write::write_private;
use crate::settings::{MAX_CONDITIONS, Region, parse_address};
use crate::text::{clean, clean_to};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A larger file is no draft, in bytes.
const MAX_FILE: u64 = 256 * 1024;
/// The longest text in a draft, in characters.
const MAX_TEXT: usize = 4096;
/// More rules are no draft.
const MAX_RULES: usize = 200;

const HEAD: &str = "# A setup that was left midway. `bindery setup` goes on with it.\n\n";

/// Where it lies.
pub fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("setup.draft.toml")
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    step: Step,
    addigy_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    itglue_url: String,
    token: StoredSecret,
    key: StoredSecret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active: Option<Named<StatusId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inactive: Option<Named<StatusId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_type: Option<Named<TypeId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<StoredRule>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSecret {
    source: SourceKind,
    #[serde(default)]
    env: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    command: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRule {
    when: Vec<ConditionDraft>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<Named<TypeId>>,
}

/// Writes the draft.
///
/// # Errors
/// A sentence that names the file.
pub fn save(state_dir: &Path, draft: &Draft) -> Result<(), String> {
    let path = path(state_dir);
    let failed = |why: String| {
        format!("The draft can't be kept in {}: {why}.", clean(&path.to_string_lossy()))
    };
    let stored = stored(draft);
    let text = toml::to_string(&stored).map(Zeroizing::new);
    wipe(stored);
    let text = text.map_err(|error| failed(error.to_string()))?;
    let text = Zeroizing::new(format!("{HEAD}{}", *text));
    write_private(&path, text.as_bytes()).map_err(|error| failed(error.to_string()))
}

/// Removes the draft, if there is one.
///
/// # Errors
/// A sentence that names the file.
pub fn remove(state_dir: &Path) -> Result<(), String> {
    let path = path(state_dir);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!(
            "The draft {} can't be removed: {error}. Remove it by hand.",
            clean(&path.to_string_lossy())
        )),
        _ => Ok(()),
    }
}

/// Reads the draft; `None` where there is none.
///
/// # Errors
/// A sentence saying why it is ignored.
pub fn load(state_dir: &Path) -> Result<Option<Draft>, String> {
    let path = path(state_dir);
    let ignored =
        |why: &str| format!("The draft {} is ignored: {why}.", clean(&path.to_string_lossy()));
    // A pipe in its place would be waited for.
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ignored(&error.to_string())),
        Ok(meta) if !meta.is_file() => return Err(ignored("it is no plain file")),
        Ok(meta) if meta.mode() & 0o077 != 0 => {
            return Err(ignored("others than its owner can read or write it"));
        }
        Ok(meta) if meta.len() > MAX_FILE => return Err(ignored("it is too large")),
        Ok(_) => {}
    }
    let mut text = Zeroizing::new(String::new());
    private::options()
        .read(true)
        .open(&path)
        .and_then(|file| file.take(MAX_FILE).read_to_string(&mut text))
        .map_err(|error| ignored(&error.to_string()))?;
    // An error's own words would repeat the line, and a secret with it.
    let stored: Stored =
        toml::from_str(&text).map_err(|_| ignored("its content is not what Bindery wrote"))?;
    draft(stored).map(Some).map_err(ignored)
}

fn stored(draft: &Draft) -> Stored {
    let sieve = Sieve::of(draft);
    Stored {
        step: draft.step,
        addigy_url: sieve.address(&draft.addigy_url),
        region: draft.region.map(|region| region.word().to_owned()),
        itglue_url: sieve.address(&draft.itglue_url),
        token: sieve.secret(&draft.token),
        key: sieve.secret(&draft.key),
        active: draft.active.clone(),
        inactive: draft.inactive.clone(),
        default_type: draft.default_type.clone(),
        rules: draft.rules.iter().map(|rule| sieve.rule(rule)).collect(),
    }
}

/// Keeps back a text into which a token seems to have slipped: consent is for the token's own field.
struct Sieve<'a> {
    keep: bool,
    /// The secrets as they are now, but for those of which too little is typed to tell them.
    secrets: Vec<&'a str>,
}

impl<'a> Sieve<'a> {
    /// A shorter text is found in many a harmless one, in bytes.
    const LEAST: usize = 6;

    fn of(draft: &'a Draft) -> Self {
        let secrets = [&draft.token, &draft.key].map(|secret| secret.value.expose_secret().trim());
        let secrets = secrets.into_iter().filter(|secret| secret.len() >= Self::LEAST).collect();
        Self { keep: draft.keep_secrets == Some(true), secrets }
    }

    fn text(&self, text: &str) -> String {
        let slipped = self.secrets.iter().any(|secret| text.contains(secret))
            || text.split_whitespace().any(looks_secret);
        if slipped { String::new() } else { text.to_owned() }
    }

    fn only(&self, plausible: bool, text: &str) -> String {
        if plausible { self.text(text) } else { String::new() }
    }

    fn address(&self, text: &str) -> String {
        self.only(parse_address(text.trim()).is_ok(), text)
    }

    fn secret(&self, secret: &SecretDraft) -> StoredSecret {
        let value = secret.value.expose_secret();
        StoredSecret {
            source: secret.kind,
            env: self.only(variable(&secret.env, "").is_ok(), &secret.env),
            file: self.only(path_like(secret.file.trim()), &secret.file),
            command: self.text(&secret.command),
            value: (self.keep && !value.is_empty()).then(|| value.to_owned()),
        }
    }

    fn rule(&self, rule: &RuleDraft) -> StoredRule {
        let when = rule.when.iter().map(|condition| ConditionDraft {
            fact: self.text(&condition.fact),
            value: self.text(&condition.value),
            ..*condition
        });
        StoredRule { when: when.collect(), kind: rule.kind.clone() }
    }
}

/// Leaves no copy of a secret in memory that is given back.
fn wipe(stored: Stored) {
    for secret in [stored.token, stored.key] {
        drop(secret.value.map(Zeroizing::new));
    }
}

fn draft(stored: Stored) -> Result<Draft, &'static str> {
    let region = match stored.region.as_deref().map(Region::from_word) {
        Some(None) => return Err("it names an unknown region"),
        known => known.flatten(),
    };
    let ids = [&stored.active, &stored.inactive].into_iter().flatten().map(|s| s.id.get());
    let of_rules = stored.rules.iter().filter_map(|rule| rule.kind.as_ref());
    let types = stored.default_type.iter().chain(of_rules).map(|kind| kind.id.get());
    if ids.chain(types).any(|id| id < 1) {
        return Err("it names an impossible id");
    }
    if stored.rules.len() > MAX_RULES
        || stored.rules.iter().any(|rule| rule.when.len() > MAX_CONDITIONS)
    {
        return Err("it holds too many rules or conditions");
    }
    let keep = [&stored.token, &stored.key].into_iter().any(|secret| secret.value.is_some());
    Ok(Draft {
        step: stored.step,
        addigy_url: text(&stored.addigy_url),
        token: secret(stored.token)?,
        region,
        itglue_url: text(&stored.itglue_url),
        key: secret(stored.key)?,
        active: stored.active.map(named),
        inactive: stored.inactive.map(named),
        default_type: stored.default_type.map(named),
        rules: stored.rules.into_iter().map(rule).collect(),
        keep_secrets: keep.then_some(true),
    })
}

fn text(raw: &str) -> String {
    clean_to(raw, MAX_TEXT)
}

fn named<I>(named: Named<I>) -> Named<I> {
    Named { name: text(&named.name), ..named }
}

fn rule(stored: StoredRule) -> RuleDraft {
    let when = stored.when.into_iter().map(|condition| ConditionDraft {
        fact: text(&condition.fact),
        value: text(&condition.value),
        ..condition
    });
    RuleDraft { when: when.collect(), kind: stored.kind.map(named) }
}

fn secret(stored: StoredSecret) -> Result<SecretDraft, &'static str> {
    let value = SecretString::from(stored.value.unwrap_or_default());
    if value.expose_secret().len() > MAX_TEXT || value.expose_secret().chars().any(char::is_control)
    {
        return Err("it holds what can't be a token");
    }
    redact::register(&value);
    Ok(SecretDraft {
        kind: stored.source,
        value,
        env: text(&stored.env),
        file: text(&stored.file),
        command: text(&stored.command),
    })
}

#[cfg(test)]
#[path = "draft_file_tests.rs"]
mod tests;
