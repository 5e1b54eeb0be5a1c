//! Undo's plan: whatever a run did and whatever came after it.

use super::model::configuration;
use super::*;
use crate::domain::{StatusId, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

const INACTIVE: i64 = 9;
const TEXTS: [Attribute; 3] = [Attribute::Name, Attribute::Hostname, Attribute::PrimaryIp];

#[derive(Debug, Clone)]
struct Case {
    done: Vec<Done>,
    found: BTreeMap<ConfigurationId, Found>,
    holders: BTreeMap<ConfigurationId, DeviceId>,
}

impl Case {
    fn plan(&self) -> Vec<UndoDevice> {
        plan_undo(&UndoWorld {
            done: &self.done,
            found: &self.found,
            holders: &self.holders,
            redo: false,
            inactive: StatusId::new(INACTIVE),
            statuses: &[1, 2, INACTIVE].map(StatusId::new).into(),
        })
    }

    /// Carries a plan out.
    fn apply(&mut self, plan: &[UndoDevice]) {
        for device in plan {
            let Some(Found::Here(there)) = self.found.get_mut(&device.configuration_id) else {
                continue;
            };
            let there = Arc::make_mut(there);
            for (attribute, change) in &device.put_back.changes {
                set(there, *attribute, Some(change.to.clone()));
            }
        }
    }
}

fn set(record: &mut Configuration, attribute: Attribute, value: Option<Value>) {
    let text = value.as_ref().and_then(Value::as_text).map(str::to_owned);
    match (attribute, value) {
        (Attribute::Name, _) => record.name = text,
        (Attribute::Hostname, _) => record.hostname = text,
        (Attribute::PrimaryIp, _) => record.primary_ip = text,
        (Attribute::Status, Some(Value::Id(id))) => record.status_id = Some(StatusId::new(id)),
        (Attribute::Status, _) => record.status_id = None,
        _ => unreachable!("no attribute of these tests"),
    }
}

/// Few values, so that they meet.
fn any_value(attribute: Attribute) -> BoxedStrategy<Option<Value>> {
    if attribute == Attribute::Status {
        return prop_oneof![Just(None), (1i64..5).prop_map(|id| Some(Value::Id(id)))].boxed();
    }
    let texts = prop_oneof![Just("a"), Just("b"), Just("c")];
    prop_oneof![Just(None), texts.prop_map(|text| Some(Value::Text(text.into())))].boxed()
}

fn any_attribute() -> impl Strategy<Value = Attribute> {
    prop_oneof![Just(TEXTS[0]), Just(TEXTS[1]), Just(TEXTS[2]), Just(Attribute::Status)]
}

fn any_done() -> impl Strategy<Value = Done> {
    let was = prop_oneof![
        Just(Was::Created),
        Just(Was::Activated),
        Just(Was::Updated),
        Just(Was::Inactivated)
    ];
    let values = any_attribute()
        .prop_flat_map(|attribute| (Just(attribute), any_value(attribute), any_value(attribute)));
    (was, 1i64..4, values, any::<bool>(), proptest::option::weighted(0.2, 10i64..12)).prop_map(
        |(was, id, (attribute, from, to), undone, later)| Done {
            was,
            device_id: DeviceId::new(format!("d{id}")),
            device_name: format!("Mac {id}"),
            organization_id: OrganizationId::new(1),
            policy_id: PolicyId::new("a"),
            configuration_id: ConfigurationId::new(id),
            attribute,
            from,
            to: to.unwrap_or(Value::Nothing),
            undone,
            later: later.map(crate::domain::RunId::new),
        },
    )
}

fn any_found(id: i64) -> impl Strategy<Value = Found> {
    let record = (
        any_value(Attribute::Name),
        any_value(Attribute::Hostname),
        any_value(Attribute::PrimaryIp),
        any_value(Attribute::Status),
    );
    let here = record.prop_map(move |(name, hostname, ip, status)| {
        let mut there = configuration(id, 1);
        set(&mut there, Attribute::Name, name);
        set(&mut there, Attribute::Hostname, hostname);
        set(&mut there, Attribute::PrimaryIp, ip);
        set(&mut there, Attribute::Status, status);
        Found::Here(Arc::new(there))
    });
    prop_oneof![
        8 => here,
        1 => Just(Found::Gone),
        1 => Just(Found::In(OrganizationId::new(2))),
        1 => Just(Found::Missing("it is called otherwise now".into())),
    ]
}

fn any_case() -> impl Strategy<Value = Case> {
    let found = (any_found(1), any_found(2), any_found(3));
    (vec(any_done(), 0..12), found, any::<bool>()).prop_map(|(done, (a, b, c), taken)| {
        let id = ConfigurationId::new;
        let holder = if taken { "another" } else { "d1" };
        Case {
            done,
            found: [(id(1), a), (id(2), b), (id(3), c)].into(),
            holders: [(id(1), DeviceId::new(holder))].into(),
        }
    })
}

fn last<'a>(case: &'a Case, device: &UndoDevice, attribute: Attribute) -> &'a Done {
    let of_it = |done: &&Done| {
        done.configuration_id == device.configuration_id
            && done.attribute == attribute
            && !done.undone
    };
    case.done.iter().rfind(of_it).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_is_written_that_somebody_changed_since(case in any_case()) {
        for device in case.plan() {
            for (attribute, change) in &device.put_back.changes {
                let Found::Here(now) = &case.found[&device.configuration_id] else {
                    panic!("what is not there is written to: {device:?}")
                };
                let done = last(&case, &device, *attribute);
                prop_assert_eq!(&change.from, &now.value(*attribute));
                prop_assert!(attribute.holds(&done.to, now.value(*attribute).as_ref()));
                prop_assert!(!attribute.holds(&change.to, change.from.as_ref()));
                prop_assert_eq!(done.later, None);
                prop_assert!(case.holders.get(&device.configuration_id)
                    .is_none_or(|holder| *holder == device.device_id));
            }
        }
    }

    #[test]
    fn what_was_created_is_only_set_inactive(case in any_case()) {
        for device in case.plan().iter().filter(|d| d.put_back.was == Was::Created) {
            for (attribute, change) in &device.put_back.changes {
                prop_assert_eq!(*attribute, Attribute::Status);
                prop_assert_eq!(&change.to, &Value::Id(INACTIVE));
            }
        }
    }

    #[test]
    fn a_name_is_never_taken_away_and_no_vanished_status_given(case in any_case()) {
        for device in case.plan() {
            let changes = &device.put_back.changes;
            prop_assert!(changes.get(&Attribute::Name).is_none_or(|c| c.to != Value::Nothing));
            let status = changes.get(&Attribute::Status).map(|change| &change.to);
            prop_assert!(!matches!(status, Some(Value::Id(3 | 4))));
        }
    }

    #[test]
    fn every_attribute_is_told_of_once(case in any_case()) {
        for device in case.plan() {
            let put_back = &device.put_back;
            let left = put_back.left.iter().filter_map(|left| left.attribute);
            let mut told: Vec<Attribute> =
                put_back.changes.keys().chain(&put_back.already).copied().chain(left).collect();
            let count = told.len();
            told.sort();
            told.dedup();
            prop_assert_eq!(told.len(), count);
            prop_assert!(count > 0 || put_back.left.len() == 1, "{:?}", put_back);
        }
    }

    #[test]
    fn carried_out_it_is_done(mut case in any_case()) {
        let plan = case.plan();
        case.apply(&plan);
        let again = case.plan();
        prop_assert!(again.iter().all(|device| device.put_back.changes.is_empty()), "{:?}", again);
        prop_assert_eq!(again.len(), plan.len());
    }
}

