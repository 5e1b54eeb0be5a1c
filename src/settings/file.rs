//! The settings file.

use super::address::{self, Region};
use super::error::SettingsError;
use super::network::{NetworkSettings, read_network};
use super::process_env;
use super::reader::{Document, Section, texts};
use super::rules::conditional_types;
use super::secret::{SecretSource, readable_by_others};
use crate::domain::{Guard, StatusId, TypeId, TypeRule};
use crate::itglue::MOST_REQUESTS_PER_MINUTE;
use crate::log::redact;
use crate::private;
use jiff::SignedDuration;
use reqwest::Url;
use secrecy::zeroize::Zeroizing;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A larger file is no settings file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// What a settings file says, with the defaults where it is silent.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file it was read from.
    pub path: PathBuf,
    /// `enabled`; while off, nothing is ever written to IT Glue. Off unless said.
    pub enabled: bool,
    /// `theme`: a built-in theme, or a file in the themes folder beside the settings file; `None`: by
    /// the terminal's background.
    pub theme: Option<String>,
    /// `ascii`: symbols and borders in ASCII; `None`: by the locale.
    pub ascii: Option<bool>,
    /// `mouse`. Off unless said.
    pub mouse: bool,
    /// `[addigy]`
    pub addigy: AddigySettings,
    /// `[itglue]`
    pub itglue: ItGlueSettings,
    /// `[sync]`
    pub sync: SyncSettings,
    /// `[network]`
    pub network: NetworkSettings,
    /// `[history]`
    pub history: HistorySettings,
    /// `[keys]`, in the order of the file; the console knows which actions there are.
    pub keys: Vec<KeyOverride>,
}

/// How Addigy is reached.
#[derive(Debug, Clone)]
pub struct AddigySettings {
    /// Its address: https (or loopback), no path.
    pub url: Url,
    /// Where the API token comes from.
    pub token: SecretSource,
}

/// How IT Glue is reached, and what is written there.
#[derive(Debug, Clone)]
pub struct ItGlueSettings {
    /// The data centre, where one was named instead of an address.
    pub region: Option<Region>,
    /// Its address: https (or loopback), no path.
    pub url: Url,
    /// Where the API key comes from.
    pub key: SecretSource,
    /// Given to a configuration when its device joins.
    pub active_status_id: Option<StatusId>,
    /// Given to it when its device leaves.
    pub inactive_status_id: Option<StatusId>,
    /// The type of a created configuration that no rule catches.
    pub default_type_id: Option<TypeId>,
    /// In order; the first that holds wins.
    pub conditional_types: Vec<TypeRule>,
}

/// How a sync goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncSettings {
    /// Our share of IT Glue's limit, 1 to 600 requests a minute.
    pub requests_per_minute: u32,
    /// How many inactivations pass without a person.
    pub guard: Guard,
    /// After an unclear answer to a create the identity is looked up no sooner than this.
    pub settle: Duration,
}

impl Default for SyncSettings {
    fn default() -> Self {
        Self {
            requests_per_minute: 540,
            guard: Guard { max_inactive_percent: 20, max_inactive_devices: 5 },
            settle: Duration::from_secs(60),
        }
    }
}

/// How long the history of runs is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistorySettings {
    /// Older runs are taken out, 90 to 36,500 days.
    pub keep_days: u32,
}

impl Default for HistorySettings {
    fn default() -> Self {
        Self { keep_days: 400 }
    }
}

impl HistorySettings {
    /// The same as a length of time.
    pub fn keep(self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.keep_days))
    }
}

/// An entry of `[keys]`, not judged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOverride {
    /// The action, such as `devices.retry`.
    pub action: String,
    /// Its keys.
    pub keys: Vec<String>,
    /// The line it stands in, counted from 1.
    pub line: usize,
}

type Result<T> = std::result::Result<T, SettingsError>;

