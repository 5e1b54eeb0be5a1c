//! Policies: clients at the top or one level down, their sub-policies, and flex policies.

use super::organizations::{ACME, SPECIAL};
use super::{ACME_NAME, Client, Shape, days_before};
use crate::sandbox::addigy::model::Policy;
use crate::sandbox::itglue::model::Account;
use crate::sandbox::names;
use fastrand::Rng;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Sub-policies of a client.
const BELOW: [&str; 5] = ["Laptops", "Kiosks", "iPads", "Meeting Rooms", "Front Desk"];

/// A policy that devices get by a rule, wherever they are located.
pub(super) const FLEX: &str = "Security Baseline";
/// A policy that only holds clients.
const GROUP: &str = "Managed Clients";

struct Maker<'a> {
    shape: Shape,
    now: Timestamp,
    rng: &'a mut Rng,
    policies: BTreeMap<String, Policy>,
    clients: Vec<Client>,
}

pub(super) fn generate(
    shape: Shape,
    account: &Account,
    now: Timestamp,
    rng: &mut Rng,
) -> (BTreeMap<String, Policy>, Vec<Client>) {
    let mut maker = Maker { shape, now, rng, policies: BTreeMap::new(), clients: Vec::new() };
    maker.acme(account);
    maker.add_if(shape.policies >= 8, FLEX, None);
    let group = maker.add_if(shape.policies >= 10, GROUP, None);
    let mut organizations = clients_of(account);
    while maker.policies.len() < shape.policies {
        let organization = organizations.next();
        maker.client(organization, group.as_deref());
    }
    (maker.policies, maker.clients)
}

/// The organizations that have a policy, in the order they get one: the first of each pair of
/// look-alikes, then the ones whose names are no trap.
fn clients_of(account: &Account) -> impl Iterator<Item = (i64, String)> {
    let special = ["Birch, Alder and Sons", "Juniper Dental", "Atelier Zoë", "株式会社さくら"];
    let by_name = |name: &str| {
        account.organizations.values().find(|o| o.name == name).map(|o| (o.id, o.name.clone()))
    };
    let first: Vec<(i64, String)> = special.into_iter().filter_map(by_name).collect();
    let others: Vec<(i64, String)> = account
        .organizations
        .values()
        .filter(|organization| !SPECIAL.contains(&organization.name.as_str()))
        .map(|organization| (organization.id, organization.name.clone()))
        .take(10_000)
        .collect();
    first.into_iter().chain(others)
}

impl Maker<'_> {
    fn room(&self) -> bool {
        self.policies.len() < self.shape.policies
    }

    fn add(&mut self, name: &str, parent: Option<&str>, itglue_account_id: String) -> String {
        let id = names::uuid(self.rng);
        let policy = Policy {
            id: id.clone(),
            name: name.to_owned(),
            parent: parent.map(str::to_owned),
            itglue_account_id,
            created: days_before(self.now, self.rng.i64(30..900)),
        };
        self.policies.insert(id.clone(), policy);
        id
    }

    fn add_if(&mut self, wanted: bool, name: &str, parent: Option<&str>) -> Option<String> {
        (wanted && self.room()).then(|| self.add(name, parent, String::new()))
    }

    fn acme(&mut self, account: &Account) {
        if !self.room() {
            return;
        }
        let organization = account.organizations.contains_key(&ACME).then_some(ACME);
        let account_id = organization.map(|id| id.to_string()).unwrap_or_default();
        let own = self.add(ACME_NAME, None, account_id);
        let mut policies = vec![own.clone()];
        for name in ["Laptops", "Kiosks"] {
            policies.extend(self.add_if(self.shape.policies >= 5, name, Some(&own)));
        }
        self.clients.push(Client { code: "ACM".into(), policies, organization, weight: 0 });
    }

    fn client(&mut self, organization: Option<(i64, String)>, group: Option<&str>) {
        let number = self.clients.len();
        let parent = group.filter(|_| number.is_multiple_of(3));
        let name = self.client_name(number, organization.as_ref());
        let id = organization.map(|(id, _)| id);
        let account_id = match (number % 8, id) {
            // Left over from an account that is gone.
            (5, _) => format!("99{number:05}"),
            (1 | 2 | 4 | 6 | 7, Some(id)) => id.to_string(),
            _ => String::new(),
        };
        let own = self.add(&name, parent, account_id);
        let mut policies = vec![own.clone()];
        let start = self.rng.usize(..BELOW.len());
        for step in 0..self.rng.usize(..3) {
            let name = BELOW[(start + step) % BELOW.len()];
            let Some(below) = self.add_if(true, name, Some(&own)) else { break };
            if name == "Laptops" {
                policies.extend(self.add_if(number.is_multiple_of(2), "Loaners", Some(&below)));
            }
            policies.push(below);
        }
        let weight = 1 + self.rng.usize(..6) * self.rng.usize(..6);
        let code = names::code(&name);
        self.clients.push(Client { code, policies, organization: id, weight });
    }

    /// Mostly the organization's exact name.
    fn client_name(&mut self, number: usize, organization: Option<&(i64, String)>) -> String {
        match organization {
            None => format!("{} (no contract)", names::organization(number, 99_000)),
            Some((_, name)) if number % 11 == 9 => format!("{name} - Macs"),
            Some((_, name)) if number % 11 == 10 => name.to_uppercase(),
            Some((_, name)) => name.clone(),
        }
    }
}