#[test]
fn a_later_run_that_brought_it_back_itself_leaves_nothing_to_do() {
    let done = Done {
        was: Was::Updated,
        device_id: DeviceId::new("d1"),
        device_name: "Mac".into(),
        organization_id: OrganizationId::new(1),
        policy_id: PolicyId::new("a"),
        configuration_id: ConfigurationId::new(1),
        attribute: Attribute::Name,
        from: Some(Value::Text("before".into())),
        to: Value::Text("after".into()),
        undone: false,
        later: Some(crate::domain::RunId::new(8)),
    };
    let record = |name: &str| {
        let record = Configuration { name: Some(name.into()), ..configuration(1, 1) };
        BTreeMap::from([(ConfigurationId::new(1), Found::Here(Arc::new(record)))])
    };
    let case =
        |name| Case { done: vec![done.clone()], found: record(name), holders: BTreeMap::new() };
    assert_eq!(case("before").plan(), []);
    let left = case("third").plan().remove(0).put_back.left_told();
    assert_eq!(left, "name: run 8 changed it again: third stands there now");
    let by_hand = Case { done: vec![Done { later: None, ..done.clone() }], ..case("third") };
    let left = by_hand.plan().remove(0).put_back.left_told();
    assert_eq!(left, "name: changed since: the run left after, third stands there now");
}
