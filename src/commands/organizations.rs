//! `bindery organizations`: which organization has exactly this name, and which come near.

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, counted};
use super::status::capitalized;
use super::table::{Cell, Table, styles};
use crate::domain::{Organization, OrganizationId};
use crate::itglue::ItGlue;
use crate::near::{Near, OrganizationIndex};
use serde_json::{Value, json};

/// How many near names are shown.
const SHOWN: usize = 8;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Organizations) -> CommandResult {
    let settings = context.settings()?;
    let itglue = context.clients(&settings).await?.itglue;
    let name = args.name.trim();
    if name.is_empty() {
        return Err(CommandError::usage("the name is empty; say the organization's exact name"));
    }
    let exact = itglue.organizations_named(name).await?;
    let all = match exact.is_empty() || args.like {
        true => all(&itglue).await?,
        false => OrganizationIndex::default(),
    };
    let near = nearest(&all, name);
    if context.global.json {
        output::print_json(&document(&exact, &near));
    } else {
        output::print(&page(name, &exact, &near, all.len()));
    }
    let found = !exact.is_empty() || (args.like && !near.is_empty());
    Ok(if found { Exit::Done } else { Exit::Failed })
}

/// Every organization, for suggestions.
pub async fn all(itglue: &ItGlue) -> Result<OrganizationIndex, CommandError> {
    let mut all = OrganizationIndex::default();
    itglue.all_organizations(|page, _| all.push(&page)).await?;
    Ok(all)
}

fn nearest(all: &OrganizationIndex, name: &str) -> Vec<Near> {
    // Nobody gives the question up.
    all.nearest(name, SHOWN, &|| false).unwrap_or_default()
}

/// The one organization that is meant by an exact name or an id; `id:1024` is an id in any case.
pub async fn meant(itglue: &ItGlue, wanted: &str) -> Result<Organization, CommandError> {
    let wanted = wanted.trim();
    if wanted.is_empty() {
        return Err(CommandError::usage("the name is empty; say the organization's exact name"));
    }
    if let Some(id) = wanted.strip_prefix("id:") {
        let id: OrganizationId =
            id.parse().map_err(|_| CommandError::usage(format!("{id} is no organization's id")))?;
        let found = itglue.organization(id).await?;
        return found.ok_or_else(|| {
            CommandError::usage(format!("IT Glue has no organization with the id {id}"))
        });
    }
    let mut found = itglue.organizations_named(wanted).await?;
    if let Ok(id) = wanted.parse::<OrganizationId>()
        && found.iter().all(|organization| organization.id != id)
        && let Some(organization) = itglue.organization(id).await?
    {
        found.push(organization);
    }
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => {
            let all = all(itglue).await?;
            Err(CommandError::usage(none(wanted, &nearest(&all, wanted), all.len())))
        }
        several => Err(CommandError::usage(format!(
            "{} organizations answer to {wanted}; name one by its id, as id:{}:\n{}",
            several.len(),
            several[0].id, // several is not empty here
            table(several, wanted).trim_end()
        ))),
    }
}

fn document(exact: &[Organization], near: &[Near]) -> Value {
    let one = |organization: &Organization, exact: bool| {
        json!({
            "id": organization.id,
            "name": organization.name,
            "short_name": organization.short_name,
            "type": organization.type_name,
            "status": organization.status_name,
            "exact": exact,
        })
    };
    let organizations: Vec<Value> = exact
        .iter()
        .map(|organization| one(organization, true))
        .chain(near.iter().map(|near| one(&near.organization, false)))
        .collect();
    json!({ "schema": 1, "organizations": organizations })
}

fn page(name: &str, exact: &[Organization], near: &[Near], all: usize) -> String {
    let mut page = String::new();
    match exact.len() {
        0 => return format!("{}\n", capitalized(&none(name, near, all))),
        1 => {}
        several => page.push_str(&format!(
            "{several} organizations are called exactly {name}; link one by its id.\n"
        )),
    }
    page.push_str(&table(exact, name));
    if !near.is_empty() {
        page.push_str(&format!("\nNear names:\n{}", near_table(near)));
    }
    page
}

/// Says that there is no such organization, and which names come near.
fn none(name: &str, near: &[Near], all: usize) -> String {
    let mut text = format!(
        "no organization is called exactly {name} (IT Glue shows this key {}).",
        counted(all, "organization")
    );
    if near.is_empty() {
        text.push_str(" None comes near, either.");
    } else {
        text.push_str(&format!(" These come near:\n{}", near_table(near).trim_end()));
    }
    text
}

fn heading() -> Table {
    Table::new(["", "Id", "Name", "Short name", "Type", "Status"]).whole(1)
}

fn add(table: &mut Table, mark: Cell, organization: &Organization, name: String) {
    let text = |text: &Option<String>| Cell::new(text.as_deref().unwrap_or("-"));
    table.row([
        mark,
        Cell::new(organization.id.to_string()),
        Cell::new(name),
        text(&organization.short_name),
        text(&organization.type_name),
        text(&organization.status_name),
    ]);
}

/// Organizations that answer to `wanted` by their name or their id.
fn table(organizations: &[Organization], wanted: &str) -> String {
    let mut table = heading();
    for organization in organizations {
        let by = if organization.name == wanted { "exact" } else { "id" };
        let mark = Cell::new(by).style(styles::GOOD);
        add(&mut table, mark, organization, organization.name.clone());
    }
    table.render()
}

fn near_table(near: &[Near]) -> String {
    let mut table = heading();
    for Near { organization, difference, .. } in near {
        let name = match difference {
            Some(difference) => format!("{} (differs in {difference})", organization.name),
            None => organization.name.clone(),
        };
        add(&mut table, Cell::new("near").style(styles::MUTED), organization, name);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization(id: i64, name: &str) -> Organization {
        Organization {
            id: OrganizationId::new(id),
            name: name.into(),
            short_name: Some("AC".into()),
            type_name: None,
            status_name: Some("Active".into()),
        }
    }

    #[test]
    fn the_exact_one_is_marked() {
        let (acme, near) = (organization(1, "Acme"), organization(2, "ACME"));
        let all: OrganizationIndex = [near].into_iter().collect();
        let document = document(std::slice::from_ref(&acme), &nearest(&all, "Acme"));
        let expected = json!({
            "id": 1, "name": "Acme", "short_name": "AC", "type": null, "status": "Active",
            "exact": true,
        });
        assert_eq!(document["organizations"][0], expected);
        assert_eq!(document["organizations"][1]["exact"], false);
        let page = page("Acme", &[acme], &nearest(&all, "Acme"), 2);
        assert!(page.contains("ACME (differs in upper and lower case)"), "{page}");
    }

    #[test]
    fn namesakes_and_no_name_at_all_are_said_in_words() {
        let two = [organization(1, "Acme"), organization(2, "Acme")];
        assert!(page("Acme", &two, &[], 0).contains("2 organizations are called exactly Acme"));
        assert!(page("Acme", &[], &[], 60).contains("60 organizations"));
    }
}
