//! `bindery link`: which organization documents a policy. Nothing is synced yet.

use super::accounts::{self, Seen};
use super::cli;
use super::context::{Context, Services};
use super::exit::{CommandError, CommandResult, Exit};
use super::new_link::NewLink;
use super::output::{self, counted};
use super::overview::Known;
use super::proposals::{self, Proposal};
use super::status::quoted;
use super::table::{Cell, Table, styles};
use super::{organizations, select};
use crate::domain::{OrganizationId, PolicyId};
use crate::settings::{self, Settings};
use crate::store::Store;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Link) -> CommandResult {
    let settings = context.settings()?;
    let store = context.store()?;
    if args.adopt || args.proposed {
        return several(context, args, &settings, &store).await;
    }
    match args.names.as_slice() {
        [policy, organization] => one(context, args, &settings, &store, policy, organization).await,
        _ => Err(CommandError::usage(
            "link wants one policy and one organization: bindery link POLICY ORGANIZATION (names of \
             several words in quotes). To take over the links of Addigy's own integration: bindery \
             link --adopt",
        )),
    }
}

/// The policies as Addigy has them now, beside what the state knows.
pub async fn read(
    services: &Services,
    settings: &Settings,
    store: &Store,
) -> Result<Known, CommandError> {
    let policies = services.addigy.policies().await?;
    let seen = Seen {
        addigy_organization: policies.organization_id,
        itglue_url: settings.itglue.url.to_string(),
        itglue_account: None,
    };
    accounts::check(store, &seen)?;
    Ok(Known { tree: policies.tree, ..Known::of(store)? })
}

/// What became of one policy.
#[derive(Debug, Clone)]
struct Told {
    policy_id: PolicyId,
    policy: String,
    organization: Option<(OrganizationId, String)>,
    with_children: bool,
    result: &'static str,
    why: String,
}

fn document(told: &[Told], dry_run: bool) -> Value {
    let links: Vec<Value> = told
        .iter()
        .map(|told| {
            json!({
                "policy_id": told.policy_id,
                "policy": told.policy,
                "organization": told.organization.as_ref().map(|(id, name)| {
                    json!({ "id": id, "name": name })
                }),
                "with_children": told.with_children,
                "result": told.result,
                "why": told.why,
            })
        })
        .collect();
    json!({ "schema": 1, "dry_run": dry_run, "links": links })
}

