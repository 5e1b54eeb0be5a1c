//! `bindery release`: lets syncs touch what undo held.

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::linking::lock;
use super::output::{self, counted};
use super::overview::Known;
use super::select;
use super::status::quoted;
use crate::domain::{Binding, DeviceId, DeviceState, PolicyId};
use crate::settings;
use crate::store::{Deed, DeviceReport, Store};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Release) -> CommandResult {
    let store = context.store()?;
    let known = Known::of(&store)?;
    let target = Target::find(&known, &args.target)?;
    let released = target.release(&store, &known)?;
    if context.global.json {
        let devices: BTreeSet<&DeviceId> = released.iter().map(|b| &b.device_id).collect();
        output::print_json(&json!({ "schema": 1, "released": devices }));
    } else {
        let (told, next) = target.told(&known, released.len());
        let next = if released.is_empty() { String::new() } else { format!(" Next: {next}") };
        output::print(&output::lines(&format!("{told}{next}\n")));
    }
    Ok(Exit::Done)
}

/// What is to be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// All of a policy.
    Policy(PolicyId),
    /// One device.
    Device(DeviceId),
}

impl Target {
    fn find(known: &Known, wanted: &str) -> Result<Self, CommandError> {
        let policies = select::policies_like(&known.tree, wanted);
        let devices = select::devices_like(&known.devices, wanted);
        match (policies.is_empty(), devices.is_empty()) {
            (false, false) => Err(CommandError::usage(format!(
                "{wanted} is a policy and a device; name the one that is meant by its id: policy {}, \
                 device {}",
                policies[0].id, // neither is empty here
                devices[0].id
            ))),
            (false, true) => Ok(Self::Policy(select::policy(&known.tree, wanted)?.id.clone())),
            (true, false) => Ok(Self::Device(select::device(&known.devices, wanted)?.id.clone())),
            (true, true) => Self::vanished(known, wanted).ok_or_else(|| {
                CommandError::usage(format!(
                    "neither a policy nor a device is called {wanted}. See both: bindery policies, \
                     bindery device {}",
                    quoted(wanted)
                ))
            }),
        }
    }

    /// What Addigy has no more can still be held; it goes by its id.
    fn vanished(known: &Known, wanted: &str) -> Option<Self> {
        let held = || known.bindings.iter().filter(|binding| binding.held_by.is_some());
        let device = held().find(|binding| binding.device_id.as_str() == wanted);
        let policy = held().find(|binding| binding.policy_id.as_str() == wanted);
        device
            .map(|binding| Self::Device(binding.device_id.clone()))
            .or_else(|| policy.map(|binding| Self::Policy(binding.policy_id.clone())))
    }

    /// A device counted in several policies has one binding in an organization, which names one of
    /// them; the others show it as held in their reports.
    fn means(&self, known: &Known, binding: &Binding) -> bool {
        match self {
            Self::Policy(id) => {
                binding.policy_id == *id
                    || known.reports.iter().any(|r| r.policy_id == *id && shows(r, binding))
            }
            Self::Device(id) => binding.device_id == *id,
        }
    }

    /// Releases it under the locks of the organizations concerned; what was held comes back.
    pub fn release(&self, store: &Store, known: &Known) -> Result<Vec<Binding>, CommandError> {
        let held = |bindings: &[Binding]| -> Vec<Binding> {
            let held = bindings.iter().filter(|b| b.held_by.is_some() && self.means(known, b));
            held.cloned().collect()
        };
        let concerned: BTreeSet<_> =
            held(&known.bindings).iter().map(|binding| binding.organization_id).collect();
        let origin = settings::origin(&settings::process_env);
        let _locks = lock(store, &concerned, &origin)?;
        let released: Vec<Binding> = held(&store.bindings()?)
            .into_iter()
            .filter(|binding| concerned.contains(&binding.organization_id))
            .map(|binding| Binding { held_by: None, ..binding })
            .collect();
        if !released.is_empty() {
            let devices = released.iter().map(|binding| binding.device_id.clone()).collect();
            store.save_bindings_as(&Deed::Released { devices }, &released, Timestamp::now())?;
        }
        Ok(released)
    }

