//! Rule 2: which configuration is a device's own.

use super::Action;
use super::model::*;
use crate::domain::{BindingState, MatchedBy, PendingReason};

const MAC: &str = "A4:83:E7:00:11:22";

#[test]
fn the_recorded_binding_goes_before_the_mac_address() {
    let model = Model::new(
        [device("d", "a").with_mac(MAC)],
        [configuration(1, 1), configuration(2, 1).with_mac(MAC)],
        [binding("d", "a", 1, 1)],
    );
    assert_eq!(model.action("d"), ("update", Some(1)));
    assert_eq!(model.planned("d").matched_by, Some(MatchedBy::Binding));
}

#[test]
fn the_serial_number_goes_before_the_mac_address() {
    let model = Model::new(
        [device("d", "a").with_serial("S1").with_mac(MAC)],
        [configuration(1, 1).with_mac(MAC), configuration(2, 1).with_serial(" s1 ")],
        [],
    );
    assert_eq!(model.action("d"), ("update", Some(2)));
    assert_eq!(model.planned("d").matched_by, Some(MatchedBy::Serial));
}

#[test]
fn a_recorded_binding_holds_while_its_serial_number_fits() {
    for stands in ["", "N/A", "S1", "OLD"] {
        let model = Model::new(
            [device("d", "a").with_serial("S1")],
            [configuration(1, 1).with_serial(stands)],
            [binding("d", "a", 1, 1).with_serial_seen("OLD")],
        );
        assert_eq!(model.action("d"), ("update", Some(1)), "{stands:?}");
    }
}

#[test]
fn a_record_that_carries_another_serial_number_now_is_a_conflict() {
    let mut model = Model::new(
        [device("d", "a").with_serial("S1")],
        [configuration(1, 1).with_serial("FOREIGN")],
        [binding("d", "a", 1, 1).with_serial_seen("OLD")],
    );
    let (reason, message) = model.pending("d");
    assert_eq!(reason, PendingReason::IdentityConflict);
    assert!(message.contains("configuration 1") && message.contains("FOREIGN"), "{message}");
    model.configurations.push(configuration(2, 1).with_serial("S1"));
    let (_, message) = model.pending("d");
    assert!(message.contains("configuration 1") && message.contains("configuration 2"));
}

#[test]
fn another_record_with_the_devices_serial_number_is_a_conflict_that_names_both() {
    for stands in ["", "OLD"] {
        let model = Model::new(
            [device("d", "a").with_serial("S1")],
            [configuration(1, 1).with_serial(stands), configuration(2, 1).with_serial("S1")],
            [binding("d", "a", 1, 1).with_serial_seen("OLD")],
        );
        let (reason, message) = model.pending("d");
        assert_eq!(reason, PendingReason::IdentityConflict);
        assert!(message.contains("configuration 1") && message.contains("configuration 2"));
    }
}

#[test]
fn a_duplicate_of_the_recorded_configuration_does_not_unsettle_it() {
    let model = Model::new(
        [device("d", "a").with_serial("S1").called("Record 2")],
        [configuration(1, 1).with_serial("S1"), configuration(2, 1).with_serial("S1")],
        [binding("d", "a", 1, 2).with_serial_seen("S1")],
    );
    assert_eq!(model.action("d"), ("unchanged", Some(2)));
}

#[test]
fn a_new_logic_board_keeps_the_record() {
    let mut model = Model::new(
        [device("d", "a").with_serial("NEW")],
        [configuration(1, 1).with_serial("OLD")],
        [binding("d", "a", 1, 1).with_serial_seen("OLD")],
    );
    assert_eq!(model.action("d"), ("update", Some(1)));
    model.apply(&model.plan());
    assert_eq!(model.configuration(1).serial_number.as_deref(), Some("NEW"));
    assert_eq!(model.action("d"), ("unchanged", Some(1)));
}

#[test]
fn a_record_whose_serial_number_turned_up_on_another_device_is_a_conflict_for_both() {
    let model = Model::new(
        [device("d", "a").with_serial("NEW"), device("e", "a").with_serial("OLD")],
        [configuration(1, 1).with_serial("OLD")],
        [binding("d", "a", 1, 1).with_serial_seen("OLD")],
    );
    for device in ["d", "e"] {
        let (reason, message) = model.pending(device);
        assert_eq!(reason, PendingReason::IdentityConflict);
        assert!(message.contains("configuration 1") && message.contains("device"), "{message}");
    }
}

