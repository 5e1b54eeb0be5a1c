//! Creates without a clear answer, or partly carried out.

use crate::scene::{
    all_is_well, cancel_when, comes_to_rest, create_fault, kill_engine_when, kill_when,
    names_hostname, nothing_open, sync_with, while_held,
};
use crate::support::{Stage, serial};
use bindery::apply::Event;
use bindery::domain::{Outcome, PendingReason};
use bindery::sandbox::control::NewDevice;
use bindery::sandbox::{FaultKind, When};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

fn mac_only(stage: &Stage, name: &str, last: u8) {
    let new = NewDevice {
        name: Some(name.into()),
        mac: Some(format!("a4:83:e7:99:00:{last:02x}")),
        serial: Some(String::new()),
        ..NewDevice::default()
    };
    stage.control().add_device("Acme", new).unwrap();
}

#[tokio::test]
async fn lost_answers_are_looked_up_before_anything_is_created_again() {
    for every in ["1", "2", "3"] {
        let stage = Stage::acme(120).await;
        stage.control().set_switch(&format!("itglue-lost-create-every={every}")).unwrap();
        let told = stage.sync().await;
        assert_eq!(told.summary.outcome, Outcome::Done, "{every}: {:?}", told.summary);
        all_is_well(&stage, 120);
        comes_to_rest(&stage).await;
    }
}

#[tokio::test]
async fn a_create_that_acts_after_its_line_was_cut_is_waited_for() {
    let mut stage = Stage::acme(3).await;
    stage.settle = SignedDuration::from_millis(400);
    stage.control().fault(create_fault(FaultKind::DropThenAct(When::Released)));
    let told = sync_with(&stage, |event, control| {
        if matches!(event, Event::Settling { .. }) {
            control.faults().release();
        }
    });
    assert_eq!(told.await.unwrap().summary.outcome, Outcome::Done);
    all_is_well(&stage, 3);
    assert_eq!(stage.control().traffic().itglue_writes(), 1);
}

#[tokio::test]
async fn the_next_run_settles_what_was_killed_before_or_after_it_was_carried_out() {
    for kind in [FaultKind::Delay(When::Released), FaultKind::ActThenDrop] {
        let acts = matches!(kind, FaultKind::ActThenDrop);
        let mut stage = Stage::acme(3).await;
        stage.settle = SignedDuration::from_secs(600); // Never reached: the first run dies in its wait.
        stage.control().fault(create_fault(kind));
        let store = stage.store.clone();
        kill_when(&stage, |control| {
            control.traffic().itglue_writes() == 1
                && (!acts || control.all_configurations().len() == 3)
                && store.open_intents().unwrap().len() == 3
        })
        .await;
        assert_eq!(stage.store.open_intents().unwrap().len(), 3);
        stage.settle = SignedDuration::from_millis(50);
        let told = stage.sync().await;
        assert_eq!(told.summary.outcome, Outcome::Done);
        all_is_well(&stage, 3);
        stage.control().faults().release();
        comes_to_rest(&stage).await;
        all_is_well(&stage, 3);
    }
}

#[tokio::test]
async fn what_left_meanwhile_is_neither_forgotten_nor_doubled() {
    let mut stage = Stage::acme(10).await;
    stage.settle = SignedDuration::from_secs(600);
    stage.control().fault(create_fault(FaultKind::ActThenDrop));
    kill_when(&stage, |control| control.all_configurations().len() == 10).await;
    stage.control().remove_device("mac-004").unwrap();
    stage.settle = SignedDuration::ZERO;
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.inactivated, 1, "{:?}", told.summary);
    assert_eq!(stage.configurations("Acme").len(), 10);
    assert_eq!(stage.configuration(&serial(4)).status_id, Some(stage.inactive().get()));
    nothing_open(&stage);
}

#[tokio::test]
async fn a_lost_create_of_a_policy_unlinked_since_is_settled_and_left_as_it_is() {
    let mut stage = Stage::acme(3).await;
    stage.settle = SignedDuration::from_secs(600);
    stage.control().fault(create_fault(FaultKind::ActThenDrop));
    kill_when(&stage, |control| control.all_configurations().len() == 3).await;
    let policy = bindery::domain::PolicyId::new(stage.control().policy_id("Acme").unwrap());
    stage.store.remove_link(&policy, "test", Timestamp::now()).unwrap();
    stage.settle = SignedDuration::ZERO;
    stage.clear_counters();
    stage.sync().await;
    nothing_open(&stage);
    assert_eq!(stage.writes(), 0);
    stage.link(policy.as_str(), "Acme");
    stage.sync().await;
    all_is_well(&stage, 3);
}

