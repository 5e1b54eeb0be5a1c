//! `bindery status`: how all links and devices stand, as last known; makes no request.

use super::context::Context;
use super::exit::{CommandResult, Exit};
use super::output::{self, counted, day_or_time};
use super::overview::{Known, PendingDevice, PolicyOverview, State, overview};
use super::policies::style;
use super::table::{Cell, Table, styles};
use super::terminal;
use crate::domain::PendingReason;
use crate::text::clean;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Runs the command.
pub async fn run(context: &Context) -> CommandResult {
    let known = Known::of(&context.store()?)?;
    let rows = overview(&known);
    if context.global.json {
        output::print_json(&document(&rows));
    } else {
        // Nothing but this is needed of the settings, so that a status can be had without any.
        let ascii = context.settings().ok().and_then(|settings| settings.ascii);
        output::print(&page(&rows, known.as_of, terminal::draws_utf8(ascii)));
    }
    Ok(Exit::Done)
}

fn document(rows: &[PolicyOverview]) -> Value {
    let policies: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.policy.id,
                "name": row.policy.name,
                "path": row.path,
                "state": row.state.word(),
                "organization": organization(row),
                "with_children": with_children(row),
                "devices": devices(row),
                "pending": row.pending.iter().map(pending).collect::<Vec<_>>(),
                "last_sync": row.last_sync.map(|at| at.to_string()),
            })
        })
        .collect();
    json!({ "schema": 1, "policies": policies })
}

/// The organization of a document's policy.
pub fn organization(row: &PolicyOverview) -> Value {
    row.organization.as_ref().map_or(
        Value::Null,
        |organization| json!({ "id": organization.id, "name": organization.name }),
    )
}

/// Whether the link covers the policies below.
pub fn with_children(row: &PolicyOverview) -> bool {
    row.organization.as_ref().is_some_and(|organization| organization.with_children)
}

/// The counts of a document's policy.
pub fn devices(row: &PolicyOverview) -> Value {
    json!({ "total": row.total, "linked": row.linked, "pending": row.pending.len() })
}

fn pending(device: &PendingDevice) -> Value {
    json!({
        "device_id": device.device_id,
        "name": device.name,
        "serial_number": device.serial_number,
        "reason": device.reason.word(),
        "message": device.message,
    })
}

fn page(rows: &[PolicyOverview], as_of: Option<Timestamp>, utf8: bool) -> String {
    let mut page = format!("{}\n\n", output::as_of(as_of));
    let mut table = Table::new(["", "Policy", "Organization", "Devices", "Last sync", "Next step"]);
    for row in rows {
        let left = !row.leaving.is_empty() || !row.withheld.is_empty();
        let organization = match &row.organization {
            Some(organization) if organization.inherited => format!("^ {}", organization.name),
            Some(organization) => organization.name.clone(),
            None if left || !row.pending.is_empty() => "(not linked)".to_owned(),
            None => continue,
        };
        table.row([
            Cell::new(row.state.icon(utf8)).style(style(row.state)),
            Cell::new(row.path_text()),
            Cell::new(organization),
            Cell::new(format!("{}/{}", row.linked, row.total)),
            Cell::new(row.last_sync.map_or_else(|| "never".to_owned(), day_or_time)),
            Cell::new(row.next_step().replace("see status", "see below")),
        ]);
    }
    if table.is_empty() {
        page.push_str("No policy is linked. Link one: bindery link POLICY ORGANIZATION\n");
        return page;
    }
    page.push_str(&table.render());
    page.push_str(&totals(rows));
    page.push_str(&reasons(rows));
    page.push_str(&withheld(rows));
    page
}

fn totals(rows: &[PolicyOverview]) -> String {
    let linked = rows.iter().filter(|row| row.organization.is_some()).count();
    let attention = rows.iter().filter(|row| row.state == State::Attention).count();
    let policies = counted(linked, "policy");
    format!(
        "\n{policies} linked, {attention} wanting attention, {} not linked\n",
        rows.len() - linked
    )
}

