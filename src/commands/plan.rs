//! `bindery plan`: what a sync would do, before anything is written.

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, counted};
use super::status::quoted;
use super::table::{Cell, Table, styles};
use super::{progress, select};
use crate::apply::{Engine, Prepared, Request};
use crate::domain::{Attribute, Change, PolicyId};
use crate::plan::{Action, OrganizationPlan, PlannedDevice, Withheld, WithheldFor};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Plan) -> CommandResult {
    let settings = context.settings()?;
    let (engine, events) = context.engine(&settings).await?;
    let policies = chosen(&engine, &args.policies).await?;
    let request = Request::sync(policies);
    let prepared = progress::follow(context, engine, events, false, async |engine| {
        engine.plan(&request).await
    })
    .await;
    let prepared = prepared?;
    show(context, &prepared);
    let waits = prepared.has_something_to_do();
    Ok(if args.detailed_exitcode && waits { Exit::Changes } else { Exit::Done })
}

/// The policies named on the command line; `None` for all.
pub async fn chosen(
    engine: &Engine,
    names: &[String],
) -> Result<Option<BTreeSet<PolicyId>>, CommandError> {
    if names.is_empty() {
        return Ok(None);
    }
    let tree = engine.addigy.policies().await?.tree;
    let chosen = select::policies(&tree, names)?;
    let (links, bindings) = (engine.store.links()?, engine.store.bindings()?);
    let open = engine.store.open_intents()?;
    for id in &chosen {
        let due = bindings.iter().any(|binding| binding.is_bound() && binding.policy_id == *id)
            || open.iter().any(|open| open.intent.policy_id == *id);
        if !due && links.coverage(&tree, id).is_none() {
            let path = tree.path_text(id);
            return Err(CommandError::usage(format!(
                "{path} is not linked to an organization. Link it: bindery link {} ORGANIZATION",
                quoted(&path)
            )));
        }
    }
    Ok(Some(chosen))
}

/// Prints the plan.
pub fn show(context: &Context, prepared: &Prepared) {
    if context.global.json {
        output::print_json(&document(prepared));
    } else {
        output::print(&page(prepared));
    }
}

/// One policy's part of a plan.
#[derive(Debug)]
pub struct Part<'a> {
    /// The policy.
    pub id: &'a PolicyId,
    /// The plan of its organization.
    pub plan: &'a OrganizationPlan,
    /// The devices that the policy counts.
    pub devices: Vec<&'a PlannedDevice>,
}

/// The plan policy by policy; a device that two policies count stands in both.
pub fn parts(prepared: &Prepared) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for plan in &prepared.plans {
        let mut by_policy: BTreeMap<&PolicyId, Vec<&PlannedDevice>> = BTreeMap::new();
        for planned in &plan.devices {
            for id in planned.policies.iter().filter(|id| prepared.policies.contains(*id)) {
                by_policy.entry(id).or_default().push(planned);
            }
        }
        parts.extend(by_policy.into_iter().map(|(id, devices)| Part { id, plan, devices }));
    }
    parts.sort_by_key(|part| prepared.policy_path(part.id));
    parts
}

