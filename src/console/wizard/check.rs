//! What the setup asks of both services, without a screen: each check, and the switching on.

use super::ask::{Access, AddigySeen, Ask, Confirmed, Finished, ItGlueSeen, Told};
use super::draft::Step;
use super::draft_file;
use super::failure::{Failure, KeyFacts, sentence};
use super::fleet::Fleet;
use crate::addigy::Addigy;
use crate::commands::accounts;
use crate::commands::context::{Context, tuning};
use crate::commands::region;
use crate::domain::{FactName, StatusId, TypeId};
use crate::itglue::ItGlue;
use crate::settings::write::{self, Choices};
use crate::settings::{Region, SecretSource, Settings, SyncSettings, process_env};
use crate::store::Deed;
use crate::transport::{Observer, Service, Transport, Tuning};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A person waits: two attempts are enough to tell.
const ATTEMPTS: u32 = 2;
/// IT Glue revokes a key that was unused for so long.
const LONG: SignedDuration = SignedDuration::from_hours(90 * 24);

type Check<T> = Result<T, Failure>;

/// Both services as one check sees them.
pub struct Checker<'a> {
    /// Where things are.
    pub context: &'a Context,
    /// Hears of waits.
    pub observer: Arc<dyn Observer>,
    /// The times, and how often to try.
    pub tuning: Tuning,
}

impl<'a> Checker<'a> {
    /// With the patience of a person.
    pub fn new(context: &'a Context, observer: Arc<dyn Observer>) -> Self {
        Self { context, observer, tuning: Tuning { attempts: ATTEMPTS, ..tuning() } }
    }

    /// The token, and what it sees.
    ///
    /// # Errors
    /// Why not, in words.
    pub async fn addigy(&self, access: &Access) -> Check<AddigySeen> {
        let addigy = self.to_addigy(access).await?;
        let seen = addigy.check().await.map_err(|error| Failure::addigy(&error))?;
        Ok(AddigySeen {
            organization: seen.organization_id.map(|id| id.to_string()),
            policies: seen.policies,
            devices: seen.devices,
        })
    }

    /// The key, and what it sees.
    ///
    /// # Errors
    /// Why not, in words.
    pub async fn itglue(&self, access: &Access, region: Option<Region>) -> Check<ItGlueSeen> {
        let (itglue, key) = self.to_itglue(access, region).await?;
        let failed = |error| Failure::itglue(&error, key);
        let (organizations, statuses, types) =
            tokio::try_join!(itglue.organization_count(), itglue.statuses(), itglue.types())
                .map_err(failed)?;
        let mut seen = ItGlueSeen { organizations, statuses, types };
        seen.statuses.sort_by_cached_key(|status| status.name.to_lowercase());
        seen.types.sort_by_cached_key(|kind| kind.name.to_lowercase());
        Ok(seen)
    }

    /// The other region in which the key works.
    ///
    /// # Errors
    /// Why that can't be told, in words.
    pub async fn regions(
        &self,
        access: &Access,
        regions: &[(Region, Url)],
    ) -> Check<Option<Region>> {
        let secret = self.secret(Step::ItGlue, &access.source).await?;
        region::elsewhere(self.context, regions, &secret, self.share()).await.map_err(|error| {
            Failure::said(
                Step::ItGlue,
                format!("Not every region could be asked: {error}"),
                "No other one takes the key.",
            )
        })
    }

    /// Facts and devices.
    ///
    /// # Errors
    /// Why not, in words.
    pub async fn fleet(&self, access: &Access, wanted: &BTreeSet<FactName>) -> Check<Fleet> {
        let addigy = self.to_addigy(access).await?;
        Fleet::read(&addigy, wanted).await.map_err(|error| Failure::addigy(&error))
    }

    /// Checks everything again where it is to be switched on, then writes the settings.
    ///
    /// # Errors
    /// Why nothing was written, in words.
    pub async fn finish(&self, choices: &Choices, confirmed: &Confirmed) -> Check<Finished> {
        if !choices.enabled {
            return self.write(choices).map(|settings| Finished::Written(settings, Vec::new()));
        }
        for source in [&choices.token, &choices.key] {
            source.announce(&process_env);
        }
        let addigy_access =
            Access { url: choices.addigy_url.clone(), source: choices.token.clone() };
        let itglue_access = Access { url: choices.itglue_url.clone(), source: choices.key.clone() };
        let addigy = self.to_addigy(&addigy_access).await?;
        let seen = addigy.check().await.map_err(|error| Failure::addigy(&error))?;
        let lists = self.itglue(&itglue_access, choices.region).await?;
        still_there(choices, &lists)?;
        let mut notes = Vec::new();
        if let Some(unknown) = unknown_facts(&addigy, choices).await {
            notes.push(unknown);
        }
        let (itglue, _) = self.to_itglue(&itglue_access, choices.region).await?;
        let store = self.context.store().map_err(state)?;
        let organization = seen.organization_id;
        let seen = accounts::see(choices.itglue_url.as_str(), &itglue, &store, organization)
            .await
            .map_err(|error| Failure::said(Step::ItGlue, error.to_string(), ""))?;
        let known = store.accounts().map_err(state)?;
        let differences = accounts::differences(&known, &seen);
        if differences != *confirmed {
            return Ok(Finished::OtherAccounts(differences));
        }
        let settings = self.write(choices)?;
        let (accepted, now) = (accounts::accepted(&known, &seen), Timestamp::now());
        if accepted == known {
            store.set_accounts(&accepted).map_err(state)?;
        } else {
            store.accept_accounts(&accepted, now).map_err(state)?;
        }
        let enabled = settings.enabled;
        store.audit(&Deed::SettingsWritten { enabled }, now).map_err(state)?;
        Ok(Finished::Written(settings, notes))
    }

