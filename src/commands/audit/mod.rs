//! `bindery audit`: who did what, from where and when, in the order of time.

mod told;

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, Pieces};
use crate::domain::{LinkTarget, Origin, Outcome, Run};
use crate::store::{Entry, LinkEvent};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use told::{Names, sentences};

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Audit) -> CommandResult {
    let zone = TimeZone::system();
    let since = args.since.as_deref().map(|text| moment(text, Edge::Start, &zone)).transpose()?;
    let until = args.until.as_deref().map(|text| moment(text, Edge::End, &zone)).transpose()?;
    let (since, until) = (since.unwrap_or(Timestamp::MIN), until.unwrap_or(Timestamp::MAX));
    if until < since {
        return Err(CommandError::usage("that time ends before it begins; exchange the two"));
    }
    let store = context.store()?;
    let cancel = &context.cancel;
    let mut pieces = Pieces::default();
    let names = Names::of(&store)?;
    let mut any = false;
    store.trail(since, until, |entry| {
        if context.global.json {
            documents(&entry).iter().for_each(|document| pieces.add_json(document));
        } else {
            let sentences = sentences(&entry, &names);
            sentences.iter().for_each(|told| pieces.add(&told.line(&zone)));
        }
        any = true;
        if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    drop(pieces);
    if !any {
        output::note("Nothing is recorded in that time.");
    }
    Ok(if cancel.is_cancelled() { Exit::Interrupted } else { Exit::Done })
}

/// Which end of a day is meant.
#[derive(Debug, Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// A day where the program runs, or a time.
fn moment(text: &str, edge: Edge, zone: &TimeZone) -> Result<Timestamp, CommandError> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let day = || -> Result<Timestamp, jiff::Error> {
        let day: Date = text.parse()?;
        let day = match edge {
            Edge::Start => day,
            Edge::End => day.checked_add(1.day())?,
        };
        zone.to_timestamp(day.at(0, 0, 0, 0))
    };
    day().map_err(|_| {
        CommandError::usage(format!(
            "{text} is neither a day nor a time; say it like 2026-11-03 or 2026-11-03T14:05:00Z"
        ))
    })
}

fn documents(entry: &Entry) -> Vec<Value> {
    match entry {
        Entry::Started(run) => {
            let mut document = document("run_started", run.started, &run.origin);
            add_run(&mut document, run);
            vec![document]
        }
        Entry::Finished(run) => {
            let at = run.finished.unwrap_or(run.started);
            let mut document = document("run_finished", at, &run.origin);
            add_run(&mut document, run);
            document["outcome"] = json!(run.outcome.map(Outcome::word));
            document["counts"] = json!(run.counts);
            vec![document]
        }
        Entry::Written { run, origin, changes } => {
            let lines = changes.iter().map(|change| {
                let mut document = document("written", change.at, origin);
                let more = json!({
                    "run": run,
                    "action": change.kind,
                    "device": { "id": change.device_id, "name": change.device_name },
                    "policy_id": change.policy_id,
                    "organization_id": change.organization_id,
                    "configuration": change.configuration_id,
                    "field": change.attribute.key(),
                    "from": change.from,
                    "to": change.to,
                    "undone": change.undone,
                });
                extend(&mut document, more);
                document
            });
            lines.collect()
        }
        Entry::Unwritten { at, run, origin, intent, outcome, message } => {
            let mut document = document("not_written", *at, origin);
            let more = json!({
                "run": run,
                "action": intent.kind,
                "device": { "id": intent.device_id, "name": intent.device_name },
                "policy_id": intent.policy_id,
                "organization_id": intent.organization_id,
                "configuration": intent.configuration_id,
                "outcome": outcome,
                "message": message,
            });
            extend(&mut document, more);
            vec![document]
        }
        Entry::Linked { event, origin } => vec![link_document(event, origin)],
        Entry::Deed { at, origin, what, details } => {
            let mut document = document(what, *at, origin);
            extend(&mut document, Value::Object(details.clone()));
            vec![document]
        }
    }
}

fn link_document(event: &LinkEvent, origin: &Origin) -> Value {
    let (what, organization, with_children) = match &event.target {
        Some(LinkTarget::Organization { id, name, with_children }) => {
            ("linked", json!({ "id": id, "name": name }), *with_children)
        }
        Some(LinkTarget::KeptUnlinked) => ("unlinked", Value::Null, false),
        None => ("link_removed", Value::Null, false),
    };
    let mut document = document(what, event.at, origin);
    let more = json!({
        "policy_id": event.policy_id,
        "organization": organization,
        "with_children": with_children,
    });
    extend(&mut document, more);
    document
}

fn document(event: &str, at: Timestamp, origin: &Origin) -> Value {
    json!({
        "schema": 1,
        "event": event,
        "at": at.to_string(),
        "who": origin.who,
        "host": origin.host,
        "version": origin.version,
    })
}

fn add_run(document: &mut Value, run: &Run) {
    extend(document, json!({ "run": run.id, "kind": run.kind.word(), "policies": run.policies }));
}

fn extend(document: &mut Value, more: Value) {
    if let (Value::Object(document), Value::Object(more)) = (document, more) {
        document.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_local() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let at = |text: &str, edge| moment(text, edge, &zone).unwrap().to_string();
        assert_eq!(at("2026-11-03", Edge::Start), "2026-11-02T22:00:00Z");
        assert_eq!(at("2026-11-03", Edge::End), "2026-11-03T22:00:00Z");
        assert_eq!(at("2026-11-03T14:05:00Z", Edge::End), "2026-11-03T14:05:00Z");
        assert_eq!(moment("yesterday", Edge::Start, &zone).unwrap_err().exit, Exit::Usage);
    }
}
