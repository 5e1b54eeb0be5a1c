//! Why a device can't be bound, in words for people, and the states a device goes through in a run.

/// Why a device is pending. A closed list: the README has a sentence and a next step for each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PendingReason {
    /// Neither a serial number nor a MAC address of its own.
    NoIdentity,
    /// Several configurations fit equally well.
    AmbiguousMatch,
    /// The recorded configuration belongs to another machine now, or two claim it.
    IdentityConflict,
    /// Another device with this serial number is bound.
    DuplicateSerial,
    /// Assigned to policies of two organizations.
    TwoOrganizations,
    /// Its policies can't be read.
    MembershipUnknown,
    /// Somebody changes a field back each time.
    Contested,
    /// Undone, and not released since.
    Held,
    /// A PSA owns the record and it could not even be bound.
    OwnedByPsa,
    /// IT Glue refused the values.
    RejectedByItglue,
    /// The key may not do this.
    NotPermitted,
    /// IT Glue's limit was reached and the wait was cut short.
    RateLimited,
    /// No usable answer from IT Glue.
    Unreachable,
    /// The linked organization is gone or renamed.
    OrganizationMissing,
    /// The run ended before it came to this device.
    Interrupted,
    /// A create got no clear answer; it is looked up before anything is created again.
    Unsettled,
    /// The configuration changed while the run was under way.
    ChangedMeanwhile,
}

impl PendingReason {
    /// Every reason.
    pub const ALL: [Self; 17] = [
        Self::NoIdentity,
        Self::AmbiguousMatch,
        Self::IdentityConflict,
        Self::DuplicateSerial,
        Self::TwoOrganizations,
        Self::MembershipUnknown,
        Self::Contested,
        Self::Held,
        Self::OwnedByPsa,
        Self::RejectedByItglue,
        Self::NotPermitted,
        Self::RateLimited,
        Self::Unreachable,
        Self::OrganizationMissing,
        Self::Interrupted,
        Self::Unsettled,
        Self::ChangedMeanwhile,
    ];

