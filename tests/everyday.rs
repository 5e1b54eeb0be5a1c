//! The commands as a person runs them: the real binary against a sandbox.

mod support;

use bindery::sandbox::{Options, Sandbox};
use support::Stage;
use support::folder::{Ended, Folder};

/// A stage, with settings and a state for the real binary.
struct Desk {
    stage: Stage,
    folder: Folder,
}

impl Desk {
    async fn new(options: Options) -> Self {
        let stage = Stage::new(options).await;
        let folder = Folder::new(&stage.sandbox.settings_toml());
        Self { stage, folder }
    }

    /// Policy Acme with three devices, and organizations Acme and Globex.
    async fn acme() -> Self {
        let desk = Self::new(Options::empty()).await;
        let control = desk.stage.control();
        control.add_organization("Acme");
        control.add_organization("Globex");
        control.add_policy("Acme", None, "").unwrap();
        for at in 0..3 {
            desk.stage.add_device("Acme", at);
        }
        desk
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        self.folder.run_aside(self.folder.command(arguments)).await
    }

    fn statuses(&self, organization: &str) -> Vec<Option<i64>> {
        let all = self.stage.configurations(organization);
        all.iter().map(|configuration| configuration.status_id).collect()
    }
}

#[tokio::test]
async fn a_link_is_made_once_and_asks_before_it_moves() {
    let desk = Desk::acme().await;
    let dry = desk.run(&["link", "Acme", "Acme", "--dry-run"]).await.exited(0);
    assert!(dry.stdout.contains("Would link Acme to Acme"), "{}", dry.stdout);
    let linked = desk.run(&["link", "Acme", "Acme", "--json"]).await.exited(0).json();
    assert_eq!(linked["links"][0]["result"], "linked");
    let again = desk.run(&["link", "Acme", "Acme", "--json"]).await.exited(0).json();
    assert_eq!(again["links"][0]["result"], "unchanged");
    desk.run(&["sync", "Acme"]).await.exited(0);

    let refused = desk.run(&["link", "Acme", "Globex"]).await.exited(4);
    assert!(refused.stderr.contains("3 devices bound so far"), "{}", refused.stderr);
    desk.run(&["link", "Acme", "Globex", "--yes"]).await.exited(0);
    let status = desk.run(&["status", "--json"]).await.exited(0).json();
    assert_eq!(status["policies"][0]["organization"]["name"], "Globex");
    assert_eq!(status["policies"][0]["state"], "attention");
    // A link alone writes nothing.
    let active = Some(desk.stage.active().get());
    assert_eq!(desk.statuses("Acme"), [active; 3]);
}

#[tokio::test]
async fn names_that_do_not_exist_get_the_nearest() {
    let desk = Desk::acme().await;
    let error = desk.run(&["link", "Acme", "acme"]).await.exited(2).stderr;
    assert!(error.contains("differs in upper and lower case"), "{error}");
    desk.run(&["link", "Nobody", "Acme"]).await.exited(2);
    desk.run(&["link", "Acme"]).await.exited(2);
    let found = desk.run(&["organizations", "Globex", "--json"]).await.exited(0).json();
    assert_eq!(found["organizations"][0]["exact"], true);
    let none = desk.run(&["organizations", "Globx", "--json"]).await.exited(1).json();
    assert_eq!(none["organizations"][0]["name"], "Globex");
    assert_eq!(none["organizations"][0]["exact"], false);
}

#[tokio::test]
async fn namesakes_are_told_apart_by_id() {
    let desk = Desk::acme().await;
    let second = desk.stage.control().add_organization("Acme").to_string();
    let error = desk.run(&["link", "Acme", "Acme"]).await.exited(2).stderr;
    assert!(error.contains(&second), "{error}");
    let linked = desk.run(&["link", "Acme", &second, "--json"]).await.exited(0).json();
    assert_eq!(linked["links"][0]["organization"]["id"].to_string(), second);
}

