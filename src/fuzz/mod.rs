//! A fuzzer for every parser of outside input, small enough to run with the tests.
//!
//! Each parser has a target beside it, and examples in `tests/corpus/NAME/`. They are replayed, changed
//! at random from a fixed seed, and blown up. To go on for longer:
//!
//! `BINDERY_FUZZ_SECONDS=600 cargo test --locked --lib fuzz -- --nocapture`
//!
//! (or `BINDERY_FUZZ_CASES=N` for so many inputs a parser, `BINDERY_FUZZ_SEED=N` for other ones).

mod change;
mod text;

pub(crate) use text::{TRICKS, assert_visible, lossy};

use change::{changed, floods};
use fastrand::Rng;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A parser and what must hold whatever it is given; it panics where that does not hold.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 26] = [
    ("addigy-devices", crate::addigy::fuzz::devices),
    ("addigy-facts", crate::addigy::fuzz::facts),
    ("addigy-policies", crate::addigy::fuzz::policies),
    ("address", crate::commands::fuzz::address),
    ("draft", crate::console::fuzz::draft),
    ("filter", crate::console::fuzz::filter),
    ("identity", crate::domain::fuzz::identity),
    ("itglue-configurations", crate::itglue::fuzz::configurations),
    ("itglue-named", crate::itglue::fuzz::named),
    ("itglue-organizations", crate::itglue::fuzz::organizations),
    ("keys", crate::console::fuzz::keys),
    ("limiter", crate::transport::fuzz::limiter),
    ("lock-holder", crate::store::fuzz::holder),
    ("log-line", crate::console::fuzz::log_line),
    ("names", crate::near::fuzz::names),
    ("origin", crate::settings::fuzz::environment),
    ("pattern", crate::settings::fuzz::pattern),
    ("problem", crate::transport::fuzz::problem),
    ("report", crate::console::fuzz::report),
    ("retry-after", crate::transport::fuzz::retry_after),
    ("secret", crate::settings::fuzz::secret),
    ("select", crate::commands::fuzz::select),
    ("settings", crate::settings::fuzz::settings),
    ("switch", crate::sandbox::fuzz::switch),
    ("text", text::text),
    ("theme", crate::console::fuzz::theme),
];

/// So many changed examples a parser, unless the environment asks for more or for a time.
const CASES: usize = 150;
const SEED: u64 = 4;
/// A flood is this long, in bytes; with a time or a number of cases given, four times as long.
const FLOOD: usize = 1 << 18;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

/// The examples of a parser, by name.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut all: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    all.sort();
    assert!(all.len() >= 3, "{name} has {} examples", all.len());
    all
}

/// Whether the parser holds; panics are told by the hook, as always.
fn holds(check: fn(&[u8]), input: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| check(input))).is_ok()
}

/// The input with all taken away that is not needed for the failure.
fn smallest(check: fn(&[u8]), mut input: Vec<u8>) -> Vec<u8> {
    let mut size = input.len() / 2;
    let mut tries = 0;
    while size > 0 && tries < 500 {
        let mut at = 0;
        while at + size <= input.len() && tries < 500 {
            let less = [&input[..at], &input[at + size..]].concat();
            tries += 1;
            if holds(check, &less) {
                at += size;
            } else {
                input = less;
            }
        }
        size /= 2;
    }
    input
}

/// The error shows what the parser does not stand, made small.
fn try_one((name, check): Target, what: &str, input: &[u8]) -> Result<(), String> {
    if holds(check, input) {
        return Ok(());
    }
    let small = smallest(check, input.to_vec());
    let shown = small.escape_ascii().to_string();
    Err(format!(
        "{name} does not stand {what}. The smallest such input has {} bytes:\n{}\n\
         Keep it in tests/corpus/{name}/ once it is mended.",
        small.len(),
        shown.chars().take(4000).collect::<String>()
    ))
}

/// Calls it for every target, on as many threads as there are processors, and tells how many inputs
/// each was given.
fn for_each_target(work: impl Fn(Target) -> Result<usize, String> + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let worker = || {
        let mut done = Vec::new();
        while let Some(target) = TARGETS.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(work(*target).map(|inputs| (target.0, inputs)));
        }
        done
    };
    let done: Vec<Result<(&str, usize), String>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                std::thread::Builder::new().name("fuzz".into()).spawn_scoped(scope, worker).unwrap()
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let failures: Vec<&String> = done.iter().filter_map(|one| one.as_ref().err()).collect();
    assert!(failures.is_empty(), "{failures:#?}");
    let mut done: Vec<(&str, usize)> = done.into_iter().flatten().collect();
    done.sort_unstable();
    let total: usize = done.iter().map(|(_, inputs)| inputs).sum();
    let each: Vec<String> = done.iter().map(|(name, inputs)| format!("{name} {inputs}")).collect();
    println!("inputs fuzzed: {total} ({})", each.join(", "));
}

#[test]
fn examples_and_what_becomes_of_them() {
    let seed = number("BINDERY_FUZZ_SEED").unwrap_or(SEED);
    let cases = number("BINDERY_FUZZ_CASES").map_or(CASES, |cases| cases as usize);
    // The time is shared out among the parsers.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = |seconds: u64| {
        Duration::from_secs(seconds) * u32::try_from(threads).unwrap_or(1) / TARGETS.len() as u32
    };
    let time = number("BINDERY_FUZZ_SECONDS").map(share);
    for_each_target(|target| {
        let corpus = corpus(target.0);
        for (name, input) in &corpus {
            try_one(target, name, input)?;
        }
        let examples: Vec<&[u8]> = corpus.iter().map(|(_, input)| input.as_slice()).collect();
        let (mut rng, begun) = (Rng::with_seed(seed), Instant::now());
        let mut inputs = 0;
        while time.map_or(inputs < cases, |time| begun.elapsed() < time) {
            let input = changed(&mut rng, &examples);
            try_one(target, &format!("case {inputs} of seed {seed}"), &input)?;
            inputs += 1;
        }
        Ok(corpus.len() + inputs)
    });
}

/// What grows with the square of its input does not end here.
#[test]
fn a_flood_is_not_too_much() {
    let longer = ["BINDERY_FUZZ_SECONDS", "BINDERY_FUZZ_CASES"].iter().any(|v| number(v).is_some());
    let size = if longer { 4 * FLOOD } else { FLOOD };
    for_each_target(|target| {
        let corpus = corpus(target.0);
        let examples: Vec<&[u8]> = corpus.iter().map(|(_, input)| input.as_slice()).collect();
        let floods = floods(&examples, size);
        for (what, input) in &floods {
            if !holds(target.1, input) {
                return Err(format!("{} does not stand a flood of {what}", target.0));
            }
        }
        Ok(floods.len())
    });
}

#[test]
fn every_parser_has_its_examples_and_every_example_its_parser() {
    let mut folders: Vec<String> = fs::read_dir(folder(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
}

/// The fuzzer itself finds what is wrong, and shows little of it.
#[test]
fn a_failure_is_found_and_made_small() {
    fn picky(input: &[u8]) {
        assert!(!input.windows(2).any(|pair| pair == b"\x1b]"), "found");
    }
    let mut rng = Rng::with_seed(SEED);
    let example: &[u8] = b"{\"name\": \"Ana's Mac\"}";
    let bad = (0..2000).map(|_| changed(&mut rng, &[example])).find(|input| !holds(picky, input));
    assert_eq!(smallest(picky, bad.expect("not found")), b"\x1b]");
}
