//! The commands as a person runs them: the real binary against a sandbox.

mod support;

use bindery::sandbox::{Options, Sandbox};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use support::Stage;
use tokio::process::Command;

/// A settings file and a state of its own for the sandbox of a stage.
struct Desk {
    stage: Stage,
    folder: tempfile::TempDir,
}

/// What a command left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.out);
        parsed.unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    /// Checks the exit code, showing what was said where it is another.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }
}

impl Desk {
    async fn new(options: Options) -> Self {
        let stage = Stage::new(options).await;
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { stage, folder };
        desk.write_settings(&desk.stage.sandbox.settings_toml());
        desk
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

    fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    fn write_settings(&self, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(self.config(), text).unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.config(), mode).unwrap();
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_bindery"))
            .args(arguments)
            .env("BINDERY_CONFIG", self.config())
            .env("BINDERY_STATE_DIR", self.folder.path().join("state"))
            .env("BINDERY_BACKOFF_MS", "2")
            .env("LC_ALL", "C.UTF-8")
            .env_remove("BINDERY_PROFILE")
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn statuses(&self, organization: &str) -> Vec<Option<i64>> {
        let all = self.stage.configurations(organization);
        all.iter().map(|configuration| configuration.status_id).collect()
    }
}

#[tokio::test]
async fn a_link_is_made_once_and_asks_before_it_moves() {
    let desk = Desk::acme().await;
    let dry = desk.run(&["link", "Acme", "Acme", "--dry-run"]).await.exits(0);
    assert!(dry.out.contains("Would link Acme to Acme"), "{}", dry.out);
    let linked = desk.run(&["link", "Acme", "Acme", "--json"]).await.exits(0).json();
    assert_eq!(linked["links"][0]["result"], "linked");
    let again = desk.run(&["link", "Acme", "Acme", "--json"]).await.exits(0).json();
    assert_eq!(again["links"][0]["result"], "unchanged");
    desk.run(&["sync", "Acme"]).await.exits(0);

    let refused = desk.run(&["link", "Acme", "Globex"]).await.exits(4);
    assert!(refused.err.contains("3 devices bound so far"), "{}", refused.err);
    desk.run(&["link", "Acme", "Globex", "--yes"]).await.exits(0);
    let status = desk.run(&["status", "--json"]).await.exits(0).json();
    assert_eq!(status["policies"][0]["organization"]["name"], "Globex");
    assert_eq!(status["policies"][0]["state"], "attention");
    // A link alone writes nothing.
    let active = Some(desk.stage.active().get());
    assert_eq!(desk.statuses("Acme"), [active; 3]);
}

#[tokio::test]
async fn names_that_do_not_exist_get_the_nearest() {
    let desk = Desk::acme().await;
    let error = desk.run(&["link", "Acme", "acme"]).await.exits(2).err;
    assert!(error.contains("differs in upper and lower case"), "{error}");
    desk.run(&["link", "Nobody", "Acme"]).await.exits(2);
    desk.run(&["link", "Acme"]).await.exits(2);
    let found = desk.run(&["organizations", "Globex", "--json"]).await.exits(0).json();
    assert_eq!(found["organizations"][0]["exact"], true);
    let none = desk.run(&["organizations", "Globx", "--json"]).await.exits(1).json();
    assert_eq!(none["organizations"][0]["name"], "Globex");
    assert_eq!(none["organizations"][0]["exact"], false);
}

#[tokio::test]
async fn namesakes_are_told_apart_by_id() {
    let desk = Desk::acme().await;
    let second = desk.stage.control().add_organization("Acme").to_string();
    let error = desk.run(&["link", "Acme", "Acme"]).await.exits(2).err;
    assert!(error.contains(&second), "{error}");
    let linked = desk.run(&["link", "Acme", &second, "--json"]).await.exits(0).json();
    assert_eq!(linked["links"][0]["organization"]["id"].to_string(), second);
}

#[tokio::test]
async fn what_addigy_linked_is_taken_over_and_same_names_are_proposed() {
    let desk = Desk::acme().await;
    let control = desk.stage.control();
    let globex = control.organization_id("Globex").unwrap().to_string();
    control.add_policy("Globex Macs", None, &globex).unwrap();
    control.add_policy("Dangling", None, "9999").unwrap();
    desk.run(&["link", "--adopt"]).await.exits(4);
    let adopted = desk.run(&["link", "--adopt", "--yes", "--json"]).await.exits(0).json();
    let results: Vec<(&str, &str)> = adopted["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| (link["policy"].as_str().unwrap(), link["result"].as_str().unwrap()))
        .collect();
    assert_eq!(results, [("Dangling", "left"), ("Globex Macs", "linked")]);
    let proposed = desk.run(&["link", "--proposed", "--yes", "--json"]).await.exits(0).json();
    assert_eq!(proposed["links"].as_array().unwrap().len(), 1);
    assert_eq!(proposed["links"][0]["policy"], "Acme");
}

#[tokio::test]
async fn unlinking_leaves_configurations_alone_unless_asked() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exits(0);
    desk.run(&["sync", "Acme"]).await.exits(0);
    let (active, inactive) = (desk.stage.active().get(), desk.stage.inactive().get());
    let told = desk.run(&["unlink", "Acme", "--json"]).await.exits(0).json();
    assert_eq!(told["released"], 3);
    desk.run(&["sync", "--all"]).await.exits(0);
    assert_eq!(desk.statuses("Acme"), [Some(active); 3]);

    desk.run(&["link", "Acme", "Acme"]).await.exits(0);
    desk.run(&["sync", "Acme"]).await.exits(0);
    let refused = desk.run(&["unlink", "Acme", "--inactivate"]).await.exits(4);
    assert!(refused.err.contains("3 configurations"), "{}", refused.err);
    assert_eq!(desk.statuses("Acme"), [Some(active); 3]);
    let told = desk.run(&["unlink", "Acme", "--inactivate", "--yes", "--json"]).await.exits(0);
    assert_eq!(told.json()["inactivated"], 3);
    assert_eq!(desk.statuses("Acme"), [Some(inactive); 3]);
    let run = desk.run(&["history", "last", "--json"]).await.exits(0).json();
    assert_eq!(run["runs"][0]["kind"], "unlink");
    assert_eq!(run["runs"][0]["changes"].as_array().unwrap().len(), 3);
    let policies = desk.run(&["policies"]).await.exits(0);
    assert!(policies.out.contains("(kept unlinked)"), "{}", policies.out);
}

#[tokio::test]
async fn a_device_is_found_and_bound_by_hand() {
    let desk = Desk::acme().await;
    let control = desk.stage.control();
    desk.run(&["link", "Acme", "Acme"]).await.exits(0);
    let organization = control.organization_id("Acme").unwrap();
    desk.run(&["sync", "Acme"]).await.exits(0);
    let spare = desk.stage.configuration("SERIAL000000");
    let other = control.add_configuration(bindery::sandbox::itglue::model::Configuration {
        serial_number: None,
        mac_address: None,
        name: "by hand".into(),
        ..spare.clone()
    });

    let card = desk.run(&["device", "a483.e700.0000"]).await.exits(0).out;
    assert!(card.contains("mac-000 (") && card.contains("linked to Acme"), "{card}");
    desk.run(&["device", "mac-0"]).await.exits(2);
    desk.run(&["device", "nobody"]).await.exits(1);

    let taken = desk.run(&["bind", "mac-001", &spare.id.to_string(), "--yes"]).await.exits(1);
    assert!(taken.err.contains("held by mac-000"), "{}", taken.err);
    let page = format!("https://sandbox.itglue.com/{organization}/configurations/{other}");
    desk.run(&["bind", "mac-000", &page]).await.exits(4);
    desk.run(&["bind", "mac-000", &page, "--yes"]).await.exits(0);
    let chosen = desk.run(&["device", "mac-000", "--json"]).await.exits(0).json();
    assert_eq!(chosen["devices"][0]["state"], "chosen");
    desk.run(&["sync", "--device", "mac-000"]).await.exits(0);
    let card = desk.run(&["device", "mac-000", "--live", "--json"]).await.exits(0).json();
    let card = &card["devices"][0];
    assert_eq!(card["configuration"]["id"], other);
    assert_eq!(card["configuration"]["matched_by"], "hand");
    assert_eq!(card["live"]["itglue"]["serial-number"], "SERIAL000000");
}

#[tokio::test]
async fn doctor_says_what_is_wrong_and_what_to_do() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exits(0);
    desk.run(&["doctor"]).await.exits(0);
    desk.stage.control().rename_organization("Acme", "Acme Group").unwrap();
    let renamed = desk.run(&["doctor", "--json"]).await.exits(0).json();
    let links = renamed["checks"].as_array().unwrap().iter().find(|c| c["name"] == "links");
    assert_eq!(links.unwrap()["result"], "warn");
    desk.run(&["sync", "--all"]).await.exits(4);
    desk.run(&["doctor", "--accept-accounts"]).await.exits(4);
    desk.run(&["doctor", "--accept-accounts", "--yes"]).await.exits(0);
    desk.run(&["sync", "--all"]).await.exits(0);

