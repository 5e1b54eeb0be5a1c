//! Exit codes, and which of several counts; what is refused, and what a dry run leaves alone.

#[path = "support/binary.rs"]
mod binary;

use binary::Binary;
use binary::folder::Ended;
use bindery::domain::OrganizationId;
use bindery::sandbox::control::NewDevice;
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Fault, FaultKind, Options, Service, When};
use bindery::store::Store;
use serde_json::Value;
use std::process::{Command, Stdio};

const INACTIVE: i64 = 102;

/// Policies and organizations of the same names, each with so many devices.
async fn clients(clients: &[(&str, usize)]) -> Binary {
    let bindery = Binary::new(Options::empty()).await;
    for (name, devices) in clients {
        bindery.control().add_organization(name);
        bindery.control().add_policy(name, None, "").unwrap();
        for at in 0..*devices {
            add(&bindery, name, at);
        }
    }
    bindery
}

fn add(bindery: &Binary, policy: &str, at: usize) -> String {
    let name = format!("{}-{at}", policy.rsplit('/').next().unwrap().to_lowercase());
    let serial = name.to_uppercase().replace(|c: char| !c.is_alphanumeric(), "");
    let new = NewDevice {
        hostname: Some(format!("{name}-host")),
        ip: Some(format!("10.0.0.{}", at + 1)),
        serial: Some(format!("{serial}XYZ")),
        name: Some(name),
        ..NewDevice::default()
    };
    bindery.control().add_device(policy, new).unwrap()
}

/// A device with no identity, which is always pending.
fn add_nameless(bindery: &Binary, policy: &str) {
    let id = add(bindery, policy, 99);
    for fact in ["serial_number", "ethernet_mac_address", "wifi_mac_address"] {
        bindery.control().set_fact(&id, fact, Value::Null).unwrap();
    }
}

fn inactive(bindery: &Binary, organization: &str) -> usize {
    let all = bindery.control().configurations(organization).unwrap();
    all.iter().filter(|configuration| configuration.status_id == Some(INACTIVE)).count()
}

