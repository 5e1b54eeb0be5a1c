//! Another file in the place of the state: `bindery state restore`, `rebuild` and `accept`.

use super::{shown, shown_opt};
use crate::commands::context::Context;
use crate::commands::exit::{CommandError, CommandResult, Exit};
use crate::commands::output::{self, counted};
use crate::commands::{policies, progress};
use crate::domain::{LinkTarget, OrganizationId};
use crate::settings::Settings;
use crate::store::{self, Deed, Rebuilt, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How long a create may be under way where no settings say it.
const SETTLE: Duration = Duration::from_secs(60);
const NEXT: &str = "Syncs write nothing until a person has looked. Next: bindery plan --all, then \
                    bindery state accept";
/// What services can't give back, and a copy doesn't have.
const NOT_IN_COPY: &str = "What was undone since is no longer held, and a sync writes it again. A device that was \
     bound since and has left already is not set inactive.";
/// What services can't give back, where a binding could not be saved.
const NOT_SAVED: &str = "Where a binding is lost, what was undone there is no longer held and a sync writes it again, and \
     a device that has left already is not set inactive.";

/// Puts a copy in the place of the state.
pub async fn restore(context: &Context, file: &Path, yes: bool) -> CommandResult {
    // Before anybody is asked, or waits.
    store::verify_copy(file)?;
    let question = output::line(&format!(
        "Put {} in the place of the state? What was recorded since that copy is set aside with the \
         present files, and devices bound since are found again by their serial numbers. {NOT_IN_COPY}",
        shown(file)
    ));
    if !context.confirm(yes, &question).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    settle(context).await?;
    let now = Timestamp::now();
    let aside = store::restore(&context.paths.state_dir, file, now)?;
    let store = context.store()?;
    let set_aside = shown_opt(aside.as_ref());
    store.audit(&Deed::Restored { file: shown(file), set_aside: set_aside.clone() }, now)?;
    if context.global.json {
        output::print_json(&json!({ "schema": 1, "file": shown(file), "set_aside": set_aside }));
        return Ok(Exit::Done);
    }
    let mut text = format!("{} is in the place of the state.\n", shown(file));
    if let Some(aside) = set_aside {
        text.push_str(&format!("The files before it are in {aside}.\n"));
    }
    output::print(&output::lines(&format!("{text}{NOT_IN_COPY}\n{NEXT}\n")));
    Ok(Exit::Done)
}

/// Makes a new state of what the damaged one still holds, and of both services.
pub async fn rebuild(context: &Context, yes: bool) -> CommandResult {
    let dir = &context.paths.state_dir;
    // Before the check, for SQLite itself puts the mode of an empty file right.
    store::refuse_if_open(dir)?;
    let found = store::check(dir, false)?;
    if found.is_sound() {
        let text = "The state is sound, so nothing is to be rebuilt and nothing was changed.\n";
        match context.global.json {
            true => output::print_json(&json!({ "schema": 1, "rebuilt": false })),
            false => output::print(text),
        }
        return Ok(Exit::Done);
    }
    let question = output::line(&format!(
        "{} is damaged. Set it aside, and begin a new one with all that can still be read from it? \
         {NOT_SAVED}",
        found.path.display()
    ));
    if !context.confirm(yes, &question).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    settle(context).await?;
    let now = Timestamp::now();
    let rebuilt = store::rebuild(dir, now)?;
    let store = context.store()?;
    let set_aside = shown_opt(rebuilt.set_aside.as_ref());
    let salvaged = salvaged(&rebuilt);
    let deed = Deed::Rebuilt { set_aside: set_aside.clone(), salvaged: salvaged.clone() };
    store.audit(&deed, now)?;
    let told = services(context, &store).await;
    if context.global.json {
        output::print_json(&json!({
            "schema": 1,
            "rebuilt": true,
            "set_aside": set_aside,
            "rows": rebuilt.rows.iter().copied().collect::<BTreeMap<&str, usize>>(),
            "lost": rebuilt.lost,
            "services": told,
        }));
        return Ok(Exit::Done);
    }
    let mut text =
        format!("The damaged state is set aside in {}.\n", set_aside.unwrap_or_default());
    text.push_str(&format!("Saved from it: {salvaged}.\n"));
    rebuilt.lost.iter().for_each(|lost| text.push_str(&format!("Lost: {lost}.\n")));
    told.iter().for_each(|told| text.push_str(&format!("{told}\n")));
    text.push_str("Devices whose bindings are lost are found again by their serial numbers.\n");
    output::print(&output::lines(&format!("{text}{NOT_SAVED}\n{NEXT}\n")));
    Ok(Exit::Done)
}

/// Lets syncs write again.
pub async fn accept(context: &Context, yes: bool) -> CommandResult {
    let store = context.store()?;
    let Some(why) = store.unconfirmed()? else {
        say_accepted(context, false, "Nothing is to be accepted: syncs may write.\n");
        return Ok(Exit::Done);
    };
    let question =
        format!("The state: {why}. Have you looked at the plan, and may syncs write again?");
    if !context.confirm(yes, &output::line(&question)).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    store.confirm(Timestamp::now())?;
    say_accepted(context, true, "Accepted: syncs write again. Next: bindery sync --all\n");
    Ok(Exit::Done)
}

fn say_accepted(context: &Context, accepted: bool, text: &str) {
    match context.global.json {
        true => output::print_json(&json!({ "schema": 1, "accepted": accepted })),
        false => output::print(text),
    }
}

/// Waits until a create that was under way at the last write shows in IT Glue's listings: the memory
/// of it may be among what is lost, and it must not be made a second time.
async fn settle(context: &Context) -> Result<(), CommandError> {
    let settle = context.settings().map_or(SETTLE, |settings| settings.sync.settle);
    let settle = SignedDuration::try_from(settle).unwrap_or(SignedDuration::MAX);
    let now = Timestamp::now();
    let Some(last) = store::last_write(&context.paths.state_dir) else { return Ok(()) };
    // A clock set back makes the wait no longer than once.
    let until = last.min(now).checked_add(settle).unwrap_or(now);
    let Ok(wait) = Duration::try_from(until.duration_since(now)) else { return Ok(()) };
    if wait.is_zero() {
        return Ok(());
    }
    let clock = progress::clock(until);
    output::note(&format!("Waiting until {clock}, so that writes that were under way show."));
    tokio::select! {
        () = tokio::time::sleep(wait) => Ok(()),
        () = context.cancel.cancelled() => {
            Err(CommandError::new(Exit::Interrupted, "stopped, nothing was changed"))
        }
    }
}

fn salvaged(rebuilt: &Rebuilt) -> String {
    let rows = rebuilt.rows.iter().filter(|(_, count)| *count > 0);
    let rows: Vec<String> = rows.map(|(name, count)| format!("{count} {name}")).collect();
    if rows.is_empty() { "nothing".to_owned() } else { rows.join(", ") }
}

/// What both services add. Without them the new state stands all the same.
async fn services(context: &Context, store: &Store) -> Vec<String> {
    let read = async {
        let settings = context.settings()?;
        let services = context.clients(&settings).await?;
        let (tree, devices) = policies::read(&services, &settings, store).await??;
        let mut told = vec![format!(
            "Read from Addigy: {}, {}.",
            counted(tree.iter().count(), "policy"),
            counted(devices.len(), "device")
        )];
        told.extend(links(context, &settings, store).await?);
        Ok::<_, CommandError>(told)
    };
    match read.await {
        Ok(told) => told,
        Err(error) => vec![format!(
            "The services could not be read: {error} Later: bindery policies, bindery doctor"
        )],
    }
}

/// Whether the organizations of the links are still there under their names.
async fn links(
    context: &Context,
    settings: &Settings,
    store: &Store,
) -> Result<Vec<String>, CommandError> {
    let links = store.links()?;
    let linked: BTreeMap<OrganizationId, String> = links
        .iter()
        .filter_map(|(_, target)| match target {
            LinkTarget::Organization { id, name, .. } => Some((*id, name.clone())),
            LinkTarget::KeptUnlinked => None,
        })
        .collect();
    let ids: Vec<OrganizationId> = linked.keys().copied().collect();
    let found = context.clients(settings).await?.itglue.organizations_by_id(&ids).await?;
    let names: BTreeMap<OrganizationId, String> =
        found.into_iter().map(|organization| (organization.id, organization.name)).collect();
    let changed = linked.iter().filter_map(|(id, name)| match names.get(id) {
        Some(now) if now == name => None,
        Some(now) => Some(format!(
            "Organization {id} was {name} and is {now}: nothing is written to it until bindery doctor \
             --accept-accounts."
        )),
        None => Some(format!("IT Glue has no organization {id} ({name}) any more.")),
    });
    let changed: Vec<String> = changed.collect();
    let mut told = vec![format!("Links made again: {}.", links.iter().count())];
    told.extend(changed);
    told.push(
        "Policies whose link is lost: bindery link --adopt and bindery link --proposed find most."
            .to_owned(),
    );
    Ok(told)
}