#[test]
fn unarchived_goes_before_archived_then_active_before_others() {
    let serial = |number| configuration(number, 1).with_serial("S1");
    let archived = serial(1).archived();
    let inactive = serial(2).inactive();
    let active = serial(3);
    let device = device("d", "a").with_serial("S1");
    let found =
        |configurations: Vec<_>| Model::new([device.clone()], configurations, []).action("d").1;
    assert_eq!(found(vec![archived.clone(), inactive.clone()]), Some(2));
    assert_eq!(found(vec![archived.clone(), inactive.clone(), active]), Some(3));
    assert_eq!(found(vec![archived.clone(), serial(4).archived().inactive()]), Some(1));
    assert_eq!(found(vec![archived]), Some(1));
}

#[test]
fn equals_are_ambiguous_and_all_named() {
    let serial = |number| configuration(number, 1).with_serial("S1").inactive();
    let model = Model::new([device("d", "a").with_serial("S1")], [1, 22, 333].map(serial), []);
    let (reason, message) = model.pending("d");
    assert_eq!(reason, PendingReason::AmbiguousMatch);
    assert!(["1", "22", "333"].iter().all(|id| message.contains(id)), "{message}");
}

#[test]
fn a_hand_settles_what_is_ambiguous_or_in_conflict() {
    let serial = |number| configuration(number, 1).with_serial("S1");
    let chosen = binding("d", "a", 1, 2).in_state(BindingState::Chosen).by_hand();
    let device = device("d", "a").with_serial("S1");
    let mut model = Model::new([device.clone()], [serial(1), serial(2)], [chosen.clone()]);
    assert_eq!(model.action("d"), ("update", Some(2)));
    assert_eq!(model.planned("d").matched_by, Some(MatchedBy::Hand));
    model.apply(&model.plan());
    assert_eq!(model.action("d"), ("unchanged", Some(2)));

    let foreign = configuration(2, 1).with_serial("FOREIGN");
    let model = Model::new([device], [serial(1), foreign], [chosen]);
    assert_eq!(model.action("d"), ("update", Some(2)));
}

#[test]
fn a_hand_takes_a_record_from_the_device_that_held_it() {
    let mut model = Model::new(
        [device("d", "a").with_serial("S1"), device("e", "a").with_mac(MAC)],
        [configuration(1, 1)],
        [binding("d", "a", 1, 1).in_state(BindingState::Chosen), binding("e", "a", 1, 1)],
    );
    assert_eq!(model.action("d"), ("update", Some(1)));
    assert_eq!(model.action("e"), ("create", None));
    model.apply(&model.plan());
    assert_eq!(model.action("d"), ("unchanged", Some(1)));
    assert_eq!(model.action("e"), ("unchanged", Some(NEW + 1)));
}

#[test]
fn placeholders_are_no_identity() {
    for (serial, mac) in [("0", "00:00:00:00:00:00"), ("None", ""), ("N/A", "n/a"), ("", "1234")] {
        let model = Model::new(
            [device("d", "a").with_serial(serial).with_mac(mac)],
            [configuration(1, 1).with_serial(serial).with_mac(mac)],
            [],
        );
        assert_eq!(model.pending("d").0, PendingReason::NoIdentity, "{serial:?} {mac:?}");
    }
}

#[test]
fn a_mac_address_fits_a_record_without_serial_number_however_it_is_spelled() {
    for serial in ["", "N/A"] {
        let model = Model::new(
            [device("d", "a").with_mac(MAC)],
            [configuration(1, 1).with_mac("a483.e700.1122").with_serial(serial)],
            [],
        );
        assert_eq!(model.action("d"), ("update", Some(1)));
        assert_eq!(model.planned("d").matched_by, Some(MatchedBy::Mac));
    }
}

#[test]
fn a_mac_address_never_fits_a_record_with_a_serial_number_or_a_holder() {
    let owned = configuration(1, 1).with_mac(MAC).with_serial("OTHER");
    let model = Model::new([device("d", "a").with_serial("S1").with_mac(MAC)], [owned], []);
    assert_eq!(model.action("d").0, "create");
    let model = Model::new(
        [device("d", "a").with_serial("S1").with_mac(MAC), device("e", "a")],
        [configuration(1, 1).with_mac(MAC)],
        [binding("e", "a", 1, 1)],
    );
    assert_eq!(model.action("d").0, "create");
}

