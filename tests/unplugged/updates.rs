//! Updates without a clear answer, partly carried out or refused.

use crate::scene::{
    all_is_well, cancel_when, comes_to_rest, names_hostname, nothing_open, update_fault, while_held,
};
use crate::support::{Stage, serial};
use bindery::apply::Event;
use bindery::domain::{DeviceState, Outcome, PendingReason, Value};
use bindery::sandbox::addigy::model::Device;
use bindery::sandbox::itglue::model::Configuration;
use bindery::sandbox::{Fault, FaultKind, Service};
use tokio_util::sync::CancellationToken;

/// Devices bound and then renamed, all of them or the first few.
async fn renamed(devices: usize, renamed: usize, switches: &[&str]) -> Stage {
    let stage = Stage::acme_with(devices, switches).await;
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    for at in 0..renamed {
        stage.control().rename_device(&format!("mac-{at:03}"), &format!("new-{at:03}")).unwrap();
    }
    stage.clear_counters();
    stage
}

#[tokio::test]
async fn a_batch_without_an_answer_is_sent_again_and_told_once() {
    let stage = renamed(8, 8, &[]).await;
    // All attempts of the whole batch, so that it is halved.
    stage.control().fault(update_fault(FaultKind::ActThenDrop).times(4));
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Done);
    assert_eq!(told.summary.counts.updated, 8);
    nothing_open(&stage);
    let changes = stage.store.changes_of(told.summary.run.unwrap()).unwrap();
    assert_eq!(changes.len(), 8, "{changes:#?}");
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn what_a_refused_batch_did_all_the_same_is_in_the_history_even_if_cancelled_then() {
    let mut stage = renamed(6, 6, &[]).await;
    // Carried out and refused all the same, and cancelled before the halves are sent.
    stage.control().fault(update_fault(FaultKind::ActThenStatus { status: 422 }));
    let cancel = stage.cancel.clone();
    while_held(&stage, move |_| cancel.cancel());
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Cancelled);
    assert_eq!(stage.writes(), 1);
    let run = told.summary.run.unwrap();
    stage.cancel = CancellationToken::new();
    stage.sync().await;
    nothing_open(&stage);
    let changes = stage.store.changes_of(run).unwrap();
    for at in 0..6 {
        let to = Value::Text(format!("new-{at:03}"));
        assert!(changes.iter().any(|change| change.to == to), "{changes:#?}");
    }
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn an_update_that_may_have_happened_is_not_told_as_unsent_when_cancelled() {
    let mut stage = renamed(1, 1, &[]).await;
    stage.control().fault(update_fault(FaultKind::ActThenDrop));
    let blocked = FaultKind::Status { status: 429, body: None, retry_after: Some("5".into()) };
    stage.control().fault(update_fault(blocked));
    let requests = |control: &bindery::sandbox::Control| control.traffic().itglue_writes();
    let cancel = stage.cancel.clone();
    let control = stage.control();
    let watch = tokio::spawn(async move {
        while requests(&control) < 2 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    });
    let told = stage.sync().await;
    watch.await.unwrap();
    assert_eq!(told.summary.outcome, Outcome::Cancelled);
    let run = told.summary.run.unwrap();
    stage.cancel = CancellationToken::new();
    stage.sync().await;
    nothing_open(&stage);
    assert_eq!(stage.store.changes_of(run).unwrap().len(), 1);
}

#[tokio::test]
async fn partly_refused_batches_are_halved_until_the_item_at_fault_stands_alone() {
    for partly in ["all-refused", "earlier-done", "good-done"] {
        for dialect in 0..3 {
            let stage = renamed(9, 9, &[&format!("itglue-bad-item={partly}")]).await;
            // A record that a PSA has taken over since the listing makes its item bad.
            let id = stage.configuration(&serial(5)).id;
            stage.control().fault(update_fault(FaultKind::Delay(bindery::sandbox::When::Released)));
            stage
                .control()
                .set_switch(
                    [
                        "itglue-error-dialect=first",
                        "itglue-error-dialect=second",
                        "itglue-error-dialect=third",
                    ][dialect],
                )
                .unwrap();
            while_held(&stage, move |control| {
                let taken = |c: &mut Configuration| c.psa_integration = Some("enabled".into());
                control.change_configuration(id, taken).unwrap();
            });
            let told = stage.sync().await;
            let case = format!("{partly} {dialect}: {:#?}", told.events);
            assert_eq!(told.summary.counts.updated, 8, "{case}");
            for at in (0..9).filter(|at| *at != 5) {
                assert_eq!(stage.configuration(&serial(at)).name, format!("new-{at:03}"), "{case}");
            }
            stage.sync().await;
            nothing_open(&stage);
            comes_to_rest(&stage).await;
        }
    }
}

