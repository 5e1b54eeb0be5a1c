//! What creating and updating share: carrying out the good items of a request, or none.

use super::failure::{Failure, Fault};
use super::model::{Account, Configuration};
use super::switches::{BadItem, ItGlueSwitches};
use super::{ItGlue, locked};

/// Which items are carried out beside bad ones, and what is wrong with the bad ones.
pub(super) fn carry_out<T>(
    items: Vec<Result<T, Vec<Fault>>>,
    switches: &ItGlueSwitches,
) -> (Vec<T>, Vec<Fault>) {
    let mut good = Vec::new();
    let mut faults = Vec::new();
    for item in items {
        match item {
            Ok(item) if faults.is_empty() || switches.bad_item == BadItem::GoodDone => {
                good.push(item);
            }
            Ok(_) => {}
            Err(found) => faults.extend(found),
        }
    }
    if !faults.is_empty() && switches.bad_item == BadItem::AllRefused {
        good.clear();
    }
    (good, faults)
}

/// The answer's records, or the refusal.
pub(super) fn unless_bad<T>(done: T, faults: Vec<Fault>) -> Result<T, Failure> {
    if faults.is_empty() { Ok(done) } else { Err(Failure::invalid(faults)) }
}

/// Puts a new or changed configuration into the account. One that is as before stays untouched.
pub(super) fn put(
    itglue: &ItGlue,
    account: &mut Account,
    mut configuration: Configuration,
    switches: &ItGlueSwitches,
) -> i64 {
    let now = itglue.now();
    let before = account.configurations.get(&configuration.id).cloned();
    match &before {
        Some(before) if *before == configuration => return configuration.id,
        Some(before) => touch_primary(&mut configuration, before, now),
        None => configuration.created_at = now,
    }
    configuration.updated_at = now;
    let id = account.insert_configuration(configuration);
    locked(&itglue.recent).note(id, now, before, switches);
    id
}

/// The primary interface has the configuration's addresses, so it changes with them.
fn touch_primary(now: &mut Configuration, before: &Configuration, at: jiff::Timestamp) {
    if (&now.primary_ip, &now.mac_address) != (&before.primary_ip, &before.mac_address) {
        let primary = now.interfaces.iter_mut().filter(|interface| interface.primary);
        primary.for_each(|interface| interface.updated_at = at);
    }
}
