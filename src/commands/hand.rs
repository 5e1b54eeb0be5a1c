//! Settling by hand which configuration is a device's own: what command and console share.

use super::accounts::{self, Seen};
use super::context::Services;
use super::exit::CommandError;
use super::linking::lock;
use super::output;
use super::overview::Known;
use crate::domain::{
    Binding, BindingState, Configuration, ConfigurationId, Device, MatchedBy, OrganizationId,
    PolicyId,
};
use crate::itglue::account_subdomain;
use crate::plan::{Place, Places};
use crate::settings::{self, Settings};
use crate::store::{Deed, Store};
use jiff::Timestamp;
use reqwest::Url;
use std::collections::{BTreeMap, BTreeSet};

/// A configuration chosen for a device, before it is stored.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The configuration.
    pub configuration: Configuration,
    /// The binding as it shall stand.
    pub binding: Binding,
    before: Option<Binding>,
}

impl Choice {
    /// Chooses it, where nothing speaks against that: it is of the device's organization, and no
    /// other present device holds it.
    pub fn new(
        known: &Known,
        device: &Device,
        configuration: Configuration,
    ) -> Result<Self, CommandError> {
        let (organization, through) = place(known, device)?;
        if configuration.organization_id != organization {
            return Err(CommandError::failed(format!(
                "configuration {} belongs to organization {}, but {} is documented in organization \
                 {organization}. Choose a configuration of that organization, or link the policy anew",
                configuration.id,
                configuration.organization_id,
                device.label()
            )));
        }
        free(known, device, configuration.id)?;
        let before = known
            .bindings
            .iter()
            .find(|b| b.device_id == device.id && b.organization_id == organization);
        let binding = chosen(device, &configuration, through, before);
        Ok(Self { binding, before: before.cloned(), configuration })
    }

    /// Whether the same choice stands already.
    pub fn settled(&self) -> bool {
        settled(self.before.as_ref(), &self.binding)
    }

    /// What a person is asked.
    pub fn question(&self, device: &Device) -> String {
        question(device, &self.configuration, self.before.as_ref())
    }

    /// Stores it under the organization's lock. Nothing is written to IT Glue.
    pub fn save(&self, store: &Store, known: Known, device: &Device) -> Result<(), CommandError> {
        let origin = settings::origin(&settings::process_env);
        let organization = self.configuration.organization_id;
        let _locks = lock(store, &BTreeSet::from([organization]), &origin)?;
        // While the question stood a run may have bound it, an undo may hold it, the link may be another.
        let known = Known { links: store.links()?, bindings: store.bindings()?, ..known };
        let binding = Self::new(&known, device, self.configuration.clone())?.binding;
        let deed = Deed::BoundByHand {
            device_id: device.id.clone(),
            organization_id: organization,
            configuration_id: self.configuration.id,
        };
        store.save_bindings_as(&deed, &[binding], Timestamp::now())?;
        Ok(())
    }
}

/// The configuration as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its id.
    pub id: ConfigurationId,
    /// Organization and account, where an address was given.
    address: Option<(OrganizationId, String)>,
}

impl Wanted {
    /// Reads an id, or an address such as `https://acme.itglue.com/1024/configurations/900001`.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let text = text.trim();
        if let Ok(id) = text.parse::<ConfigurationId>()
            && id.get() > 0
        {
            return Ok(Self { id, address: None });
        }
        Self::parse_address(text).ok_or_else(|| {
            CommandError::usage(format!(
                "{text} is neither a configuration's id nor its address in IT Glue, such as \
                 https://acme.itglue.com/1024/configurations/900001"
            ))
        })
    }

    fn parse_address(text: &str) -> Option<Self> {
        let url = Url::parse(text).or_else(|_| Url::parse(&format!("https://{text}"))).ok()?;
        let host = url.host_str()?;
        let account = host.strip_suffix(".itglue.com")?.split('.').next()?.to_owned();
        let mut segments = url.path_segments()?;
        let organization: OrganizationId = segments.next()?.parse().ok()?;
        if segments.next()? != "configurations" {
            return None;
        }
        let id: ConfigurationId = segments.next()?.parse().ok()?;
        let sound = organization.get() > 0 && id.get() > 0;
        sound.then_some(Self { id, address: Some((organization, account)) })
    }
}

