//! The account of the sandbox's IT Glue: organizations and their configurations.

use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// One IT Glue account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The account's own word in front of `.itglue.com`.
    pub subdomain: String,
    /// Organizations by id.
    pub organizations: BTreeMap<i64, Organization>,
    /// Configuration statuses by id.
    pub statuses: BTreeMap<i64, NamedRecord>,
    /// Configuration types by id.
    pub types: BTreeMap<i64, NamedRecord>,
    /// Configurations by id. Put in, moved and taken out only by the methods of the account, which
    /// keep the index from organization to configuration; other fields may be changed in place.
    pub configurations: BTreeMap<i64, Configuration>,
    /// The id the next record gets.
    pub next_id: i64,
    of_organization: BTreeMap<i64, BTreeSet<i64>>,
    of_interface: BTreeMap<i64, i64>,
}

/// An organization: a client of the managed service provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: i64,
    /// Its name; not unique.
    pub name: String,
    /// Its short name.
    pub short_name: Option<String>,
    /// The name of its type, such as Customer.
    pub type_name: String,
    /// The name of its status, such as Active.
    pub status_name: String,
    /// The organization it is part of.
    pub parent_id: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A configuration status or a configuration type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRecord {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl NamedRecord {
    /// A record made at this time and not changed since.
    pub fn new(id: i64, name: impl Into<String>, made: Timestamp) -> Self {
        Self { id, name: name.into(), created_at: made, updated_at: made }
    }
}

/// A configuration: what an organization's documentation says of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Its id; 0 until the account gives it one.
    pub id: i64,
    /// The organization it belongs to.
    pub organization_id: i64,
    /// Its name.
    pub name: String,
    /// Its host name.
    pub hostname: Option<String>,
    /// The address of its primary interface.
    pub primary_ip: Option<String>,
    /// The MAC address of its primary interface, spelled as it was sent.
    pub mac_address: Option<String>,
    /// Its serial number.
    pub serial_number: Option<String>,
    /// Its asset tag.
    pub asset_tag: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// Its status.
    pub status_id: Option<i64>,
    /// Its type.
    pub type_id: i64,
    /// Whether the app's normal views hide it.
    pub archived: bool,
    /// Whether only some users may see it.
    pub restricted: bool,
    /// What `psa-integration` says; `enabled` makes the PSA its owner.
    pub psa_integration: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Further attributes by their kebab-case names, such as `position`; absent means null.
    pub details: BTreeMap<&'static str, String>,
    /// Its network interfaces; at most one is primary.
    pub interfaces: Vec<Interface>,
}

/// A network interface of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its id; 0 until the account gives it one.
    pub id: i64,
    /// Its name.
    pub name: Option<String>,
    /// Its address. A primary interface has none of its own: the configuration's counts.
    pub ip_address: Option<String>,
    /// Its MAC address. A primary interface has none of its own: the configuration's counts.
    pub mac_address: Option<String>,
    /// Whether it is the configuration's primary one.
    pub primary: bool,
    /// Notes.
    pub notes: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Interface {
    /// An interface without addresses, made at this time.
    pub fn new(primary: bool, made: Timestamp) -> Self {
        Self {
            id: 0,
            name: None,
            ip_address: None,
            mac_address: None,
            primary,
            notes: None,
            created_at: made,
            updated_at: made,
        }
    }

    /// Its address and its MAC address.
    pub fn addresses<'a>(
        &'a self,
        of: &'a Configuration,
    ) -> (Option<&'a String>, Option<&'a String>) {
        if self.primary {
            return (of.primary_ip.as_ref(), of.mac_address.as_ref());
        }
        (self.ip_address.as_ref(), self.mac_address.as_ref())
    }
}

impl Configuration {
    /// A configuration of which only the required attributes are known, made at the epoch.
    pub fn new(organization_id: i64, name: impl Into<String>, type_id: i64) -> Self {
        Self {
            id: 0,
            organization_id,
            name: name.into(),
            hostname: None,
            primary_ip: None,
            mac_address: None,
            serial_number: None,
            asset_tag: None,
            notes: None,
            status_id: None,
            type_id,
            archived: false,
            restricted: false,
            psa_integration: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            details: BTreeMap::new(),
            interfaces: Vec::new(),
        }
    }

    /// Whether a PSA owns it, so that most attributes refuse changes.
    pub fn is_psa_synced(&self) -> bool {
        self.psa_integration.as_deref() == Some("enabled")
    }
}

