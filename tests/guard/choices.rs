//! Statuses and types that are deleted or renamed under our feet.

use crate::scene::*;
use crate::support::{Stage, serial};
use bindery::apply::Request;
use bindery::domain::{Outcome, PendingReason};
use bindery::sandbox::{Control, Fault, Service};

fn delete_status(control: &Control, id: i64) {
    control.itglue().account.lock().unwrap().statuses.remove(&id);
}

fn delete_type(control: &Control, id: i64) {
    control.itglue().account.lock().unwrap().types.remove(&id);
}

fn held(method: &str) -> Fault {
    Fault::new(HELD).at(Service::ItGlue).method(method)
}

/// Twenty bound, one of them gone.
async fn one_left() -> Stage {
    let stage = bound(20).await;
    stage.control().remove_device("mac-004").unwrap();
    stage
}

#[tokio::test]
async fn the_inactive_status_deleted_before_the_run() {
    let stage = one_left().await;
    delete_status(&stage.control(), stage.inactive().get());
    let why = refused(stage.try_run(&Request::sync(None)).await);
    assert!(why.contains("configuration status") && why.contains("bindery setup"), "{why}");
    untouched(&stage);
}

#[tokio::test]
async fn the_inactive_status_deleted_in_the_middle_of_the_run() {
    let stage = one_left().await;
    let before = stage.configuration(&serial(4));
    let id = stage.inactive().get();
    while_held(&stage, held("PATCH"), move |control| delete_status(control, id));
    let told = stage.sync().await;
    assert_eq!((told.summary.outcome, told.summary.counts.inactivated), (Outcome::Pending, 0));
    assert_eq!(stage.configuration(&serial(4)), before);
    let bindings = stage.store.bindings().unwrap();
    assert_eq!(bindings.iter().filter(|binding| binding.is_bound()).count(), 20, "it stays due");
    refused(stage.try_run(&Request::sync(None)).await);
}

#[tokio::test]
async fn the_active_status_deleted_in_the_middle_of_creates() {
    let stage = Stage::acme(3).await;
    let id = stage.active().get();
    while_held(&stage, held("POST"), move |control| delete_status(control, id));
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.created, told.summary.counts.pending), (0, 3));
    assert_eq!(
        told.device("mac-000").pending.as_ref().unwrap().reason,
        PendingReason::RejectedByItglue
    );
    assert!(stage.configurations("Acme").is_empty(), "none without a status");
}

#[tokio::test]
async fn the_type_deleted_in_the_middle_of_creates() {
    let stage = Stage::acme(3).await;
    let id = stage.default_type().get();
    while_held(&stage, held("POST"), move |control| delete_type(control, id));
    let told = stage.sync().await;
    assert_eq!((told.summary.counts.created, told.summary.counts.pending), (0, 3));
    assert!(stage.configurations("Acme").is_empty(), "none of another type");
}

#[tokio::test]
async fn a_status_deleted_that_nothing_needs_now() {
    let stage = bound(6).await;
    delete_status(&stage.control(), stage.inactive().get());
    stage.control().rename_device("mac-001", "renamed").unwrap();
    assert_eq!(stage.sync().await.summary.counts.updated, 1);
}

#[tokio::test]
async fn statuses_renamed() {
    let stage = bound(6).await;
    let control = stage.control();
    for status in control.itglue().account.lock().unwrap().statuses.values_mut() {
        status.name = format!("was {}", status.name);
    }
    assert_eq!(stage.sync().await.summary.counts.unchanged, 6);
    untouched(&stage);
}

#[tokio::test]
async fn every_record_put_to_another_status_by_somebody() {
    let stage = bound(12).await;
    let control = stage.control();
    let inactive_id = stage.inactive().get();
    for row in stage.configurations("Acme") {
        control.change_configuration(row.id, |row| row.status_id = Some(inactive_id)).unwrap();
    }
    assert_eq!(stage.sync().await.summary.counts.unchanged, 12);
    untouched(&stage);
}
