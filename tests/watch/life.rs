//! What goes on around a watch: devices, people, outages, storms. All of it from one seed.

use bindery::domain::{Link, LinkTarget, OrganizationId, PolicyId};
use bindery::sandbox::control::NewDevice;
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Control, Fault, FaultKind, Service};
use bindery::store::Store;
use bindery::watch::Trouble;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How many devices there are at least and at most.
const DEVICES: std::ops::Range<usize> = 25..45;

/// A client: policy and organization, linked.
#[derive(Debug, Clone)]
pub struct Client {
    pub policy: String,
    pub organization: i64,
}

/// What shall happen to the coming round beyond what stands in the sandbox.
#[derive(Debug, Default)]
pub struct Plan {
    pub killed_after: Option<u64>,
    pub busy: Option<OrganizationId>,
    pub broken_settings: bool,
}

pub struct Life {
    pub rng: fastrand::Rng,
    pub clients: Vec<Client>,
    /// What people wrote into configurations.
    pub notes: BTreeMap<i64, String>,
    pub faults: u64,
    pub changes: u64,
    made: usize,
    ghosts: BTreeSet<String>,
    edited: BTreeSet<i64>,
    outage: Option<Timestamp>,
    renamed: Option<(i64, Timestamp)>,
    disturbed: bool,
}

impl Life {
    /// Five clients with devices, a policy without a link, and an organization that is nobody's.
    pub fn begin(seed: u64, control: &Control, store: &Store) -> Self {
        let mut clients = Vec::new();
        for name in ["Ash", "Birch", "Cedar", "Dogwood", "Elm"] {
            let client = Client {
                policy: control.add_policy(name, None, "").unwrap(),
                organization: control.add_organization(name),
            };
            link(control, store, &client);
            clients.push(client);
        }
        control.add_policy("Spare", None, "").unwrap();
        control.add_organization("Bystander");
        let mut life = Self {
            rng: fastrand::Rng::with_seed(seed),
            clients,
            notes: BTreeMap::new(),
            faults: 0,
            changes: 0,
            made: 0,
            ghosts: BTreeSet::new(),
            edited: BTreeSet::new(),
            outage: None,
            renamed: None,
            disturbed: false,
        };
        for at in 0..35 {
            let client = life.clients[at % 5].clone();
            life.join(control, &client.policy);
        }
        life
    }

    /// A quarter of an hour goes by.
    pub fn go_on(&mut self, control: &Control, store: &Store) -> Plan {
        let now = control.clock().now();
        if self.outage.is_some_and(|until| until <= now) {
            self.outage = None;
        }
        if self.outage.is_none() {
            control.faults().clear();
        }
        if self.renamed.is_some_and(|(_, until)| until <= now) {
            self.settle_name(control, store);
        }
        self.heartbeat(control);
        self.disturbed = self.outage.is_some();
        for _ in 0..3 {
            if self.rng.f64() < 0.12 {
                self.changes += 1;
                self.change(control);
            }
        }
        let mut plan = Plan::default();
        match self.rng.u32(0..1000) {
            0..150 => self.fault(control),
            150..160 => self.begin_outage(control, now),
            160..163 => self.lock_out(control),
            163..173 => plan.killed_after = Some(self.rng.u64(1..16)),
            173..185 => plan.busy = Some(OrganizationId::new(self.client().organization)),
            185..190 => plan.broken_settings = true,
            190..196 if self.renamed.is_none() => self.rename_organization(control, now),
            _ => {}
        }
        self.disturbed |= plan.killed_after.is_some() || plan.broken_settings;
        plan
    }

    /// Trouble comes from somewhere.
    pub fn expects(&self, trouble: &Trouble) {
        assert!(self.disturbed, "all was well, and yet: {trouble:?}");
    }

    /// Everything that disturbs ends.
    pub fn calm(&mut self, control: &Control, store: &Store) {
        control.faults().clear();
        self.outage = None;
        if self.renamed.is_some() {
            self.settle_name(control, store);
        }
        for ghost in std::mem::take(&mut self.ghosts) {
            control.remove_device(&ghost).unwrap();
        }
        self.heartbeat(control);
    }

    fn client(&mut self) -> Client {
        let at = self.rng.usize(..self.clients.len());
        self.clients[at].clone()
    }

    fn heartbeat(&mut self, control: &Control) {
        let now = control.clock().now();
        for device in control.addigy().world().devices.values_mut() {
            if !self.ghosts.contains(&device.agent_id) {
                device.last_online = now;
            }
        }
    }

    fn join(&mut self, control: &Control, policy: &str) -> String {
        let at = self.made;
        self.made += 1;
        let new = NewDevice {
            name: Some(format!("mac-{at:04}")),
            hostname: Some(format!("mac-{at:04}-host")),
            ip: Some(format!("10.2.{}.{}", at / 250, at % 250 + 1)),
            mac: Some(mac(at)),
            serial: Some(serial(at)),
            model: None,
        };
        control.add_device(policy, new).unwrap()
    }