impl Account {
    /// An empty account.
    pub fn new(subdomain: impl Into<String>) -> Self {
        Self { subdomain: subdomain.into(), next_id: 1, ..Self::default() }
    }

    /// Takes an id.
    pub fn take_id(&mut self) -> i64 {
        let id = self.next_id.max(1);
        self.next_id = id + 1;
        id
    }

    /// Puts a configuration in, or in the place of the one with its id. One with id 0 gets the next
    /// id. Returns its id.
    pub fn insert_configuration(&mut self, mut configuration: Configuration) -> i64 {
        if configuration.id == 0 {
            configuration.id = self.take_id();
        }
        let id = configuration.id;
        self.next_id = self.next_id.max(id + 1);
        self.remove_configuration(id);
        self.of_organization.entry(configuration.organization_id).or_default().insert(id);
        self.number_interfaces(&mut configuration);
        self.configurations.insert(id, configuration);
        id
    }

    /// Takes a configuration out.
    pub fn remove_configuration(&mut self, id: i64) -> Option<Configuration> {
        let configuration = self.configurations.remove(&id)?;
        if let Some(ids) = self.of_organization.get_mut(&configuration.organization_id) {
            ids.remove(&id);
        }
        for interface in &configuration.interfaces {
            self.of_interface.remove(&interface.id);
        }
        Some(configuration)
    }

    /// The configurations of an organization, by id.
    pub fn configurations_of(&self, organization_id: i64) -> impl Iterator<Item = &Configuration> {
        let ids = self.of_organization.get(&organization_id).into_iter().flatten();
        ids.filter_map(|id| self.configurations.get(id))
    }

    /// The configuration an interface belongs to.
    pub fn configuration_of_interface(&self, interface_id: i64) -> Option<&Configuration> {
        self.configurations.get(self.of_interface.get(&interface_id)?)
    }

    /// Gives a configuration with an address its primary interface, and new interfaces their ids.
    fn number_interfaces(&mut self, configuration: &mut Configuration) {
        let has_address = configuration.primary_ip.is_some() || configuration.mac_address.is_some();
        let interfaces = &mut configuration.interfaces;
        if has_address && !interfaces.iter().any(|interface| interface.primary) {
            interfaces.push(Interface::new(true, configuration.updated_at));
        }
        for interface in interfaces {
            if interface.id == 0 {
                interface.id = self.take_id();
            }
            self.next_id = self.next_id.max(interface.id + 1);
            self.of_interface.insert(interface.id, configuration.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(account: &Account, organization: i64) -> Vec<i64> {
        account.configurations_of(organization).map(|configuration| configuration.id).collect()
    }

    #[test]
    fn the_index_follows_every_change() {
        let mut account = Account::new("acme");
        let first = account.insert_configuration(Configuration::new(7, "One", 1));
        let second = account.insert_configuration(Configuration::new(7, "Two", 1));
        assert_ne!(first, second);
        assert_eq!(ids(&account, 7), [first, second]);
        let mut moved = account.configurations[&first].clone();
        moved.organization_id = 8;
        assert_eq!(account.insert_configuration(moved), first);
        assert_eq!(ids(&account, 7), [second]);
        assert_eq!(ids(&account, 8), [first]);
        account.remove_configuration(second);
        assert!(ids(&account, 7).is_empty());
    }

    #[test]
    fn given_ids_are_not_given_again() {
        let mut account = Account::new("acme");
        let mut given = Configuration::new(7, "One", 1);
        given.id = 900_001;
        assert_eq!(account.insert_configuration(given), 900_001);
        assert_eq!(account.insert_configuration(Configuration::new(7, "Two", 1)), 900_002);
    }

    #[test]
    fn an_address_makes_one_primary_interface() {
        let mut account = Account::new("acme");
        let mut configuration = Configuration::new(7, "One", 1);
        configuration.primary_ip = Some("10.1.2.3".to_owned());
        let id = account.insert_configuration(configuration);
        let again = account.configurations[&id].clone();
        account.insert_configuration(again);
        let interfaces = &account.configurations[&id].interfaces;
        assert_eq!(interfaces.len(), 1);
        let of = account.configuration_of_interface(interfaces[0].id);
        assert_eq!(of.map(|configuration| configuration.id), Some(id));
    }
}