#[tokio::test]
async fn what_addigy_linked_is_taken_over_and_same_names_are_proposed() {
    let desk = Desk::acme().await;
    let control = desk.stage.control();
    let globex = control.organization_id("Globex").unwrap().to_string();
    control.add_policy("Globex Macs", None, &globex).unwrap();
    control.add_policy("Dangling", None, "9999").unwrap();
    desk.run(&["link", "--adopt"]).await.exited(4);
    let adopted = desk.run(&["link", "--adopt", "--yes", "--json"]).await.exited(0).json();
    let results: Vec<(&str, &str)> = adopted["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| (link["policy"].as_str().unwrap(), link["result"].as_str().unwrap()))
        .collect();
    assert_eq!(results, [("Dangling", "left"), ("Globex Macs", "linked")]);
    let proposed = desk.run(&["link", "--proposed", "--yes", "--json"]).await.exited(0).json();
    assert_eq!(proposed["links"].as_array().unwrap().len(), 1);
    assert_eq!(proposed["links"][0]["policy"], "Acme");
}

#[tokio::test]
async fn unlinking_leaves_configurations_alone_unless_asked() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exited(0);
    desk.run(&["sync", "Acme"]).await.exited(0);
    let (active, inactive) = (desk.stage.active().get(), desk.stage.inactive().get());
    let told = desk.run(&["unlink", "Acme", "--json"]).await.exited(0).json();
    assert_eq!(told["released"], 3);
    desk.run(&["sync", "--all"]).await.exited(0);
    assert_eq!(desk.statuses("Acme"), [Some(active); 3]);

    desk.run(&["link", "Acme", "Acme"]).await.exited(0);
    desk.run(&["sync", "Acme"]).await.exited(0);
    let refused = desk.run(&["unlink", "Acme", "--inactivate"]).await.exited(4);
    assert!(refused.stderr.contains("3 configurations"), "{}", refused.stderr);
    assert_eq!(desk.statuses("Acme"), [Some(active); 3]);
    let told = desk.run(&["unlink", "Acme", "--inactivate", "--yes", "--json"]).await.exited(0);
    assert_eq!(told.json()["inactivated"], 3);
    assert_eq!(desk.statuses("Acme"), [Some(inactive); 3]);
    let run = desk.run(&["history", "last", "--json"]).await.exited(0).json();
    assert_eq!(run["runs"][0]["kind"], "unlink");
    assert_eq!(run["runs"][0]["changes"].as_array().unwrap().len(), 3);
    let policies = desk.run(&["policies"]).await.exited(0);
    assert!(policies.stdout.contains("(kept unlinked)"), "{}", policies.stdout);
}

#[tokio::test]
async fn a_device_is_found_and_bound_by_hand() {
    let desk = Desk::acme().await;
    let control = desk.stage.control();
    desk.run(&["link", "Acme", "Acme"]).await.exited(0);
    let organization = control.organization_id("Acme").unwrap();
    desk.run(&["sync", "Acme"]).await.exited(0);
    let spare = desk.stage.configuration("SERIAL000000");
    let other = control.add_configuration(bindery::sandbox::itglue::model::Configuration {
        serial_number: None,
        mac_address: None,
        name: "by hand".into(),
        ..spare.clone()
    });

    let card = desk.run(&["device", "a483.e700.0000"]).await.exited(0).stdout;
    assert!(card.contains("mac-000 (") && card.contains("linked to Acme"), "{card}");
    desk.run(&["device", "mac-0"]).await.exited(2);
    desk.run(&["device", "nobody"]).await.exited(1);

    let taken = desk.run(&["bind", "mac-001", &spare.id.to_string(), "--yes"]).await.exited(1);
    assert!(taken.stderr.contains("held by mac-000"), "{}", taken.stderr);
    let page = format!("https://sandbox.itglue.com/{organization}/configurations/{other}");
    desk.run(&["bind", "mac-000", &page]).await.exited(4);
    desk.run(&["bind", "mac-000", &page, "--yes"]).await.exited(0);
    let chosen = desk.run(&["device", "mac-000", "--json"]).await.exited(0).json();
    assert_eq!(chosen["devices"][0]["state"], "chosen");
    desk.run(&["sync", "--device", "mac-000"]).await.exited(0);
    let card = desk.run(&["device", "mac-000", "--live", "--json"]).await.exited(0).json();
    let card = &card["devices"][0];
    assert_eq!(card["configuration"]["id"], other);
    assert_eq!(card["configuration"]["matched_by"], "hand");
    assert_eq!(card["live"]["itglue"]["serial-number"], "SERIAL000000");
}

