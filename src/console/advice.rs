//! What to do about a device, in the console's words: a key where one helps.

use super::keymap::{Context, Verb};
use super::shared::Shared;
use crate::commands::device::card::Standing;
use crate::domain::PendingReason;

/// The next step for a device that stands so, with the key that does it in `place`; nothing where all
/// is well.
pub fn next(standing: &Standing, place: &'static Context, shared: &Shared) -> String {
    let (verb, told) = match standing {
        Standing::Held(_) => (Some(Verb::Release), "lets syncs touch it again"),
        Standing::Chosen | Standing::NotSynced => (Some(Verb::Sync), "syncs it"),
        Standing::Pending(pending) => step(pending.reason),
        Standing::Withheld => (None, "the plan of its policy shows it and asks"),
        Standing::Linked(_) => return String::new(),
        Standing::Leaving => (None, "the next sync of its policy sets its configuration inactive"),
        Standing::NotLinked => (None, "link its policy to an organization: 1, then o"),
    };
    phrase(verb, told, place, shared)
}

/// The next step for a pending device; see [`next`].
pub fn for_reason(reason: PendingReason, place: &'static Context, shared: &Shared) -> String {
    let (verb, told) = step(reason);
    phrase(verb, told, place, shared)
}

fn phrase(verb: Option<Verb>, told: &str, place: &'static Context, shared: &Shared) -> String {
    match verb.and_then(|verb| shared.keymap.key_for(place, verb)) {
        Some(key) => format!("{} {told}.", key.label()),
        None => format!("Next: {told}."),
    }
}

/// What helps against a reason: the key's verb, and what it does, else what to do elsewhere.
const fn step(reason: PendingReason) -> (Option<Verb>, &'static str) {
    use PendingReason as R;
    match reason {
        R::NoIdentity => (Some(Verb::Bind), "binds it by hand, or let Addigy audit the device"),
        R::AmbiguousMatch => (Some(Verb::Bind), "chooses one"),
        R::IdentityConflict => (Some(Verb::Bind), "shows the records and chooses one"),
        R::DuplicateSerial => {
            (None, "remove the stale device in Addigy, or wait until it has been silent for a day")
        }
        R::TwoOrganizations => {
            (None, "take the device out of one policy in Addigy, or unlink one of the two policies")
        }
        R::MembershipUnknown => (Some(Verb::Retry), "retries, once Addigy has audited the device"),
        R::Contested => {
            (None, "find out who changes it in IT Glue, or correct the value in Addigy")
        }
        R::Held => (Some(Verb::Release), "lets syncs touch it again"),
        R::OwnedByPsa => (None, "correct the record in the PSA"),
        R::RejectedByItglue => {
            (Some(Verb::Retry), "retries, once the value is corrected in Addigy")
        }
        R::NotPermitted => {
            (Some(Verb::Retry), "retries, once an IT Glue administrator has checked the API key")
        }
        R::RateLimited => (Some(Verb::Retry), "retries; best a few minutes later"),
        R::Unreachable => (Some(Verb::Retry), "retries, once the network is back"),
        R::OrganizationMissing => (
            None,
            "link the policy anew, or confirm the new name: bindery doctor --accept-accounts",
        ),
        R::Interrupted => (Some(Verb::Retry), "goes on"),
        R::Unsettled => (Some(Verb::Retry), "looks it up and goes on, a minute later"),
        R::ChangedMeanwhile => (Some(Verb::Retry), "retries, once nobody edits it"),
    }
}
