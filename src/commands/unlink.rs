//! `bindery unlink`: a policy is documented nowhere any more. Its configurations stay as they are,
//! unless they are to be set inactive.

use super::cli;
use super::context::{Context, Services};
use super::exit::{CommandError, CommandResult, Exit};
use super::link::read;
use super::output;
use super::overview::Known;
use super::status::quoted;
use super::unlinking::{NAMED, Unlinking, departures};
use super::{progress, select, sync};
use crate::apply::{Confirmed, Engine, Prepared, Request};
use crate::domain::PolicyId;
use crate::settings::{self, Settings};
use crate::text::clean;
use serde_json::json;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Unlink) -> CommandResult {
    let settings = context.settings()?;
    let store = context.store()?;
    let services = context.clients(&settings).await?;
    let known = read(&services, &settings, &store).await?;
    let unlinking = Unlinking::new(&known, &policy_of(&known, args)?, args.inherit);
    if let Some(why) = unlinking.needless() {
        say(context, &unlinking, "unchanged", (0, 0), &format!("{why}. Nothing was changed.\n"));
        return Ok(Exit::Done);
    }
    if args.inactivate && !unlinking.effect.released.is_empty() {
        return inactivate(context, args, &settings, &services, known, unlinking).await;
    }
    let text = page(&unlinking, args.dry_run);
    if let Some(question) = unlinking.question().filter(|_| !args.dry_run)
        && !context.confirm(args.yes, &output::line(&question)).await?
    {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    let released = unlinking.effect.released.len();
    if !args.dry_run {
        unlinking.store(&store, known, &settings::origin(&settings::process_env))?;
    }
    let result = if args.inherit { "inherits" } else { "unlinked" };
    say(context, &unlinking, result, (released, 0), &text);
    Ok(Exit::Done)
}

fn policy_of(known: &Known, args: &cli::Unlink) -> Result<PolicyId, CommandError> {
    match select::policy(&known.tree, &args.policy) {
        Ok(policy) => Ok(policy.id.clone()),
        // A policy that Addigy has no more can still be linked.
        Err(error) => {
            let id = PolicyId::new(args.policy.trim());
            known.links.own(&id).map(|_| id).ok_or(error)
        }
    }
}

fn page(unlinking: &Unlinking, dry_run: bool) -> String {
    let would = if dry_run { "Would be: " } else { "" };
    let mut text = format!("{would}{}\n", unlinking.sentence());
    let consequences = unlinking.consequences();
    if consequences.is_empty() {
        text.push_str("No bound device is concerned.\n");
    }
    consequences.iter().for_each(|told| text.push_str(&format!("{told}\n")));
    if unlinking.target.is_some() {
        text.push_str(&format!(
            "Links above don't cover it; bindery unlink {} --inherit changes that.\n",
            quoted(&unlinking.path)
        ));
    }
    text
}

fn say(
    context: &Context,
    unlinking: &Unlinking,
    result: &str,
    (released, inactivated): (usize, u32),
    text: &str,
) {
    if !context.global.json {
        return output::print(&output::lines(text));
    }
    output::print_json(&json!({
        "schema": 1,
        "policy_id": unlinking.policy,
        "policy": unlinking.path,
        "organization": unlinking.organization.as_ref().map(|(id, name)| {
            json!({ "id": id, "name": name })
        }),
        "result": result,
        "released": released,
        "inactivated": inactivated,
    }));
}

async fn inactivate(
    context: &Context,
    args: &cli::Unlink,
    settings: &Settings,
    services: &Services,
    known: Known,
    unlinking: Unlinking,
) -> CommandResult {
    if !settings.enabled && !args.dry_run {
        return Err(CommandError::refused(format!(
            "the integration is switched off, so nothing is written to IT Glue. Switch it on (enabled \
             = true in {}), or unlink without --inactivate",
            context.paths.config_file.display()
        )));
    }
    unlinking.still_the_same(&services.itglue).await?;
    let request = unlinking.request(&known);
    let (engine, events) = context.engine(settings).await?;
    let prepared = progress::follow(context, engine, events, false, async |engine| {
        engine.plan(&request).await
    })
    .await;
    let prepared = prepared?;
    let told = unlinking.told(&prepared);
    list_all(&prepared);
    if args.dry_run {
        let (_, leaving) = departures(&prepared);
        let count = u32::try_from(leaving.len()).unwrap_or(u32::MAX);
        let text = format!("{told} Nothing was changed.\n");
        say(context, &unlinking, "unlinked", (0, count), &text);
        return Ok(Exit::Done);
    }
    if !context.confirm(args.yes, &output::line(&format!("{told} Unlink?"))).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    let origin = settings::origin(&settings::process_env);
    let store = context.store()?;
    unlinking.store_to_inactivate(&store, known, &origin)?;
    let confirmed = match args.yes {
        true => Confirmed::Everything,
        false => Confirmed::These(prepared.departures()),
    };
    let request = Request { confirmed, links: None, ..request };
    let (engine, events) = context.engine(settings).await?;
    apply(context, engine, events, &request, &unlinking).await
}

/// The sentence names some; who says yes must be able to see all.
fn list_all(prepared: &Prepared) {
    let (_, leaving) = departures(prepared);
    if leaving.len() > NAMED {
        leaving.iter().for_each(|name| output::note(&format!("  {}", clean(name))));
    }
}

async fn apply(
    context: &Context,
    engine: Engine,
    events: tokio::sync::mpsc::Receiver<crate::apply::Event>,
    request: &Request,
    unlinking: &Unlinking,
) -> CommandResult {
    let result =
        progress::follow(context, engine, events, false, async |engine| engine.sync(request).await)
            .await;
    let summary = result.map_err(|error| {
        let error = CommandError::from(error);
        CommandError::new(
            error.exit,
            format!(
                "{} is unlinked, but its configurations are not set inactive yet: {error} To go on: \
                 bindery sync --all",
                unlinking.path
            ),
        )
    })?;
    if context.global.json {
        say(context, unlinking, "unlinked", (0, summary.counts.inactivated), "");
    } else {
        output::print(&output::lines(&format!("{} is unlinked.\n", unlinking.path)));
        sync::tell(context, &summary);
    }
    Ok(summary.outcome.into())
}