#[tokio::test]
async fn records_of_a_psa_in_both_modes_beside_others() {
    for mode in ["refused", "two-way"] {
        let stage = renamed(9, 0, &[&format!("itglue-psa-writes={mode}")]).await;
        for at in 0..4 {
            let id = stage.configuration(&serial(at)).id;
            let taken = |c: &mut Configuration| c.psa_integration = Some("enabled".into());
            stage.control().change_configuration(id, taken).unwrap();
        }
        for at in 0..9 {
            stage
                .control()
                .rename_device(&format!("mac-{at:03}"), &format!("new-{at:03}"))
                .unwrap();
        }
        let told = stage.sync().await;
        assert_eq!(told.summary.outcome, Outcome::Done, "{mode}");
        let kept =
            (0..9).filter(|at| stage.configuration(&serial(*at)).name.starts_with("mac")).count();
        assert_eq!(kept, if mode == "refused" { 4 } else { 0 }, "{mode}");
        nothing_open(&stage);
        comes_to_rest(&stage).await;
        all_is_well(&stage, 9);
    }
}

#[tokio::test]
async fn a_field_refused_by_name_is_dropped_and_the_others_kept() {
    for dialect in 0..3 {
        let stage = renamed(1, 1, &[]).await;
        let odd = |device: &mut Device| device.hostname = Some("odd".into());
        stage.control().change_device("new-000", odd).unwrap();
        stage.control().fault(update_fault(names_hostname(dialect)));
        let told = stage.sync().await;
        assert_eq!(told.summary.outcome, Outcome::Done, "{dialect}: {:#?}", told.events);
        let kept = stage.configuration(&serial(0));
        assert_eq!(kept.name, "new-000", "{dialect}");
        assert_eq!(kept.hostname.as_deref(), Some("mac-000-host"));
        comes_to_rest(&stage).await;
        nothing_open(&stage);
    }
}

#[tokio::test]
async fn a_limit_that_never_opens_again_is_no_items_fault() {
    let stage = renamed(4, 4, &[]).await;
    stage.control().fault(
        update_fault(FaultKind::Status { status: 429, body: None, retry_after: None }).times(1000),
    );
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Pending);
    let pending = told.device("new-002").pending.clone().unwrap();
    assert_eq!(pending.reason, PendingReason::RateLimited, "{pending:?}");
    assert!(stage.writes() <= 31, "{} requests into a closed door", stage.writes());
    stage.control().faults().clear();
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    nothing_open(&stage);
}

#[tokio::test]
async fn a_key_revoked_in_the_middle_stops_the_run_with_its_own_words() {
    let stage = renamed(120, 120, &[]).await;
    let revoked = FaultKind::Status { status: 401, body: None, retry_after: None };
    stage
        .control()
        .fault(Fault::new(revoked).at(Service::ItGlue).method("PATCH").skip(1).times(99));
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Failed);
    assert!(
        told.summary.problems.iter().any(|p| p.contains("90 days")),
        "{:?}",
        told.summary.problems
    );
    assert!(stage.writes() <= 3, "{}", stage.writes());
    let pending = told.summary.counts.pending;
    assert_eq!(pending + told.summary.counts.updated, 120);
    stage.control().faults().clear();
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    nothing_open(&stage);
    comes_to_rest(&stage).await;
}

#[tokio::test]
async fn slow_lists_are_read_in_smaller_pages_whatever_way_they_fail() {
    for (way, statuses) in
        [("json-timeout", &["504", "500", "503"][..]), ("html-504", &["504"]), ("cut", &["504"])]
    {
        for status in statuses {
            let stage = renamed(260, 0, &[]).await;
            for switch in [
                format!("itglue-slow-list={way}"),
                "itglue-slow-list-from=200".into(),
                format!("itglue-slow-list-status={status}"),
            ] {
                stage.control().set_switch(&switch).unwrap();
            }
            let told = stage.sync().await;
            assert_eq!(told.summary.counts.unchanged, 260, "{way} {status}");
            assert_eq!(stage.writes(), 0);
            all_is_well(&stage, 260);
        }
    }
}

#[tokio::test]
async fn cancelled_between_batches_the_next_run_goes_on() {
    let mut stage = renamed(120, 120, &[]).await;
    let told = cancel_when(
        &mut stage,
        |event, _| matches!(event, Event::Device(device) if device.state == DeviceState::Linked),
    )
    .await
    .unwrap();
    assert_eq!(told.summary.outcome, Outcome::Cancelled);
    nothing_open(&stage);
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    comes_to_rest(&stage).await;
    all_is_well(&stage, 120);
}
