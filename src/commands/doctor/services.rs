//! The checks that ask both services.

use super::checks::Checks;
use crate::addigy;
use crate::commands::accounts;
use crate::commands::context::{Context, Services};
use crate::commands::exit::CommandError;
use crate::commands::last_use;
use crate::commands::output::counted;
use crate::commands::region;
use crate::domain::{
    AddigyOrganizationId, LinkTarget, OrganizationId, PolicyId, PolicyTree, StatusId, TypeId, facts,
};
use crate::settings::{Region, Settings};
use crate::store::Store;
use crate::transport::{Error, Kind, LastUse, REVOKED_AFTER_DAYS};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that wants the services.
pub(super) async fn services(
    context: &Context,
    settings: &Settings,
    store: &Store,
    checks: &mut Checks,
) {
    // The questions below are a use too.
    let long_ago = last_use::long_ago(store, Timestamp::now());
    let services = match context.clients(settings).await {
        Ok(services) => services,
        Err(error) => return checks.fail("services", error),
    };
    let organization = addigy(&services, checks).await;
    let tree = match &organization {
        Some(_) => services.addigy.policies().await.ok().map(|policies| policies.tree),
        None => None,
    };
    if organization.is_some() {
        rule_facts(settings, &services, checks).await;
    }
    if itglue(context, settings, &services, checks).await {
        used(long_ago, checks);
        choices(settings, &services, checks).await;
        belonging(settings, &services, store, organization.flatten(), checks).await;
        links(&services, store, tree.as_ref(), checks).await;
    }
}

/// The account's id, where the token works.
async fn addigy(services: &Services, checks: &mut Checks) -> Option<Option<AddigyOrganizationId>> {
    const NAME: &str = "addigy";
    match services.addigy.check().await {
        Ok(addigy::Check { organization_id, policies, devices }) => {
            let account = organization_id.as_ref().map_or("unknown".into(), ToString::to_string);
            let seen = format!(
                "the token works: organization {account}, {}, {}",
                counted(policies, "policy"),
                counted(usize::try_from(devices).unwrap_or(usize::MAX), "device")
            );
            if policies == 0 || devices == 0 {
                checks.warn(
                    NAME,
                    seen,
                    "check that the token may read policies and view devices, of the right account",
                );
            } else {
                checks.ok(NAME, seen);
            }
            Some(organization_id)
        }
        Err(error) => {
            checks.fail(NAME, error);
            None
        }
    }
}

/// Warns of a key that nearly went for want of use.
fn used(long_ago: Option<LastUse>, checks: &mut Checks) {
    let Some(before) = long_ago else { return };
    checks.warn(
        "itglue key",
        format!(
            "until today it was last used on {before}; IT Glue revokes a key after \
             {REVOKED_AFTER_DAYS} days without use"
        ),
        "let a sync run at least once a month, by cron: bindery sync --all",
    );
}

async fn rule_facts(settings: &Settings, services: &Services, checks: &mut Checks) {
    const NAME: &str = "facts";
    let conditions = settings.itglue.conditional_types.iter().flat_map(|rule| &rule.when);
    let named: BTreeSet<&str> = conditions.map(|condition| condition.fact.as_str()).collect();
    if named.is_empty() {
        return checks.ok(NAME, "no rule names a fact");
    }
    let known = match services.addigy.facts().await {
        Ok(known) => known,
        Err(error) => {
            return checks.warn(
                NAME,
                format!("Addigy's list of facts can't be read: {error}"),
                "a rule with a misspelt fact never holds; compare them by eye",
            );
        }
    };
    let known: BTreeSet<&str> =
        known.iter().map(|fact| fact.identifier.as_str()).chain(facts::ALL).collect();
    let unknown: Vec<&str> = named.difference(&known).copied().collect();
    if unknown.is_empty() {
        return checks
            .ok(NAME, format!("Addigy has all {} that rules name", counted(named.len(), "fact")));
    }
    let nearest = unknown.iter().filter_map(|fact| {
        let likeness = |other: &&str| strsim::jaro_winkler(fact, other);
        let near = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(&near) > 0.8).then(|| format!("{near} for {fact}"))
    });
    let nearest: Vec<String> = nearest.collect();
    let near = if nearest.is_empty() {
        String::new()
    } else {
        format!(" Perhaps {}.", nearest.join(", "))
    };
    checks.warn(
        NAME,
        format!("rules name facts that Addigy does not list: {}.{near}", unknown.join(", ")),
        "correct them under [[itglue.conditional_types]]; such a rule never holds",
    );
}

