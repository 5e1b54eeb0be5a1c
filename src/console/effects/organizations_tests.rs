//! The questions to IT Glue and the links, against the sandbox.

use super::Runner;
use crate::commands::cli::Cli;
use crate::commands::context::Context;
use crate::console::effect::{Answer, Effect, Slot};
use crate::console::event::Event;
use crate::console::organizations::Listing;
use crate::console::shared::Snapshot;
use crate::domain::{LinkTarget, OrganizationId, PolicyId};
use crate::sandbox::{Options, Sandbox};
use crate::store::Store;
use clap::Parser;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

struct World {
    sandbox: Sandbox,
    folder: TempDir,
    runner: Runner,
    events: mpsc::Receiver<Event>,
}

impl World {
    async fn new(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        let mut open = std::fs::OpenOptions::new();
        let mut file = open.write(true).create_new(true).mode(0o600).open(&config).unwrap();
        file.write_all(sandbox.settings_toml().as_bytes()).unwrap();
        let (sender, events) = mpsc::channel(64);
        let runner = Runner::new(context(&folder), sender);
        Self { sandbox, folder, runner, events }
    }

    fn store(&self) -> Store {
        Store::open(&self.folder.path().join("state")).unwrap()
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(Snapshot::read(&self.store()).unwrap())
    }

    async fn answer(&mut self) -> Answer {
        loop {
            if let Event::Answer(answer) = self.events.recv().await.unwrap() {
                return answer;
            }
        }
    }

    async fn ask(&mut self, effect: Effect) -> Answer {
        self.runner.run(effect);
        self.answer().await
    }

    async fn whole_listing(&mut self) -> Listing {
        self.runner.run(Effect::ListOrganizations);
        loop {
            if let Answer::Listed(listing) = self.answer().await
                && listing.ended.is_some()
            {
                return listing;
            }
        }
    }
}

fn context(folder: &TempDir) -> Context {
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (config, state) = (path("config.toml"), path("state"));
    let cli = Cli::parse_from(["bindery", "--config", &config, "--state-dir", &state]);
    Context::new(cli.global, CancellationToken::new()).unwrap()
}

#[tokio::test]
async fn exact_names_ids_and_strangers_are_asked_for() {
    let mut world = World::new(Options { organizations: 60, ..Options::empty() }).await;
    for (asked, ids) in [
        ("Acme Corporation", vec![1024]),
        ("acme corporation", vec![]),
        ("Juniper Dental", vec![2005, 2006]),
        ("id:1024", vec![1024]),
        ("id:7", vec![]),
    ] {
        let answer = world.ask(Effect::Named(asked.into())).await;
        let Answer::Named(name, Ok(found)) = answer else { panic!("{answer:?}") };
        assert_eq!(name, asked);
        let found: Vec<i64> = found.iter().map(|organization| organization.id.get()).collect();
        assert_eq!(found, ids, "{asked}");
    }
}

#[tokio::test]
async fn an_unreachable_service_is_told_in_words() {
    let mut world = World::new(Options::empty()).await;
    let broken =
        world.sandbox.settings_toml().replace(&world.sandbox.itglue_url(), "http://[::1]:1");
    std::fs::write(world.folder.path().join("config.toml"), broken).unwrap();
    let answer = world.ask(Effect::Named("Acme Corporation".into())).await;
    let Answer::Named(_, Err(trouble)) = answer else { panic!("{answer:?}") };
    assert!(trouble.contains("IT Glue"), "{trouble}");
}

#[tokio::test]
async fn the_listing_comes_page_by_page_and_is_searched() {
    let mut world = World::new(Options { organizations: 1_500, ..Options::empty() }).await;
    world.runner.run(Effect::ListOrganizations);
    let mut counts = Vec::new();
    let listing = loop {
        let Answer::Listed(listing) = world.answer().await else { continue };
        counts.push(listing.index.len());
        if listing.ended.is_some() {
            break listing;
        }
    };
    assert_eq!(counts, [0, 1000, 1500, 1500]);
    assert_eq!((listing.total, listing.is_complete()), (Some(1500), true));
    let answer = world.ask(Effect::Near("Acme Corp".into(), listing.index)).await;
    let Answer::Near { wanted, among, names } = answer else { panic!("{answer:?}") };
    assert_eq!((wanted.as_str(), among), ("Acme Corp", 1500));
    assert!(names[0].near.organization.name.to_lowercase().starts_with("acme corporation"));
    assert_eq!(names[0].letters.len(), 9);
}

