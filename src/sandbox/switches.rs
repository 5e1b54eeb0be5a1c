//! Where the facts on a service are unknown or vary, a switch decides how the sandbox behaves.

use super::addigy::switches::AddigySwitches;
use super::itglue::switches::ItGlueSwitches;
pub use super::itglue::switches::SwitchHelp;

/// All switches of both services.
#[derive(Debug, Clone, Default)]
pub struct Switches {
    /// Addigy's.
    pub addigy: AddigySwitches,
    /// IT Glue's.
    pub itglue: ItGlueSwitches,
}

impl Switches {
    /// Sets one switch from `NAME=VALUE`.
    ///
    /// # Errors
    /// A sentence that lists the known names, or the values the switch takes.
    pub fn set(&mut self, setting: &str) -> Result<(), String> {
        let (name, value) = split(setting)?;
        match name.split_once('-') {
            Some(("addigy", _)) => self.addigy.set(name, value),
            _ => self.itglue.set(name, value),
        }
    }

    /// Every switch, Addigy's first.
    pub fn describe() -> Vec<SwitchHelp> {
        let mut all = AddigySwitches::describe();
        all.extend(ItGlueSwitches::describe());
        all
    }
}

/// Takes `NAME=VALUE` apart and knows the name.
fn split(setting: &str) -> Result<(&str, &str), String> {
    let (name, value) = setting
        .split_once('=')
        .ok_or_else(|| format!("'{setting}' is no NAME=VALUE, such as addigy-largest-page=500"))?;
    let (name, value) = (name.trim(), value.trim());
    let known: Vec<&str> = Switches::describe().iter().map(|help| help.name).collect();
    if known.contains(&name) {
        return Ok((name, value));
    }
    Err(format!("there is no switch '{name}'; the switches are {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        let error = Switches::default().set("addigy-largest=500").unwrap_err();
        assert!(error.contains("addigy-largest-page"), "{error}");
        let error = Switches::default().set("addigy-largest-page=7").unwrap_err();
        assert!(error.contains("500"), "{error}");
        assert!(Switches::default().set("nonsense").is_err());
    }

    #[test]
    fn defaults_can_be_set_and_names_are_unique() {
        let all = Switches::describe();
        for help in &all {
            assert!(
                help.name.starts_with("addigy-") || help.name.starts_with("itglue-"),
                "{}",
                help.name
            );
            assert_eq!(all.iter().filter(|other| other.name == help.name).count(), 1);
            let mut switches = Switches::default();
            let setting = format!("{}={}", help.name, help.default);
            assert_eq!(switches.set(&setting), Ok(()), "{setting}");
        }
    }
}
