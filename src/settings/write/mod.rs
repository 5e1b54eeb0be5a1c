//! Rewriting the settings file: only what is meant to change changes, comments and order survive.
//!
//! A file is written only when it reads again as what was meant; otherwise nothing is touched.

mod edit;
mod replace;
mod rules;
#[cfg(test)]
mod tests;

pub use replace::write_private;

use super::error::{SettingsError, shown};
use super::file::{Settings, beside};
use super::{Region, SecretSource};
use crate::domain::{ConfigurationStatus, ConfigurationType, StatusId, TypeId, TypeRule};
use edit::{integer, put, section};
use reqwest::Url;
use std::io;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, TableLike, Value};

/// Everything the wizard asks for.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Whether the integration is switched on.
    pub enabled: bool,
    /// Addigy's address.
    pub addigy_url: Url,
    /// Where the Addigy token comes from.
    pub token: SecretSource,
    /// IT Glue's data centre, where one was chosen instead of an address.
    pub region: Option<Region>,
    /// IT Glue's address; it counts where there is no region.
    pub itglue_url: Url,
    /// Where the IT Glue key comes from.
    pub key: SecretSource,
    /// The active status.
    pub active: Option<StatusId>,
    /// The inactive status.
    pub inactive: Option<StatusId>,
    /// The default type.
    pub default_type: Option<TypeId>,
    /// The conditional types, in order.
    pub rules: Vec<TypeRule>,
    /// The names of statuses, for comments beside the ids.
    pub statuses: Vec<ConfigurationStatus>,
    /// The names of types, likewise.
    pub types: Vec<ConfigurationType>,
}

/// Why the settings file was not written. It is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file that is there can't be read or has a mistake.
    #[error("{0}. Nothing was written; correct that first")]
    Present(#[from] SettingsError),
    /// The system does not let it be written.
    #[error(
        "the settings file {} can't be written: {source}. Check the owner and the mode of the file \
         and its folder, or name another file with --config",
        shown(path)
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What would stand there does not say what was meant.
    #[error(
        "the settings file {} is laid out in a way that can't be changed without loss, so nothing was \
         written. Make the change by hand, or move the file away to have a new one written",
        shown(path)
    )]
    Layout {
        /// The file.
        path: PathBuf,
    },
}

/// A file that is not there yet: the comments that help whoever opens it.
const NEW: &str = r#"# Bindery's settings. `bindery setup` changes them, and so may you: comments and order stay.
# `bindery doctor` checks them.

# While this is false, nothing is ever written to IT Glue.
enabled = false

[addigy]
# Its address, for a proxy of your own; Addigy's is https://api.addigy.com
url = "https://api.addigy.com"
# Where the API token comes from: { env = "…" }, { file = "…" }, { command = ["…"] } or { value = "…" }
token = { env = "ADDIGY_TOKEN" }

[itglue]
# us, eu or au; another address instead: url = "https://…"
region = "us"
key = { env = "ITGLUE_KEY" }
# Given to a configuration when its device joins a linked policy, and when it leaves.
active_status_id = 1
inactive_status_id = 2
# For configurations that Bindery creates; the type of one that exists is never changed.
default_type_id = 1
"#;

/// Changes the theme in a file that is there. Everything else stays.
///
/// # Errors
/// Where there is no file, or it can't be read or written.
pub fn set_theme(path: &Path, name: &str) -> Result<(), WriteError> {
    let (text, _) = Settings::read(path)?;
    let mut document = parse(&text, path)?;
    put(document.as_table_mut(), "theme", name.into());
    let text = document.to_string();
    let settings = Settings::parse(&text, path)?;
    if settings.theme.as_deref() != Some(name) {
        return Err(WriteError::Layout { path: path.to_owned() });
    }
    replace::replace(path, &text)
}

