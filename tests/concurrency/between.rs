//! The organization is changed by somebody else between the reading and the write.

use crate::desk::pause;
use crate::support::{Stage, Told, serial};
use bindery::apply::Request;
use bindery::domain::{Outcome, PendingReason};
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Control, Fault, FaultKind, Service, When};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Acme with bound devices, and Globex beside it.
async fn bound(devices: usize) -> Stage {
    let stage = Stage::acme(devices).await;
    stage.control().add_organization("Globex");
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    stage
}

/// Syncs with a clock that makes every listing old, so that each write looks once more; before the
/// request that `fault` holds is answered, somebody does this.
async fn meanwhile(
    stage: &Stage,
    fault: Fault,
    act: impl FnOnce(&Control) + Send + 'static,
) -> Told {
    let (mut engine, mut receiver) = stage.engine();
    engine.clock = Arc::new(|| Timestamp::now() + SignedDuration::from_secs(61));
    stage.control().fault(fault);
    let control = stage.control();
    let hand = tokio::spawn(async move {
        while control.faults().left() > 0 {
            pause().await;
        }
        act(&control);
        control.faults().release();
    });
    let listener = tokio::spawn(async move {
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            events.push(event);
        }
        events
    });
    let summary = engine.sync(&Request::sync(None)).await.unwrap();
    drop(engine);
    assert_eq!(stage.control().faults().left(), 0, "no request was held");
    hand.await.unwrap();
    Told { summary, events: listener.await.unwrap() }
}

fn held(method: &str) -> Fault {
    Fault::new(FaultKind::Delay(When::Released)).at(Service::ItGlue).method(method)
}

/// The look at records that are about to be changed.
fn look() -> Fault {
    held("GET").path("configurations?sort=id&filter%5Bid%5D")
}

/// The look for serial numbers that are about to be created.
fn look_for_serials() -> Fault {
    held("GET").path("filter%5Bserial_number%5D")
}

#[track_caller]
fn once_each(stage: &Stage, organization: &str, serials: &[String]) {
    let mut found: Vec<_> = stage
        .configurations(organization)
        .into_iter()
        .filter_map(|row| row.serial_number)
        .collect();
    found.sort();
    assert_eq!(found, serials);
}

async fn comes_to_rest(stage: &Stage) {
    stage.clear_counters();
    stage.sync().await;
    assert_eq!(stage.writes(), 0);
}