/// The organization that documents the device, and the policy through which.
pub fn place(known: &Known, device: &Device) -> Result<(OrganizationId, PolicyId), CommandError> {
    let places = Places::new(&known.tree, &known.links, std::slice::from_ref(device));
    let name = device.label();
    let why = match places.get(&device.id) {
        Some(Place::In { organization, through, .. }) => {
            return Ok((*organization, through.clone()));
        }
        Some(Place::Torn(_)) => format!(
            "{name} is in policies of two organizations. Take it out of one policy in Addigy, or \
             unlink one of the two, then bind it"
        ),
        Some(Place::Unknown { why, .. }) => {
            format!("Addigy does not say which policies {name} is in: {why}")
        }
        Some(Place::Nowhere) | None => format!(
            "none of the policies of {name} is linked to an organization. Link one first: bindery \
             link POLICY ORGANIZATION"
        ),
    };
    Err(CommandError::failed(why))
}

/// Reads the configuration that is meant, and checks that it is of the account and the address.
pub async fn read(
    services: &Services,
    settings: &Settings,
    store: &Store,
    wanted: &Wanted,
) -> Result<Configuration, CommandError> {
    let id = wanted.id;
    let Some(configuration) = services.itglue.configuration(id).await? else {
        return Err(CommandError::failed(format!(
            "IT Glue has no configuration {id}. Look it up in IT Glue and paste its address"
        )));
    };
    let account = account_subdomain(&configuration);
    if let Some((organization, named)) = &wanted.address {
        if account.as_ref().is_some_and(|account| account != named) {
            return Err(CommandError::usage(format!(
                "that address is of the IT Glue account {named}, the key is of {}",
                account.unwrap_or_default()
            )));
        }
        if *organization != configuration.organization_id {
            return Err(CommandError::usage(format!(
                "configuration {id} belongs to organization {}, not to {organization} as in that \
                 address; copy the address again",
                configuration.organization_id
            )));
        }
    }
    let seen = Seen {
        addigy_organization: None,
        itglue_url: settings.itglue.url.to_string(),
        itglue_account: account,
    };
    accounts::check(store, &seen)?;
    Ok(configuration)
}

/// Another present device that holds the configuration.
pub fn holder<'a>(known: &'a Known, device: &Device, id: ConfigurationId) -> Option<&'a Device> {
    let holder = known.bindings.iter().find(|binding| {
        binding.configuration_id == id
            && matches!(binding.state, BindingState::Bound | BindingState::Chosen)
            && binding.device_id != device.id
    });
    holder.and_then(|b| known.devices.iter().find(|other| other.id == b.device_id))
}

/// Refuses a configuration that another present device holds.
pub fn free(known: &Known, device: &Device, id: ConfigurationId) -> Result<(), CommandError> {
    match holder(known, device, id) {
        None => Ok(()),
        Some(other) => Err(CommandError::failed(format!(
            "configuration {id} is held by {} (device {}, serial number {}), which is still in Addigy. \
             Bind that one to another configuration first, or remove it in Addigy",
            other.label(),
            other.id,
            other.serial_number.as_deref().unwrap_or("unknown")
        ))),
    }
}

/// The binding as it shall stand. What was written into another configuration is no memory of this one.
fn chosen(
    device: &Device,
    configuration: &Configuration,
    through: PolicyId,
    before: Option<&Binding>,
) -> Binding {
    let same = before.filter(|before| before.configuration_id == configuration.id);
    Binding {
        device_id: device.id.clone(),
        organization_id: configuration.organization_id,
        policy_id: through,
        configuration_id: configuration.id,
        state: BindingState::Chosen,
        matched_by: Some(MatchedBy::Hand),
        serial_seen: configuration.serial(),
        written: same.map_or_else(BTreeMap::new, |before| before.written.clone()),
        psa_refused: same.and_then(|before| before.psa_refused),
        held_by: before.and_then(|before| before.held_by),
    }
}

/// Whether the same choice stands already.
fn settled(before: Option<&Binding>, now: &Binding) -> bool {
    before.is_some_and(|before| {
        before.configuration_id == now.configuration_id
            && before.matched_by == Some(MatchedBy::Hand)
            && before.serial_seen == now.serial_seen
            && matches!(before.state, BindingState::Bound | BindingState::Chosen)
    })
}

