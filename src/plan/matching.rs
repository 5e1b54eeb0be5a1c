//! Which configuration is a device's own.
//!
//! Each rule is asked for all devices that are still open before the next one is, so that a weaker
//! claim never takes what a stronger one is about to, and no outcome hangs on the order of devices.

use super::joining;
use super::present::{Present, in_force};
use super::standing;
use super::{PlannedDevice, View, Whereabouts};
use crate::domain::{
    Binding, BindingState, Configuration, ConfigurationId, Device, MatchedBy, Pending,
    PendingReason,
};
use std::sync::Arc;

/// A device's configuration and how it was found, or why there is none to write to.
enum Match<'a> {
    Found(&'a Arc<Configuration>, MatchedBy),
    None,
    Pending(Pending),
}

type Rule = for<'a> fn(&Present<'a>, &Device, Option<&Binding>) -> Match<'a>;

/// In their order; the first that holds wins.
const RULES: [Rule; 4] = [by_binding, by_serial, by_hint, by_mac];

/// Plans every device that is in this organization.
pub(super) fn plan_present(present: &mut Present<'_>) -> Vec<PlannedDevice> {
    let standing = present.devices.iter().filter_map(|device| {
        let planned = standing::of(present, device)?;
        Some((*device, planned))
    });
    let (mut done, mut open): (Vec<_>, Vec<_>) =
        standing.partition(|(_, planned)| planned.pending.is_some());
    for rule in RULES {
        let mut left = Vec::with_capacity(open.len());
        for (device, mut planned) in open {
            match rule(present, device, planned.binding.as_ref()) {
                Match::None => {
                    left.push((device, planned));
                    continue;
                }
                Match::Pending(pending) => planned.pending = Some(pending),
                Match::Found(configuration, by) => {
                    match present.undone_for_other(configuration.id, &device.id) {
                        Some(undone) => planned.pending = Some(standing::held(undone)),
                        None => {
                            present.take(configuration.id, &device.id);
                            joining::bind(present, device, configuration, by, &mut planned);
                        }
                    }
                }
            }
            done.push((device, planned));
        }
        open = left;
    }
    for (device, mut planned) in open {
        joining::create(present, device, &mut planned);
        done.push((device, planned));
    }
    done.into_iter().map(|(_, planned)| planned).collect()
}

/// The recorded binding, while it is in force and nothing speaks against it.
fn by_binding<'a>(present: &Present<'a>, device: &Device, binding: Option<&Binding>) -> Match<'a> {
    let Some(binding) = binding.filter(|binding| in_force(binding)) else { return Match::None };
    let id = binding.configuration_id;
    let Some(configuration) = present.by_id.get(&id).copied() else {
        return if is_elsewhere(present, id) {
            Match::None
        } else {
            Match::Pending(Pending::new(
                PendingReason::Unreachable,
                format!("whether its recorded configuration {id} still exists could not be read"),
            ))
        };
    };
    let chosen = binding.state == BindingState::Chosen;
    if let Some(holder) = present.other_holder(id, &device.id) {
        return match chosen {
            true => conflict(format!("configuration {id} is held by device {holder}")),
            // A person gave it to the other, so this device is matched anew.
            false => Match::None,
        };
    }
    match objection(present, device, configuration, binding) {
        // A person who chose by hand saw all of it.
        _ if chosen => Match::Found(configuration, MatchedBy::Hand),
        None => Match::Found(configuration, MatchedBy::Binding),
        Some(message) => conflict(message),
    }
}

fn conflict<'a>(message: String) -> Match<'a> {
    Match::Pending(Pending::new(PendingReason::IdentityConflict, message))
}

/// Whether a recorded configuration is gone, or stands in another organization, where it is left
/// alone. What was not asked, or not answered, is neither.
pub(super) fn is_elsewhere(present: &Present<'_>, id: ConfigurationId) -> bool {
    let View::Read { elsewhere, .. } = present.view else { return false };
    match elsewhere.get(&id) {
        Some(Whereabouts::Gone) => true,
        Some(Whereabouts::In(organization)) => *organization != present.organization,
        Some(Whereabouts::Unknown) | None => false,
    }
}