#[tokio::test]
async fn one_created_by_hand_with_the_same_serial_number_is_taken_not_doubled() {
    let stage = Stage::acme(3).await;
    let (kind, active) = (stage.default_type().get(), stage.active().get());
    let told = meanwhile(&stage, look_for_serials(), move |control| {
        let id = control.organization_id("Acme").unwrap();
        let mut theirs = Configuration::new(id, "by hand", kind);
        theirs.serial_number = Some(serial(1));
        theirs.notes = Some("bought in May".into());
        control.add_configuration(theirs);
    })
    .await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    assert_eq!((told.summary.counts.created, told.summary.counts.activated), (2, 1));
    once_each(&stage, "Acme", &[serial(0), serial(1), serial(2)]);
    let theirs = stage.configuration(&serial(1));
    assert_eq!((theirs.name.as_str(), theirs.status_id), ("mac-001", Some(active)));
    assert_eq!(theirs.notes.as_deref(), Some("bought in May"));
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn an_edit_of_another_field_survives_whenever_it_comes() {
    for at in [look(), held("PATCH")] {
        let stage = bound(3).await;
        stage.control().rename_device("mac-001", "renamed").unwrap();
        let id = stage.configuration(&serial(1)).id;
        meanwhile(&stage, at, move |control| {
            let edit = |row: &mut Configuration| {
                row.notes = Some("a person's".into());
                row.asset_tag = Some("A-17".into());
            };
            control.change_configuration(id, edit).unwrap();
        })
        .await;
        let row = stage.configuration(&serial(1));
        assert_eq!(row.name, "renamed");
        assert_eq!(
            (row.notes.as_deref(), row.asset_tag.as_deref()),
            (Some("a person's"), Some("A-17"))
        );
        comes_to_rest(&stage).await;
    }
}

#[tokio::test]
async fn a_status_or_an_archiving_chosen_meanwhile_stays_the_persons() {
    let stage = bound(3).await;
    stage.control().rename_device("mac-001", "renamed").unwrap();
    let (id, inactive) = (stage.configuration(&serial(1)).id, stage.inactive().get());
    meanwhile(&stage, look(), move |control| {
        let edit = |row: &mut Configuration| {
            row.status_id = Some(inactive);
            row.archived = true;
        };
        control.change_configuration(id, edit).unwrap();
    })
    .await;
    let row = stage.configuration(&serial(1));
    assert_eq!((row.name.as_str(), row.status_id, row.archived), ("renamed", Some(inactive), true));
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn one_deleted_meanwhile_is_made_again_once() {
    let stage = bound(3).await;
    stage.control().rename_device("mac-001", "renamed").unwrap();
    let id = stage.configuration(&serial(1)).id;
    let told = meanwhile(&stage, look(), move |control| {
        control.remove_configuration(id).unwrap();
    })
    .await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    once_each(&stage, "Acme", &[serial(0), serial(1), serial(2)]);
    assert_eq!(stage.configuration(&serial(1)).name, "renamed");
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn one_deleted_as_it_is_written_to_is_made_again_once() {
    let stage = bound(3).await;
    stage.control().rename_device("mac-001", "renamed").unwrap();
    let id = stage.configuration(&serial(1)).id;
    let told = meanwhile(&stage, held("PATCH"), move |control| {
        control.remove_configuration(id).unwrap();
    })
    .await;
    assert_eq!(told.summary.outcome, Outcome::Done, "{:#?}", told.summary);
    once_each(&stage, "Acme", &[serial(0), serial(1), serial(2)]);
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn one_moved_to_another_client_is_left_alone_there() {
    let stage = bound(3).await;
    stage.control().rename_device("mac-001", "renamed").unwrap();
    let id = stage.configuration(&serial(1)).id;
    meanwhile(&stage, look(), move |control| {
        let globex = control.organization_id("Globex").unwrap();
        control.change_configuration(id, |row| row.organization_id = globex).unwrap();
    })
    .await;
    assert_eq!(stage.control().configuration(id).unwrap().name, "mac-001", "theirs now");
    once_each(&stage, "Acme", &[serial(0), serial(1), serial(2)]);
    comes_to_rest(&stage).await;
}

/// Between the last look and the write no one can help it: IT Glue takes the write. It is not taken for
/// ours from then on, and the history tells of it.
#[tokio::test]
async fn one_moved_to_another_client_as_it_is_written_to_is_not_kept_as_ours() {
    let stage = bound(3).await;
    stage.control().rename_device("mac-001", "renamed").unwrap();
    let id = stage.configuration(&serial(1)).id;
    let told = meanwhile(&stage, held("PATCH"), move |control| {
        let globex = control.organization_id("Globex").unwrap();
        control.change_configuration(id, |row| row.organization_id = globex).unwrap();
    })
    .await;
    let changes = stage.store.changes_of(told.summary.run.unwrap()).unwrap();
    let foreign = changes.iter().any(|change| change.configuration_id.get() == id);
    assert!(foreign, "{changes:#?}");
    let bindings = stage.store.bindings().unwrap();
    let holders =
        bindings.iter().filter(|b| b.is_bound() && b.configuration_id.get() == id).count();
    assert_eq!(holders, 0);
    once_each(&stage, "Acme", &[serial(0), serial(1), serial(2)]);
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn one_that_left_and_was_given_to_a_device_that_is_here_is_not_set_inactive() {
    let stage = bound(10).await;
    stage.control().remove_device("mac-004").unwrap();
    let id = stage.configuration(&serial(4)).id;
    let told = meanwhile(&stage, look(), move |control| {
        // The machine got another's serial number, and the other's record was thrown away.
        let other = control.all_configurations();
        let other = other.iter().find(|row| row.serial_number == Some(serial(5))).unwrap().id;
        control.remove_configuration(other).unwrap();
        control.change_configuration(id, |row| row.serial_number = Some(serial(5))).unwrap();
    })
    .await;
    assert_eq!(told.summary.counts.inactivated, 0, "{:#?}", told.summary);
    stage.sync().await;
    let row = stage.control().configuration(id).unwrap();
    assert_eq!(row.status_id, Some(stage.active().get()));
    assert_eq!(stage.configuration(&serial(5)).id, id, "not doubled");
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn one_that_left_and_was_edited_meanwhile_is_planned_anew_and_keeps_the_edit() {
    let stage = bound(10).await;
    stage.control().remove_device("mac-004").unwrap();
    let id = stage.configuration(&serial(4)).id;
    let told = meanwhile(&stage, look(), move |control| {
        control.change_configuration(id, |row| row.notes = Some("in repair".into())).unwrap();
    })
    .await;
    assert_eq!(told.summary.counts.inactivated, 1);
    let row = stage.control().configuration(id).unwrap();
    assert_eq!(
        (row.status_id, row.notes.as_deref()),
        (Some(stage.inactive().get()), Some("in repair"))
    );
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn an_organization_deleted_as_it_is_written_to_leaves_its_devices_pending() {
    let stage = Stage::acme(2).await;
    let told = meanwhile(&stage, held("POST"), |control| {
        control.remove_organization("Acme").unwrap();
    })
    .await;
    assert_eq!(told.summary.outcome, Outcome::Pending);
    let reason = told.device("mac-000").pending.as_ref().unwrap().reason;
    assert_eq!(reason, PendingReason::OrganizationMissing);
    assert!(stage.control().all_configurations().is_empty());
}

#[tokio::test]
async fn one_edited_again_and_again_ends_pending_and_loses_no_edit() {
    let stage = bound(3).await;
    stage.control().rename_device("mac-001", "renamed").unwrap();
    let id = stage.configuration(&serial(1)).id;
    let control = stage.control();
    // Someone types while we work: each look finds the record changed since the listing.
    let typist = tokio::spawn(async move {
        for letter in 0.. {
            let edit = |row: &mut Configuration| row.notes = Some(format!("letter {letter}"));
            control.change_configuration(id, edit).unwrap();
            pause().await;
        }
    });
    let told = meanwhile(&stage, look(), |_| {}).await;
    typist.abort();
    let row = stage.configuration(&serial(1));
    assert!(row.notes.is_some());
    match told.summary.outcome {
        Outcome::Done => assert_eq!(row.name, "renamed"),
        Outcome::Pending => assert_eq!(row.name, "mac-001"),
        other => panic!("{other:?}"),
    }
    stage.sync().await;
    assert_eq!(stage.configuration(&serial(1)).name, "renamed");
}
