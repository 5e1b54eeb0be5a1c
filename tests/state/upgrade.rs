//! Upgrades from every earlier schema, and kind refusal of a later one.

use crate::desk::{Desk, copy_folder};
use bindery::domain::{BindingState, RunId};
use bindery::store::{self, Store};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// States as earlier versions have left them, by schema.
const EARLIER: [(u32, &str); 1] = [(1, include_str!("../fixtures/state-schema-1.sql"))];

fn lay(dir: &Path, sql: &str) {
    fs::DirBuilder::new().mode(0o700).create(dir).unwrap();
    let path = dir.join("state.db");
    let connection = Connection::open(&path).unwrap();
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    connection.execute_batch(sql).unwrap();
    drop(connection);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn schema(path: &Path) -> u32 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

#[test]
fn every_earlier_state_is_brought_up_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    for (number, sql) in EARLIER {
        let dir = folder.path().join(number.to_string());
        lay(&dir, sql);
        let store = Store::open(&dir).unwrap();
        assert_eq!(store.links().unwrap().iter().count(), 3);
        let bindings = store.bindings().unwrap();
        let bound = bindings.iter().filter(|b| b.state == BindingState::Bound).count();
        assert_eq!((bindings.len(), bound), (13, 10));
        let runs = store.runs(9).unwrap();
        assert_eq!(runs.iter().map(|run| run.counts.created).collect::<Vec<_>>(), [0, 9]);
        assert_eq!(store.changes_of(RunId::new(1)).unwrap().len(), 53);
        let open = store.open_intents().unwrap();
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(store.link_history().unwrap().len(), 4);
        assert_eq!(store.policies().unwrap().unwrap().0.iter().count(), 5);
        let found = store::check(&dir, false).unwrap();
        assert!(found.is_sound(), "{found:#?}");
        let (copy, _) = store::newest_backup(&dir).unwrap();
        assert_eq!(schema(&copy), number, "the copy is as it was before");
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        drop(store);
        // The second start finds it done.
        Store::open(&dir).unwrap();
        assert_eq!(fs::read_dir(dir.join("backups")).unwrap().count(), 1);
    }
}

/// The files as a crash leaves them with the upgrade written and not committed.
#[test]
fn a_crash_in_the_middle_of_an_upgrade_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, crashed) = (folder.path().join("dir"), folder.path().join("crashed"));
    lay(&dir, EARLIER[0].1);
    let upgrading = Connection::open(dir.join("state.db")).unwrap();
    // So little memory that changes reach the log before the commit.
    upgrading
        .execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
        .unwrap();
    upgrading.execute_batch(include_str!("../../src/store/migrations/0002_audit.sql")).unwrap();
    upgrading.pragma_update(None, "user_version", 2).unwrap();
    copy_folder(&dir, &crashed);
    upgrading.execute_batch("ROLLBACK").unwrap();
    assert_eq!(schema(&crashed.join("state.db")), 1);
    let store = Store::open(&crashed).unwrap();
    assert_eq!(store.bindings().unwrap().len(), 13);
    assert!(store::check(&crashed, false).unwrap().is_sound());
}

#[test]
fn an_upgrade_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("dir");
    lay(&dir, EARLIER[0].1);
    let path = dir.join("state.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE audit (mine TEXT)").unwrap();
    Store::open(&dir).unwrap_err();
    assert_eq!(schema(&path), 1);
    Connection::open(&path).unwrap().execute_batch("DROP TABLE audit").unwrap();
    assert_eq!(Store::open(&dir).unwrap().bindings().unwrap().len(), 13);
}

#[tokio::test]
async fn a_later_state_is_refused_kindly_and_left_alone() {
    let desk = Desk::new(1).await;
    let connection = Connection::open(desk.database()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = fs::read(desk.database()).unwrap();
    for command in [&["sync", "--all"][..], &["status"], &["state", "backup"], &["state", "check"]]
    {
        desk.run(command).await.expect(1, &["newer Bindery", "schema 99", "Update Bindery"]);
    }
    let rebuild = desk.run(&["state", "rebuild", "--yes"]).await;
    rebuild.expect(1, &["newer Bindery"]);
    assert_eq!(fs::read(desk.database()).unwrap(), before);
}
