//! The checks against the embedded sandbox, and what is said when they fail.

use super::ask::*;
use super::check::Checker;
use super::draft::{Draft, Step};
use super::failure::Failure;
use crate::commands::cli::Global;
use crate::commands::context::Context;
use crate::domain::{AddigyOrganizationId, Condition, Operator, StatusId, TypeId, TypeRule};
use crate::sandbox::faults::Fault;
use crate::sandbox::{Options, Sandbox, Service};
use crate::settings::write::Choices;
use crate::settings::{Region, SecretSource, Settings};
use crate::store::Accounts;
use crate::transport::Tuning;
use reqwest::Url;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

struct Stage {
    sandbox: Sandbox,
    context: Context,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let options = Options { policies: 6, devices: 40, organizations: 8, ..Options::default() };
        let folder = tempfile::tempdir().unwrap();
        let global = Global {
            config: Some(folder.path().join("config/config.toml")),
            profile: None,
            state_dir: Some(folder.path().join("state")),
            json: false,
            verbose: 0,
        };
        let context = Context::new(global, CancellationToken::new()).unwrap();
        Self { sandbox: Sandbox::start(options).await.unwrap(), context, _folder: folder }
    }

    fn checker(&self) -> Checker<'_> {
        let tuning = Tuning {
            attempts: 1,
            total_timeout: Duration::from_secs(20),
            backoff_base: Duration::from_millis(2),
            ..Tuning::default()
        };
        Checker { tuning, ..Checker::new(&self.context, Arc::new(|_| {})) }
    }

    fn addigy(&self, token: &str) -> Access {
        access(&self.sandbox.addigy_url(), token)
    }

    fn itglue(&self, key: &str) -> Access {
        access(&self.sandbox.itglue_url(), key)
    }

    fn fault(&self, service: Service, path: &str, status: u16) {
        self.sandbox.control().fault(Fault::status(status).at(service).path(path));
    }

    async fn addigy_fails(&self, access: &Access) -> Failure {
        self.checker().addigy(access).await.unwrap_err()
    }

    async fn itglue_fails(&self, access: &Access) -> Failure {
        self.checker().itglue(access, Some(Region::Us)).await.unwrap_err()
    }

    fn choices(&self, enabled: bool) -> Choices {
        let text = self.sandbox.settings_toml();
        let settings = Settings::parse(&text, "/config.toml".as_ref()).unwrap();
        Draft::from_settings(&settings).choices(enabled, &[], &[]).unwrap()
    }

    fn written(&self) -> Option<Settings> {
        Settings::load(&self.context.paths.config_file).ok()
    }
}

fn access(url: &str, secret: &str) -> Access {
    Access { url: Url::parse(url).unwrap(), source: SecretSource::Value(secret.into()) }
}

#[tokio::test]
async fn a_good_token_and_a_good_key_tell_what_they_see() {
    let stage = Stage::new().await;
    let token = stage.sandbox.addigy_token().to_owned();
    let seen = stage.checker().addigy(&stage.addigy(&token)).await.unwrap();
    assert_eq!(seen.devices, 40);
    assert!(seen.words().contains("40 devices, organization ") && seen.warning().is_none());
    let key = stage.sandbox.itglue_key().to_owned();
    let seen = stage.checker().itglue(&stage.itglue(&key), None).await.unwrap();
    assert!(seen.statuses.len() >= 2 && !seen.types.is_empty() && seen.warning().is_none());
    assert!(seen.words().contains("organizations"), "{}", seen.words());
}

#[tokio::test]
async fn each_failure_has_its_own_words() {
    let stage = Stage::new().await;
    let wrong = stage.addigy_fails(&stage.addigy("wrong")).await;
    assert!(wrong.what.contains("Addigy turned the token away (status 401"), "{wrong:?}");
    assert!(wrong.causes[0].contains("not copied whole"));
    let token = stage.sandbox.addigy_token().to_owned();
    stage.fault(Service::Addigy, "devices", 403);
    let half = stage.addigy_fails(&stage.addigy(&token)).await;
    assert!(half.what.contains("may read policies, but not view devices"), "{half:?}");

    for status in [401, 403] {
        stage.fault(Service::ItGlue, "organizations", status);
        stage.fault(Service::ItGlue, "configuration_statuses", status);
        stage.fault(Service::ItGlue, "configuration_types", status);
        let key = stage.sandbox.itglue_key().to_owned();
        let away = stage.itglue_fails(&stage.itglue(&key)).await;
        assert!(away.what.contains(&format!("status {status}")), "{away:?}");
        assert!(away.ask_regions && away.causes[0].contains("another region"));
        stage.sandbox.control().faults().clear();
    }
    let wrong = stage.itglue_fails(&stage.itglue("half-a-key")).await;
    assert!(wrong.causes[0].contains("begin with ITG."), "{wrong:?}");

    let nobody = stage.itglue_fails(&access("http://127.0.0.1:9", "ITG.x")).await;
    assert!(nobody.what.contains("refused the connection"), "{nobody:?}");
    assert!(nobody.next.contains("firewall"), "{nobody:?}");
    let open = stage.addigy_fails(&access("http://203.0.113.1", "not-a-real-token")).await;
    assert!(open.what.contains("not https"), "{open:?}");
    let elsewhere = stage.itglue_fails(&stage.addigy(&token)).await;
    assert!(elsewhere.what.contains("not IT Glue's API"), "{elsewhere:?}");
    let unset = SecretSource::Env("BINDERY_TEST_NO_SUCH_VARIABLE".into());
    let unset = Access { source: unset, ..stage.addigy("") };
    let unset = stage.addigy_fails(&unset).await;
    assert!(unset.what.contains("BINDERY_TEST_NO_SUCH_VARIABLE is not set"), "{unset:?}");
}

