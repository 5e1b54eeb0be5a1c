//! The real binary, as a person and a script meet it.

#[path = "support/binary.rs"]
mod binary;

use binary::Binary;
use binary::folder::Ended;
use bindery::domain::OrganizationId;
use bindery::sandbox::{Fault, FaultKind, Service, When};
use bindery::store::Store;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

const ACME: &str = "Acme Corporation";

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_from_link_to_rest() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0).says("Nothing is synced yet");
    bindery.run(&["link", ACME, ACME]).exited(0).says("already");
    bindery.run(&["plan", "--detailed-exitcode"]).exited(6).says("57 to create");
    bindery.run(&["sync", "--all", "--dry-run"]).exited(0).says("57 to create");
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);

    let ended = bindery.run(&["sync", "--all", "--json"]).exited(3);
    let lines = ended.lines();
    assert!(lines.iter().all(|line| line["schema"] == 1 && line["event"].is_string()));
    let finished = lines.last().unwrap();
    assert_eq!(finished["event"], "finished");
    assert_eq!(finished["created"], 57);
    assert_eq!(finished["pending"], 1);
    assert!(finished["requests"]["itglue"].as_u64() > Some(0));

    bindery.control().traffic().clear();
    bindery.run(&["sync", "--all"]).exited(3).says("114 unchanged");
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);

    bindery.control().remove_devices(ACME, 3).unwrap();
    bindery.run(&["sync", ACME]).exited(3).says("3 inactivated");
    bindery.run(&["sync", "--all", "--retry-pending"]).exited(3).says("1 pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_have_their_fixed_shapes() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0);

    let plan = bindery.run(&["plan", "--json"]).exited(0).json();
    assert_eq!(keys(&plan), ["schema", "policies"]);
    let policy = &plan["policies"][0];
    assert_eq!(keys(policy), ["id", "name", "organization", "actions"]);
    assert_eq!(policy["organization"], json!({ "id": 1024, "name": ACME }));
    let actions = policy["actions"].as_array().unwrap();
    let words: std::collections::BTreeSet<&str> =
        actions.iter().map(|action| action["action"].as_str().unwrap()).collect();
    assert_eq!(Vec::from_iter(words), ["activate", "create", "pending", "unchanged", "update"]);
    let update = actions.iter().find(|action| action["action"] == "update").unwrap();
    assert_eq!(update["matched_by"], "serial");
    let change = update["changes"].as_object().unwrap().values().next().unwrap();
    assert_eq!(keys(change), ["from", "to"]);

    bindery.run(&["sync", "--all"]).exited(3);
    let status = bindery.run(&["status", "--json"]).exited(0).json();
    assert_eq!(keys(&status), ["schema", "policies"]);
    let acme = status["policies"].as_array().unwrap().iter().find(|p| p["name"] == ACME).unwrap();
    assert_eq!(
        keys(acme),
        [
            "id",
            "name",
            "path",
            "state",
            "organization",
            "with_children",
            "devices",
            "pending",
            "last_sync"
        ]
    );
    assert_eq!(acme["state"], "attention");
    assert_eq!(acme["devices"], json!({ "total": 115, "linked": 114, "pending": 1 }));
    assert_eq!(
        keys(&acme["pending"][0]),
        ["device_id", "name", "serial_number", "reason", "message"]
    );
    assert_eq!(acme["pending"][0]["reason"], "ambiguous_match");

    let history = bindery.run(&["history", "--json"]).exited(0).json();
    assert_eq!(
        keys(&history["runs"][0]),
        [
            "id", "kind", "policies", "started", "finished", "who", "host", "version", "outcome",
            "counts"
        ]
    );
    let run = bindery.run(&["history", "last", "--json"]).exited(0).json();
    let change = &run["runs"][0]["changes"][0];
    for key in ["device", "configuration", "field", "from", "to", "undone"] {
        assert!(keys(change).contains(&key), "{key} in {change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_says_what_is_right() {
    let bindery = Binary::fleet().await;
    bindery.run(&["sync"]).exited(2).says("--all");
    bindery.run(&["sync", "No Such Policy"]).exited(2).says("bindery policies");
    bindery.run(&["sync", "Security Baseline"]).exited(2).says("is not linked");
    bindery.run(&["plan", "Security Baseline"]).exited(2).says("bindery link");
    bindery.run(&["link", ACME, "Acme Corporatio"]).exited(2).says(ACME);
    bindery.run(&["sandbox", "--set", "no-such-switch=1"]).exited(2).says("itglue-bulk-create");
    bindery.run(&["frobnicate"]).exited(2);
    bindery.write_settings(&bindery.settings().replace("token =", "tokn ="));
    bindery.run(&["plan"]).exited(2).says("config.toml, line 6").says("token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_ends_its_lines_with_finished() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0);
    bindery.control().fault(Fault::status(401).at(Service::Addigy).times(50));
    let ended = bindery.run(&["sync", "--all", "--json"]).exited(1);
    let last = ended.lines().pop().unwrap();
    assert_eq!((&last["event"], &last["outcome"]), (&json!("finished"), &json!("failed")));
    assert!(last["problems"][0].as_str().unwrap().contains("does not let us in"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_of_every_device_below_a_policy_that_vanished() {
    let bindery = Binary::fleet().await;
    let policy = "Juniper Builders Society";
    bindery.run(&["link", policy, "2009", "--with-children", "--yes"]).exited(0);
    bindery.run(&["sync", "--all"]).exited(0);
    bindery.control().remove_policy(policy).unwrap();
    bindery.control().traffic().clear();
    bindery.run(&["sync", "--all"]).exited(3).says("51 pending");
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
    let status = bindery.run(&["status", "--json"]).exited(0).json();
    let pending = |policy: &Value| policy["pending"].as_array().unwrap().len();
    let all: usize = status["policies"].as_array().unwrap().iter().map(pending).sum();
    assert_eq!(all, 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn namesakes_are_told_apart_not_chosen() {
    let bindery = Binary::fleet().await;
    bindery.control().add_organization(ACME);
    bindery.run(&["link", ACME, ACME]).exited(2).says("1024");
    bindery.run(&["link", ACME, "1024"]).exited(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_nothing_is_written() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0);
    bindery.write_settings(&bindery.settings().replace("enabled = true", "enabled = false"));
    bindery.run(&["sync", "--all"]).exited(4).says("enabled = true");
    bindery.run(&["plan"]).exited(0);
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_asks_and_without_a_person_refuses() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0);
    bindery.run(&["sync", "--all"]).exited(3);
    bindery.control().remove_devices(ACME, 40).unwrap();
    let inactive = || {
        let all = bindery.control().configurations(ACME).unwrap();
        all.iter().filter(|configuration| configuration.status_id == Some(102)).count()
    };
    let before = inactive();
    bindery.run(&["sync", "--all"]).exited(4).says("--yes");
    assert_eq!(inactive(), before);
    bindery.run(&["plan"]).exited(0).says("guard");
    bindery.run(&["sync", "--all", "--yes"]).exited(3).says("inactivated");
    assert!(inactive() > before + 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_another_run_holds_is_left_out() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0);
    let store = Store::open(&bindery.state()).unwrap();
    let lock = store.lock_organization(OrganizationId::new(1024), "ana on jump1").unwrap();
    bindery.run(&["sync", "--all"]).exited(5).says("ana on jump1");
    drop(lock);
    bindery.run(&["sync", "--all"]).exited(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_stops_safely_and_goes_on_later() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0);
    let held = Fault::new(FaultKind::Delay(When::Released)).at(Service::ItGlue).method("POST");
    bindery.control().fault(held);
    let mut child = bindery
        .command(&["sync", "--all"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while bindery.control().traffic().count(
        Service::ItGlue,
        "POST",
        "/organizations/:id/relationships/configurations",
    ) == 0
    {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    bindery.control().faults().release();
    Ended::of(child.wait_with_output().unwrap()).exited(130).says("Stopping safely");

    bindery.run(&["sync", "--all"]).exited(3);
    let mut serials: Vec<String> = bindery
        .control()
        .configurations(ACME)
        .unwrap()
        .into_iter()
        .filter(|configuration| configuration.id > 900_400)
        .filter_map(|configuration| configuration.serial_number)
        .collect();
    let all = serials.len();
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), all, "a configuration was made twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn adoption_says_what_it_takes_and_what_it_leaves() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", "--adopt", "--dry-run"]).exited(0).says("itglue_account_id 2003");
    let store = Store::open(&bindery.state()).unwrap();
    assert_eq!(store.links().unwrap().iter().count(), 0);
    bindery.run(&["link", "--adopt"]).exited(4).says("--yes");
    bindery.run(&["link", "--adopt", "--yes"]).exited(0).says("is no organization");
    assert!(store.links().unwrap().iter().count() > 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_settled_by_hand() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0);
    bindery.run(&["sync", "--all"]).exited(3).says("ambiguous_match");
    bindery.run(&["device", "Greta's iPhone"]).exited(0).says("900010 and 900011");
    bindery.run(&["bind", "Greta's iPhone", "900011", "--yes"]).exited(0);
    bindery.run(&["sync", "--all"]).exited(0);
    bindery.run(&["sync", "--all"]).exited(0).says("115 unchanged");
}

#[tokio::test(flavor = "multi_thread")]
async fn unlinking_leaves_or_inactivates() {
    let bindery = Binary::fleet().await;
    bindery.run(&["link", ACME, ACME]).exited(0);
    bindery.run(&["sync", "--all"]).exited(3);
    bindery.control().traffic().clear();
    bindery.run(&["unlink", ACME]).exited(0);
    bindery.run(&["status"]).exited(0).says("No policy is linked");
    bindery.run(&["sync", "--all"]).exited(0);
    assert_eq!(bindery.control().traffic().itglue_writes(), 0);

    bindery.run(&["link", ACME, ACME]).exited(0);
    bindery.run(&["sync", "--all"]).exited(3);
    let mut bound = Store::open(&bindery.state()).unwrap().bindings().unwrap();
    bound.retain(|binding| binding.is_bound());
    assert_eq!(bound.len(), 114);
    bindery.run(&["unlink", ACME, "--inactivate"]).exited(4);
    bindery.run(&["unlink", ACME, "--inactivate", "--yes"]).exited(0);
    for binding in bound {
        let configuration =
            bindery.control().configuration(binding.configuration_id.get()).unwrap();
        assert_eq!(configuration.status_id, Some(102), "{}", configuration.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_escape_code_is_ever_printed() {
    let bindery = Binary::fleet().await;
    bindery.control().rename_device("ACM-MAC-069", "evil\u{1b}[31mred\u{202e}\u{7}").unwrap();
    let mut all = String::new();
    for arguments in [
        &["doctor"][..],
        &["policies"],
        &["organizations", ACME],
        &["link", ACME, ACME],
        &["plan"],
        &["sync", "--all", "-vv"],
        &["sync", "--all", "--json"],
        &["status"],
        &["device", "evil"],
        &["history"],
        &["history", "1"],
        &["doctor", "--json"],
    ] {
        let ended = bindery.run(arguments);
        all.push_str(&ended.stdout);
        all.push_str(&ended.stderr);
    }
    for file in std::fs::read_dir(bindery.state().join("logs")).unwrap() {
        all.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
    }
    assert!(all.contains("evil[31mred") || all.contains("evilred"), "the device never came up");
    for secret in [bindery.sandbox.addigy_token(), bindery.sandbox.itglue_key()] {
        assert!(!all.contains(secret), "{secret} was printed");
    }
    let hidden = all.chars().find(|c| matches!(c, '\u{1b}' | '\u{7}' | '\u{202e}'));
    assert_eq!(hidden, None);
}

#[test]
fn completions_and_manual_need_nothing() {
    for arguments in [&["completions", "bash"][..], &["man"], &["--help"], &["sync", "--help"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_bindery"))
            .env_clear()
            .args(arguments)
            .output()
            .unwrap();
        let ended = Ended::of(output).exited(0);
        assert!(ended.stdout.contains("bindery"), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_no_crash() {
    let bindery = Binary::fleet().await;
    let mut child = bindery
        .command(&["policies"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = Ended::of(child.wait_with_output().unwrap());
    assert!(!ended.stderr.contains("panic"), "{}", ended.stderr);
}

#[test]
fn the_sandbox_prints_one_line_and_ends_on_a_signal() {
    use std::io::BufRead;
    let mut child = Command::new(env!("CARGO_BIN_EXE_bindery"))
        .args(["sandbox", "--json", "--devices", "5", "--policies", "2", "--organizations", "4"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["schema"], 1);
    assert_eq!(keys(&told["addigy"]), ["url", "token"]);
    assert_eq!(keys(&told["itglue"]), ["url", "key"]);
    let config = told["config"].as_str().unwrap();
    assert!(std::path::Path::new(config).exists());
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!std::path::Path::new(config).exists(), "its files stay behind");
}
