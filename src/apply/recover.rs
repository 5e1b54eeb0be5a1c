//! What earlier attempts left open: each intent is settled before anything new is planned.

use super::engine::Engine;
use super::error::Error;
use super::prepare::Unsettled;
use super::read::Reading;
use crate::domain::{
    Binding, BindingState, Configuration, Links, OrganizationId, PolicyTree, SerialNumber, Value,
    Written,
};
use crate::plan::View;
use crate::store::{Intent, IntentKind, IntentOutcome, OpenIntent, Settlement};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Engine {
    /// Compares open intents with what the organizations hold now, whatever the membership. What can
    /// be told is settled (with `record`); creates too young to be told are returned with the time
    /// from which they can.
    pub(super) fn settle_intents(
        &self,
        readings: &BTreeMap<OrganizationId, Reading>,
        tree: &PolicyTree,
        links: &Links,
        record: bool,
    ) -> Result<Unsettled, Error> {
        let mut unsettled = Unsettled::new();
        for (organization, reading) in readings {
            let View::Read { configurations, .. } = &reading.view.view else { continue };
            let mut settlements = Vec::new();
            let bindings = self.store.bindings_of(*organization)?;
            let mut taken: BTreeSet<_> = bindings
                .iter()
                .filter(|binding| binding.is_bound())
                .map(|binding| binding.configuration_id)
                .collect();
            for open in self.store.open_intents_of(*organization)? {
                let lookup = lookup_time(&open, self.settle, self.now());
                match verdict(&open, configurations, &taken, reading.read_at >= lookup) {
                    Verdict::Young => {
                        unsettled.insert((open.intent.device_id.clone(), *organization), lookup);
                        if known_since(&open) > self.now() {
                            // The clock was set back: from now on it counts from now.
                            let outcome = IntentOutcome::Lost;
                            let at = self.now();
                            settlements.push(Settlement {
                                intent: open.id,
                                outcome,
                                binding: None,
                                at,
                            });
                        }
                    }
                    Verdict::Created(configuration) => {
                        taken.insert(configuration.id);
                        let mut settlement = created(&open, configuration, self.now());
                        let chosen = |binding: &Binding| {
                            binding.state == BindingState::Chosen
                                && binding.device_id == open.intent.device_id
                        };
                        if bindings.iter().any(chosen) {
                            // A person has chosen another record since.
                            settlement.binding = None;
                        } else if let Some(binding) = &mut settlement.binding
                            && links.coverage(tree, &binding.policy_id).is_none()
                        {
                            // Unlinked since, which lets go of its configurations as they are.
                            binding.state = BindingState::Released;
                        }
                        settlements.push(settlement);
                    }
                    Verdict::Settled(outcome) => settlements.push(Settlement {
                        intent: open.id,
                        outcome,
                        binding: None,
                        at: self.now(),
                    }),
                }
            }
            if record {
                self.store.settle(&settlements)?;
            }
        }
        Ok(unsettled)
    }
}

enum Verdict<'a> {
    Created(&'a Arc<Configuration>),
    Settled(IntentOutcome),
    Young,
}

/// No sooner than the settling time after the attempt. A clock set back makes that longer once only:
/// [`Engine::settle_intents`] notes the time it is then.
pub(super) fn lookup_time(
    open: &OpenIntent,
    settle: jiff::SignedDuration,
    now: Timestamp,
) -> Timestamp {
    known_since(open).min(now).checked_add(settle).unwrap_or(now)
}

fn known_since(open: &OpenIntent) -> Timestamp {
    open.lost_at.map_or(open.attempted_at, |lost| lost.min(open.attempted_at))
}

fn verdict<'a>(
    open: &OpenIntent,
    configurations: &'a [Arc<Configuration>],
    taken: &BTreeSet<crate::domain::ConfigurationId>,
    old_enough: bool,
) -> Verdict<'a> {
    let intent = &open.intent;
    if intent.kind == IntentKind::Create {
        // Of several the newest: ids grow.
        let made = configurations
            .iter()
            .filter(|configuration| {
                !taken.contains(&configuration.id) && carries(configuration, intent)
            })
            .max_by_key(|configuration| configuration.id);
        return match made {
            Some(configuration) => Verdict::Created(configuration),
            None if old_enough => Verdict::Settled(IntentOutcome::NotDone),
            None => Verdict::Young,
        };
    }
    let now = configurations.iter().find(|c| Some(c.id) == intent.configuration_id);
    let written = now.is_some_and(|configuration| {
        intent.changes.iter().all(|(attribute, change)| {
            attribute.holds(&change.to, configuration.value(*attribute).as_ref())
        })
    });
    match now {
        Some(configuration) if written => Verdict::Settled(done(open, configuration)),
        _ => Verdict::Settled(IntentOutcome::NotDone),
    }
}

/// Whether a configuration is what the intent would have created.
fn carries(configuration: &Configuration, intent: &Intent) -> bool {
    match (&intent.serial, intent.mac) {
        (Some(serial), _) => configuration.serial().as_ref() == Some(serial),
        (None, Some(mac)) => {
            configuration.mac() == Some(mac) && configuration.serial_number.is_none()
        }
        (None, None) => false,
    }
}

fn done(open: &OpenIntent, configuration: &Configuration) -> IntentOutcome {
    let stored = super::bookkeeping::stored(&open.intent.changes, configuration);
    IntentOutcome::Done { configuration_id: configuration.id, stored }
}

/// The create happened: its configuration is the device's, so that it is neither created again nor
/// forgotten when the device has left since.
fn created(open: &OpenIntent, configuration: &Configuration, at: Timestamp) -> Settlement {
    let written = open
        .intent
        .changes
        .iter()
        .filter_map(|(attribute, change)| {
            let sent = change.to.as_text()?.to_owned();
            let stored = configuration.value(*attribute);
            let stored =
                Some(stored.as_ref().and_then(Value::as_text).unwrap_or_default().to_owned());
            Some((*attribute, Written { sent, stored, times: 1 }))
        })
        .collect();
    Settlement {
        intent: open.id,
        outcome: done(open, configuration),
        binding: Some(Binding {
            device_id: open.intent.device_id.clone(),
            organization_id: open.intent.organization_id,
            policy_id: open.intent.policy_id.clone(),
            configuration_id: configuration.id,
            state: BindingState::Bound,
            matched_by: None,
            serial_seen: configuration.serial_number.as_deref().and_then(SerialNumber::parse),
            written,
            psa_refused: None,
            held_by: None,
        }),
        at,
    }
}
