//! `bindery state check`.

use crate::commands::context::Context;
use crate::commands::doctor::Checks;
use crate::commands::exit::{CommandResult, Exit};
use crate::commands::output;
use crate::store::{self, CheckUp, Health, StoreError};
use serde_json::json;

/// Runs it.
pub fn run(context: &Context, quick: bool) -> CommandResult {
    let found = match store::check(&context.paths.state_dir, quick) {
        Ok(found) => found,
        Err(error @ StoreError::NoState { .. }) => {
            let text = error.to_string();
            if context.global.json {
                let document = json!({ "schema": 1, "sound": true, "state_schema": null,
                    "bytes": 0, "open_writes": 0, "checks": [] });
                output::print_json(&document);
            }
            output::note(&output::line(&text));
            return Ok(Exit::Done);
        }
        Err(error) => return Err(error.into()),
    };
    let mut checks = Checks::new(context.global.json);
    told(&found, &mut checks);
    if context.global.json {
        let mut document = checks.document();
        document["sound"] = found.is_sound().into();
        document["file"] = found.path.display().to_string().into();
        document["bytes"] = found.bytes.into();
        document["state_schema"] = found.schema.into();
        document["open_writes"] = found.open_writes.into();
        output::print_json(&document);
    }
    Ok(if found.is_sound() { Exit::Done } else { Exit::Failed })
}

fn told(found: &CheckUp, checks: &mut Checks) {
    for finding in &found.findings {
        let (name, message) = (finding.name, &finding.message);
        match (finding.health, finding.next) {
            (Health::Sound, _) | (Health::Odd, None) => checks.ok(name, message),
            (Health::Odd, Some(next)) => checks.warn(name, message, next),
            (Health::Damaged, Some(next)) => checks.fail_with(name, message, next.to_owned()),
            (Health::Damaged, None) => checks.fail(name, message),
        }
    }
}