impl Settings {
    /// Reads and judges the file. One that others can write is refused, and one that others can read
    /// while it holds a secret.
    pub fn load(path: &Path) -> Result<Self> {
        let (text, (mode, gid)) = Self::read_trusted(path)?;
        let settings = Self::parse(&text, path)?;
        let sources = [&settings.addigy.token, &settings.itglue.key];
        for source in sources {
            source.announce(&process_env);
        }
        let holds_secret = sources.iter().any(|source| matches!(source, SecretSource::Value(_)));
        if holds_secret && readable_by_others(mode, gid) {
            let why = "holds a secret and can be read by others";
            return Err(SettingsError::Exposed { path: path.to_owned(), mode: mode & 0o7777, why });
        }
        Ok(settings)
    }

    /// The same as [`Settings::read`], where nobody else can have written the file.
    pub(super) fn read_trusted(path: &Path) -> Result<(Zeroizing<String>, (u32, u32))> {
        let (text, (mode, gid)) = Self::read(path)?;
        if mode & 0o022 != 0 {
            let why = "can be written by others";
            return Err(SettingsError::Exposed { path: path.to_owned(), mode: mode & 0o7777, why });
        }
        Ok((text, (mode, gid)))
    }

    /// The file's text, and its mode and group.
    pub(super) fn read(path: &Path) -> Result<(Zeroizing<String>, (u32, u32))> {
        let (text, mode, gid) = read(path)?;
        Ok((text, (mode, gid)))
    }

    /// Judges a text; `path` is named in errors, and is where relative paths in it start.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let document = Document { path, text };
        let table = DeTable::parse(text).map_err(|error| {
            // Its display would show the whole line.
            document.error(&error.span().unwrap_or(0..0), error.message())
        })?;
        let span = table.span();
        let root = Spanned::new(span, DeValue::Table(table.into_inner()));
        Self::from_root(document, Section::of(document, "the file", &root, "[addigy]")?)
    }

    fn from_root<'a>(document: Document<'a>, root: Section<'a>) -> Result<Self> {
        root.allow(&[
            "enabled", "theme", "ascii", "mouse", "addigy", "itglue", "sync", "network", "history",
            "keys",
        ])?;
        let lacks =
            |key, next| SettingsError::Incomplete { path: document.path.to_owned(), key, next };
        let addigy = root
            .section("addigy", "[addigy]", "[addigy]")?
            .ok_or_else(|| lacks("[addigy]", "`bindery setup` asks for everything"))?;
        let itglue = root
            .section("itglue", "[itglue]", "[itglue]")?
            .ok_or_else(|| lacks("[itglue]", "`bindery setup` asks for everything"))?;
        Ok(Self {
            path: document.path.to_owned(),
            enabled: root.flag("enabled")?.unwrap_or(false),
            theme: root.text("theme")?.map(|theme| theme.value.to_owned()),
            ascii: root.flag("ascii")?,
            mouse: root.flag("mouse")?.unwrap_or(false),
            addigy: read_addigy(document, addigy)?,
            itglue: read_itglue(document, itglue)?,
            sync: match root.section("sync", "[sync]", "[sync]")? {
                Some(sync) => read_sync(sync)?,
                None => SyncSettings::default(),
            },
            network: read_network(document, root)?,
            history: match root.section("history", "[history]", "[history]")? {
                Some(history) => read_history(history)?,
                None => HistorySettings::default(),
            },
            keys: match root.get("keys") {
                Some(keys) => read_keys(document, keys, "")?,
                None => Vec::new(),
            },
        })
    }
}

fn read(path: &Path) -> Result<(Zeroizing<String>, u32, u32)> {
    let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
    let file = private::open_plain(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => SettingsError::Missing { path: path.to_owned() },
        _ => unreadable(source),
    })?;
    let meta = file.metadata().map_err(unreadable)?;
    if private::of_another(meta.uid()) {
        return Err(SettingsError::OfAnother { path: path.to_owned(), owner: meta.uid() });
    }
    // Large enough at once: a text that grows leaves copies behind, and it may hold a secret.
    let length = usize::try_from(meta.len().min(MAX_FILE)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(length + 1);
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(unreadable(std::io::ErrorKind::FileTooLarge.into()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let end = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..end]);
        Document { path, text: &text }.error(&(end..end), "this is not UTF-8 text")
    })?;
    Ok((Zeroizing::new(text), meta.mode(), meta.gid()))
}