fn document(prepared: &Prepared) -> Value {
    let policies: Vec<Value> = parts(prepared)
        .into_iter()
        .map(|part| {
            json!({
                "id": part.id,
                "name": prepared.policy_name(part.id),
                "organization": {
                    "id": part.plan.organization_id,
                    "name": part.plan.organization_name,
                },
                "actions": part.devices.iter().map(|planned| action(planned)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "schema": 1, "policies": policies })
}

fn action(planned: &PlannedDevice) -> Value {
    let changes: serde_json::Map<String, Value> = planned
        .action
        .changes()
        .into_iter()
        .flatten()
        .map(|(field, Change { from, to })| {
            (field.key().to_owned(), json!({ "from": from, "to": to }))
        })
        .collect();
    let reason = match (&planned.action, &planned.pending) {
        (Action::Withhold(..), _) => Some("withheld"),
        (_, pending) => pending.as_ref().map(|pending| pending.reason.word()),
    };
    json!({
        "device_id": planned.device_id,
        "name": planned.name,
        "serial_number": planned.serial_number,
        "action": planned.action.word(),
        "configuration_id": planned.configuration_id(),
        "changes": changes,
        "matched_by": planned.matched_by.map(|by| by.word()),
        "reason": reason,
        "message": message(planned),
    })
}

fn message(planned: &PlannedDevice) -> String {
    let pending = planned.pending.as_ref().map(|pending| pending.message.clone());
    let owned = (!planned.owned_by_psa.is_empty()).then(|| {
        let fields: Vec<&str> = planned.owned_by_psa.iter().map(|field| field.key()).collect();
        format!("owned by the PSA, which keeps {}", fields.join(", "))
    });
    let all: Vec<String> =
        pending.into_iter().chain(owned).chain(planned.notes.iter().cloned()).collect();
    all.join("; ")
}

fn page(prepared: &Prepared) -> String {
    let mut page = String::new();
    for part in parts(prepared) {
        let title = format!("{} > {}", prepared.policy_path(part.id), part.plan.organization_name);
        page.push_str(&format!(
            "{}\n",
            output::styled(styles::HEADING, &crate::text::clean(&title))
        ));
        page.push_str(&format!("  {}\n", summary(&part.devices)));
        page.push_str(&rows(&part.devices));
        page.push('\n');
    }
    if page.is_empty() && !prepared.plans.is_empty() {
        page.push_str("No device is in these policies; nothing to do.\n");
    } else if page.is_empty() {
        page.push_str(
            "No linked policy. Link one: bindery link POLICY ORGANIZATION, or take over the links \
             of Addigy's own integration: bindery link --adopt\n",
        );
    }
    for sentence in notes(prepared) {
        page.push_str(&format!("{sentence}\n"));
    }
    for sentence in kept_back(prepared) {
        page.push_str(&format!("{sentence}; bindery sync with --yes passes it.\n"));
    }
    page
}

/// What is worth knowing of the organizations.
pub fn notes(prepared: &Prepared) -> Vec<String> {
    let renamed = prepared.renamed.iter();
    renamed
        .map(|told| format!("{told}. Nothing is written there until it is linked anew."))
        .collect()
}

/// What the guard keeps back and why, without an end: what passes it follows.
pub fn kept_back(prepared: &Prepared) -> Vec<String> {
    // The run as a whole says nothing new where it is one policy's.
    let again = |withheld: &Withheld| {
        let mut others = prepared.withheld.iter().filter(|other| other.by != WithheldFor::Run);
        withheld.by == WithheldFor::Run && others.any(|o| o.leaving == withheld.leaving)
    };
    let told = prepared.withheld.iter().filter(|withheld| !again(withheld)).map(|withheld| {
        let what = match &withheld.by {
            WithheldFor::Policy(policy, _) => prepared.policy_path(policy),
            WithheldFor::Run => "the run as a whole".to_owned(),
            WithheldFor::Earlier => "earlier runs, not confirmed since".to_owned(),
        };
        format!(
            "The guard keeps back {} of {} in {what}",
            counted(withheld.leaving, "inactivation"),
            counted(withheld.bound, "bound device"),
        )
    });
    told.collect()
}

fn summary(devices: &[&PlannedDevice]) -> String {
    let count = |test: &dyn Fn(&Action) -> bool| devices.iter().filter(|p| test(&p.action)).count();
    let pending = |superseded| {
        let all = devices.iter().filter_map(|planned| planned.pending.as_ref());
        all.filter(|pending| pending.superseded == superseded).count()
    };
    let counts = [
        ("to create", count(&|a| matches!(a, Action::Create(_)))),
        ("to activate", count(&|a| matches!(a, Action::Activate(..)))),
        ("to update", count(&|a| matches!(a, Action::Update(..)))),
        ("to inactivate", count(&|a| matches!(a, Action::Inactivate(..)))),
        ("withheld", count(&|a| matches!(a, Action::Withhold(..)))),
        ("unchanged", count(&|a| matches!(a, Action::Unchanged(_)))),
        ("pending", pending(false)),
        ("superseded", pending(true)),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    if told.is_empty() { "nothing to do".to_owned() } else { output::joined(&told) }
}

/// What is not simply unchanged, one row each.
fn rows(devices: &[&PlannedDevice]) -> String {
    let mut table = Table::new(["  Action", "Device", "Serial", "Match", "What and why"]).whole(2);
    for planned in devices {
        let quiet = matches!(planned.action, Action::Unchanged(_) | Action::Leave(_));
        if quiet && planned.pending.is_none() && planned.owned_by_psa.is_empty() {
            continue;
        }
        let style = match planned.action {
            Action::Pending | Action::Wait(_) | Action::Held => styles::ATTENTION,
            Action::Inactivate(..) | Action::Withhold(..) => styles::BAD,
            _ => styles::GOOD,
        };
        let word = match (&planned.action, planned.pending.as_ref()) {
            (Action::Withhold(..), _) => "withheld",
            (_, Some(pending)) if pending.superseded => "superseded",
            (Action::Unchanged(_), Some(_)) => "pending",
            (action, _) => action.word(),
        };
        table.row([
            Cell::new(format!("  {word}")).style(style),
            Cell::new(&planned.name),
            Cell::new(planned.serial_number.as_deref().unwrap_or("-")),
            Cell::new(planned.matched_by.map_or("-", |by| by.word())),
            Cell::new(what(planned)),
        ]);
    }
    if table.is_empty() { String::new() } else { table.render() }
}

fn what(planned: &PlannedDevice) -> String {
    let mut parts = Vec::new();
    if let (Some(changes), false) =
        (planned.action.changes(), matches!(planned.action, Action::Create(_)))
    {
        parts.extend(changes.iter().map(|(field, change)| difference(*field, change)));
    }
    if let Some(pending) = &planned.pending {
        parts.push(format!("{}: {}", pending.reason.word(), pending.message));
    } else {
        let message = message(planned);
        if !message.is_empty() {
            parts.push(message);
        }
    }
    parts.join(", ")
}

fn difference(field: Attribute, change: &Change) -> String {
    let from = change.from.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    format!("{field}: {from} -> {}", change.to)
}
