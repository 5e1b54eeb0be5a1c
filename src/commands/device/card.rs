//! Everything there is to say of a device, for the command and the console.

use super::standing::Standing;
use crate::commands::accounts::configuration_page;
use crate::commands::context::Services;
use crate::commands::exit::CommandError;
use crate::commands::output::{self, moment};
use crate::commands::overview::Known;
use crate::commands::sides::{Sides, document as sides_document};
use crate::domain::{
    Binding, BindingState, Configuration, Device, MatchedBy, OrganizationId, PolicyId,
};
use crate::plan::{Place, Places};
use crate::store::{Accounts, DeviceReport};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A policy of the device.
#[derive(Debug)]
pub struct InPolicy {
    /// Its id.
    pub id: PolicyId,
    /// Its path from the root.
    pub path: String,
    /// The organization it is linked to.
    pub organization: Option<(OrganizationId, String)>,
}

/// Everything there is to say of a device.
#[derive(Debug)]
pub struct Card<'a> {
    /// The device.
    pub device: &'a Device,
    /// The policies it is assigned to.
    pub policies: Vec<InPolicy>,
    /// The organization that documents it.
    pub organization: Option<(OrganizationId, String)>,
    /// Its binding there, or else one that is in force elsewhere.
    pub binding: Option<&'a Binding>,
    /// Its configuration's page in IT Glue.
    pub page: Option<String>,
    /// What the last sync found.
    pub report: Option<&'a DeviceReport>,
    place: Place,
    as_of: Option<Timestamp>,
    live: Option<Live>,
}

/// What IT Glue holds now.
#[derive(Debug)]
enum Live {
    Unbound,
    Gone,
    There(Box<Configuration>),
}

impl<'a> Card<'a> {
    /// What is known of the device.
    pub fn new(known: &'a Known, accounts: &Accounts, device: &'a Device) -> Self {
        let places = Places::new(&known.tree, &known.links, std::slice::from_ref(device));
        let place = places.get(&device.id).cloned().unwrap_or(Place::Nowhere);
        let assigned =
            device.membership.assigned(&known.tree).unwrap_or_else(|_| device.membership.named());
        let policies: Vec<InPolicy> = assigned.iter().map(|id| in_policy(known, id)).collect();
        let organization = match &place {
            Place::In { organization, .. } => policies
                .iter()
                .filter_map(|policy| policy.organization.clone())
                .find(|(id, _)| id == organization),
            _ => None,
        };
        let here = organization.as_ref().map(|(id, _)| *id);
        let own = known.bindings.iter().filter(|binding| binding.device_id == device.id);
        let binding = telling_binding(own, here);
        let own = known.reports.iter().filter(|report| report.device_id == device.id);
        Self {
            device,
            page: binding
                .and_then(|b| configuration_page(accounts, b.organization_id, b.configuration_id)),
            report: telling_report(own),
            policies,
            place,
            organization,
            binding,
            as_of: known.as_of,
            live: None,
        }
    }

    /// Reads its configuration.
    pub async fn read(&mut self, services: &Services) -> Result<(), CommandError> {
        self.live = Some(match self.binding {
            None => Live::Unbound,
            Some(binding) => match services.itglue.configuration(binding.configuration_id).await? {
                Some(configuration) => Live::There(Box::new(configuration)),
                None => Live::Gone,
            },
        });
        Ok(())
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        Standing::of(&self.place, self.binding, self.report)
    }

    /// The command to give next, if any.
    fn next(&self) -> Option<String> {
        let id = &self.device.id;
        match self.standing() {
            Standing::Held(_) => Some(format!("let syncs touch it again: bindery release {id}")),
            Standing::Chosen | Standing::NotSynced => Some(format!("bindery sync --device {id}")),
            Standing::Pending(pending) => Some(pending.reason.next_step().to_owned()),
            Standing::Withheld => Some("look at it: bindery status".to_owned()),
            Standing::Linked(_) => None,
            Standing::Leaving => {
                Some("bindery sync --all sets its configuration inactive".to_owned())
            }
            Standing::NotLinked => Some("bindery link POLICY ORGANIZATION".to_owned()),
        }
    }

