//! Several devices with one serial number: which of them counts.

use super::World;
use super::places::Places;
use super::present::in_force;
use crate::domain::{Binding, BindingState, Device, DeviceId, SerialNumber};
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// A holder gives way only when it has been silent for this long.
const HOLDER_SILENCE: SignedDuration = SignedDuration::from_hours(24);
/// A twin silent for this long is told as superseded and wants no attention.
const SUPERSEDED_SILENCE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A device that another one with its serial number stands before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loser {
    /// The device that counts.
    pub winner: DeviceId,
    /// What to call the winner.
    pub winner_name: String,
    /// Silent so long that nobody need look.
    pub superseded: bool,
}

/// All losers, judged over all devices of the sweep.
#[derive(Debug, Default)]
pub(super) struct Twins {
    losers: HashMap<DeviceId, Loser>,
}

impl Twins {
    /// Judges every serial number that several devices carry.
    pub fn of(world: &World<'_>, places: &Places) -> Self {
        let mut by_serial: BTreeMap<SerialNumber, Vec<&Device>> = BTreeMap::new();
        for device in world.devices {
            if let Some(serial) = device.serial() {
                by_serial.entry(serial).or_default().push(device);
            }
        }
        // One that left its organization holds nothing there any more.
        let held = world.bindings.iter().filter(|binding| {
            in_force(binding) && places.may_be_in(&binding.device_id, binding.organization_id)
        });
        let mut holders: HashMap<&DeviceId, Claim> = HashMap::new();
        for binding in held {
            let claim = holders.entry(&binding.device_id).or_default();
            *claim = (*claim).max(Claim::of(binding));
        }
        let mut losers = HashMap::new();
        for mut twins in by_serial.into_values().filter(|twins| twins.len() > 1) {
            let winner = winner(&mut twins, &holders, world.now);
            for twin in twins.iter().filter(|twin| twin.id != winner.id) {
                losers.insert(
                    twin.id.clone(),
                    Loser {
                        winner: winner.id.clone(),
                        winner_name: winner.label(),
                        superseded: silent(twin.last_online, SUPERSEDED_SILENCE, world.now),
                    },
                );
            }
        }
        Self { losers }
    }

    /// What stands before this device, if anything does.
    pub fn loser(&self, device: &DeviceId) -> Option<&Loser> {
        self.losers.get(device)
    }
}

/// What a device has to hold against its twins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    #[default]
    None,
    /// It holds a configuration.
    Holds,
    /// A person chose its configuration.
    Chosen,
}

impl Claim {
    fn of(binding: &Binding) -> Self {
        if binding.state == BindingState::Chosen { Self::Chosen } else { Self::Holds }
    }
}

/// The one a person chose a configuration for; else the one seen last, unless a holder among them has
/// not been silent long enough to give way.
fn winner<'a>(
    twins: &mut [&'a Device],
    holders: &HashMap<&DeviceId, Claim>,
    now: Timestamp,
) -> &'a Device {
    let claim = |twin: &Device| holders.get(&twin.id).copied().unwrap_or_default();
    twins.sort_by_key(|twin| (Reverse(twin.last_online), Reverse(claim(twin)), twin.id.clone()));
    // Only groups of two or more come here.
    let newest = twins[0];
    if let Some(chosen) = twins.iter().find(|twin| claim(twin) == Claim::Chosen) {
        return chosen;
    }
    // Of several holders (in different organizations) the one seen last stands first.
    match twins.iter().find(|twin| claim(twin) == Claim::Holds) {
        Some(holder) if !silent(holder.last_online, HOLDER_SILENCE, now) => holder,
        _ => newest,
    }
}

/// Whether nothing was heard for `span`; a device whose last sign is not known is not called silent.
fn silent(last_online: Option<Timestamp>, span: SignedDuration, now: Timestamp) -> bool {
    last_online.is_some_and(|at| now.duration_since(at) > span)
}