#[tokio::test]
async fn without_a_serial_number_the_mac_address_finds_a_lost_create() {
    let stage = Stage::acme(0).await;
    mac_only(&stage, "dock-less", 1);
    mac_only(&stage, "dock-less", 2);
    stage.control().fault(create_fault(FaultKind::ActThenDrop));
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done, "{:#?}", told.events);
    assert_eq!(stage.configurations("Acme").len(), 2);
    nothing_open(&stage);
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn what_identifies_a_record_is_never_dropped_from_its_creation() {
    let stage = Stage::acme(0).await;
    mac_only(&stage, "dock-less", 1);
    let body = r#"{"errors":[{"title":"mac_address is odd","source":{"pointer":"data/attributes/mac_address"}}]}"#;
    let kind = FaultKind::Status { status: 422, body: Some(body.into()), retry_after: None };
    stage.control().fault(create_fault(kind));
    let told = stage.sync().await;
    assert_eq!(
        told.device("dock-less").pending.as_ref().unwrap().reason,
        PendingReason::RejectedByItglue
    );
    assert_eq!(stage.configurations("Acme").len(), 0);
    nothing_open(&stage);
}

#[tokio::test]
async fn devices_of_one_name_keep_their_own_records_in_a_shuffled_answer() {
    let stage = Stage::acme_with(30, &["itglue-bulk-create=shuffled"]).await;
    for at in 0..30 {
        stage.control().rename_device(&format!("mac-{at:03}"), "MacBook").unwrap();
    }
    mac_only(&stage, "MacBook", 1);
    mac_only(&stage, "MacBook", 2);
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done, "{:?}", told.summary);
    assert_eq!(stage.configurations("Acme").len(), 32);
    for binding in stage.store.bindings().unwrap() {
        let devices = stage.control().devices();
        let device = devices.iter().find(|d| d.agent_id == binding.device_id.as_str()).unwrap();
        let made = stage.control().configuration(binding.configuration_id.get()).unwrap();
        let mac = device.ethernet_mac.clone().map(|mac| mac.to_uppercase());
        assert_eq!(made.mac_address, mac, "bound to another's record");
    }
    comes_to_rest(&stage).await;
    nothing_open(&stage);
}

/// A type that vanishes while the create is under way makes one item bad.
#[tokio::test]
async fn a_batch_partly_carried_out_is_never_carried_out_twice() {
    for partly in ["all-refused", "earlier-done", "good-done"] {
        for dialect in ["first", "second", "third", "html"] {
            let bad = format!("itglue-bad-item={partly}");
            let words = format!("itglue-error-dialect={dialect}");
            let stage = Stage::acme_with(7, &[&bad, &words]).await;
            let control = stage.control();
            control.set_fact("mac-004", "device_model_name", "iPad Pro".into()).unwrap();
            control.fault(create_fault(FaultKind::Delay(When::Released)));
            let taken = Arc::new(std::sync::Mutex::new(None));
            let kept = Arc::clone(&taken);
            while_held(&stage, move |control| {
                let mut account = control.itglue().account.lock().unwrap();
                let ipad = account.types.values().find(|kind| kind.name.contains("iPad"));
                let ipad = ipad.cloned().unwrap();
                account.types.remove(&ipad.id);
                *kept.lock().unwrap() = Some(ipad);
            });
            let told = stage.sync().await;
            let case = format!("{partly} {dialect}: {:?}", told.summary);
            assert_eq!(told.summary.outcome, Outcome::Pending, "{case}");
            assert_eq!(
                (told.summary.counts.created, told.summary.counts.pending),
                (6, 1),
                "{case}"
            );
            assert_eq!(stage.configurations("Acme").len(), 6, "{case}");
            let pending = told.device("mac-004").pending.clone().unwrap();
            assert_eq!(pending.reason, PendingReason::RejectedByItglue, "{case}");
            nothing_open(&stage);
            let ipad = taken.lock().unwrap().take().expect("the sandbox has a type for iPads");
            control.itglue().account.lock().unwrap().types.insert(ipad.id, ipad);
            let told = stage.sync().await;
            assert_eq!(told.summary.outcome, Outcome::Done, "{case}");
            all_is_well(&stage, 7);
            comes_to_rest(&stage).await;
        }
    }
}