#[tokio::test]
async fn doctor_says_what_is_wrong_and_what_to_do() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exited(0);
    desk.run(&["doctor"]).await.exited(0);
    desk.stage.control().rename_organization("Acme", "Acme Group").unwrap();
    let renamed = desk.run(&["doctor", "--json"]).await.exited(0).json();
    let links = renamed["checks"].as_array().unwrap().iter().find(|c| c["name"] == "links");
    assert_eq!(links.unwrap()["result"], "warn");
    desk.run(&["sync", "--all"]).await.exited(4);
    desk.run(&["doctor", "--accept-accounts"]).await.exited(4);
    desk.run(&["doctor", "--accept-accounts", "--yes"]).await.exited(0);
    desk.run(&["sync", "--all"]).await.exited(0);

    let settings = desk.stage.sandbox.settings_toml();
    desk.folder.write_settings(&settings.replace("ITG.sandbox-key", "wrong-key"));
    let wrong = desk.run(&["doctor"]).await.exited(1);
    assert!(wrong.stdout.contains("does not begin with ITG."), "{}", wrong.stdout);
    assert!(
        wrong.stdout.contains("FAIL  itglue") && !wrong.stdout.contains("wrong-key"),
        "{}",
        wrong.stdout
    );
    desk.folder.write_settings(&settings.replace("enabled", "enabeld"));
    desk.run(&["doctor"]).await.exited(2);
}

#[tokio::test]
async fn another_account_is_not_written_to() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exited(0);
    desk.run(&["sync", "Acme"]).await.exited(0);
    let other = Sandbox::start(Options::empty()).await.unwrap();
    let settings = desk.stage.sandbox.settings_toml();
    desk.folder
        .write_settings(&settings.replace(&desk.stage.sandbox.itglue_url(), &other.itglue_url()));
    desk.run(&["policies"]).await.exited(4);
    desk.run(&["link", "Acme", "Globex", "--yes"]).await.exited(4);
    let doctor = desk.run(&["doctor"]).await.exited(1);
    assert!(doctor.stdout.contains("--accept-accounts"), "{}", doctor.stdout);
}

#[tokio::test]
async fn what_is_known_is_shown_when_addigy_is_gone() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exited(0);
    desk.run(&["policies"]).await.exited(0);
    let settings = desk.stage.sandbox.settings_toml();
    desk.folder
        .write_settings(&settings.replace(&desk.stage.sandbox.addigy_url(), "http://127.0.0.1:9"));
    let shown = desk.run(&["policies"]).await.exited(0);
    assert!(
        shown.stdout.contains("Acme") && shown.stderr.contains("as last known"),
        "{}",
        shown.stderr
    );
    desk.run(&["doctor"]).await.exited(1);
}

#[tokio::test]
async fn an_organization_that_a_run_holds_is_left_alone() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exited(0);
    let store = bindery::store::Store::open(&desk.folder.path().join("state")).unwrap();
    let id = desk.stage.control().organization_id("Acme").unwrap();
    let lock =
        store.lock_organization(bindery::domain::OrganizationId::new(id), "ben on jump2").unwrap();
    for arguments in [
        ["unlink", "Acme"].as_slice(),
        &["link", "Acme", "Globex", "--yes"],
        &["link", "Acme", "Acme", "--with-children"],
    ] {
        let busy = desk.run(arguments).await.exited(5);
        assert!(busy.stderr.contains("ben on jump2"), "{}", busy.stderr);
    }
    drop(lock);
    desk.run(&["unlink", "Acme"]).await.exited(0);
}

#[tokio::test]
async fn completions_and_manual_need_no_settings() {
    let desk = Desk::new(Options::empty()).await;
    std::fs::remove_file(desk.folder.config()).unwrap();
    assert!(desk.run(&["completions", "bash"]).await.exited(0).stdout.contains("_bindery"));
    assert!(desk.run(&["man"]).await.exited(0).stdout.contains(".TH bindery"));
    assert!(!desk.folder.path().join("state").exists());
    desk.run(&["policies"]).await.exited(2);
    desk.run(&["status"]).await.exited(0);
}