#[test]
fn a_mac_address_of_two_devices_or_two_records_fits_nothing() {
    let device_with = |id| device(id, "a").with_serial(id).with_mac(MAC);
    let record = |number| configuration(number, 1).with_mac(MAC);
    // The other device is in a policy that is not even linked.
    let elsewhere = device("e", "free").with_mac(MAC);
    let model = Model::new([device_with("d"), elsewhere], [record(1)], []);
    assert_eq!(model.action("d").0, "create");
    let model = Model::new([device_with("d")], [record(1), record(2)], []);
    assert_eq!(model.pending("d").0, PendingReason::AmbiguousMatch);
    let model = Model::new([device_with("d")], [record(1), record(2).with_serial("X")], []);
    assert_eq!(model.action("d").0, "create");
}

#[test]
fn a_dock_that_travelled_leaves_its_address_to_the_next_device() {
    let mut model = Model::new(
        [device("d", "a").with_mac("A4:83:E7:00:00:01"), device("e", "a").with_mac(MAC)],
        [configuration(1, 1).with_mac(MAC)],
        [binding("d", "a", 1, 1)],
    );
    assert_eq!(model.action("d"), ("update", Some(1)));
    assert_eq!(model.action("e").0, "create");
    model.apply(&model.plan());
    assert_eq!(model.action("e"), ("unchanged", Some(NEW + 1)));
}

#[test]
fn a_name_is_a_hint_and_never_a_match() {
    let namesake = configuration(1, 1).called("mac D ");
    let model = Model::new([device("d", "a").with_serial("S1")], [namesake.clone()], []);
    assert_eq!(model.action("d").0, "create");
    assert!(model.planned("d").notes.iter().any(|note| note.contains("configuration 1")));
    let (reason, message) = Model::new([device("d", "a")], [namesake], []).pending("d");
    assert_eq!(reason, PendingReason::NoIdentity);
    assert!(message.contains("configuration 1"), "{message}");
}

#[test]
fn only_a_404_makes_a_record_gone() {
    let bound = binding("d", "a", 1, 1).with_serial_seen("S1");
    let mut model = Model::new([device("d", "a").with_serial("S1")], [], [bound]);
    assert_eq!(model.action("d").0, "create");
    model.unknown.insert(id(1));
    assert_eq!(model.pending("d").0, PendingReason::Unreachable);
}

#[test]
fn a_record_in_another_organization_is_left_alone_and_the_device_matched_anew() {
    let mut model = Model::new(
        [device("d", "a").with_serial("S1")],
        [configuration(1, 2).with_serial("S1"), configuration(2, 1).with_serial("S1")],
        [binding("d", "a", 1, 1).with_serial_seen("S1")],
    );
    assert_eq!(model.action("d"), ("update", Some(2)));
    model.configurations.pop();
    assert_eq!(model.action("d").0, "create");
    assert!(model.organization(2).devices.is_empty());
}

#[test]
fn a_listing_with_other_clients_records_matches_none_of_them() {
    let mut model = Model::new(
        [device("d", "a").with_serial("S1")],
        [configuration(1, 2).with_serial("S1")],
        [],
    );
    model.unfiltered = true;
    assert_eq!(model.action("d").0, "create");
}

#[test]
fn a_device_that_comes_back_gets_its_record_back() {
    for state in [BindingState::Left, BindingState::Released] {
        let serial = |number| configuration(number, 1).with_serial("S1").inactive();
        let model = Model::new(
            [device("d", "a").with_serial("S1")],
            [serial(1), serial(2)],
            [binding("d", "a", 1, 2).with_serial_seen("S1").in_state(state)],
        );
        assert_eq!(model.action("d"), ("activate", Some(2)));
        assert_eq!(model.planned("d").matched_by, Some(MatchedBy::Binding));
    }
}

#[test]
fn a_record_left_long_ago_is_no_conflict_when_it_is_anothers_now() {
    let model = Model::new(
        [device("d", "a").with_mac(MAC), device("e", "a").with_serial("S2")],
        [configuration(1, 1).with_serial("S2")],
        [binding("d", "a", 1, 1).in_state(BindingState::Left), binding("e", "a", 1, 1)],
    );
    assert_eq!(model.action("d").0, "create");
    assert_eq!(model.action("e"), ("update", Some(1)));
}

#[test]
fn an_unsettled_create_waits_also_for_a_twin() {
    let mut model = Model::new([device("d", "a").with_serial("S1")], [], []);
    model.unsettled.insert((device_id("d"), org(1)), hours_ago(-1));
    assert!(matches!(model.planned("d").action, Action::Wait(at) if at == hours_ago(-1)));
    assert_eq!(model.pending("d").0, PendingReason::Unsettled);
    model.devices.push(device("e", "a").with_serial("S1").seen(now()));
    assert_eq!(model.pending("d").0, PendingReason::DuplicateSerial);
    assert_eq!(model.pending("e").0, PendingReason::Unsettled);
}
