//! All devices, prepared for searching: made once when the state is read, never while drawing.

mod search;

use crate::commands::device::card::{telling_binding, telling_report};
use crate::commands::device::standing::Standing;
use crate::commands::overview::Known;
use crate::domain::{
    Attribute, Binding, BindingState, Device, DeviceId, DeviceState, Membership, OrganizationId,
    PolicyId, SerialNumber,
};
use crate::plan::{Place, Places};
use crate::store::DeviceReport;
use crate::text;
pub use search::{Search, complete};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Every device that is known, in the order of names: those of the last sweep, and those gone from
/// Addigy that a binding or a report still tells of.
#[derive(Debug, Default)]
pub struct Fleet {
    rows: Vec<FleetRow>,
    gone: Vec<Device>,
    by_id: HashMap<DeviceId, usize>,
}

/// One device of the list; its texts are clean.
#[derive(Debug, Clone)]
pub struct FleetRow {
    /// The device.
    pub id: DeviceId,
    /// What to call it.
    pub name: String,
    /// Its serial number, or nothing.
    pub serial: String,
    /// Its IP, or nothing.
    pub ip: String,
    /// Its MAC address, or nothing.
    pub mac: String,
    /// Its model, or nothing.
    pub model: String,
    /// The path of its main policy, or nothing.
    pub policy: String,
    /// The name of the organization that documents it, or nothing.
    pub organization: String,
    /// How it stands.
    pub standing: Standing,
    /// Whether Addigy lists it no more.
    pub gone: bool,
    /// Name, hostname, serial, id, IP in lower case.
    haystack: String,
    /// The MAC address's digits in lower case.
    digits: String,
}

impl FleetRow {
    /// The state's symbol is that of this state.
    pub fn looks_like(&self) -> Option<DeviceState> {
        Some(match &self.standing {
            Standing::Held(_) => DeviceState::Held,
            Standing::Pending(pending) if pending.superseded => DeviceState::Inactive,
            Standing::Pending(_) => DeviceState::Pending,
            Standing::Withheld => DeviceState::Withheld,
            Standing::Linked(_) => DeviceState::Linked,
            Standing::Chosen | Standing::NotSynced => DeviceState::Waiting,
            Standing::Leaving => DeviceState::Inactive,
            Standing::NotLinked => return None,
        })
    }

    /// The state's word for a person.
    pub fn state(&self) -> &'static str {
        match &self.standing {
            Standing::Pending(pending) if pending.superseded => "superseded",
            Standing::NotSynced => "not synced",
            Standing::NotLinked => "not linked",
            standing => standing.word(),
        }
    }

    /// Why it is pending, in a word.
    pub fn reason(&self) -> &'static str {
        match &self.standing {
            Standing::Pending(pending) => pending.reason.word(),
            _ => "",
        }
    }

    /// Whether a person should look at it.
    pub fn needs_attention(&self) -> bool {
        match &self.standing {
            Standing::Pending(pending) => !pending.superseded,
            Standing::Withheld => true,
            _ => false,
        }
    }
}

