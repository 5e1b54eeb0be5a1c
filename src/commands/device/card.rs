//! Everything there is to say of a device.

use crate::commands::accounts::configuration_page;
use crate::commands::context::Services;
use crate::commands::exit::CommandError;
use crate::commands::output::{self, moment};
use crate::commands::overview::Known;
use crate::commands::sides::{Sides, document as sides_document};
use crate::commands::status::capitalized;
use crate::domain::{
    Binding, BindingState, Configuration, Device, DeviceState, MatchedBy, OrganizationId, PolicyId,
};
use crate::plan::{Place, Places};
use crate::store::{Accounts, DeviceReport};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A policy of the device.
pub(super) struct InPolicy {
    id: PolicyId,
    pub path: String,
    organization: Option<(OrganizationId, String)>,
}

/// Everything there is to say of a device.
pub(super) struct Card<'a> {
    pub device: &'a Device,
    pub policies: Vec<InPolicy>,
    place: Place,
    organization: Option<(OrganizationId, String)>,
    binding: Option<&'a Binding>,
    page: Option<String>,
    report: Option<&'a DeviceReport>,
    as_of: Option<Timestamp>,
    live: Option<Live>,
}

/// What IT Glue holds now.
enum Live {
    Unbound,
    Gone,
    There(Box<Configuration>),
}

impl<'a> Card<'a> {
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
        let own = |binding: &&Binding| binding.device_id == device.id;
        let here = organization.as_ref().map(|(id, _)| *id);
        let mut bindings = known.bindings.iter().filter(own);
        let binding = bindings
            .clone()
            .find(|binding| Some(binding.organization_id) == here)
            .or_else(|| bindings.find(|binding| binding.is_bound()));
        let reports = || known.reports.iter().filter(|report| report.device_id == device.id);
        Self {
            device,
            page: binding
                .and_then(|b| configuration_page(accounts, b.organization_id, b.configuration_id)),
            report: reports().find(|r| r.pending.is_some()).or_else(|| reports().next()),
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

    /// The state's word, and what to do, if anything.
    fn state(&self) -> (&'static str, Option<String>) {
        if self.binding.is_some_and(|binding| binding.held_by.is_some()) {
            let next = format!("let syncs touch it again: bindery release {}", self.device.id);
            return ("held", Some(next));
        }
        let sync = || Some(format!("bindery sync --device {}", self.device.id));
        let state = self.binding.map(|binding| binding.state);
        // A choice by hand is newer than what the last sync found.
        if state == Some(BindingState::Chosen) && matches!(self.place, Place::In { .. }) {
            return ("chosen", sync());
        }
        if let Some(report) = self.report {
            if let Some(pending) = &report.pending {
                return ("pending", Some(pending.reason.next_step().to_owned()));
            }
            if report.state == DeviceState::Withheld {
                return ("withheld", Some("look at it: bindery status".to_owned()));
            }
        }
        match (&self.place, state) {
            (Place::In { .. }, Some(BindingState::Bound)) => ("linked", None),
            (Place::In { .. }, _) => ("not_synced", sync()),
            (Place::Nowhere, Some(BindingState::Bound)) => {
                ("leaving", Some("bindery sync --all sets its configuration inactive".to_owned()))
            }
            (Place::Nowhere, _) => {
                ("not_linked", Some("bindery link POLICY ORGANIZATION".to_owned()))
            }
            (Place::Torn(_) | Place::Unknown { .. }, _) => ("not_synced", sync()),
        }
    }

    pub fn page(&self) -> String {
        let mut sentences = vec![self.who(), self.where_it_is(), self.documented()];
        sentences.extend(self.how_it_stands());
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

    fn who(&self) -> String {
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

    fn where_it_is(&self) -> String {
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

    fn documented(&self) -> String {
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
        let page = self.page.as_ref().map_or_else(String::new, |page| format!(": {page}"));
        match binding.state {
            BindingState::Bound => format!("It is bound to configuration {id}{how}{page}"),
            BindingState::Chosen => {
                format!("Configuration {id} was chosen for it by hand and waits for a sync{page}")
            }
            BindingState::Left => format!(
                "It left organization {}; its configuration {id} there is inactive{page}",
                binding.organization_id
            ),
            BindingState::Released => {
                format!("It was bound to configuration {id} once and was let go{page}")
            }
        }
    }

    fn how_it_stands(&self) -> Vec<String> {
        let (state, next) = self.state();
        let next = next.map_or_else(String::new, |next| format!(" Next: {next}."));
        let pending = self.report.and_then(|report| report.pending.as_ref());
        let sentence = match (state, pending) {
            ("pending", Some(pending)) => {
                let superseded = if pending.superseded { " It needs no attention." } else { "" };
                let particulars = if pending.message.is_empty() {
                    String::new()
                } else {
                    format!(" {}.", capitalized(&pending.message))
                };
                format!(
                    "It is pending, {}: {}.{particulars}{superseded}{next}",
                    pending.reason.word(),
                    pending.reason.sentence()
                )
            }
            ("linked", _) => match self.report {
                Some(report) => format!("All was well at the last sync, {}.", moment(report.at)),
                None => "All is well.".to_owned(),
            },
            ("held", _) => {
                let run = self.binding.and_then(|binding| binding.held_by);
                let run = run.map_or_else(String::new, |run| format!(": run {run} was undone"));
                format!("It is held{run}.{next}")
            }
            ("withheld", _) => {
                format!("It left its policy, and the guard keeps its configuration active.{next}")
            }
            ("leaving", _) => format!("It left its policy.{next}"),
            ("not_linked", _) => {
                format!("None of its policies is linked to an organization.{next}")
            }
            ("chosen", _) => return vec![next.trim().to_owned()],
            _ => format!("It has not been synced yet.{next}"),
        };
        vec![sentence]
    }

    pub fn document(&self) -> Value {
        let (state, next) = self.state();
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
    use crate::domain::{DeviceId, Link, Links, Pending, PendingReason};
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
