//! What matching looks up: over the whole sweep, and in one organization.

use super::places::{Place, Places};
use super::twins::Twins;
use super::{OrganizationView, View, World};
use crate::domain::{
    Binding, BindingState, Configuration, ConfigurationId, Device, DeviceId, MacAddress,
    OrganizationId, SerialNumber,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What is worked out once, over all devices.
pub(super) struct Sweep<'a> {
    pub places: Places,
    pub twins: Twins,
    pub devices: HashMap<&'a DeviceId, &'a Arc<Device>>,
    /// How many devices carry a MAC address.
    mac_carriers: HashMap<MacAddress, usize>,
    /// The devices of each organization.
    by_organization: HashMap<OrganizationId, Vec<&'a Arc<Device>>>,
    /// The devices that may be in any.
    unclear: Vec<&'a Arc<Device>>,
}

impl<'a> Sweep<'a> {
    pub fn of(world: &'a World<'_>) -> Self {
        let places = Places::of(world);
        let twins = Twins::of(world, &places);
        let mut sweep = Self {
            twins,
            devices: world.devices.iter().map(|device| (&device.id, device)).collect(),
            mac_carriers: HashMap::new(),
            by_organization: HashMap::new(),
            unclear: Vec::new(),
            places,
        };
        for device in sweep.devices.values().copied() {
            if let Some(mac) = device.mac() {
                *sweep.mac_carriers.entry(mac).or_default() += 1;
            }
            match sweep.places.get(&device.id) {
                Some(Place::In { organization, .. }) => {
                    sweep.by_organization.entry(*organization).or_default().push(device);
                }
                Some(Place::Torn(_) | Place::Unknown { .. }) => sweep.unclear.push(device),
                Some(Place::Nowhere) | None => {}
            }
        }
        sweep
    }

    /// The device's MAC address, if no other device of the sweep has it.
    pub fn own_mac(&self, device: &Device) -> Option<MacAddress> {
        device.mac().filter(|mac| self.mac_carriers.get(mac) == Some(&1))
    }
}

/// One organization with everything that matching looks up in it.
pub(super) struct Present<'a> {
    pub world: &'a World<'a>,
    pub sweep: &'a Sweep<'a>,
    pub organization: OrganizationId,
    pub view: &'a View,
    /// This organization's bindings.
    pub bindings: BTreeMap<&'a DeviceId, &'a Binding>,
    pub by_id: HashMap<ConfigurationId, &'a Arc<Configuration>>,
    pub by_name: HashMap<String, ConfigurationId>,
    /// The devices that are, or may be, here, in the order of their ids.
    pub devices: Vec<&'a Arc<Device>>,
    /// One device that is, or may be, here for each serial number.
    pub serials: HashMap<SerialNumber, &'a DeviceId>,
    by_serial: HashMap<SerialNumber, Vec<&'a Arc<Configuration>>>,
    by_mac: HashMap<MacAddress, Vec<&'a Arc<Configuration>>>,
    /// The device that a configuration belongs to; grows while devices are matched.
    holders: HashMap<ConfigurationId, &'a DeviceId>,
    /// Configurations that undo touched, with the device each was written for.
    undone: HashMap<ConfigurationId, &'a Binding>,
    /// Creates without a clear answer, by what they would carry.
    unsettled: HashMap<SerialNumber, Timestamp>,
}

