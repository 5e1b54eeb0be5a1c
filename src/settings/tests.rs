//! The settings file as a whole: what it says, and how its mistakes are told.

use super::*;
use crate::domain::Operator;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

const SECRET: &str = "Vt9-settings.Test+Secret";

const FULL: &str = r##"
enabled = true
theme = "light"
ascii = true
mouse = true

[addigy]
url = "http://127.0.0.1:9001"
token = { env = "ADDIGY_TOKEN" }

[itglue]
region = "eu"
key = { command = ["pass", "show", "itglue"] }
active_status_id = 101
inactive_status_id = 102
default_type_id = 9007199254740993

[[itglue.conditional_types]]
when = [{ fact = "device_model_name", contains = "iPad" }, { fact = "os_version", is_not_empty = true }]
type_id = 202

[[itglue.conditional_types]]
when = [{ fact = "device_name", matches = "^kiosk-[0-9]+$" }]
type_id = 203

[sync]
requests_per_minute = 60
max_inactive_percent = 10
max_inactive_devices = 3
settle_seconds = 5

[keys]
"devices.retry" = ["r", "f5"]
policies.sync = "s"

[history]
keep_days = 120
"##;

const LEAST: &str =
    "[addigy]\ntoken = { env = \"A\" }\n[itglue]\nregion = \"us\"\nkey = { file = \"key\" }\n";

fn parse(text: &str) -> Result<Settings, SettingsError> {
    Settings::parse(text, Path::new("/etc/bindery/config.toml"))
}

/// The message for a file that is the full one with a replacement in it.
fn mistake(from: &str, to: &str) -> String {
    assert!(FULL.contains(from), "{from}");
    parse(&FULL.replace(from, to)).unwrap_err().to_string()
}

fn written(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    (dir, path)
}

#[test]
fn everything_is_read() {
    let settings = parse(FULL).unwrap();
    assert!(settings.enabled && settings.mouse);
    assert_eq!((settings.theme.as_deref(), settings.ascii), (Some("light"), Some(true)));
    assert_eq!(settings.addigy.url.as_str(), "http://127.0.0.1:9001/");
    assert_eq!(settings.itglue.region, Some(Region::Eu));
    assert_eq!(settings.itglue.url.as_str(), "https://api.eu.itglue.com/");
    assert_eq!(settings.sync.requests_per_minute, 60);
    assert_eq!(settings.sync.settle, Duration::from_secs(5));
    assert_eq!(settings.history.keep(), jiff::SignedDuration::from_hours(24 * 120));
    assert_eq!(settings.keys[0].action, "devices.retry");
    assert_eq!(settings.keys[0].keys, ["r", "f5"]);
    assert_eq!(settings.keys[1].action, "policies.sync");
    assert_eq!(settings.keys[1].line, 34);

    let rules = settings.rules().unwrap();
    assert_eq!((rules.active.get(), rules.inactive.get()), (101, 102));
    assert_eq!(rules.default_type.get(), 9_007_199_254_740_993);
    assert_eq!(rules.guard.max_inactive_percent, 10);
    assert_eq!(rules.guard.max_inactive_devices, 3);
    let [ipads, kiosks] = rules.conditional_types.as_slice() else { panic!() };
    assert!(matches!(&ipads.when[0].operator, Operator::Contains(text) if text == "iPad"));
    assert!(matches!(ipads.when[1].operator, Operator::IsNotEmpty));
    assert_eq!(ipads.type_id.get(), 202);
    assert!(matches!(&kiosks.when[0].operator, Operator::Matches(p) if p.is_match("KIOSK-7")));
}

#[test]
fn silence_means_the_defaults() {
    let settings = parse(LEAST).unwrap();
    assert!(!settings.enabled && !settings.mouse);
    assert_eq!((settings.theme.as_deref(), settings.ascii), (None, None));
    assert_eq!(settings.addigy.url.as_str(), "https://api.addigy.com/");
    assert_eq!(settings.sync.requests_per_minute, 540);
    assert_eq!(settings.sync.guard.max_inactive_percent, 20);
    assert_eq!(settings.sync.guard.max_inactive_devices, 5);
    assert_eq!(settings.sync.settle, Duration::from_secs(60));
    assert_eq!(settings.history.keep_days, 400);
    assert!(
        matches!(&settings.itglue.key, SecretSource::File(path) if path == Path::new("/etc/bindery/key"))
    );
    let error = settings.rules().unwrap_err().to_string();
    assert!(
        error.contains("itglue.active_status_id") && error.contains("bindery setup"),
        "{error}"
    );
}

