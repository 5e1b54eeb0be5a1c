//! Which filters each kind of record knows, and how they compare.

use super::failure::Failure;
use super::model::{Configuration, NamedRecord, Organization};
use super::query::Filter;
use super::render::id_of_name;
use super::switches::{ItGlueSwitches, Leniency, NameFilter, UnknownFilter};
use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;

/// One filter, ready to be asked of a record.
pub(super) type Test<T> = Box<dyn Fn(&T) -> bool>;

/// The longest range of dates that is taken.
const LONGEST_RANGE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The filters of configurations.
pub(super) fn of_configurations(
    filters: &[Filter],
    switches: &ItGlueSwitches,
) -> Result<Vec<Test<Configuration>>, Failure> {
    collect(filters, switches, |filter| {
        Ok(match filter.key.as_str() {
            "id" => by_id(filter, |it: &Configuration| Some(it.id))?,
            "organization_id" => by_id(filter, |it: &Configuration| Some(it.organization_id))?,
            "configuration_type_id" => by_id(filter, |it: &Configuration| Some(it.type_id))?,
            "configuration_status_id" => by_id(filter, |it: &Configuration| it.status_id)?,
            "name" => by_name(filter, switches, |it: &Configuration| &it.name),
            "serial_number" => by_text(filter, |it: &Configuration| it.serial_number.as_deref()),
            "mac_address" => by_text(filter, |it: &Configuration| it.mac_address.as_deref()),
            "asset_tag" => by_text(filter, |it: &Configuration| it.asset_tag.as_deref()),
            "archived" => by_truth(filter, |it: &Configuration| it.archived)?,
            // The account has neither contacts nor records matched by a PSA or an RMM.
            "contact_id" => by_id(filter, |_: &Configuration| None)?,
            "psa_id" | "psa_integration_type" | "rmm_id" | "rmm_integration_type" => never(),
            _ => return Err(Trouble::Unknown),
        })
    })
}

/// The filters of organizations.
pub(super) fn of_organizations(
    filters: &[Filter],
    switches: &ItGlueSwitches,
) -> Result<Vec<Test<Organization>>, Failure> {
    collect(filters, switches, |filter| match filter.key.strip_prefix("exclude.") {
        Some(key @ ("id" | "name" | "organization_type_id" | "organization_status_id")) => {
            let test = of_organization(key, filter, switches)?;
            Ok(Box::new(move |it: &Organization| !test(it)))
        }
        Some(_) => Err(Trouble::Unknown),
        None => of_organization(&filter.key, filter, switches),
    })
}

fn of_organization(
    key: &str,
    filter: &Filter,
    switches: &ItGlueSwitches,
) -> Result<Test<Organization>, Trouble> {
    Ok(match key {
        "id" => by_id(filter, |it: &Organization| Some(it.id))?,
        "name" => by_name(filter, switches, |it: &Organization| &it.name),
        "organization_type_id" => {
            by_id(filter, |it: &Organization| Some(id_of_name(&it.type_name)))?
        }
        "organization_status_id" => {
            by_id(filter, |it: &Organization| Some(id_of_name(&it.status_name)))?
        }
        "created_at" => by_time(filter, |it: &Organization| it.created_at)?,
        "updated_at" => by_time(filter, |it: &Organization| it.updated_at)?,
        "primary" => by_truth(filter, |_: &Organization| false)?,
        // The account has neither groups, nor MyGlue, nor a PSA that owns organizations.
        "my_glue_account_id"
        | "range.my_glue_account_id"
        | "psa_id"
        | "psa_integration_type"
        | "group_id" => never(),
        _ => return Err(Trouble::Unknown),
    })
}

/// The filter of statuses and types: the exact name, whatever the switch says of others.
pub(super) fn of_named(
    filters: &[Filter],
    switches: &ItGlueSwitches,
) -> Result<Vec<Test<NamedRecord>>, Failure> {
    collect(filters, switches, |filter| match filter.key.as_str() {
        "name" => Ok(by_text(filter, |it: &NamedRecord| Some(&it.name))),
        _ => Err(Trouble::Unknown),
    })
}

