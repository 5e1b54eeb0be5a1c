//! How this IT Glue behaves where the facts on the real one are unknown or vary.

use super::choices::Word;
pub use super::choices::*;

/// What the help says of one switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwitchHelp {
    /// Its name, as in `--set NAME=VALUE`.
    pub name: &'static str,
    /// The value it has unless set.
    pub default: &'static str,
    /// Every value it takes, separated by `|`, or the kind of number.
    pub values: &'static str,
    /// One sentence: what it decides.
    pub meaning: &'static str,
}

/// Builds the struct, its defaults, `set` and `describe` from one table, so that they agree.
macro_rules! switches {
    ($($field:ident: $kind:ty = $start:expr,
        [$name:literal, $default:literal, $values:literal], $meaning:literal;)+) => {
        /// Every switch of the sandbox's IT Glue.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct ItGlueSwitches { $(#[doc = $meaning] pub $field: $kind,)+ }

        impl Default for ItGlueSwitches {
            fn default() -> Self {
                Self { $($field: $start,)+ }
            }
        }

        impl ItGlueSwitches {
            /// Sets one switch by the names of [`ItGlueSwitches::describe`].
            ///
            /// # Errors
            /// A sentence that lists the values the switch takes, or the switches there are.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
                match name {
                    $($name => self.$field = <$kind as Word>::read(value).ok_or_else(|| {
                        format!("'{value}' is no value of {name}; it takes {}", $values)
                    })?,)+
                    _ => {
                        let names: Vec<&str> = Self::describe().iter().map(|help| help.name).collect();
                        return Err(format!(
                            "there is no switch '{name}'; the switches are {}",
                            names.join(", ")
                        ));
                    }
                }
                Ok(())
            }

            /// Every switch.
            pub fn describe() -> Vec<SwitchHelp> {
                vec![$(SwitchHelp {
                    name: $name, default: $default, values: $values, meaning: $meaning,
                },)+]
            }
        }
    };
}

