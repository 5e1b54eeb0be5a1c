//! Real disks that are full or read-only, mounted for the command alone.

use crate::desk::{Desk, folder_named};
use bindery::store::Store;
use std::fs;
use std::process::Command;

/// Whether this system lets us mount; says so where it does not.
fn can_mount() -> bool {
    let try_it = "unshare -rm mount -t tmpfs none /mnt";
    let can = Command::new("sh").args(["-c", try_it]).output().is_ok_and(|o| o.status.success());
    if !can {
        println!("skipped: this system lets nobody mount in a namespace of his own ({try_it})");
    }
    can
}

/// Runs the command with its state on a disk of so many KiB; what is there afterwards is kept.
fn on_a_disk(kib: usize, arguments: &str) -> String {
    let inner = format!(
        "cp -a \"$BINDERY_STATE_DIR\" \"$HOME/there\" && \
         mount -t tmpfs -o size={kib}k,mode=700 none \"$BINDERY_STATE_DIR\" && \
         cp -a \"$HOME/there/.\" \"$BINDERY_STATE_DIR\" && rm -r \"$HOME/there\" || exit 99; \
         \"$0\" {arguments}; code=$?; cp -a \"$BINDERY_STATE_DIR\" \"$HOME/after\"; exit $code"
    );
    format!("exec unshare -rm sh -c '{inner}' \"$0\"")
}

/// On disks that fill up at every stage of a run: what was sent is in the journal, and the next run on
/// a disk with room settles it.
#[tokio::test]
async fn a_disk_that_fills_in_the_middle_of_a_run() {
    if !can_mount() {
        return;
    }
    const DISKS: usize = 36;
    let (mut failed, mut in_the_middle) = (0, 0);
    for kib in (0..DISKS).map(|step| 160 + 36 * step) {
        let desk = Desk::new(20).await;
        // One write a request, so that the disk can fill between them.
        desk.stage.control().set_switch("itglue-bulk-create=refused").unwrap();
        drop(Store::open(&desk.state()).unwrap());
        let said = desk.run_script(&on_a_disk(kib, "sync --all")).await;
        if said.code == 99 {
            continue;
        }
        let sent = desk.stage.writes();
        assert!(!said.stderr.contains("panicked"), "{kib}: {}", said.stderr);
        fs::remove_dir_all(desk.state()).unwrap();
        fs::rename(desk.path().join("after"), desk.state()).unwrap();
        if said.code != 0 {
            failed += 1;
            said.expect(1, &["no room"]);
            in_the_middle += usize::from(sent > 0);
            let journal = rusqlite::Connection::open(desk.database()).unwrap();
            let journaled: i64 =
                journal.query_row("SELECT count(*) FROM intent", [], |row| row.get(0)).unwrap_or(0);
            assert!(
                i64::try_from(sent).unwrap() <= journaled,
                "{kib}: {sent} sent, {journaled} journaled"
            );
        }
        desk.run(&["sync", "--all"]).await.expect(0, &[]);
        desk.all_are_there_once();
        assert!(Store::open(&desk.state()).unwrap().open_intents().unwrap().is_empty());
    }
    println!(
        "{DISKS} disks: {failed} were full during the run, {in_the_middle} after writes were sent"
    );
    assert!(
        failed < DISKS && in_the_middle > 0 && in_the_middle < failed,
        "{failed} full, {in_the_middle} in the middle"
    );
}

#[tokio::test]
async fn a_copy_on_a_full_disk_leaves_nothing_half_done() {
    if !can_mount() {
        return;
    }
    let desk = Desk::new(3).await;
    desk.run(&["sync", "--all"]).await.expect(0, &[]);
    let size = fs::metadata(desk.database()).unwrap().len() as usize / 1024;
    desk.run_script(&on_a_disk(size + size / 2 + 40, "state backup")).await.expect(1, &["no room"]);
    let backups = folder_named(&desk.path().join("after"), "backups");
    assert_eq!(fs::read_dir(backups).unwrap().count(), 0);
}

#[tokio::test]
async fn a_read_only_disk() {
    if !can_mount() {
        return;
    }
    let desk = Desk::new(2).await;
    let read_only = |arguments: &str| {
        format!(
            "exec unshare -rm sh -c 'mount --bind \"$BINDERY_STATE_DIR\" \"$BINDERY_STATE_DIR\" && \
             mount -o remount,bind,ro \"$BINDERY_STATE_DIR\" || exit 99; exec \"$0\" {arguments}' \"$0\""
        )
    };
    for command in ["sync --all", "status", "state backup", "state rebuild --yes"] {
        let said = desk.run_script(&read_only(command)).await;
        match command {
            // Nothing is to be rebuilt.
            "state rebuild --yes" => said.expect(0, &["sound"]),
            _ => said.expect(1, &["read-only", "--state-dir"]),
        }
    }
    desk.run_script(&read_only("state check")).await.expect(0, &["integrity"]);
    assert_eq!(desk.stage.writes(), 0);
    desk.run(&["sync", "--all"]).await.expect(0, &["2 created"]);
}
