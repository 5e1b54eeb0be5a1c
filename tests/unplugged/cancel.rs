//! Cancelled in each stage: it ends, says so, and the next run goes on where it stopped.

use crate::scene::{all_is_well, cancel_when, comes_to_rest, create_fault, while_held};
use crate::support::Stage;
use bindery::apply::{Error, Event, Request};
use bindery::domain::Outcome;
use bindery::sandbox::{Fault, FaultKind, Service, When};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

async fn goes_on(stage: &mut Stage, devices: usize) {
    stage.cancel = CancellationToken::new();
    stage.control().faults().clear();
    stage.control().faults().release();
    stage.settle = SignedDuration::from_millis(20);
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    all_is_well(stage, devices);
    comes_to_rest(stage).await;
}

#[tokio::test]
async fn while_reading() {
    for service in [Service::Addigy, Service::ItGlue] {
        for skip in 0..4 {
            let mut stage = Stage::acme(3).await;
            let held = Fault::new(FaultKind::Delay(When::Released)).at(service).skip(skip);
            stage.control().fault(held);
            let (control, cancel) = (stage.control(), stage.cancel.clone());
            let watch = tokio::spawn(async move {
                while control.faults().left() > 0 {
                    tokio::task::yield_now().await;
                }
                cancel.cancel();
            });
            let result = stage.try_run(&Request::sync(None)).await;
            watch.abort();
            match result {
                Err(Error::Cancelled) => assert_eq!(stage.writes(), 0),
                // So few requests at this service that none was held.
                Ok(told) => assert_eq!(told.summary.outcome, Outcome::Done),
                Err(error) => panic!("{error}"),
            }
            goes_on(&mut stage, 3).await;
        }
    }
}

#[tokio::test]
async fn while_a_create_is_under_way() {
    let mut stage = Stage::acme(120).await;
    stage.control().fault(create_fault(FaultKind::Delay(When::Released)));
    let cancel = stage.cancel.clone();
    while_held(&stage, move |_| cancel.cancel());
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Cancelled);
    assert_eq!((told.summary.counts.created, told.summary.counts.cancelled), (50, 70));
    assert!(stage.store.open_intents().unwrap().is_empty());
    goes_on(&mut stage, 120).await;
}

#[tokio::test]
async fn while_waiting_to_look_up() {
    let mut stage = Stage::acme(3).await;
    stage.settle = SignedDuration::from_secs(3600);
    stage.control().fault(create_fault(FaultKind::ActThenDrop));
    let waits = |event: &Event, _: &_| matches!(event, Event::Settling { .. });
    let told = cancel_when(&mut stage, waits).await.unwrap();
    assert_eq!(told.summary.outcome, Outcome::Cancelled);
    assert_eq!(stage.store.open_intents().unwrap().len(), 3);
    goes_on(&mut stage, 3).await;
}

#[tokio::test]
async fn while_the_limit_is_closed() {
    let mut stage = Stage::acme(3).await;
    let closed = FaultKind::Status { status: 429, body: None, retry_after: Some("600".into()) };
    stage.control().fault(create_fault(closed));
    let (control, cancel) = (stage.control(), stage.cancel.clone());
    tokio::spawn(async move {
        while control.traffic().itglue_writes() == 0 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    });
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Cancelled);
    assert_eq!(told.summary.counts.cancelled, 3);
    assert!(stage.store.open_intents().unwrap().is_empty());
    goes_on(&mut stage, 3).await;
}
