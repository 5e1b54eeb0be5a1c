//! `bindery history`: past runs, or what one of them changed.

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, counted, moment};
use super::table::{Cell, Table, styles};
use crate::domain::{Counts, Outcome, PolicyTree, Run, RunId};
use crate::store::{RecordedChange, Store};
use serde_json::{Value, json};

/// Runs the command.
pub async fn run(context: &Context, args: &cli::History) -> CommandResult {
    let store = context.store()?;
    let tree = store.policies()?.map(|(tree, _)| tree).unwrap_or_default();
    let Some(wanted) = &args.run else {
        let runs = store.runs(args.limit)?;
        if context.global.json {
            let runs: Vec<Value> = runs.iter().map(|run| document(run, None)).collect();
            output::print_json(&json!({ "schema": 1, "runs": runs }));
        } else {
            output::print(&page(&runs, &tree));
        }
        return Ok(Exit::Done);
    };
    let run = meant(&store, wanted)?;
    let changes = store.changes_of(run.id)?;
    if context.global.json {
        let run = document(&run, Some(&changes));
        output::print_json(&json!({ "schema": 1, "runs": [run] }));
    } else {
        output::print(&run_page(&run, &changes, &tree));
    }
    Ok(Exit::Done)
}

/// The run of this number, or the newest.
pub fn meant(store: &Store, wanted: &str) -> Result<Run, CommandError> {
    if wanted == "last" {
        let newest = store.runs(1)?.pop();
        return newest.ok_or_else(|| CommandError::failed("there has been no run yet"));
    }
    let id: RunId = wanted.parse().map_err(|_| {
        CommandError::usage(format!("{wanted} is no run's number; say a number, or last"))
    })?;
    store.run(id)?.ok_or_else(|| {
        CommandError::failed(format!("there is no run {id}. See them: bindery history"))
    })
}

fn document(run: &Run, changes: Option<&[RecordedChange]>) -> Value {
    let mut document = json!({
        "id": run.id,
        "kind": run.kind.word(),
        "policies": run.policies,
        "started": run.started.to_string(),
        "finished": run.finished.map(|at| at.to_string()),
        "who": run.origin.who,
        "host": run.origin.host,
        "version": run.origin.version,
        "outcome": run.outcome.map(Outcome::word),
        "counts": run.counts,
    });
    if let Some(changes) = changes {
        document["changes"] = changes.iter().map(change).collect();
    }
    document
}

fn change(change: &RecordedChange) -> Value {
    json!({
        "device": { "id": change.device_id, "name": change.device_name },
        "organization_id": change.organization_id,
        "policy_id": change.policy_id,
        "configuration": change.configuration_id,
        "action": change.kind,
        "field": change.attribute.key(),
        "from": change.from,
        "to": change.to,
        "at": change.at.to_string(),
        "undone": change.undone,
    })
}

fn page(runs: &[Run], tree: &PolicyTree) -> String {
    if runs.is_empty() {
        return "There has been no run yet. The first: bindery sync --all\n".to_owned();
    }
    let mut table =
        Table::new(["Run", "Started", "Kind", "Who", "Host", "Policies", "Outcome", "Changes"])
            .whole(1);
    for run in runs {
        let (word, style) = outcome(run);
        table.row([
            Cell::new(run.id.to_string()),
            Cell::new(moment(run.started)),
            Cell::new(run.kind.word()),
            Cell::new(&run.origin.who),
            Cell::new(&run.origin.host),
            Cell::new(policies(run, tree)),
            Cell::new(word).style(style),
            Cell::new(counts(&run.counts)),
        ]);
    }
    table.render()
}

fn outcome(run: &Run) -> (&'static str, anstyle::Style) {
    match run.outcome {
        // It runs, or was killed; only its lock knows.
        None => ("not finished", styles::ATTENTION),
        Some(Outcome::Done) => (Outcome::Done.word(), styles::GOOD),
        Some(Outcome::Failed) => (Outcome::Failed.word(), styles::BAD),
        Some(other) => (other.word(), styles::ATTENTION),
    }
}

fn policies(run: &Run, tree: &PolicyTree) -> String {
    match run.policies.as_slice() {
        [only] => tree.path_text(only),
        several => counted(several.len(), "policy"),
    }
}

fn counts(counts: &Counts) -> String {
    let told = output::told(counts);
    if told.is_empty() { "-".to_owned() } else { told.join(", ") }
}

fn run_page(run: &Run, changes: &[RecordedChange], tree: &PolicyTree) -> String {
    let finished = run.finished.map_or_else(|| "not finished".to_owned(), moment);
    let mut page = output::lines(&format!(
        "Run {}, {} of {}\nby {} on {}, Bindery {}\n{} to {finished}, outcome: {}\n{}\n",
        run.id,
        run.kind.word(),
        policies(run, tree),
        run.origin.who,
        run.origin.host,
        run.origin.version,
        moment(run.started),
        outcome(run).0,
        counts(&run.counts),
    ));
    if changes.is_empty() {
        page.push_str("It changed nothing in IT Glue.\n");
        return page;
    }
    let mut table =
        Table::new(["Device", "Configuration", "Field", "From", "To", ""]).whole(1).whole(2);
    for change in changes {
        table.row([
            Cell::new(&change.device_name),
            Cell::new(change.configuration_id.to_string()),
            Cell::new(change.attribute.key()),
            Cell::new(change.from.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)),
            Cell::new(change.to.to_string()),
            Cell::new(if change.undone { "undone" } else { "" }).style(styles::MUTED),
        ]);
    }
    page.push('\n');
    page.push_str(&table.render());
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, PolicyId, RunKind};
    use jiff::Timestamp;

    fn store() -> Store {
        let store = Store::in_memory().unwrap();
        let origin = Origin { who: "ana".into(), host: "jump1".into(), version: "1".into() };
        let policies = [PolicyId::new("p")];
        for outcome in [Some(Outcome::Done), None] {
            let at = Timestamp::UNIX_EPOCH;
            let run = store.begin_run(RunKind::Sync, &policies, &origin, at).unwrap();
            if let Some(outcome) = outcome {
                let counts = Counts { created: 3, pending: 1, ..Counts::default() };
                store.finish_run(run, outcome, &counts, at).unwrap();
            }
        }
        store
    }

    #[test]
    fn runs_are_named_by_number_or_as_the_last() {
        let store = store();
        assert_eq!(meant(&store, "last").unwrap().id, RunId::new(2));
        assert_eq!(meant(&store, "1").unwrap().id, RunId::new(1));
        assert_eq!(meant(&store, "7").unwrap_err().exit, Exit::Failed);
        assert_eq!(meant(&store, "first").unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn the_document_has_the_shape_that_scripts_rely_on() {
        let run = meant(&store(), "1").unwrap();
        let document = document(&run, Some(&[]));
        assert_eq!(document["kind"], "sync");
        assert_eq!(document["policies"], json!(["p"]));
        assert_eq!(document["outcome"], "done");
        assert_eq!(document["counts"]["created"], 3);
        assert_eq!(document["changes"], json!([]));
    }

    #[test]
    fn a_page_tells_who_did_what() {
        let runs = store().runs(9).unwrap();
        let page = page(&runs, &PolicyTree::default());
        for part in ["ana", "jump1", "not finished", "3 created, 1 pending"] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
}
