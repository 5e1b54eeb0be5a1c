//! How a plan differs from the one a person was shown before.

use super::rows::DeviceKey;
use crate::apply::Prepared;
use crate::console::widgets::plural;
use crate::domain::{Changes, ConfigurationId, Pending};
use crate::plan::PlannedDevice;
use std::collections::{BTreeMap, BTreeSet};

/// The devices for which something else will be done now.
#[derive(Debug, Default)]
pub struct Differs {
    changed: BTreeSet<DeviceKey>,
    /// In the old plan and not in the new one.
    dropped: usize,
}

/// What a plan says of a device.
#[derive(PartialEq)]
struct Said<'a> {
    word: &'static str,
    kept_back: bool,
    configuration: Option<ConfigurationId>,
    changes: Option<&'a Changes>,
    pending: Option<&'a Pending>,
}

impl<'a> Said<'a> {
    fn of(planned: &'a PlannedDevice) -> Self {
        Self {
            word: planned.action.word(),
            kept_back: matches!(planned.action, crate::plan::Action::Withhold(..)),
            configuration: planned.action.configuration().map(|configuration| configuration.id),
            changes: planned.action.changes(),
            pending: planned.pending.as_ref(),
        }
    }
}

impl Differs {
    /// What differs in `new`.
    pub fn between(old: &Prepared, new: &Prepared) -> Self {
        let (old, new) = (said(old), said(new));
        let changed = new.iter().filter(|(key, said)| old.get(*key) != Some(*said));
        Self {
            changed: changed.map(|(key, _)| key.clone()).collect(),
            dropped: old.keys().filter(|key| !new.contains_key(*key)).count(),
        }
    }

    /// Whether anything does.
    pub fn any(&self) -> bool {
        !self.changed.is_empty() || self.dropped > 0
    }

    /// Whether the device's part does.
    pub fn has(&self, key: &DeviceKey) -> bool {
        self.changed.contains(key)
    }

    /// How much, in a sentence.
    pub fn told(&self) -> String {
        let count = self.changed.len();
        let devices = plural(count, "device differs", "devices differ");
        match (count, self.dropped) {
            (0, 0) => "Nothing differs from what was shown.".into(),
            (0, dropped) => format!(
                "{dropped} {} no longer in the plan.",
                plural(dropped, "device is", "devices are")
            ),
            (_, 0) => format!("{count} {devices} from what was shown."),
            (_, dropped) => {
                format!("{count} {devices} from what was shown, and {dropped} dropped out.")
            }
        }
    }
}

fn said(prepared: &Prepared) -> BTreeMap<DeviceKey, Said<'_>> {
    let plans = prepared.plans.iter().flat_map(|plan| {
        let devices = plan.devices.iter();
        devices.map(|p| ((plan.organization_id, p.device_id.clone()), Said::of(p)))
    });
    plans.collect()
}
