//! `bindery undo`: puts back what a run changed, where nobody changed it since.

use super::cli;
use super::context::Context;
use super::exit::{CommandResult, Exit};
use super::history::meant;
use super::output::{self, counted};
use super::progress;
use super::sync::tell_costs;
use super::table::{Cell, Table, styles};
use crate::apply::{Summary, UndoPlan, UndoSeen};
use crate::domain::{Change, Outcome, Run};
use crate::plan::{UndoDevice, Was};
use crate::settings::Settings;
use serde_json::{Value, json};

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Undo) -> CommandResult {
    let settings = context.settings()?;
    let run = meant(&context.store()?, &args.run)?;
    if !args.dry_run {
        context.must_be_on(&settings)?;
    }
    let (engine, events) = context.engine(&settings).await?;
    let plan = progress::follow(context, engine, events, false, async |engine| {
        engine.plan_undo(&run).await
    })
    .await?;
    if args.dry_run || !plan.has_something_to_do() {
        say(context, &plan, None);
        return Ok(match (plan.missing.is_empty(), plan.leaves()) {
            (false, _) => Exit::Refused,
            (true, true) => Exit::Pending,
            (true, false) => Exit::Done,
        });
    }
    if !context.global.json {
        output::print(&page(&plan));
    }
    if !context.confirm(args.yes, &output::line(&question(&plan))).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    // Who says yes beforehand means whatever the run changed.
    let seen = (!args.yes).then(|| plan.seen());
    apply(context, &settings, &run, &plan, seen).await
}

async fn apply(
    context: &Context,
    settings: &Settings,
    run: &Run,
    plan: &UndoPlan,
    seen: Option<UndoSeen>,
) -> CommandResult {
    let (engine, events) = context.engine(settings).await?;
    let summary = progress::follow(context, engine, events, false, async |engine| {
        engine.undo(run, seen.as_ref()).await
    })
    .await?;
    if context.global.json {
        say(context, plan, Some(&summary));
    } else {
        tell(plan, &summary);
    }
    Ok(summary.outcome.into())
}

/// What a person is asked: how many configurations are written, and where.
pub fn question(plan: &UndoPlan) -> String {
    let names: Vec<&str> = plan.organizations.values().map(String::as_str).collect();
    let place = match names.as_slice() {
        [] => String::new(),
        [one] => format!(" at {one}"),
        several => format!(" in {}", counted(several.len(), "organization")),
    };
    match plan.writes() {
        0 => format!("Nothing has to be written{place}; hold what run {} touched?", plan.run.id),
        writes => {
            format!("Put back {}{place}{}?", counted(writes, "configuration"), inactive(plan))
        }
    }
}

/// How many of the configurations become inactive because the run made them: no small thing, and the
/// list above may be long.
pub fn inactive(plan: &UndoPlan) -> String {
    let made = |device: &&UndoDevice| {
        device.put_back.was == Was::Created && !device.put_back.changes.is_empty()
    };
    match plan.devices.iter().filter(made).count() {
        0 => String::new(),
        count => format!(", {count} of them set inactive"),
    }
}

/// What it comes to, in a line.
pub fn headline(plan: &UndoPlan) -> String {
    let count = |meant: &dyn Fn(&&UndoDevice) -> bool| plan.devices.iter().filter(meant).count();
    let written = |device: &&UndoDevice| !device.put_back.changes.is_empty();
    let created = |device: &&UndoDevice| device.put_back.was == Was::Created;
    let parts = [
        ("to put back", count(&|device| written(device) && !created(device))),
        ("created by it, to set inactive", count(&|device| written(device) && created(device))),
        ("as before already", count(&|d| !written(d) && !d.put_back.already.is_empty())),
        ("with something left as it is", count(&|device| !device.put_back.left.is_empty())),
        ("undone before", plan.undone_before),
        ("without a clear answer, looked up first", plan.unclear),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(words, count)| format!("{count} {words}"))
        .collect();
    if told.is_empty() { "nothing to put back".to_owned() } else { output::joined(&told) }
}

