//! Rule 3: least writing.

use super::Action;
use super::model::*;
use crate::domain::*;
use Attribute::*;

const MAC: &str = "A4:83:E7:00:11:22";

/// A device bound to configuration 1 by serial number, with the record of it.
fn bound(device: Device, record: Configuration, binding: Binding) -> Model {
    let (device, record) = (device.with_serial("S1"), record.with_serial("S1"));
    Model::new([device], [record], [binding.with_serial_seen("S1")])
}

/// The values that would be written for device `d`.
fn written(model: &Model) -> Vec<(Attribute, String)> {
    let planned = model.planned("d");
    let changes = planned.action.changes().cloned().unwrap_or_default();
    changes.into_iter().map(|(attribute, change)| (attribute, change.to.to_string())).collect()
}

fn named(name: &str) -> Device {
    device("d", "a").called(name)
}

fn record() -> Configuration {
    configuration(1, 1).called("Same")
}

fn held_since() -> Binding {
    binding("d", "a", 1, 1)
}

#[test]
fn only_fields_that_differ_are_written() {
    let mut model = bound(named("New"), record(), held_since());
    model.devices[0].hostname = Some("host".into());
    model.configurations[0].hostname = Some(" host ".into());
    assert_eq!(written(&model), [(Name, "New".into())]);
    let change = model.planned("d").action.changes().unwrap()[&Name].clone();
    assert_eq!(change.from, Some(Value::Text("Same".into())));
}

#[test]
fn spelling_is_no_difference() {
    let mut model = bound(
        named(" Same").with_mac("a483e7001122"),
        record().with_mac("A4-83-E7-00-11-22"),
        held_since(),
    );
    model.devices[0].local_ip = Some("2001:DB8:0::1".into());
    model.configurations[0].primary_ip = Some("2001:db8::1".into());
    assert_eq!(model.action("d").0, "unchanged");
}

#[test]
fn what_addigy_lacks_or_can_not_be_valid_never_blanks_or_spoils() {
    let mut model = bound(named(" "), record().with_mac(MAC), held_since());
    model.configurations[0].hostname = Some("host".into());
    model.configurations[0].primary_ip = Some("10.0.0.1".into());
    for (ip, mac) in [("", ""), ("fe80::1%en0", "A4:83:E7:00:11"), ("0.0.0.0", "none")] {
        model.devices[0].local_ip = Some(ip.into());
        model.devices[0].ethernet_mac = Some(mac.into());
        assert_eq!(model.action("d").0, "unchanged", "{ip:?} {mac:?}");
    }
    model.devices[0].serial_number = Some("N/A".into());
    assert_eq!(model.action("d").0, "unchanged");
}

#[test]
fn a_missing_name_falls_back_on_creation_only() {
    let mut model = Model::new([named("").with_serial("S1").with_mac(MAC)], [], []);
    let name = |model: &Model| written(model).into_iter().find(|(key, _)| *key == Name).unwrap().1;
    assert_eq!(name(&model), "S1");
    model.devices[0].hostname = Some("host".into());
    assert_eq!(name(&model), "host");
    model.configurations.push(record().with_serial("S1").with_mac(MAC));
    assert_eq!(written(&model), [(Hostname, "host".into())]);
}

#[test]
fn a_created_one_gets_what_addigy_has_status_and_type_and_nothing_empty() {
    let mut model = Model::new([named("New").with_serial(" S1 ")], [], []);
    model.devices[0].model = Some("iPad Pro".into());
    let condition =
        Condition { fact: facts::MODEL.into(), operator: Operator::Contains("ipad".into()) };
    model.rules.conditional_types =
        vec![TypeRule { when: vec![condition], type_id: TypeId::new(202) }];
    assert_eq!(
        written(&model),
        [
            (Name, "New".into()),
            (SerialNumber, "S1".into()),
            (Status, ACTIVE.to_string()),
            (Type, "202".into()),
        ]
    );
}

#[test]
fn the_type_of_one_that_exists_is_never_changed() {
    let mut model = bound(named("New"), record(), held_since());
    model.rules.default_type = TypeId::new(999);
    model.bindings.clear();
    assert_eq!(written(&model), [(Name, "New".into())]);
}

#[test]
fn joining_writes_the_active_status_and_unarchives() {
    let model = Model::new(
        [named("Same").with_serial("S1")],
        [record().with_serial("S1").inactive().archived()],
        [],
    );
    assert_eq!(written(&model), [(Status, ACTIVE.to_string()), (Archived, "false".into())]);
    assert!(matches!(model.planned("d").action, Action::Activate(..)));
}

#[test]
fn coming_back_joins_anew() {
    let left = held_since().in_state(BindingState::Left);
    let model = bound(named("Same"), record().inactive(), left);
    assert_eq!(written(&model), [(Status, ACTIVE.to_string())]);
}

