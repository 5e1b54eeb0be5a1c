//! Changes to devices and policies.

use super::{Control, ControlError, only};
use crate::sandbox::addigy::hardware::{MODELS, Model};
use crate::sandbox::addigy::model::{Device, Policy, SetFact};
use crate::sandbox::names;
use jiff::SignedDuration;
use serde_json::Value;

/// A device to be added. What is left out it lacks, but for the model.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewDevice {
    /// Device Name.
    pub name: Option<String>,
    /// LocalHost Name.
    pub hostname: Option<String>,
    /// Local IP.
    pub ip: Option<String>,
    /// Ethernet MAC Address.
    pub mac: Option<String>,
    /// Serial Number.
    pub serial: Option<String>,
    /// Part of a model's name, such as `iPad`; a MacBook Air where it is left out.
    pub model: Option<String>,
}

impl Control {
    /// The id of a device.
    ///
    /// # Errors
    /// Where none or several are meant.
    pub fn device_id(&self, device: &str) -> Result<String, ControlError> {
        let world = self.addigy.world();
        if world.devices.contains_key(device) {
            return Ok(device.to_owned());
        }
        let is = |text: &Option<String>| text.as_deref().is_some_and(|text| text.trim() == device);
        let by = |wanted: &dyn Fn(&Device) -> bool| -> Vec<String> {
            world.devices.values().filter(|d| wanted(d)).map(|d| d.agent_id.clone()).collect()
        };
        let by_serial = by(&|device| is(&device.serial));
        let found = if by_serial.is_empty() { by(&|device| is(&device.name)) } else { by_serial };
        only("device", device, found)
    }

    /// The id of a policy.
    ///
    /// # Errors
    /// Where none or several are meant.
    pub fn policy_id(&self, policy: &str) -> Result<String, ControlError> {
        let world = self.addigy.world();
        if world.policies.contains_key(policy) {
            return Ok(policy.to_owned());
        }
        let named = world.policies.values().filter(|other| other.name == policy);
        only("policy", policy, named.map(|policy| policy.id.clone()).collect())
    }

    /// Every device, by id.
    pub fn devices(&self) -> Vec<Device> {
        self.addigy.world().devices.values().cloned().collect()
    }

    /// The devices located in a policy, by id.
    ///
    /// # Errors
    /// Where no policy or several are meant.
    pub fn devices_in(&self, policy: &str) -> Result<Vec<Device>, ControlError> {
        let policy = self.policy_id(policy)?;
        Ok(self.devices().into_iter().filter(|device| device.location == policy).collect())
    }

    /// Every policy, by id.
    pub fn policies(&self) -> Vec<Policy> {
        self.addigy.world().policies.values().cloned().collect()
    }

    /// Changes a device in place.
    ///
    /// # Errors
    /// Where no device or several are meant.
    pub fn change_device(
        &self,
        device: &str,
        change: impl FnOnce(&mut Device),
    ) -> Result<(), ControlError> {
        let id = self.device_id(device)?;
        if let Some(device) = self.addigy.world().devices.get_mut(&id) {
            change(device);
        }
        Ok(())
    }

    /// Adds a device to a policy; returns its id.
    ///
    /// # Errors
    /// Where no policy or several are meant, or there is no such model.
    pub fn add_device(&self, policy: &str, new: NewDevice) -> Result<String, ControlError> {
        let policy = self.policy_id(policy)?;
        let model = match &new.model {
            None => &MODELS[0],
            Some(name) => Model::named(name)
                .ok_or_else(|| ControlError::Unknown { kind: "model", name: name.clone() })?,
        };
        let id = self.new_id();
        let mut device = Device::new(id.clone(), model, policy, self.clock.now());
        device.name = new.name;
        device.hostname = new.hostname;
        device.local_ip = new.ip;
        device.ethernet_mac = new.mac;
        device.serial = new.serial;
        self.addigy.world().devices.insert(id.clone(), device);
        Ok(id)
    }

    /// Removes a device from Addigy.
    ///
    /// # Errors
    /// Where no device or several are meant.
    pub fn remove_device(&self, device: &str) -> Result<(), ControlError> {
        let id = self.device_id(device)?;
        self.addigy.world().devices.remove(&id);
        Ok(())
    }

    /// Removes up to so many of the devices located in a policy; returns their ids.
    ///
    /// # Errors
    /// Where no policy or several are meant.
    pub fn remove_devices(&self, policy: &str, count: usize) -> Result<Vec<String>, ControlError> {
        let devices = self.devices_in(policy)?.into_iter().take(count);
        let ids: Vec<String> = devices.map(|device| device.agent_id).collect();
        self.addigy.world().devices.retain(|id, _| !ids.contains(id));
        Ok(ids)
    }

    /// Moves a device to another policy; it leaves every other it was assigned to.
    ///
    /// # Errors
    /// Where no device or policy, or several, are meant.
    pub fn move_device(&self, device: &str, policy: &str) -> Result<(), ControlError> {
        let policy = self.policy_id(policy)?;
        self.change_device(device, |device| {
            device.location = policy;
            device.also_in.clear();
        })
    }

