//! Many processes at once on one state, and a console beside them.

use crate::desk::Desk;
use bindery::apply::{Patience, Request};
use bindery::sandbox::Service;

const CLIENTS: [(&str, usize); 8] = [
    ("Acme", 4),
    ("Birch", 4),
    ("Cedar", 4),
    ("Delta", 4),
    ("Elm", 4),
    ("Fir", 4),
    ("Globex", 4),
    ("Hazel", 4),
];

#[tokio::test]
async fn eight_processes_on_eight_policies() {
    let desk = Desk::new(&CLIENTS, "").await;
    let all: Vec<_> = CLIENTS.iter().map(|(name, _)| desk.start(&["sync", name])).collect();
    for one in all {
        let ended = one.ended().await.exited(0);
        assert!(!ended.stderr.contains("busy"), "{}", ended.stderr);
    }
    desk.nothing_doubled(32);
    for (name, devices) in CLIENTS {
        assert_eq!(desk.stage.configurations(name).len(), devices, "{name}");
    }
    let told = desk.run(&["sync", "--all", "--json"]).await.exited(0).lines();
    assert_eq!(told.last().unwrap()["unchanged"], 32, "{told:?}");
    assert!(desk.stage.control().traffic().busiest(Service::Addigy, 10) < 1000);
}

#[tokio::test]
async fn eight_processes_on_all_policies_at_once() {
    let desk = Desk::new(&CLIENTS, "").await;
    let all: Vec<_> = (0..8).map(|_| desk.start(&["sync", "--all", "--wait"])).collect();
    for one in all {
        one.ended().await.exited(0);
    }
    desk.nothing_doubled(32);
}

/// The console's engine lives in one process for long; cron's come and go beside it.
#[tokio::test]
async fn console_and_cron_at_once_while_devices_come_go_and_are_renamed() {
    let desk = Desk::new(&[("Acme", 6), ("Globex", 6)], "").await;
    let control = desk.stage.control();
    let renamed = control.device_id("mac-003").unwrap();
    let request = Request { patience: Patience::Endless, ..Request::sync(None) };
    for round in 0..4 {
        let cron = [desk.start(&["sync", "--all", "--wait"]), desk.start(&["sync", "Acme"])];
        desk.stage.add_device("Acme", 100 + round);
        control.rename_device(&renamed, &format!("mac-003 of {round}")).unwrap();
        control.remove_device(&format!("mac-{:03}", 6 + round)).unwrap();
        desk.stage.run(&request).await;
        let [waits, steps_aside] = cron;
        waits.ended().await.exited(0);
        let code = steps_aside.ended().await.code;
        assert!([0, 5].contains(&code), "{code}");
    }
    desk.run(&["sync", "--all"]).await.exited(0);
    let inactive = Some(desk.stage.inactive().get());
    let present: Vec<_> =
        control.devices().into_iter().filter_map(|device| device.serial).collect();
    for row in control.all_configurations() {
        let here = row.serial_number.as_ref().is_some_and(|serial| present.contains(serial));
        assert_eq!(row.status_id == inactive, !here, "{row:#?}");
    }
    let rows = control.all_configurations().len();
    assert!((present.len()..=present.len() + 4).contains(&rows), "{rows}");
    desk.nothing_doubled(rows);
    desk.stage.clear_counters();
    desk.run(&["sync", "--all"]).await.exited(0);
    assert_eq!(desk.stage.writes(), 0);
}

/// Seventy requests a minute shared by eight processes that want more than that.
#[tokio::test]
#[ignore = "waits for a minute to pass: cargo test --test concurrency -- --ignored"]
async fn the_budget_is_one_for_all_processes() {
    let desk = Desk::new(&CLIENTS, "requests_per_minute = 70").await;
    let loops = (0..8).map(|_| desk.start(&["sync", "--all", "--wait"]));
    for one in loops.collect::<Vec<_>>() {
        one.ended().await.exited(0);
    }
    // A slot is a time to send at; on a busy machine a request may arrive a little after it.
    let traffic = desk.stage.control().traffic().busiest(Service::ItGlue, 55);
    let all = desk.stage.requests(Service::ItGlue);
    assert!(all > 70, "the budget was never short: {all}");
    assert!(traffic <= 70, "{traffic} requests within 55 seconds");
    desk.nothing_doubled(32);
}
