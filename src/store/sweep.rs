//! The last complete sweep of Addigy, so that screens and searches have an answer before any request.

use super::column::{Json, Millis};
use super::error::Fault;
use super::{Store, StoreError};
use crate::domain::{
    Device, DeviceId, MacAddress, Membership, OrganizationId, Policy, PolicyId, PolicyTree,
    SerialNumber, valid_ip,
};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: &str = "id, name, hostname, local_ip, ethernet_mac, serial_number, model, \
                       last_online, location, listed, unreadable";

impl Store {
    /// Keeps a complete sweep in the place of the last one. Further facts of devices are not kept.
    ///
    /// # Errors
    /// When the state can't be written; the last sweep is then still there.
    pub fn save_sweep<D: Borrow<Device>>(
        &self,
        policies: &PolicyTree,
        devices: &[D],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute_batch("DELETE FROM sweep; DELETE FROM policy; DELETE FROM device;")?;
            insert_policies(tx, policies)?;
            insert_devices(tx, devices)?;
            tx.execute("INSERT INTO sweep (only, at) VALUES (1, ?1)", [Millis(at)])?;
            Ok(())
        })
    }

    /// The policies of the last sweep, and when it was; `None` before the first.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn policies(&self) -> Result<Option<(PolicyTree, Timestamp)>, StoreError> {
        self.read(|tx| {
            let at: Option<Millis> =
                tx.query_row("SELECT at FROM sweep", [], |row| row.get(0)).optional()?;
            let Some(Millis(at)) = at else { return Ok(None) };
            let mut statement =
                tx.prepare_cached("SELECT id, name, parent, itglue_account_id FROM policy")?;
            let policies =
                statement.query_map([], read_policy)?.collect::<rusqlite::Result<Vec<Policy>>>()?;
            Ok(Some((PolicyTree::new(policies), at)))
        })
    }

    /// The devices of the last sweep, in the order of their ids.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn devices(&self) -> Result<Vec<Device>, StoreError> {
        self.read(|tx| {
            let sql = format!("SELECT {COLUMNS} FROM device ORDER BY id");
            let mut statement = tx.prepare_cached(&sql)?;
            Ok(statement.query_map([], read_device)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The devices of the last sweep that the text may mean: its id, serial number, MAC address (in any
    /// spelling) or IP address as a whole, or a part of its name or hostname; upper and lower case are
    /// one. Whole matches come first. An empty text finds nothing.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn find_devices(&self, query: &str) -> Result<Vec<Device>, StoreError> {
        let text = fold(query);
        if text.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|tx| {
            let sql = format!(
                "SELECT {COLUMNS} FROM device
                 WHERE id_key = :text OR serial_key = :serial OR mac_key = :mac OR ip_key = :ip
                    OR instr(name_key, :text) > 0 OR instr(hostname_key, :text) > 0
                 ORDER BY CASE
                     WHEN id_key = :text OR serial_key = :serial OR mac_key = :mac OR ip_key = :ip
                         THEN 0
                     WHEN name_key = :text OR hostname_key = :text THEN 1
                     ELSE 2 END,
                     name_key, id"
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let parameters = named_params! {
                ":text": text,
                ":serial": serial_key(query),
                ":mac": mac_key(query),
                ":ip": ip_key(query),
            };
            Ok(statement.query_map(parameters, read_device)?.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn insert_policies(tx: &Transaction<'_>, policies: &PolicyTree) -> Result<(), Fault> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO policy (id, name, parent, itglue_account_id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for policy in policies.iter() {
        insert.execute(params![
            policy.id.as_str(),
            policy.name,
            policies.named_parent(&policy.id).map(PolicyId::as_str),
            policy.itglue_account_id.map(OrganizationId::get),
        ])?;
    }
    Ok(())
}

fn insert_devices(tx: &Transaction<'_>, devices: &[impl Borrow<Device>]) -> Result<(), Fault> {
    let mut insert = tx.prepare_cached(&format!(
        "INSERT OR REPLACE INTO device ({COLUMNS},
             id_key, name_key, hostname_key, serial_key, mac_key, ip_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
    ))?;
    let none_listed = BTreeSet::new();
    for device in devices.iter().map(Borrow::borrow) {
        let (location, listed, unreadable) = match &device.membership {
            Membership::Read { location, listed } => (location.as_ref(), listed, None),
            Membership::Unreadable { why, location } => {
                (location.as_ref(), &none_listed, Some(why))
            }
        };
        insert.execute(params![
            device.id.as_str(),
            device.name,
            device.hostname,
            device.local_ip,
            device.ethernet_mac,
            device.serial_number,
            device.model,
            device.last_online.map(Millis),
            location.map(PolicyId::as_str),
            Json(listed),
            unreadable,
            fold(device.id.as_str()),
            device.name.as_deref().map(fold),
            device.hostname.as_deref().map(fold),
            device.serial_number.as_deref().and_then(serial_key),
            device.ethernet_mac.as_deref().and_then(mac_key),
            device.local_ip.as_deref().and_then(ip_key),
        ])?;
    }
    Ok(())
}

fn read_policy(row: &Row<'_>) -> rusqlite::Result<Policy> {
    Ok(Policy {
        id: PolicyId::new(row.get::<_, String>("id")?),
        name: row.get("name")?,
        parent: row.get::<_, Option<String>>("parent")?.map(PolicyId::new),
        itglue_account_id: row.get::<_, Option<i64>>("itglue_account_id")?.map(OrganizationId::new),
    })
}

fn read_device(row: &Row<'_>) -> rusqlite::Result<Device> {
    let location = row.get::<_, Option<String>>("location")?.map(PolicyId::new);
    let membership = match row.get::<_, Option<String>>("unreadable")? {
        Some(why) => Membership::Unreadable { why, location },
        None => Membership::Read {
            location,
            listed: row.get::<_, Json<BTreeSet<PolicyId>>>("listed")?.0,
        },
    };
    Ok(Device {
        id: DeviceId::new(row.get::<_, String>("id")?),
        name: row.get("name")?,
        hostname: row.get("hostname")?,
        local_ip: row.get("local_ip")?,
        ethernet_mac: row.get("ethernet_mac")?,
        serial_number: row.get("serial_number")?,
        model: row.get("model")?,
        last_online: row.get::<_, Option<Millis>>("last_online")?.map(|at| at.0),
        membership,
        facts: BTreeMap::new(),
    })
}

/// SQLite folds the case of ASCII letters only, so it is done here for both sides.
fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

fn serial_key(text: &str) -> Option<String> {
    SerialNumber::parse(text).map(|serial| serial.to_string())
}

fn mac_key(text: &str) -> Option<String> {
    MacAddress::parse(text).map(|mac| mac.to_string())
}

fn ip_key(text: &str) -> Option<String> {
    valid_ip(text).map(|ip| ip.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: &str, name: &str) -> Device {
        Device {
            id: DeviceId::new(id),
            name: Some(name.into()),
            hostname: None,
            local_ip: None,
            ethernet_mac: None,
            serial_number: None,
            model: None,
            last_online: None,
            membership: Membership::Read { location: None, listed: BTreeSet::new() },
            facts: BTreeMap::new(),
        }
    }

    fn tree() -> PolicyTree {
        PolicyTree::new([("root", None, Some(7)), ("acme", Some("root"), None)].map(
            |(id, parent, organization)| Policy {
                id: PolicyId::new(id),
                name: id.to_uppercase(),
                parent: parent.map(PolicyId::new),
                itglue_account_id: organization.map(OrganizationId::new),
            },
        ))
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    fn found(store: &Store, query: &str) -> Vec<String> {
        store.find_devices(query).unwrap().iter().map(|d| d.id.to_string()).collect()
    }

    #[test]
    fn a_sweep_takes_the_place_of_the_last() {
        let store = Store::in_memory().unwrap();
        assert!(store.policies().unwrap().is_none());
        let full = Device {
            hostname: Some("anas-mac".into()),
            local_ip: Some("10.0.0.4".into()),
            ethernet_mac: Some("a4:83:e7:00:11:22".into()),
            serial_number: Some("c02xg0fdjgh5".into()),
            model: Some("MacBook Pro".into()),
            last_online: Some(at(1_700_000_000_123)),
            membership: Membership::Read {
                location: Some(PolicyId::new("acme")),
                listed: [PolicyId::new("acme"), PolicyId::new("root")].into(),
            },
            ..device("d1", "Ana's Mac")
        };
        let unreadable = Device {
            membership: Membership::Unreadable { why: "no fact".into(), location: None },
            ..device("d2", "x")
        };
        store.save_sweep(&tree(), &[device("gone", "gone")], at(1)).unwrap();
        store.save_sweep(&tree(), &[full.clone(), unreadable.clone()], at(2)).unwrap();
        assert_eq!(store.devices().unwrap(), [full, unreadable]);
        let (policies, when) = store.policies().unwrap().unwrap();
        assert_eq!(when, at(2));
        assert!(policies.iter().eq(tree().iter()));
        store.save_sweep::<Device>(&PolicyTree::default(), &[], at(3)).unwrap();
        assert!(store.policies().unwrap().unwrap().0.is_empty());
    }

    #[test]
    fn finds_by_everything_a_person_may_paste() {
        let store = Store::in_memory().unwrap();
        let ana = Device {
            hostname: Some("ÄRGER-host".into()),
            local_ip: Some("2001:db8::1".into()),
            ethernet_mac: Some("a4:83:e7:00:11:22".into()),
            serial_number: Some("C02XG0FDJGH5".into()),
            ..device("Agent-1", "Ana's Mac")
        };
        let placeholders = Device {
            serial_number: Some("N/A".into()),
            ethernet_mac: Some("00:00:00:00:00:00".into()),
            ..device("agent-2", "100% Banana_Mac")
        };
        store.save_sweep(&tree(), &[ana, placeholders], at(1)).unwrap();
        for query in [
            "agent-1",
            " c02xg0fdjgh5 ",
            "A483.E700.1122",
            "a4-83-e7-00-11-22",
            "2001:DB8:0::1",
            "ana's",
            "ärger",
        ] {
            assert_eq!(found(&store, query), ["Agent-1"], "{query}");
        }
        assert_eq!(found(&store, "ana").len(), 2);
        assert_eq!(found(&store, "0%"), ["agent-2"], "no wildcards");
        for query in ["", "  ", "N/A", "C02XG0", "a%b", "00:00:00:00:00:00", "agent", "2001:db8"] {
            assert!(found(&store, query).is_empty(), "{query:?}");
        }
    }

    #[test]
    fn whole_matches_come_first() {
        let store = Store::in_memory().unwrap();
        let devices = [device("1", "mac of Ana"), device("2", "Mac"), device("mac", "zz")];
        store.save_sweep(&tree(), &devices, at(1)).unwrap();
        assert_eq!(found(&store, "mac"), ["mac", "2", "1"]);
    }

    #[test]
    fn ten_thousand_devices_fit() {
        let store = Store::in_memory().unwrap();
        let devices: Vec<Device> =
            (0..10_000).map(|n| device(&format!("d{n:05}"), &format!("Mac {n}"))).collect();
        store.save_sweep(&tree(), &devices, at(1)).unwrap();
        store.save_sweep(&tree(), &devices, at(2)).unwrap();
        assert_eq!(store.devices().unwrap().len(), 10_000);
        assert_eq!(found(&store, "mac 9999"), ["d09999"]);
    }
}
