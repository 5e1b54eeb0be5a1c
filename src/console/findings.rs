//! What `bindery doctor` tells of the console: what the terminal can do, and what is wrong with the
//! settings' keys and theme.

use super::keymap::Keymap;
use super::terminal::draws_hyperlinks;
use super::theme::{Depth, Theme};
use super::theme_folder;
use crate::commands::doctor::Finding;
use crate::settings::{Env, Paths, Settings, process_env};

/// Looks at the terminal, and at what the settings say of keys and theme.
pub fn findings(settings: Option<&Settings>, paths: &Paths) -> Vec<Finding> {
    let mut findings = vec![terminal(&process_env)];
    if let Some(settings) = settings {
        findings.push(keys(settings));
        findings.push(theme(settings, paths));
    }
    findings
}

fn terminal(env: Env<'_>) -> Finding {
    let colours = match Depth::detect(env) {
        Depth::None => "no colours",
        Depth::Ansi16 => "16 colours",
        Depth::Ansi256 => "256 colours",
        Depth::TrueColor => "all colours",
    };
    let links = match draws_hyperlinks(env) {
        true => "links can be clicked",
        false => "links are shown as text, for this terminal does not say that it draws them",
    };
    let clipboard = match env("TMUX").is_some() {
        true => "copying goes through tmux (OSC 52), where it has set-clipboard on",
        false => "copying goes to the terminal's clipboard (OSC 52), where that allows it",
    };
    Finding::fine("console", format!("{colours}; {links}; {clipboard}"))
}

fn keys(settings: &Settings) -> Finding {
    let count = settings.keys.len();
    match Keymap::with(&settings.keys) {
        Ok(_) if count == 0 => Finding::fine("keys", "the built-in ones"),
        Ok(_) => Finding::fine("keys", format!("{count} of your own, and none clashes")),
        Err(problems) => {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Finding::wrong(
                "keys",
                format!("[keys] can't stand so: {}", told.join("; ")),
                format!(
                    "correct it in {}; the console does not open before",
                    settings.path.display()
                ),
            )
        }
    }
}

fn theme(settings: &Settings, paths: &Paths) -> Finding {
    let Some(name) = &settings.theme else {
        return Finding::fine("theme", "none is named: dark or light, as the terminal's ground is");
    };
    let folder = theme_folder(paths);
    let (theme, problems) = Theme::load(name, &folder, Depth::TrueColor);
    match problems.first() {
        None => Finding::fine("theme", theme.name().to_owned()),
        Some(first) => {
            let more = match problems.len() {
                1 => String::new(),
                count => format!(", and {} more", count - 1),
            };
            Finding::odd(
                "theme",
                format!("{first}{more}"),
                "correct the file, or choose another theme: :theme in the console",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;
    use std::ffi::OsString;

    #[test]
    fn the_terminal_is_told_as_it_is() {
        let of = |pairs: &[(&str, &str)]| {
            terminal(&|name: &str| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
            })
            .message
        };
        let kitty = of(&[("TERM", "xterm-kitty")]);
        assert!(
            kitty.starts_with("all colours; links can be clicked; copying goes to the"),
            "{kitty}"
        );
        let tmux = of(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/x")]);
        assert!(tmux.starts_with("256 colours; links are shown as text"), "{tmux}");
        assert!(tmux.contains("through tmux"), "{tmux}");
    }

    #[test]
    fn a_key_that_clashes_and_a_theme_that_is_not_there_are_told() {
        let shared = testing::shared();
        let mut settings = testing::settings();
        assert!(keys(&settings).next.is_none() && theme(&settings, &shared.paths).next.is_none());
        settings.keys = vec![crate::settings::KeyOverride {
            action: "global.reread".into(),
            keys: vec!["q".into()],
            line: 7,
        }];
        settings.theme = Some("nowhere".into());
        let keys = keys(&settings);
        assert!(keys.fails && keys.message.contains("line 7"), "{keys:?}");
        let theme = theme(&settings, &shared.paths);
        assert!(!theme.fails && theme.message.contains("nowhere"), "{theme:?}");
    }
}
