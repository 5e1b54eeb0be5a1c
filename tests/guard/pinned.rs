//! Between a plan and its yes: what a person saw is what is written, or nothing is.

use crate::scene::*;
use crate::support::{Stage, serial};
use bindery::apply::{Engine, Error, Request, Summary};
use bindery::domain::{Condition, Guard, Operator, StatusId, TypeId, TypeRule};
use bindery::sandbox::itglue::model::Configuration;

/// Plans, then runs what was said yes to with an engine that is made anew, as the console does.
async fn yes(stage: &Stage, between: impl FnOnce(&mut Engine)) -> Result<Summary, Error> {
    let (engine, receiver) = stage.engine();
    let request = Request::sync(None);
    let prepared = engine.plan(&request).await.unwrap();
    drop((engine, receiver));
    let request = Request { seen: Some(prepared.seen()), ..request };
    let (mut engine, mut receiver) = stage.engine();
    between(&mut engine);
    let drain = tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    let result = engine.sync(&request).await;
    drop(engine);
    drain.await.unwrap();
    result
}

#[tokio::test]
async fn settings_edited_between_a_plan_and_its_yes() {
    type Edit = fn(&mut Engine);
    let edits: [(&str, Edit); 6] = [
        ("the active status", |engine| engine.rules.active = StatusId::new(77)),
        ("the inactive status", |engine| engine.rules.inactive = engine.rules.active),
        ("the default type", |engine| engine.rules.default_type = TypeId::new(77)),
        ("the conditional types", |engine| {
            let condition = Condition {
                fact: "device_name".into(),
                operator: Operator::Contains("mac".into()),
            };
            let rule = TypeRule { when: vec![condition], type_id: TypeId::new(77) };
            engine.rules.conditional_types.push(rule);
        }),
        ("the limits of the guard", |engine| {
            engine.rules.guard = Guard { max_inactive_percent: 100, max_inactive_devices: 1000 };
        }),
        ("IT Glue's address", |engine| engine.itglue_url = "https://api.eu.itglue.com/".into()),
    ];
    let stage = bound(20).await;
    stage.control().remove_devices("Acme", 8).unwrap();
    stage.add_device("Acme", 30);
    for (what, edit) in edits {
        let error = yes(&stage, edit).await.unwrap_err();
        assert!(
            matches!(error, Error::OtherSettings(differs) if differs == what),
            "{what}: {error}"
        );
        assert!(error.to_string().contains(what) && error.to_string().contains("Plan again"));
    }
    untouched(&stage);
    assert!(stage.store.open_intents().unwrap().is_empty());
    let summary = yes(&stage, |_| {}).await.unwrap();
    assert_eq!((summary.counts.created, summary.counts.withheld), (1, 8));
}

#[tokio::test]
async fn a_link_made_between_a_plan_and_its_yes() {
    let stage = two_clients(3, 3).await;
    stage.control().add_organization("Initech");
    let policy = stage.control().add_policy("Initech", None, "").unwrap();
    stage.add_device("Initech", 30);
    let store = stage.store.clone();
    let id =
        bindery::domain::OrganizationId::new(stage.control().organization_id("Initech").unwrap());
    let result = yes(&stage, move |_| {
        let target = bindery::domain::LinkTarget::Organization {
            id,
            name: "Initech".into(),
            with_children: false,
        };
        let policy_id = bindery::domain::PolicyId::new(policy);
        let link = bindery::domain::Link { policy_id, target };
        store.set_link(&link, "another", jiff::Timestamp::now()).unwrap();
    })
    .await;
    assert!(matches!(result, Err(Error::OtherOrganization(other)) if other == id), "{result:?}");
    untouched(&stage);
}

/// What the plan showed to be created is there by now: it is bound, not doubled.
#[tokio::test]
async fn a_record_made_between_a_plan_and_its_yes() {
    let stage = bound(3).await;
    stage.add_device("Acme", 9);
    let (control, kind) = (stage.control(), stage.default_type().get());
    let summary = yes(&stage, move |_| {
        let id = control.organization_id("Acme").unwrap();
        let theirs = Configuration {
            serial_number: Some(serial(9)),
            ..Configuration::new(id, "by hand", kind)
        };
        control.add_configuration(theirs);
    })
    .await
    .unwrap();
    assert_eq!((summary.counts.created, summary.counts.activated), (0, 1));
    stage.configuration(&serial(9));
}