    /// The word in documents and in the state file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoIdentity => "no_identity",
            Self::AmbiguousMatch => "ambiguous_match",
            Self::IdentityConflict => "identity_conflict",
            Self::DuplicateSerial => "duplicate_serial",
            Self::TwoOrganizations => "two_organizations",
            Self::MembershipUnknown => "membership_unknown",
            Self::Contested => "contested",
            Self::Held => "held",
            Self::OwnedByPsa => "owned_by_psa",
            Self::RejectedByItglue => "rejected_by_itglue",
            Self::NotPermitted => "not_permitted",
            Self::RateLimited => "rate_limited",
            Self::Unreachable => "unreachable",
            Self::OrganizationMissing => "organization_missing",
            Self::Interrupted => "interrupted",
            Self::Unsettled => "unsettled",
            Self::ChangedMeanwhile => "changed_meanwhile",
        }
    }

    /// The reason with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// What it means, to be read aloud.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoIdentity => {
                "Addigy knows neither a serial number nor a MAC address that is this device's alone"
            }
            Self::AmbiguousMatch => "several configurations fit equally well",
            Self::IdentityConflict => "two records claim to be this device",
            Self::DuplicateSerial => {
                "another device in Addigy has the same serial number and was seen more recently"
            }
            Self::TwoOrganizations => "it is assigned to policies linked to two organizations",
            Self::MembershipUnknown => "Addigy does not say which policies it is in",
            Self::Contested => "somebody changes a field back each time it is written",
            Self::Held => "its last change was undone",
            Self::OwnedByPsa => "a PSA owns the record and IT Glue does not let it be bound",
            Self::RejectedByItglue => "IT Glue does not accept its values",
            Self::NotPermitted => "the IT Glue key may not write this",
            Self::RateLimited => "IT Glue's request limit was reached",
            Self::Unreachable => "IT Glue did not answer usably",
            Self::OrganizationMissing => {
                "the linked organization is no longer there under its name"
            }
            Self::Interrupted => "the run ended before it came to this device",
            Self::Unsettled => "IT Glue's answer to its creation got lost",
            Self::ChangedMeanwhile => "its configuration kept changing during the run",
        }
    }

    /// What a person can do.
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::NoIdentity => {
                "let Addigy audit the device, or bind it by hand: bindery bind DEVICE CONFIGURATION"
            }
            Self::AmbiguousMatch => "choose one: bindery bind DEVICE CONFIGURATION",
            Self::IdentityConflict => {
                "look at both records, then: bindery bind DEVICE CONFIGURATION"
            }
            Self::DuplicateSerial => {
                "remove the stale device in Addigy, or wait until it has been silent for a day"
            }
            Self::TwoOrganizations => {
                "take the device out of one policy in Addigy, or unlink one of the two policies"
            }
            Self::MembershipUnknown => "let Addigy audit the device, then sync again",
            Self::Contested => "find out who changes it in IT Glue, or correct the value in Addigy",
            Self::Held => "let syncs touch it again: bindery release DEVICE",
            Self::OwnedByPsa => "correct the record in the PSA",
            Self::RejectedByItglue => {
                "correct the value that the message names in Addigy, then retry"
            }
            Self::NotPermitted => "have an IT Glue administrator check the API key, then retry",
            Self::RateLimited => "retry later: bindery sync --all --retry-pending",
            Self::Unreachable => {
                "check the network, then retry: bindery sync --all --retry-pending"
            }
            Self::OrganizationMissing => {
                "if it was renamed, confirm that: bindery doctor --accept-accounts; else link the policy anew: bindery link POLICY ORGANIZATION"
            }
            Self::Interrupted => "go on: bindery sync --all --retry-pending",
            Self::Unsettled => "retry in a minute: bindery sync --all --retry-pending",
            Self::ChangedMeanwhile => {
                "retry when nobody edits it: bindery sync --all --retry-pending"
            }
        }
    }

    /// Whether another sync alone may cure it.
    pub const fn needs_a_person(self) -> bool {
        !matches!(
            self,
            Self::RateLimited
                | Self::Unreachable
                | Self::Interrupted
                | Self::Unsettled
                | Self::ChangedMeanwhile
        )
    }
}

/// Why this device can't be bound now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The reason.
    pub reason: PendingReason,
    /// The particulars: which configurations, which field, which answer.
    pub message: String,
    /// A stale twin, silent for 30 days: told, but no cause for attention.
    pub superseded: bool,
}

impl Pending {
    /// A pending that wants attention.
    pub fn new(reason: PendingReason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), superseded: false }
    }
}

/// Where a device is in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Not yet come to.
    Waiting,
    /// Being compared.
    Matching,
    /// A write is under way.
    Writing,
    /// Bound by this run's write.
    Linked,
    /// Bound, with nothing to write.
    Unchanged,
    /// It left; its configuration has the inactive status.
    Inactive,
    /// Not bound, or not wholly.
    Pending,
    /// The run was cancelled before it.
    Cancelled,
    /// The guard keeps its inactivation back.
    Withheld,
    /// Undo holds it.
    Held,
}

impl DeviceState {
    /// The word in documents and in the state file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Matching => "matching",
            Self::Writing => "writing",
            Self::Linked => "linked",
            Self::Unchanged => "unchanged",
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Cancelled => "cancelled",
            Self::Withheld => "withheld",
            Self::Held => "held",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Waiting,
            Self::Matching,
            Self::Writing,
            Self::Linked,
            Self::Unchanged,
            Self::Inactive,
            Self::Pending,
            Self::Cancelled,
            Self::Withheld,
            Self::Held,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }

    /// Whether the device is bound.
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::Linked | Self::Unchanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for reason in PendingReason::ALL {
            assert_eq!(PendingReason::from_word(reason.word()), Some(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.word());
        }
    }
}
