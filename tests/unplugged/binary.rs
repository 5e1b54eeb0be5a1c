//! The program's words and exit codes: what failed, on what, why, and what to do next.

use crate::support::folder::{Ended, Folder};
use crate::support::{Stage, serial};
use bindery::domain::{
    Attribute, Change, DeviceId, OrganizationId, Origin, PolicyId, RunKind, Value,
};
use bindery::sandbox::{Fault, FaultKind, Options, Sandbox, Service};
use bindery::store::{Intent, IntentKind, Store};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::ops::Deref;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A stage with a linked policy, its settings and a state folder on disk.
struct Desk {
    stage: Stage,
    folder: Folder,
}

impl Deref for Desk {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Desk {
    async fn new() -> Self {
        Self::with(Stage::acme(3).await)
    }

    fn with(stage: Stage) -> Self {
        let settings = stage.sandbox.settings_toml();
        let folder = Folder::new(&format!("{settings}\n[sync]\nsettle_seconds = 1\n"));
        let desk = Self { stage, folder };
        let store = Store::open(&desk.state()).unwrap();
        let link = desk
            .stage
            .store
            .links()
            .unwrap()
            .iter()
            .next()
            .map(|(id, target)| (id.clone(), target.clone()));
        if let Some((policy_id, target)) = link {
            let link = bindery::domain::Link { policy_id, target };
            store.set_link(&link, "test", Timestamp::now()).unwrap();
        }
        desk
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        self.run_aside(self.command(arguments)).await
    }

    /// With files no longer than so many blocks of 512 bytes.
    async fn run_on_a_full_disk(&self, blocks: u32, args: &str) -> Ended {
        let mut command = Command::new("sh");
        let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" {args}");
        command.args(["-c", &line, env!("CARGO_BIN_EXE_bindery")]);
        self.run_aside(self.at_home(command)).await
    }

    async fn run_aside(&self, mut command: Command) -> Ended {
        command.env("NO_COLOR", "1").env("BINDERY_TIMEOUT_MS", "5000");
        self.folder.run_aside(command).await
    }

    /// Nothing came to harm: with all plugged in again a sync binds every device, once.
    async fn works_again(&self) {
        let said = self.run(&["sync", "--all"]).await;
        said.expect(0, &[]);
        let made = self.stage.configurations("Acme");
        assert_eq!(made.len(), 3, "{made:#?}");
        for at in 0..3 {
            self.stage.configuration(&serial(at));
        }
        assert!(Store::open(&self.state()).unwrap().open_intents().unwrap().is_empty());
    }
}

#[tokio::test]
async fn either_service_down() {
    for (url, name) in [("addigy", "Addigy"), ("itglue", "IT Glue")] {
        let desk = Desk::new().await;
        let text = fs::read_to_string(desk.config()).unwrap();
        let address = match url {
            "addigy" => desk.stage.sandbox.addigy_url(),
            _ => desk.stage.sandbox.itglue_url(),
        };
        desk.replace(&address, "http://127.0.0.1:9");
        for command in [&["sync", "--all"][..], &["plan"]] {
            let said = desk.run(command).await;
            said.expect(1, &[name, "was not reached", "127.0.0.1", "Nothing was written."]);
        }
        desk.write_settings(&text);
        desk.works_again().await;
    }
}

#[tokio::test]
async fn half_an_answer_garbage_pages_and_trouble() {
    let desk = Desk::new().await;
    for service in [Service::Addigy, Service::ItGlue] {
        let name = if service == Service::Addigy { "Addigy" } else { "IT Glue" };
        for kind in [
            FaultKind::HalfAnswer,
            FaultKind::Garbage,
            FaultKind::Empty,
            FaultKind::Html { status: 200 },
            FaultKind::Html { status: 502 },
            FaultKind::Reset,
        ] {
            desk.stage.control().fault(Fault::new(kind).at(service).times(100));
            let said = desk.run(&["sync", "--all"]).await;
            said.expect(1, &[name, "no usable answer", "Nothing was written."]);
            desk.stage.control().faults().clear();
        }
    }
    assert_eq!(desk.stage.writes(), 0);
    desk.works_again().await;
}