    let settings = desk.stage.sandbox.settings_toml();
    desk.write_settings(&settings.replace("ITG.sandbox-key", "wrong-key"));
    let wrong = desk.run(&["doctor"]).await.exits(1);
    assert!(wrong.out.contains("does not begin with ITG."), "{}", wrong.out);
    assert!(
        wrong.out.contains("FAIL  itglue") && !wrong.out.contains("wrong-key"),
        "{}",
        wrong.out
    );
    desk.write_settings(&settings.replace("enabled", "enabeld"));
    desk.run(&["doctor"]).await.exits(2);
}

#[tokio::test]
async fn another_account_is_not_written_to() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exits(0);
    desk.run(&["sync", "Acme"]).await.exits(0);
    let other = Sandbox::start(Options::empty()).await.unwrap();
    let settings = desk.stage.sandbox.settings_toml();
    desk.write_settings(&settings.replace(&desk.stage.sandbox.itglue_url(), &other.itglue_url()));
    desk.run(&["policies"]).await.exits(4);
    desk.run(&["link", "Acme", "Globex", "--yes"]).await.exits(4);
    let doctor = desk.run(&["doctor"]).await.exits(1);
    assert!(doctor.out.contains("--accept-accounts"), "{}", doctor.out);
}

#[tokio::test]
async fn what_is_known_is_shown_when_addigy_is_gone() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exits(0);
    desk.run(&["policies"]).await.exits(0);
    let settings = desk.stage.sandbox.settings_toml();
    desk.write_settings(&settings.replace(&desk.stage.sandbox.addigy_url(), "http://127.0.0.1:9"));
    let shown = desk.run(&["policies"]).await.exits(0);
    assert!(shown.out.contains("Acme") && shown.err.contains("as last known"), "{}", shown.err);
    desk.run(&["doctor"]).await.exits(1);
}

