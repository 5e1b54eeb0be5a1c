//! Organizations: a few whose names are traps, and as many others as are wanted.

use super::{ACME_NAME, Shape, days_before};
use crate::sandbox::itglue::model::Organization;
use crate::sandbox::names;
use fastrand::Rng;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The id of the organization that is always there.
pub const ACME: i64 = 1024;

/// Names a comma, a case, a suffix or nothing apart, and names that are wide or not ASCII.
pub(super) const SPECIAL: [&str; 9] = [
    ACME_NAME,
    "ACME Corporation",
    "Acme Corporation Ltd",
    "Birch, Alder and Sons",
    "Birch Alder and Sons",
    "Juniper Dental",
    "Juniper Dental",
    "Atelier Zoë",
    "株式会社さくら",
];

/// Newer accounts have ids of sixteen digits; one in twenty here too.
const LONG_IDS: i64 = 3_142_842_920_435_000;

pub(super) fn generate(shape: Shape, now: Timestamp, rng: &mut Rng) -> BTreeMap<i64, Organization> {
    let offset = rng.usize(..50_000);
    (0..shape.organizations)
        .map(|number| {
            let name = match SPECIAL.get(number) {
                Some(name) => (*name).to_owned(),
                None => names::organization(number, offset),
            };
            let id = match number {
                0 => ACME,
                _ if number % 20 == 19 => LONG_IDS + number as i64,
                _ => 2000 + number as i64,
            };
            (id, organization(id, name, number, now))
        })
        .collect()
}

fn organization(id: i64, name: String, number: usize, now: Timestamp) -> Organization {
    // The twins of one name differ in short name, type and status.
    let odd = number % 10 == 6;
    let short_name = (number % 3 != 1).then(|| {
        let code = names::code(&name);
        if odd { format!("{code}2") } else { code }
    });
    Organization {
        id,
        name,
        short_name,
        type_name: if odd { "Prospect" } else { "Customer" }.to_owned(),
        status_name: if odd { "Inactive" } else { "Active" }.to_owned(),
        parent_id: None,
        created_at: days_before(now, 900),
        updated_at: days_before(now, 90),
    }
}
