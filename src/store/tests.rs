use super::*;
use crate::domain::{
    Binding, BindingState, ConfigurationId, DeviceId, OrganizationId, Origin, PolicyId, PolicyTree,
    RunId, RunKind,
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;

/// A run to journal under.
pub(super) fn begin(store: &Store) -> RunId {
    store.begin_run(RunKind::Sync, &[], &Origin::default(), Timestamp::UNIX_EPOCH).unwrap()
}

/// A device bound to a configuration.
pub(super) fn binding(device: &str, organization: i64, configuration: i64) -> Binding {
    Binding {
        device_id: DeviceId::new(device),
        organization_id: OrganizationId::new(organization),
        policy_id: PolicyId::new("p"),
        configuration_id: ConfigurationId::new(configuration),
        state: BindingState::Bound,
        matched_by: None,
        serial_seen: None,
        written: BTreeMap::new(),
        psa_refused: None,
        held_by: None,
    }
}

prop_compose! {
    /// A time that milliseconds can tell.
    pub(super) fn any_millis()(millis in -10_000_000_000_000i64..100_000_000_000_000) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }
}

/// A folder that does not exist yet, in one that vanishes with the test.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let guard = tempfile::tempdir().unwrap();
    let dir = guard.path().join("it's new").join("state");
    (guard, dir)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_new_state_is_its_owners_alone_and_durable() {
    let (_guard, dir) = folder();
    let store = Store::open(&dir).unwrap();
    store.set_capability("key", "value").unwrap();
    assert_eq!(mode(&dir), 0o700);
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
    let pragma = |name: &str| -> String {
        let connection = store.connection();
        let sql = format!("SELECT CAST(\"{name}\" AS TEXT) FROM pragma_{name}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal");
    assert_eq!(pragma("synchronous"), "2");
    assert_eq!(pragma("foreign_keys"), "1");
    assert_eq!(pragma("user_version"), schema::KNOWN.to_string());
    store.quick_check().unwrap();
}

#[test]
fn what_was_kept_is_there_after_reopening() {
    let (_guard, dir) = folder();
    let kept = [binding("a", 1, 5)];
    Store::open(&dir).unwrap().save_bindings(&kept).unwrap();
    assert_eq!(Store::open(&dir).unwrap().bindings().unwrap(), kept);
}

#[test]
fn first_starts_at_once_do_not_disturb_each_other() {
    let (_guard, dir) = folder();
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..16)
            .map(|number: i64| {
                let dir = &dir;
                scope.spawn(move || {
                    let store = Store::open(dir).unwrap();
                    store.save_bindings(&[binding(&number.to_string(), 1, number)]).unwrap();
                })
            })
            .collect();
        starts.into_iter().for_each(|start| start.join().unwrap());
    });
    assert_eq!(Store::open(&dir).unwrap().bindings().unwrap().len(), 16);
}

#[test]
fn a_state_that_others_can_open_is_refused() {
    let (_guard, dir) = folder();
    drop(Store::open(&dir).unwrap());
    let refused = |path: &Path, mode: u32, command: &str| {
        set_mode(path, mode);
        let error = Store::open(&dir).unwrap_err();
        assert!(matches!(error, StoreError::OpenToOthers { .. }), "{error}");
        assert!(error.to_string().contains(command), "{error}");
        assert!(error.to_string().contains(r"it'\''s new"), "{error}");
    };
    refused(&dir, 0o750, "chmod 700 '");
    set_mode(&dir, 0o700);
    refused(&dir.join(STATE_FILE), 0o604, "chmod 600 '");
    set_mode(&dir.join(STATE_FILE), 0o600);
    Store::open(&dir).unwrap();
}

#[test]
fn a_newer_state_is_left_alone() {
    let (_guard, dir) = folder();
    let store = Store::open(&dir).unwrap();
    store.connection().pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let before = fs::read(dir.join(STATE_FILE)).unwrap();
    let error = Store::open(&dir).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
    assert_eq!(fs::read(dir.join(STATE_FILE)).unwrap(), before);
}

