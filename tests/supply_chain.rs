//! What we let into the program: licences, crates, sources, and no unsafe code of our own.
//!
//! `deny.toml` is the one list; here it is held against what cargo resolves, without a network. Where
//! cargo-deny is installed it has its say too.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::Table;

const README: &str = include_str!("../README.md");
const MANIFEST: &str = include_str!("../Cargo.toml");
const LOCK: &str = include_str!("../Cargo.lock");
const DENY: &str = include_str!("../deny.toml");

fn table(text: &str) -> Table {
    text.parse().unwrap()
}

fn texts(value: &toml::Value) -> BTreeSet<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// What cargo resolved for this machine.
fn packages() -> Vec<Value> {
    let about = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
    let about = String::from_utf8(about.stdout).unwrap();
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Whether a licence expression is met by these licences. `AND` binds more than `OR`; `/` is an old
/// spelling of `OR`.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (met, rest) = any(&words, allowed);
    assert!(rest.is_empty(), "{expression} can't be read");
    met
}

fn any<'a, 'b>(words: &'a [&'b str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'b str]) {
    let (mut met, mut rest) = all(words, allowed);
    while let ["OR", after @ ..] = rest {
        let (other, after) = all(after, allowed);
        (met, rest) = (met || other, after);
    }
    (met, rest)
}

fn all<'a, 'b>(words: &'a [&'b str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'b str]) {
    let (mut met, mut rest) = one(words, allowed);
    while let ["AND", after @ ..] = rest {
        let (other, after) = one(after, allowed);
        (met, rest) = (met && other, after);
    }
    (met, rest)
}

fn one<'a, 'b>(words: &'a [&'b str], allowed: &BTreeSet<&str>) -> (bool, &'a [&'b str]) {
    match words {
        ["(", inner @ ..] => match any(inner, allowed) {
            (met, [")", rest @ ..]) => (met, rest),
            _ => panic!("a parenthesis is open in {words:?}"),
        },
        // An exception must be allowed by its name, and none is.
        [licence, "WITH", exception, rest @ ..] => {
            (allowed.contains(format!("{licence} WITH {exception}").as_str()), rest)
        }
        [licence, rest @ ..] => (allowed.contains(licence), rest),
        [] => panic!("a licence is missing"),
    }
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    let allowed = BTreeSet::from(["MIT", "ISC"]);
    for met in ["MIT", "GPL-3.0/MIT", "MIT AND ISC", "(GPL-3.0 OR MIT) AND ISC", "X OR MIT AND ISC"]
    {
        assert!(is_met(met, &allowed), "{met}");
    }
    for not in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND X", "MIT WITH X", "X OR Y"] {
        assert!(!is_met(not, &allowed), "{not}");
    }
}

#[test]
fn every_licence_is_an_allowed_one() {
    let deny = table(DENY);
    let allowed = texts(&deny["licenses"]["allow"]);
    let packages = packages();
    assert!(packages.len() > 100, "{}", packages.len());
    for package in &packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_met(licence, &allowed), "{} has the licence {licence:?}", package["name"]);
    }
    println!("crates with an allowed licence: {}", packages.len());
}

#[test]
fn nothing_banned_and_nothing_from_elsewhere() {
    let (deny, lock) = (table(DENY), table(LOCK));
    let banned = deny["bans"]["deny"].as_array().unwrap();
    let banned: Vec<&str> = banned.iter().map(|ban| ban["name"].as_str().unwrap()).collect();
    assert_eq!(banned, ["openssl", "openssl-sys", "native-tls"]);
    let packages = lock["package"].as_array().unwrap();
    let mut sources = BTreeSet::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.contains(&name), "{name} is banned");
        match package.get("source").and_then(toml::Value::as_str) {
            Some(source) => {
                assert!(source.starts_with("registry+"), "{name} comes from {source}");
                assert!(package["checksum"].as_str().is_some_and(|sum| sum.len() == 64), "{name}");
                sources.insert(source);
            }
            None => assert_eq!(name, env!("CARGO_PKG_NAME"), "it has no source"),
        }
    }
    assert_eq!(sources.len(), 1, "one registry: {sources:?}");
    assert_eq!(deny["sources"]["unknown-registry"].as_str(), Some("deny"));
    assert_eq!(deny["sources"]["unknown-git"].as_str(), Some("deny"));
    println!("crates from the one registry, each with its checksum: {}", packages.len() - 1);
}

/// The crates that the manifest names, in whatever section.
fn wanted() -> Vec<(String, toml::Value)> {
    let manifest = table(MANIFEST);
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    let of = |section: &&str| manifest.get(*section).and_then(toml::Value::as_table).cloned();
    sections.iter().filter_map(of).flatten().collect()
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let rows = README.split("Why each dependency:").nth(1).unwrap().split("\n\n").nth(1).unwrap();
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let explained: BTreeSet<&str> = rows
        .lines()
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|first| first.split(word))
        .collect();
    for (name, how) in wanted() {
        assert!(explained.contains(name.as_str()), "the README does not say what {name} is for");
        let version = how.as_str().or_else(|| how.get("version")?.as_str());
        assert!(version.is_some_and(|version| !version.contains('*')), "{name} at any version");
        assert!(how.get("git").is_none() && how.get("path").is_none(), "{name} from elsewhere");
    }
}

#[test]
fn no_unsafe_code_is_ours() {
    assert_eq!(table(MANIFEST)["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    assert!(files.len() > 200, "{}", files.len());
    // In two parts, for this file is looked at too.
    let (word, permission) = (concat!("un", "safe"), concat!("allow(un", "safe"));
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (line, text) in text.lines().enumerate().filter(|(_, t)| !t.trim().starts_with("//")) {
            let code = ["fn", "{", "impl", "trait", "extern", "(", "no_mangle"];
            let used = code.iter().any(|next| text.contains(&format!("{word} {next}")));
            let at = format!("{}:{}", file.display(), line + 1);
            assert!(!used && !text.contains(permission), "{at}: {text}");
        }
    }
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

/// Its own verdict, where it is installed; advisories want a network and stay out.
#[test]
fn cargo_deny_agrees() {
    let installed = Command::new("cargo-deny").arg("--version").output();
    if !installed.is_ok_and(|output| output.status.success()) {
        println!("cargo-deny is not installed; the other tests of this file stand in for it");
        return;
    }
    let output = Command::new("cargo-deny")
        .args(["--offline", "--locked", "check", "bans", "licenses", "sources"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    // Without a network it can only judge what was downloaded: crates of other systems may be missing.
    if told.contains("failed to download") || told.contains("--offline was specified") {
        println!("cargo-deny wants crates of other systems: run `cargo fetch --locked` once");
        return;
    }
    assert!(output.status.success(), "{told}");
}