fn link_all(bindery: &Binary, names: &[&str]) {
    for name in names {
        bindery.run(&["link", name, name]).exited(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_that_happened_decides() {
    let bindery = clients(&[("Acme", 3), ("Globex", 2)]).await;
    link_all(&bindery, &["Acme", "Globex"]);
    bindery.run(&["sync", "--all"]).exited(0).says("5 created");

    add_nameless(&bindery, "Acme");
    bindery.run(&["sync", "--all"]).exited(3);
    bindery.run(&["plan", "--detailed-exitcode"]).exited(0);
    bindery.run(&["sync", "Globex"]).exited(0);

    // All of two or more left: the guard, which goes before what is pending.
    bindery.control().remove_devices("Globex", 2).unwrap();
    bindery.run(&["sync", "--all"]).exited(4).says("again with --yes");
    assert_eq!(inactive(&bindery, "Globex"), 0);

    // Another run holds an organization, which goes before the guard.
    let store = Store::open(&bindery.state()).unwrap();
    let acme = bindery.control().organization_id("Acme").unwrap();
    let lock = store.lock_organization(OrganizationId::new(acme), "ben on jump2").unwrap();
    let busy = bindery.run(&["sync", "--all", "--json"]).exited(5);
    let finished = busy.lines().pop().unwrap();
    assert_eq!(finished["busy"][0]["organization_id"], acme);
    assert_eq!(finished["busy"][0]["holder"], "ben on jump2");
    assert_eq!(finished["withheld"], 2);

    // A service that fails goes before both.
    let broken = Fault::status(500).at(Service::ItGlue).times(50);
    bindery.control().fault(broken);
    bindery.run(&["sync", "--all"]).exited(1);
    bindery.control().faults().clear();
    // Wrong usage goes before all.
    bindery.run(&["sync", "--all", "Acme"]).exited(2);
    drop(lock);
    bindery.run(&["sync", "--all", "--yes"]).exited(3).says("2 inactivated");
    assert_eq!(inactive(&bindery, "Globex"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_goes_before_what_is_pending() {
    let bindery = clients(&[("Acme", 2)]).await;
    add_nameless(&bindery, "Acme");
    link_all(&bindery, &["Acme"]);
    let held = Fault::new(FaultKind::Delay(When::Released)).at(Service::Addigy);
    bindery.control().fault(held);
    let mut command = bindery.command(&["sync", "--all"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while bindery.control().traffic().requests(Service::Addigy) < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let ended = Ended::of(child.wait_with_output().unwrap()).exited(130).says("Stopping safely");
    assert!(!ended.stderr.contains("panicked"));
    bindery.control().faults().release();
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
    bindery.run(&["sync", "--all"]).exited(3).says("2 created");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_leaves_everything_as_it_was() {
    let bindery = clients(&[("Acme", 3), ("Globex", 0)]).await;
    bindery.run(&["link", "Acme", "Acme", "--dry-run"]).exited(0).says("Would link");
    bindery.run(&["status"]).exited(0).says("No policy is linked");
    link_all(&bindery, &["Acme"]);
    bindery.run(&["sync", "Acme", "--dry-run"]).exited(0).says("3 to create");
    bindery.run(&["history"]).exited(0).says("no run yet");
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
    bindery.run(&["sync", "Acme"]).exited(0);

    let before = bindery.run(&["status", "--json"]).exited(0).json();
    bindery.control().traffic().clear();
    bindery.run(&["link", "Acme", "Globex", "--dry-run"]).exited(0).says("3 devices bound so far");
    bindery.run(&["unlink", "Acme", "--dry-run"]).exited(0);
    let told = bindery.run(&["unlink", "Acme", "--inactivate", "--dry-run"]).exited(0);
    told.says("3 configurations");
    bindery.run(&["link", "--proposed", "--dry-run"]).exited(0).says("would be linked");
    assert_eq!(bindery.run(&["status", "--json"]).exited(0).json(), before);
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_no_command_writes() {
    let bindery = clients(&[("Acme", 2)]).await;
    link_all(&bindery, &["Acme"]);
    bindery.run(&["sync", "--all"]).exited(0);
    bindery.control().rename_device("acme-0", "renamed").unwrap();
    bindery.write_settings(&bindery.settings().replace("enabled = true", "enabled = false"));
    bindery.control().traffic().clear();
    bindery.run(&["sync", "--all"]).exited(4).says("enabled = true");
    bindery.run(&["sync", "--all", "--yes"]).exited(4);
    bindery.run(&["unlink", "Acme", "--inactivate", "--yes"]).exited(4).says("enabled");
    bindery.run(&["sync", "--all", "--dry-run"]).exited(0).says("1 to update");
    bindery.run(&["plan", "--detailed-exitcode"]).exited(6);
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_is_retried_alone() {
    let bindery = clients(&[("Acme", 3)]).await;
    link_all(&bindery, &["Acme"]);
    let acme = bindery.control().organization_id("Acme").unwrap();
    let serial = Some("ACME1XYZ".to_owned());
    for name in ["twin a", "twin b"] {
        bindery.control().add_configuration(Configuration {
            serial_number: serial.clone(),
            ..Configuration::new(acme, name, 201)
        });
    }
    bindery.run(&["sync", "Acme"]).exited(3).says("ambiguous_match");
    let all = bindery.control().configurations("Acme").unwrap();
    let spare = all.iter().find(|configuration| configuration.name == "twin b").unwrap().id;
    bindery.control().remove_configuration(spare).unwrap();
    // What is bound is not looked at by a retry.
    bindery.control().rename_device("acme-2", "renamed").unwrap();
    let told = bindery.run(&["sync", "Acme", "--retry-pending"]).exited(0);
    let told = told.says("1 of those pending need");
    assert!(told.stdout.contains("1 updated") || told.stdout.contains("1 activated"), "{told:?}");
    let names = |bindery: &Binary| -> Vec<String> {
        let all = bindery.control().configurations("Acme").unwrap();
        all.into_iter().map(|configuration| configuration.name).collect()
    };
    assert!(names(&bindery).contains(&"acme-2".to_owned()), "{:?}", names(&bindery));
    bindery.run(&["sync", "--all"]).exited(0);
    assert!(names(&bindery).contains(&"renamed".to_owned()), "{:?}", names(&bindery));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_alone() {
    let bindery = clients(&[("Acme", 3)]).await;
    link_all(&bindery, &["Acme"]);
    bindery.run(&["sync", "--device", "acme-1"]).exited(0).says("1 created");
    assert_eq!(bindery.control().configurations("Acme").unwrap().len(), 1);
    bindery.run(&["sync", "--device", "ACME2XYZ"]).exited(0).says("1 created");
    bindery.run(&["sync", "--device", "nobody"]).exited(2).says("no device nobody");
    bindery.run(&["sync", "--device", "acme-1", "--all"]).exited(2);
    // One that joined since the last sweep.
    add(&bindery, "Acme", 7);
    bindery.run(&["sync", "--device", "acme-7"]).exited(0).says("1 created");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_children_covers_what_is_below_unless_that_has_its_own() {
    let bindery = clients(&[("Acme", 1), ("Globex", 0)]).await;
    let control = bindery.control();
    control.add_policy("Laptops", Some("Acme"), "").unwrap();
    control.add_policy("Lab", Some("Laptops"), "").unwrap();
    add(&bindery, "Laptops", 0);
    add(&bindery, "Lab", 0);
    let whole = bindery.run(&["link", "Acme", "Acme", "--with-children", "--dry-run"]).exited(0);
    whole.says("with 2 policies below");
    bindery.run(&["link", "Acme", "Acme"]).exited(0).says("2 policies below it without a link");
    bindery.run(&["sync", "--all"]).exited(0).says("1 created");
    let told = bindery.run(&["link", "Acme", "Acme", "--with-children"]).exited(0);
    told.says("with 2 policies below");
    bindery.run(&["link", "Acme/Laptops/Lab", "Globex"]).exited(0);
    bindery.run(&["policies"]).exited(0).says("^ Acme").says("(with those below)");
    bindery.run(&["sync", "--all"]).exited(0).says("2 created");
    assert_eq!(control.configurations("Acme").unwrap().len(), 2);
    assert_eq!(control.configurations("Globex").unwrap().len(), 1);

    // The nearest entry upward decides, a mark that keeps it unlinked as well.
    bindery.run(&["unlink", "Acme/Laptops"]).exited(0).says("--inherit");
    bindery.run(&["policies"]).exited(0).says("(kept unlinked)");
    bindery.run(&["sync", "Acme/Laptops"]).exited(2).says("is not linked");
    bindery.run(&["unlink", "Laptops", "--inherit"]).exited(0).says("covered by the link above");
    bindery.run(&["unlink", "Laptops", "--inherit"]).exited(0).says("Nothing was changed");
    bindery.run(&["sync", "--all"]).exited(0).says("3 unchanged");
    bindery.run(&["unlink", "Laptops", "--inherit", "--inactivate"]).exited(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn adoption_takes_what_is_sure_and_says_why_it_leaves_the_rest() {
    let bindery = clients(&[]).await;
    let control = bindery.control();
    let id = control.add_organization("ACME Corp").to_string();
    let gone = control.add_organization("Gone");
    control.remove_organization(&gone.to_string()).unwrap();
    // Names that differ don't matter: the id names the organization.
    control.add_policy("Acme corp", None, &id).unwrap();
    control.add_policy("Dangling", None, &gone.to_string()).unwrap();
    control.add_policy("Plain", None, "").unwrap();
    let told = bindery.run(&["link", "--adopt", "--dry-run"]).exited(0);
    let told = told.says("1 policy would be linked, 1 left").says("ACME Corp");
    assert!(!told.stdout.contains("Plain"), "{}", told.stdout);
    bindery.run(&["link", "--adopt", "Plain", "--dry-run"]).exited(0).says("1 left");
    bindery.run(&["link", "--adopt", "Nobody"]).exited(2);
    bindery.run(&["status"]).exited(0).says("No policy is linked");
    bindery.run(&["link", "--adopt", "--yes"]).exited(0).says("1 policy linked, 1 left");
    bindery.run(&["link", "--adopt", "--yes"]).exited(0).says("0 policies linked, 2 left");
    bindery.run(&["link", "--adopt", "--proposed"]).exited(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_gets_the_nearest_names() {
    let bindery = clients(&[("Acme Corporation", 1)]).await;
    bindery.run(&["link", "Acme", "x"]).exited(2).says("Near names: Acme Corporation.");
    bindery.run(&["plan", "acme corpration"]).exited(2).says("Acme Corporation");
    bindery.run(&["link", "Acme Corporation", "acme-corporation"]).exited(2).says("case");
    bindery.run(&["sync", "Acme Corporation"]).exited(2).says("is not linked");
    for wrong in [
        &["link", "", "Acme Corporation"][..],
        &["link", "Acme Corporation", " "],
        &["sync", ""],
        &["device", " "],
        &["organizations", ""],
    ] {
        bindery.run(wrong).exited(2).says("empty");
    }
    // The usage names no option that was taken from the environment.
    let usage =
        bindery.run(&["bind"]).exited(2).says("bindery bind [OPTIONS] DEVICE CONFIGURATION");
    assert!(!usage.stderr.contains("--config"), "{}", usage.stderr);
    bindery.control().add_policy("Acme Corporation", None, "").unwrap();
    let two = bindery.run(&["plan", "Acme Corporation"]).exited(2);
    two.says("2 policies are called Acme Corporation");
}