    /// Something changes in Addigy, or a person does something in IT Glue.
    fn change(&mut self, control: &Control) {
        let devices: Vec<String> = control
            .devices()
            .into_iter()
            .map(|device| device.agent_id)
            .filter(|id| !self.ghosts.contains(id))
            .collect();
        let Some(device) = self.rng.choice(devices.clone()) else { return };
        let client = self.client();
        match self.rng.u32(0..100) {
            0..20 => {
                let name = format!("mac-renamed-{}", self.changes);
                control.rename_device(&device, &name).unwrap();
            }
            20..35 => {
                let ip = format!("10.9.{}.{}", self.rng.u8(..), self.rng.u8(1..255));
                control.change_device(&device, |device| device.local_ip = Some(ip)).unwrap();
            }
            35..40 => {
                let board = mac(100_000 + self.changes as usize);
                control.change_device(&device, |d| d.ethernet_mac = Some(board)).unwrap();
            }
            40..52 if devices.len() < DEVICES.end => {
                self.join(control, &client.policy);
            }
            52..57 if devices.len() < DEVICES.end => self.prepare_and_join(control, &client),
            57..66 if devices.len() > DEVICES.start => control.remove_device(&device).unwrap(),
            66..74 => control.move_device(&device, &client.policy).unwrap(),
            74..77 => control.move_device(&device, "Spare").unwrap(),
            77..81 => drop(control.re_enrol_device(&device, false).unwrap()),
            81..83 => {
                control.re_enrol_device(&device, true).unwrap();
                self.ghosts.insert(device);
            }
            83..100 => self.person(control, &client),
            _ => {}
        }
    }

    /// Somebody has documented a device before it was enrolled.
    fn prepare_and_join(&mut self, control: &Control, client: &Client) {
        let organization = client.organization.to_string();
        let known = control.configurations(&organization).unwrap();
        if let Some(known) = known.first() {
            control.add_configuration(Configuration {
                id: 0,
                name: "ordered".into(),
                serial_number: Some(serial(self.made).to_lowercase()),
                hostname: None,
                primary_ip: None,
                mac_address: None,
                interfaces: Vec::new(),
                notes: None,
                ..known.clone()
            });
        }
        self.join(control, &client.policy);
    }

    fn person(&mut self, control: &Control, client: &Client) {
        let known = control.configurations(&client.organization.to_string()).unwrap();
        let Some(id) = self.rng.choice(known).map(|configuration| configuration.id) else {
            return;
        };
        match self.rng.u32(0..10) {
            0..6 => {
                let note = format!("note {}", self.changes);
                control.change_configuration(id, |c| c.notes = Some(note.clone())).unwrap();
                self.notes.insert(id, note);
            }
            // Once each: what is changed back again and again is left to the person.
            6..9 if self.edited.insert(id) => {
                control.change_configuration(id, |c| c.name = "by hand".into()).unwrap();
            }
            9 => {
                control.remove_configuration(id).unwrap();
                self.notes.remove(&id);
            }
            _ => {}
        }
    }

    fn fault(&mut self, control: &Control) {
        self.disturbed = true;
        self.faults += 1;
        let status = [500, 502, 503, 504][self.rng.usize(..4)];
        let kind = match self.rng.u32(0..9) {
            0 => FaultKind::Status { status, body: None, retry_after: None },
            1 => FaultKind::ActThenStatus { status },
            2 => FaultKind::Reset,
            3 | 4 => FaultKind::ActThenDrop,
            5 => FaultKind::HalfAnswer,
            6 => FaultKind::Garbage,
            7 => FaultKind::Html { status: 503 },
            _ => FaultKind::Empty,
        };
        let mut fault = Fault::new(kind).times(self.rng.u32(1..5));
        fault = match self.rng.u32(0..4) {
            0 => fault.at(Service::ItGlue).method("POST"),
            1 => fault.at(Service::ItGlue).method("PATCH"),
            _ => fault.skip(self.rng.u32(0..12)),
        };
        control.fault(fault);
        if self.rng.f64() < 0.2 {
            let storm = self.rng.u32(1..25);
            self.faults += u64::from(storm);
            control.fault(Fault::status(429).at(Service::ItGlue).times(storm));
        }
    }

    /// A service is down, or a key revoked, for hours.
    fn begin_outage(&mut self, control: &Control, now: Timestamp) {
        self.disturbed = true;
        self.faults += 1;
        let service = if self.rng.bool() { Service::Addigy } else { Service::ItGlue };
        let status = if self.rng.u32(0..3) == 0 { 401 } else { 503 };
        control.faults().clear();
        control.fault(Fault::status(status).at(service).times(u32::MAX));
        self.outage = Some(now + SignedDuration::from_mins(self.rng.i64(60..480)));
    }

    fn lock_out(&mut self, control: &Control) {
        self.disturbed = true;
        self.faults += 1;
        control.faults().clear();
        control.fault(Fault::status(429).at(Service::Addigy));
    }

    fn rename_organization(&mut self, control: &Control, now: Timestamp) {
        let id = self.client().organization;
        control.rename_organization(&id.to_string(), &format!("Renamed {}", self.changes)).unwrap();
        let hours = self.rng.i64(1..8);
        self.renamed = Some((id, now + SignedDuration::from_hours(hours)));
    }

    /// A person confirms the new name by linking again.
    fn settle_name(&mut self, control: &Control, store: &Store) {
        let Some((id, _)) = self.renamed.take() else { return };
        let client = self.clients.iter().find(|client| client.organization == id).unwrap();
        link(control, store, client);
    }
}

fn link(control: &Control, store: &Store, client: &Client) {
    let account = control.itglue().account.lock().unwrap();
    let name = account.organizations[&client.organization].name.clone();
    drop(account);
    let id = OrganizationId::new(client.organization);
    let target = LinkTarget::Organization { id, name, with_children: false };
    let link = Link { policy_id: PolicyId::new(client.policy.clone()), target };
    store.set_link(&link, "test", control.clock().now()).unwrap();
}

pub fn serial(at: usize) -> String {
    format!("C02LIFE{at:05}")
}

fn mac(at: usize) -> String {
    format!("a4:83:e7:{:02x}:{:02x}:{:02x}", at >> 16 & 255, at >> 8 & 255, at & 255)
}
