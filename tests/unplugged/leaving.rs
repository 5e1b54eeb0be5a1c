//! Nothing is set inactive on the strength of a listing that is not whole, or only once.

use crate::support::{Stage, serial};
use bindery::apply::Request;
use bindery::domain::Outcome;
use bindery::sandbox::{Fault, FaultKind, Service, When};

fn inactive(stage: &Stage) -> Vec<String> {
    let inactive = Some(stage.inactive().get());
    let rows = stage.control().all_configurations();
    rows.into_iter()
        .filter(|row| row.status_id == inactive)
        .filter_map(|row| row.serial_number)
        .collect()
}

async fn bound(devices: usize) -> Stage {
    let stage = Stage::acme(devices).await;
    assert_eq!(stage.sync().await.summary.outcome, Outcome::Done);
    stage
}

#[tokio::test]
async fn devices_that_come_and_go_between_two_pages_make_nobody_else_leave() {
    for churn in ["leave:1", "leave:2", "join:1", "move:1", "move:2"] {
        let stage = bound(130).await;
        stage.control().add_policy("Elsewhere", None, "").unwrap();
        stage.control().set_switch(&format!("addigy-churn={churn}")).unwrap();
        for _ in 0..3 {
            // A listing that keeps changing may end a run; it never sets inactive what is there.
            let _ = stage.try_run(&Request::sync(None)).await;
            if !churn.starts_with("move") {
                assert_eq!(here_and_inactive(&stage), 0, "{churn}");
            }
        }
        // What moved to and fro may have been away in two sweeps running; then it is back now.
        stage.control().set_switch("addigy-churn=none").unwrap();
        stage.sync().await;
        assert_eq!(here_and_inactive(&stage), 0, "{churn}");
    }
}

fn here_and_inactive(stage: &Stage) -> usize {
    let gone = inactive(stage);
    let here = stage.control().devices_in("Acme").unwrap();
    here.iter().filter(|d| d.serial.as_ref().is_some_and(|s| gone.contains(s))).count()
}

#[tokio::test]
async fn what_only_the_first_sweep_missed_stays_active() {
    let stage = bound(10).await;
    let control = stage.control();
    let elsewhere = control.add_policy("Elsewhere", None, "").unwrap();
    control.move_device("mac-004", &elsewhere).unwrap();
    // The second sweep waits until the device is back.
    let sweep = Fault::new(FaultKind::Delay(When::Released)).at(Service::Addigy).path("devices");
    control.fault(sweep.skip(1));
    crate::scene::while_held(&stage, |control| control.move_device("mac-004", "Acme").unwrap());
    let told = stage.sync().await;
    assert_eq!(control.faults().left(), 0, "there was a second sweep");
    assert_eq!(told.summary.counts.inactivated, 0);
    assert!(inactive(&stage).is_empty());
    assert_eq!(stage.sync().await.summary.counts.unchanged, 10);
}

#[tokio::test]
async fn facts_that_can_not_be_read_make_nobody_leave() {
    for switch in [
        "addigy-facts=missing",
        "addigy-facts=null",
        "addigy-policy-ids=null",
        "addigy-policy-ids=missing",
    ] {
        let stage = bound(30).await;
        stage.control().set_switch(switch).unwrap();
        stage.clear_counters();
        let _ = stage.try_run(&Request::sync(None)).await;
        assert!(inactive(&stage).is_empty(), "{switch}");
    }
}

#[tokio::test]
async fn an_empty_account_makes_nobody_leave() {
    let stage = bound(3).await;
    stage.control().remove_devices("Acme", 3).unwrap();
    let error = stage.try_run(&Request::sync(None)).await.map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("no devices at all"), "{error}");
    assert!(inactive(&stage).is_empty());
}

#[tokio::test]
async fn an_inactivation_without_an_answer_is_done_once_and_for_good() {
    let stage = bound(10).await;
    stage.control().remove_device("mac-004").unwrap();
    stage.control().fault(crate::scene::update_fault(FaultKind::ActThenDrop).times(4));
    let told = stage.sync().await;
    assert_eq!(told.summary.outcome, Outcome::Pending);
    assert_eq!(inactive(&stage), [serial(4)]);
    stage.sync().await;
    crate::scene::nothing_open(&stage);
    crate::scene::comes_to_rest(&stage).await;
    assert_eq!(inactive(&stage), [serial(4)]);
}