#[tokio::test]
async fn a_wrong_token_and_a_wrong_key() {
    let desk = Desk::new().await;
    let right = fs::read_to_string(desk.config()).unwrap();
    let token = desk.stage.sandbox.addigy_token().to_owned();
    desk.replace(&token, "another-one");
    let said = desk.run(&["sync", "--all"]).await;
    said.expect(1, &["Addigy does not let us in", "token is wrong", "bindery doctor"]);
    assert!(!said.stderr.contains("another-one"), "{}", said.stderr);
    desk.write_settings(&right);
    desk.replace(desk.stage.sandbox.itglue_key(), "ITG.another-one");
    for status in ["403", "401"] {
        desk.stage.control().set_switch(&format!("itglue-wrong-key={status}")).unwrap();
        let said = desk.run(&["sync", "--all"]).await;
        said.expect(
            1,
            &["IT Glue does not let us in", status, "region", "90 days", "bindery doctor"],
        );
        assert!(!said.stderr.contains("another-one"), "{}", said.stderr);
    }
    desk.write_settings(&right);
    desk.works_again().await;
}

#[tokio::test]
async fn another_region_or_another_account() {
    let desk = Desk::new().await;
    let other =
        Sandbox::start(Options { key: "ITG.other".into(), ..Options::empty() }).await.unwrap();
    let right = fs::read_to_string(desk.config()).unwrap();
    let here = desk.stage.sandbox.itglue_url();
    desk.works_again().await;
    // The key of one region at the address of another.
    desk.replace(&here, &other.itglue_url());
    desk.run(&["sync", "--all"]).await.expect(4, &["belongs to another account", &here]);
    desk.run(&["doctor"]).await.expect(1, &["does not let us in", "another region"]);
    // The key fits, but the state was made with another account.
    desk.replace(desk.stage.sandbox.itglue_key(), "ITG.other");
    let said = desk.run(&["sync", "--all"]).await;
    assert!(said.code == 4, "{:?} {} {}", said.code, said.stdout, said.stderr);
    assert_eq!(other.control().traffic().itglue_writes(), 0);
    desk.write_settings(&right);
    desk.works_again().await;
}

#[tokio::test]
async fn no_permission() {
    let desk = Desk::new().await;
    for (switch, what) in [("no-devices", "view devices"), ("no-policies", "read policies")] {
        desk.stage.control().set_switch(&format!("addigy-permission={switch}")).unwrap();
        desk.run(&["sync", "--all"]).await.expect(1, &["Addigy does not let us in", what]);
    }
    desk.stage.control().set_switch("addigy-permission=all").unwrap();
    let forbidden = FaultKind::Status { status: 403, body: None, retry_after: None };
    desk.stage.control().fault(Fault::new(forbidden).method("POST").at(Service::ItGlue));
    desk.run(&["sync", "--all"]).await.expect(1, &["IT Glue does not let us in", "bindery status"]);
    desk.run(&["status"]).await.expect(0, &["not_permitted"]);
    desk.works_again().await;
}

#[tokio::test]
async fn settings_missing_mistyped_exposed_or_unreadable() {
    let desk = Desk::new().await;
    let right = fs::read_to_string(desk.config()).unwrap();
    let config = desk.config();
    let sync: &[&str] = &["sync", "--all"];

    fs::remove_file(&config).unwrap();
    desk.run(sync).await.expect(2, &["no settings file", "config.toml"]);

    desk.write_settings(&right.replace("active_status_id = ", "activ_status_id = "));
    desk.run(sync).await.expect(2, &["config.toml", "line", "activ_status_id", "active_status_id"]);

    desk.write_settings(&right.replace("enabled = true", "enabled = perhaps"));
    desk.run(sync).await.expect(2, &["config.toml", "line"]);

    desk.write_settings(&right.replace("enabled = true", "enabled = false"));
    desk.run(sync).await.expect(4, &["switched off", "enabled = true"]);

    desk.write_settings(&right);
    fs::set_permissions(&config, fs::Permissions::from_mode(0o644)).unwrap();
    desk.run(sync).await.expect(2, &["0644", "chmod 600"]);

    fs::remove_file(&config).unwrap();
    fs::create_dir(&config).unwrap();
    desk.run(sync).await.expect(2, &["config.toml", "can't be read"]);

    fs::remove_dir(&config).unwrap();
    fs::write(&config, b"\xff\xfe\x00").unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    desk.run(sync).await.expect(2, &["config.toml"]);

    fs::remove_file(&config).unwrap();
    desk.write_settings(&right);
    desk.works_again().await;
}