    /// Assigns a device to these policies, beside the one it is located in, and to no others.
    ///
    /// # Errors
    /// Where no device or policy, or several, are meant.
    pub fn assign_device(&self, device: &str, policies: &[&str]) -> Result<(), ControlError> {
        let ids: Result<Vec<String>, _> =
            policies.iter().map(|policy| self.policy_id(policy)).collect();
        let ids = ids?;
        self.change_device(device, |device| device.also_in = ids)
    }

    /// Gives a device another name.
    ///
    /// # Errors
    /// Where no device or several are meant.
    pub fn rename_device(&self, device: &str, name: &str) -> Result<(), ControlError> {
        self.set_fact(device, "device_name", name.into())
    }

    /// A wiped device comes back with a new id and the old serial; returns the new id. The old record
    /// stays beside it where `keep_old` says so.
    ///
    /// # Errors
    /// Where no device or several are meant.
    pub fn re_enrol_device(&self, device: &str, keep_old: bool) -> Result<String, ControlError> {
        let old = self.device_id(device)?;
        let new = self.new_id();
        let now = self.clock.now();
        let mut world = self.addigy.world();
        let was =
            if keep_old { world.devices.get(&old).cloned() } else { world.devices.remove(&old) };
        if let Some(mut device) = was {
            device.agent_id = new.clone();
            (device.registered, device.last_online) = (now, now);
            world.devices.insert(new.clone(), device);
        }
        Ok(new)
    }

    /// Says of a device that it was last heard of so many seconds ago.
    ///
    /// # Errors
    /// Where no device or several are meant.
    pub fn silence_device(&self, device: &str, seconds: i64) -> Result<(), ControlError> {
        let now = self.clock.now();
        let at = now.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
        self.change_device(device, |device| device.last_online = at)
    }

    /// Sets any fact of a device; null is a value, too.
    ///
    /// # Errors
    /// Where no device or several are meant.
    pub fn set_fact(&self, device: &str, fact: &str, value: Value) -> Result<(), ControlError> {
        self.change_device(device, |device| device.set_by_hand(fact, value))
    }

    /// A fact's audit fails: null, and this `error_msg`.
    ///
    /// # Errors
    /// Where no device or several are meant.
    pub fn fail_fact(&self, device: &str, fact: &str, message: &str) -> Result<(), ControlError> {
        self.put_fact(device, fact, SetFact::Failed(message.to_owned()))
    }

    /// A fact is not in the answers any more.
    ///
    /// # Errors
    /// Where no device or several are meant.
    pub fn drop_fact(&self, device: &str, fact: &str) -> Result<(), ControlError> {
        self.put_fact(device, fact, SetFact::Missing)
    }

    fn put_fact(&self, device: &str, fact: &str, put: SetFact) -> Result<(), ControlError> {
        self.change_device(device, |device| drop(device.set.insert(fact.to_owned(), put)))
    }

    /// Adds a policy, at the top or below another; returns its id.
    ///
    /// # Errors
    /// Where no parent or several are meant.
    pub fn add_policy(
        &self,
        name: &str,
        parent: Option<&str>,
        itglue_account_id: &str,
    ) -> Result<String, ControlError> {
        let parent = parent.map(|parent| self.policy_id(parent)).transpose()?;
        let id = self.new_id();
        let policy = Policy {
            id: id.clone(),
            name: name.to_owned(),
            parent,
            itglue_account_id: itglue_account_id.to_owned(),
            created: self.clock.now(),
        };
        self.addigy.world().policies.insert(id.clone(), policy);
        Ok(id)
    }

    /// Gives a policy another name.
    ///
    /// # Errors
    /// Where no policy or several are meant.
    pub fn rename_policy(&self, policy: &str, name: &str) -> Result<(), ControlError> {
        let id = self.policy_id(policy)?;
        if let Some(policy) = self.addigy.world().policies.get_mut(&id) {
            policy.name = name.to_owned();
        }
        Ok(())
    }

    /// Removes a policy. What names it (devices, policies below) goes on naming it.
    ///
    /// # Errors
    /// Where no policy or several are meant.
    pub fn remove_policy(&self, policy: &str) -> Result<(), ControlError> {
        let id = self.policy_id(policy)?;
        self.addigy.world().policies.remove(&id);
        Ok(())
    }

    fn new_id(&self) -> String {
        names::uuid(&mut fastrand::Rng::new())
    }
}

impl Device {
    /// Sets a fact; the ones by which a device can be named stay in step.
    fn set_by_hand(&mut self, fact: &str, value: Value) {
        let text = value.as_str().map(str::to_owned);
        match (fact, &text) {
            ("device_name", Some(_)) => self.name = text,
            ("serial_number", Some(_)) => self.serial = text,
            _ => {
                self.set.insert(fact.to_owned(), SetFact::Value(value));
                return;
            }
        }
        self.set.remove(fact);
    }
}
