//! Every moment of a sync, one after the other; and kills of what follows a kill.

use crate::fleet::{End, Fleet, Writes, each, survived};
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

/// What was tried.
struct Tried {
    kills: Vec<u64>,
    /// So many of them found a program to kill.
    killed: usize,
    /// How many moments the sync had that nobody killed.
    recovery: u64,
}

/// A sync killed at the first moment, the next one at the second, and so on; then one that nobody
/// kills.
async fn is_survived(writes: Writes, kills: Vec<u64>, wanted: &End) -> Tried {
    let case = format!("{writes:?}, killed at {kills:?}");
    let fleet = Fleet::new(writes).await;
    let mut killed = 0;
    for moment in &kills {
        killed += usize::from(fleet.killed_at(*moment).await);
    }
    let recovery = fleet.syncs(&case).await.len() as u64;
    fleet.end(&case).await.is(wanted, &case);
    Tried { kills, killed, recovery }
}

async fn all_are_survived(writes: Writes, cases: Vec<Vec<u64>>, wanted: &End) -> Vec<Tried> {
    each(cases, |kills| is_survived(writes, kills, wanted)).await
}

async fn every_moment(writes: Writes, at_least: usize) {
    let (wanted, moments) = undisturbed(writes).await;
    let words: BTreeSet<&str> = moments.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words.len(), 4, "each kind of moment: {words:?}");
    assert!(moments.len() >= at_least, "{moments:#?}");
    let each_alone = (1..=moments.len() as u64).map(|moment| vec![moment]).collect();
    let tried = all_are_survived(writes, each_alone, &wanted).await;
    let killed = tried.iter().map(|tried| tried.killed).sum();
    assert_eq!(moments.len(), killed);
    survived(&format!("{writes:?}"), killed);

    let and_again =
        |tried: &Tried| (1..=tried.recovery).map(|at| vec![tried.kills[0], at]).collect::<Vec<_>>();
    let pairs: Vec<Vec<u64>> = tried.iter().flat_map(and_again).collect();
    let (all, pairs) = (pairs.len(), sample(pairs));
    let count = pairs.len();
    let tried = all_are_survived(writes, pairs, &wanted).await;
    let killed = tried.iter().map(|tried| tried.killed).sum();
    // Writes under way at once may come in another order, and leave less to recover.
    assert!(killed > count, "{killed} kills in {count} pairs");
    survived(&format!("{writes:?}, {count} of {all} pairs"), killed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_moment_with_writes_in_batches() {
    every_moment(Writes::InBatches, 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_moment_with_several_writes_under_way() {
    every_moment(Writes::OneByOne, 80).await;
}