fn read_addigy<'a>(document: Document<'a>, section: Section<'a>) -> Result<AddigySettings> {
    section.allow(&["url", "token"])?;
    let default = || address::parse(address::ADDIGY).map_err(|why| section.error(why));
    Ok(AddigySettings {
        url: read_url(section)?.map_or_else(default, Ok)?,
        token: read_secret(document, section, "token", "ADDIGY_TOKEN")?,
    })
}

fn read_itglue<'a>(document: Document<'a>, section: Section<'a>) -> Result<ItGlueSettings> {
    section.allow(&[
        "region",
        "url",
        "key",
        "active_status_id",
        "inactive_status_id",
        "default_type_id",
        "conditional_types",
    ])?;
    let (region, url) = read_region(section)?;
    let active = section.number("active_status_id", 1..=i64::MAX)?;
    let inactive = section.number("inactive_status_id", 1..=i64::MAX)?;
    if let (Some(active), Some(inactive)) = (&active, &inactive)
        && active.value == inactive.value
    {
        return Err(inactive.error(
            "`inactive_status_id` is the same as `active_status_id`; a device that left must look \
             different from one that stays",
        ));
    }
    Ok(ItGlueSettings {
        region,
        url,
        key: read_secret(document, section, "key", "ITGLUE_KEY")?,
        active_status_id: active.map(|id| StatusId::new(id.value)),
        inactive_status_id: inactive.map(|id| StatusId::new(id.value)),
        default_type_id: section
            .number("default_type_id", 1..=i64::MAX)?
            .map(|id| TypeId::new(id.value)),
        conditional_types: match section.get("conditional_types") {
            Some(rules) => conditional_types(document, rules)?,
            None => Vec::new(),
        },
    })
}

fn read_url(section: Section<'_>) -> Result<Option<Url>> {
    let Some(text) = section.text("url")? else { return Ok(None) };
    address::parse(text.value).map(Some).map_err(|why| text.error(format!("`url` {why}")))
}

fn read_region(section: Section<'_>) -> Result<(Option<Region>, Url)> {
    let url = read_url(section)?;
    let Some(word) = section.text("region")? else {
        return match url {
            Some(url) => Ok((None, url)),
            None => Err(section.error(
                "[itglue] lacks `region`: say region = \"us\", \"eu\" or \"au\" (or url = \"https://…\")",
            )),
        };
    };
    if url.is_some() {
        return Err(word.error("`region` and `url` name two addresses; keep one of them"));
    }
    let region = Region::from_word(word.value)
        .ok_or_else(|| word.error("`region` must be \"us\", \"eu\" or \"au\""))?;
    let url = address::parse(region.address()).map_err(|why| word.error(why))?;
    Ok((Some(region), url))
}

fn read_secret<'a>(
    document: Document<'a>,
    section: Section<'a>,
    key: &'static str,
    variable: &str,
) -> Result<SecretSource> {
    let wish = format!(
        "{key} = {{ env = \"{variable}\" }}, or {{ file = \"…\" }}, {{ command = [\"…\"] }}, {{ value = \"…\" }}"
    );
    let title = if key == "token" { "`token`" } else { "`key`" };
    let Some(table) = section.section(key, title, &wish)? else {
        return Err(section.error(format!("{title} is missing: {wish}")));
    };
    let sources = ["env", "file", "command", "value"];
    table.allow(&sources)?;
    let entries = table.entries();
    let [(source, value)] = entries.as_slice() else {
        return Err(table.error(format!("{title} wants exactly one source: {wish}")));
    };
    let text = || table.text(source.value).map(|text| text.map_or("", |text| text.value));
    Ok(match source.value {
        "env" => SecretSource::Env(
            variable_name(source.value, text()?)
                .map_err(|why| document.error(&value.span(), why))?,
        ),
        "file" => SecretSource::File(beside(document.path, text()?)),
        "command" => SecretSource::Command(texts(document, source.value, value)?),
        _ => {
            let secret = text()?.into();
            redact::register(&secret);
            SecretSource::Value(secret)
        }
    })
}