#[tokio::test]
async fn a_newer_question_takes_the_place_of_an_older_one() {
    let mut world = World::new(Options { organizations: 60, ..Options::empty() }).await;
    let listing = world.whole_listing().await;
    for name in ["A", "Ac", "Acm", "Acme"] {
        world.runner.run(Effect::Near(name.into(), listing.index.clone()));
    }
    let Answer::Near { wanted, .. } = world.answer().await else { panic!() };
    assert_eq!(wanted, "Acme");
    world.runner.run(Effect::Named("Acme Corporation".into()));
    world.runner.run(Effect::Stop(Slot::Named));
    let answer = world.ask(Effect::Named("Juniper Dental".into())).await;
    assert!(matches!(&answer, Answer::Named(name, _) if name == "Juniper Dental"), "{answer:?}");
}

#[tokio::test]
async fn proposals_are_found_and_stored_once() {
    let mut world =
        World::new(Options { policies: 40, devices: 50, organizations: 60, ..Options::default() })
            .await;
    let Answer::State(_) = world.ask(Effect::Reread).await else { panic!() };
    let listing = world.whole_listing().await;
    let snapshot = world.snapshot();
    // Without the whole list only what Addigy's own integration left is proposed.
    let unfinished = Listing { ended: None, ..listing.clone() };
    let answer = world.ask(Effect::Propose(Arc::clone(&snapshot), unfinished)).await;
    let Answer::Proposed(Ok(early)) = answer else { panic!("{answer:?}") };
    assert!(early.iter().all(|proposal| proposal.why.contains("itglue_account_id")), "{early:?}");
    let answer = world.ask(Effect::Propose(Arc::clone(&snapshot), listing)).await;
    let Answer::Proposed(Ok(found)) = answer else { panic!("{answer:?}") };
    assert!(found.len() > early.len());
    let accepted: Vec<_> = found.iter().filter(|proposal| proposal.take).cloned().collect();
    // Somebody is faster with one of them.
    let faster = LinkTarget::Organization {
        id: OrganizationId::new(1024),
        name: "Acme Corporation".into(),
        with_children: false,
    };
    let policy = accepted[0].policy_id.clone();
    let link = Effect::Link { policy: policy.clone(), target: Some(faster), run: None };
    let answer = world.ask(link).await;
    assert!(matches!(&answer, Answer::Linked(_, Ok(_))), "{answer:?}");
    let count = accepted.len();
    let answer = world.ask(Effect::StoreProposals(snapshot, accepted)).await;
    let Answer::ProposalsStored { stored, left } = answer else { panic!("{answer:?}") };
    assert_eq!((stored, left.len()), (count - 1, 1));
    assert_eq!(left[0].0, policy);
    assert_eq!(world.store().links().unwrap().iter().count(), count);
}

#[tokio::test]
async fn a_link_waits_for_a_run_and_for_the_right_account() {
    let mut world = World::new(Options { organizations: 60, ..Options::empty() }).await;
    let target = || {
        Some(LinkTarget::Organization {
            id: OrganizationId::new(1024),
            name: "Acme Corporation".into(),
            with_children: false,
        })
    };
    let link = || Effect::Link { policy: PolicyId::new("p"), target: target(), run: None };
    let store = world.store();
    let held = store.lock_organization(OrganizationId::new(1024), "run 7 by ana").unwrap();
    let answer = world.ask(link()).await;
    let Answer::Linked(_, Err(trouble)) = answer else { panic!("{answer:?}") };
    assert!(trouble.contains("run 7 by ana"), "{trouble}");
    drop(held);
    let mut accounts = store.accounts().unwrap();
    accounts.itglue_url = Some("https://api.eu.itglue.com/".into());
    store.set_accounts(&accounts).unwrap();
    let answer = world.ask(link()).await;
    let Answer::Linked(_, Err(trouble)) = answer else { panic!("{answer:?}") };
    assert!(trouble.contains("another account"), "{trouble}");
    assert!(store.links().unwrap().own(&PolicyId::new("p")).is_none());
}