    /// All of it as a page of sentences.
    pub fn page(&self) -> String {
        let page = self.page.as_ref().map_or_else(String::new, |page| format!(": {page}"));
        let sentences = [
            self.who(&moment),
            self.where_it_is(),
            format!("{}{page}", self.documented()),
            self.how_it_stands(),
        ];
        let mut text: String = sentences.iter().map(|text| output::lines(text)).collect();
        match &self.live {
            None => {
                let age = self.as_of.map_or_else(String::new, moment);
                text.push_str(&format!("As of {age}; no request was made.\n"));
            }
            Some(Live::Unbound) => text.push_str(&format!("\n{}", self.sides(None).table())),
            Some(Live::Gone) => {
                text.push_str("IT Glue has no such configuration any more; the next sync finds or makes another.\n");
            }
            Some(Live::There(configuration)) => {
                text.push_str(&format!("\n{}", self.sides(Some(configuration)).table()));
            }
        }
        text
    }

    fn sides<'b>(&'b self, configuration: Option<&'b Configuration>) -> Sides<'b> {
        Sides { device: self.device, configuration }
    }

    /// Which device it is; `moment` says a time.
    pub fn who(&self, moment: &dyn Fn(Timestamp) -> String) -> String {
        let device = self.device;
        let serial = match device.serial_number.as_deref().filter(|_| device.serial().is_some()) {
            Some(serial) => format!("serial number {serial}"),
            None => "without a serial number".to_owned(),
        };
        let model = device.model.as_ref().map_or_else(String::new, |model| format!("{model}, "));
        let seen = match device.last_online {
            Some(at) => format!(", last seen online {}", moment(at)),
            None => String::new(),
        };
        format!("{} ({model}{serial}) is device {}{seen}.", device.label(), device.id)
    }

    /// The policies it is in.
    pub fn where_it_is(&self) -> String {
        if let Place::Unknown { why, .. } = &self.place {
            return format!("Addigy does not say which policies it is in: {why}.");
        }
        let each: Vec<String> = self
            .policies
            .iter()
            .map(|policy| match &policy.organization {
                Some((id, name)) => format!("{}, linked to {name} (id {id})", policy.path),
                None => format!("{}, which is not linked", policy.path),
            })
            .collect();
        match each.as_slice() {
            [] => "It is in no policy.".to_owned(),
            [one] => format!("It is in the policy {one}."),
            several => format!("It is in the policies {}.", several.join("; and ")),
        }
    }

    /// Its configuration and how that was found. The end is open: a page may follow.
    pub fn documented(&self) -> String {
        let Some(binding) = self.binding else {
            return "It is bound to no configuration.".to_owned();
        };
        let how = match binding.matched_by {
            Some(MatchedBy::Serial) => ", found by its serial number",
            Some(MatchedBy::Mac) => ", found by its MAC address",
            Some(MatchedBy::Hand) => ", chosen by hand",
            Some(MatchedBy::Binding) => "",
            None => ", created for it",
        };
        let id = binding.configuration_id;
        match binding.state {
            BindingState::Bound => format!("It is bound to configuration {id}{how}"),
            BindingState::Chosen => {
                format!("Configuration {id} was chosen for it by hand and waits for a sync")
            }
            BindingState::Left => format!(
                "It left organization {}; its configuration {id} there is inactive",
                binding.organization_id
            ),
            BindingState::Released => {
                format!("It was bound to configuration {id} once and was let go")
            }
        }
    }

    fn how_it_stands(&self) -> String {
        let next = self.next();
        match (self.standing(), next) {
            // That it was chosen is said with its configuration.
            (Standing::Chosen, next) => format!("Next: {}.", next.unwrap_or_default()),
            (standing, Some(next)) => format!("{} Next: {next}.", standing.sentence(&moment)),
            (standing, None) => standing.sentence(&moment),
        }
    }

    /// All of it as a document.
    pub fn document(&self) -> Value {
        let (state, next) = (self.standing().word(), self.next());
        let pending = self.report.and_then(|report| report.pending.as_ref());
        let organization = |organization: &Option<(OrganizationId, String)>| {
            organization.as_ref().map(|(id, name)| json!({ "id": id, "name": name }))
        };
        let policies: Vec<Value> = self
            .policies
            .iter()
            .map(|policy| {
                json!({
                    "id": policy.id,
                    "path": policy.path,
                    "organization": organization(&policy.organization),
                })
            })
            .collect();
        let live = self.live.as_ref().map(|live| {
            let configuration = match live {
                Live::There(configuration) => Some(&**configuration),
                Live::Unbound | Live::Gone => None,
            };
            sides_document(&self.sides(configuration))
        });
        json!({
            "id": self.device.id,
            "name": self.device.label(),
            "serial_number": self.device.serial_number,
            "model": self.device.model,
            "last_online": self.device.last_online.map(|at| at.to_string()),
            "policies": policies,
            "organization": organization(&self.organization),
            "configuration": self.binding.map(|binding| json!({
                "id": binding.configuration_id,
                "organization_id": binding.organization_id,
                "binding": binding.state,
                "matched_by": binding.matched_by,
                "url": self.page,
            })),
            "state": state,
            "reason": pending.map(|pending| pending.reason.word()),
            "message": pending.map(|pending| &pending.message),
            "next": next,
            "as_of": self.as_of.map(|at| at.to_string()),
            "live": live,
        })
    }
}

