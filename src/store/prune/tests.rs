use super::*;
use crate::domain::{
    Attribute, Binding, Change, ConfigurationId, Counts, DeviceId, DeviceState, Link, LinkTarget,
    OrganizationId, Origin, Outcome, PolicyId, RunId, RunKind, Value,
};
use crate::store::tests::binding;
use crate::store::{
    DeviceReport, Intent, IntentId, IntentKind, IntentOutcome, Settlement, Store, Values,
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn day(day: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + DAY * i32::try_from(20_000 + day).unwrap()
}

fn keep(days: i32) -> SignedDuration {
    DAY * days
}

fn policy() -> PolicyId {
    PolicyId::new("p")
}

/// A run on that day that came to nothing, so that it is nobody's last sync.
fn run(store: &Store, kind: RunKind, on: i64) -> RunId {
    ended(store, kind, on, Outcome::Failed)
}

fn ended(store: &Store, kind: RunKind, on: i64, outcome: Outcome) -> RunId {
    let run = store.begin_run(kind, &[policy()], &Origin::default(), day(on)).unwrap();
    store.finish_run(run, outcome, &Counts::default(), day(on)).unwrap();
    run
}

fn intent(store: &Store, run: RunId, on: i64) -> IntentId {
    let intent = Intent {
        device_id: DeviceId::new("d"),
        device_name: "mac".into(),
        organization_id: OrganizationId::new(1),
        policy_id: policy(),
        kind: IntentKind::Update,
        configuration_id: Some(ConfigurationId::new(5)),
        changes: [(Attribute::Name, Change { from: None, to: Value::Text("mac".into()) })].into(),
        serial: None,
        mac: None,
    };
    store.journal(run, &[intent], day(on)).unwrap()[0]
}

fn settle(store: &Store, intent: IntentId, outcome: IntentOutcome) {
    store.settle(&[Settlement { intent, outcome, binding: None, at: day(1) }]).unwrap();
}

fn done() -> IntentOutcome {
    let stored: Values = [(Attribute::Name, Value::Text("mac".into()))].into();
    IntentOutcome::Done { configuration_id: ConfigurationId::new(5), stored }
}

fn runs(store: &Store) -> Vec<RunId> {
    store.runs(usize::MAX).unwrap().iter().rev().map(|run| run.id).collect()
}

#[test]
fn old_runs_go_with_their_writes_and_young_ones_stay() {
    let store = Store::in_memory().unwrap();
    let old: Vec<RunId> = (0..120).map(|_| run(&store, RunKind::Sync, 1)).collect();
    settle(&store, intent(&store, old[0], 1), done());
    settle(&store, intent(&store, old[7], 1), IntentOutcome::NotDone);
    let young = run(&store, RunKind::Sync, 100);
    settle(&store, intent(&store, young, 100), done());
    let pruned = store.prune(keep(90), day(110)).unwrap();
    assert_eq!(pruned, Pruned { runs: 120, intents: 2 });
    assert_eq!(runs(&store), [young]);
    assert_eq!(store.changes_of(young).unwrap().len(), 1);
    assert_eq!(store.prune(keep(90), day(110)).unwrap(), Pruned::default());
}

#[test]
fn it_waits_until_a_day_of_runs_has_gathered() {
    let store = Store::in_memory().unwrap();
    let first = run(&store, RunKind::Sync, 0);
    let second = run(&store, RunKind::Sync, 9);
    assert_eq!(store.prune(keep(90), day(91)).unwrap(), Pruned::default());
    assert_eq!(runs(&store), [first, second]);
    let soon_after = day(91) + SignedDuration::from_secs(1);
    assert_eq!(store.prune(keep(90), soon_after).unwrap().runs, 1);
    assert_eq!(runs(&store), [second]);
}

#[test]
fn what_is_still_needed_stays_however_old() {
    let store = Store::in_memory().unwrap();
    let unsettled = run(&store, RunKind::Sync, 1);
    let open = intent(&store, unsettled, 1);
    let lost_in = run(&store, RunKind::Sync, 1);
    settle(&store, intent(&store, lost_in, 1), IntentOutcome::Lost);
    let last = ended(&store, RunKind::Sync, 1, Outcome::Done);
    let reported = run(&store, RunKind::Sync, 1);
    let report = DeviceReport {
        policy_id: policy(),
        device_id: DeviceId::new("d"),
        name: "mac".into(),
        serial_number: None,
        state: DeviceState::Linked,
        pending: None,
        configuration_id: None,
        at: day(1),
    };
    store.save_reports(reported, &[report]).unwrap();
    let holding = run(&store, RunKind::Undo, 1);
    store.save_bindings(&[Binding { held_by: Some(holding), ..binding("d", 1, 5) }]).unwrap();
    let gone = run(&store, RunKind::Sync, 1);
    assert_eq!(store.prune(keep(90), day(1000)).unwrap().runs, 1);
    assert_eq!(runs(&store), [unsettled, lost_in, last, reported, holding]);
    assert!(store.run(gone).unwrap().is_none());
    assert_eq!(store.open_intents().unwrap().len(), 2);

    settle(&store, open, done());
    store.prune(keep(90), day(1000)).unwrap();
    assert_eq!(runs(&store), [lost_in, last, reported, holding]);
}

#[test]
fn an_undo_stays_as_long_as_what_it_undid() {
    let store = Store::in_memory().unwrap();
    let undone = run(&store, RunKind::Sync, 1);
    let change = intent(&store, undone, 1);
    settle(&store, change, done());
    let keeping = intent(&store, undone, 1);
    let undo = run(&store, RunKind::Undo, 2);
    store.mark_undone(undo, &[(change, Attribute::Name)]).unwrap();
    assert_eq!(store.prune(keep(90), day(1000)).unwrap(), Pruned::default());
    assert!(store.changes_of(undone).unwrap()[0].undone);

    settle(&store, keeping, IntentOutcome::NotSent);
    assert_eq!(store.prune(keep(90), day(1000)).unwrap(), Pruned { runs: 2, intents: 2 });
    assert!(runs(&store).is_empty());
}

#[test]
fn the_links_history_is_never_shortened() {
    let store = Store::in_memory().unwrap();
    let link = Link { policy_id: policy(), target: LinkTarget::KeptUnlinked };
    store.set_link(&link, "ana", day(1)).unwrap();
    run(&store, RunKind::Sync, 1);
    assert_eq!(store.prune(keep(90), day(1000)).unwrap().runs, 1);
    assert_eq!(store.link_history().unwrap().len(), 1);
}

#[test]
fn the_file_stops_growing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("state")).unwrap();
    let pages = || -> i64 {
        let connection = store.connection();
        connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap()
    };
    let mut sizes = Vec::new();
    for on in 0..60 {
        for _ in 0..40 {
            let run = run(&store, RunKind::Sync, on);
            settle(&store, intent(&store, run, on), done());
        }
        store.prune(keep(5), day(on)).unwrap();
        sizes.push(pages());
    }
    assert!(sizes[59] <= sizes[10] + 1, "{sizes:?}");
}
