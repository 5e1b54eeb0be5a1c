//! Every command there is, so that a new one can't be forgotten.

use super::{Binary, KEY, TOKEN, clean, clean_files, echo, place};
use bindery::commands::cli::Cli;
use clap::CommandFactory;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output};

/// How each command is called here, in an order in which they make sense; `…` ends by a signal.
const CALLS: &[&[&str]] = &[
    &["completions", "bash"],
    &["man"],
    &["policies"],
    &["organizations", "Acme", "--like"],
    &["link", "--proposed", "--yes"],
    &["link", "--adopt", "--yes"],
    &["link", "Nowhere", "Nobody"],
    &["plan"],
    &["sync", "--all", "--yes"],
    &["sync", "--all", "--retry-pending"],
    &["status"],
    &["device", "a", "--live"],
    &["bind", "nothing", "1"],
    &["release", "nothing"],
    &["history"],
    &["history", "last"],
    &["undo", "last", "--dry-run"],
    &["undo", "last", "--yes"],
    &["audit"],
    &["state", "check"],
    &["state", "backup"],
    &["unlink", "Nowhere"],
    &["doctor"],
    &["doctor", "--accept-accounts", "--yes"],
    &["sandbox", "look", "counters"],
    &["sandbox", "--devices", "3", "…"],
    &["watch", "--every", "1h", "…"],
    // Without a terminal they refuse; `console` looks at them on one.
    &["setup"],
    &["demo"],
];

fn commands() -> Vec<String> {
    let cli = Cli::command();
    cli.get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

#[test]
fn no_command_is_forgotten() {
    for command in commands() {
        let called = CALLS.iter().any(|call| call[0] == command);
        assert!(called, "{command}: say in CALLS how it is called, so that it is searched too");
    }
}

/// Runs a call in each dress; says how many outputs were searched.
fn search(bindery: &Binary, call: &[&str]) -> usize {
    let dresses: [&[&str]; 3] = [&[], &["--json"], &["-vv"]];
    for dress in dresses {
        let told = call.last() == Some(&"…");
        let words: Vec<&str> =
            call.iter().chain(dress).copied().filter(|word| *word != "…").collect();
        let command = bindery.command(&words);
        let output = if told { until_told(command) } else { run(command) };
        let name = format!("{words:?}");
        clean(&name, &output.stdout);
        clean(&name, &output.stderr);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("has a fault"), "{output:?}");
    }
    dresses.len()
}

fn run(mut command: Command) -> Output {
    command.output().unwrap()
}

/// Runs until it has said how it goes, and stops it. A watch in trouble says so on stderr alone, so
/// both come through one pipe.
fn until_told(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut child = command.stdout(writer.try_clone().unwrap()).stderr(writer).spawn().unwrap();
    drop(command);
    let mut out = BufReader::new(reader);
    let mut stdout = Vec::new();
    loop {
        let mut line = Vec::new();
        let length = out.read_until(b'\n', &mut line).unwrap();
        stdout.extend_from_slice(&line);
        let line = String::from_utf8_lossy(&line);
        let begins = line.contains("Syncing everything") || line.contains("\"event\":\"round\"");
        if length == 0 || !begins {
            break;
        }
    }
    let pid = Pid::from_child(&child);
    let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
    clean("the list of processes", &arguments);
    let _ = kill_process(pid, Signal::TERM);
    let _ = out.read_to_end(&mut stdout);
    Output { status: child.wait().unwrap(), stdout, stderr: Vec::new() }
}

fn search_all(bindery: &Binary, when: &str) {
    let known = commands();
    let calls = CALLS.iter().filter(|call| known.iter().any(|command| command == call[0]));
    let searched: usize = calls.map(|call| search(bindery, call)).sum();
    let files = clean_files(bindery.path());
    println!("{when}: {searched} outputs of {} commands and {files} files searched", known.len());
    assert!(files >= 3, "state, log and limiter are there");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_success() {
    let bindery = place().await;
    bindery.run(&["doctor"]).says("the token works").says("the key works");
    search_all(&bindery, "both services take the secrets");
    bindery.run(&["status"]).exited(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_service_echoes_them_in_its_refusal() {
    let bindery = place().await;
    bindery.run(&["link", "--proposed", "--yes"]);
    for status in [401, 403, 400, 422, 502, 200] {
        echo(&bindery, status, [TOKEN, KEY]);
        search_all(&bindery, &format!("status {status}, the secrets echoed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_settings_are_wrong() {
    let bindery = place().await;
    let text = bindery.settings();
    for (old, new) in [
        ("token = { value", "token = { valeu"),
        ("token = { value", "token = { env"),
        ("token = { value = ", "token = { command = [\"cat\", \"/nonexistent\", "),
        ("token = { value = ", "token = { value = 5, file = "),
        ("token = { value = ", "token = "),
        ("key = { value", "kee = { value"),
        ("\" }\nactive", " }\nactive"),
        ("enabled = true", "enabled = \"ITG.C4nary/7Zx+5Cv3Bn1Mq9\""),
        ("enabled = true", "\"ITG.C4nary/7Zx+5Cv3Bn1Mq9\" = true"),
        ("[addigy]\nurl = \"", "[addigy]\nurl = \"https://ITG.C4nary:x@"),
    ] {
        let text = text.replace("]\" }", "] }");
        assert!(text.contains(old), "{old}: {text}");
        bindery.write_settings(&text.replace(old, new));
        for call in [&["doctor"][..], &["policies"], &["sync", "--all"]] {
            search(&bindery, call);
        }
    }
    clean_files(bindery.path());
}
