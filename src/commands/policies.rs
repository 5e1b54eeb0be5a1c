//! `bindery policies`: the tree with icons and counts.

use super::accounts::{self, Seen};
use super::context::{Context, Services};
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, day_or_time, moment};
use super::overview::{Known, PolicyOverview, State, overview};
use super::status::{devices, organization, with_children};
use super::table::{Cell, Table, styles};
use super::terminal;
use crate::domain::{Device, PolicyTree};
use crate::settings::Settings;
use crate::store::Store;
use crate::transport::{Error, Kind};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Runs the command.
pub async fn run(context: &Context) -> CommandResult {
    let settings = context.settings()?;
    let store = context.store()?;
    let mut known = Known::of(&store)?;
    let services = context.clients(&settings).await?;
    match read(&services, &settings, &store).await? {
        Ok(fleet) => {
            (known.tree, known.devices) = fleet;
            known.as_of = Some(Timestamp::now());
        }
        Err(error) => match known.as_of {
            Some(at) => output::note(&format!("{error} Shown as last known, {}.", moment(at))),
            None => return Err(error.into()),
        },
    }
    let rows = overview(&known);
    if context.global.json {
        output::print_json(&document(&rows));
    } else {
        output::print(&page(&rows, terminal::draws_utf8(settings.ascii)));
    }
    Ok(Exit::Done)
}

/// Reads policies and devices from Addigy and keeps both as last known. The inner error is Addigy's.
pub async fn read(
    services: &Services,
    settings: &Settings,
    store: &Store,
) -> Result<Result<(PolicyTree, Vec<Device>), Error>, CommandError> {
    let policies = match services.addigy.policies().await {
        Ok(policies) => policies,
        Err(error) if error.kind() == Kind::Cancelled => return Err(error.into()),
        Err(error) => return Ok(Err(error)),
    };
    let sweep = match services.addigy.sweep(&[]).await {
        Ok(sweep) => sweep,
        Err(error) if error.kind() == Kind::Cancelled => return Err(error.into()),
        Err(error) => return Ok(Err(error)),
    };
    let seen = Seen {
        addigy_organization: policies.organization_id.or(sweep.organization_id),
        itglue_url: settings.itglue.url.to_string(),
        itglue_account: None,
    };
    accounts::check(store, &seen)?;
    // An empty listing proves nothing.
    if !sweep.devices.is_empty() {
        store.save_sweep(&policies.tree, &sweep.devices, sweep.finished)?;
    }
    Ok(Ok((policies.tree, sweep.devices)))
}

/// The colour of a state; the icon's shape says the same.
pub const fn style(state: State) -> anstyle::Style {
    match state {
        State::Linked => styles::GOOD,
        State::Attention => styles::ATTENTION,
        State::NotLinked => styles::MUTED,
    }
}

fn document(rows: &[PolicyOverview]) -> Value {
    let policies: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.policy.id,
                "name": row.policy.name,
                "path": row.path,
                "parent": row.policy.parent,
                "state": row.state.word(),
                "organization": organization(row),
                "with_children": with_children(row),
                "itglue_account_id": row.policy.itglue_account_id,
                "devices": devices(row),
            })
        })
        .collect();
    json!({ "schema": 1, "policies": policies })
}

fn page(rows: &[PolicyOverview], utf8: bool) -> String {
    let mut table = Table::new(["", "Policy", "Organization", "Bound", "Last sync", "Next step"]);
    for row in rows {
        table.row([
            Cell::new(row.state.icon(utf8)).style(style(row.state)),
            Cell::new(format!("{}{}", "  ".repeat(row.depth), row.policy.name)),
            Cell::new(organization_cell(row)),
            Cell::new(format!("{}/{}", row.linked, row.total)),
            Cell::new(row.last_sync.map_or_else(|| "-".to_owned(), day_or_time)),
            Cell::new(row.next_step()),
        ]);
    }
    if table.is_empty() {
        return "Addigy shows this token no policy. Check that the token may read policies.\n"
            .to_owned();
    }
    table.render()
}

fn organization_cell(row: &PolicyOverview) -> String {
    match &row.organization {
        Some(organization) if organization.inherited => format!("^ {}", organization.name),
        Some(organization) if organization.with_children => {
            format!("{} (with those below)", organization.name)
        }
        Some(organization) => organization.name.clone(),
        None if row.kept_unlinked => "(kept unlinked)".to_owned(),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::overview::tests::{device, link, tree};
    use crate::domain::{Link, LinkTarget, Links, PolicyId};
    use std::collections::BTreeMap;

    fn rows() -> Vec<PolicyOverview> {
        let mark = Link { policy_id: PolicyId::new("globex"), target: LinkTarget::KeptUnlinked };
        overview(&Known {
            tree: tree(),
            devices: vec![device("a", "acme")],
            as_of: None,
            links: Links::new([link("acme", 1, true), mark]),
            bindings: Vec::new(),
            reports: Vec::new(),
            last_sync: BTreeMap::new(),
        })
    }

    #[test]
    fn the_tree_shows_who_is_covered_by_whom() {
        let page = anstream::adapter::strip_str(&page(&rows(), true)).to_string();
        for line in [
            "○  Clients ",
            "◐    Acme ",
            "●      Laptops  ^ Organization 1 ",
            "○    Globex     (kept unlinked) ",
        ] {
            assert!(page.contains(line), "{line:?}:\n{page}");
        }
    }

    #[test]
    fn the_document_names_parents_and_accounts() {
        let document = document(&rows());
        let globex = &document["policies"][3];
        assert_eq!(globex["parent"], "clients");
        assert_eq!(globex["itglue_account_id"], 7);
        assert_eq!(globex["state"], "not_linked");
        assert_eq!(document["policies"][1]["devices"], json!({"total":1,"linked":0,"pending":0}));
    }
}
