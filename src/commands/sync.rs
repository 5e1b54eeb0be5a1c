//! `bindery sync`: plan and apply.

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, counted};
use super::plan::{chosen, show};
use super::{progress, select};
use crate::apply::{Confirmed, Engine, Event, Patience, Request, Summary};
use crate::settings::Settings;
use crate::store::{Pruned, Store};
use jiff::Timestamp;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Sync) -> CommandResult {
    if args.policies.is_empty() && !args.all && args.device.is_none() {
        return Err(CommandError::usage(
            "sync wants to know what: name policies, or --all for every linked one, or --device \
             DEVICE for one alone",
        ));
    }
    let settings = context.settings()?;
    if !args.dry_run {
        context.must_be_on(&settings)?;
    }
    let (engine, events) = context.engine(&settings).await?;
    let request = request(&engine, args).await?;
    if args.dry_run {
        let prepared = progress::follow(context, engine, events, false, async |engine| {
            engine.plan(&request).await
        })
        .await;
        show(context, &prepared?);
        return Ok(Exit::Done);
    }
    let result = progress::follow(context, engine, events, context.global.json, async |engine| {
        engine.sync(&request).await
    })
    .await;
    let summary = match result {
        Ok(summary) => summary,
        Err(error) if context.global.json => {
            output::print_json(&progress::failed(&error));
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    tell(context, &summary);
    if args.all {
        prune(&context.store()?, &settings, Timestamp::now());
    }
    confirm_withheld(context, &settings, &request, summary).await
}

/// Takes old runs out of the history. A sync is no worse where that fails; the next one tries again.
pub fn prune(store: &Store, settings: &Settings, now: Timestamp) {
    match store.prune(settings.history.keep(), now) {
        Ok(pruned) if pruned == Pruned::default() => {}
        Ok(Pruned { runs, intents }) => tracing::info!(runs, intents, "history pruned"),
        Err(error) => tracing::warn!(%error, "history not pruned"),
    }
}

async fn request(engine: &Engine, args: &cli::Sync) -> Result<Request, CommandError> {
    let mut request = Request::sync(chosen(engine, &args.policies).await?);
    request.retry_pending = args.retry_pending;
    request.patience = match args.wait {
        None => Patience::None,
        Some(None) => Patience::Endless,
        Some(Some(time)) => Patience::For(time),
    };
    if args.yes {
        request.confirmed = Confirmed::Everything;
    }
    if let Some(wanted) = &args.device {
        let known = engine.store.devices()?;
        let found = match select::device(&known, wanted) {
            Ok(device) => device.id.clone(),
            // It may have joined since the last sweep.
            Err(_) => {
                let sweep = engine.addigy.sweep(&[]).await?;
                select::device(&sweep.devices, wanted)?.id.clone()
            }
        };
        request.device = Some(found);
    }
    if args.retry_pending {
        let reports = engine.store.reports()?;
        let waiting = reports.iter().filter_map(|report| report.pending.as_ref());
        let people = waiting
            .filter(|pending| pending.reason.needs_a_person() && !pending.superseded)
            .count();
        if people > 0 {
            let text = format!(
                "{} of those pending need a person first; bindery status says what to do",
                people
            );
            engine.reporter.progress(Event::Note(text));
        }
    }
    Ok(request)
}

/// Prints what the run came to.
pub fn tell(context: &Context, summary: &Summary) {
    if context.global.json {
        return output::print_json(&progress::finished(summary));
    }
    let counts = &summary.counts;
    let told = output::told(counts);
    let told = if told.is_empty() { "nothing to do".to_owned() } else { output::joined(&told) };
    let run = summary.run.map_or_else(String::new, |run| format!("Run {run}: "));
    output::print(&format!("{run}{told}\n"));
    tell_costs(summary);
    if counts.pending > 0 {
        output::note("What is pending and what to do: bindery status");
    }
    if counts.held > 0 {
        output::note(&format!(
            "{} held since an undo, and left alone. See them: bindery status; let syncs touch them \
             again: bindery release POLICY or DEVICE",
            counted(counts.held as usize, "device")
        ));
    }
}

/// Prints what a run cost, and what stood in its way.
pub fn tell_costs(summary: &Summary) {
    output::print(&format!(
        "{} to IT Glue, {} to Addigy, {:.1} s\n",
        counted(summary.itglue_requests as usize, "request"),
        counted(summary.addigy_requests as usize, "request"),
        summary.seconds
    ));
    for problem in &summary.problems {
        output::note(&crate::text::clean(problem));
    }
    for (organization, holder) in &summary.busy {
        output::note(&format!(
            "Organization {organization} is being written to by {}; it was left out. Run again when \
             that has ended (sync --wait waits for it).",
            crate::text::clean(holder)
        ));
    }
}

/// What the guard kept back is asked when the run is over, never in its middle.
async fn confirm_withheld(
    context: &Context,
    settings: &Settings,
    request: &Request,
    summary: Summary,
) -> CommandResult {
    let withheld = summary.counts.withheld;
    if withheld == 0 || context.cancel.is_cancelled() {
        return Ok(summary.outcome.into());
    }
    if !context.can_ask() {
        output::note(&format!(
            "{} left and would be set inactive; the guard keeps that back. See them: bindery plan. \
             If that is meant, run the same again with --yes",
            counted(withheld as usize, "device")
        ));
        return Ok(summary.outcome.into());
    }
    let question = format!(
        "{} left and would be set inactive. Type {withheld} to confirm, anything else to leave them:",
        counted(withheld as usize, "device")
    );
    if context.ask(&question).await? != withheld.to_string() {
        return Ok(summary.outcome.into());
    }
    let (engine, events) = context.engine(settings).await?;
    let confirmed = Confirmed::These(summary.withheld_devices);
    let request = Request { confirmed, ..request.clone() };
    let result = progress::follow(context, engine, events, false, async |engine| {
        engine.sync(&request).await
    })
    .await;
    let summary = result?;
    tell(context, &summary);
    Ok(summary.outcome.into())
}
