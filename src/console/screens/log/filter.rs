//! What the log is filtered for: `level:warn addigy` are warnings and worse that tell of Addigy.

use super::tail::{Level, LogLine};
use crate::console::widgets::filter::complete_last;

/// Words that must all hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    texts: Vec<String>,
    worst: Option<Level>,
}

impl Filter {
    /// Reads it. A level that is not written out to its end counts as soon as it is clear.
    pub fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        for word in text.to_lowercase().split_whitespace() {
            match word.strip_prefix("level:") {
                Some(word) => filter.worst = level(word).or(filter.worst),
                None => filter.texts.push(word.to_owned()),
            }
        }
        filter
    }

    /// Whether it hits the line.
    pub fn hits(&self, line: &LogLine) -> bool {
        let level = self.worst.is_none_or(|worst| line.level.is_some_and(|level| level <= worst));
        level && (self.texts.is_empty() || self.texts_hit(line))
    }

    fn texts_hit(&self, line: &LogLine) -> bool {
        let (message, target) = (line.message.to_lowercase(), line.target.to_lowercase());
        self.texts.iter().all(|text| message.contains(text) || target.contains(text))
    }
}

fn level(word: &str) -> Option<Level> {
    let begins = |level: &Level| level.word().to_lowercase().starts_with(word);
    Level::ALL.into_iter().find(|level| !word.is_empty() && begins(level))
}

/// Completes the word at the end.
pub fn complete(text: &str) -> Option<String> {
    complete_last(text, |word| match word.strip_prefix("level:") {
        Some("") => Some("level:warn".to_owned()),
        Some(word) => Some(format!("level:{}", level(word)?.word().to_lowercase())),
        None => "level:".starts_with(word).then(|| "level:".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(filter: &str) -> bool {
        let line = "2026-06-01T08:00:00Z  WARN bindery::addigy: Sweep was cut short";
        Filter::parse(filter).hits(&LogLine::parse((0, 0), line))
    }

    #[test]
    fn a_level_means_that_and_worse() {
        assert!(hits("level:warn") && hits("level:info") && hits("level:w") && hits("level:"));
        assert!(!hits("level:error") && !hits("level:e"));
    }

    #[test]
    fn all_words_must_hit() {
        assert!(hits("sweep ADDIGY") && hits("level:warn cut"));
        assert!(!hits("sweep itglue"));
    }

    #[test]
    fn words_are_completed() {
        assert_eq!(complete("x le").as_deref(), Some("x level:"));
        assert_eq!(complete("level:").as_deref(), Some("level:warn"));
        assert_eq!(complete("level:er").as_deref(), Some("level:error"));
        assert_eq!(complete("level:zz"), None);
        assert_eq!(complete("sweep"), None);
    }
}
