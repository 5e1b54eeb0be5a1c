//! One device: both sides, candidates, binding by hand, releasing.

use super::{Task, blocking, in_words, told};
use crate::commands::device::card::Card;
use crate::commands::hand::{self, Choice, Wanted};
use crate::commands::overview::Known;
use crate::commands::policies;
use crate::commands::release::Target;
use crate::console::effect::{Answer, ReleaseOf, Trouble};
use crate::console::screens::bind::candidates::candidates as likely;
use crate::console::shared::SidesNow;
use crate::domain::{Configuration, Device, DeviceId};
use crate::store::Store;
use jiff::Timestamp;
use std::sync::Arc;

/// [`crate::console::effect::Effect::ReadSides`]
pub async fn read_sides(task: Task, device: DeviceId) {
    let sides = sides(&task, &device).await.map(Arc::new);
    if sides.is_ok() {
        // Addigy was read whole, as nothing less can be trusted there.
        task.answer(Answer::StateChanged).await;
    }
    task.answer(Answer::Sides(device, sides)).await;
}

async fn sides(task: &Task, id: &DeviceId) -> Result<SidesNow, Trouble> {
    let (services, settings) = task.services().await?;
    let store = task.store()?;
    policies::read(&services, &settings, &store).await.map_err(told)?.map_err(told)?;
    let (bound_to, device) = {
        let id = id.clone();
        blocking(move || {
            let known = Known::of(&store).map_err(told)?;
            let accounts = store.accounts().map_err(told)?;
            let device = known.devices.iter().find(|device| device.id == id);
            let bound_to = match device {
                Some(device) => Card::new(&known, &accounts, device).binding,
                None => known.bindings.iter().find(|b| b.device_id == id && b.is_bound()),
            };
            Ok((bound_to.map(|binding| binding.configuration_id), device.cloned()))
        })
        .await?
    };
    let configuration = match bound_to {
        Some(id) => in_words(services.itglue.configuration(id)).await?,
        None => None,
    };
    let status = match configuration.as_ref().and_then(|configuration| configuration.status_id) {
        Some(id) => {
            let all = in_words(services.itglue.statuses()).await?;
            all.into_iter().find(|status| status.id == id).map(|status| status.name)
        }
        None => None,
    };
    Ok(SidesNow { device, configuration, asked: bound_to, status, at: Timestamp::now() })
}

/// [`crate::console::effect::Effect::Candidates`]
pub async fn candidates(task: Task, device: DeviceId) {
    let found = like(&task, &device).await.map(Arc::new);
    task.answer(Answer::Candidates(device, found)).await;
}

async fn like(task: &Task, id: &DeviceId) -> Result<Vec<Configuration>, Trouble> {
    let (known, device) = known(task, id).await?;
    let (organization, _) = hand::place(&known, &device).map_err(told)?;
    let (services, _) = task.services().await?;
    let listing = in_words(services.itglue.configurations(organization)).await?;
    Ok(likely(&device, listing.configurations))
}

/// [`crate::console::effect::Effect::Candidate`]
pub async fn candidate(task: Task, device: DeviceId, named: String) {
    let found = read(&task, &named).await.map(Arc::new);
    task.answer(Answer::Candidate(device, named, found)).await;
}

async fn read(task: &Task, named: &str) -> Result<Configuration, Trouble> {
    let wanted = Wanted::parse(named).map_err(told)?;
    let (services, settings) = task.services().await?;
    let store = task.store()?;
    in_words(hand::read(&services, &settings, &store, &wanted)).await
}

/// [`crate::console::effect::Effect::Bind`]
pub async fn bind(task: Task, device: DeviceId, configuration: String) {
    let result = choose(&task, &device, &configuration).await;
    task.answer(Answer::Bound(device, result)).await;
}

async fn choose(task: &Task, id: &DeviceId, named: &str) -> Result<String, Trouble> {
    let configuration = read(task, named).await?;
    let (known, device) = known(task, id).await?;
    let store = task.store()?;
    blocking(move || {
        let choice = Choice::new(&known, &device, configuration).map_err(told)?;
        let (id, name) = (choice.configuration.id, device.label());
        if choice.settled() {
            return Ok(format!("Configuration {id} is that of {name} by hand already."));
        }
        choice.save(&store, known, &device).map_err(told)?;
        Ok(match choice.binding.held_by {
            Some(run) => format!(
                "Configuration {id} is chosen for {name}. Run {run} was undone for it, so syncs \
                 leave it alone until it is released: x."
            ),
            None => format!("Configuration {id} is chosen for {name}; the next sync joins them."),
        })
    })
    .await
}

async fn known(task: &Task, id: &DeviceId) -> Result<(Known, Device), Trouble> {
    let (store, id) = (task.store()?, id.clone());
    blocking(move || {
        let known = Known::of(&store).map_err(told)?;
        let device = known.devices.iter().find(|device| device.id == id).cloned();
        let device = device.ok_or_else(|| {
            format!("Addigy lists device {id} no more, so there is nothing to bind")
        })?;
        Ok((known, device))
    })
    .await
}

/// [`crate::console::effect::Effect::Release`]
pub async fn release(task: Task, what: ReleaseOf) {
    let target = match what {
        ReleaseOf::Policy(id) => Target::Policy(id),
        ReleaseOf::Device(id) => Target::Device(id),
    };
    let result = match task.store() {
        Ok(store) => blocking(move || let_go(&store, &target)).await,
        Err(trouble) => Err(trouble),
    };
    task.answer(Answer::Released(result)).await;
}

fn let_go(store: &Store, target: &Target) -> Result<String, Trouble> {
    let known = Known::of(store).map_err(told)?;
    let released = target.release(store, &known).map_err(told)?;
    // The command's next step is not the console's.
    Ok(target.told(&known, released.len()).0)
}
