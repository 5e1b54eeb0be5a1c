//! The values of the switches that are words.

/// A value that can be set by a word.
pub(super) trait Word: Sized {
    /// The value of this word, if there is one.
    fn read(word: &str) -> Option<Self>;
}

impl Word for u64 {
    fn read(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$of_value:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum $name { $($(#[$of_value])* $variant,)+ }

        impl Word for $name {
            fn read(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

choice! {
    /// How `filter[name]` compares on organizations and configurations.
    NameFilter {
        /// The whole name, letter by letter.
        #[default]
        Exact = "exact",
        /// The whole name, whatever the case.
        CaseInsensitive = "case-insensitive",
        /// Any part of the name, whatever the case.
        Substring = "substring",
    }
}

choice! {
    /// What happens to something that is out of the ordinary: taken silently, or refused.
    Leniency {
        /// It has no effect, and the request goes on.
        #[default]
        Ignored = "ignored",
        /// The request is refused with 400.
        Refused = "400",
        /// The request is refused with 422.
        Unprocessable = "422",
    }
}

choice! {
    /// Whether filters work on nested routes.
    NestedFilters {
        /// As on the top-level route.
        #[default]
        Work = "work",
        /// They have no effect.
        Ignored = "ignored",
    }
}

choice! {
    /// What an unknown filter does.
    UnknownFilter {
        /// Nothing: everything comes back.
        #[default]
        Ignored = "ignored",
        /// The request is refused with 400.
        Refused = "400",
    }
}

choice! {
    /// What a page size over 1,000 does.
    PageOver {
        /// 1,000 come.
        #[default]
        Clamped = "clamped",
        /// The request is refused with 400.
        Refused = "400",
    }
}

choice! {
    /// The answer to a wrong key.
    WrongKey {
        /// 403, as the introduction of the documentation says.
        #[default]
        Forbidden = "403",
        /// 401, as its tables say.
        Unauthorized = "401",
    }
}

choice! {
    /// The answer to a request without a key.
    NoKey {
        /// 401.
        #[default]
        Unauthorized = "401",
        /// 403.
        Forbidden = "403",
    }
}

choice! {
    /// How requests are counted for the limit.
    LimitWindow {
        /// Those of the last seconds, at any time.
        #[default]
        Sliding = "sliding",
        /// Those since the last full window began.
        Fixed = "fixed",
    }
}

choice! {
    /// What a 429 says of when to come back.
    RetryAfter {
        /// Nothing.
        #[default]
        None = "none",
        /// Seconds in `Retry-After`.
        Seconds = "seconds",
        /// A date in `Retry-After`.
        Date = "date",
    }
}

choice! {
    /// The body of a 429.
    LimitBody {
        /// None.
        #[default]
        Empty = "empty",
        /// A JSON:API error.
        Json = "json",
        /// Plain text.
        Text = "text",
    }
}

choice! {
    /// What an array on an organization's nested route does.
    BulkCreate {
        /// It creates, and the answer has the request's order.
        #[default]
        Works = "works",
        /// It creates, and the answer has another order.
        Shuffled = "shuffled",
        /// It is refused with 422.
        Refused = "refused",
    }
}

choice! {
    /// What an array on `POST /configurations` does.
    TopBulkCreate {
        /// It is refused with 422.
        #[default]
        Refused = "refused",
        /// It creates.
        Works = "works",
    }
}

choice! {
    /// What one bad item does to the others of its bulk request; the answer is a 422 always.
    BadItem {
        /// None is carried out.
        #[default]
        AllRefused = "all-refused",
        /// Those before it are carried out.
        EarlierDone = "earlier-done",
        /// All good ones are carried out.
        GoodDone = "good-done",
    }
}

choice! {
    /// The answer to a bulk request with too many items.
    BulkOver {
        /// 413.
        #[default]
        TooLarge = "413",
        /// 422.
        Unprocessable = "422",
    }
}

choice! {
    /// Whether a bulk item may carry its id beside `type` only.
    IdBesideType {
        /// No: such an item is bad.
        #[default]
        Refused = "refused",
        /// Yes.
        Accepted = "accepted",
    }
}

choice! {
    /// How errors are written.
    ErrorDialect {
        /// Status a number, message in `detail`, pointer `/data/attributes/kebab-case`.
        #[default]
        First = "first",
        /// Status a number, message in `title`, pointer `data/attributes/snake_case`.
        Second = "second",
        /// Status a word, message in `title`, pointer `data`.
        Third = "third",
        /// A page of HTML.
        Html = "html",
    }
}

choice! {
    /// What a list does that takes too long.
    SlowList {
        /// None takes too long.
        #[default]
        Never = "never",
        /// It answers a JSON body that speaks of the time-out.
        JsonTimeout = "json-timeout",
        /// It answers 504 with a page of HTML.
        Html504 = "html-504",
        /// The connection is cut amid the answer.
        Cut = "cut",
    }
}

choice! {
    /// The status of a list's JSON time-out.
    SlowListStatus {
        /// 504.
        #[default]
        GatewayTimeout = "504",
        /// 500.
        Internal = "500",
        /// 503.
        Unavailable = "503",
    }
}

choice! {
    /// Whether archived configurations come in a list that doesn't ask for `archived`.
    ArchivedInLists {
        /// They come.
        #[default]
        Yes = "yes",
        /// They stay away.
        No = "no",
    }
}

choice! {
    /// Whether a record the PSA owns takes changes of mapped attributes.
    PsaWrites {
        /// 422.
        #[default]
        Refused = "refused",
        /// Two-way sync is on: they are taken.
        TwoWay = "two-way",
    }
}

choice! {
    /// What a body sent as `application/json` does.
    JsonBodies {
        /// It is read.
        #[default]
        Accepted = "accepted",
        /// It is refused with 415.
        Refused = "415",
    }
}
