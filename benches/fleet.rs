//! What a sync of a large fleet costs: time, requests and peak memory of the real binary.
//!
//! `cargo bench --bench fleet`, or `DEVICES=500 cargo bench --bench fleet`. Linux only: peak memory
//! is read from /proc.

mod support;

use bindery::sandbox::Sandbox;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start(support::options())).unwrap();
    let home = support::home(&sandbox);
    let (config, state) = (home.path().join("config.toml"), home.path().join("state"));
    for what in ["first sync", "second sync", "status"] {
        measure(what, &config, &state);
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