impl Fleet {
    /// Prepares it.
    pub fn of(known: &Known) -> Self {
        let gone = gone(known);
        let places = Places::new(&known.tree, &known.links, &known.devices);
        let mut bindings: HashMap<&DeviceId, Vec<&Binding>> = HashMap::new();
        for binding in &known.bindings {
            bindings.entry(&binding.device_id).or_default().push(binding);
        }
        let mut reports: HashMap<&DeviceId, Vec<&DeviceReport>> = HashMap::new();
        for report in &known.reports {
            reports.entry(&report.device_id).or_default().push(report);
        }
        let names = names(known);
        let listed = known.devices.iter().map(|device| (device, false));
        // What left for good is looked up by its id alone.
        let due = |device: &&Device| {
            let mut bindings = bindings.get(&device.id).into_iter().flatten();
            reports.contains_key(&device.id) || bindings.any(|binding| in_force(binding))
        };
        let mut rows: Vec<FleetRow> = listed
            .chain(gone.iter().filter(due).map(|device| (device, true)))
            .map(|(device, gone)| {
                let place = places.get(&device.id).unwrap_or(&Place::Nowhere);
                let own = bindings.get(&device.id).map_or(&[][..], Vec::as_slice);
                let reports = reports.get(&device.id).map_or(&[][..], Vec::as_slice);
                row(known, &names, device, gone, (place, own, reports))
            })
            .collect();
        rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.id.clone()));
        let by_id = rows.iter().enumerate().map(|(at, row)| (row.id.clone(), at)).collect();
        Self { rows, gone, by_id }
    }

    /// All of them.
    pub fn rows(&self) -> &[FleetRow] {
        &self.rows
    }

    /// One of them.
    pub fn get(&self, id: &DeviceId) -> Option<&FleetRow> {
        self.rows.get(*self.by_id.get(id)?)
    }

    /// What is left of a device that Addigy lists no more.
    pub fn gone(&self, id: &DeviceId) -> Option<&Device> {
        self.gone.iter().find(|device| device.id == *id)
    }

    /// The devices that answer to the search, whole answers first, then by name.
    pub fn search(&self, search: &Search) -> Vec<&FleetRow> {
        let mut hits: Vec<&FleetRow> = self.rows.iter().filter(|row| search.hits(row)).collect();
        if !search.is_empty() {
            // Stable: by name within.
            hits.sort_by_key(|row| !search.is_whole(row));
        }
        hits
    }
}

fn in_force(binding: &Binding) -> bool {
    matches!(binding.state, BindingState::Bound | BindingState::Chosen)
}

/// Devices of which a binding or a report tells, though the last sweep has them no more.
fn gone(known: &Known) -> Vec<Device> {
    let listed: BTreeSet<&DeviceId> = known.devices.iter().map(|device| &device.id).collect();
    let mut gone: BTreeMap<&DeviceId, (Option<&str>, Option<&str>)> = BTreeMap::new();
    // Without a listing nobody is known to be gone.
    if known.devices.is_empty() {
        return Vec::new();
    }
    for binding in known.bindings.iter().filter(|b| !listed.contains(&b.device_id)) {
        let serial = binding.serial_seen.as_ref().map(SerialNumber::as_str);
        let name = binding.written.get(&Attribute::Name).map(|written| written.sent.as_str());
        gone.insert(&binding.device_id, (name, serial));
    }
    for report in known.reports.iter().filter(|report| !listed.contains(&report.device_id)) {
        gone.insert(&report.device_id, (Some(&report.name), report.serial_number.as_deref()));
    }
    gone.into_iter()
        .map(|(id, (name, serial))| Device {
            id: id.clone(),
            name: name.map(str::to_owned),
            hostname: None,
            local_ip: None,
            ethernet_mac: None,
            serial_number: serial.map(str::to_owned),
            model: None,
            last_online: None,
            membership: Membership::Read { location: None, listed: BTreeSet::new() },
            facts: BTreeMap::new(),
        })
        .collect()
}

/// The organizations' names, as the links keep them.
fn names(known: &Known) -> HashMap<OrganizationId, String> {
    let policies = known.links.iter().map(|(id, _)| id);
    policies
        .filter_map(|id| known.links.coverage(&known.tree, id))
        .map(|c| (c.organization_id, text::clean(c.organization_name)))
        .collect()
}

fn row(
    known: &Known,
    names: &HashMap<OrganizationId, String>,
    device: &Device,
    gone: bool,
    (place, bindings, reports): (&Place, &[&Binding], &[&DeviceReport]),
) -> FleetRow {
    let here = match place {
        Place::In { organization, .. } => Some(*organization),
        _ => None,
    };
    let binding = telling_binding(bindings.iter().copied(), here);
    let report = telling_report(reports.iter().copied());
    let organization = here.or(binding.map(|binding| binding.organization_id));
    let clean = |value: &Option<String>| text::clean(value.as_deref().unwrap_or_default().trim());
    let mac = device.mac().map_or_else(String::new, |mac| mac.to_string());
    let (serial, ip) = (clean(&device.serial_number), clean(&device.local_ip));
    let name = text::clean(&device.label());
    let texts = [&name, &clean(&device.name), &clean(&device.hostname), &serial, &ip];
    let mut haystack = String::new();
    for text in texts.into_iter().map(String::as_str).chain([device.id.as_str()]) {
        haystack.push_str(&plain(text));
        haystack.push('\n');
    }
    FleetRow {
        standing: Standing::of(place, binding, report),
        policy: main_policy(place, device)
            .map_or_else(String::new, |id| text::clean(&known.tree.path_text(id))),
        organization: organization.and_then(|id| names.get(&id)).cloned().unwrap_or_default(),
        digits: mac.to_lowercase().replace(':', ""),
        model: clean(&device.model),
        id: device.id.clone(),
        name,
        serial,
        ip,
        mac,
        gone,
        haystack,
    }
}