/// Pending devices by reason, each with what it means and what to do; those that a person must look
/// at come first.
fn reasons(rows: &[PolicyOverview]) -> String {
    let mut by_reason: BTreeMap<(bool, PendingReason), Vec<(&PolicyOverview, &PendingDevice)>> =
        BTreeMap::new();
    for row in rows {
        for device in &row.pending {
            let key = (!device.reason.needs_a_person(), device.reason);
            by_reason.entry(key).or_default().push((row, device));
        }
    }
    let mut text = String::new();
    for ((_, reason), devices) in by_reason {
        let title = format!("{} ({})", reason.word(), devices.len());
        text.push_str(&format!("\n{}\n", output::styled(styles::HEADING, &title)));
        text.push_str(&format!(
            "{}. Next: {}.\n",
            capitalized(reason.sentence()),
            reason.next_step()
        ));
        let mut table = Table::new(["  Device", "Serial", "Policy", "Particulars"]).whole(1);
        for (row, device) in devices {
            table.row([
                Cell::new(format!("  {}", clean(&device.name))),
                Cell::new(device.serial_number.as_deref().unwrap_or("-")),
                Cell::new(row.path_text()),
                Cell::new(&device.message),
            ]);
        }
        text.push_str(&table.render());
    }
    text
}

fn withheld(rows: &[PolicyOverview]) -> String {
    let mut text = String::new();
    for row in rows.iter().filter(|row| !row.withheld.is_empty()) {
        let names: Vec<String> = row.withheld.iter().map(|name| clean(name)).collect();
        text.push_str(&format!(
            "\n{} left {} and would be set inactive; the guard keeps that back: {}. If that is \
             meant: bindery sync {} --yes\n",
            counted(row.withheld.len(), "device"),
            row.path_text(),
            names.join(", "),
            quoted(&row.path_text()),
        ));
    }
    text
}

/// A text as one word of a shell.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The text with a capital first letter.
pub fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::overview::tests::{device, link, tree};
    use crate::domain::{DeviceId, DeviceState, Links, Pending, PolicyId};
    use crate::store::DeviceReport;

    fn rows() -> Vec<PolicyOverview> {
        let report = |id: &str, state, pending| DeviceReport {
            policy_id: PolicyId::new("acme"),
            device_id: DeviceId::new(id),
            name: format!("{id}'s Mac"),
            serial_number: Some(format!("S-{id}")),
            state,
            pending,
            configuration_id: None,
            at: Timestamp::UNIX_EPOCH,
        };
        let why = Pending::new(PendingReason::NoIdentity, "no serial number");
        overview(&Known {
            tree: tree(),
            devices: vec![device("ana", "acme")],
            as_of: Some(Timestamp::UNIX_EPOCH),
            links: Links::new([link("acme", 1, false)]),
            bindings: Vec::new(),
            reports: vec![
                report("ana", DeviceState::Pending, Some(why)),
                report("gone", DeviceState::Withheld, None),
            ],
            last_sync: [(PolicyId::new("acme"), Timestamp::UNIX_EPOCH)].into(),
        })
    }

    #[test]
    fn the_document_has_the_shape_that_scripts_rely_on() {
        let document = document(&rows());
        assert_eq!(document["schema"], 1);
        let acme = &document["policies"][1];
        assert_eq!(
            *acme,
            json!({
                "id": "acme",
                "name": "Acme",
                "path": ["Clients", "Acme"],
                "state": "attention",
                "organization": { "id": 1, "name": "Organization 1" },
                "with_children": false,
                "devices": { "total": 1, "linked": 0, "pending": 1 },
                "pending": [{
                    "device_id": "ana",
                    "name": "ana's Mac",
                    "serial_number": "S-ana",
                    "reason": "no_identity",
                    "message": "no serial number",
                }],
                "last_sync": "1970-01-01T00:00:00Z",
            })
        );
        assert_eq!(document["policies"][0]["organization"], Value::Null);
    }

    #[test]
    fn the_page_says_why_and_what_next() {
        let page = anstream::adapter::strip_str(&page(&rows(), None, false)).to_string();
        for part in [
            "!  Clients/Acme",
            "no_identity (1)",
            "Next: let Addigy audit",
            "0/1",
            "confirm 1",
            "gone's Mac",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("Globex"), "only linked policies have a row");
    }

    #[test]
    fn names_are_quoted_for_the_shell() {
        assert_eq!(quoted("Clients/Acme"), "Clients/Acme");
        assert_eq!(quoted("Ana's"), r"'Ana'\''s'");
        assert_eq!(quoted("a b"), "'a b'");
    }
}