#[test]
fn in_between_status_and_archiving_are_a_persons_and_told_as_drift() {
    for changed in [record().with_status(OTHER_STATUS), record().archived(), record().inactive()] {
        let model = bound(named("Same"), changed, held_since());
        assert_eq!(model.action("d").0, "unchanged");
        assert!(model.planned("d").notes.iter().any(|note| note.starts_with("drift")));
        assert_eq!(model.planned("d").pending, None);
    }
    let model = bound(named("Same"), record(), held_since());
    assert!(model.planned("d").notes.is_empty());
}

#[test]
fn a_field_changed_back_after_two_writes_is_contested_and_the_others_go_on() {
    let wrote = |times| held_since().wrote(Name, "Ours", Some("Ours"), times);
    let model = bound(named("Ours"), record(), wrote(1));
    assert_eq!(written(&model), [(Name, "Ours".into())]);
    let mut model = bound(named("Ours"), record(), wrote(2));
    model.devices[0].hostname = Some("host".into());
    assert_eq!(written(&model), [(Hostname, "host".into())]);
    let pending = model.planned("d").pending.unwrap();
    assert_eq!(pending.reason, PendingReason::Contested);
    assert!(pending.message.contains("name"));
    // Another value in Addigy is a new matter.
    let model = bound(named("Newer"), record(), wrote(2));
    assert_eq!(written(&model), [(Name, "Newer".into())]);
}

#[test]
fn a_contest_is_fought_twice_and_then_left() {
    let mut model = bound(named("Ours"), record(), held_since());
    for _ in 0..2 {
        assert_eq!(model.action("d").0, "update");
        model.apply(&model.plan());
        model.configurations[0].name = Some("Theirs".into());
    }
    assert_eq!(model.action("d").0, "unchanged");
    assert_eq!(model.planned("d").pending.unwrap().reason, PendingReason::Contested);
}

#[test]
fn a_value_stored_differently_counts_as_equal() {
    let wrote = held_since().wrote(Name, "A long name", Some("A long"), 1);
    let mut model = bound(named("A long name"), record().called("A long"), wrote);
    assert_eq!(model.action("d").0, "unchanged");
    assert_eq!(model.planned("d").pending, None);
    // Not so when something else stands there now.
    model.configurations[0].name = Some("Other".into());
    assert_eq!(model.action("d").0, "update");
}

#[test]
fn a_refused_value_is_not_sent_again_and_told() {
    let mut wrote = held_since();
    wrote = wrote.wrote(Hostname, "bad", None, 1);
    let mut model = bound(named("New"), record(), wrote);
    model.devices[0].hostname = Some("bad".into());
    assert_eq!(written(&model), [(Name, "New".into())]);
    assert!(model.planned("d").notes.iter().any(|note| note.contains("hostname")));
    model.devices[0].hostname = Some("good".into());
    assert_eq!(written(&model), [(Name, "New".into()), (Hostname, "good".into())]);
}

#[test]
fn what_was_written_to_another_record_says_nothing_of_this_one() {
    let elsewhere = binding("d", "a", 1, 9).wrote(Name, "Ours", Some("Ours"), 2);
    let model = bound(named("Ours"), record(), elsewhere);
    assert_eq!(written(&model), [(Name, "Ours".into())]);
}

#[test]
fn a_psa_keeps_its_record_until_that_changes() {
    let mut model = bound(named("New"), record().of_psa(), held_since());
    assert_eq!(written(&model), [(Name, "New".into())], "it is tried once");
    model.bindings[0].psa_refused = model.configurations[0].updated_at;
    assert_eq!(model.action("d").0, "unchanged");
    assert_eq!(model.planned("d").owned_by_psa, [Name]);
    assert_eq!(model.planned("d").pending, None, "no failure");
    model.configurations[0].updated_at = Some(now());
    assert_eq!(written(&model), [(Name, "New".into())]);
}

#[test]
fn serial_number_and_archiving_are_written_on_a_psa_record_too() {
    let mut model = Model::new(
        [named("New").with_serial("S1")],
        [record().of_psa().inactive().archived()],
        [binding("d", "a", 1, 1).in_state(BindingState::Left)],
    );
    model.bindings[0].psa_refused = model.configurations[0].updated_at;
    assert_eq!(written(&model), [(SerialNumber, "S1".into()), (Archived, "false".into())]);
    assert_eq!(model.planned("d").owned_by_psa, [Name, Status]);
}

#[test]
fn a_second_sync_writes_nothing() {
    let mut model = Model::new(
        [
            named("A name that is cut").with_serial("S1").with_mac(MAC),
            device("e", "a").with_serial("S2"),
            device("f", "b").with_serial("S3"),
        ],
        [
            configuration(1, 1).with_serial("S2").of_psa().inactive(),
            configuration(2, 1).with_serial("S3").archived(),
        ],
        [],
    );
    model.devices[0].hostname = Some(BAD_HOST.into());
    model.apply(&model.plan());
    let plan = model.organization(1);
    assert!(!plan.has_writes(), "{plan:#?}");
    assert!(plan.devices.iter().all(|planned| planned.action.word() == "unchanged"));
}
