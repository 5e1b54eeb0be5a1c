//! What a sync may cost in requests, and how many writes are under way at once.

mod support;

use bindery::domain::{Counts, Outcome};
use bindery::sandbox::{Fault, FaultKind, Service, When};
use std::time::Duration;
use support::Stage;

/// Reads at IT Glue that a sync of this many configurations in one organization may take.
const fn reads_allowed(devices: u64) -> u64 {
    devices.div_ceil(1000) + 3
}

#[tokio::test]
async fn unchanged_devices_cost_the_listing_and_little_more() {
    for devices in [1, 1000, 1001, 2300] {
        let stage = Stage::acme_with(devices, &["addigy-largest-page=1000"]).await;
        stage.sync().await;
        stage.clear_counters();
        let told = stage.sync().await;
        assert_eq!(told.summary.counts.unchanged as usize, devices);
        assert_eq!(stage.writes(), 0);
        let allowed = reads_allowed(devices as u64);
        assert!(
            stage.reads() <= allowed,
            "{} reads for {devices}, {allowed} allowed",
            stage.reads()
        );
    }
}

#[tokio::test]
async fn new_and_changed_devices_go_in_batches_of_fifty() {
    for devices in [50, 120] {
        let stage = Stage::acme(devices).await;
        stage.sync().await;
        assert_eq!(stage.writes(), (devices as u64).div_ceil(50), "{devices} created");
        for at in 0..devices {
            let name = format!("mac-{at:03}");
            stage.control().rename_device(&name, &format!("{name} renamed")).unwrap();
        }
        stage.clear_counters();
        let told = stage.sync().await;
        assert_eq!(told.summary.counts.updated as usize, devices);
        assert_eq!(stage.writes(), (devices as u64).div_ceil(50), "{devices} updated");
    }
}

#[tokio::test]
async fn where_batches_are_refused_every_device_costs_one_write() {
    let stage = Stage::acme_with(60, &["itglue-bulk-create=refused"]).await;
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { created: 60, ..Counts::default() });
    // The first run has to find out.
    assert_eq!(stage.writes(), 60 + 1);
    for at in 100..160 {
        stage.add_device("Acme", at);
    }
    stage.clear_counters();
    assert_eq!(stage.sync().await.summary.counts.created, 60);
    assert_eq!(stage.writes(), 60, "what was found out is remembered");
}

#[tokio::test]
async fn a_smaller_largest_batch_is_found_by_halving() {
    let stage = Stage::acme_with(60, &["itglue-bulk-size=20"]).await;
    let told = stage.sync().await;
    assert_eq!(told.summary.counts, Counts { created: 60, ..Counts::default() });
    assert_eq!(stage.configurations("Acme").len(), 60);
}

#[tokio::test]
async fn a_shuffled_answer_is_paired_by_serial_number() {
    let stage = Stage::acme_with(50, &["itglue-bulk-create=shuffled"]).await;
    stage.sync().await;
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.unchanged, 50);
    assert_eq!(stage.writes(), 0);
    for binding in stage.store.bindings().unwrap() {
        let configuration = stage.control().configuration(binding.configuration_id.get()).unwrap();
        let serial = binding.serial_seen.unwrap();
        assert_eq!(configuration.serial_number.as_deref(), Some(serial.as_str()));
    }
}

#[tokio::test]
async fn eight_writes_are_under_way_at_once() {
    let stage = Stage::acme_with(10, &["itglue-bulk-create=refused"]).await;
    stage.sync().await;
    for at in 100..140 {
        stage.add_device("Acme", at);
    }
    stage.clear_counters();
    let held = Fault::new(FaultKind::Delay(When::Released)).at(Service::ItGlue).method("POST");
    stage.control().fault(held.times(8));
    let control = stage.control();
    let release = tokio::spawn(async move {
        while control.traffic().most_under_way(Service::ItGlue) < 8 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        control.faults().release();
    });
    let told = stage.sync().await;
    release.await.unwrap();
    assert_eq!(told.summary.counts.created, 40);
    assert_eq!(stage.control().traffic().most_under_way(Service::ItGlue), 8);
}

#[tokio::test]
async fn a_real_429_is_waited_out() {
    let switches = ["itglue-limit=10", "itglue-limit-seconds=1", "itglue-retry-after=seconds"];
    let stage =
        Stage::acme_with(12, &[&switches[..], &["itglue-bulk-create=refused"]].concat()).await;
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    assert_eq!(stage.configurations("Acme").len(), 12);
}
