//! The trail: who did what, from where and when; only added to.

use crate::desk::Desk;
use crate::support::serial;
use rusqlite::Connection;
use serde_json::Value;

fn only<'a>(events: &'a [Value], name: &str) -> &'a Value {
    let found: Vec<_> = events.iter().filter(|event| event["event"] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {events:#?}");
    found[0]
}

#[tokio::test]
async fn the_trail_tells_all_in_the_order_of_time() {
    let desk = Desk::new(9).await;
    desk.run(&["sync", "--all"]).await.expect(0, &["9 created"]);
    for at in 0..7 {
        desk.stage.control().remove_device(&format!("mac-{at:03}")).unwrap();
    }
    desk.run(&["sync", "--all"]).await.expect(4, &[]);
    let mut command = desk.command(&["sync", "--all", "--yes"]);
    command.env("LOGNAME", "ana").env("SSH_CONNECTION", "10.0.0.7 50000 10.0.0.1 22");
    desk.run_command(command).await.expect(0, &["7 inactivated"]);
    let id = desk.stage.configuration(&serial(8)).id.to_string();
    desk.run(&["bind", "mac-008", &id, "--yes"]).await.expect(0, &[]);
    desk.run(&["unlink", "Acme", "--yes"]).await.expect(0, &[]);
    desk.run(&["unlink", "Acme", "--inherit", "--yes"]).await.expect(0, &[]);

    let events = desk.run(&["audit", "--json"]).await.exited(0).lines();
    let times: Vec<&str> = events.iter().map(|event| event["at"].as_str().unwrap()).collect();
    let times: Vec<jiff::Timestamp> = times.iter().map(|at| at.parse().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    for event in &events {
        assert_eq!(event["schema"], 1, "{event}");
        assert!(event["who"].is_string() && event["host"].is_string(), "{event}");
    }
    let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((count("run_started"), count("run_finished")), (3, 3));
    let passed = only(&events, "guard_passed");
    assert_eq!((&passed["inactivations"], &passed["run"]), (&7.into(), &3.into()));
    assert_eq!(passed["who"], "ana from 10.0.0.7");
    assert_eq!(only(&events, "bound_by_hand")["configuration_id"].to_string(), id);
    only(&events, "unlinked");
    only(&events, "link_removed");
    let inactive: Vec<_> = events.iter().filter(|event| event["action"] == "inactivate").collect();
    assert_eq!(inactive.len(), 7);
    for write in inactive {
        assert_eq!((&write["event"], &write["undone"]), (&"written".into(), &false.into()));
        assert_eq!(write["who"], "ana from 10.0.0.7");
        assert!(write["from"] != write["to"] && write["configuration"].is_number(), "{write}");
    }
    let lines = desk.run(&["audit"]).await.exited(0);
    assert_eq!(lines.stdout.lines().count(), events.len());
    let last = events.last().unwrap()["at"].as_str().unwrap();
    let late = desk.run(&["audit", "--json", "--since", last]).await.exited(0).lines();
    assert!(!late.is_empty() && late.len() < events.len());
    let none = desk.run(&["audit", "--until", "2020-01-01"]).await.exited(0);
    assert_eq!(none.stdout, "");
    desk.run(&["audit", "--since", "soon"]).await.expect(2, &["soon", "2026-11-03"]);
}

#[tokio::test]
async fn what_was_recorded_can_not_be_changed() {
    let desk = Desk::new(2).await;
    desk.run(&["sync", "--all"]).await.expect(0, &[]);
    desk.run(&["state", "backup"]).await.expect(0, &[]);
    let connection = Connection::open(desk.database()).unwrap();
    for sql in [
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "UPDATE link_history SET who = 'nobody'",
        "DELETE FROM link_history",
        "UPDATE run SET who = 'nobody'",
        "UPDATE run SET outcome = 'failed'",
        "UPDATE intent SET changes = '{}'",
        "UPDATE intent SET outcome = 'not_done'",
    ] {
        let error = connection.execute(sql, []).unwrap_err().to_string();
        let why = ["only added to", "kept for 90 days", "ends once", "settled once"];
        assert!(why.iter().any(|why| error.contains(why)), "{sql}: {error}");
    }
    // What is old enough may be pruned.
    let old = "INSERT INTO audit (at, who, host, version, deed, details)
               VALUES ((unixepoch() - 91 * 86400) * 1000, '', '', '', 'released', '{}')";
    connection.execute(old, []).unwrap();
    assert_eq!(connection.execute("DELETE FROM audit WHERE who = ''", []).unwrap(), 1);
}
