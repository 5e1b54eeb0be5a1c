//! What the history is filtered for: `globex who:cron kind:sync outcome:failed`.

use super::rows::Entry;
use crate::console::widgets::filter::{complete_last, going_on};

/// Words that must all hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<(Field, String)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Any,
    Who,
    Kind,
    Outcome,
}

const FIELDS: [(&str, Field); 3] =
    [("who:", Field::Who), ("kind:", Field::Kind), ("outcome:", Field::Outcome)];
const KINDS: [&str; 5] = ["sync", "undo", "unlink", "link", "inherit"];
const OUTCOMES: [&str; 8] =
    ["done", "pending", "withheld", "busy", "cancelled", "failed", "running", "stopped"];

impl Filter {
    /// Reads it.
    pub fn parse(text: &str) -> Self {
        let text = text.to_lowercase();
        let words = text.split_whitespace().map(|word| {
            let field =
                FIELDS.iter().find_map(|(key, field)| Some((*field, word.strip_prefix(key)?)));
            let (field, word) = field.unwrap_or((Field::Any, word));
            (field, word.to_owned())
        });
        Self(words.collect())
    }

    /// Whether it hits the entry.
    pub fn hits(&self, entry: &Entry) -> bool {
        self.0.iter().all(|(field, word)| {
            let has = |text: &str| text.to_lowercase().contains(word.as_str());
            let who = || has(&entry.who) || has(&entry.host);
            match field {
                Field::Who => who(),
                Field::Kind => entry.kind.starts_with(word.as_str()),
                Field::Outcome => entry.standing.word().starts_with(word.as_str()),
                Field::Any => {
                    let number = matches!(entry.key, super::rows::Key::Run(id)
                        if id.to_string() == *word);
                    number || who() || has(&entry.policies) || has(&entry.did)
                }
            }
        })
    }
}

/// Completes the word at the end.
pub fn complete(text: &str) -> Option<String> {
    let values = |key: &str| match key {
        "kind" => KINDS.to_vec(),
        "outcome" => OUTCOMES.to_vec(),
        _ => Vec::new(),
    };
    complete_last(text, |word| going_on(word, &FIELDS.map(|(key, _)| key), values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::screens::history::rows::entries;
    use crate::console::testing;

    fn hits(filter: &str) -> bool {
        let entries = entries(&testing::snapshot());
        Filter::parse(filter).hits(&entries[0])
    }

    #[test]
    fn all_words_must_hit() {
        assert!(hits("") && hits("41") && hits("CREATED") && hits("4 policies"));
        assert!(hits("who:cron") && hits("who:jump1 kind:sync outcome:pend"));
        assert!(!hits("4") || hits("4 policies"));
        assert!(!hits("who:ana") && !hits("kind:undo") && !hits("outcome:done"));
    }

    #[test]
    fn words_are_completed() {
        assert_eq!(complete("x w").as_deref(), Some("x who:"));
        assert_eq!(complete("kind:un").as_deref(), Some("kind:undo"));
        assert_eq!(complete("outcome:st").as_deref(), Some("outcome:stopped"));
        assert_eq!(complete("who:a"), None);
    }
}
