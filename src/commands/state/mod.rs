//! `bindery state`: looking Bindery's memory over, copying it, and getting it back.

mod check;
mod replace;

use super::cli::StateCommand;
use super::context::Context;
use super::exit::{CommandResult, Exit};
use super::output;
use crate::store::Deed;
use jiff::Timestamp;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Runs the command.
pub async fn run(context: &Context, what: &StateCommand) -> CommandResult {
    match what {
        StateCommand::Check { quick } => check::run(context, *quick),
        StateCommand::Backup { file } => back_up(context, file.as_deref()),
        StateCommand::Restore { file, yes } => replace::restore(context, file, *yes).await,
        StateCommand::Rebuild { yes } => replace::rebuild(context, *yes).await,
        StateCommand::Accept { yes } => replace::accept(context, *yes).await,
    }
}

fn back_up(context: &Context, file: Option<&Path>) -> CommandResult {
    let store = context.store()?;
    let now = Timestamp::now();
    let file = store.back_up(file, now)?;
    // The copy is made, also where the state itself has no room left.
    if let Err(error) = store.audit(&Deed::BackedUp { file: shown(&file) }, now) {
        output::note(&output::line(&format!("The copy is made, but not in the audit: {error}")));
    }
    if context.global.json {
        output::print_json(&json!({ "schema": 1, "file": shown(&file) }));
    } else {
        output::print(&output::lines(&format!(
            "Copied to {}, and the copy is sound.\nPut it back with: bindery state restore {0}\n",
            shown(&file)
        )));
    }
    Ok(Exit::Done)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn shown_opt(path: Option<&PathBuf>) -> Option<String> {
    path.map(|path| shown(path))
}
