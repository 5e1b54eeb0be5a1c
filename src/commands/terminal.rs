//! What the terminal can show.

use crate::settings::process_env;
use std::ffi::OsString;

/// Whether symbols may be drawn in UTF-8: as the settings say, else as the locale.
pub fn draws_utf8(ascii: Option<bool>) -> bool {
    ascii.map_or_else(|| utf8(&process_env), |ascii| !ascii)
}

/// Whether the locale of the environment is a UTF-8 one. Source: POSIX, the first of LC_ALL, LC_CTYPE
/// and LANG that is set and not empty decides.
pub fn utf8(env: &dyn Fn(&str) -> Option<OsString>) -> bool {
    locale(env).is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// The locale for characters; `None` where the environment names none.
pub fn locale(env: &dyn Fn(&str) -> Option<OsString>) -> Option<String> {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| env(name))
        .find(|value| !value.is_empty())
        .map(|value| value.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> bool {
        utf8(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, v)| OsString::from(v)))
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        assert!(of(&[("LANG", "de_DE.UTF-8")]));
        assert!(of(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!of(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]));
        assert!(!of(&[]));
    }
}