/// Why a filter can't be used.
enum Trouble {
    Unknown,
    WrongValue(&'static str),
    Refused(Failure),
}

/// Turns filters into tests; the switches say what becomes of those that can't be used.
fn collect<T>(
    filters: &[Filter],
    switches: &ItGlueSwitches,
    test: impl Fn(&Filter) -> Result<Test<T>, Trouble>,
) -> Result<Vec<Test<T>>, Failure> {
    let mut tests = Vec::new();
    for filter in filters {
        let refuse = |status, what: &str| {
            Err(Failure::new(status, format!("filter[{}] {what}", filter.key)))
        };
        match test(filter) {
            Ok(test) => tests.push(test),
            Err(Trouble::Refused(failure)) => return Err(failure),
            Err(Trouble::Unknown) => match switches.unknown_filter {
                UnknownFilter::Ignored => {}
                UnknownFilter::Refused => return refuse(StatusCode::BAD_REQUEST, "is not allowed"),
            },
            Err(Trouble::WrongValue(what)) => match switches.bad_filter_value {
                Leniency::Ignored => {}
                Leniency::Refused => return refuse(StatusCode::BAD_REQUEST, what),
                Leniency::Unprocessable => return refuse(StatusCode::UNPROCESSABLE_ENTITY, what),
            },
        }
    }
    Ok(tests)
}

fn never<T>() -> Test<T> {
    Box::new(|_| false)
}

fn by_id<T: 'static>(filter: &Filter, id: fn(&T) -> Option<i64>) -> Result<Test<T>, Trouble> {
    let ids = numbers(filter).ok_or(Trouble::WrongValue("must be a number"))?;
    Ok(Box::new(move |it| id(it).is_some_and(|id| ids.contains(&id))))
}

/// The ids a filter names, where all of them are numbers.
pub(super) fn numbers(filter: &Filter) -> Option<HashSet<i64>> {
    filter.values.iter().map(|value| value.parse().ok()).collect()
}

fn by_text<T: 'static>(filter: &Filter, text: fn(&T) -> Option<&str>) -> Test<T> {
    let values: HashSet<String> = filter.values.iter().cloned().collect();
    Box::new(move |it| text(it).is_some_and(|text| values.contains(text)))
}

fn by_name<T: 'static>(
    filter: &Filter,
    switches: &ItGlueSwitches,
    name: fn(&T) -> &String,
) -> Test<T> {
    let lower: Vec<String> = filter.values.iter().map(|value| value.to_lowercase()).collect();
    match switches.name_filter {
        NameFilter::Exact => {
            let values: HashSet<String> = filter.values.iter().cloned().collect();
            Box::new(move |it| values.contains(name(it)))
        }
        NameFilter::CaseInsensitive => Box::new(move |it| lower.contains(&name(it).to_lowercase())),
        NameFilter::Substring => Box::new(move |it| {
            let name = name(it).to_lowercase();
            lower.iter().any(|value| name.contains(value))
        }),
    }
}

fn by_truth<T: 'static>(filter: &Filter, truth: fn(&T) -> bool) -> Result<Test<T>, Trouble> {
    let parse = |value: &String| match value.as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    };
    let wanted: Option<Vec<bool>> = filter.values.iter().map(parse).collect();
    let wanted = wanted.ok_or(Trouble::WrongValue("must be true, false, 1 or 0"))?;
    Ok(Box::new(move |it| wanted.contains(&truth(it))))
}

/// A range `start,end`; the end may be open. One title for every fault, as the service has it.
fn by_time<T: 'static>(filter: &Filter, time: fn(&T) -> Timestamp) -> Result<Test<T>, Trouble> {
    let range = match filter.values.as_slice() {
        [start, end] if end == "*" => moment(start).map(|start| (start, Timestamp::MAX)),
        [start, end] => moment(start)
            .zip(moment(end))
            .filter(|(start, end)| end.duration_since(*start) <= LONGEST_RANGE),
        _ => None,
    };
    let Some((start, end)) = range else {
        return Err(Trouble::Refused(Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The date range must have a start and be no longer than 7 days",
        )));
    };
    Ok(Box::new(move |it| (start..=end).contains(&time(it))))
}

fn moment(text: &str) -> Option<Timestamp> {
    let day = |date: Date| TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok();
    text.parse().ok().or_else(|| text.parse().ok().and_then(day))
}