/// Whether the key works.
async fn itglue(
    context: &Context,
    settings: &Settings,
    services: &Services,
    checks: &mut Checks,
) -> bool {
    const NAME: &str = "itglue";
    match services.itglue.organization_count().await {
        Ok(0) => {
            checks.warn(
                NAME,
                "the key works, but IT Glue shows it no organization",
                "check that the key is of the right account",
            );
            true
        }
        Ok(count) => {
            let count = counted(usize::try_from(count).unwrap_or(usize::MAX), "organization");
            checks.ok(NAME, format!("the key works: {count}"));
            true
        }
        Err(error) => {
            let region = elsewhere(context, settings, &error).await;
            match region {
                Some(region) => checks.fail_with(
                    NAME,
                    format!("{error} In the region {} the key works", region.word()),
                    format!("set region = \"{}\" in {}", region.word(), settings.path.display()),
                ),
                None => checks.fail(NAME, error),
            }
            false
        }
    }
}

/// The other region in which the key works. Only where IT Glue turned it away, and the settings name
/// one of its regions.
async fn elsewhere(context: &Context, settings: &Settings, error: &Error) -> Option<Region> {
    let own = settings.itglue.region?;
    if error.kind() != Kind::NotPermitted {
        return None;
    }
    let secret = settings.itglue.key.read().await.ok()?;
    let share = settings.sync.requests_per_minute;
    region::elsewhere(context, &region::others(Some(own)), &secret, share).await.ok()?
}

/// The statuses and types that the settings name, by name.
async fn choices(settings: &Settings, services: &Services, checks: &mut Checks) {
    let statuses = match services.itglue.statuses().await {
        Ok(all) => all.into_iter().map(|status| (status.id, status.name)).collect(),
        Err(error) => return checks.fail("statuses", error),
    };
    let types = match services.itglue.types().await {
        Ok(all) => all.into_iter().map(|kind| (kind.id, kind.name)).collect(),
        Err(error) => return checks.fail("types", error),
    };
    named_statuses(settings, &statuses, checks);
    named_types(settings, &types, checks);
}

fn named_statuses(settings: &Settings, known: &BTreeMap<StatusId, String>, checks: &mut Checks) {
    let chosen = [
        ("active", settings.itglue.active_status_id),
        ("inactive", settings.itglue.inactive_status_id),
    ];
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (what, id) in chosen {
        match id.and_then(|id| Some((id, known.get(&id)?))) {
            Some((id, name)) => found.push(format!("{what} is {name} ({id})")),
            None => missing.push(id.map_or_else(
                || format!("{what}_status_id is not chosen yet"),
                |id| format!("IT Glue has no status {id} (the {what} one) any more"),
            )),
        }
    }
    tell_choices("statuses", found, missing, known.iter(), checks);
}

fn named_types(settings: &Settings, known: &BTreeMap<TypeId, String>, checks: &mut Checks) {
    let rules = settings.itglue.conditional_types.iter().map(|rule| rule.type_id);
    let ids: BTreeSet<TypeId> = settings.itglue.default_type_id.into_iter().chain(rules).collect();
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    if settings.itglue.default_type_id.is_none() {
        missing.push("default_type_id is not chosen yet".to_owned());
    }
    for id in ids {
        match known.get(&id) {
            Some(name) if Some(id) == settings.itglue.default_type_id => {
                found.push(format!("default is {name} ({id})"));
            }
            Some(name) => found.push(format!("by rule {name} ({id})")),
            None => missing.push(format!("IT Glue has no type {id} any more")),
        }
    }
    tell_choices("types", found, missing, known.iter(), checks);
}