fn question(device: &Device, configuration: &Configuration, before: Option<&Binding>) -> String {
    let old = before
        .filter(|before| before.is_bound() && before.configuration_id != configuration.id)
        .map_or_else(String::new, |before| {
            format!(
                "Configuration {}, to which it is bound now, stays as it is. ",
                before.configuration_id
            )
        });
    let name = configuration.name.as_deref().unwrap_or("without a name");
    output::line(&format!(
        "{old}Bind {} to configuration {} ({name})?",
        device.label(),
        configuration.id
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::exit::Exit;
    use crate::commands::overview::tests::{binding, device as a_device, link, tree};
    use crate::domain::{Attribute, Links, PsaIntegration, SerialNumber, Written};

    fn configuration(id: i64, serial: &str) -> Configuration {
        Configuration {
            id: ConfigurationId::new(id),
            organization_id: OrganizationId::new(1),
            name: None,
            hostname: None,
            primary_ip: None,
            mac_address: None,
            serial_number: Some(serial.into()),
            status_id: None,
            type_id: None,
            archived: false,
            psa: PsaIntegration::NotSynced,
            updated_at: None,
            resource_url: None,
        }
    }

    #[test]
    fn ids_and_addresses_name_a_configuration() {
        let id = ConfigurationId::new(900_001);
        let with = |account: &str| Some((OrganizationId::new(1024), account.to_owned()));
        for (text, address) in [
            ("900001", None),
            (" 900001 ", None),
            ("https://acme.itglue.com/1024/configurations/900001", with("acme")),
            ("https://acme.eu.itglue.com/1024/configurations/900001#overview", with("acme")),
            ("acme.itglue.com/1024/configurations/900001/?partial=1", with("acme")),
        ] {
            assert_eq!(Wanted::parse(text).unwrap(), Wanted { id, address }, "{text}");
        }
        for text in [
            "",
            "-5",
            "0",
            "Ana's Mac",
            "https://acme.itglue.com/1024/passwords/900001",
            "https://acme.example.com/1024/configurations/900001",
            "https://acme.itglue.com/1024/configurations",
        ] {
            assert_eq!(Wanted::parse(text).unwrap_err().exit, Exit::Usage, "{text}");
        }
    }

    #[test]
    fn another_configuration_starts_without_a_memory() {
        let wrote = Written { sent: "x".into(), stored: None, times: 2 };
        let before =
            Binding { written: [(Attribute::Name, wrote)].into(), ..binding("a", 1, "acme") };
        let device = a_device("a", "acme");
        let choose =
            |id| chosen(&device, &configuration(id, "s1"), PolicyId::new("acme"), Some(&before));
        assert_eq!(choose(900).written, before.written);
        let other = choose(901);
        assert!(other.written.is_empty());
        assert_eq!(other.serial_seen, SerialNumber::parse("S1"));
        assert_eq!(other.state, BindingState::Chosen);
        assert!(!settled(Some(&before), &choose(900)), "a match of the machine's can be settled");
        assert!(settled(Some(&other), &choose(901)));
    }

    #[test]
    fn only_a_present_holder_stands_in_the_way() {
        let mut known = Known {
            tree: tree(),
            devices: vec![a_device("a", "acme"), a_device("b", "acme")],
            as_of: None,
            links: Links::new([link("acme", 1, false)]),
            bindings: vec![binding("b", 1, "acme")],
            reports: Vec::new(),
            last_sync: BTreeMap::new(),
        };
        let (a, wanted) = (a_device("a", "acme"), configuration(900, "s"));
        let error = free(&known, &a, wanted.id).unwrap_err();
        assert!(error.to_string().contains("held by B (device b"), "{error}");
        known.devices.pop();
        free(&known, &a, wanted.id).unwrap();
        known.links = Links::default();
        assert!(place(&known, &a).unwrap_err().to_string().contains("bindery link"));
    }
    #[test]
    fn what_undo_held_while_the_question_stood_stays_held() {
        let known = Known {
            tree: tree(),
            devices: vec![a_device("a", "acme")],
            as_of: None,
            links: Links::new([link("acme", 1, false)]),
            bindings: vec![binding("a", 1, "acme")],
            reports: Vec::new(),
            last_sync: BTreeMap::new(),
        };
        let store = Store::in_memory().unwrap();
        store.set_link(&link("acme", 1, false), "ana", Timestamp::now()).unwrap();
        let choice = Choice::new(&known, &known.devices[0], configuration(901, "s")).unwrap();
        let held_by = Some(crate::domain::RunId::new(7));
        store.save_bindings(&[Binding { held_by, ..binding("a", 1, "acme") }]).unwrap();
        choice.save(&store, known.clone(), &known.devices[0]).unwrap();
        let [now] = &store.bindings().unwrap()[..] else { panic!("one device, one binding") };
        assert_eq!((now.configuration_id, now.held_by), (ConfigurationId::new(901), held_by));
    }
}