#[tokio::test]
async fn the_region_in_which_a_key_works_is_found() {
    let (here, there) = (Stage::new().await, Stage::new().await);
    let other = Options { key: "ITG.other".into(), ..Options::empty() };
    let other = Sandbox::start(other).await.unwrap();
    let url = |text: String| Url::parse(&text).unwrap();
    let regions = |eu: &str| {
        vec![(Region::Eu, url(eu.to_owned())), (Region::Au, url(there.sandbox.itglue_url()))]
    };
    let access = here.itglue("ITG.sandbox-key");
    let refuses = other.itglue_url();
    let found = here.checker().regions(&access, &regions(&refuses)).await;
    assert_eq!(found.unwrap(), Some(Region::Au));
    let access = here.itglue("ITG.nowhere");
    assert_eq!(here.checker().regions(&access, &regions(&refuses)).await.unwrap(), None);
    let dead = here.checker().regions(&access, &regions("http://127.0.0.1:9")).await;
    assert!(dead.unwrap_err().what.contains("Not every region"));
}

#[tokio::test]
async fn the_fleet_tells_samples_and_what_a_rule_catches() {
    let stage = Stage::new().await;
    let access = stage.addigy(stage.sandbox.addigy_token());
    let wanted = BTreeSet::from(["no_such_fact".to_owned()]);
    let fleet = stage.checker().fleet(&access, &wanted).await.unwrap();
    assert_eq!(fleet.devices.len(), 40);
    let model = fleet.fact("device_model_name").unwrap();
    assert!(!model.samples.is_empty() && model.name == "Device Model Name");
    assert!(fleet.fact("custom_department").unwrap().samples.len() == 4);
    assert!(fleet.has("no_such_fact") && fleet.fact("no_such_fact").unwrap().samples.is_empty());
    let sample = model.samples[0].clone();
    let condition =
        Condition { fact: "device_model_name".into(), operator: Operator::Equals(sample.clone()) };
    let caught = fleet.caught(&[condition]);
    let expected: Vec<bool> =
        fleet.devices.iter().map(|d| d.model.as_deref() == Some(&sample)).collect();
    assert_eq!(caught, expected);
    assert!(caught.contains(&true) && caught.contains(&false));

    stage.fault(Service::Addigy, "/facts", 403);
    let fleet = stage.checker().fleet(&access, &BTreeSet::new()).await.unwrap();
    assert!(fleet.fact("os_platform").is_some_and(|fact| !fact.samples.is_empty()));
}

#[tokio::test]
async fn switched_on_only_after_everything_was_checked_again() {
    let stage = Stage::new().await;
    let none = Confirmed::new();
    let off = stage.checker().finish(&stage.choices(false), &none).await.unwrap();
    assert!(matches!(off, Finished::Written(settings, _) if !settings.enabled));

    let mut gone = stage.choices(true);
    gone.inactive = Some(StatusId::new(987_654));
    let failure = stage.checker().finish(&gone, &none).await.unwrap_err();
    assert_eq!(failure.step, Step::Inactive);
    let mut gone = stage.choices(true);
    let when = vec![Condition { fact: "misspelt".into(), operator: Operator::IsEmpty }];
    gone.rules.push(TypeRule { when, type_id: TypeId::new(987_654) });
    let failure = stage.checker().finish(&gone, &none).await.unwrap_err();
    assert!(failure.step == Step::Rules && failure.what.contains("rule 3"), "{failure:?}");
    stage.fault(Service::Addigy, "policies", 401);
    let failure = stage.checker().finish(&stage.choices(true), &none).await.unwrap_err();
    assert_eq!(failure.step, Step::Addigy);
    assert!(!stage.written().unwrap().enabled, "nothing was switched on meanwhile");

    gone.rules.last_mut().unwrap().type_id = gone.default_type.unwrap();
    let on = stage.checker().finish(&gone, &none).await.unwrap();
    let Finished::Written(settings, notes) = on else { panic!("{on:?}") };
    assert!(settings.enabled && stage.written().unwrap().enabled);
    assert!(notes[0].contains("no fact misspelt"), "{notes:?}");
    let accounts = stage.context.store().unwrap().accounts().unwrap();
    assert_eq!(accounts.itglue_url.as_deref(), Some(settings.itglue.url.as_str()));
    assert!(accounts.addigy_organization.is_some());
}

#[tokio::test]
async fn other_accounts_want_a_confirmation_of_just_these() {
    let stage = Stage::new().await;
    let store = stage.context.store().unwrap();
    let old = Accounts {
        addigy_organization: Some(AddigyOrganizationId::new("another")),
        itglue_url: Some("https://api.itglue.com/".into()),
        itglue_account: None,
    };
    store.set_accounts(&old).unwrap();
    let asked = stage.checker().finish(&stage.choices(true), &Confirmed::new()).await.unwrap();
    let Finished::OtherAccounts(differences) = asked else { panic!("{asked:?}") };
    assert_eq!(differences.len(), 2);
    assert!(stage.written().is_none());
    assert_eq!(store.accounts().unwrap(), old);

    let half = differences[..1].to_vec();
    let again = stage.checker().finish(&stage.choices(true), &half).await.unwrap();
    assert!(matches!(again, Finished::OtherAccounts(_)));
    let done = stage.checker().finish(&stage.choices(true), &differences).await.unwrap();
    assert!(matches!(done, Finished::Written(settings, _) if settings.enabled));
    assert_ne!(store.accounts().unwrap(), old);
}