fn tell_choices<'a, I: ToString + 'a>(
    name: &'static str,
    found: Vec<String>,
    missing: Vec<String>,
    known: impl Iterator<Item = (&'a I, &'a String)>,
    checks: &mut Checks,
) {
    const SHOWN: usize = 12;
    if missing.is_empty() {
        return checks.ok(name, found.join(", "));
    }
    let all: Vec<String> =
        known.take(SHOWN).map(|(id, text)| format!("{text} ({})", id.to_string())).collect();
    checks.fail_with(
        name,
        missing.join("; "),
        format!("choose with bindery setup; there are {}", all.join(", ")),
    );
}

/// What the state was made with.
async fn belonging(
    settings: &Settings,
    services: &Services,
    store: &Store,
    organization: Option<AddigyOrganizationId>,
    checks: &mut Checks,
) {
    const NAME: &str = "accounts";
    let known = match store.accounts() {
        Ok(known) => known,
        Err(error) => return checks.fail(NAME, error),
    };
    let url = settings.itglue.url.as_str();
    let seen = match accounts::see(url, &services.itglue, store, organization).await {
        Ok(seen) => seen,
        Err(error) => return checks.fail(NAME, error),
    };
    let differences = accounts::differences(&known, &seen);
    if differences.is_empty() {
        checks.ok(NAME, "the state belongs to the accounts of the settings");
    } else {
        checks.fail_with(
            NAME,
            format!("{}; nothing is written", differences.join("; ")),
            "correct the settings, or confirm the new accounts: bindery doctor --accept-accounts"
                .to_owned(),
        );
    }
}

/// Links whose organization is gone or renamed, or whose policy is gone.
async fn links(services: &Services, store: &Store, tree: Option<&PolicyTree>, checks: &mut Checks) {
    const NAME: &str = "links";
    let linked = match linked(store) {
        Ok(linked) => linked,
        Err(error) => return checks.fail(NAME, error),
    };
    let ids: Vec<OrganizationId> =
        linked.iter().map(|(_, id, _)| *id).collect::<BTreeSet<_>>().into_iter().collect();
    let found: BTreeMap<OrganizationId, String> =
        match services.itglue.organizations_by_id(&ids).await {
            Ok(found) => found.into_iter().map(|o| (o.id, o.name)).collect(),
            Err(error) => return checks.fail(NAME, error),
        };
    let mut troubles = Vec::new();
    for (policy, id, name) in &linked {
        let path = tree.map_or_else(|| policy.to_string(), |tree| tree.path_text(policy));
        if tree.is_some_and(|tree| tree.get(policy).is_none()) {
            troubles.push((
                format!("policy {policy}, linked to {name}, is gone from Addigy"),
                format!("bindery unlink {policy}"),
            ));
            continue;
        }
        match found.get(id) {
            Some(now) if now == name => {}
            Some(now) => troubles.push((
                format!("{path}: organization {id} was linked as {name} and is called {now} now"),
                "if it is still the right one: bindery doctor --accept-accounts".to_owned(),
            )),
            None => troubles.push((
                format!("{path}: organization {id} ({name}) is gone from IT Glue"),
                "link the policy anew: bindery link POLICY ORGANIZATION".to_owned(),
            )),
        }
    }
    if troubles.is_empty() {
        checks.ok(
            NAME,
            match linked.len() {
                0 => "no policy is linked yet: bindery link POLICY ORGANIZATION".to_owned(),
                count => {
                    format!("{}, each organization there under its name", counted(count, "link"))
                }
            },
        );
    }
    for (message, next) in troubles {
        checks.warn(NAME, message, next);
    }
}

/// Policies, the organizations they are linked to, and the names these had.
pub(super) fn linked(
    store: &Store,
) -> Result<Vec<(PolicyId, OrganizationId, String)>, CommandError> {
    let links = store.links()?;
    let linked = links.iter().filter_map(|(policy, target)| match target {
        LinkTarget::Organization { id, name, .. } => Some((policy.clone(), *id, name.clone())),
        LinkTarget::KeptUnlinked => None,
    });
    Ok(linked.collect())
}