    /// What became of it, and the command that comes next.
    pub fn told(&self, known: &Known, count: usize) -> (String, String) {
        let (name, next) = match self {
            Self::Policy(id) => {
                let path = known.tree.path_text(id);
                let next = format!("bindery plan {}", quoted(&path));
                (path, next)
            }
            Self::Device(id) => {
                let device = known.devices.iter().find(|device| device.id == *id);
                let name = device.map_or_else(|| id.to_string(), |device| device.label());
                (name, format!("bindery sync --device {id}"))
            }
        };
        let told = match count {
            0 => format!("Nothing of {name} is held; nothing was changed."),
            _ => format!(
                "{name}: {} released; the next sync writes again.",
                counted(count, "binding")
            ),
        };
        (told, next)
    }
}

/// Whether the report is on this binding, as far as it says: one without a configuration is only known
/// to be on something held.
fn shows(report: &DeviceReport, binding: &Binding) -> bool {
    report.device_id == binding.device_id
        && match report.configuration_id {
            Some(id) => id == binding.configuration_id,
            None => report.state == DeviceState::Held,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::overview::tests::{binding, device, tree};
    use crate::domain::{ConfigurationId, Links, RunId};
    use std::collections::BTreeMap;

    #[test]
    fn policies_devices_and_what_is_gone_can_be_named() {
        let held = Some(RunId::new(3));
        let known = Known {
            tree: tree(),
            devices: vec![device("a", "acme"), device("acme-x", "acme"), device("globex", "acme")],
            as_of: None,
            links: Links::default(),
            bindings: vec![Binding { held_by: held, ..binding("gone", 1, "acme") }],
            reports: Vec::new(),
            last_sync: BTreeMap::new(),
        };
        let find = |wanted: &str| Target::find(&known, wanted);
        assert_eq!(find("Acme").unwrap(), Target::Policy(PolicyId::new("acme")));
        assert_eq!(find("A").unwrap(), Target::Device(DeviceId::new("a")));
        assert_eq!(find("gone").unwrap(), Target::Device(DeviceId::new("gone")));
        assert_eq!(find("globex").unwrap_err().exit, Exit::Usage, "both a policy and a device");
        assert_eq!(find("nobody").unwrap_err().exit, Exit::Usage);
    }
    /// A device counted in two policies has one binding, and one that moved keeps what it was bound
    /// through: both are shown as held in the other policy, and go by its name.
    #[test]
    fn a_policy_names_what_its_reports_show_as_held() {
        let store = Store::in_memory().unwrap();
        let held = |device: &str, organization, configuration| Binding {
            held_by: Some(RunId::new(3)),
            configuration_id: ConfigurationId::new(configuration),
            ..binding(device, organization, "acme")
        };
        let shown = |device: &str, state, configuration: Option<i64>| DeviceReport {
            policy_id: PolicyId::new("globex"),
            device_id: DeviceId::new(device),
            name: device.to_owned(),
            serial_number: None,
            state,
            pending: None,
            configuration_id: configuration.map(ConfigurationId::new),
            at: Timestamp::UNIX_EPOCH,
        };
        let bindings = vec![held("both", 1, 1), held("here", 1, 2), held("elsewhere", 2, 3)];
        store.save_bindings(&bindings).unwrap();
        let known = Known {
            tree: tree(),
            devices: vec![device("both", "acme"), device("here", "acme")],
            as_of: None,
            links: Links::default(),
            bindings,
            reports: vec![
                shown("both", DeviceState::Held, None),
                shown("elsewhere", DeviceState::Linked, Some(4)),
            ],
            last_sync: BTreeMap::new(),
        };
        let target = Target::Policy(PolicyId::new("globex"));
        let released = target.release(&store, &known).unwrap();
        let released: Vec<&str> = released.iter().map(|b| b.device_id.as_str()).collect();
        assert_eq!(released, ["both"], "what is held elsewhere stays held");
        let still = store.bindings().unwrap().into_iter().filter(|b| b.held_by.is_some()).count();
        assert_eq!(still, 2);
    }
}
