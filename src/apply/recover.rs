//! What earlier attempts left open: each intent is settled before anything new is planned.

use super::engine::Engine;
use super::error::Error;
use super::prepare::Unsettled;
use super::read::Reading;
use super::undoing;
use crate::domain::{
    Binding, BindingState, Configuration, Links, OrganizationId, PolicyTree, RunId, RunKind,
    SerialNumber, Value, Written,
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
            let mut bindings = self.store.bindings_of(*organization)?;
            let mut undone = BTreeMap::new();
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
                    Verdict::NotDone => settlements.push(Settlement {
                        intent: open.id,
                        outcome: IntentOutcome::NotDone,
                        binding: None,
                        at: self.now(),
                    }),
                    Verdict::Done(configuration) => {
                        let binding = if self.is_undo(open.run)? {
                            let marks = self.store.undone_by(open.run, &open.intent)?;
                            undone.entry(open.run).or_insert_with(Vec::new).extend(marks);
                            self.settled_undo(&open.intent, configuration, &mut bindings)
                        } else {
                            None
                        };
                        let outcome = done(&open, configuration);
                        let at = self.now();
                        settlements.push(Settlement { intent: open.id, outcome, binding, at });
                    }
                }
            }
            if record {
                self.store.settle(&settlements)?;
                for (by, marks) in &undone {
                    self.store.mark_undone(*by, marks)?;
                }
            }
        }
        Ok(unsettled)
    }

    fn is_undo(&self, run: RunId) -> Result<bool, Error> {
        Ok(self.store.run(run)?.is_some_and(|run| run.kind == RunKind::Undo))
    }

    /// The write of an undo happened: the device's binding turns as it would have with an answer.
    fn settled_undo(
        &self,
        intent: &Intent,
        now: &Configuration,
        bindings: &mut [Binding],
    ) -> Option<Binding> {
        let binding = bindings.iter_mut().find(|binding| {
            binding.device_id == intent.device_id && binding.configuration_id == now.id
        })?;
        undoing::settled(binding, intent, now, self.rules.inactive);
        Some(binding.clone())
    }
}

enum Verdict<'a> {
    Created(&'a Arc<Configuration>),
    Done(&'a Arc<Configuration>),
    NotDone,
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
            None if old_enough => Verdict::NotDone,
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
        Some(configuration) if written => Verdict::Done(configuration),
        _ => Verdict::NotDone,
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