impl<'a> Present<'a> {
    pub fn new(
        world: &'a World<'a>,
        sweep: &'a Sweep<'a>,
        organization: OrganizationId,
        view: &'a OrganizationView,
    ) -> Self {
        let here = sweep.by_organization.get(&organization).into_iter().flatten();
        let mut devices: Vec<&Arc<Device>> = here.chain(&sweep.unclear).copied().collect();
        devices.sort_by(|left, right| left.id.cmp(&right.id));
        let mut present = Self {
            world,
            sweep,
            organization,
            view: &view.view,
            bindings: world
                .bindings
                .iter()
                .filter(|binding| binding.organization_id == organization)
                .map(|binding| (&binding.device_id, binding))
                .collect(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            devices,
            serials: HashMap::new(),
            by_serial: HashMap::new(),
            by_mac: HashMap::new(),
            holders: HashMap::new(),
            undone: HashMap::new(),
            unsettled: HashMap::new(),
        };
        present.index_configurations();
        present.index_devices();
        present.index_bindings();
        present
    }

    fn index_configurations(&mut self) {
        let View::Read { configurations, .. } = self.view else { return };
        // A listing that answered with other clients' records must not lead a write to them.
        let mut own: Vec<&Arc<Configuration>> =
            configurations.iter().filter(|c| c.organization_id == self.organization).collect();
        // The plan must not depend on the order of what was read.
        own.sort_by_key(|configuration| configuration.id);
        for configuration in own {
            self.by_id.insert(configuration.id, configuration);
            if let Some(serial) = configuration.serial() {
                self.by_serial.entry(serial).or_default().push(configuration);
            }
            if let Some(mac) = configuration.mac() {
                self.by_mac.entry(mac).or_default().push(configuration);
            }
            if let Some(name) = &configuration.name {
                self.by_name.entry(name.trim().to_lowercase()).or_insert(configuration.id);
            }
        }
    }

    fn index_devices(&mut self) {
        for device in &self.devices {
            let elsewhere = match self.sweep.places.get(&device.id) {
                Some(Place::Torn(places)) => !places.contains_key(&self.organization),
                _ => false,
            };
            let Some(serial) = device.serial().filter(|_| !elsewhere) else { continue };
            if let Some(until) = self.world.unsettled.get(&(device.id.clone(), self.organization)) {
                self.unsettled.insert(serial.clone(), *until);
            }
            self.serials.entry(serial).or_insert(&device.id);
        }
    }

    /// Of several bindings on one configuration the one a person chose goes first, then one whose
    /// device has the configuration's serial number.
    fn index_bindings(&mut self) {
        let mut claims: Vec<&Binding> = self
            .bindings
            .values()
            .copied()
            .filter(|binding| {
                in_force(binding)
                    && self.is_here(&binding.device_id)
                    && self.sweep.twins.loser(&binding.device_id).is_none()
            })
            .collect();
        claims.sort_by_key(|binding| {
            let device = self.sweep.devices.get(&binding.device_id);
            let serial = device.and_then(|device| device.serial());
            let theirs = self.by_id.get(&binding.configuration_id).and_then(|c| c.serial());
            let fits = serial.is_some() && serial == theirs;
            (binding.state != BindingState::Chosen, !fits, &binding.device_id)
        });
        for binding in claims {
            self.holders.entry(binding.configuration_id).or_insert(&binding.device_id);
        }
        for binding in self.bindings.values().filter(|binding| binding.held_by.is_some()) {
            self.undone.insert(binding.configuration_id, binding);
        }
    }

    /// Whether the device is in this organization, or may be.
    pub fn is_here(&self, device: &DeviceId) -> bool {
        self.sweep.places.may_be_in(device, self.organization)
    }

    /// Another device that the configuration belongs to.
    pub fn other_holder(
        &self,
        configuration: ConfigurationId,
        device: &DeviceId,
    ) -> Option<&'a DeviceId> {
        self.holders.get(&configuration).copied().filter(|holder| *holder != device)
    }

    /// From here on the configuration is the device's.
    pub fn take(&mut self, configuration: ConfigurationId, device: &'a DeviceId) {
        self.holders.insert(configuration, device);
    }

    /// The binding of another device through which undo touched the configuration.
    pub fn undone_for_other(
        &self,
        configuration: ConfigurationId,
        device: &DeviceId,
    ) -> Option<&'a Binding> {
        self.undone.get(&configuration).copied().filter(|binding| binding.device_id != *device)
    }

    /// The configurations with this serial number.
    pub fn with_serial(&self, serial: &SerialNumber) -> &[&'a Arc<Configuration>] {
        self.by_serial.get(serial).map_or(&[], Vec::as_slice)
    }

    /// The configurations with this MAC address. Where the holder has another one, the record keeps
    /// this one only until that is written.
    pub fn with_mac(&self, mac: MacAddress, device: &DeviceId) -> Vec<&'a Arc<Configuration>> {
        let keeps_it = |configuration: &Configuration| {
            let holder = self.other_holder(configuration.id, device);
            let theirs = holder.and_then(|holder| self.sweep.devices.get(holder)?.mac());
            theirs.is_none_or(|theirs| theirs == mac)
        };
        let carriers = self.by_mac.get(&mac).into_iter().flatten().copied();
        carriers.filter(|configuration| keeps_it(configuration)).collect()
    }

    /// When a create with this device's serial number, also a twin's, may be looked up.
    pub fn unsettled(&self, device: &Device) -> Option<Timestamp> {
        let own = self.world.unsettled.get(&(device.id.clone(), self.organization));
        own.copied().or_else(|| self.unsettled.get(&device.serial()?).copied())
    }
}

/// Whether a binding counts now. Others are a hint to where the device was.
pub(super) const fn in_force(binding: &Binding) -> bool {
    matches!(binding.state, BindingState::Bound | BindingState::Chosen)
}
