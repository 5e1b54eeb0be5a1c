//! `bindery doctor`: looks at everything Bindery relies on and says what to do.

use super::accounts::{self, Seen};
use super::checks::Checks;
use super::cli;
use super::context::{Context, Services};
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, counted};
use super::terminal;
use crate::addigy;
use crate::domain::{
    AddigyOrganizationId, LinkTarget, OrganizationId, PolicyId, PolicyTree, StatusId, TypeId, facts,
};
use crate::itglue::account_subdomain;
use crate::settings::{Region, SecretSource, Settings, process_env};
use crate::store::Store;
use crate::transport::{Error, Kind, Service};
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Doctor) -> CommandResult {
    if args.accept_accounts {
        return super::accept::run(context, args.yes).await;
    }
    let mut checks = Checks::new(context.global.json);
    let settings = settings(context, &mut checks);
    let secrets = match &settings {
        Some(settings) => secrets(settings, &mut checks).await,
        None => false,
    };
    let store = state(context, &mut checks);
    log(context, &mut checks);
    if let (Some(settings), Some(store), true) = (&settings, &store, secrets) {
        services(context, settings, store, &mut checks).await;
    }
    if let Some(store) = &store {
        journal(store, &mut checks);
    }
    if let Some(settings) = &settings {
        enabled(settings, &mut checks);
    }
    terminal(&mut checks);
    checks.ok(
        "one run",
        "one run at a time writes to an organization; this holds within this state folder only, so \
         let one host do the syncs",
    );
    if context.global.json {
        output::print_json(&checks.document());
    }
    if context.cancel.is_cancelled() {
        return Ok(Exit::Interrupted);
    }
    let complete = settings.as_ref().is_some_and(|settings| settings.rules().is_ok());
    Ok(match (complete && secrets, checks.failed()) {
        (false, _) => Exit::Usage,
        (true, true) => Exit::Failed,
        (true, false) => Exit::Done,
    })
}

fn settings(context: &Context, checks: &mut Checks) -> Option<Settings> {
    const NAME: &str = "settings";
    let path = &context.paths.config_file;
    let settings = match Settings::load(path) {
        Ok(settings) => settings,
        Err(error) => {
            checks.fail(NAME, error);
            return None;
        }
    };
    if let Err(error) = settings.rules() {
        // Both services are asked all the same: what can be chosen there is listed.
        checks.fail(NAME, error);
        return Some(settings);
    }
    let shown = path.display();
    match mode(path) {
        Some(mode) if mode & 0o077 != 0 => checks.warn(
            NAME,
            format!("{shown} is valid, and others can read it (mode {mode:04o})"),
            format!("chmod 600 {shown}"),
        ),
        _ => checks.ok(NAME, format!("{shown} is valid and its owner's alone")),
    }
    Some(settings)
}

