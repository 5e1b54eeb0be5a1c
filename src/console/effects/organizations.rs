//! Asking IT Glue for organizations, and searching those it listed.

use super::{Task, blocking, in_words, told};
use crate::commands::context::Services;
use crate::commands::context::wait;
use crate::console::effect::{Answer, Slot, Trouble};
use crate::console::event::Event;
use crate::console::organizations::{Listing, NearName};
use crate::domain::{Organization, OrganizationId};
use crate::near::OrganizationIndex;
use crate::transport::Notice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

/// How many near names are found.
const NEAREST: usize = 20;

/// [`crate::console::effect::Effect::Named`]
pub async fn named(task: Task, name: String) {
    let result = ask(&task, &name).await;
    task.answer(Answer::Named(name, result)).await;
}

async fn ask(task: &Task, name: &str) -> Result<Vec<Organization>, Trouble> {
    let itglue = services(task, Slot::Named).await?.itglue;
    match name.strip_prefix("id:").map(|id| id.trim().parse::<OrganizationId>()) {
        Some(Ok(id)) => Ok(in_words(itglue.organization(id)).await?.into_iter().collect()),
        _ => in_words(itglue.organizations_named(name)).await,
    }
}

/// Both clients; a wait that a person would wonder about is told.
pub(super) async fn services(task: &Task, slot: Slot) -> Result<Services, Trouble> {
    let settings = task.settings()?;
    let events = task.events.clone();
    let observer = move |notice: Notice| {
        if let Some((service, until, why)) = wait(&notice) {
            // A loop that lags has more to show than this.
            let _ =
                events.try_send(Event::Answer(Answer::Waits(slot, service, until, why.words())));
        }
    };
    task.context.services(&settings, Arc::new(observer)).await.map_err(told)
}

/// [`crate::console::effect::Effect::Near`]
pub async fn near(task: Task, wanted: String, index: OrganizationIndex) {
    let given_up = GivenUp::default();
    let stale = Arc::clone(&given_up.0);
    let among = index.len();
    let found = blocking(move || {
        let found = index.nearest(&wanted, NEAREST, &|| stale.load(Ordering::Relaxed));
        let names = found.unwrap_or_default();
        let names = names.into_iter().map(|near| NearName::new(near, &wanted)).collect();
        Ok((wanted, Arc::new(names)))
    });
    // It only fails if it panicked, which the panic hook has reported.
    if let Ok((wanted, names)) = found.await {
        task.answer(Answer::Near { wanted, among, names }).await;
    }
}

/// Tells the search, which runs on a thread of its own, that its task was dropped.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// [`crate::console::effect::Effect::ListOrganizations`]
pub async fn list(task: Task) {
    let mut listing = Listing::default();
    task.answer(Answer::Listed(listing.clone())).await;
    let (sender, mut pages) = mpsc::unbounded_channel();
    let read = async {
        let itglue = services(&task, Slot::List).await?.itglue;
        // It only fails when the reader is gone.
        let each = |page: Vec<Organization>, total: u64| drop(sender.send((page, total)));
        let result = in_words(itglue.all_organizations(each)).await;
        drop(sender);
        result
    };
    let bring = async {
        while let Some((page, total)) = pages.recv().await {
            listing.index.push(&page);
            listing.total = Some(total);
            task.answer(Answer::Listed(listing.clone())).await;
        }
    };
    let (result, ()) = futures::join!(read, bring);
    listing.ended = Some(result);
    task.answer(Answer::Listed(listing)).await;
}
