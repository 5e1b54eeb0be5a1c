//! `bindery unlink`: a policy is documented nowhere any more. Its configurations stay as they are,
//! unless they are to be set inactive.

use super::cli;
use super::context::{Context, Services};
use super::exit::{CommandError, CommandResult, Exit};
use super::link::{consequences, read};
use super::linking::{Effect, changed, store_change};
use super::output::{self, counted};
use super::overview::Known;
use super::status::quoted;
use super::{progress, select, sync};
use crate::apply::{Confirmed, Engine, Prepared, Request};
use crate::domain::{LinkTarget, OrganizationId, PolicyId, RunKind};
use crate::plan::Action;
use crate::settings::{self, Settings};
use crate::text::clean;
use serde_json::json;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Unlink) -> CommandResult {
    let settings = context.settings()?;
    let store = context.store()?;
    let services = context.clients(&settings).await?;
    let known = read(&services, &settings, &store).await?;
    let unlinking = Unlinking::new(&known, args)?;
    if let Some(why) = unlinking.needless(&known, args) {
        unlinking.say(context, "unchanged", 0, 0, &format!("{why}. Nothing was changed.\n"));
        return Ok(Exit::Done);
    }
    if args.inactivate && !unlinking.effect.released.is_empty() {
        return inactivate(context, args, &settings, &services, known, unlinking).await;
    }
    let text = unlinking.sentence(args);
    // Where a link above to another organization takes over, devices leave their configurations.
    if !args.dry_run && !unlinking.effect.leaving.is_empty() {
        let told = consequences(&unlinking.effect).join(" ");
        let question =
            output::line(&format!("{told} Let the link above cover {}?", unlinking.path));
        if !context.confirm(args.yes, &question).await? {
            output::note("Nothing was changed.");
            return Ok(Exit::Refused);
        }
    }
    let released = unlinking.effect.released.len();
    if !args.dry_run {
        let origin = settings::origin(&settings::process_env);
        let target = unlinking.target.clone();
        store_change(&store, known, &unlinking.policy, target, &origin, true)?;
    }
    let result = if args.inherit { "inherits" } else { "unlinked" };
    unlinking.say(context, result, released, 0, &text);
    Ok(Exit::Done)
}

/// What is unlinked, and what follows.
struct Unlinking {
    policy: PolicyId,
    path: String,
    /// The organization it is linked to now, through whatever link.
    organization: Option<(OrganizationId, String)>,
    /// Its own entry from then on.
    target: Option<LinkTarget>,
    effect: Effect,
}

impl Unlinking {
    fn new(known: &Known, args: &cli::Unlink) -> Result<Self, CommandError> {
        let policy = match select::policy(&known.tree, &args.policy) {
            Ok(policy) => policy.id.clone(),
            // A policy that Addigy has no more can still be linked.
            Err(error) => {
                let id = PolicyId::new(args.policy.trim());
                known.links.own(&id).map(|_| id).ok_or(error)?
            }
        };
        let path = known.tree.path_text(&policy);
        let organization = known
            .links
            .coverage(&known.tree, &policy)
            .map(|coverage| (coverage.organization_id, coverage.organization_name.to_owned()));
        // Where Addigy has the policy no more there is nothing to keep unlinked.
        let exists = known.tree.get(&policy).is_some();
        let target = (exists && !args.inherit).then_some(LinkTarget::KeptUnlinked);
        let effect = Effect::of(known, &changed(&known.links, &policy, target.clone()));
        Ok(Self { policy, path, organization, target, effect })
    }

    /// Why there is nothing to do.
    fn needless(&self, known: &Known, args: &cli::Unlink) -> Option<String> {
        match (known.links.own(&self.policy), &self.organization, args.inherit) {
            (None, _, true) => Some(format!("{} has no entry of its own", self.path)),
            (Some(LinkTarget::KeptUnlinked), _, false) => {
                Some(format!("{} is kept unlinked already", self.path))
            }
            (_, None, false) => Some(format!("{} is not linked", self.path)),
            _ => None,
        }
    }

    fn sentence(&self, args: &cli::Unlink) -> String {
        let would = if args.dry_run { "Would be: " } else { "" };
        let shift = self.effect.shifts.iter().find(|shift| shift.policy == self.policy);
        let after = shift.map_or(self.organization.as_ref().map(|(id, _)| *id), |shift| shift.to);
        let mut text = match (&self.organization, args.inherit, after) {
            (_, true, Some(id)) => {
                format!(
                    "{would}{} is covered by the link above, to organization {id}.\n",
                    self.path
                )
            }
            (_, true, None) => format!(
                "{would}{} has no entry of its own any more, and no link above covers it.\n",
                self.path
            ),
            (Some((_, name)), false, _) => {
                format!("{would}{} is unlinked from {name}.\n", self.path)
            }
            (None, false, _) => format!("{would}{} is kept unlinked.\n", self.path),
        };
        if self.effect.released.is_empty() && self.effect.leaving.is_empty() {
            text.push_str("No bound device is concerned.\n");
        }
        consequences(&self.effect).iter().for_each(|told| text.push_str(&format!("{told}\n")));
        if self.target.is_some() {
            text.push_str(&format!(
                "Links above don't cover it; bindery unlink {} --inherit changes that.\n",
                quoted(&self.path)
            ));
        }
        text
    }