/// Of a device's bindings the one that tells of it: that of its organization, else one in force, else
/// where it is in none the one it left.
pub fn telling_binding<'a>(
    bindings: impl Iterator<Item = &'a Binding> + Clone,
    here: Option<OrganizationId>,
) -> Option<&'a Binding> {
    let mut all = bindings.clone();
    bindings
        .into_iter()
        .find(|binding| Some(binding.organization_id) == here)
        .or_else(|| all.clone().find(|binding| binding.is_bound()))
        // In no organization: what it left last is all there is to tell.
        .or_else(|| all.find(|_| here.is_none()))
}

/// Of a device's reports the one that tells most: a pending one.
pub fn telling_report<'a>(
    reports: impl Iterator<Item = &'a DeviceReport> + Clone,
) -> Option<&'a DeviceReport> {
    reports.clone().find(|report| report.pending.is_some()).or_else(|| reports.clone().next())
}

fn in_policy(known: &Known, id: &PolicyId) -> InPolicy {
    let path = known.tree.path_text(id);
    let coverage = known.links.coverage(&known.tree, id);
    InPolicy {
        id: id.clone(),
        path,
        organization: coverage.map(|c| (c.organization_id, c.organization_name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::overview::tests::{binding, device, link, tree};
    use crate::domain::{DeviceId, DeviceState, Link, Links, Pending, PendingReason};
    use std::collections::BTreeMap;

    fn known(links: &[Link]) -> Known {
        Known {
            tree: tree(),
            devices: Vec::new(),
            as_of: Some(Timestamp::UNIX_EPOCH),
            links: Links::new(links.to_vec()),
            bindings: Vec::new(),
            reports: Vec::new(),
            last_sync: BTreeMap::new(),
        }
    }

    fn accounts() -> Accounts {
        Accounts {
            itglue_url: Some("https://api.itglue.com/".into()),
            itglue_account: Some("acme".into()),
            ..Accounts::default()
        }
    }

    #[test]
    fn a_bound_device_reads_well() {
        let mut known = known(&[link("acme", 1, false)]);
        known.bindings =
            vec![Binding { matched_by: Some(MatchedBy::Serial), ..binding("a", 1, "acme") }];
        let device = Device { serial_number: Some("C02".into()), ..device("a", "acme") };
        let card = Card::new(&known, &accounts(), &device);
        let page = card.page();
        for part in [
            "A (serial number C02) is device a.\n",
            "It is in the policy Clients/Acme, linked to Organization 1 (id 1).\n",
            "configuration 900, found by its serial number: https://acme.itglue.com/1/configurations/900\n",
        ] {
            assert!(page.contains(part), "{part:?}: {page}");
        }
        assert_eq!(card.document()["state"], "linked");
    }

    #[test]
    fn what_is_not_linked_not_synced_or_pending_names_the_next_step() {
        let unlinked = known(&[]);
        let a = device("a", "acme");
        let page = Card::new(&unlinked, &accounts(), &a).page();
        assert!(page.contains("None of its policies is linked") && page.contains("bindery link"));
        let mut linked = known(&[link("acme", 1, false)]);
        let page = Card::new(&linked, &accounts(), &a).page();
        assert!(page.contains("not been synced yet. Next: bindery sync --device a"), "{page}");
        linked.reports = vec![DeviceReport {
            policy_id: PolicyId::new("acme"),
            device_id: DeviceId::new("a"),
            name: "A".into(),
            serial_number: None,
            state: DeviceState::Pending,
            pending: Some(Pending::new(PendingReason::AmbiguousMatch, "configurations 1 and 2")),
            configuration_id: None,
            at: Timestamp::UNIX_EPOCH,
        }];
        let card = Card::new(&linked, &accounts(), &a);
        assert!(card.page().contains("It is pending, ambiguous_match: several configurations fit equally well. Configurations 1 and 2. Next: choose one"));
        assert_eq!(card.document()["reason"], "ambiguous_match");
    }
}
