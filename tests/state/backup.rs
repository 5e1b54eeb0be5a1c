//! Copies of the state, and putting them back.

use crate::desk::{Desk, folder_named};
use bindery::store::Store;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};

#[tokio::test]
async fn a_copy_is_made_while_another_process_writes() {
    let desk = Desk::new(3).await;
    desk.run(&["sync", "--all"]).await.expect(0, &[]);
    let stop = AtomicBool::new(false);
    let writer = Store::open(&desk.state()).unwrap();
    let copy = desk.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    let said = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut count = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                writer.set_capability("count", &count.to_string()).unwrap();
                count += 1;
                // SQLite's lock knows no queue; whoever never lets go of it shuts all others out.
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            assert!(count > 0);
        });
        let said = desk.folder_run(&["state", "backup", copy]);
        stop.store(true, Ordering::Relaxed);
        said
    });
    said.expect(0, &["copy is sound", "state restore"]);
    assert_eq!(fs::metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(copy).unwrap();
    desk.run(&["state", "backup", copy]).await.expect(2, &["exists already"]);
    assert_eq!(fs::read(copy).unwrap(), before, "never written over");
    let said = desk.run(&["state", "backup", "--json"]).await.exited(0).json();
    let file = said["file"].as_str().unwrap();
    assert!(file.contains("/state/backups/state-20"), "{file}");
    desk.run(&["state", "check"]).await.expect(0, &["the newest is", "backups/state-20"]);
    desk.run(&["doctor"]).await.expect(0, &["newest backup"]);
    let folder = desk.path().join("no-such-folder/copy.db");
    desk.run(&["state", "backup", folder.to_str().unwrap()]).await.expect(1, &["no-such-folder"]);
}

#[tokio::test]
async fn an_older_copy_put_back_doubles_nothing() {
    let mut desk = Desk::new(2).await;
    let copy = desk.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    // Nothing is bound yet in the copy, and a device is still to come.
    desk.run(&["state", "backup", copy]).await.expect(0, &[]);
    desk.stage.add_device("Acme", 2);
    desk.devices = 3;
    desk.run(&["sync", "--all"]).await.expect(0, &["3 created"]);

    let asked = desk.run(&["state", "restore", copy]).await;
    asked.expect(4, &["--yes", "undone since is no longer held", "is not set inactive"]);
    {
        let _open = Store::open(&desk.state()).unwrap();
        desk.run(&["state", "restore", copy, "--yes"]).await.expect(5, &["has the state"]);
    }
    let broken = desk.path().join("broken.db");
    let mut bytes = fs::read(copy).unwrap();
    let len = bytes.len();
    bytes[len / 2..].fill(0xa5);
    fs::write(&broken, bytes).unwrap();
    let present = fs::read(desk.database()).unwrap();
    let restore = ["state", "restore", broken.to_str().unwrap(), "--yes"];
    desk.run(&restore).await.expect(1, &["broken.db is no copy", "not touched"]);
    fs::write(&broken, "").unwrap();
    desk.run(&restore).await.expect(1, &["broken.db is no copy", "no state of Bindery's"]);
    assert_eq!(fs::read(desk.database()).unwrap(), present);

    let said = desk.run(&["state", "restore", copy, "--yes"]).await;
    said.expect(0, &["set-aside", "state accept"]);
    said.expect(0, &["undone since is no longer held", "is not set inactive"]);
    folder_named(&desk.state(), "set-aside-");
    assert!(Store::open(&desk.state()).unwrap().bindings().unwrap().is_empty());
    desk.run(&["sync", "--all"]).await.expect(4, &["state accept"]);
    desk.run(&["state", "accept", "--yes"]).await.expect(0, &[]);
    desk.run(&["sync", "--all"]).await.expect(0, &["3 unchanged"]);
    desk.all_are_there_once();
}

/// Of the state only what SQLite kept beside it is left: a copy put back can be opened, and so can the
/// folder of a Bindery that could not go on here.
#[tokio::test]
async fn a_log_without_its_state_keeps_no_copy_from_its_place() {
    let desk = Desk::new(2).await;
    desk.run(&["sync", "--all"]).await.expect(0, &["2 created"]);
    let copy = desk.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    desk.run(&["state", "backup", copy]).await.expect(0, &[]);
    fs::remove_file(desk.database()).unwrap();
    let log = desk.state().join("state.db-wal");
    fs::write(&log, "left over").unwrap();
    fs::set_permissions(&log, fs::Permissions::from_mode(0o600)).unwrap();

    desk.run(&["state", "restore", copy, "--yes"]).await.expect(0, &["set-aside"]);
    let aside = folder_named(&desk.state(), "set-aside-");
    assert_eq!(fs::read(aside.join("state.db-wal")).unwrap(), b"left over");
    fs::rename(&aside, desk.state().join("replacing")).unwrap();
    let check = desk.run(&["state", "check"]).await;
    check.expect(0, &["a restore or rebuild", "was cut short", "bindery status"]);
    desk.run(&["status"]).await.expect(0, &["Acme"]);
    assert!(folder_named(&desk.state(), "set-aside-").join("state.db-wal").exists());
    desk.run(&["state", "accept", "--yes"]).await.expect(0, &[]);
    desk.run(&["sync", "--all"]).await.expect(0, &["2 unchanged"]);
    desk.all_are_there_once();
}
