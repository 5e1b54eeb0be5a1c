//! How this Addigy behaves where the facts on the real one are unknown or vary.

use crate::sandbox::switches::SwitchHelp;

/// Whether restricting a device listing works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyFilter {
    /// 200 with all devices, as seen on the real service.
    #[default]
    Ignored,
    /// Devices of the named policies only.
    Works,
    /// Devices of the named policies and of those below them.
    WithChildren,
}

/// What the fact `policy_ids` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyIds {
    /// The assigned policies.
    #[default]
    Assigned,
    /// The assigned policies and the ancestors of each.
    WithAncestors,
    /// Null.
    Null,
    /// Nothing: the fact is not in the answer.
    Missing,
}

/// Which header may carry the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyHeader {
    /// Either.
    #[default]
    Both,
    /// `x-api-key` only.
    ApiKey,
    /// `Authorization: Bearer` only.
    Bearer,
}

/// What the token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Permission {
    /// Everything.
    #[default]
    All,
    /// Everything but read devices.
    NoDevices,
    /// Everything but read policies.
    NoPolicies,
}

/// What happens between the first and the second page of every n-th sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Churn {
    /// Nothing.
    #[default]
    None,
    /// A device joins, at the front of the order.
    Join(u64),
    /// The first device of the order leaves.
    Leave(u64),
    /// The first device of the order moves to another policy.
    Move(u64),
}

/// How facts come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FactQuality {
    /// As wanted.
    #[default]
    AsWanted,
    /// A tenth of the devices lack hostname, IP, MAC and their policies.
    Missing,
    /// A tenth of the devices have these null, with an `error_msg`.
    Null,
    /// Numbers and booleans come as strings.
    Strings,
}

/// How dates are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dates {
    /// Three fractional digits.
    #[default]
    Milliseconds,
    /// None.
    Whole,
    /// One fractional digit.
    OneDigit,
    /// An empty string.
    Empty,
}

/// Every switch of the sandbox's Addigy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddigySwitches {
    /// Whether `policy_id`, `filters` and `query` restrict a device listing.
    pub policy_filter: PolicyFilter,
    /// What `policy_ids` holds.
    pub policy_ids: PolicyIds,
    /// The largest `per_page`; more is clamped.
    pub largest_page: usize,
    /// Which header may carry the token.
    pub key_header: KeyHeader,
    /// What the token may do.
    pub permission: Permission,
    /// The status of the lock-out after more than 1,000 requests in 10 s.
    pub lock_out: u16,
    /// What happens between two pages.
    pub churn: Churn,
    /// How facts come.
    pub facts: FactQuality,
    /// How dates are spelled.
    pub dates: Dates,
    /// Whether policies come as a paged object and not as a plain array.
    pub policies_paged: bool,
}

impl Default for AddigySwitches {
    fn default() -> Self {
        Self {
            policy_filter: PolicyFilter::default(),
            policy_ids: PolicyIds::default(),
            largest_page: 100,
            key_header: KeyHeader::default(),
            permission: Permission::default(),
            lock_out: 403,
            churn: Churn::default(),
            facts: FactQuality::default(),
            dates: Dates::default(),
            policies_paged: false,
        }
    }
}

