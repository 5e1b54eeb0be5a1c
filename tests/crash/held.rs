//! The nastiest moment: killed while a write is under way, which the service carries out long after.

use crate::fleet::{End, Fleet, Writes, each, survived};
use bindery::sandbox::{Fault, FaultKind, Service, When};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Killed while this write is under way. The next sync begins before IT Glue has carried it out, the
/// one after that when it has.
async fn is_survived(writes: Writes, method: &str, skip: u32, wanted: &End) {
    let case = format!("{writes:?}, killed while {method} {skip} was under way");
    let fleet = Fleet::new(writes).await;
    let control = fleet.stage.control();
    let late = Fault::new(FaultKind::ActLater(When::Released));
    control.fault(late.at(Service::ItGlue).method(method).skip(skip));
    let child = start(fleet.sync());
    while control.faults().late() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    kill(child).await;

    fleet.settle_seconds(0, 3600);
    let mut second = start(fleet.sync());
    // Either it ends, or it waits for what may still happen.
    let lines = BufReader::new(second.stdout.take().unwrap()).lines();
    let waited = tokio::task::spawn_blocking(move || {
        lines.map_while(Result::ok).any(|line| line.contains("\"settling\""))
    });
    let waited = waited.await.unwrap();
    // With several under way another may be a create, too.
    assert!(waited || method != "POST", "{case}");
    control.faults().release();
    while control.faults().late() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    kill(second).await;

    fleet.settle_seconds(3600, 0);
    fleet.syncs(&case).await;
    fleet.end(&case).await.is(wanted, &case);
}

fn start(mut command: Command) -> Child {
    let null = Stdio::null;
    command.stdin(null()).stdout(Stdio::piped()).stderr(null()).spawn().unwrap()
}

/// It may have ended by itself.
async fn kill(mut child: Child) {
    let _ = child.kill();
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

async fn every_write(writes: Writes, at_least: usize) {
    let fleet = Fleet::new(writes).await;
    fleet.stage.clear_counters();
    fleet.syncs("undisturbed").await;
    let routes = fleet.stage.control().traffic().counters().routes;
    let cases: Vec<(String, u32)> = routes
        .iter()
        .filter(|route| route.service == Service::ItGlue && route.method != "GET")
        .flat_map(|route| (0..route.requests).map(|skip| (route.method.clone(), skip as u32)))
        .collect();
    let wanted = fleet.end("undisturbed").await;
    assert!(cases.len() >= at_least, "{cases:?}");
    let (wanted, count) = (&wanted, cases.len());
    each(cases, |(method, skip)| async move { is_survived(writes, &method, skip, wanted).await })
        .await;
    survived(&format!("{writes:?}, a write under way"), count);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_with_a_batch_under_way() {
    every_write(Writes::InBatches, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_with_one_of_several_writes_under_way() {
    every_write(Writes::OneByOne, 10).await;
}