async fn one(
    context: &Context,
    args: &cli::Link,
    settings: &Settings,
    store: &Store,
    policy: &str,
    organization: &str,
) -> CommandResult {
    let services = context.clients(settings).await?;
    let known = read(&services, settings, store).await?;
    let policy = select::policy(&known.tree, policy)?.id.clone();
    let organization = organizations::meant(&services.itglue, organization).await?;
    let link = NewLink::new(&known, &policy, &organization, args.with_children);
    let mut told = Told {
        policy_id: policy,
        policy: link.path.clone(),
        organization: Some(link.organization.clone()),
        with_children: args.with_children,
        result: "linked",
        why: String::new(),
    };
    if link.is_there() {
        told.result = "unchanged";
        told.why = format!("it is linked to {} already", organization.name);
        let text = format!("{} {}. Nothing was changed.\n", link.path, after_it(&told.why));
        say(context, args, &told, &text);
        return Ok(Exit::Done);
    }
    if let Some(question) = link.question().filter(|_| !args.dry_run)
        && !context.confirm(args.yes, &output::line(&question)).await?
    {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    told.why = link.consequences().join(" ");
    let text = page(&link, args);
    if !args.dry_run {
        link.store(store, known, &settings::origin(&settings::process_env))?;
    }
    say(context, args, &told, &text);
    Ok(Exit::Done)
}

fn page(link: &NewLink, args: &cli::Link) -> String {
    let verb = if args.dry_run { "Would link" } else { "Linked" };
    let mut text = format!("{verb} {}.\n", link.told());
    if args.yes || args.dry_run {
        link.consequences().iter().for_each(|told| text.push_str(&format!("{told}\n")));
    }
    if !args.dry_run {
        if link.uncovered > 0 {
            text.push_str(&format!(
                "{} below it without a link: --with-children covers what is below, too.\n",
                counted(link.uncovered, "policy")
            ));
        }
        text.push_str(&format!(
            "Nothing is synced yet. See what a sync would do: bindery plan {}\n",
            quoted(&link.path)
        ));
    }
    text
}

fn say(context: &Context, args: &cli::Link, told: &Told, text: &str) {
    if context.global.json {
        output::print_json(&document(std::slice::from_ref(told), args.dry_run));
    } else {
        output::print(&output::lines(text));
    }
}

/// `it is …` as the rest of a sentence.
fn after_it(why: &str) -> &str {
    why.strip_prefix("it ").unwrap_or(why)
}

/// `--adopt` and `--proposed`.
async fn several(
    context: &Context,
    args: &cli::Link,
    settings: &Settings,
    store: &Store,
) -> CommandResult {
    let services = context.clients(settings).await?;
    let known = read(&services, settings, store).await?;
    let proposals = if args.adopt {
        let only = match args.names.as_slice() {
            [] => None,
            names => Some(select::policies(&known.tree, names)?),
        };
        let ids = proposals::accounts_named(&known, only.as_ref());
        let found = services.itglue.organizations_by_id(&ids).await?;
        proposals::adoptions(&known, only.as_ref(), &found)
    } else {
        proposals::same_names(&known, &organizations::all(&services.itglue).await?)
    };
    if !context.global.json {
        output::print(&table(&proposals));
    }
    let takes = proposals.iter().filter(|proposal| proposal.take).count();
    if takes == 0 || args.dry_run {
        return Ok(finish(context, args, proposals, &BTreeSet::new()));
    }
    let question = format!("Link {}?", counted(takes, "policy"));
    if !context.confirm(args.yes, &question).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    let origin = settings::origin(&settings::process_env);
    let mut busy = BTreeSet::new();
    let mut proposals = proposals;
    for proposal in proposals.iter_mut().filter(|proposal| proposal.take) {
        if context.cancel.is_cancelled() {
            leave(proposal, "the command was stopped before it".to_owned());
        } else if let Err(error) = proposals::store(store, &known, proposal, &origin) {
            if error.exit != Exit::Busy {
                return Err(error);
            }
            busy.insert(proposal.policy_id.clone());
            leave(proposal, error.to_string());
        }
    }
    let exit = finish(context, args, proposals, &busy);
    Ok(if context.cancel.is_cancelled() { Exit::Interrupted } else { exit })
}

fn leave(proposal: &mut Proposal, why: String) {
    proposal.take = false;
    proposal.why = why;
}

fn finish(
    context: &Context,
    args: &cli::Link,
    proposals: Vec<Proposal>,
    busy: &BTreeSet<PolicyId>,
) -> Exit {
    let linked = proposals.iter().filter(|proposal| proposal.take).count();
    let left = proposals.len() - linked;
    for proposal in proposals.iter().filter(|proposal| busy.contains(&proposal.policy_id)) {
        output::note(&output::line(&format!("{} was left: {}", proposal.path, proposal.why)));
    }
    if context.global.json {
        let told: Vec<Told> = proposals.into_iter().map(told).collect();
        output::print_json(&document(&told, args.dry_run));
    } else if proposals.is_empty() {
        let what = if args.adopt {
            "No policy of Addigy carries an itglue_account_id; there is nothing to take over."
        } else {
            "No policy without a link is called exactly as an organization."
        };
        output::print(&format!("{what} Link by hand: bindery link POLICY ORGANIZATION\n"));
    } else {
        let verb = if args.dry_run { "would be linked" } else { "linked" };
        output::print(&format!("\n{} {verb}, {left} left.\n", counted(linked, "policy")));
        if linked > 0 && !args.dry_run {
            output::print("Nothing is synced yet. See what a sync would do: bindery plan --all\n");
        }
    }
    if busy.is_empty() { Exit::Done } else { Exit::Busy }
}

fn told(proposal: Proposal) -> Told {
    Told {
        policy_id: proposal.policy_id,
        policy: proposal.path,
        organization: proposal.organization,
        with_children: false,
        result: if proposal.take { "linked" } else { "left" },
        why: proposal.why,
    }
}

fn table(proposals: &[Proposal]) -> String {
    let mut table = Table::new(["", "Policy", "Organization", "Id", "Evidence, or why it is left"]);
    for proposal in proposals {
        let (word, style) =
            if proposal.take { ("link", styles::GOOD) } else { ("leave", styles::MUTED) };
        let (id, name) = match &proposal.organization {
            Some((id, name)) => (id.to_string(), name.as_str()),
            None => ("-".to_owned(), "-"),
        };
        table.row([
            Cell::new(word).style(style),
            Cell::new(&proposal.path),
            Cell::new(name),
            Cell::new(id),
            Cell::new(&proposal.why),
        ]);
    }
    if table.is_empty() { String::new() } else { table.render() }
}