fn mode(path: &std::path::Path) -> Option<u32> {
    Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

/// Whether both secrets can be read. Neither is ever shown.
async fn secrets(settings: &Settings, checks: &mut Checks) -> bool {
    let token = secret("addigy token", &settings.addigy.token, checks).await;
    let key = secret("itglue key", &settings.itglue.key, checks).await;
    token && key
}

async fn secret(name: &'static str, source: &SecretSource, checks: &mut Checks) -> bool {
    match source.read().await {
        Err(error) => {
            checks.fail(name, error);
            false
        }
        Ok(secret) if name == "itglue key" && !secret.expose_secret().starts_with("ITG.") => {
            checks.warn(
                name,
                format!("{source} gives a key that does not begin with ITG., as others do"),
                "make sure that the whole key was copied, and IT Glue's, not another service's",
            );
            true
        }
        Ok(_) => {
            checks.ok(name, format!("{source} gives one"));
            true
        }
    }
}

fn state(context: &Context, checks: &mut Checks) -> Option<Store> {
    const NAME: &str = "state";
    let store = match Store::open(&context.paths.state_dir) {
        Ok(store) => store,
        Err(error) => {
            checks.fail(NAME, error);
            return None;
        }
    };
    match store.quick_check() {
        Ok(()) => checks.ok(
            NAME,
            format!(
                "{} is sound, of this version's schema, and its owner's alone",
                store.path().display()
            ),
        ),
        Err(error) => checks.fail(NAME, error),
    }
    Some(store)
}

fn log(context: &Context, checks: &mut Checks) {
    match &context.log_problem {
        None => checks.ok("log", format!("kept in {}", context.paths.log_dir.display())),
        Some(problem) => checks.warn("log", problem, "check the folder's owner and mode"),
    }
}

/// Everything that wants the services.
async fn services(context: &Context, settings: &Settings, store: &Store, checks: &mut Checks) {
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
    for region in Region::ALL.into_iter().filter(|region| *region != own) {
        let mut there = settings.clone();
        there.itglue.url = reqwest::Url::parse(region.address()).ok()?;
        let observer: Arc<dyn crate::transport::Observer> = Arc::new(|_| {});
        let transport = context.transport(&there, Service::ItGlue, &observer).await.ok()?;
        if crate::itglue::ItGlue::new(transport).organization_count().await.is_ok() {
            return Some(region);
        }
    }
    None
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
        format!("choose in the settings file; there are {}", all.join(", ")),
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
    let seen = match see(settings, services, store, organization).await {
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

/// The accounts as they are now. IT Glue's name is in its records' addresses, so one that is bound is
/// asked for.
pub async fn see(
    settings: &Settings,
    services: &Services,
    store: &Store,
    organization: Option<AddigyOrganizationId>,
) -> Result<Seen, CommandError> {
    const TRIED: usize = 3;
    let bindings = store.bindings()?;
    let mut itglue_account = None;
    for binding in bindings.iter().filter(|binding| binding.is_bound()).take(TRIED) {
        let found = services.itglue.configuration(binding.configuration_id).await?;
        itglue_account = found.as_ref().and_then(account_subdomain);
        if itglue_account.is_some() {
            break;
        }
    }
    Ok(Seen {
        addigy_organization: organization,
        itglue_url: settings.itglue.url.to_string(),
        itglue_account,
    })
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
        let path = tree.map_or_else(|| policy.to_string(), |tree| path(tree, policy));
        if tree.is_some_and(|tree| tree.get(policy).is_none()) {
            troubles.push((
                format!("policy {policy}, linked to {name}, is gone from Addigy"),
                format!("bindery unlink {policy}"),
            ));
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
pub fn linked(store: &Store) -> Result<Vec<(PolicyId, OrganizationId, String)>, CommandError> {
    let links = store.links()?;
    let linked = links.iter().filter_map(|(policy, target)| match target {
        LinkTarget::Organization { id, name, .. } => Some((policy.clone(), *id, name.clone())),
        LinkTarget::KeptUnlinked => None,
    });
    Ok(linked.collect())
}

fn path(tree: &PolicyTree, policy: &PolicyId) -> String {
    match tree.path(policy).as_slice() {
        [] => policy.to_string(),
        names => names.join("/"),
    }
}

fn journal(store: &Store, checks: &mut Checks) {
    const NAME: &str = "journal";
    match store.open_intents() {
        Err(error) => checks.fail(NAME, error),
        Ok(open) if open.is_empty() => checks.ok(NAME, "every write has its answer"),
        Ok(open) => checks.warn(
            NAME,
            format!("{} without a clear answer", counted(open.len(), "write")),
            "a run that is under way settles them; otherwise: bindery sync --all --retry-pending",
        ),
    }
}

fn enabled(settings: &Settings, checks: &mut Checks) {
    if settings.enabled {
        checks.ok("enabled", "the integration is switched on");
    } else {
        checks.warn(
            "enabled",
            "the integration is switched off: nothing is written to IT Glue",
            format!("set enabled = true in {}", settings.path.display()),
        );
    }
}

fn terminal(checks: &mut Checks) {
    const NAME: &str = "terminal";
    let colours = match anstream::AutoStream::choice(&std::io::stdout()) {
        anstream::ColorChoice::Never => "no colours",
        _ => "colours",
    };
    let size = match terminal_size::terminal_size() {
        Some((width, height)) => format!("{} x {}", width.0, height.0),
        None => "no terminal".to_owned(),
    };
    let locale = terminal::locale(&process_env).unwrap_or_else(|| "none".to_owned());
    let found = format!("{size}, {colours}, locale {locale}");
    if terminal::utf8(&process_env) {
        checks.ok(NAME, found);
    } else {
        checks.warn(
            NAME,
            format!("{found}: symbols are drawn in ASCII"),
            "for the others use a UTF-8 locale, such as LANG=C.UTF-8",
        );
    }
}
