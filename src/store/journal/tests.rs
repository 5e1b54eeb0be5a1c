use super::*;
use crate::domain::Change;
use crate::store::tests::{begin, binding};
use std::slice::from_ref;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn change(from: Option<Value>, to: Value) -> Change {
    Change { from, to }
}

fn create(device: &str, organization: i64) -> Intent {
    Intent {
        device_id: DeviceId::new(device),
        device_name: "Ana's Mac".into(),
        organization_id: OrganizationId::new(organization),
        policy_id: PolicyId::new("p"),
        kind: IntentKind::Create,
        configuration_id: None,
        changes: [
            (Attribute::Name, change(None, text("Ana's Mac"))),
            (Attribute::Archived, change(Some(Value::Flag(true)), Value::Flag(false))),
            (Attribute::Status, change(None, Value::Id(101))),
        ]
        .into(),
        serial: SerialNumber::parse("c02xg0fdjgh5"),
        mac: MacAddress::parse("a4-83-e7-00-11-22"),
    }
}

fn settled(intent: IntentId, outcome: IntentOutcome) -> Settlement {
    Settlement { intent, outcome, binding: None, at: at(9) }
}

fn done(configuration: i64, stored: Values) -> IntentOutcome {
    IntentOutcome::Done { configuration_id: ConfigurationId::new(configuration), stored }
}

fn open_ids(store: &Store) -> Vec<IntentId> {
    store.open_intents().unwrap().iter().map(|open| open.id).collect()
}

#[test]
fn an_intent_outlives_its_process() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("state");
    let store = Store::open(&dir).unwrap();
    let run = begin(&store);
    let intents = [create("a", 1), create("b", 2)];
    let ids = store.journal(run, &intents, at(5)).unwrap();
    drop(store);

    let store = Store::open(&dir).unwrap();
    let open = store.open_intents().unwrap();
    let expected: Vec<OpenIntent> = ids
        .iter()
        .zip(intents)
        .map(|(id, intent)| OpenIntent { id: *id, run, intent, attempted_at: at(5), lost_at: None })
        .collect();
    assert_eq!(open, expected);
    assert_eq!(store.open_intents_of(OrganizationId::new(2)).unwrap(), expected[1..]);
    assert_eq!(store.open_intents_of(OrganizationId::new(3)).unwrap(), []);
    assert_eq!(store.run(run).unwrap().unwrap().finished, None);
}

#[test]
fn a_lost_answer_stays_open_until_it_is_found_out() {
    let store = Store::in_memory().unwrap();
    let run = begin(&store);
    let ids = store
        .journal(run, &["a", "b", "c", "d", "e"].map(|device| create(device, 1)), at(1))
        .unwrap();
    let outcomes = [
        IntentOutcome::Lost,
        IntentOutcome::Refused("Name has already been taken".into()),
        IntentOutcome::NotSent,
        IntentOutcome::NotDone,
        done(7, Values::new()),
    ];
    let settlements: Vec<Settlement> =
        ids.iter().zip(outcomes).map(|(id, outcome)| settled(*id, outcome)).collect();
    store.settle(&settlements).unwrap();
    assert_eq!(open_ids(&store), ids[..1]);
    assert_eq!(store.open_intents().unwrap()[0].lost_at, Some(at(9)));
    store.settle(&[settled(ids[0], IntentOutcome::NotDone)]).unwrap();
    assert_eq!(open_ids(&store), []);
}

#[test]
fn an_intent_and_its_binding_are_settled_in_one() {
    let store = Store::in_memory().unwrap();
    let run = begin(&store);
    let ids = store.journal(run, &[create("a", 1), create("b", 1)], at(1)).unwrap();
    let settlement = |id: IntentId, device: &str| Settlement {
        binding: Some(binding(device, 1, 7)),
        ..settled(id, done(7, Values::new()))
    };
    // Both on configuration 7: the second is refused, and with it the first.
    let error = store.settle(&[settlement(ids[0], "a"), settlement(ids[1], "b")]).unwrap_err();
    assert!(matches!(error, StoreError::AlreadyHeld { .. }), "{error}");
    assert_eq!(open_ids(&store), ids);
    assert_eq!(store.bindings().unwrap(), []);

    store.settle(&[settlement(ids[0], "a")]).unwrap();
    assert_eq!(open_ids(&store), ids[1..]);
    assert_eq!(store.bindings().unwrap(), [binding("a", 1, 7)]);
}

#[test]
fn what_is_settled_stays_settled() {
    let store = Store::in_memory().unwrap();
    let run = begin(&store);
    let ids = store.journal(run, &[create("a", 1), create("b", 1)], at(1)).unwrap();
    store.settle(&[settled(ids[0], IntentOutcome::NotSent)]).unwrap();
    let again = [settled(ids[1], IntentOutcome::NotSent), settled(ids[0], done(7, Values::new()))];
    let error = store.settle(&again).unwrap_err();
    assert!(matches!(error, StoreError::NotOpen { id } if id == ids[0]), "{error}");
    assert_eq!(open_ids(&store), ids[1..], "nothing of a refused set is kept");
}

#[test]
fn the_history_holds_what_was_taken_and_the_former_values() {
    let store = Store::in_memory().unwrap();
    let run = begin(&store);
    let ids = store.journal(run, &[create("a", 1), create("b", 1)], at(1)).unwrap();
    // IT Glue shortened the name and refused the status.
    let stored: Values =
        [(Attribute::Name, text("Ana's")), (Attribute::Archived, Value::Flag(false))].into();
    store
        .settle(&[settled(ids[0], done(7, stored)), settled(ids[1], IntentOutcome::NotSent)])
        .unwrap();
    let undo = begin(&store);
    store.mark_undone(undo, &[(ids[0], Attribute::Archived)]).unwrap();
    store.mark_undone(undo, &[(ids[0], Attribute::Archived)]).unwrap();

    let recorded = |attribute, from, to, undone| RecordedChange {
        intent: ids[0],
        kind: IntentKind::Create,
        device_id: DeviceId::new("a"),
        device_name: "Ana's Mac".into(),
        organization_id: OrganizationId::new(1),
        policy_id: PolicyId::new("p"),
        configuration_id: ConfigurationId::new(7),
        attribute,
        from,
        to,
        at: at(9),
        undone,
    };
    assert_eq!(
        store.changes_of(run).unwrap(),
        [
            recorded(Attribute::Name, None, text("Ana's"), false),
            recorded(Attribute::Archived, Some(Value::Flag(true)), Value::Flag(false), true),
        ]
    );
    assert_eq!(store.changes_of(undo).unwrap(), []);
}

#[test]
fn an_intent_needs_its_run() {
    let store = Store::in_memory().unwrap();
    store.journal(RunId::new(99), from_ref(&create("a", 1)), at(1)).unwrap_err();
    assert_eq!(open_ids(&store), []);
}
