//! Damage: found, told, set aside, and no configuration doubled or set inactive for it.

use crate::desk::{Desk, copy_folder, folder_named};
use bindery::sandbox::{Fault, FaultKind, Service};
use bindery::store::{self, Store, StoreError};
use jiff::Timestamp;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const PAGE: usize = 4096;

/// A state with two devices bound and a create of which the answer was lost.
async fn with_an_open_create() -> Desk {
    let mut desk = Desk::new(2).await;
    desk.stage.store = Store::open(&desk.state()).unwrap();
    desk.stage.sync().await;
    desk.stage.add_device("Acme", 2);
    desk.devices = 3;
    desk.stage.settle = jiff::SignedDuration::from_hours(1);
    desk.stage.cancel = tokio_util::sync::CancellationToken::new();
    let lost = Fault::new(FaultKind::ActThenDrop).at(Service::ItGlue).method("POST").times(1);
    desk.stage.control().fault(lost);
    let before = desk.stage.writes();
    let acted = async {
        while desk.stage.writes() == before {
            tokio::task::yield_now().await;
        }
        // Otherwise the run would wait for the settling time.
        desk.stage.cancel.cancel();
    };
    tokio::join!(desk.stage.sync(), acted);
    assert!(!desk.stage.store.open_intents().unwrap().is_empty());
    desk.stage.settle = jiff::SignedDuration::ZERO;
    desk.stage.cancel = tokio_util::sync::CancellationToken::new();
    desk.stage.store = Store::in_memory().unwrap();
    desk
}

/// Every page of the file in turn is overwritten: the state is rebuilt, looked at, and synced with.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_can_be_damaged_so_that_a_configuration_doubles() {
    let mut desk = with_an_open_create().await;
    let whole = desk.path().join("whole");
    copy_folder(&desk.state(), &whole);
    let bytes = fs::read(whole.join("state.db")).unwrap();
    assert!(!whole.join("state.db-wal").exists(), "all is in the one file");
    let pages = bytes.len() / PAGE;
    let (mut unsound, mut salvaged) = (0, 0);
    let target = {
        let store = Store::open(&whole).unwrap();
        store.links().unwrap()
    };
    for page in 0..pages {
        for fill in [0xa5, 0x00] {
            let dir = desk.path().join(format!("page-{page}-{fill}"));
            copy_folder(&whole, &dir);
            let mut bytes = bytes.clone();
            bytes[page * PAGE..(page + 1) * PAGE].fill(fill);
            fs::write(dir.join("state.db"), &bytes).unwrap();
            unsound += usize::from(!store::check(&dir, false).unwrap().is_sound());
            let rebuilt = store::rebuild(&dir, Timestamp::now()).unwrap();
            let aside = rebuilt.set_aside.unwrap();
            assert_eq!(fs::read(aside.join("state.db")).unwrap(), bytes, "kept as it was");
            let again = store::check(&dir, false).unwrap();
            assert!(again.is_sound(), "{page}: {again:#?}");

            let store = Store::open(&dir).unwrap();
            salvaged += store.bindings().unwrap().len();
            desk.stage.store = store.clone();
            let refused = desk.stage.try_run(&bindery::apply::Request::sync(None)).await;
            assert!(matches!(refused, Err(bindery::apply::Error::Unconfirmed(_))), "{page}");
            store.confirm(Timestamp::now()).unwrap();
            if store.links().unwrap() != target {
                assert!(!rebuilt.lost.is_empty(), "{page}: a link is lost, and it is not said");
                for (policy_id, target) in target.iter() {
                    let (policy_id, target) = (policy_id.clone(), target.clone());
                    let link = bindery::domain::Link { policy_id, target };
                    store.set_link(&link, "test", Timestamp::now()).unwrap();
                }
            }
            desk.stage.sync().await;
            desk.all_are_there_once();
            assert!(store.open_intents().unwrap().is_empty(), "{page}");
            fs::remove_dir_all(&dir).unwrap();
        }
    }
    println!(
        "{pages} pages damaged in two ways each: {unsound} found unsound, {salvaged} bindings saved"
    );
    assert!(unsound >= 2 * pages - 4, "{unsound} of {} damages were found", 2 * pages);
    assert!(salvaged > 0);
}

