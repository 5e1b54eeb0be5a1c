//! Every command, the log, the state, and what is written to IT Glue.

use crate::binary::Binary;
use crate::binary::folder::Ended;
use crate::scene::{POLICY, assert_harmless, hostile};
use bindery::sandbox::{Fault, FaultKind, Service};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

/// Every text in it, keys too.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            found.push(key.clone());
            texts(value, found);
        }),
        _ => {}
    }
}

#[track_caller]
fn check(command: &[&str], ended: &Ended) {
    let what = command.join(" ");
    assert_harmless(&what, &ended.stdout);
    assert_harmless(&what, &ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{what}: {}", ended.stderr);
    if command.contains(&"--json") {
        for line in ended.stdout.lines() {
            let mut found = Vec::new();
            texts(&serde_json::from_str(line).unwrap(), &mut found);
            found.iter().for_each(|text| assert_harmless(&what, text));
        }
    }
    let longest = ended.stdout.lines().map(str::len).max().unwrap_or(0);
    assert!(longest < 100_000, "a line of {longest} bytes by {what}");
}

/// Runs it as somebody whose environment is hostile too.
async fn run(binary: &Binary, arguments: &[&str]) -> Ended {
    let mut command = binary.command(arguments);
    command
        .env("USER", "ana\u{1b}]0;x\u{7}\u{202e}\n")
        .env("LOGNAME", OsString::from_vec(b"\xffb\x1b[2Jen\x9b".to_vec()))
        .env("SSH_CONNECTION", "10.0.0.7\u{1b}[2J 1 2 3");
    let ended = binary.run_aside(command).await;
    check(arguments, &ended);
    ended
}

fn harmless_files(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            harmless_files(&path);
        } else if path.extension().is_some_and(|end| end == "log" || end == "lock") {
            let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
            assert_harmless(&path.to_string_lossy(), &text);
        }
    }
}

/// How many texts the state holds, each of them harmless.
fn harmless_state(path: &Path) -> usize {
    let state = Connection::open(path).unwrap();
    let mut tables = state.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    let names: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut count = 0;
    for name in names {
        let mut all = state.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = all.column_count();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                if let ValueRef::Text(bytes) = row.get_ref(column).unwrap() {
                    let text = std::str::from_utf8(bytes).unwrap();
                    assert_harmless(&name, text);
                    let mut found = Vec::new();
                    texts(&serde_json::from_str(text).unwrap_or_default(), &mut found);
                    found.iter().for_each(|text| assert_harmless(&name, text));
                    count += 1;
                }
            }
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hostile_comes_through() {
    let (binary, policy, organization) = hostile().await;
    let (policy, organization) = (policy.as_str(), organization.as_str());
    let read = [
        vec!["policies"],
        vec!["policies", "--json"],
        vec!["organizations", "--like", "Acme Ltd"],
        vec!["organizations", "--like", "Acme Ltd", "--json"],
        vec!["organizations", "Acme\u{1b}[2J\u{202e}"],
        vec!["link", policy, organization, "--dry-run"],
    ];
    for command in &read {
        run(&binary, command).await;
    }
    run(&binary, &["link", policy, organization, "--yes"]).await.exited(0);
    run(&binary, &["plan"]).await;
    run(&binary, &["plan", "--json"]).await;
    run(&binary, &["sync", "--all", "--json"]).await.exited(0);
    let after = [
        vec!["status"],
        vec!["status", "--json"],
        vec!["device", "10.0.0.3"],
        vec!["device", "10.0.0.3", "--live"],
        vec!["device", "10.0.0.3", "--json"],
        vec!["device", "nobody\u{1b}]52;c;x\u{7}"],
        vec!["history"],
        vec!["history", "--json"],
        vec!["history", "1"],
        vec!["history", "1", "--json"],
        vec!["bind", "10.0.0.3", "https://evil\u{1b}[2J.example/1/configurations/2"],
        vec!["release", "\u{202e}x"],
        vec!["link", POLICY, "nobody\u{1b}[2J"],
        vec!["sync", "\u{1b}]0;x\u{7}"],
        vec!["status", "--profile", "a\u{202e}b"],
        vec!["status", "--config", "/tmp/no\u{1b}[2J\u{202e}/config.toml"],
        vec!["doctor"],
        vec!["doctor", "--json"],
        vec!["unlink", policy, "--dry-run"],
    ];
    for command in &after {
        run(&binary, command).await;
    }
    harmless_files(&binary.state());
    let texts = harmless_state(&binary.state().join("state.db"));
    assert!(texts > 100, "{texts}");
    println!("texts of the state looked at: {texts}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_is_clean_and_written_once() {
    let (binary, policy, organization) = hostile().await;
    run(&binary, &["link", &policy, &organization, "--yes"]).await.exited(0);
    run(&binary, &["sync", "--all"]).await.exited(0);
    let control = binary.control();
    let all = control.all_configurations();
    assert_eq!(all.len(), crate::scene::names().len());
    for known in &all {
        let others = [&known.hostname, &known.primary_ip, &known.mac_address, &known.serial_number];
        for text in others.into_iter().flatten().chain([&known.name]) {
            assert_harmless("IT Glue", text);
            assert!(text.chars().count() <= 512 && !text.trim().is_empty(), "{text:?}");
        }
    }
    // Somebody puts a hostile spelling of the same name there: it reads the same, so it stays.
    let first = all[0].id;
    let name = format!("\u{1b}[1m{}\u{200b}", all[0].name);
    control.change_configuration(first, |known| known.name = name).unwrap();
    let before = control.traffic().itglue_writes();
    run(&binary, &["sync", "--all"]).await.exited(0).says("unchanged");
    assert_eq!(control.traffic().itglue_writes(), before, "written again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_service_says_is_wrong_is_told_without_its_tricks() {
    let (binary, policy, organization) = hostile().await;
    run(&binary, &["link", &policy, &organization, "--yes"]).await.exited(0);
    let json = serde_json::json!({"errors": [{"status": "422",
        "title": "\u{1b}]8;;https://evil.example\u{7}must\u{202e} exist\u{1b}[2J",
        "detail": "a\u{0}\r\nb\u{200b}\u{9b}31m"}]});
    let page = "<html><title>\u{1b}]52;c;eA==\u{7}down\u{202e}</title></html>";
    for (status, body) in [(422, json.to_string()), (403, json.to_string()), (500, page.to_owned())]
    {
        for method in ["POST", "GET"] {
            let kind = FaultKind::Status { status, body: Some(body.clone()), retry_after: None };
            let mut fault = Fault::new(kind).at(Service::ItGlue).method(method);
            fault.times = 60;
            binary.control().fault(fault);
            run(&binary, &["sync", "--all"]).await;
            run(&binary, &["status"]).await;
            run(&binary, &["status", "--json"]).await;
            run(&binary, &["doctor"]).await;
            binary.control().faults().clear();
        }
    }
    // Statuses and types with hostile names.
    let body = serde_json::json!({"data": [{"id": "101", "attributes": {
        "name": "Active\u{1b}[2J\u{202e}"}}], "meta": {"total-count": 1}});
    for path in ["configuration_statuses", "configuration_types"] {
        let kind =
            FaultKind::Status { status: 200, body: Some(body.to_string()), retry_after: None };
        binary.control().fault(Fault::new(kind).at(Service::ItGlue).path(path));
    }
    run(&binary, &["doctor"]).await;
    harmless_files(&binary.state());
    harmless_state(&binary.state().join("state.db"));
}
