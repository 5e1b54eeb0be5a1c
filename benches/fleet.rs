//! What a sync of a large fleet costs: time, requests and peak memory of the real binary.
//!
//! `cargo bench --bench fleet`, or `DEVICES=500 cargo bench --bench fleet`. Linux only: peak memory
//! is read from /proc.

use bindery::domain::{Link, LinkTarget, OrganizationId, PolicyId};
use bindery::sandbox::{Options, Sandbox};
use bindery::store::Store;
use jiff::Timestamp;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn main() {
    let devices = std::env::var("DEVICES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime
        .block_on(Sandbox::start(Options { devices, policies: 40, ..Options::default() }))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&config).unwrap();
    file.write_all(sandbox.settings_toml().as_bytes()).unwrap();
    let state = folder.path().join("state");
    link_all(&sandbox, &state);
    for what in ["first sync", "second sync", "status"] {
        measure(what, &config, &state);
    }
}

/// Each policy to an organization of its own, so that every device takes part.
fn link_all(sandbox: &Sandbox, state: &Path) {
    let store = Store::open(state).unwrap();
    let control = sandbox.control();
    for policy in control.policies() {
        let name = format!("Bench {}", policy.id);
        let id = OrganizationId::new(control.add_organization(&name));
        let target = LinkTarget::Organization { id, name, with_children: false };
        let link = Link { policy_id: PolicyId::new(policy.id), target };
        store.set_link(&link, "bench", Timestamp::now()).unwrap();
    }
}

fn measure(what: &str, config: &Path, state: &Path) {
    let arguments: &[&str] = if what == "status" { &["status"] } else { &["sync", "--all"] };
    // As if the last run were long ago: its requests don't count against this one's share.
    let _ = std::fs::remove_file(state.join("itglue.limit"));
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bindery"))
        .args(arguments)
        .env("BINDERY_CONFIG", config)
        .env("BINDERY_STATE_DIR", state)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(peak_kib(child.id()));
        std::thread::sleep(Duration::from_millis(2));
    }
    let seconds = began.elapsed().as_secs_f64();
    let told = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let told = if what == "status" { String::new() } else { told.replace('\n', "; ") };
    println!("{what}: {seconds:.2} s, peak {} MB. {told}", peak / 1024);
}

/// `VmHWM`, which survives until the process is reaped.
fn peak_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
