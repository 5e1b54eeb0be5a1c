//! How long a keystroke in the organization picker waits for its near names.
//!
//! `cargo bench --bench picker`, or `ORGANIZATIONS=20000 cargo bench --bench picker`. Names are typed
//! letter by letter; each question is searched for as the picker does, on one thread.

use bindery::domain::{Organization, OrganizationId};
use bindery::near::OrganizationIndex;
use bindery::sandbox::fleet::{Fleet, Shape};
use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// How many near names the picker asks for.
const SHOWN: usize = 20;
/// A page of IT Glue's listing.
const PAGE: usize = 1000;
/// The goal for one keystroke.
const GOAL: Duration = Duration::from_millis(16);

/// What people type: exact names, short forms, slips, other orders, letters in few names, and nothing
/// that exists.
const TYPED: [&str; 12] = [
    "Falcon Ridge Montessori Group",
    "falcon ridge montesori",
    "Wilow Vetrinary Burau",
    "Montessori",
    "mtsr",
    "xq",
    "Blue Heron Veterinary, Inc.",
    "Kestrel Optics International Holdings of the North",
    "Northwind Traders",
    "Clients - Cobalt Coffee (managed Macs)",
    "zzzzzzzz",
    "Société Générale Münster",
];

fn main() {
    let count = std::env::var("ORGANIZATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let all = organizations(count);
    let began = Instant::now();
    let mut index = OrganizationIndex::default();
    all.chunks(PAGE).for_each(|page| index.push(page));
    println!("{count} organizations, taken in {:.1?}", began.elapsed());

    let mut times = Vec::new();
    for typed in TYPED {
        let ends = typed.char_indices().map(|(at, c)| at + c.len_utf8());
        let asked: Vec<(Duration, &str)> =
            ends.map(|end| &typed[..end]).map(|text| (search(&index, text), text)).collect();
        let (worst, text) = asked.iter().max().copied().unwrap_or_default();
        println!("{typed:50} worst {worst:8.2?} at {text:?}");
        times.extend(asked.iter().map(|(time, _)| *time));
    }
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{} keystrokes: median {:.2?}, 95 % under {:.2?}, worst {:.2?}; every name given to the \
         matcher: {:.2?}",
        times.len(),
        at(0.5),
        at(0.95),
        at(1.0),
        whole_list(&all, "falc"),
    );
    assert!(at(1.0) < GOAL, "a keystroke waits longer than {GOAL:?}");
}

/// Those of the sandbox.
fn organizations(count: usize) -> Vec<Organization> {
    let shape = Shape { policies: 0, devices: 0, organizations: count, seed: 1, troubles: false };
    let made_up = Fleet::generate(shape, Timestamp::UNIX_EPOCH).account.organizations;
    let organization = |(id, made_up): (i64, _)| {
        let bindery::sandbox::itglue::model::Organization {
            name,
            short_name,
            type_name,
            status_name,
            ..
        } = made_up;
        Organization {
            id: OrganizationId::new(id),
            name,
            short_name,
            type_name: Some(type_name),
            status_name: Some(status_name),
        }
    };
    made_up.into_iter().map(organization).collect()
}

/// The best of five: what the search needs, not what else the machine does.
fn search(index: &OrganizationIndex, wanted: &str) -> Duration {
    let once = || {
        let began = Instant::now();
        std::hint::black_box(index.nearest(wanted, SHOWN, &|| false));
        began.elapsed()
    };
    (0..5).map(|_| once()).min().unwrap_or_default()
}

/// For comparison: the matcher alone, over the whole list.
fn whole_list(all: &[Organization], wanted: &str) -> Duration {
    let matcher = SkimMatcherV2::default().ignore_case();
    let began = Instant::now();
    let hits = all.iter().filter_map(|o| matcher.fuzzy_match(&o.name, wanted)).count();
    std::hint::black_box(hits);
    began.elapsed()
}
