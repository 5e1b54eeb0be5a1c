//! The README is a promise: what it shows is read, run and compared.

use bindery::domain::PendingReason;
use bindery::settings::Settings;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

#[test]
fn every_pending_reason_has_its_row() {
    for reason in PendingReason::ALL {
        let row =
            format!("| `{}` | {} | {} |", reason.word(), reason.sentence(), reason.next_step());
        assert!(README.contains(&row), "the README lacks\n{row}");
    }
}

#[test]
fn the_settings_example_is_valid() {
    let block = README.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let settings = Settings::parse(block.unwrap(), Path::new("README.md")).unwrap();
    assert!(settings.enabled);
    settings.rules().unwrap();
}

#[test]
fn the_main_job_runs_as_it_stands() {
    let output = Command::new("bash")
        .arg("examples/main-job.sh")
        .env("BINDERY", env!("CARGO_BIN_EXE_bindery"))
        .env("LC_ALL", "C.UTF-8")
        .env_remove("BINDERY_PROFILE")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "Run 1: 163 created · 19 activated · 29 updated · 105 unchanged · 5 pending",
        "Run 2: 316 unchanged · 5 pending",
        "Run 3: 111 unchanged · 3 inactivated · 1 pending",
    ] {
        assert!(told.contains(line), "{line} is missing in\n{told}");
    }
}