#[test]
fn every_operator_is_known() {
    for operator in [
        "equals = \"a\"",
        "is_not = \"a\"",
        "contains = \"a\"",
        "starts_with = \"a\"",
        "ends_with = \"a\"",
        "matches = \"a\"",
        "is_empty = true",
        "is_not_empty = true",
    ] {
        parse(&FULL.replace("contains = \"iPad\"", operator)).unwrap();
    }
}

#[test]
fn mistakes_name_place_and_remedy() {
    for (from, to, parts) in [
        ("theme =", "them =", &["line 3, column 1", "`them`", "did you mean `theme`"] as &[_]),
        ("mouse = true", "mouse = 1", &["line 5, column 9", "true or false", "a whole number"]),
        ("settle_seconds", "settle_second", &["line 30", "[sync]", "`settle_seconds`"]),
        ("= 120\n", "= 30\n", &["line 37", "from 90 to 36500"]),
        ("keep_days", "keep_day", &["line 37", "[history]", "`keep_days`"]),
        ("[history]", "[histroy]", &["line 36", "did you mean `history`"]),
        ("= 60\n", "= 601\n", &["line 27", "from 1 to 600"]),
        ("= 60\n", "= 0\n", &["from 1 to 600"]),
        ("= 60\n", "= 99999999999999999999\n", &["from 1 to 600"]),
        ("percent = 10", "percent = 101", &["from 0 to 100"]),
        ("percent = 10", "percent = -1", &["from 0 to 100"]),
        ("percent = 10", "percent = 1.5", &["a whole number", "a broken number"]),
        ("= 102", "= 101", &["line 15, column 22", "the same as `active_status_id`"]),
        ("= 102", "= 0", &["1 or more"]),
        ("\"eu\"", "\"ca\"", &["line 12, column 10", "\"us\", \"eu\" or \"au\""]),
        ("region", "url = \"https://api.itglue.com\"\nregion", &["line 13", "keep one"]),
        ("region = \"eu\"", "", &["line 11", "lacks `region`"]),
        ("http://127.0.0.1:9001", "http://api.addigy.com", &["line 8, column 7", "https://"]),
        ("contains =", "contain =", &["line 19", "a condition", "`contains`"]),
        (", contains = \"iPad\"", "", &["exactly one of equals, is_not"]),
        ("contains = \"iPad\"", "contains = \"\"", &["`contains` is empty"]),
        ("contains = \"iPad\"", "equals = \"a\", contains = \"iPad\"", &["exactly one of"]),
        ("is_not_empty = true", "is_not_empty = false", &["can only be true", "`is_empty`"]),
        ("^kiosk-[0-9]+$", "(kiosk", &["line 23", "regular expression", "unclosed group"]),
        ("type_id = 202", "", &["line 18", "lacks `type_id`"]),
        ("\"f5\"", "5", &["line 33", "list of texts"]),
        ("enabled = true", "enabled = true\nenabled = false", &["line 3", "duplicate key"]),
        ("enabled = true", "enabled = ", &["line 2"]),
        ("env = \"ADDIGY_TOKEN\"", "", &["line 9", "`token` wants exactly one source"]),
        ("[\"pass\", \"show\", \"itglue\"]", "\"pass show itglue\"", &["line 13", "list of texts"]),
        ("[addigy]", "[adigy]", &["line 7", "did you mean `addigy`"]),
    ] {
        let message = mistake(from, to);
        assert!(message.starts_with("/etc/bindery/config.toml, line"), "{message}");
        for part in parts {
            assert!(message.contains(part), "{to}: {message} lacks {part}");
        }
    }
}

#[test]
fn the_first_mistake_in_the_file_is_told() {
    let message = parse("zebra = 1\nant = 2\n").unwrap_err().to_string();
    assert!(message.contains("line 1") && message.contains("`zebra`"), "{message}");
}

#[test]
fn a_condition_list_has_one_to_five() {
    let one = "{ fact = \"device_name\", matches = \"^kiosk-[0-9]+$\" }";
    assert!(mistake(one, "").contains("one to five conditions, not 0"));
    assert!(parse(&FULL.replace(one, &[one; 5].join(", "))).is_ok());
    assert!(mistake(one, &[one; 6].join(", ")).contains("one to five conditions, not 6"));
}

