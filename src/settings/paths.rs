//! Where the settings file, the state and the logs lie, and under which profile.

use super::Env;
use crate::text::clean;
use std::path::PathBuf;

/// The profile of those who name none.
const DEFAULT: &str = "default";

/// What the command line says of paths.
#[derive(Debug, Clone, Default)]
pub struct PathsOptions {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--state-dir`
    pub state_dir: Option<PathBuf>,
}

/// Where everything of a profile lies. Nothing is created or checked here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The settings file.
    pub config_file: PathBuf,
    /// The folder of `state.db` and of the locks.
    pub state_dir: PathBuf,
    /// The folder of the logs, in the state's.
    pub log_dir: PathBuf,
    /// The profile; `None` for the default one.
    pub profile: Option<String>,
}

impl Paths {
    /// Takes the command line before the environment, and that before the usual folders.
    ///
    /// Reads BINDERY_CONFIG, BINDERY_PROFILE, BINDERY_STATE_DIR, XDG_CONFIG_HOME, XDG_STATE_HOME and
    /// HOME. A profile has a folder of its own in a named state folder too, so that two accounts never
    /// share a state by mistake.
    pub fn resolve(options: PathsOptions, env: Env<'_>) -> Result<Self, PathsError> {
        let path = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let profile = match options.profile {
            Some(name) => Some(name),
            None => path("BINDERY_PROFILE")
                .map(|name| name.into_os_string().into_string())
                .transpose()
                .map_err(|name| PathsError::Profile(clean(&name.to_string_lossy())))?,
        };
        let profile = profile.map(checked).transpose()?.filter(|name| name != DEFAULT);
        // Source: XDG Base Directory Specification; a relative folder there is to be ignored.
        let base = |variable: &str, below_home: &str| {
            path(variable)
                .filter(|folder| folder.is_absolute())
                .or_else(|| path("HOME").map(|home| home.join(below_home)))
                .map(|folder| folder.join("bindery"))
        };

        let config_file = options
            .config
            .or_else(|| path("BINDERY_CONFIG"))
            .or_else(|| {
                let name = match &profile {
                    Some(profile) => format!("config.{profile}.toml"),
                    None => "config.toml".to_owned(),
                };
                base("XDG_CONFIG_HOME", ".config").map(|folder| folder.join(name))
            })
            .ok_or(PathsError::NoConfigFolder)?;
        let state_dir = match options.state_dir.or_else(|| path("BINDERY_STATE_DIR")) {
            Some(folder) => match &profile {
                Some(profile) => folder.join(profile),
                None => folder,
            },
            None => base("XDG_STATE_HOME", ".local/state")
                .ok_or(PathsError::NoStateFolder)?
                .join(profile.as_deref().unwrap_or(DEFAULT)),
        };
        Ok(Self { config_file, log_dir: state_dir.join("logs"), state_dir, profile })
    }
}

/// A profile's name becomes a part of file names, so it is held to letters, digits, `-`, `_` and `.`.
fn checked(name: String) -> Result<String, PathsError> {
    let fine = !name.is_empty()
        && name.len() <= 64
        && !name.starts_with(['.', '-'])
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fine { Ok(name) } else { Err(PathsError::Profile(clean(&name))) }
}

/// Why the paths can't be told.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    /// The name would not do as a part of a file name.
    #[error(
        "`{0}` can't be a profile: use letters, digits, `-`, `_` and `.`, beginning with a letter, a \
         digit or `_`, at most 64 bytes"
    )]
    Profile(String),
    /// Neither XDG_CONFIG_HOME nor HOME is set.
    #[error(
        "the settings file can't be found: neither HOME nor XDG_CONFIG_HOME is set. Name it with \
         --config FILE or BINDERY_CONFIG"
    )]
    NoConfigFolder,
    /// Neither XDG_STATE_HOME nor HOME is set.
    #[error(
        "there is no folder for the state: neither HOME nor XDG_STATE_HOME is set. Name one with \
         --state-dir DIR or BINDERY_STATE_DIR"
    )]
    NoStateFolder,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn resolve(options: PathsOptions, env: &[(&str, &str)]) -> Result<Paths, PathsError> {
        Paths::resolve(options, &|name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
    }

    fn profile(name: &str) -> PathsOptions {
        PathsOptions { profile: Some(name.into()), ..Default::default() }
    }

    #[test]
    fn home_is_the_usual_place() {
        let paths = resolve(PathsOptions::default(), &[("HOME", "/home/ana")]).unwrap();
        assert_eq!(paths.config_file, PathBuf::from("/home/ana/.config/bindery/config.toml"));
        assert_eq!(paths.state_dir, PathBuf::from("/home/ana/.local/state/bindery/default"));
        assert_eq!(paths.log_dir, PathBuf::from("/home/ana/.local/state/bindery/default/logs"));
        assert_eq!(paths.profile, None);
    }

    #[test]
    fn xdg_folders_go_before_home_unless_relative() {
        let env = &[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "s")];
        let paths = resolve(profile("acme"), env).unwrap();
        assert_eq!(paths.config_file, PathBuf::from("/c/bindery/config.acme.toml"));
        assert_eq!(paths.state_dir, PathBuf::from("/h/.local/state/bindery/acme"));
    }

    #[test]
    fn options_go_before_the_environment() {
        let env = &[
            ("BINDERY_CONFIG", "/e/c.toml"),
            ("BINDERY_PROFILE", "env"),
            ("BINDERY_STATE_DIR", "/e/state"),
        ];
        let paths = resolve(PathsOptions::default(), env).unwrap();
        assert_eq!(paths.config_file, PathBuf::from("/e/c.toml"));
        assert_eq!(paths.state_dir, PathBuf::from("/e/state/env"));
        let options = PathsOptions {
            config: Some("/o/c.toml".into()),
            profile: Some("default".into()),
            state_dir: Some("/o/state".into()),
        };
        let paths = resolve(options, env).unwrap();
        assert_eq!(paths.config_file, PathBuf::from("/o/c.toml"));
        assert_eq!(paths.state_dir, PathBuf::from("/o/state"));
        assert_eq!(paths.profile, None);
    }

    #[test]
    fn a_profile_is_no_path() {
        for name in ["", "a/b", "..", ".", "a\\b", "a\nb", "-x", "a b", "\u{202e}a"] {
            let refused = resolve(profile(name), &[("HOME", "/h")]);
            assert!(matches!(refused, Err(PathsError::Profile(_))), "{name:?}");
        }
        assert!(resolve(profile("Büro-2.eu"), &[("HOME", "/h")]).is_ok());
    }

    #[test]
    fn without_home_the_options_are_named() {
        let error = resolve(PathsOptions::default(), &[("HOME", "")]).unwrap_err();
        assert!(error.to_string().contains("--config"), "{error}");
        let options = PathsOptions { config: Some("/c".into()), ..Default::default() };
        let error = resolve(options, &[]).unwrap_err();
        assert!(error.to_string().contains("--state-dir"), "{error}");
    }
}