#[tokio::test]
async fn a_state_that_can_not_be_written_or_is_open_to_others() {
    let desk = Desk::new().await;
    let sync: &[&str] = &["sync", "--all"];
    let state = desk.state();
    let aside = desk.folder.path().join("aside");

    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    desk.run(sync).await.expect(1, &["open to other users", "chmod 700"]);
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();

    fs::rename(&state, &aside).unwrap();
    fs::write(&state, "a file in the folder's place").unwrap();
    desk.run(sync).await.expect(1, &["state", "--state-dir"]);
    fs::remove_file(&state).unwrap();

    symlink("/proc/nowhere", &state).unwrap();
    desk.run(sync).await.expect(1, &["state", "--state-dir"]);
    fs::remove_file(&state).unwrap();
    fs::rename(&aside, &state).unwrap();

    let database = state.join("state.db");
    let whole = fs::read(&database).unwrap();
    fs::write(&database, vec![0x5a; 8192]).unwrap();
    desk.run(sync).await.expect(1, &["damaged", "state.db"]);
    fs::write(&database, whole).unwrap();
    assert_eq!(desk.stage.writes(), 0);
    desk.works_again().await;
}

#[tokio::test]
async fn a_full_disk() {
    let desk = Desk::new().await;
    let mut codes = std::collections::BTreeSet::new();
    for blocks in [0, 1, 8, 64, 160, 200, 240, 320] {
        let said = desk.run_on_a_full_disk(blocks, "sync --all").await;
        codes.insert(said.code);
        match said.code {
            0 => {}
            1 | 3 => {
                let all = format!("{}{}", said.stdout, said.stderr);
                let named = ["no room", "can't be", "can't use", "gave an error", "disk"];
                assert!(named.iter().any(|word| all.contains(word)), "{blocks}: {all}");
            }
            code => panic!("{blocks}: {code:?} {}{}", said.stdout, said.stderr),
        }
        assert!(!said.stderr.contains("panicked"), "{blocks}: {}", said.stderr);
    }
    assert!(codes.contains(&1), "{codes:?}");
    desk.works_again().await;
}

#[tokio::test]
async fn a_log_on_a_full_disk_stops_nothing() {
    let desk = Desk::new().await;
    // Wherever the log is, its files lead to a disk that is full.
    desk.run(&["status"]).await.expect(0, &[]);
    let mut logs = Vec::new();
    find_logs(desk.folder.path(), &mut logs);
    for log in &logs {
        fs::remove_file(log).unwrap();
        symlink("/dev/full", log).unwrap();
    }
    assert!(!logs.is_empty());
    desk.works_again().await;
}

fn find_logs(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_logs(&path, found);
        } else if path.extension().is_some_and(|end| end == "log") {
            found.push(path);
        }
    }
}

#[tokio::test]
async fn a_clock_set_back() {
    let desk = Desk::new().await;
    desk.run(&["policies"]).await.expect(0, &[]);
    // The pace of requests as a clock an hour ahead has left it.
    for name in ["addigy.limit", "itglue.limit"] {
        let file = desk.state().join(name);
        let limiter =
            bindery::transport::Limiter::open(&file, 10, std::time::Duration::from_secs(60))
                .unwrap();
        let ahead = || Timestamp::now() + SignedDuration::from_hours(1);
        for _ in 0..10 {
            limiter.reserve(ahead).unwrap();
        }
        limiter.block_until(ahead, ahead() + SignedDuration::from_mins(5)).unwrap();
    }
    // A create that was journaled by the same clock and never sent.
    let store = Store::open(&desk.state()).unwrap();
    let ahead = Timestamp::now() + SignedDuration::from_hours(1);
    let policy_id = PolicyId::new(desk.stage.control().policy_id("Acme").unwrap());
    let origin = Origin { who: "test".into(), host: "here".into(), version: "0".into() };
    let run =
        store.begin_run(RunKind::Sync, std::slice::from_ref(&policy_id), &origin, ahead).unwrap();
    let name = Change { from: None, to: Value::Text("mac-000".into()) };
    let intent = Intent {
        device_id: DeviceId::new(desk.stage.control().device_id("mac-000").unwrap()),
        device_name: "mac-000".into(),
        organization_id: OrganizationId::new(desk.stage.control().organization_id("Acme").unwrap()),
        policy_id,
        kind: IntentKind::Create,
        configuration_id: None,
        changes: [(Attribute::Name, name)].into_iter().collect(),
        serial: bindery::domain::SerialNumber::parse(&serial(0)),
        mac: None,
    };
    store.journal(run, &[intent], ahead).unwrap();
    drop(store);
    desk.works_again().await;
}
