//! `bindery doctor --accept-accounts`: a person confirms that the state belongs to the accounts of the
//! settings from now on, and that renamed organizations are still the right ones.

use super::services::linked;
use crate::commands::accounts::{self, Seen};
use crate::commands::context::{Context, Services};
use crate::commands::exit::{CommandError, CommandResult, Exit};
use crate::commands::linking::lock;
use crate::commands::output;
use crate::domain::{Link, LinkTarget, OrganizationId, PolicyId};
use crate::settings;
use crate::store::{Accounts, Store};
use jiff::Timestamp;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Runs it.
pub async fn run(context: &Context, yes: bool) -> CommandResult {
    let settings = context.settings()?;
    let store = context.store()?;
    let services = context.clients(&settings).await?;
    let organization = services.addigy.check().await?.organization_id;
    // Also shows that the key works before anything is accepted.
    services.itglue.organization_count().await?;
    let url = settings.itglue.url.as_str();
    let seen = accounts::see(url, &services.itglue, &store, organization).await?;
    let known = store.accounts()?;
    let accepted = accounts::accepted(&known, &seen);
    let renamed = renamed(&services, &store).await?;
    if known == accepted && renamed.is_empty() {
        say(
            context,
            &accepted,
            &renamed,
            "Nothing is to be accepted: the state belongs to these accounts, and every organization has its name.\n",
        );
        return Ok(Exit::Done);
    }
    output::note(&output::line(&told(&known, &seen)));
    for Renamed { policy, id, before, now } in &renamed {
        let text = format!("policy {policy}: organization {id} was {before}, is {now}");
        output::note(&output::line(&text));
    }
    let question =
        "Does the state belong to these accounts, and are these the right organizations?";
    if !context.confirm(yes, question).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    let origin = settings::origin(&settings::process_env);
    let concerned: BTreeSet<OrganizationId> = renamed.iter().map(|renamed| renamed.id).collect();
    let _locks = lock(&store, &concerned, &origin)?;
    for renamed in &renamed {
        rename(&store, renamed, &origin.who)?;
    }
    store.accept_accounts(&accepted, Timestamp::now())?;
    say(context, &accepted, &renamed, "Accepted. Next: bindery plan --all\n");
    Ok(Exit::Done)
}

/// A linked organization that has another name now.
struct Renamed {
    policy: PolicyId,
    id: OrganizationId,
    before: String,
    now: String,
}

async fn renamed(services: &Services, store: &Store) -> Result<Vec<Renamed>, CommandError> {
    let linked = linked(store)?;
    let ids: BTreeSet<OrganizationId> = linked.iter().map(|(_, id, _)| *id).collect();
    let ids: Vec<OrganizationId> = ids.into_iter().collect();
    let found = services.itglue.organizations_by_id(&ids).await?;
    let names: BTreeMap<OrganizationId, String> =
        found.into_iter().map(|organization| (organization.id, organization.name)).collect();
    let renamed = linked.into_iter().filter_map(|(policy, id, before)| {
        let now = names.get(&id).filter(|now| **now != before)?.clone();
        Some(Renamed { policy, id, before, now })
    });
    Ok(renamed.collect())
}

/// Gives the link the organization's name of today, unless somebody changed the link meanwhile.
fn rename(store: &Store, renamed: &Renamed, who: &str) -> Result<(), CommandError> {
    let links = store.links()?;
    let Some(LinkTarget::Organization { id, with_children, .. }) = links.own(&renamed.policy)
    else {
        return Ok(());
    };
    if *id != renamed.id {
        return Ok(());
    }
    let target = LinkTarget::Organization {
        id: *id,
        name: renamed.now.clone(),
        with_children: *with_children,
    };
    let link = Link { policy_id: renamed.policy.clone(), target };
    store.set_link(&link, who, Timestamp::now())?;
    // They say that the organization is not there under its name, which is no longer so.
    Ok(store.forget_reports(&renamed.policy)?)
}

fn told(known: &Accounts, seen: &Seen) -> String {
    let word = |text: Option<&str>| text.unwrap_or("unknown").to_owned();
    let addigy =
        |id: &Option<crate::domain::AddigyOrganizationId>| word(id.as_ref().map(|id| id.as_str()));
    format!(
        "Addigy organization: was {}, is {}. IT Glue: was {} (account {}), is {} (account {}).",
        addigy(&known.addigy_organization),
        addigy(&seen.addigy_organization),
        word(known.itglue_url.as_deref()),
        word(known.itglue_account.as_deref()),
        seen.itglue_url,
        word(seen.itglue_account.as_deref()),
    )
}

fn say(context: &Context, accepted: &Accounts, renamed: &[Renamed], text: &str) {
    if !context.global.json {
        return output::print(text);
    }
    let renamed: Vec<_> = renamed
        .iter()
        .map(|r| json!({ "policy_id": r.policy, "organization_id": r.id, "from": r.before, "to": r.now }))
        .collect();
    output::print_json(&json!({
        "schema": 1,
        "accounts": {
            "addigy_organization": accepted.addigy_organization,
            "itglue_url": accepted.itglue_url,
            "itglue_account": accepted.itglue_account,
        },
        "renamed": renamed,
    }));
}
