//! `bindery undo` as people and scripts use it.

use crate::support::folder::Folder;
use bindery::domain::OrganizationId;
use bindery::sandbox::control::NewDevice;
use bindery::sandbox::{Control, Options, Sandbox};
use bindery::store::Store;
use std::ops::Deref;

/// A sandbox, and a folder for the real binary.
struct Binary {
    sandbox: Sandbox,
    folder: Folder,
}

impl Deref for Binary {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Binary {
    fn control(&self) -> Control {
        self.sandbox.control()
    }
}

/// Three devices bound, and one of them renamed by a second run.
async fn acme() -> Binary {
    let sandbox = Sandbox::start(Options::empty()).await.unwrap();
    let folder = Folder::new(&sandbox.settings_toml());
    let bindery = Binary { sandbox, folder };
    let control = bindery.control();
    control.add_organization("Acme");
    control.add_policy("Acme", None, "").unwrap();
    for at in 0..3 {
        let name = format!("acme-{at}");
        let new = NewDevice {
            hostname: Some(format!("{name}-host")),
            serial: Some(format!("ACME{at}XYZ")),
            name: Some(name),
            ..NewDevice::default()
        };
        control.add_device("Acme", new).unwrap();
    }
    bindery.run(&["link", "Acme", "Acme"]).exited(0);
    bindery.run(&["sync", "Acme"]).exited(0);
    control.rename_device("acme-1", "renamed").unwrap();
    bindery.run(&["sync", "Acme"]).exited(0);
    control.traffic().clear();
    bindery
}

fn names(bindery: &Binary) -> Vec<String> {
    let all = bindery.control().configurations("Acme").unwrap();
    all.into_iter().map(|configuration| configuration.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_asks_and_puts_back() {
    let bindery = acme().await;
    let shown = bindery.run(&["undo", "last", "--dry-run"]).exited(0);
    let shown = shown.says("1 to put back").says("renamed").says("acme-1");
    assert!(!shown.stdout.contains("acme-2"));
    // Nobody is here to be asked.
    bindery.run(&["undo", "2"]).exited(4).says("Put back 1 configuration at Acme?").says("--yes");
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
    bindery
        .run(&["undo", "2", "--yes"])
        .exited(0)
        .says("Run 3 undid run 2")
        .says("bindery release");
    assert!(names(&bindery).contains(&"acme-1".to_owned()));
    bindery.run(&["undo", "2", "--yes"]).exited(0).says("1 undone before");
    bindery.run(&["sync", "Acme"]).exited(3).says("held");
    assert!(names(&bindery).contains(&"acme-1".to_owned()));
    bindery.run(&["history", "2"]).exited(0).says("undone");
    bindery.run(&["history"]).exited(0).says("undo");
    bindery.run(&["release", "Acme"]).exited(0);
    bindery.run(&["sync", "Acme"]).exited(0).says("1 updated");
    assert!(names(&bindery).contains(&"renamed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_tell_what_is_left_and_why() {
    let bindery = acme().await;
    let id = bindery.control().configurations("Acme").unwrap()[0].id;
    bindery.control().change_configuration(id, |record| record.status_id = Some(103)).unwrap();
    let plan = bindery.run(&["undo", "1", "--dry-run", "--json"]).exited(3).json();
    assert_eq!((plan["schema"].clone(), plan["run"].clone()), (1.into(), 1.into()));
    assert_eq!(plan["outcome"], serde_json::Value::Null);
    let devices = plan["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 3);
    let of = |id: i64| devices.iter().find(|device| device["configuration"] == id).unwrap();
    assert_eq!(of(id)["action"], "none");
    assert_eq!(of(id)["left"][0]["field"], "configuration-status-id");
    assert!(of(id)["left"][0]["why"].as_str().unwrap().contains("103"));
    let other = devices.iter().find(|device| device["configuration"] != id).unwrap();
    assert_eq!(other["action"], "inactivate");
    assert_eq!(other["changes"]["configuration-status-id"]["to"], 102);

    bindery.run(&["undo", "1", "--json"]).exited(4);
    let done = bindery.run(&["undo", "1", "--yes", "--json"]).exited(3).json();
    assert_eq!((done["undone_by"].clone(), done["outcome"].clone()), (3.into(), "pending".into()));
    assert_eq!(
        (done["counts"]["inactivated"].clone(), done["counts"]["pending"].clone()),
        (2.into(), 1.into())
    );
    let history = bindery.run(&["history", "1", "--json"]).exited(0).json();
    let changes = history["runs"][0]["changes"].as_array().unwrap();
    let undone = |change: &&serde_json::Value| change["undone"] == true;
    assert!(changes.iter().filter(undone).all(|change| change["configuration"] != id));
    assert!(changes.iter().any(|change| undone(&change)));
    let own = bindery.run(&["history", "last", "--json"]).exited(0).json();
    assert_eq!(own["runs"][0]["kind"], "undo");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_refuses() {
    let bindery = acme().await;
    bindery.run(&["undo"]).exited(2);
    bindery.run(&["undo", "first"]).exited(2);
    bindery.run(&["undo", "77"]).exited(1).says("bindery history");
    let store = Store::open(&bindery.state()).unwrap();
    let acme = bindery.control().organization_id("Acme").unwrap();
    let lock = store.lock_organization(OrganizationId::new(acme), "ben on jump2").unwrap();
    bindery.run(&["undo", "2", "--yes"]).exited(5).says("ben on jump2");
    drop(lock);
    bindery.replace("enabled = true", "enabled = false");
    bindery.run(&["undo", "2", "--yes"]).exited(4).says("enabled = true");
    bindery.run(&["undo", "2", "--dry-run"]).exited(0);
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlinking_is_undone_too() {
    let bindery = acme().await;
    bindery.run(&["unlink", "Acme", "--inactivate", "--yes"]).exited(0);
    let active = |bindery: &Binary| {
        let all = bindery.control().configurations("Acme").unwrap();
        all.iter().filter(|configuration| configuration.status_id == Some(101)).count()
    };
    assert_eq!(active(&bindery), 0);
    bindery.run(&["undo", "last", "--yes"]).exited(0).says("3 updated");
    assert_eq!(active(&bindery), 3);
    bindery.run(&["sync", "--all"]);
    assert_eq!(active(&bindery), 3, "held");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_organization_is_refused() {
    let bindery = acme().await;
    bindery.control().rename_organization("Acme", "Acme Ltd").unwrap();
    bindery.run(&["undo", "2", "--dry-run"]).exited(4).says("Acme Ltd");
    let told = bindery.run(&["undo", "2", "--yes", "--json"]).exited(4).json();
    assert!(told["problems"][0].as_str().unwrap().contains("Acme Ltd"), "{told}");
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
}