    fn write(&self, choices: &Choices) -> Check<Box<Settings>> {
        let path = &self.context.paths.config_file;
        let unwritten = |text: String| Failure::said(Step::Review, sentence(&text), "");
        write::write(path, choices).map_err(|error| unwritten(error.to_string()))?;
        Settings::load(path).map(Box::new).map_err(|error| unwritten(error.to_string()))
    }

    async fn to_addigy(&self, access: &Access) -> Check<Addigy> {
        let secret = self.secret(Step::Addigy, &access.source).await?;
        Ok(Addigy::new(self.transport(Service::Addigy, access, &secret)?))
    }

    async fn to_itglue(
        &self,
        access: &Access,
        region: Option<Region>,
    ) -> Check<(ItGlue, KeyFacts)> {
        let secret = self.secret(Step::ItGlue, &access.source).await?;
        let key = KeyFacts {
            looks_right: secret.expose_secret().starts_with("ITG."),
            region,
            long_unused: self.long_unused(&access.source),
        };
        Ok((ItGlue::new(self.transport(Service::ItGlue, access, &secret)?), key))
    }

    async fn secret(&self, step: Step, source: &SecretSource) -> Check<SecretString> {
        source.read().await.map_err(|error| Failure::secret(step, &error))
    }

    fn transport(
        &self,
        service: Service,
        access: &Access,
        secret: &SecretString,
    ) -> Check<Transport> {
        let step = if service == Service::Addigy { Step::Addigy } else { Step::ItGlue };
        let transport = self
            .context
            .transport(service, &access.url, secret, self.share(), self.tuning.clone())
            .map_err(|error| Failure::said(step, sentence(&error.to_string()), ""))?;
        Ok(transport.for_run(self.context.cancel.clone(), Arc::clone(&self.observer)))
    }

    /// Our share of IT Glue's limit, as the settings have it.
    fn share(&self) -> u32 {
        let settings = Settings::load(&self.context.paths.config_file);
        settings.map_or(SyncSettings::default(), |settings| settings.sync).requests_per_minute
    }

    /// Whether the key is the one of the settings, and the last run lies 90 days back.
    fn long_unused(&self, source: &SecretSource) -> bool {
        let same = Settings::load(&self.context.paths.config_file)
            .is_ok_and(|settings| settings.itglue.key.same(source));
        let last = self.context.store().ok().and_then(|store| store.runs(1).ok());
        let last = last.and_then(|runs| runs.first().map(|run| run.started));
        same && last.is_some_and(|last| Timestamp::now().duration_since(last) > LONG)
    }
}

/// Whether IT Glue still has what was chosen.
fn still_there(choices: &Choices, lists: &ItGlueSeen) -> Check<()> {
    let status = |id: Option<StatusId>| {
        id.is_some_and(|id| lists.statuses.iter().any(|status| status.id == id))
    };
    let kind = |id: TypeId| lists.types.iter().any(|kind| kind.id == id);
    let gone = |step: Step, what: &str| {
        let what = format!("IT Glue has the chosen {what} no more.");
        Err(Failure::said(step, what, "Choose another."))
    };
    if !status(choices.active) {
        return gone(Step::Active, "active status");
    }
    if !status(choices.inactive) {
        return gone(Step::Inactive, "inactive status");
    }
    if !choices.default_type.is_some_and(kind) {
        return gone(Step::DefaultType, "default type");
    }
    match choices.rules.iter().position(|rule| !kind(rule.type_id)) {
        Some(at) => gone(Step::Rules, &format!("type of rule {}", at + 1)),
        None => Ok(()),
    }
}

/// Facts that rules name and Addigy does not list: such a rule never holds.
async fn unknown_facts(addigy: &Addigy, choices: &Choices) -> Option<String> {
    let named: BTreeSet<&str> = choices
        .rules
        .iter()
        .flat_map(|rule| &rule.when)
        .map(|condition| condition.fact.as_str())
        .filter(|fact| !crate::domain::facts::ALL.contains(fact))
        .collect();
    if named.is_empty() {
        return None;
    }
    let known = addigy.facts().await.ok()?;
    let unknown: Vec<&str> = named
        .into_iter()
        .filter(|fact| !known.iter().any(|known| known.identifier == *fact))
        .collect();
    (!unknown.is_empty()).then(|| {
        format!("Addigy lists no fact {}: a rule that names it never holds", unknown.join(", "))
    })
}

fn state(error: impl ToString) -> Failure {
    Failure::said(Step::Review, sentence(&error.to_string()), "")
}

/// Reads, keeps or removes the draft: the asks that concern no service.
pub fn draft(state_dir: &std::path::Path, ask: &Ask) -> Option<Told> {
    match ask {
        Ask::Resume => {
            Some(Told::Resumed(draft_file::load(state_dir).map(|draft| draft.map(Box::new))))
        }
        Ask::Keep(draft) => Some(Told::Kept(draft_file::save(state_dir, draft))),
        Ask::Forget => draft_file::remove(state_dir).err().map(|why| Told::Kept(Err(why))),
        _ => None,
    }
}