/// What speaks against a recorded configuration.
fn objection(
    present: &Present<'_>,
    device: &Device,
    configuration: &Configuration,
    binding: &Binding,
) -> Option<String> {
    let (id, theirs, ours) = (configuration.id, configuration.serial(), device.serial());
    if theirs == ours {
        return None;
    }
    let rival = ours.as_ref().and_then(|serial| present.with_serial(serial).first().copied());
    if let Some(theirs) = theirs.as_ref().filter(|t| Some(*t) != binding.serial_seen.as_ref()) {
        let rival = rival.map_or_else(String::new, |rival| {
            format!(", and configuration {} carries the device's", rival.id)
        });
        return Some(format!(
            "its recorded configuration {id} carries the serial number {theirs} now{rival}"
        ));
    }
    // A person who bound it by hand saw the rival, and a record whose serial number stays.
    let by_hand = binding.matched_by == Some(MatchedBy::Hand);
    if let Some(rival) = rival.filter(|_| !by_hand) {
        let rival = rival.id;
        return Some(format!(
            "configuration {id} is recorded for it, but configuration {rival} carries its serial number"
        ));
    }
    if by_hand && ours.is_none() {
        return None;
    }
    // Its old serial number turned up on another device, to which the record may belong.
    let other = present.serials.get(&theirs?).copied()?;
    Some(format!(
        "configuration {id} is recorded for it, but carries the serial number of device {other}"
    ))
}

/// The serial number, within the organization.
fn by_serial<'a>(present: &Present<'a>, device: &Device, binding: Option<&Binding>) -> Match<'a> {
    let Some(serial) = device.serial() else { return Match::None };
    let carriers = present.with_serial(&serial);
    let Some(first) = carriers.first() else { return Match::None };
    let free: Vec<&Arc<Configuration>> = carriers
        .iter()
        .copied()
        .filter(|configuration| present.other_holder(configuration.id, &device.id).is_none())
        .collect();
    let rank = |configuration: &Configuration| {
        (configuration.archived, configuration.status_id != Some(present.world.rules.active))
    };
    let Some(best) = free.iter().map(|configuration| rank(configuration)).min() else {
        let holder = present.other_holder(first.id, &device.id);
        return conflict(format!(
            "configuration {} carries its serial number and is held by device {}",
            first.id,
            holder.map_or("", |holder| holder.as_str())
        ));
    };
    let equals: Vec<_> = free.into_iter().filter(|c| rank(c) == best).collect();
    // Between equals the one the device had before is its own.
    let before = binding.map(|binding| binding.configuration_id);
    match (equals.as_slice(), equals.iter().find(|c| Some(c.id) == before)) {
        (_, Some(before)) => Match::Found(before, MatchedBy::Binding),
        ([only], None) => Match::Found(only, MatchedBy::Serial),
        (several, None) => ambiguous(several, "the same serial number"),
    }
}

/// A binding that ended, where nothing speaks against it.
fn by_hint<'a>(present: &Present<'a>, device: &Device, binding: Option<&Binding>) -> Match<'a> {
    let Some(binding) = binding.filter(|binding| !in_force(binding)) else { return Match::None };
    let found = present.by_id.get(&binding.configuration_id).copied().filter(|configuration| {
        present.other_holder(configuration.id, &device.id).is_none()
            && objection(present, device, configuration, binding).is_none()
    });
    found.map_or(Match::None, |configuration| Match::Found(configuration, MatchedBy::Binding))
}

/// A MAC address identifies only where one device and one configuration have it: docks travel.
fn by_mac<'a>(present: &Present<'a>, device: &Device, _: Option<&Binding>) -> Match<'a> {
    let Some(mac) = present.sweep.own_mac(device) else { return Match::None };
    let carriers = present.with_mac(mac, &device.id);
    let free: Vec<&Arc<Configuration>> = carriers
        .iter()
        .copied()
        .filter(|c| c.serial().is_none() && present.other_holder(c.id, &device.id).is_none())
        .collect();
    match (carriers.as_slice(), free.as_slice()) {
        ([], _) => Match::None,
        ([_], [only]) => Match::Found(only, MatchedBy::Mac),
        (_, [_, _, ..]) => ambiguous(&free, "its MAC address and no serial number"),
        // Without a serial number of its own, a device whose MAC address stands on a record that
        // can't be matched would become that record's double.
        _ if device.serial().is_none() => ambiguous(&carriers, "its MAC address"),
        _ => Match::None,
    }
}

fn ambiguous<'a>(several: &[&Arc<Configuration>], what: &str) -> Match<'a> {
    let ids: Vec<String> =
        several.iter().map(|configuration| configuration.id.to_string()).collect();
    let (noun, verb) = match ids.len() {
        1 => ("configuration", "carries"),
        _ => ("configurations", "carry"),
    };
    let message = format!("{noun} {} {verb} {what}", ids.join(" and "));
    Match::Pending(Pending::new(PendingReason::AmbiguousMatch, message))
}
