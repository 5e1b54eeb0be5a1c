//! Which rows of the tree are shown: what is folded is hidden, what a filter hits keeps its ancestors.

use crate::commands::overview::{PolicyOverview, State};
use crate::console::widgets::filter::{complete_last, going_on};
use crate::domain::{PendingReason, PolicyId};
use std::collections::BTreeSet;

/// What is filtered for: words that must all hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// In the policy's own name, or its organization's.
    Text(String),
    State(String),
    Organization(String),
    Reason(String),
}

/// The words that can be completed.
const KEYS: [&str; 3] = ["state:", "org:", "reason:"];
const STATES: [&str; 3] = ["linked", "attention", "not_linked"];

impl Filter {
    /// Reads `acme state:attention org:globex reason:ambiguous`.
    pub fn parse(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| {
            let word = word.to_lowercase();
            let after = |key: &str| word.strip_prefix(key).map(str::to_owned);
            if let Some(state) = after("state:") {
                Word::State(state)
            } else if let Some(name) = after("org:") {
                Word::Organization(name)
            } else if let Some(reason) = after("reason:") {
                Word::Reason(reason)
            } else {
                Word::Text(word)
            }
        });
        Self { words: words.collect() }
    }

    /// Whether everything hits.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether it hits the policy.
    pub fn hits(&self, row: &PolicyOverview) -> bool {
        let organization =
            row.organization.as_ref().map_or_else(String::new, |o| o.name.to_lowercase());
        self.words.iter().all(|word| match word {
            Word::Text(text) => {
                row.policy.name.to_lowercase().contains(text) || organization.contains(text)
            }
            Word::State(state) => row.state.word().starts_with(state.as_str()),
            Word::Organization(name) => !organization.is_empty() && organization.contains(name),
            Word::Reason(reason) => {
                row.pending.iter().any(|p| p.reason.word().contains(reason.as_str()))
            }
        })
    }
}

/// Completes the word at the end of a filter, as far as there is only one way to go on.
pub fn complete(text: &str) -> Option<String> {
    let values = |key: &str| match key {
        "state" => STATES.to_vec(),
        "reason" => PendingReason::ALL.iter().map(|reason| reason.word()).collect(),
        _ => Vec::new(),
    };
    complete_last(text, |word| going_on(word, &KEYS, values))
}

/// The rows to show, as places in `rows`.
pub fn shown(
    rows: &[PolicyOverview],
    folded: &BTreeSet<PolicyId>,
    filter: &Filter,
) -> Vec<PolicyId> {
    if filter.is_empty() {
        return unfolded(rows, folded);
    }
    // Depth first, so a hit's ancestors are the last rows before it of each lesser depth.
    let mut above: Vec<(usize, &PolicyId, bool)> = Vec::new();
    let mut shown = Vec::new();
    for row in rows {
        above.retain(|(depth, ..)| *depth < row.depth);
        let hit = filter.hits(row);
        if hit {
            for (_, id, told) in above.iter_mut().filter(|(.., told)| !*told) {
                shown.push((*id).clone());
                *told = true;
            }
            shown.push(row.policy.id.clone());
        }
        above.push((row.depth, &row.policy.id, hit));
    }
    shown
}

fn unfolded(rows: &[PolicyOverview], folded: &BTreeSet<PolicyId>) -> Vec<PolicyId> {
    let mut hidden_below: Option<usize> = None;
    let mut shown = Vec::new();
    for row in rows {
        if hidden_below.is_some_and(|depth| row.depth > depth) {
            continue;
        }
        hidden_below = folded.contains(&row.policy.id).then_some(row.depth);
        shown.push(row.policy.id.clone());
    }
    shown
}

/// The rows below one, the row itself not among them.
pub fn below(rows: &[PolicyOverview], at: usize) -> &[PolicyOverview] {
    let Some(row) = rows.get(at) else { return &[] };
    let rest = rows.get(at + 1..).unwrap_or(&[]);
    let end = rest.iter().position(|other| other.depth <= row.depth).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(&[])
}

/// What a folded row sums: devices bound and in all of what is below it and its own, how many policies
/// below want attention, and how many are not linked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Devices bound.
    pub linked: usize,
    /// Devices.
    pub total: usize,
    /// Policies below that want attention.
    pub attention: usize,
    /// Policies below that are not linked.
    pub not_linked: usize,
    /// Whether any of them is linked.
    pub any: bool,
}

impl Sum {
    /// Sums a row and those below it.
    pub fn of(row: &PolicyOverview, below: &[PolicyOverview]) -> Self {
        let mut sum = Self::default();
        for (at, one) in std::iter::once(row).chain(below).enumerate() {
            sum.linked += one.linked;
            sum.total += one.total;
            sum.any |= one.organization.is_some();
            sum.attention += usize::from(at > 0 && one.state == State::Attention);
            sum.not_linked += usize::from(at > 0 && one.state == State::NotLinked);
        }
        sum
    }

    /// `!2 .5 in`: two in attention, five not linked inside.
    pub fn inside(self, utf8: bool) -> String {
        let told = [(self.attention, State::Attention), (self.not_linked, State::NotLinked)];
        let told = told.into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> =
            told.map(|(count, state)| format!("{}{count}", state.icon(utf8))).collect();
        if told.is_empty() { String::new() } else { format!("{} in", told.join(" ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;

    fn names(filter: &str, folded: &[&str]) -> Vec<String> {
        let snapshot = testing::snapshot();
        let folded = folded.iter().map(|id| PolicyId::new(*id)).collect();
        let shown = shown(&snapshot.rows, &folded, &Filter::parse(filter));
        let name = |id: &PolicyId| snapshot.policy(id).unwrap().policy.name.clone();
        shown.iter().map(name).collect()
    }

    #[test]
    fn hits_keep_their_ancestors() {
        let all = ["Clients", "Acme", "Kiosks", "Laptops", "Globex", "Initech", "Umbrella"];
        assert_eq!(names("", &[]), all);
        assert_eq!(names("kiosks", &[]), ["Clients", "Acme", "Kiosks"]);
        assert_eq!(names("state:attention", &[]), ["Clients", "Acme", "Laptops", "Globex"]);
        assert_eq!(names("org:globex", &[]), ["Clients", "Globex"]);
        assert_eq!(names("reason:ambiguous", &[]), ["Clients", "Acme", "Laptops"]);
        assert!(names("nobody", &[]).is_empty());
    }

    #[test]
    fn what_is_folded_is_hidden() {
        assert_eq!(names("", &["acme"]), ["Clients", "Acme", "Globex", "Initech", "Umbrella"]);
        assert_eq!(names("", &["clients"]), ["Clients"]);
        assert_eq!(names("kiosks", &["clients"]), ["Clients", "Acme", "Kiosks"]);
    }

    #[test]
    fn words_are_completed() {
        assert_eq!(complete("acme st").as_deref(), Some("acme state:"));
        assert_eq!(complete("state:att").as_deref(), Some("state:attention"));
        assert_eq!(complete("reason:amb").as_deref(), Some("reason:ambiguous_match"));
        assert_eq!(complete("acme"), None);
    }

    #[test]
    fn a_folded_row_sums() {
        let snapshot = testing::snapshot();
        let at = snapshot.rows.iter().position(|row| row.policy.name == "Acme").unwrap();
        let sum = Sum::of(&snapshot.rows[at], below(&snapshot.rows, at));
        assert_eq!((sum.attention, sum.not_linked), (1, 0));
        assert_eq!(sum.inside(false), "!1 in");
        assert_eq!(sum.inside(true), "◐1 in");
    }
}