/// Refuses what can't be a variable's name: most likely the secret itself was put there.
fn variable_name(key: &str, name: &str) -> std::result::Result<String, String> {
    let fine = !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match fine {
        true => Ok(name.to_owned()),
        false => Err(format!(
            "`{key}` wants the name of an environment variable (letters, digits, `_`); a secret itself \
             goes into `value`"
        )),
    }
}

/// A relative path starts at the settings file, not where the program happens to be started.
pub(super) fn beside(settings: &Path, path: &str) -> PathBuf {
    match settings.parent() {
        Some(folder) if !path.starts_with("~/") => folder.join(path),
        _ => PathBuf::from(path),
    }
}

fn read_sync(section: Section<'_>) -> Result<SyncSettings> {
    section.allow(&[
        "requests_per_minute",
        "max_inactive_percent",
        "max_inactive_devices",
        "settle_seconds",
    ])?;
    let default = SyncSettings::default();
    let number = |key, range, default: u32| -> Result<u32> {
        let found = section.number(key, range)?;
        // Every range below ends within 32 bits.
        Ok(found.and_then(|found| u32::try_from(found.value).ok()).unwrap_or(default))
    };
    Ok(SyncSettings {
        requests_per_minute: number(
            "requests_per_minute",
            1..=i64::from(MOST_REQUESTS_PER_MINUTE),
            default.requests_per_minute,
        )?,
        guard: Guard {
            max_inactive_percent: number(
                "max_inactive_percent",
                0..=100,
                default.guard.max_inactive_percent,
            )?,
            max_inactive_devices: number(
                "max_inactive_devices",
                0..=1_000_000,
                default.guard.max_inactive_devices,
            )?,
        },
        settle: number("settle_seconds", 0..=3600, 60)
            .map(|seconds| Duration::from_secs(seconds.into()))?,
    })
}

fn read_history(section: Section<'_>) -> Result<HistorySettings> {
    section.allow(&["keep_days"])?;
    // The range ends within 32 bits.
    let days = section.number("keep_days", 90..=36_500)?.and_then(|n| u32::try_from(n.value).ok());
    Ok(days.map_or_else(HistorySettings::default, |keep_days| HistorySettings { keep_days }))
}

/// `"devices.retry" = ["r", "f5"]`, also spelled `devices.retry = "r"`.
fn read_keys<'a>(
    document: Document<'a>,
    value: &'a Spanned<DeValue<'a>>,
    above: &str,
) -> Result<Vec<KeyOverride>> {
    let section = Section::of(document, "[keys]", value, "\"devices.retry\" = [\"r\"]")?;
    let mut overrides = Vec::new();
    // The place of each is counted from the top, so that they must not be without number.
    const MOST: usize = 1000;
    let too_many = || section.error(format!("[keys] has more than {MOST} entries"));
    for (key, value) in section.entries() {
        let action = format!("{above}{}", key.value);
        match value.get_ref() {
            DeValue::Table(_) => {
                overrides.extend(read_keys(document, value, &format!("{action}."))?);
            }
            single => {
                let keys = match single.as_str() {
                    Some(name) if !name.is_empty() => vec![name.to_owned()],
                    _ => texts(document, "the action", value)?,
                };
                overrides.push(KeyOverride { action, keys, line: key.place().line });
            }
        }
        if overrides.len() > MOST {
            return Err(too_many());
        }
    }
    Ok(overrides)
}
