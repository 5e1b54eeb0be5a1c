//! The draft of a setup that was left midway, in the state folder. Its file is its owner's alone, and
//! holds a token or a key itself only by consent.

use super::draft::{Draft, Named, Step};
use super::rule::{ConditionDraft, RuleDraft};
use super::secret::{SecretDraft, SourceKind, looks_secret};
use crate::domain::{StatusId, TypeId};
use crate::log::redact;
use crate::private;
use crate::settings::write::write_private;
use crate::settings::{MAX_CONDITIONS, Region};
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
    let keep = draft.keep_secrets == Some(true);
    Stored {
        step: draft.step,
        addigy_url: draft.addigy_url.clone(),
        region: draft.region.map(|region| region.word().to_owned()),
        itglue_url: draft.itglue_url.clone(),
        token: stored_secret(&draft.token, keep),
        key: stored_secret(&draft.key, keep),
        active: draft.active.clone(),
        inactive: draft.inactive.clone(),
        default_type: draft.default_type.clone(),
        rules: draft
            .rules
            .iter()
            .map(|rule| StoredRule { when: rule.when.clone(), kind: rule.kind.clone() })
            .collect(),
    }
}

fn stored_secret(secret: &SecretDraft, keep: bool) -> StoredSecret {
    let value = secret.value.expose_secret();
    StoredSecret {
        source: secret.kind,
        env: harmless(&secret.env),
        file: harmless(&secret.file),
        command: harmless(&secret.command),
        value: (keep && !value.is_empty()).then(|| value.to_owned()),
    }
}

/// The text, unless a token seems to have slipped into it: consent is for its own field.
fn harmless(text: &str) -> String {
    match text.split_whitespace().any(looks_secret) {
        true => String::new(),
        false => text.to_owned(),
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
mod tests {
    use super::*;
    use crate::console::wizard::rule::Comparison;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;

    const SECRET: &str = "Dr4ft-of.Setup+Secret";

    fn full() -> Draft {
        let condition = ConditionDraft {
            fact: "device_name".into(),
            comparison: Comparison::StartsWith,
            value: "ki\"osk\\".into(),
        };
        let kind = Some(Named { id: TypeId::new(9), name: "Kiosk".into() });
        Draft {
            step: Step::Rules,
            token: SecretDraft { value: SECRET.into(), ..SecretDraft::default() },
            key: SecretDraft {
                kind: SourceKind::Command,
                command: "pass show 'it glue'".into(),
                value: SECRET.into(),
                ..SecretDraft::default()
            },
            region: Some(Region::Au),
            active: Some(Named { id: StatusId::new(1), name: "Active".into() }),
            rules: vec![RuleDraft { when: vec![condition], kind }],
            ..Draft::default()
        }
    }

    fn raw(folder: &Path) -> String {
        fs::read_to_string(path(folder)).unwrap()
    }

    #[test]
    fn a_draft_comes_back_and_keeps_secrets_only_by_consent() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("made");
        assert!(load(&dir).unwrap().is_none());
        let mut draft = full();
        for keep in [None, Some(false)] {
            draft.keep_secrets = keep;
            save(&dir, &draft).unwrap();
            assert!(!raw(&dir).contains(SECRET));
            let back = load(&dir).unwrap().unwrap();
            assert_eq!(back.key.command, draft.key.command);
            assert!(!back.holds_secrets());
        }
        draft.keep_secrets = Some(true);
        save(&dir, &draft).unwrap();
        assert_eq!(fs::metadata(path(&dir)).unwrap().mode() & 0o7777, 0o600);
        let back = load(&dir).unwrap().unwrap();
        assert_eq!(back.token.value.expose_secret(), SECRET);
        assert_eq!((back.step, back.region, back.rules), (Step::Rules, draft.region, draft.rules));
        assert_eq!((back.active, back.keep_secrets), (draft.active, Some(true)));
        remove(&dir).unwrap();
        remove(&dir).unwrap();
        assert!(load(&dir).unwrap().is_none());
    }

    #[test]
    fn a_token_in_the_wrong_field_is_not_kept_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        std::os::unix::fs::symlink(&elsewhere, path(folder.path())).unwrap();
        let mut draft = full();
        draft.keep_secrets = Some(true);
        draft.token.env = "adg1C4naryQw7Er5Ty3Ui1".into();
        draft.token.file = "ITG.wrong-field".into();
        draft.key.command = "echo ITG.wrong-field".into();
        save(folder.path(), &draft).unwrap();
        let text = raw(folder.path());
        assert!(!text.contains("C4nary") && !text.contains("wrong-field"), "{text}");
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
        assert!(fs::symlink_metadata(path(folder.path())).unwrap().is_file());
    }

    #[test]
    fn what_bindery_did_not_write_is_ignored_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let mut draft = full();
        draft.keep_secrets = Some(true);
        save(dir, &draft).unwrap();
        let good = raw(dir);
        let condition = "[[rules.when]]\nfact = \"a\"\ncomparison = \"equals\"\nvalue = \"\"\n";
        let too_many = format!("{good}[[rules]]\n{}", condition.repeat(6));
        let rules = "[[rules]]\nwhen = []\n".repeat(300);
        for text in [
            "",
            "x = 1",
            &format!("{good}x = 1\n"),
            &good.replace("\"au\"", "\"ca\""),
            &good.replace("id = 1", "id = 0"),
            &good.replace("rules", "step"),
            &good.replace(SECRET, "a\\u0007b"),
            &good.replace(SECRET, &format!("{SECRET}\n")),
            &too_many,
            &format!("{good}{rules}"),
            &" ".repeat(300_000),
        ] {
            assert!(text != good);
            fs::write(path(dir), text).unwrap();
            let why = load(dir).unwrap_err();
            assert!(why.contains("setup.draft.toml is ignored"), "{why}");
            assert!(!why.contains(SECRET), "{why}");
        }
        fs::write(path(dir), &good).unwrap();
        fs::set_permissions(path(dir), fs::Permissions::from_mode(0o620)).unwrap();
        assert!(load(dir).unwrap_err().contains("others than its owner"));
        fs::remove_file(path(dir)).unwrap();
        fs::create_dir(path(dir)).unwrap();
        assert!(load(dir).unwrap_err().contains("no plain file"));
    }

    #[test]
    fn text_of_a_draft_is_cleaned() {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = full();
        draft.rules[0].when[0].value = "\u{1b}[31mred\u{202e}".into();
        draft.itglue_url = "https://a\u{0}b".into();
        save(folder.path(), &draft).unwrap();
        let back = load(folder.path()).unwrap().unwrap();
        assert!(!back.rules[0].when[0].value.contains(['\u{1b}', '\u{202e}']));
        assert!(!back.itglue_url.contains('\u{0}'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_content_panics(at in any::<prop::sample::Index>(), slip in ".{0,6}", cut in 0usize..20) {
            let folder = tempfile::tempdir().unwrap();
            save(folder.path(), &full()).unwrap();
            let mut chars: Vec<char> = raw(folder.path()).chars().collect();
            let at = at.index(chars.len());
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, slip.chars());
            let text: String = chars.into_iter().collect();
            fs::write(path(folder.path()), text).unwrap();
            let _ = load(folder.path());
        }
    }
}