    fn say(&self, context: &Context, result: &str, released: usize, inactivated: u32, text: &str) {
        if !context.global.json {
            return output::print(&output::lines(text));
        }
        output::print_json(&json!({
            "schema": 1,
            "policy_id": self.policy,
            "policy": self.path,
            "organization": self.organization.as_ref().map(|(id, name)| {
                json!({ "id": id, "name": name })
            }),
            "result": result,
            "released": released,
            "inactivated": inactivated,
        }));
    }
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
    still_the_same(services, &unlinking).await?;
    let request = Request {
        kind: RunKind::Unlink,
        links: Some(changed(&known.links, &unlinking.policy, unlinking.target.clone())),
        ..Request::sync(Some(unlinking.effect.policies_leaving()))
    };
    let (engine, events) = context.engine(settings).await?;
    let prepared = progress::follow(context, engine, events, false, async |engine| {
        engine.plan(&request).await
    })
    .await;
    let prepared = prepared?;
    let told = told(&unlinking, &prepared);
    if args.dry_run {
        let (_, leaving) = departures(&prepared);
        let count = u32::try_from(leaving.len()).unwrap_or(u32::MAX);
        unlinking.say(context, "unlinked", 0, count, &format!("{told} Nothing was changed.\n"));
        return Ok(Exit::Done);
    }
    if !context.confirm(args.yes, &output::line(&format!("{told} Unlink?"))).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    let origin = settings::origin(&settings::process_env);
    let store = context.store()?;
    // The bindings stay in force until their configurations are written.
    store_change(&store, known, &unlinking.policy, unlinking.target.clone(), &origin, false)?;
    let confirmed = match args.yes {
        true => Confirmed::Everything,
        false => Confirmed::These(prepared.departures()),
    };
    let request = Request { confirmed, links: None, ..request };
    let (engine, events) = context.engine(settings).await?;
    apply(context, engine, events, &request, &unlinking).await
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
        unlinking.say(context, "unlinked", 0, summary.counts.inactivated, "");
    } else {
        output::print(&output::lines(&format!("{} is unlinked.\n", unlinking.path)));
        sync::tell(context, &summary);
    }
    Ok(summary.outcome.into())
}

/// Nothing is written to an organization that is gone or has another name.
async fn still_the_same(services: &Services, unlinking: &Unlinking) -> Result<(), CommandError> {
    let Some((id, name)) = &unlinking.organization else { return Ok(()) };
    let now = services.itglue.organization(*id).await?;
    match now {
        Some(now) if now.name == *name => Ok(()),
        Some(now) => Err(CommandError::refused(format!(
            "organization {id} was linked as {name} and is called {} now, so nothing is written to \
             it. If it is still the right one, confirm it: bindery doctor --accept-accounts",
            now.name
        ))),
        None => Err(CommandError::refused(format!(
            "IT Glue has no organization {id} ({name}) any more; unlink without --inactivate"
        ))),
    }
}

/// How many the guard would keep back, and the names of all that would be set inactive.
fn departures(prepared: &Prepared) -> (usize, Vec<&str>) {
    let withheld = prepared.devices().filter(|p| matches!(p.action, Action::Withhold(..))).count();
    let leaving = prepared
        .devices()
        .filter(|p| matches!(p.action, Action::Withhold(..) | Action::Inactivate(..)));
    (withheld, leaving.map(|planned| planned.name.as_str()).collect())
}

fn told(unlinking: &Unlinking, prepared: &Prepared) -> String {
    const SHOWN: usize = 10;
    let (withheld, leaving) = departures(prepared);
    let name = unlinking.organization.as_ref().map_or("", |(_, name)| name.as_str());
    let mut names: Vec<String> = leaving.iter().take(SHOWN).map(|name| clean(name)).collect();
    if leaving.len() > SHOWN {
        names.push(format!("and {} more", leaving.len() - SHOWN));
    }
    let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    let mut text = format!(
        "Unlinking {} from {name} sets {} there inactive{names}.",
        unlinking.path,
        counted(leaving.len(), "configuration"),
    );
    if withheld > 0 {
        text.push_str(" That is more than the guard lets pass unasked.");
    }
    text
}