#[tokio::test]
async fn a_damaged_state_is_told_set_aside_and_rebuilt() {
    let desk = Desk::new(3).await;
    desk.run(&["sync", "--all"]).await.expect(0, &[]);
    desk.run(&["state", "check"]).await.expect(0, &["integrity", "every write has its answer"]);
    let mut bytes = fs::read(desk.database()).unwrap();
    // The page on which the table of bindings begins.
    let root: i64 = rusqlite::Connection::open(desk.database())
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'binding'", [], |r| r.get(0))
        .unwrap();
    let root = usize::try_from(root).unwrap();
    bytes[(root - 1) * PAGE..root * PAGE].fill(0x5a);
    fs::write(desk.database(), &bytes).unwrap();

    let said = desk.run(&["sync", "--all"]).await;
    said.expect(1, &["damaged", "bindery state rebuild", "state restore"]);
    let check = desk.run(&["state", "check", "--json"]).await.exited(1).json();
    assert_eq!(check["sound"], false, "{check}");
    desk.run(&["doctor"]).await.expect(1, &["bindery state rebuild"]);
    let bytes = fs::read(desk.database()).unwrap();
    let asked = desk.run(&["state", "rebuild"]).await;
    asked.expect(4, &["--yes", "undone there is no longer held", "is not set inactive"]);
    assert_eq!(fs::read(desk.database()).unwrap(), bytes, "nothing is changed without a yes");
    {
        let _open = Store::open(&desk.state()).unwrap();
        desk.run(&["state", "rebuild", "--yes"]).await.expect(5, &["has the state", "console"]);
    }
    let said = desk.run(&["state", "rebuild", "--yes"]).await;
    said.expect(0, &["set aside", "1 links", "Lost: some bindings", "3 devices", "state accept"]);
    said.expect(0, &["undone there is no longer held", "is not set inactive"]);
    let aside = folder_named(&desk.state(), "set-aside-");
    assert_eq!(fs::read(aside.join("state.db")).unwrap(), bytes);

    let writes = desk.stage.writes();
    desk.run(&["sync", "--all"]).await.expect(4, &["nothing was written", "state accept"]);
    assert_eq!(desk.stage.writes(), writes);
    desk.run(&["plan", "--all"]).await.expect(0, &["unchanged"]);
    desk.run(&["state", "accept"]).await.expect(4, &["--yes"]);
    desk.run(&["state", "accept", "--yes"]).await.expect(0, &["Accepted"]);
    desk.run(&["sync", "--all"]).await.expect(0, &["3 unchanged"]);
    desk.all_are_there_once();
    desk.run(&["state", "rebuild", "--yes"]).await.expect(0, &["sound"]);
    let events = desk.run(&["audit", "--json"]).await.exited(0).lines();
    let of = |name: &str| events.iter().find(|event| event["event"] == name).cloned();
    let rebuilt = of("state_rebuilt").unwrap();
    assert_eq!(rebuilt["set_aside"], aside.display().to_string());
    assert!(of("state_accepted").is_some());
}

