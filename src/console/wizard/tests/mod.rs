//! The setup driven by keys and answers, without a service.

mod draft;
mod drawn;
mod fields;
mod review;
mod rules;

use super::Wizard;
use super::ask::{AddigySeen, Ask, ItGlueSeen, Told};
use super::draft::{Draft, Named, Step};
use super::failure::{Failure, KeyFacts};
use super::fleet::{FactRow, Fleet};
use super::rule::{Comparison, ConditionDraft, RuleDraft};
use super::secret::{SecretDraft, SourceKind};
use crate::console::effect::{Answer, Effect};
use crate::console::event::Event;
use crate::console::shared::Shared;
use crate::console::testing::{self, Driver};
use crate::domain::*;
use crate::settings::Region;
use crate::transport::{Error, Service};
use std::collections::BTreeMap;
use std::sync::Arc;

const SECRET: &str = "S3cret-of.the+Wizard";

/// The setup before anything is set up.
fn first_run(draft: Draft) -> Driver {
    sized(80, 24, draft)
}

fn sized(columns: u16, rows: u16, draft: Draft) -> Driver {
    let shared = Shared { settings: None, size: (columns, rows), ..testing::shared() };
    Driver::new(shared, vec![Box::new(Wizard::new(draft))])
}

/// The setup over settings that are there.
fn again(draft: Draft) -> Driver {
    Driver::new(testing::shared(), vec![Box::new(Wizard::new(draft))])
}

fn tell(driver: &mut Driver, told: Told) {
    driver.answer(Answer::Setup(Box::new(told)));
}

/// What the setup asked for since the last time, in words.
fn asked(driver: &mut Driver) -> Vec<&'static str> {
    let word = |effect: &Effect| {
        let Effect::Setup(ask) = effect else { return None };
        Some(match **ask {
            Ask::Resume => "resume",
            Ask::Keep(_) => "keep",
            Ask::Forget => "forget",
            Ask::Addigy(_) => "addigy",
            Ask::ItGlue(..) => "itglue",
            Ask::Regions(..) => "regions",
            Ask::Fleet(..) => "fleet",
            Ask::Finish(..) => "finish",
            Ask::FirstPolicy => "first policy",
        })
    };
    driver.take_effects().iter().filter_map(word).collect()
}

fn addigy() -> Told {
    Told::Addigy(Ok(AddigySeen { organization: Some("b9a1".into()), policies: 42, devices: 500 }))
}

fn itglue() -> Told {
    let status = |id, name: &str| ConfigurationStatus { id: StatusId::new(id), name: name.into() };
    let kind = |id, name: &str| ConfigurationType { id: TypeId::new(id), name: name.into() };
    Told::ItGlue(Ok(Arc::new(ItGlueSeen {
        organizations: 60,
        statuses: vec![
            status(101, "Active"),
            status(102, "Inactive"),
            status(103, "In Storage"),
            status(104, "Retired"),
        ],
        types: vec![
            kind(204, "Desktop"),
            kind(202, "iPad"),
            kind(203, "Kiosk"),
            kind(201, "Laptop"),
            kind(205, "Phone\u{1b}[31m"),
        ],
    })))
}

fn device(at: usize) -> Device {
    let model = ["MacBook Air (M1, 2020)", "iPad Air (M2)", "iPhone 15"][at % 3];
    Device {
        id: DeviceId::new(format!("d{at}")),
        name: Some(format!("ACM-{at:03}")),
        hostname: None,
        local_ip: None,
        ethernet_mac: None,
        serial_number: None,
        model: Some(model.into()),
        last_online: None,
        membership: Membership::Read { location: None, listed: Default::default() },
        facts: BTreeMap::from([(
            "custom_department".to_owned(),
            FactValue::Text(["Sales", "Front Desk"][at % 2].into()),
        )]),
    }
}

fn fleet() -> Told {
    let row = |identifier: &str, name: &str, samples: &[&str]| FactRow {
        identifier: identifier.into(),
        name: name.into(),
        samples: samples.iter().map(|sample| (*sample).to_owned()).collect(),
    };
    let facts = vec![
        row("custom_department", "Department", &["Sales", "Front Desk"]),
        row("device_model_name", "Device Model Name", &["MacBook Air (M1, 2020)", "iPhone 15"]),
        row("os_platform", "OS Platform", &["macOS"]),
    ];
    let devices = (0..30).map(device).collect();
    Told::Fleet(Ok(Arc::new(Fleet::of(facts, devices, &["custom_department"]))))
}

fn condition(fact: &str, comparison: Comparison, value: &str) -> ConditionDraft {
    ConditionDraft { fact: fact.into(), comparison, value: value.into() }
}

fn rule(fact: &str, comparison: Comparison, value: &str, kind: i64, name: &str) -> RuleDraft {
    RuleDraft {
        when: vec![condition(fact, comparison, value)],
        kind: Some(Named { id: TypeId::new(kind), name: name.into() }),
    }
}

/// Everything entered, two rules among it, at this step.
fn full(step: Step) -> Draft {
    let base = Draft::default();
    Draft {
        step,
        token: SecretDraft { kind: SourceKind::Env, ..base.token.clone() },
        key: SecretDraft {
            kind: SourceKind::Command,
            command: "pass show itglue".into(),
            ..base.key.clone()
        },
        region: Some(Region::Eu),
        active: Some(Named { id: StatusId::new(101), name: "Active".into() }),
        inactive: Some(Named { id: StatusId::new(102), name: "Inactive".into() }),
        default_type: Some(Named { id: TypeId::new(201), name: "Laptop".into() }),
        rules: vec![
            rule("device_model_name", Comparison::Contains, "iPad", 202, "iPad"),
            rule("custom_department", Comparison::Equals, "Front Desk", 203, "Kiosk"),
        ],
        ..base
    }
}

/// The full draft at this step, with everything told that the step asks for.
fn at(step: Step) -> Driver {
    let mut driver = first_run(full(step));
    for told in [addigy(), itglue(), fleet()] {
        tell(&mut driver, told);
    }
    driver.take_effects();
    driver
}

fn refused(service: Service) -> Error {
    Error::NotPermitted {
        service,
        call: "GET /organizations".into(),
        status: 403,
        problems: Vec::new(),
        last: None,
    }
}

fn key_refused() -> Failure {
    let key = KeyFacts { looks_right: true, region: Some(Region::Us), long_unused: false };
    Failure::itglue(&refused(Service::ItGlue), key)
}

/// The line that holds this.
fn line(driver: &Driver, part: &str) -> String {
    let drawn = driver.draw();
    let found = drawn.lines().find(|line| line.contains(part));
    found.unwrap_or_else(|| panic!("nothing says {part}:\n{drawn}")).to_owned()
}

fn shows(driver: &Driver, part: &str) -> bool {
    driver.draw().contains(part)
}

fn paste(driver: &mut Driver, text: &str) {
    driver.event(Event::Paste(text.into()));
}