#[tokio::test]
async fn lists_that_lag_behind_double_nothing_within_the_settling_time() {
    let mut stage = Stage::acme_with(4, &["itglue-stale-list-seconds=30"]).await;
    stage.settle = SignedDuration::from_secs(600);
    stage.control().fault(create_fault(FaultKind::ActThenDrop));
    kill_when(&stage, |control| control.all_configurations().len() == 4).await;
    // Too young to be told by a list that does not show it.
    let waits = |event: &Event, _: &_| matches!(event, Event::Settling { .. });
    cancel_when(&mut stage, waits).await.unwrap();
    assert_eq!(stage.configurations("Acme").len(), 4);
    stage.control().clock().advance(31);
    stage.settle = SignedDuration::ZERO;
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    all_is_well(&stage, 4);
}

#[tokio::test]
async fn a_record_just_made_that_lists_do_not_show_yet_stays_bound() {
    let stage = Stage::acme_with(3, &["itglue-stale-list-seconds=30"]).await;
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    stage.clear_counters();
    let told = stage.sync().await;
    assert_eq!(told.summary.counts.unchanged, 3, "{:#?}", told.events);
    assert_eq!(stage.writes(), 0);
    all_is_well(&stage, 3);
}

#[tokio::test]
async fn smaller_batches_than_ours_are_found_out_and_prove_nothing_else() {
    for over in ["413", "422"] {
        let over = format!("itglue-bulk-over={over}");
        let stage = Stage::acme_with(23, &["itglue-bulk-size=6", &over]).await;
        assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
        all_is_well(&stage, 23);
        assert_eq!(stage.store.capability("create_is_atomic").unwrap(), None);
    }
}

#[tokio::test]
async fn bulk_creates_refused_as_such_become_single_ones() {
    for dialect in ["first", "second", "third", "html"] {
        let words = format!("itglue-error-dialect={dialect}");
        let stage = Stage::acme_with(5, &["itglue-bulk-create=refused", &words]).await;
        assert_eq!(stage.sync().await.summary.outcome, Outcome::Done, "{dialect}");
        all_is_well(&stage, 5);
    }
}

#[tokio::test]
async fn a_field_refused_by_name_is_dropped_in_every_dialect() {
    for dialect in 0..3 {
        let stage = Stage::acme(1).await;
        stage.control().fault(create_fault(names_hostname(dialect)));
        let told = stage.sync().await;
        assert_eq!(told.summary.outcome, Outcome::Done, "{dialect}: {:#?}", told.events);
        assert!(told.device("mac-000").message.contains("hostname"), "{dialect}");
        let made = stage.configuration(&serial(0));
        assert_eq!(made.hostname, None);
        assert_eq!(made.primary_ip.as_deref(), Some("10.1.0.1"));
        comes_to_rest(&stage).await;
        all_is_well(&stage, 1);
    }
}

#[tokio::test]
async fn only_an_item_that_was_not_itself_at_fault_proves_that_refused_batches_create_nothing() {
    let atomic = async |refusals: u32| {
        let stage = Stage::acme(2).await;
        stage.control().fault(create_fault(names_hostname(0)).times(refusals));
        assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
        all_is_well(&stage, 2);
        stage.store.capability("create_is_atomic").unwrap()
    };
    assert_eq!(atomic(1).await.as_deref(), Some("yes"));
    // Refused in the batch, and again alone: the first was the one at fault, or both were.
    assert_eq!(atomic(3).await, None);
}

#[tokio::test]
async fn a_clock_set_back_makes_a_lost_create_wait_no_longer_than_the_settling_time() {
    let mut stage = Stage::acme(2).await;
    stage.control().fault(create_fault(FaultKind::Delay(When::Released)));
    let (mut engine, receiver) = stage.engine();
    engine.clock = Arc::new(|| Timestamp::now() + SignedDuration::from_hours(1));
    let store = stage.store.clone();
    kill_engine_when(&stage, (engine, receiver), |_| store.open_intents().unwrap().len() == 2)
        .await;
    assert!(stage.store.open_intents().unwrap()[0].attempted_at > Timestamp::now());
    stage.settle = SignedDuration::from_millis(20);
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    all_is_well(&stage, 2);
}