/// Writes the wizard's choices into the file, or makes it. What the wizard does not ask for stays.
///
/// # Errors
/// Where a file is there that has a mistake, or it can't be written.
pub fn write(path: &Path, choices: &Choices) -> Result<(), WriteError> {
    let present = match Settings::read(path) {
        Ok((text, _)) => Some(text),
        Err(SettingsError::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let text = compose(path, present.as_ref().map(|text| text.as_str()), choices)?;
    replace::replace(path, &text)
}

/// The file's new text, which reads as what was meant.
pub(super) fn compose(
    path: &Path,
    present: Option<&str>,
    choices: &Choices,
) -> Result<String, WriteError> {
    // Where the old text is not valid as a whole, the parts that are rewritten may be why.
    let before = present.and_then(|text| Settings::parse(text, path).ok());
    let mut document = parse(present.unwrap_or(NEW), path)?;
    put(document.as_table_mut(), "enabled", choices.enabled.into());
    // On one line, a comment would swallow what follows.
    let on_one_line = document.get("itglue").is_some_and(Item::is_inline_table);
    let nameless = Choices { statuses: Vec::new(), types: Vec::new(), ..choices.clone() };
    let choices = if on_one_line { &nameless } else { choices };
    let layout = || WriteError::Layout { path: path.to_owned() };
    let section_of_addigy = section(&mut document, "addigy").ok_or_else(layout)?;
    edit::in_order(section_of_addigy, None, |table| addigy(table, choices, before.as_ref()));
    let place = match choices.region {
        Some(_) => ("url", "region"),
        None => ("region", "url"),
    };
    let section_of_itglue = section(&mut document, "itglue").ok_or_else(layout)?;
    edit::in_order(section_of_itglue, Some(place), |itglue| {
        itglue_access(itglue, choices, before.as_ref());
        itglue_ids(itglue, choices);
        let old_rules = before.as_ref().map(|before| before.itglue.conditional_types.as_slice());
        rules::write(itglue, old_rules.unwrap_or_default(), choices);
    });
    let text = document.to_string();
    let settings = Settings::parse(&text, path).map_err(|error| {
        // The places of the file that is there, not of the one that will never be.
        present.and_then(|text| Settings::parse(text, path).err()).unwrap_or(error)
    })?;
    match says(&settings, choices, path) {
        true => Ok(text),
        false => Err(layout()),
    }
}

fn parse(text: &str, path: &Path) -> Result<DocumentMut, WriteError> {
    text.parse().map_err(|_| match Settings::parse(text, path) {
        Err(error) => error.into(),
        Ok(_) => WriteError::Layout { path: path.to_owned() },
    })
}

fn addigy(table: &mut dyn TableLike, choices: &Choices, before: Option<&Settings>) {
    let default = super::address::parse(super::address::ADDIGY).ok();
    let meant = Some(&choices.addigy_url);
    match before {
        Some(before) if before.addigy.url == choices.addigy_url => {}
        _ if !table.contains_key("url") && default.as_ref() == meant => {}
        _ => put(table, "url", bare(&choices.addigy_url)),
    }
    if before.is_none_or(|before| !before.addigy.token.same(&choices.token)) {
        edit::secret(table, "token", &choices.token);
    }
}

fn itglue_access(table: &mut dyn TableLike, choices: &Choices, before: Option<&Settings>) {
    let same = before.is_some_and(|before| {
        let itglue = &before.itglue;
        itglue.region == choices.region
            && (choices.region.is_some() || itglue.url == choices.itglue_url)
    });
    if !same {
        match choices.region {
            Some(region) => edit::swap(table, "url", "region", region.word().into()),
            None => edit::swap(table, "region", "url", bare(&choices.itglue_url)),
        }
    }
    if before.is_none_or(|before| !before.itglue.key.same(&choices.key)) {
        edit::secret(table, "key", &choices.key);
    }
}

fn itglue_ids(table: &mut dyn TableLike, choices: &Choices) {
    let statuses: Vec<(i64, &str)> =
        choices.statuses.iter().map(|status| (status.id.get(), status.name.as_str())).collect();
    let types = type_names(choices);
    integer(table, "active_status_id", choices.active.map(StatusId::get), &statuses);
    integer(table, "inactive_status_id", choices.inactive.map(StatusId::get), &statuses);
    integer(table, "default_type_id", choices.default_type.map(TypeId::get), &types);
}

fn type_names(choices: &Choices) -> Vec<(i64, &str)> {
    choices.types.iter().map(|kind| (kind.id.get(), kind.name.as_str())).collect()
}

/// An address as people write it.
fn bare(url: &Url) -> Value {
    url.as_str().trim_end_matches('/').into()
}

/// Whether the settings say all that was chosen.
fn says(settings: &Settings, choices: &Choices, path: &Path) -> bool {
    let (addigy, itglue) = (&settings.addigy, &settings.itglue);
    let secret = |read: &SecretSource, meant: &SecretSource| match meant {
        SecretSource::File(file) => {
            read.same(&SecretSource::File(beside(path, &file.to_string_lossy())))
        }
        other => read.same(other),
    };
    settings.enabled == choices.enabled
        && addigy.url == choices.addigy_url
        && secret(&addigy.token, &choices.token)
        && itglue.region == choices.region
        && (choices.region.is_some() || itglue.url == choices.itglue_url)
        && secret(&itglue.key, &choices.key)
        && itglue.active_status_id == choices.active
        && itglue.inactive_status_id == choices.inactive
        && itglue.default_type_id == choices.default_type
        && itglue.conditional_types == choices.rules
}
