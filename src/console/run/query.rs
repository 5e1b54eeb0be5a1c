//! Which rows are shown: a view, and a filter over it.

use super::LiveRun;
use super::row::{Row, RowState};

/// A view over a run's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Every device.
    #[default]
    All,
    /// Those that are not bound, or not wholly.
    Pending,
    /// Why devices are pending, one line a reason.
    Reasons,
    /// Those that something is being done with.
    Active,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::All, Self::Pending, Self::Reasons, Self::Active];

    /// The tab's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Pending => "Pending",
            Self::Reasons => "Reasons",
            Self::Active => "Active",
        }
    }

    /// The tab after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::All => Self::Pending,
            Self::Pending => Self::Reasons,
            Self::Reasons => Self::Active,
            Self::Active => Self::All,
        }
    }

    /// The tab before this one.
    #[must_use]
    pub const fn previous(self) -> Self {
        match self {
            Self::All => Self::Active,
            Self::Pending => Self::All,
            Self::Reasons => Self::Pending,
            Self::Active => Self::Reasons,
        }
    }

    fn holds(self, row: &Row) -> bool {
        match self {
            Self::All | Self::Reasons => true,
            Self::Pending => row.state == RowState::Pending,
            Self::Active => row.state.is_active(),
        }
    }
}

/// What a person typed to narrow the rows: words that must all be found, and words like
/// `reason:ambiguous` or `state:pending`, of which the beginning is enough; `differs:` is for what a
/// person was shown otherwise before the run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Anywhere(String),
    Reason(String),
    State(String),
    Action(String),
    Differs,
}

impl Query {
    /// The words with a colon that a filter knows.
    pub const KEYS: [&'static str; 4] = ["reason:", "state:", "action:", "differs:"];

    /// Reads what was typed; any text is a filter.
    pub fn parse(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| {
            let word = word.to_lowercase();
            match word.split_once(':') {
                Some(("reason", reason)) => Word::Reason(reason.to_owned()),
                Some(("state", state)) => Word::State(state.to_owned()),
                Some(("action", action)) => Word::Action(action.to_owned()),
                Some(("differs", _)) => Word::Differs,
                _ => Word::Anywhere(word),
            }
        });
        Self { words: words.collect() }
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether it lets this row through.
    pub fn matches(&self, row: &Row) -> bool {
        self.words.iter().all(|word| match word {
            Word::Anywhere(text) => row.haystack.contains(text.as_str()),
            Word::Reason(reason) => {
                row.reason().is_some_and(|word| word.starts_with(reason.as_str()))
            }
            Word::State(state) => row.state.word().starts_with(state.as_str()),
            Word::Action(action) => row.action.starts_with(action.as_str()),
            Word::Differs => row.shown.is_some(),
        })
    }

    /// What `typed` may be going on to, for Tab: the last word's endings.
    pub fn completions(typed: &str, run: &LiveRun) -> Vec<String> {
        let last = typed.rsplit(' ').next().unwrap_or_default().to_lowercase();
        let head = &typed[..typed.len() - typed.rsplit(' ').next().unwrap_or_default().len()];
        let known: Vec<String> = match last.split_once(':') {
            Some(("reason", _)) => {
                run.reasons().iter().map(|line| format!("reason:{}", line.word)).collect()
            }
            Some(("state", _)) => RowState::ALL
                .iter()
                .filter(|state| run.counts().of(**state) > 0)
                .map(|state| format!("state:{}", state.word()))
                .collect(),
            _ => Self::KEYS.iter().map(|key| (*key).to_owned()).collect(),
        };
        let fits = known.into_iter().filter(|word| !last.is_empty() && word.starts_with(&last));
        fits.map(|word| format!("{head}{word}")).collect()
    }
}

impl LiveRun {
    /// The rows of a view that a filter lets through, in the order in which they are shown.
    pub fn visible(&self, view: View, query: &Query) -> Vec<u32> {
        if view == View::All && query.is_empty() {
            return self.order.clone();
        }
        let shown = |at: &u32| {
            self.rows.get(*at as usize).is_some_and(|row| view.holds(row) && query.matches(row))
        };
        self.order.iter().copied().filter(shown).collect()
    }
}
