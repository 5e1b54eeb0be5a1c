//! Several faults in several syncs, some of them killed where they stand; at random, but the same each
//! time. A failure prints the shortest script that still fails.
//!
//! `PROPTEST_CASES` says how many scripts are played, `PROPTEST_RNG_SEED` which.

use crate::busy::Busy;
use bindery::domain::Outcome;
use bindery::sandbox::{Fault, FaultKind, Service, When};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed, TestRunner};
use std::cell::Cell;
use std::time::Duration;

/// So many scripts unless the environment says otherwise.
const SCRIPTS: u32 = 40;
const SEED: u64 = 4;

/// One sync, and what happens during it.
#[derive(Debug, Clone)]
struct Sync {
    faults: Vec<Mishap>,
    /// Killed when so many requests have arrived.
    killed_after: Option<u64>,
}

#[derive(Debug, Clone)]
struct Mishap {
    at: Target,
    skip: u32,
    times: u32,
    kind: FaultKind,
}

#[derive(Debug, Clone, Copy)]
enum Target {
    Anything,
    Addigy,
    ItGlue,
    Creates,
    Updates,
}

impl Mishap {
    fn fault(&self) -> Fault {
        let fault = Fault::new(self.kind.clone()).skip(self.skip).times(self.times);
        match self.at {
            Target::Anything => fault,
            Target::Addigy => fault.at(Service::Addigy),
            Target::ItGlue => fault.at(Service::ItGlue),
            Target::Creates => fault.at(Service::ItGlue).method("POST"),
            Target::Updates => fault.at(Service::ItGlue).method("PATCH"),
        }
    }
}

/// A 429 alone is taken at its word, that nothing was done: it is never one after an act.
fn kinds() -> impl Strategy<Value = FaultKind> {
    let status = |status, retry_after: Option<&str>| FaultKind::Status {
        status,
        body: None,
        retry_after: retry_after.map(str::to_owned),
    };
    let statuses = [400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504];
    let quick = vec![
        FaultKind::Reset,
        FaultKind::ActThenDrop,
        FaultKind::DropThenAct(When::Milliseconds(1)),
        FaultKind::HalfAnswer,
        FaultKind::Garbage,
        FaultKind::Html { status: 200 },
        FaultKind::Html { status: 502 },
        FaultKind::Empty,
        FaultKind::ActThenStatus { status: 422 },
        FaultKind::ActThenStatus { status: 500 },
        FaultKind::ActThenStatus { status: 503 },
        FaultKind::Delay(When::Milliseconds(5)),
        status(429, Some("0")),
    ];
    let slow = vec![
        FaultKind::Delay(When::Milliseconds(400)),
        FaultKind::ActThenDelay(When::Milliseconds(400)),
        FaultKind::Drip { milliseconds: 10 },
        FaultKind::Huge { bytes: 100 * 1024 * 1024 },
    ];
    prop_oneof![
        6 => prop::sample::select(quick),
        3 => prop::sample::select(statuses.to_vec()).prop_map(move |code| status(code, None)),
        1 => prop::sample::select(slow),
    ]
}

fn mishaps() -> impl Strategy<Value = Mishap> {
    let targets = prop_oneof![
        1 => (Just(Target::Anything), 0..10_u32),
        1 => (Just(Target::Addigy), 0..4_u32),
        2 => (Just(Target::ItGlue), 0..6_u32),
        3 => (Just(Target::Creates), 0..2_u32),
        3 => (Just(Target::Updates), 0..2_u32),
    ];
    (targets, 1..=5_u32, kinds()).prop_map(|((at, skip), times, kind)| Mishap {
        at,
        skip,
        times,
        kind,
    })
}

fn scripts() -> impl Strategy<Value = Vec<Sync>> {
    let sync = (prop::collection::vec(mishaps(), 0..7), prop::option::weighted(0.3, 4..20_u64))
        .prop_map(|(faults, killed_after)| Sync { faults, killed_after });
    prop::collection::vec(sync, 1..5)
}

/// Plays it, and returns how many requests went wrong and how many syncs were killed.
async fn survives(script: &[Sync]) -> (u64, u64) {
    let mut busy = Busy::new().await;
    let (mut injected, mut killed) = (0, 0);
    busy.stage.total_timeout = Duration::from_millis(250);
    busy.stage.settle = SignedDuration::from_millis(100);
    let control = busy.stage.control();
    for sync in script {
        for mishap in &sync.faults {
            control.fault(mishap.fault());
        }
        let pushed = control.faults().left();
        killed += u64::from(play(&busy, sync.killed_after).await);
        injected += pushed - control.faults().left();
        control.faults().clear();
    }
    while control.faults().late() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    busy.stage.total_timeout = Duration::from_secs(20);
    let told = busy.stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done, "{:#?}", told.events);
    busy.all_is_well();
    crate::scene::comes_to_rest(&busy.stage).await;
    busy.all_is_well();
    (injected, killed)
}

/// Syncs; whether it was killed before its end.
async fn play(busy: &Busy, killed_after: Option<u64>) -> bool {
    busy.stage.clear_counters();
    let (engine, mut receiver) = busy.stage.engine();
    let drain = tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    let request = bindery::apply::Request::sync(None);
    let mut running = tokio::spawn(async move { engine.sync(&request).await });
    let control = busy.stage.control();
    let arrived = async {
        let arrived =
            || [Service::Addigy, Service::ItGlue].map(|at| control.traffic().requests(at));
        while killed_after.is_none_or(|most| arrived().iter().sum::<u64>() < most) {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    };
    let killed = tokio::select! {
        ended = &mut running => { let _ = ended.unwrap(); false }
        () = arrived => true,
    };
    running.abort();
    drain.await.unwrap();
    killed
}

fn config() -> ProptestConfig {
    let asked = |name: &str| std::env::var_os(name).is_some();
    let mut config = ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/unplugged/at_random.regressions",
        ))),
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    };
    if !asked("PROPTEST_CASES") {
        config.cases = SCRIPTS;
    }
    if !asked("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    config
}

#[test]
fn faults_in_combination() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (scripts_played, injected, killed) = (Cell::new(0_u64), Cell::new(0), Cell::new(0));
    let result = TestRunner::new(config()).run(&scripts(), |script| {
        let (faults, kills) = runtime.block_on(survives(&script));
        scripts_played.set(scripts_played.get() + 1);
        injected.set(injected.get() + faults);
        killed.set(killed.get() + kills);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    let (scripts, injected, killed) = (scripts_played.get(), injected.get(), killed.get());
    println!("faults injected at random: {injected} in {scripts} scripts, {killed} syncs killed");
    assert!(injected >= scripts, "{injected} faults in {scripts} scripts");
}
