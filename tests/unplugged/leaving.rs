//! Nothing is set inactive on the strength of a listing that is not whole, or only once.

use crate::support::{Stage, serial};
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
            let _ = stage.try_run(&bindery::apply::Request::sync(None)).await;
            let here = stage.control().devices_in("Acme").unwrap();
            let here: Vec<_> = here.iter().map(|device| device.name.clone()).collect();
            for gone in inactive(&stage) {
                let at = gone.trim_start_matches("SERIAL0").trim_start_matches('0');
                let name = format!("mac-{:03}", at.parse::<usize>().unwrap_or_default());
                assert!(!format!("{here:?}").contains(&name), "{churn}: {name} is here");
            }
        }
    }
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
    let told = crate::scene::sync_with(&stage, |event, control| {
        if matches!(event, bindery::apply::Event::Reading(what) if what.contains("once more")) {
            control.move_device("mac-004", "Acme").unwrap();
            control.faults().release();
        }
    });
    // The request may arrive after the release; then another one lets it go.
    let release = async {
        loop {
            tokio::task::yield_now().await;
            if stage.control().traffic().requests(Service::Addigy) > 4 {
                stage.control().faults().release();
            }
        }
    };
    let told = tokio::select! {
        told = told => told.unwrap(),
        () = release => unreachable!(),
    };
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
        let _ = stage.try_run(&bindery::apply::Request::sync(None)).await;
        assert!(inactive(&stage).is_empty(), "{switch}");
    }
}

#[tokio::test]
async fn an_empty_account_makes_nobody_leave() {
    let stage = bound(3).await;
    stage.control().remove_devices("Acme", 3).unwrap();
    let error = stage.try_run(&bindery::apply::Request::sync(None)).await.map(|_| ()).unwrap_err();
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
