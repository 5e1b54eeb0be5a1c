//! What is wrong with a theme file, in words for the person who wrote it.

use crate::text::{clean, clean_to};
use std::fmt;
use std::path::PathBuf;

/// A mistake in a theme file. The default stands in for what it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeProblem {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1, where the mistake has one.
    pub line: Option<usize>,
    /// What is wrong there, and what would be right.
    pub message: String,
}

impl fmt::Display for ThemeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", clean(&self.file.to_string_lossy()))?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A word of the file, fit to be repeated.
pub(super) fn quoted(word: &str) -> String {
    format!("`{}`", clean_to(word, 40))
}

/// What to do about an unknown word: the one probably meant, else all that are known.
pub(super) fn advice(word: &str, known: &[&str]) -> String {
    match crate::settings::nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}
