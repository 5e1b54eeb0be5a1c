//! What happened, in a line for people.

use crate::commands::output::{self, counted};
use crate::domain::{Counts, DeviceId, LinkTarget, Origin, Outcome, PolicyId, PolicyTree, Run};
use crate::store::{Entry, LinkEvent, RecordedChange, Store, StoreError};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// So many devices are named before the rest is counted.
const NAMED: usize = 3;

/// What to call policies and devices, as far as Addigy still lists them.
pub struct Names {
    tree: PolicyTree,
    devices: HashMap<DeviceId, String>,
}

impl Names {
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        let tree = store.policies()?.map(|(tree, _)| tree).unwrap_or_default();
        let devices =
            store.devices()?.into_iter().map(|device| (device.id.clone(), device.label()));
        Ok(Self { tree, devices: devices.collect() })
    }

    fn policy(&self, id: &PolicyId) -> String {
        match self.tree.get(id) {
            Some(_) => self.tree.path_text(id),
            None => format!("policy {id}"),
        }
    }

    fn device(&self, id: &str) -> String {
        let name = self.devices.get(&DeviceId::new(id));
        name.cloned().unwrap_or_else(|| format!("device {id}"))
    }
}

/// A sentence, with who it tells of and when.
pub struct Told {
    at: Timestamp,
    origin: Origin,
    text: String,
}

impl Told {
    /// The whole line.
    pub fn line(&self, zone: &TimeZone) -> String {
        let at = self.at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S");
        let by = match self.origin.host.is_empty() {
            true => self.origin.who.clone(),
            false => format!("{} on {}", self.origin.who, self.origin.host),
        };
        output::lines(&format!("{at}  {by}: {}\n", self.text.replace(['\n', '\r'], " ")))
    }
}

/// What an entry tells; a write has a line for each field.
pub fn sentences(entry: &Entry, names: &Names) -> Vec<Told> {
    let told =
        |at: Timestamp, origin: &Origin, text: String| Told { at, origin: origin.clone(), text };
    match entry {
        Entry::Started(run) => {
            let policies = counted(run.policies.len(), "policy");
            let text = format!("run {} began: {} of {policies}", run.id, run.kind.word());
            vec![told(run.started, &run.origin, text)]
        }
        Entry::Finished(run) => {
            vec![told(run.finished.unwrap_or(run.started), &run.origin, ended(run))]
        }
        Entry::Written { run, origin, changes } => {
            let lines = changes
                .iter()
                .map(|change| told(change.at, origin, format!("run {run}, {}", written(change))));
            lines.collect()
        }
        Entry::Unwritten { at, run, origin, intent, outcome, message } => {
            let message = message.as_ref().map_or_else(String::new, |text| format!(" ({text})"));
            let (kind, name) = (intent.kind.word(), &intent.device_name);
            vec![told(*at, origin, format!("run {run}, {kind} for {name}: {outcome}{message}"))]
        }
        Entry::Linked { event, origin } => vec![told(event.at, origin, linked(event, names))],
        Entry::Deed { at, origin, what, details } => {
            vec![told(*at, origin, deed(what, details, names))]
        }
    }
}

fn ended(run: &Run) -> String {
    let outcome = run.outcome.map_or("not known", Outcome::word);
    let counts = match run.counts == Counts::default() {
        true => "no device".to_owned(),
        false => output::told(&run.counts).join(", "),
    };
    format!("run {} ended: {outcome}, {counts}", run.id)
}

fn written(change: &RecordedChange) -> String {
    let from = change.from.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    format!(
        "{} {} of {}, {}: {from} -> {}{}",
        change.kind.word(),
        change.configuration_id,
        change.device_name,
        change.attribute.key(),
        change.to,
        if change.undone { " (undone)" } else { "" }
    )
}

fn linked(event: &LinkEvent, names: &Names) -> String {
    let policy = names.policy(&event.policy_id);
    match &event.target {
        Some(LinkTarget::Organization { id, name, with_children }) => {
            let below = if *with_children { ", with the policies below" } else { "" };
            format!("{policy} linked to {name} (id {id}){below}")
        }
        Some(LinkTarget::KeptUnlinked) => format!("{policy} unlinked, and kept so"),
        None => format!("{policy}: its own entry removed"),
    }
}

/// The sentence of a deed; of one that this version does not know, its words.
fn deed(what: &str, details: &Map<String, Value>, names: &Names) -> String {
    let text = |key: &str| match details.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "nothing".to_owned(),
        Some(other) => other.to_string(),
    };
    match what {
        "bound_by_hand" => format!(
            "{} bound by hand to configuration {}",
            names.device(&text("device_id")),
            text("configuration_id")
        ),
        "released" => format!("{} released", devices(details, names)),
        "accounts_accepted" => format!(
            "accounts confirmed: Addigy {}, IT Glue {} at {}",
            text("addigy_organization"),
            text("itglue_account"),
            text("itglue_url")
        ),
        "guard_passed" => format!(
            "run {} was told to set {} configurations inactive past the guard",
            text("run"),
            text("inactivations")
        ),
        "settings_written" => match details.get("enabled") {
            Some(Value::Bool(true)) => "settings written, switched on".into(),
            _ => "settings written, switched off".into(),
        },
        "state_backed_up" => format!("state copied to {}", text("file")),
        "state_restored" => {
            format!("state restored from {}; set aside: {}", text("file"), text("set_aside"))
        }
        "state_accepted" => "state accepted: syncs may write again".into(),
        "state_rebuilt" => {
            format!("state rebuilt, {}; set aside: {}", text("salvaged"), text("set_aside"))
        }
        _ => {
            let details = details.keys().map(|key| format!("{key} {}", text(key)));
            format!("{} {}", what.replace('_', " "), details.collect::<Vec<_>>().join(", "))
        }
    }
}

fn devices(details: &Map<String, Value>, names: &Names) -> String {
    let ids = details.get("devices").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let named = ids.iter().take(NAMED).filter_map(Value::as_str).map(|id| names.device(id));
    let named = named.collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
