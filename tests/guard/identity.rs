//! Devices that are re-enrolled, repaired, swapped or docked.

use crate::scene::*;
use crate::support::{Stage, serial};
use bindery::domain::PendingReason;
use bindery::sandbox::itglue::model::Configuration;
use serde_json::json;

#[track_caller]
fn nothing_doubled(stage: &Stage, organization: &str, count: usize) {
    let rows = stage.configurations(organization);
    assert_eq!(rows.len(), count, "{rows:#?}");
}

#[tokio::test]
async fn re_enrolled_while_the_old_one_lingers() {
    let stage = bound(6).await;
    stage.control().re_enrol_device("mac-002", true).unwrap();
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.pending, told.summary.counts.unchanged), (1, 6));
    untouched(&stage);
    // The old one is silent for two days: the new one takes its place.
    let old = stage.control().devices();
    let old = old.iter().filter(|device| device.serial == Some(serial(2)));
    let old = old.min_by_key(|device| device.last_online).unwrap().agent_id.clone();
    stage.control().silence_device(&old, 2 * 86_400).unwrap();
    stage.sync().await;
    assert!(inactive(&stage).is_empty());
    nothing_doubled(&stage, "Acme", 6);
    // And when the old one is deleted at last, nothing happens.
    stage.control().remove_device(&old).unwrap();
    stage.clear_counters();
    assert_eq!(stage.sync().await.summary.counts.unchanged, 6);
    untouched(&stage);
}

#[tokio::test]
async fn re_enrolled_for_another_client_while_the_old_one_lingers() {
    let stage = two_clients(6, 6).await;
    let control = stage.control();
    let new = control.re_enrol_device("mac-002", true).unwrap();
    control.move_device(&new, "Globex").unwrap();
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.inactivated, told.summary.counts.created), (0, 0));
    untouched(&stage);
    let reason = told.events.iter().find_map(|event| match event {
        bindery::apply::Event::Device(device) if device.device_id.as_str() == new => {
            device.pending.as_ref().map(|pending| pending.reason)
        }
        _ => None,
    });
    assert_eq!(reason, Some(PendingReason::DuplicateSerial));
}

#[tokio::test]
async fn re_enrolled_for_another_client_and_the_old_one_gone() {
    let stage = two_clients(6, 6).await;
    let control = stage.control();
    let new = control.re_enrol_device("mac-002", false).unwrap();
    control.move_device(&new, "Globex").unwrap();
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.inactivated, told.summary.counts.created), (1, 1));
    assert_eq!(inactive(&stage), [serial(2)]);
    nothing_doubled(&stage, "Acme", 6);
    nothing_doubled(&stage, "Globex", 7);
}

#[tokio::test]
async fn all_devices_re_enrolled_at_once() {
    let stage = bound(12).await;
    for at in 0..12 {
        stage.control().re_enrol_device(&format!("mac-{at:03}"), false).unwrap();
    }
    assert_eq!(stage.sync().await.summary.counts.unchanged, 12);
    untouched(&stage);
}

#[tokio::test]
async fn serial_numbers_swapped_between_two_devices() {
    let stage = bound(6).await;
    let control = stage.control();
    let ids = ["mac-001", "mac-002"].map(|name| control.device_id(name).unwrap());
    for (id, serial) in ids.iter().zip([serial(2), serial(1)]) {
        control.set_fact(id, "serial_number", json!(serial)).unwrap();
    }
    let told = stage.sync().await;
    for name in ["mac-001", "mac-002"] {
        let reason = told.device(name).pending.as_ref().unwrap().reason;
        assert_eq!(reason, PendingReason::IdentityConflict);
    }
    untouched(&stage);
}

#[tokio::test]
async fn a_new_logic_board() {
    let stage = bound(6).await;
    let before = stage.configuration(&serial(3));
    stage.control().set_fact("mac-003", "serial_number", json!("NEWBOARD0001")).unwrap();
    assert_eq!(stage.sync().await.summary.counts.updated, 1);
    let after = stage.configuration("NEWBOARD0001");
    assert_eq!((after.id, after.status_id), (before.id, before.status_id));
    nothing_doubled(&stage, "Acme", 6);
}

#[tokio::test]
async fn a_new_logic_board_whose_serial_number_has_a_record_already() {
    let stage = bound(6).await;
    let id = stage.control().organization_id("Acme").unwrap();
    let spare = Configuration {
        serial_number: Some("SPAREBOARD01".into()),
        status_id: Some(stage.active().get()),
        ..Configuration::new(id, "a spare part", stage.default_type().get())
    };
    stage.control().add_configuration(spare);
    stage.control().set_fact("mac-003", "serial_number", json!("SPAREBOARD01")).unwrap();
    let told = stage.sync().await;
    let pending = told.device("mac-003").pending.clone().unwrap();
    assert_eq!(pending.reason, PendingReason::IdentityConflict);
    untouched(&stage);
}

#[tokio::test]
async fn a_new_logic_board_that_came_from_a_device_that_left() {
    let stage = bound(12).await;
    // The board of mac-005, which is scrapped, is now in mac-003.
    stage.control().remove_device("mac-005").unwrap();
    stage.control().set_fact("mac-003", "serial_number", json!(serial(5))).unwrap();
    let told = stage.sync().await;
    // Its record carries the serial number of a device that is here: nobody's guess sets it inactive.
    assert_eq!(told.summary.counts.inactivated, 0);
    let pending = told.device("mac-003").pending.clone().unwrap();
    assert_eq!(pending.reason, PendingReason::IdentityConflict);
    untouched(&stage);
}

#[tokio::test]
async fn serial_numbers_that_are_lost_or_mere_placeholders() {
    for lost in [json!(""), json!("0"), json!("None"), json!("N/A"), json!(null)] {
        let stage = bound(6).await;
        stage.control().set_fact("mac-003", "serial_number", lost.clone()).unwrap();
        assert_eq!(stage.sync().await.summary.counts.unchanged, 6, "{lost}");
        untouched(&stage);
    }
}

#[tokio::test]
async fn all_serial_numbers_lost_at_once() {
    let stage = bound(12).await;
    for at in 0..12 {
        stage.control().drop_fact(&format!("mac-{at:03}"), "serial_number").unwrap();
    }
    stage.sync().await;
    untouched(&stage);
}

#[tokio::test]
async fn a_dock_that_travels() {
    let stage = bound(6).await;
    let control = stage.control();
    let docked = json!("A4:83:E7:00:00:01");
    control.set_fact("mac-004", "ethernet_mac_address", docked).unwrap();
    stage.sync().await;
    assert!(inactive(&stage).is_empty());
    nothing_doubled(&stage, "Acme", 6);
    for at in 0..6 {
        stage.configuration(&serial(at));
    }
}

#[tokio::test]
async fn one_machine_after_another_takes_the_same_name() {
    let stage = bound(6).await;
    stage.control().remove_device("mac-002").unwrap();
    let new = stage.add_device("Acme", 9);
    stage.control().rename_device(&new, "mac-002").unwrap();
    let counts = stage.sync().await.summary.counts;
    assert_eq!((counts.created, counts.inactivated), (1, 1));
    assert_eq!(inactive(&stage), [serial(2)]);
}