switches! {
    name_filter: NameFilter = NameFilter::Exact,
        ["itglue-name-filter", "exact", "exact|case-insensitive|substring"],
        "How the filter on names compares on organizations and configurations.";
    nested_filters: NestedFilters = NestedFilters::Work,
        ["itglue-nested-filters", "work", "work|ignored"],
        "Whether filters work on an organization's nested route.";
    unknown_filter: UnknownFilter = UnknownFilter::Ignored,
        ["itglue-unknown-filter", "ignored", "ignored|400"],
        "What a filter does that this IT Glue doesn't know.";
    bad_filter_value: Leniency = Leniency::Refused,
        ["itglue-bad-filter-value", "400", "400|422|ignored"],
        "What a filter value of the wrong kind does, such as a word for an id.";
    page_over: PageOver = PageOver::Clamped,
        ["itglue-page-over", "clamped", "clamped|400"],
        "What a page size over 1,000 does.";
    wrong_key: WrongKey = WrongKey::Forbidden,
        ["itglue-wrong-key", "403", "403|401"],
        "The answer to a wrong key.";
    no_key: NoKey = NoKey::Unauthorized,
        ["itglue-no-key", "401", "401|403"],
        "The answer to a request without a key.";
    limit_window: LimitWindow = LimitWindow::Sliding,
        ["itglue-limit-window", "sliding", "sliding|fixed"],
        "How requests are counted for the limit.";
    limit: u64 = 3_000,
        ["itglue-limit", "3000", "a whole number"],
        "How many requests a window takes.";
    limit_seconds: u64 = 300,
        ["itglue-limit-seconds", "300", "a whole number"],
        "How long the limit's window is.";
    retry_after: RetryAfter = RetryAfter::None,
        ["itglue-retry-after", "none", "none|seconds|date"],
        "What a 429 says in Retry-After.";
    limit_body: LimitBody = LimitBody::Empty,
        ["itglue-limit-body", "empty", "empty|json|text"],
        "The body of a 429.";
    bulk_create: BulkCreate = BulkCreate::Works,
        ["itglue-bulk-create", "works", "works|shuffled|refused"],
        "What an array on an organization's nested route does.";
    top_bulk_create: TopBulkCreate = TopBulkCreate::Refused,
        ["itglue-top-bulk-create", "refused", "refused|works"],
        "What an array on POST /configurations does.";
    bad_item: BadItem = BadItem::AllRefused,
        ["itglue-bad-item", "all-refused", "all-refused|earlier-done|good-done"],
        "What one bad item does to the others of its bulk request.";
    bulk_size: u64 = 1_000,
        ["itglue-bulk-size", "1000", "a whole number, such as 50 or 100"],
        "The most items a bulk request may have.";
    bulk_over: BulkOver = BulkOver::TooLarge,
        ["itglue-bulk-over", "413", "413|422"],
        "The answer to a bulk request with too many items.";
    id_beside_type: IdBesideType = IdBesideType::Refused,
        ["itglue-bulk-id-beside-type", "refused", "refused|accepted"],
        "Whether a bulk item may carry its id beside its type only.";
    error_dialect: ErrorDialect = ErrorDialect::First,
        ["itglue-error-dialect", "first", "first|second|third|html"],
        "How errors are written.";
    slow_list: SlowList = SlowList::Never,
        ["itglue-slow-list", "never", "never|json-timeout|html-504|cut"],
        "What a list does whose page is too large to come in time.";
    slow_list_from: u64 = 500,
        ["itglue-slow-list-from", "500", "a whole number"],
        "From which page size on a list is too slow.";
    slow_list_status: SlowListStatus = SlowListStatus::GatewayTimeout,
        ["itglue-slow-list-status", "504", "504|500|503"],
        "The status of a slow list's JSON time-out.";
    lost_create_every: u64 = 0,
        ["itglue-lost-create-every", "0", "a whole number; 0 for never"],
        "Every how many creations the answer is lost after it happened.";
    stale_list_seconds: u64 = 0,
        ["itglue-stale-list-seconds", "0", "a whole number"],
        "How many seconds lists don't show a write.";
    archived_in_lists: ArchivedInLists = ArchivedInLists::Yes,
        ["itglue-archived-in-lists", "yes", "yes|no"],
        "Whether archived configurations come in a list that doesn't ask for them.";
    psa_writes: PsaWrites = PsaWrites::Refused,
        ["itglue-psa-writes", "refused", "refused|two-way"],
        "Whether a record the PSA owns takes changes of mapped attributes.";
    json_bodies: JsonBodies = JsonBodies::Accepted,
        ["itglue-json-bodies", "accepted", "accepted|415"],
        "What a body sent as application/json does.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_tells_the_defaults() {
        for help in ItGlueSwitches::describe() {
            let mut switches = ItGlueSwitches::default();
            assert_eq!(switches.set(help.name, help.default), Ok(()), "{}", help.name);
            assert_eq!(switches, ItGlueSwitches::default(), "{}", help.name);
        }
    }

    #[test]
    fn the_help_tells_the_values() {
        for help in ItGlueSwitches::describe() {
            let numeric = help.values.starts_with("a whole number");
            let words: Vec<&str> =
                if numeric { vec!["0", "50"] } else { help.values.split('|').collect() };
            let mut seen: Vec<ItGlueSwitches> = Vec::new();
            for word in words {
                let mut switches = ItGlueSwitches::default();
                assert_eq!(switches.set(help.name, word), Ok(()), "{}={word}", help.name);
                assert!(!seen.contains(&switches), "{}={word} changes nothing", help.name);
                seen.push(switches);
            }
        }
    }

    #[test]
    fn wrong_values_and_names_are_answered_with_the_right_ones() {
        let mut switches = ItGlueSwitches::default();
        let error = switches.set("itglue-name-filter", "fuzzy").unwrap_err();
        assert!(error.contains("case-insensitive"), "{error}");
        let error = switches.set("itglue-bulk-size", "many").unwrap_err();
        assert!(error.contains("whole number"), "{error}");
        let error = switches.set("itglue-names", "exact").unwrap_err();
        assert!(error.contains("itglue-name-filter"), "{error}");
        assert_eq!(switches, ItGlueSwitches::default());
    }
}