fn main_policy<'a>(place: &'a Place, device: &'a Device) -> Option<&'a PolicyId> {
    match place {
        Place::In { through, .. } => Some(through),
        _ => device.membership.location(),
    }
}

/// A text as it is compared: lower case, and with the apostrophe that a keyboard has, where iPhones
/// write a curly one.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(['\u{2018}', '\u{2019}'], "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<String> {
        let fleet = Fleet::of(&testing::snapshot().known);
        fleet.search(&Search::parse(text)).iter().map(|row| row.id.to_string()).collect()
    }

    #[test]
    fn everything_a_person_may_type_or_paste_finds() {
        for text in ["acm-mbp-002", "C02A2", " c02a2 ", "a2", "mbp-002", "ACM 002"] {
            assert_eq!(found(text), ["a2"], "{text:?}");
        }
        for mac in ["A4-83-E7-00-00-01", "a483.e700.0001", "a4 83 e7 00 00 01", "a483e7000001"] {
            assert_eq!(found(mac).len(), 9, "{mac:?}: all share it");
        }
        assert_eq!(found("e7:00:00").len(), 9);
        assert_eq!(found("10.1.2").len(), 9);
        assert_eq!(found("").len(), 9);
        assert!(found("nobody").is_empty());
    }

    #[test]
    fn words_narrow() {
        assert_eq!(found("state:pending"), ["g1", "l2"]);
        assert_eq!(found("laptop state:linked"), ["l1"]);
        assert_eq!(found("reason:ambiguous"), ["l2"]);
        assert_eq!(found("org:globex"), ["g1"]);
        assert_eq!(found("policy:kiosks"), ["k1"]);
        assert_eq!(found("state:not_l"), ["i1", "u1", "u2"]);
    }

    #[test]
    fn whole_answers_come_first() {
        let mut known = testing::snapshot().known;
        known.devices.push(testing::device("x", "A1", "acme"));
        let fleet = Fleet::of(&known);
        let hits = fleet.search(&Search::parse("a1"));
        // The name of one, the id of the other: both are whole.
        assert_eq!(hits.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["x", "a1"]);
        let hits = fleet.search(&Search::parse("mac"));
        assert_eq!(hits.len(), 2, "{hits:?}");
    }

    #[test]
    fn devices_gone_from_addigy_are_found_while_something_tells_of_them() {
        let mut known = testing::snapshot().known;
        known.devices.retain(|device| device.id.as_str() != "a1");
        let fleet = Fleet::of(&known);
        let row = fleet.get(&DeviceId::new("a1")).unwrap();
        assert!(row.gone);
        assert_eq!((row.name.as_str(), row.state()), ("ACM-MBP-001", "leaving"));
        assert!(fleet.gone(&DeviceId::new("a1")).is_some());
        known.reports.clear();
        known.bindings[0].state = BindingState::Left;
        let fleet = Fleet::of(&known);
        assert!(fleet.get(&DeviceId::new("a1")).is_none(), "it left for good");
        assert!(fleet.gone(&DeviceId::new("a1")).is_some(), "but its page can still be shown");
    }

    #[test]
    fn words_are_completed() {
        assert_eq!(complete("ana st").as_deref(), Some("ana state:"));
        assert_eq!(complete("state:p").as_deref(), Some("state:pending"));
        assert_eq!(complete("reason:am").as_deref(), Some("reason:ambiguous_match"));
        assert_eq!(complete("org:a"), None);
    }

    proptest! {
        #[test]
        fn no_search_panics(text in ".{0,20}") {
            let search = Search::parse(&text);
            let fleet = Fleet::of(&testing::snapshot().known);
            let _ = (fleet.search(&search), complete(&text));
        }
    }
}