#[test]
fn a_missing_file_leads_to_the_wizard() {
    let error = Settings::load(Path::new("/nonexistent/config.toml")).unwrap_err();
    assert!(matches!(error, SettingsError::Missing { .. }));
    let message = error.to_string();
    assert!(message.contains("`bindery setup`") && message.contains("`bindery demo`"));
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Settings::load(dir.path()), Err(SettingsError::Unreadable { .. })));
    assert!(parse("").unwrap_err().to_string().contains("lacks `[addigy]`"));
}

#[test]
fn modes_are_checked() {
    let inline = LEAST.replace("env = \"A\"", &format!("value = \"{SECRET}\""));
    for (text, mode, fine) in [
        (LEAST, 0o644, true),
        (LEAST, 0o666, false),
        (LEAST, 0o664, false),
        (&inline, 0o600, true),
        (&inline, 0o604, false),
        (&inline, 0o644, false),
    ] {
        let (_dir, path) = written(text, mode);
        match Settings::load(&path) {
            Ok(_) => assert!(fine, "{mode:o}"),
            Err(error) => {
                assert!(!fine, "{mode:o} {error}");
                assert!(error.to_string().contains("chmod 600"), "{error}");
                assert!(!error.to_string().contains(SECRET));
            }
        }
    }
}

#[test]
fn what_is_no_text_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    fs::write(&path, b"enabled = true\ntheme = \"\xff\"").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let message = Settings::load(&path).unwrap_err().to_string();
    assert!(message.contains("line 2, column 10") && message.contains("UTF-8"), "{message}");
}

#[test]
fn a_secret_in_a_wrong_place_is_not_shown() {
    for (from, to) in [
        ("{ env = \"ADDIGY_TOKEN\" }", "\"SECRET\""),
        ("{ env = \"ADDIGY_TOKEN\" }", "SECRET"),
        ("{ env = \"ADDIGY_TOKEN\" }", "{ \"SECRET\" = true }"),
        ("{ env = \"ADDIGY_TOKEN\" }", "{ value = SECRET }"),
        ("{ env = \"ADDIGY_TOKEN\" }", "{ value = \"SECRET }"),
        ("{ env = \"ADDIGY_TOKEN\" }", "{ value = [\"SECRET\"] }"),
        ("env = \"ADDIGY_TOKEN\"", "env = \"SECRET\""),
        ("env = \"ADDIGY_TOKEN\"", "env = \"A\", value = \"SECRET\""),
        ("http://127.0.0.1:9001", "SECRET"),
        ("\"eu\"", "\"SECRET\""),
        ("enabled = true", "enabled = \"SECRET\""),
        ("enabled = true", "\"SECRET\" = true"),
        ("\"light\"", "SECRET"),
    ] {
        let error = parse(&FULL.replace(from, &to.replace("SECRET", SECRET))).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{to}: {error:?}");
    }
}

#[test]
fn settings_hide_their_secrets_in_debug_output() {
    let settings = parse(&LEAST.replace("env = \"A\"", &format!("value = \"{SECRET}\""))).unwrap();
    assert!(!format!("{settings:?}").contains(SECRET));
    let SecretSource::Value(value) = &settings.addigy.token else { panic!() };
    assert_eq!(value.expose_secret(), SECRET);
    assert_eq!(crate::log::redact::apply(SECRET), crate::log::redact::MARK);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    /// A good file with a few characters taken out, put in or doubled anywhere.
    #[test]
    fn no_slip_of_the_pen_shows_a_secret(
        slips in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}=\"'.,#\n a-z0]{0,2}", 0usize..3), 1..5),
    ) {
        let mut text = FULL
            .replace("env = \"ADDIGY_TOKEN\"", &format!("value = \"{SECRET}\""))
            .replace("command = [\"pass\", \"show\", \"itglue\"]", &format!("value = \"{SECRET}\""));
        for (at, put, take) in slips {
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len());
            let end = (at + take).min(chars.len());
            chars.splice(at..end, put.chars());
            text = chars.into_iter().collect();
        }
        if let Err(error) = parse(&text) {
            let shown = format!("{error} {error:?}");
            // A slip may fall into the secret; no half of it may be shown either.
            for half in ["Vt9-sett", "Test+Sec"] {
                prop_assert!(!shown.contains(half), "{}", shown);
            }
        }
    }
}
