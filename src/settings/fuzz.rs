//! What must hold of the settings file and of the environment, whatever stands there.

use super::write::{Choices, compose};
use super::{Paths, PathsOptions, SecretSource, Settings, compile, origin, parse_address};
use crate::domain::Operator;
use crate::fuzz::{assert_visible, lossy};
use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::time::Duration;

const PATH: &str = "/etc/bindery/config.toml";

pub(crate) fn settings(bytes: &[u8]) {
    let text = lossy(bytes);
    let path = Path::new(PATH);
    let settings = match Settings::parse(&text, path) {
        Ok(settings) => settings,
        Err(error) => {
            let told = error.to_string();
            assert_visible(&told);
            assert!(told.chars().count() < 3000, "{} characters", told.chars().count());
            return;
        }
    };
    // Written with what it says, it says the same.
    let (addigy, itglue) = (&settings.addigy, &settings.itglue);
    let choices = Choices {
        enabled: !settings.enabled,
        addigy_url: addigy.url.clone(),
        token: addigy.token.clone(),
        region: itglue.region,
        itglue_url: itglue.url.clone(),
        key: itglue.key.clone(),
        active: itglue.active_status_id,
        inactive: itglue.inactive_status_id,
        default_type: itglue.default_type_id,
        rules: itglue.conditional_types.clone(),
        statuses: Vec::new(),
        types: Vec::new(),
    };
    match compose(path, Some(&text), &choices) {
        Ok(text) => {
            let again = Settings::parse(&text, path).unwrap();
            assert_eq!(again.enabled, !settings.enabled);
            assert_eq!(again.keys.len(), settings.keys.len());
            assert_eq!(again.theme, settings.theme);
            assert_eq!(again.itglue.conditional_types, settings.itglue.conditional_types);
        }
        Err(error) => assert_visible(&error.to_string()),
    }
}

pub(crate) fn pattern(bytes: &[u8]) {
    let text = lossy(bytes);
    match compile(&text) {
        Ok(regex) => {
            let operator = Operator::Matches(regex);
            let _ = format!("{operator:?}");
        }
        Err(why) => assert_visible(&why),
    }
}

/// What stands in an environment variable, or in the file or the output that is asked for a secret.
pub(crate) fn secret(bytes: &[u8]) {
    let source = SecretSource::Env("ADDIGY_TOKEN".to_owned());
    let value: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let env = |_: &str| Some(OsString::from_vec(value.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    if let Err(error) = runtime.block_on(source.read_within(Duration::from_secs(5), &env)) {
        let told = error.to_string();
        assert_visible(&told);
        let text = lossy(&value);
        assert!(text.trim().len() < 8 || !told.contains(text.trim()), "the secret is told");
    }
}

pub(crate) fn environment(bytes: &[u8]) {
    let values: Vec<OsString> =
        bytes.split(|byte| *byte == 0).map(|value| OsString::from_vec(value.to_vec())).collect();
    let env = |name: &str| {
        let names = ["LOGNAME", "SSH_CONNECTION", "BINDERY_PROFILE", "HOME", "BINDERY_CONFIG"];
        values.get(names.iter().position(|known| *known == name)?).cloned()
    };
    let origin = origin(&env);
    for text in [&origin.who, &origin.host, &origin.version] {
        assert_visible(text);
        assert!(text.chars().count() < 130, "{text}");
    }
    match Paths::resolve(PathsOptions::default(), &env) {
        Ok(paths) => {
            let names: HashSet<&str> = paths.profile.iter().map(String::as_str).collect();
            assert!(!names.contains("..") && names.iter().all(|name| !name.contains('/')));
            names.into_iter().for_each(assert_visible);
        }
        Err(error) => assert_visible(&error.to_string()),
    }
    if let Ok(url) = parse_address(&lossy(bytes)) {
        assert!(url.scheme() == "https" || url.host_str().is_some());
    }
}
