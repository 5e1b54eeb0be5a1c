//! Clocks that jump.

use crate::scene::*;
use crate::support::{Stage, serial};
use bindery::apply::{Request, Summary};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Syncs by a clock that is off by so much.
async fn sync_off_by(stage: &Stage, off: SignedDuration) -> Summary {
    let (mut engine, mut receiver) = stage.engine();
    engine.clock = Arc::new(move || Timestamp::now() + off);
    let drain = tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    let summary = engine.sync(&Request::sync(None)).await.unwrap();
    drop(engine);
    drain.await.unwrap();
    summary
}

const JUMPS: [i64; 6] = [-400 * 86_400, -86_400, -61, 61, 86_400, 400 * 86_400];

#[tokio::test]
async fn a_fleet_at_rest_stays_at_rest_whatever_the_clock_says() {
    let stage = bound(6).await;
    for seconds in JUMPS {
        let summary = sync_off_by(&stage, SignedDuration::from_secs(seconds)).await;
        assert_eq!(summary.counts.unchanged, 6, "{seconds}");
    }
    untouched(&stage);
}

#[tokio::test]
async fn twins_under_a_clock_that_jumps() {
    for seconds in JUMPS {
        let stage = bound(6).await;
        stage.control().re_enrol_device("mac-002", true).unwrap();
        let summary = sync_off_by(&stage, SignedDuration::from_secs(seconds)).await;
        assert_eq!((summary.counts.inactivated, summary.counts.created), (0, 0), "{seconds}");
        stage.sync().await;
        assert!(inactive(&stage).is_empty(), "{seconds}");
        assert_eq!(stage.configurations("Acme").len(), 6, "{seconds}");
    }
}

/// Set back while it runs: what was read is of unknown age then, and looked at once more.
#[tokio::test]
async fn a_clock_set_back_makes_no_old_listing_young() {
    let stage = bound(6).await;
    stage.control().rename_device("mac-001", "renamed").unwrap();
    let id = stage.configuration(&serial(1)).id;
    let look = bindery::sandbox::Fault::new(HELD);
    let look =
        look.at(bindery::sandbox::Service::ItGlue).path("configurations?sort=id&filter%5Bid%5D");
    while_held(&stage, look, move |control| {
        control.change_configuration(id, |row| row.name = "a person's".into()).unwrap();
    });
    sync_off_by(&stage, SignedDuration::from_hours(-1)).await;
    assert_eq!(stage.control().faults().left(), 0, "it looked once more before it wrote");
    stage.control().faults().release();
    assert_eq!(stage.configuration(&serial(1)).name, "renamed");
}