/// What others can open is no damage: the mode is to be changed, not the state.
#[tokio::test]
async fn a_wrong_mode_does_not_replace_a_sound_state() {
    let desk = Desk::new(2).await;
    desk.run(&["sync", "--all"]).await.expect(0, &["2 created"]);
    let before = fs::read(desk.database()).unwrap();
    // As long as it is open, the files beside it are there. SQLite puts the mode of empty ones right.
    let open = Store::open(&desk.state()).unwrap();
    open.set_capability("some", "thing").unwrap();
    for name in ["state.db-wal", "state.db-shm"] {
        let file = desk.state().join(name);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let chmod = format!("chmod 600 {}", file.display());
        desk.run(&["state", "check"]).await.expect(1, &[name, "0640", "chmod"]);
        desk.run(&["state", "rebuild", "--yes"]).await.expect(1, &[name, "0640", &chmod]);
        let refused = store::rebuild(&desk.state(), Timestamp::now());
        assert!(matches!(refused, Err(StoreError::OpenToOthers { .. })), "{refused:?}");
        assert_eq!(fs::read(desk.database()).unwrap(), before);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        desk.run(&["state", "rebuild", "--yes"]).await.expect(0, &["sound"]);
    }
    desk.run(&["state", "check"]).await.expect(0, &[]);
    drop(open);
    let before = fs::read(desk.database()).unwrap();
    // Left over by one that was killed, and put right as soon as the state is looked over.
    let left = desk.state().join("state.db-wal");
    fs::write(&left, "").unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o640)).unwrap();
    desk.run(&["state", "rebuild", "--yes"]).await.expect(1, &["state.db-wal", "chmod 600"]);
    assert_eq!(fs::read(desk.database()).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_state_at_all() {
    let desk = Desk::new(2).await;
    desk.run(&["sync", "--all"]).await.expect(0, &[]);
    fs::write(desk.database(), vec![0x5a; 2 * PAGE]).unwrap();
    desk.run(&["status"]).await.expect(1, &["bindery state rebuild"]);
    desk.run(&["state", "check"]).await.expect(1, &["not a database"]);
    let said = desk.run(&["state", "rebuild", "--yes"]).await;
    said.expect(0, &["Saved from it: nothing", "Lost: nothing of it can be read", "--adopt"]);
    desk.run(&["state", "accept", "--yes"]).await.expect(0, &[]);
    desk.run(&["link", "Acme", "Acme", "--yes"]).await.expect(0, &[]);
    desk.run(&["sync", "--all"]).await.expect(0, &["2 unchanged"]);
    desk.all_are_there_once();
}

/// A state of many pages with damage in two places of each large table: what lies before, between and
/// behind is saved, the open create among it.
#[test]
fn what_lies_between_two_places_of_damage_is_saved() {
    const COUNT: i64 = 4000;
    const OPEN: i64 = 2000;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("state");
    drop(Store::open(&dir).unwrap());
    let path = dir.join("state.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(&format!(
            "BEGIN;
             INSERT INTO policy_set VALUES (1, '[\"p\"]');
             INSERT INTO run VALUES (1, 'sync', 1, 0, NULL, 'ana', 'jump1', '1', NULL, '{{}}');
             WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {COUNT})
             INSERT INTO intent (run_id, device_id, device_name, organization_id, policy_id, kind,
                 changes, attempted_at, outcome, settled_at, settled_configuration_id, stored)
             SELECT 1, 'd' || n, printf('write-%05d', n), 1, 'p', 'create', '{{}}', n,
                 iif(n = {OPEN}, NULL, 'done'), iif(n = {OPEN}, NULL, n), iif(n = {OPEN}, NULL, n),
                 iif(n = {OPEN}, NULL, '{{}}') FROM n;
             INSERT INTO binding (device_id, organization_id, policy_id, configuration_id, state, written)
             SELECT printf('bound-%05d', id), 1, 'p', id, 'bound', '{{}}' FROM intent;
             COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
        ))
        .unwrap();
    drop(connection);
    let mut bytes = fs::read(&path).unwrap();
    for text in ["write-01000", "write-03000", "bound-01000", "bound-03000"] {
        // Leaves of tables, and of tables that are their own index.
        let mut leaves = (1..bytes.len() / PAGE).filter(|page| {
            let page = &bytes[page * PAGE..(page + 1) * PAGE];
            let holds = page.windows(text.len()).any(|window| window == text.as_bytes());
            [0x0d, 0x0a].contains(&page[0]) && holds
        });
        let leaf = leaves.next().unwrap();
        bytes[leaf * PAGE..(leaf + 1) * PAGE].fill(0xa5);
    }
    fs::write(&path, bytes).unwrap();
    assert!(!store::check(&dir, true).unwrap().is_sound());
    let rebuilt = store::rebuild(&dir, Timestamp::now()).unwrap();
    let of = |name: &str| rebuilt.rows.iter().find(|(rows, _)| *rows == name).unwrap().1;
    let (writes, bindings) = (of("journaled writes"), of("bindings"));
    println!("of {COUNT} each: {writes} writes and {bindings} bindings saved");
    // Of the writes only the two pages are lost; bindings are not numbered, so what lies between is.
    assert!(writes > 3850 && writes < 4000, "{writes}");
    assert!(bindings > 1900 && bindings < 4000, "{bindings}");
    let store = Store::open(&dir).unwrap();
    let open = store.open_intents().unwrap();
    assert_eq!(open.iter().map(|open| open.id.get()).collect::<Vec<_>>(), [OPEN]);
    assert!(store::check(&dir, false).unwrap().is_sound());
}
