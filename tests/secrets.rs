//! Secrets stay secret: every command's every output is searched for them, in success and in failure.

#[path = "support/binary.rs"]
mod binary;
#[path = "secrets/console.rs"]
mod console;
#[path = "secrets/every_command.rs"]
mod every_command;
#[path = "secrets/keys.rs"]
mod keys;
#[path = "secrets/links.rs"]
mod links;
#[path = "secrets/process.rs"]
mod process;
#[path = "secrets/sources.rs"]
mod sources;

use binary::Binary;
use bindery::sandbox::{Fault, FaultKind, Options};
use std::path::Path;

/// The token, which an address must spell otherwise.
const TOKEN: &str = "adg/C4nary+9Qw7Er5Ty3Ui1";
/// The key.
const KEY: &str = "ITG.C4nary/7Zx+5Cv3Bn1Mq9";

/// A part of both, and what base64 makes of that part, wherever it begins.
const TRACES: [&str; 4] = ["C4nary", "QzRuYXJ5", "M0bmFye", "DNG5hcn"];

/// A sandbox that takes the canaries, with settings that hold them.
async fn place() -> Binary {
    let small = Options { devices: 12, policies: 4, organizations: 6, ..Options::default() };
    Binary::new(Options { token: TOKEN.into(), key: KEY.into(), ..small }).await
}

/// Has both services answer everything so, with these secrets in every spelling.
fn echo(bindery: &Binary, status: u16, secrets: [&str; 2]) {
    bindery.control().faults().clear();
    let body = secrets.map(|secret| {
        let escaped = secret.replace('/', "\\/");
        let encoded = secret.replace('/', "%2F").replace('+', "%2B");
        let half = &secret[..secret.len() * 2 / 3];
        format!(
            "x-api-key: {secret} {escaped} {encoded} {half}\u{2026} {} {secret}",
            in_base64(secret)
        )
    });
    let body = match status {
        422 => serde_json::json!({"errors": [{"title": body[0], "detail": body[1]}]}).to_string(),
        502 => format!("<html><title>{}</title>{}</html>", body[0], body[1]),
        _ => body.join(" "),
    };
    let kind = FaultKind::Status { status, body: Some(body), retry_after: None };
    let always = Fault { times: u32::MAX, ..Fault::new(kind) };
    bindery.control().fault(always);
}

/// As a program would that prints a header, with one and two letters before the secret too.
fn in_base64(secret: &str) -> String {
    let spelled = [secret.to_owned(), format!("x{secret}"), format!("xx{secret}")].map(|text| {
        let mut letters = String::new();
        for three in text.as_bytes().chunks(3) {
            let all = three.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte));
            let all = all << (8 * (3 - three.len()));
            for at in (0..4).rev().take(three.len() + 1) {
                let six = u8::try_from(all >> (6 * at) & 63).unwrap();
                letters.push(char::from(match six {
                    0..26 => b'A' + six,
                    26..52 => b'a' + six - 26,
                    52..62 => b'0' + six - 52,
                    62 => b'+',
                    _ => b'/',
                }));
            }
        }
        letters
    });
    spelled.join(" ")
}

/// Fails where a trace of a secret is in it.
#[track_caller]
fn clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for trace in TRACES {
        assert!(!text.contains(trace), "{trace} in {what}:\n{text}");
    }
}

/// Fails where a file of the folder, but the settings, holds a trace, or is not its owner's alone.
/// Says how many there are.
#[track_caller]
fn clean_files(folder: &Path) -> usize {
    use std::os::unix::fs::PermissionsExt;
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A file of SQLite's may go while we look.
        let Ok(meta) = std::fs::symlink_metadata(&path) else { continue };
        assert_eq!(meta.permissions().mode() & 0o077, 0, "{}", path.display());
        if meta.is_dir() {
            count += clean_files(&path);
        } else if path.file_name().unwrap() != "config.toml" {
            clean(&path.display().to_string(), &std::fs::read(&path).unwrap_or_default());
            count += 1;
        }
    }
    count
}

#[test]
fn the_search_finds_what_it_is_for() {
    for secret in [TOKEN, KEY] {
        assert!(secret.contains(TRACES[0]));
        for (offset, spelled) in in_base64(secret).split(' ').enumerate() {
            let found = TRACES.iter().any(|trace| spelled.contains(trace));
            assert!(found, "{offset}: {spelled}");
        }
    }
}
