//! Identifiers, one type each, so that a policy's id can't be passed where a device's is wanted.

use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as the service spells it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as the service spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Wraps the number.
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// The bare number.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.trim().parse().map(Self)
            }
        }
    };
}

text_id! {
    /// An Addigy policy (`policyId`).
    PolicyId
}
text_id! {
    /// An Addigy device (`agentid`). A wiped device may come back with a new one.
    DeviceId
}
text_id! {
    /// The Addigy account (`orgid`).
    AddigyOrganizationId
}
number_id! {
    /// An IT Glue organization. Newer accounts have ids of sixteen digits.
    OrganizationId
}
number_id! {
    /// An IT Glue configuration.
    ConfigurationId
}
number_id! {
    /// An IT Glue configuration status.
    StatusId
}
number_id! {
    /// An IT Glue configuration type.
    TypeId
}
number_id! {
    /// A run of Bindery, counted from 1 in one state file.
    RunId
}