impl AddigySwitches {
    /// Sets one switch by the names of [`AddigySwitches::describe`].
    ///
    /// # Errors
    /// A sentence that lists the values the switch takes.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let known = match name {
            "addigy-policy-filter" => {
                let values = [
                    ("ignored", PolicyFilter::Ignored),
                    ("works", PolicyFilter::Works),
                    ("with-children", PolicyFilter::WithChildren),
                ];
                choose(&mut self.policy_filter, &values, value)
            }
            "addigy-policy-ids" => {
                let values = [
                    ("assigned", PolicyIds::Assigned),
                    ("with-ancestors", PolicyIds::WithAncestors),
                    ("null", PolicyIds::Null),
                    ("missing", PolicyIds::Missing),
                ];
                choose(&mut self.policy_ids, &values, value)
            }
            "addigy-largest-page" => {
                let values = [("50", 50), ("100", 100), ("500", 500), ("1000", 1000)];
                choose(&mut self.largest_page, &values, value)
            }
            "addigy-key" => {
                let values = [
                    ("both", KeyHeader::Both),
                    ("x-api-key", KeyHeader::ApiKey),
                    ("bearer", KeyHeader::Bearer),
                ];
                choose(&mut self.key_header, &values, value)
            }
            "addigy-permission" => {
                let values = [
                    ("all", Permission::All),
                    ("no-devices", Permission::NoDevices),
                    ("no-policies", Permission::NoPolicies),
                ];
                choose(&mut self.permission, &values, value)
            }
            "addigy-lock-out" => choose(&mut self.lock_out, &[("403", 403), ("429", 429)], value),
            "addigy-churn" => churn(value).map(|churn| self.churn = churn),
            "addigy-facts" => {
                let values = [
                    ("as-wanted", FactQuality::AsWanted),
                    ("missing", FactQuality::Missing),
                    ("null", FactQuality::Null),
                    ("numbers-as-strings", FactQuality::Strings),
                ];
                choose(&mut self.facts, &values, value)
            }
            "addigy-dates" => {
                let values = [
                    ("milliseconds", Dates::Milliseconds),
                    ("whole", Dates::Whole),
                    ("one-digit", Dates::OneDigit),
                    ("empty", Dates::Empty),
                ];
                choose(&mut self.dates, &values, value)
            }
            "addigy-policies" => {
                choose(&mut self.policies_paged, &[("array", false), ("paged", true)], value)
            }
            _ => return Err(format!("Addigy has no switch '{name}'")),
        };
        known.ok_or_else(|| refusal(name, value))
    }

    /// Every switch with its values and meaning.
    pub fn describe() -> Vec<SwitchHelp> {
        let help = |name, default, values, meaning| SwitchHelp { name, default, values, meaning };
        vec![
            help(
                "addigy-policy-filter",
                "ignored",
                "ignored|works|with-children",
                "Whether policy_id, filters and query restrict a device listing.",
            ),
            help(
                "addigy-policy-ids",
                "assigned",
                "assigned|with-ancestors|null|missing",
                "What the fact policy_ids holds.",
            ),
            help("addigy-largest-page", "100", "50|100|500|1000", "The largest per_page."),
            help(
                "addigy-key",
                "both",
                "both|x-api-key|bearer",
                "Which header may carry the token.",
            ),
            help(
                "addigy-permission",
                "all",
                "all|no-devices|no-policies",
                "What the token is allowed to read.",
            ),
            help(
                "addigy-lock-out",
                "403",
                "403|429",
                "The status of the 24 hours' lock-out after 1,000 requests in 10 seconds.",
            ),
            help(
                "addigy-churn",
                "none",
                "none|join:N|leave:N|move:N",
                "What a device does between the first two pages of every N-th sweep.",
            ),
            help(
                "addigy-facts",
                "as-wanted",
                "as-wanted|missing|null|numbers-as-strings",
                "How facts come; missing and null concern a tenth of the devices.",
            ),
            help(
                "addigy-dates",
                "milliseconds",
                "milliseconds|whole|one-digit|empty",
                "How dates are spelled.",
            ),
            help(
                "addigy-policies",
                "array",
                "array|paged",
                "The shape of the answer to a policy query.",
            ),
        ]
    }
}

fn choose<T: Copy>(place: &mut T, values: &[(&str, T)], value: &str) -> Option<()> {
    let (_, chosen) = values.iter().find(|(word, _)| *word == value)?;
    *place = *chosen;
    Some(())
}

fn churn(value: &str) -> Option<Churn> {
    if value == "none" {
        return Some(Churn::None);
    }
    let (kind, every) = value.split_once(':')?;
    let every = every.parse().ok().filter(|every| *every > 0)?;
    match kind {
        "join" => Some(Churn::Join(every)),
        "leave" => Some(Churn::Leave(every)),
        "move" => Some(Churn::Move(every)),
        _ => None,
    }
}

fn refusal(name: &str, value: &str) -> String {
    let values = AddigySwitches::describe()
        .into_iter()
        .find(|help| help.name == name)
        .map_or("", |help| help.values);
    format!("'{value}' is no value of {name}; it takes {values}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_described_value_is_taken() {
        for help in AddigySwitches::describe() {
            for value in help.values.split('|') {
                let value = value.replace('N', "3");
                let mut switches = AddigySwitches::default();
                assert_eq!(switches.set(help.name, &value), Ok(()), "{}={value}", help.name);
                assert_eq!(
                    switches == AddigySwitches::default(),
                    value == help.default,
                    "{}={value}",
                    help.name
                );
            }
            assert!(AddigySwitches::default().set(help.name, "join:0").is_err());
        }
    }
}