#[tokio::test]
async fn an_organization_that_a_run_holds_is_left_alone() {
    let desk = Desk::acme().await;
    desk.run(&["link", "Acme", "Acme"]).await.exits(0);
    let store = bindery::store::Store::open(&desk.folder.path().join("state")).unwrap();
    let id = desk.stage.control().organization_id("Acme").unwrap();
    let lock =
        store.lock_organization(bindery::domain::OrganizationId::new(id), "ben on jump2").unwrap();
    for arguments in [
        ["unlink", "Acme"].as_slice(),
        &["link", "Acme", "Globex", "--yes"],
        &["link", "Acme", "Acme", "--with-children"],
    ] {
        let busy = desk.run(arguments).await.exits(5);
        assert!(busy.err.contains("ben on jump2"), "{}", busy.err);
    }
    drop(lock);
    desk.run(&["unlink", "Acme"]).await.exits(0);
}

#[tokio::test]
async fn completions_and_manual_need_no_settings() {
    let desk = Desk::new(Options::empty()).await;
    std::fs::remove_file(desk.config()).unwrap();
    assert!(desk.run(&["completions", "bash"]).await.exits(0).out.contains("_bindery"));
    assert!(desk.run(&["man"]).await.exits(0).out.contains(".TH bindery"));
    assert!(!desk.folder.path().join("state").exists());
    desk.run(&["policies"]).await.exits(2);
    desk.run(&["status"]).await.exits(0);
}
