//! What devices are searched for: words, numbers in any spelling, and filters by name.

use super::FleetRow;
use crate::console::widgets::filter::{complete_last, going_on};
use crate::domain::{MacAddress, PendingReason, valid_ip};

/// What is searched for: words that must all hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The text as a whole, in lower case, for whole answers.
    whole: String,
    mac: Option<MacAddress>,
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// In name, hostname, serial, id or IP; with the digits where it may be a part of a MAC address.
    Text(String, Option<String>),
    State(String),
    Reason(String),
    Policy(String),
    Organization(String),
}

/// The words that can be completed.
const KEYS: [&str; 4] = ["state:", "reason:", "policy:", "org:"];
const STATES: [&str; 9] = [
    "pending",
    "withheld",
    "held",
    "linked",
    "not_synced",
    "not_linked",
    "leaving",
    "chosen",
    "superseded",
];

impl Search {
    /// Reads `ana state:pending`, a serial number, a MAC address in any spelling, an IP, an id.
    pub fn parse(text: &str) -> Self {
        let whole = super::plain(text.trim());
        let mac = MacAddress::parse(&whole);
        let words = whole.split_whitespace().map(word);
        // A MAC address may be spelled with spaces.
        let words = if mac.is_some() { Vec::new() } else { words.collect() };
        Self { mac, words, whole }
    }

    /// Whether everything hits.
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// Whether it hits the device.
    pub fn hits(&self, row: &FleetRow) -> bool {
        if let Some(mac) = self.mac {
            // Twelve digits may be a serial number, too.
            return row.mac == mac.to_string() || row.haystack.contains(&self.whole);
        }
        self.words.iter().all(|word| match word {
            Word::Text(text, digits) => {
                row.haystack.contains(text.as_str())
                    || digits.as_ref().is_some_and(|digits| row.digits.contains(digits.as_str()))
            }
            Word::State(state) => row.state().replace(' ', "_").starts_with(state.as_str()),
            Word::Reason(reason) => !reason.is_empty() && row.reason().contains(reason.as_str()),
            Word::Policy(part) => row.policy.to_lowercase().contains(part.as_str()),
            Word::Organization(part) => {
                !row.organization.is_empty()
                    && row.organization.to_lowercase().contains(part.as_str())
            }
        })
    }

    /// Whether one of the device's names and numbers is this as a whole.
    pub fn is_whole(&self, row: &FleetRow) -> bool {
        let ip = || valid_ip(&self.whole).is_some_and(|ip| valid_ip(&row.ip) == Some(ip));
        self.mac.is_some_and(|mac| row.mac == mac.to_string())
            || row.haystack.split_terminator('\n').any(|text| text == self.whole)
            || ip()
    }
}

fn word(word: &str) -> Word {
    let after = |key: &str| word.strip_prefix(key).map(str::to_owned);
    if let Some(state) = after("state:") {
        Word::State(state)
    } else if let Some(reason) = after("reason:") {
        Word::Reason(reason)
    } else if let Some(policy) = after("policy:") {
        Word::Policy(policy)
    } else if let Some(organization) = after("org:") {
        Word::Organization(organization)
    } else {
        Word::Text(word.to_owned(), mac_digits(word))
    }
}

/// The digits of what may be a part of a MAC address: two pairs and a separator at least.
fn mac_digits(word: &str) -> Option<String> {
    let separator = |c: char| matches!(c, ':' | '-' | '.');
    let hex = word.chars().all(|c| c.is_ascii_hexdigit() || separator(c));
    let digits: String = word.chars().filter(char::is_ascii_hexdigit).collect();
    (hex && word.contains(separator) && digits.len() >= 4).then_some(digits)
}

/// Completes the word at the end of a search, as far as one is known.
pub fn complete(text: &str) -> Option<String> {
    let values = |key: &str| match key {
        "state" => STATES.to_vec(),
        "reason" => PendingReason::ALL.iter().map(|reason| reason.word()).collect(),
        _ => Vec::new(),
    };
    complete_last(text, |word| going_on(word, &KEYS, values))
}