#[test]
fn a_file_that_is_no_state_names_the_way_out() {
    let (_guard, dir) = folder();
    drop(Store::open(&dir).unwrap());
    fs::write(dir.join(STATE_FILE), "no database at all, but long enough ".repeat(40)).unwrap();
    let error = Store::open(&dir).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(&dir.join(STATE_FILE).display().to_string()), "{text}");
    assert!(text.contains("bindery state rebuild") && text.contains("restore FILE"), "{text}");
}

#[test]
fn damage_inside_is_found() {
    let (_guard, dir) = folder();
    let store = Store::open(&dir).unwrap();
    let bindings: Vec<Binding> =
        (0..500).map(|number| binding(&format!("device-{number:05}"), 1, number)).collect();
    store.save_bindings(&bindings).unwrap();
    drop(store);
    let path = dir.join(STATE_FILE);
    let mut bytes = fs::read(&path).unwrap();
    let len = bytes.len();
    bytes[4096..len].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let error = Store::open(&dir).and_then(|store| store.quick_check()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn a_row_that_makes_no_sense_is_damage_too() {
    let store = Store::in_memory().unwrap();
    store.save_bindings(&[binding("a", 1, 5)]).unwrap();
    store.connection().execute("UPDATE binding SET state = 'nonsense'", []).unwrap();
    let error = store.bindings().unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("nonsense"), "{error}");
}

#[test]
fn a_read_only_state_says_so() {
    let store = Store::in_memory().unwrap();
    store.connection().pragma_update(None, "query_only", true).unwrap();
    let error = store.set_capability("key", "value").unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");

    let (_guard, dir) = folder();
    drop(Store::open(&dir).unwrap());
    let path = dir.join(STATE_FILE);
    set_mode(&path, 0o400);
    // An administrator may write all the same.
    if OpenOptions::new().write(true).open(&path).is_err() {
        let error = Store::open(&dir).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    }
}

#[test]
fn a_full_disk_says_so_and_loses_nothing() {
    let (_guard, dir) = folder();
    let store = Store::open(&dir).unwrap();
    store.set_capability("key", "kept").unwrap();
    let limit = |pages: i64| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        store.connection().query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap();
    };
    limit(1);
    let error = store.set_capability("key", &"x".repeat(100_000)).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert_eq!(store.capability("key").unwrap().as_deref(), Some("kept"));
    limit(1_000_000);
    store.set_capability("key", "room again").unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_names_the_way_out() {
    let (guard, _) = folder();
    let file = guard.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("state")).unwrap_err();
    assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
    assert!(error.to_string().contains("--state-dir"), "{error}");
}

#[test]
fn a_writer_elsewhere_is_named_when_it_does_not_end() {
    let (_guard, dir) = folder();
    let (store, other) = (Store::open(&dir).unwrap(), Store::open(&dir).unwrap());
    store.connection().busy_timeout(Duration::ZERO).unwrap();
    other.connection().execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.set_capability("key", "value").unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    store
        .save_sweep::<crate::domain::Device>(&PolicyTree::default(), &[], Timestamp::UNIX_EPOCH)
        .unwrap_err();
    other.connection().execute_batch("ROLLBACK").unwrap();
    store.set_capability("key", "value").unwrap();
}

#[test]
fn a_panic_midway_leaves_nothing_behind() {
    let store = Store::in_memory().unwrap();
    let clone = store.clone();
    let panicked = std::thread::spawn(move || {
        clone.write(|tx| -> Result<(), Fault> {
            tx.execute("INSERT INTO capability VALUES ('key', 'half')", [])?;
            panic!("on purpose")
        })
    })
    .join();
    panicked.unwrap_err();
    assert_eq!(store.capability("key").unwrap(), None);
    store.set_capability("key", "whole").unwrap();
}
