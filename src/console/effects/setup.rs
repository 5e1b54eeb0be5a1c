//! What the setup asks for: its draft, its checks, and the settings file.

use super::{Task, told};
use crate::commands::context::wait;
use crate::commands::overview::Known;
use crate::commands::proposals;
use crate::console::effect::{Answer, Trouble};
use crate::console::event::Event;
use crate::console::wizard::ask::{Ask, Told};
use crate::console::wizard::check::{Checker, draft};
use crate::domain::{Organization, PolicyId};
use crate::near::OrganizationIndex;
use crate::transport::{Notice, Observer};
use std::sync::Arc;

/// [`crate::console::effect::Effect::Setup`]
pub async fn setup(task: Task, ask: Ask) {
    let checker = Checker::new(&task.context, waits(&task));
    let told = match ask {
        Ask::Resume | Ask::Keep(_) | Ask::Forget => {
            let folder = task.context.paths.state_dir.clone();
            let turn = task.turn.clone();
            // An older draft may hold a secret that the newer one must not.
            let in_turn = move || match turn.take(|| draft(&folder, &ask)) {
                None if matches!(ask, Ask::Keep(_)) => Some(Told::Kept(Ok(()))),
                done => done.flatten(),
            };
            // A small file, and nothing else is on this task.
            match tokio::task::spawn_blocking(in_turn).await {
                Ok(Some(told)) => told,
                Ok(None) | Err(_) => return,
            }
        }
        Ask::Addigy(access) => Told::Addigy(checker.addigy(&access).await),
        Ask::ItGlue(access, region) => {
            Told::ItGlue(checker.itglue(&access, region).await.map(Arc::new))
        }
        Ask::Regions(access, own) => {
            let others = crate::commands::region::others(own);
            Told::Region(checker.regions(&access, &others).await)
        }
        Ask::Fleet(access, wanted) => {
            Told::Fleet(checker.fleet(&access, &wanted).await.map(Arc::new))
        }
        Ask::Finish(choices, confirmed) => {
            Told::Finished(checker.finish(&choices, &confirmed).await)
        }
        Ask::FirstPolicy => {
            match first_policy(&task).await {
                Ok(Some(policy)) => task.answer(Answer::ShowPolicy(policy)).await,
                Ok(None) => {}
                // Home is as good without it.
                Err(trouble) => tracing::warn!(trouble, "the first policy can't be told"),
            }
            return;
        }
    };
    task.answer(Answer::Setup(Box::new(told))).await;
}

/// Tells the waits that a person would wonder about.
fn waits(task: &Task) -> Arc<dyn Observer> {
    let events = task.events.clone();
    Arc::new(move |notice: Notice| {
        if let Some((service, until, why)) = wait(&notice) {
            let told = Told::Waits(service, until, why.words().to_owned());
            // One that finds no room is made up for by the next.
            let _ = events.try_send(Event::Answer(Answer::Setup(Box::new(told))));
        }
    })
}

/// The first policy whose name is exactly one organization's, else the first without a link.
async fn first_policy(task: &Task) -> Result<Option<PolicyId>, Trouble> {
    let (services, _) = task.services().await?;
    let tree = services.addigy.policies().await.map_err(told)?.tree;
    let store = task.store()?;
    let known = Known { tree, ..Known::of(&store).map_err(told)? };
    let mut organizations = OrganizationIndex::default();
    let page = |page: Vec<Organization>, _| organizations.push(&page);
    services.itglue.all_organizations(page).await.map_err(told)?;
    let same = proposals::same_names(&known, &organizations).into_iter().find(|found| found.take);
    let unlinked = || {
        let walk = known.tree.walk().into_iter();
        walk.map(|(_, policy)| &policy.id).find(|id| known.links.own(id).is_none()).cloned()
    };
    Ok(same.map(|found| found.policy_id).or_else(unlinked))
}