fn say(context: &Context, plan: &UndoPlan, summary: Option<&Summary>) {
    if context.global.json {
        output::print_json(&document(plan, summary));
    } else {
        output::print(&page(plan));
    }
}

fn tell(plan: &UndoPlan, summary: &Summary) {
    let told = output::told(&summary.counts);
    let told = if told.is_empty() { "nothing to do".to_owned() } else { output::joined(&told) };
    let own = summary.run.map_or_else(String::new, |run| format!("Run {run} "));
    output::print(&format!("{own}undid run {}: {told}\n", plan.run.id));
    tell_costs(summary);
    if summary.counts.pending > 0 {
        output::note(&format!(
            "Something was left as it is. See what and why: bindery undo {} --dry-run",
            plan.run.id
        ));
    }
    if plan.run.kind != crate::domain::RunKind::Undo {
        output::note(
            "What was undone is held: syncs leave it alone until bindery release POLICY or DEVICE.",
        );
    }
}

fn page(plan: &UndoPlan) -> String {
    let mut page = output::lines(&format!("Undo of run {}: {}\n", plan.run.id, headline(plan)));
    let mut table = Table::new(["  Device", "Configuration", "Field", "Now", "Then", "Left, why"])
        .whole(1)
        .whole(2);
    for device in &plan.devices {
        for (attribute, change) in &device.put_back.changes {
            let (now, then) = both(change);
            table.row([
                Cell::new(format!("  {}", device.name)),
                Cell::new(device.configuration_id.to_string()),
                Cell::new(attribute.key()),
                Cell::new(now),
                Cell::new(then),
                Cell::new(""),
            ]);
        }
        for left in &device.put_back.left {
            table.row([
                Cell::new(format!("  {}", device.name)),
                Cell::new(device.configuration_id.to_string()),
                Cell::new(left.attribute.map_or("all", |attribute| attribute.key())),
                Cell::new(""),
                Cell::new(""),
                Cell::new(left.why.sentence()).style(styles::ATTENTION),
            ]);
        }
    }
    if !table.is_empty() {
        page.push_str(&table.render());
    }
    page
}

fn both(change: &Change) -> (String, String) {
    let now = change.from.as_ref().unwrap_or(&crate::domain::Value::Nothing);
    (now.to_string(), change.to.to_string())
}

fn document(plan: &UndoPlan, summary: Option<&Summary>) -> Value {
    json!({
        "schema": 1,
        "run": plan.run.id,
        "kind": plan.run.kind.word(),
        "devices": plan.devices.iter().map(device).collect::<Vec<_>>(),
        "undone_before": plan.undone_before,
        "unclear": plan.unclear,
        "undone_by": summary.and_then(|summary| summary.run),
        "outcome": summary.map(|summary| Outcome::word(summary.outcome)),
        "counts": summary.map(|summary| summary.counts),
        "problems": summary.map_or(&plan.missing, |summary| &summary.problems),
        "busy": summary.map_or_else(Vec::new, |summary| {
            let busy = summary.busy.iter();
            busy.map(|(id, holder)| json!({ "organization_id": id, "holder": holder })).collect()
        }),
    })
}

fn device(device: &UndoDevice) -> Value {
    let put_back = &device.put_back;
    let changes: serde_json::Map<String, Value> = put_back
        .changes
        .iter()
        .map(|(field, change)| {
            (field.key().to_owned(), json!({ "from": change.from, "to": change.to }))
        })
        .collect();
    let left: Vec<Value> = put_back
        .left
        .iter()
        .map(|left| json!({ "field": left.attribute, "why": left.why.sentence() }))
        .collect();
    json!({
        "device": { "id": device.device_id, "name": device.name },
        "organization_id": device.organization_id,
        "policy_id": device.policy_id,
        "configuration": device.configuration_id,
        "action": match (put_back.changes.is_empty(), put_back.was) {
            (true, _) => "none",
            (false, Was::Created) => "inactivate",
            (false, _) => "put_back",
        },
        "changes": changes,
        "already": put_back.already,
        "left": left,
    })
}
