//! Every moment of a sync, one after the other; and kills of what follows a kill.

use crate::fleet::{End, Fleet, Writes, each};
use std::collections::BTreeSet;

/// So many pairs are tried unless `BINDERY_CRASH_PAIRS` says otherwise: a number, or `all`.
const PAIRS: usize = 24;
const SEED: u64 = 4;

/// Of all pairs as many as are asked for.
fn sample(mut pairs: Vec<Vec<u64>>) -> Vec<Vec<u64>> {
    let asked = std::env::var("BINDERY_CRASH_PAIRS").unwrap_or_default();
    if asked != "all" {
        fastrand::Rng::with_seed(SEED).shuffle(&mut pairs);
        pairs.truncate(asked.parse().unwrap_or(PAIRS));
    }
    pairs
}

/// What a sync comes to that nobody disturbs, and its moments.
async fn undisturbed(writes: Writes) -> (End, Vec<String>) {
    let fleet = Fleet::new(writes).await;
    let moments = fleet.syncs("undisturbed").await;
    let end = fleet.end("undisturbed").await;
    end.is_eventful();
    (end, moments)
}

/// A sync killed at the first moment, the next one at the second, and so on; then one that nobody
/// kills. Returns how many were killed, and how many moments the last one had.
async fn survives(writes: Writes, kills: &[u64], wanted: &End) -> (usize, u64) {
    let case = format!("{writes:?}, killed at {kills:?}");
    let fleet = Fleet::new(writes).await;
    let mut killed = 0;
    for moment in kills {
        killed += usize::from(fleet.killed_at(*moment).await);
    }
    let moments = fleet.syncs(&case).await;
    let end = fleet.end(&case).await;
    end.is(wanted, &case);
    (killed, moments.len() as u64)
}

/// Each of these; with what [`survives`] returned.
async fn try_all(
    writes: Writes,
    cases: Vec<Vec<u64>>,
    wanted: &End,
) -> Vec<(Vec<u64>, (usize, u64))> {
    each(cases, |kills| async move {
        let survived = survives(writes, &kills, wanted).await;
        (kills, survived)
    })
    .await
}

async fn every_moment(writes: Writes, at_least: usize) {
    let (wanted, moments) = undisturbed(writes).await;
    let words: BTreeSet<&str> = moments.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words.len(), 4, "each kind of moment: {words:?}");
    assert!(moments.len() >= at_least, "{moments:#?}");
    let single = (1..=moments.len() as u64).map(|moment| vec![moment]).collect();
    let survived = try_all(writes, single, &wanted).await;
    let killed: usize = survived.iter().map(|(_, (killed, _))| killed).sum();
    println!("kill points, {writes:?}: {killed} of {}, all survived", moments.len());
    assert_eq!(killed, moments.len());

    let pairs: Vec<Vec<u64>> = survived
        .iter()
        .flat_map(|(kills, (_, recovery))| (1..=*recovery).map(|moment| vec![kills[0], moment]))
        .collect();
    let all = pairs.len();
    let second = sample(pairs);
    let tried = second.len();
    let survived = try_all(writes, second, &wanted).await;
    let killed: usize = survived.iter().map(|(_, (killed, _))| killed).sum();
    println!(
        "kills of the recovery, {writes:?}: {tried} of {all} pairs, {killed} kills, all survived"
    );
    assert!(killed >= tried, "{killed} kills in {tried} pairs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_moment_with_writes_in_batches() {
    every_moment(Writes::InBatches, 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_moment_with_several_writes_under_way() {
    every_moment(Writes::OneByOne, 80).await;
}
