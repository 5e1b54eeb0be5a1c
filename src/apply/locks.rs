//! Taking organizations for a run, one after the other in the order of their ids. A run that waits
//! keeps what it has, and none of two runs can have what the other waits for: both ask in one order.

use super::engine::{Engine, Request};
use super::error::Error;
use super::event::Event;
use super::read::{Extent, Fleet};
use crate::domain::{Links, OrganizationId};
use crate::store::{LockError, OrganizationLock, holder_line};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// Organizations that another run holds, with its holder.
pub(super) type Busy = Vec<(OrganizationId, String)>;

/// Between two tries lies this time and up to half as much again, so that those who wait don't try in
/// step.
const PAUSE: Duration = Duration::from_millis(200);

/// How long a run waits for an organization that another run holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patience {
    /// Not at all: it is left out.
    #[default]
    None,
    /// So long; then it is left out.
    For(Duration),
    /// Until it is free.
    Endless,
}

/// When patience ends.
#[derive(Debug, Clone, Copy)]
enum Until {
    At(Instant),
    Never,
}

impl Patience {
    fn begin(self) -> Until {
        let now = Instant::now();
        match self {
            Self::None => Until::At(now),
            // Longer than the clock reaches is endless.
            Self::For(time) => now.checked_add(time).map_or(Until::Never, Until::At),
            Self::Endless => Until::Never,
        }
    }
}

/// What was taken, and what was not to be had.
#[derive(Debug, Default)]
struct Taken {
    locks: Vec<OrganizationLock>,
    busy: Busy,
    waited: bool,
}

impl Taken {
    fn covers(&self, organizations: &BTreeSet<OrganizationId>) -> bool {
        organizations.iter().all(|id| self.has(*id) || self.busy.iter().any(|(busy, _)| busy == id))
    }

    fn has(&self, id: OrganizationId) -> bool {
        self.locks.iter().any(|lock| lock.organization() == id)
    }
}

/// A run that has its organizations.
#[derive(Debug)]
pub(super) struct Entered {
    pub fleet: Fleet,
    pub extent: Extent,
    /// They are held for as long as this lives.
    pub locks: Vec<OrganizationLock>,
    pub busy: Busy,
}

impl Engine {
    /// Reads Addigy and takes the organizations that this brings with it; one that another run holds,
    /// longer than the request has patience, drops out. After a wait all is read anew, for the other run
    /// has changed it.
    pub(super) async fn enter(&self, request: &Request) -> Result<Entered, Error> {
        if let Some(seen) = &request.seen {
            self.check_settings(seen)?;
        }
        let until = request.patience.begin();
        let mut taken = Taken::default();
        loop {
            let (fleet, mut extent) = self.look_around(request).await?;
            if let Some(seen) = &request.seen {
                self.check_organizations(seen, &extent.organizations)?;
            }
            if !taken.covers(&extent.organizations) {
                // Given back first: to hold a later one while asking for an earlier one could block two
                // runs for ever.
                drop(taken);
                taken = self.take(&extent.organizations, &self.links(request)?, until).await?;
                if taken.waited {
                    continue;
                }
            }
            extent.organizations.retain(|id| taken.has(*id));
            return Ok(Entered { fleet, extent, locks: taken.locks, busy: taken.busy });
        }
    }

    /// Takes these organizations at once; one that another run holds drops out.
    pub(super) async fn hold(
        &self,
        organizations: &mut BTreeSet<OrganizationId>,
    ) -> Result<(Vec<OrganizationLock>, Busy), Error> {
        let links = self.store.links()?;
        let taken = self.take(organizations, &links, Patience::None.begin()).await?;
        organizations.retain(|id| taken.has(*id));
        Ok((taken.locks, taken.busy))
    }

    /// Reads Addigy, and says what the request means there.
    pub(super) async fn look_around(&self, request: &Request) -> Result<(Fleet, Extent), Error> {
        let fleet = self.read_fleet().await?;
        let links = self.links(request)?;
        let bindings = self.store.bindings()?;
        let open = self.store.open_intents()?;
        let extent = Self::extent(request, &fleet.tree, &links, &bindings, &open, &fleet.devices);
        Ok((fleet, extent))
    }

    async fn take(
        &self,
        organizations: &BTreeSet<OrganizationId>,
        links: &Links,
        until: Until,
    ) -> Result<Taken, Error> {
        let mut taken = Taken::default();
        let holder = holder_line(&self.origin, self.now());
        for id in organizations.iter().copied() {
            let mut told = false;
            loop {
                let holder = match self.store.lock_organization(id, &holder) {
                    Ok(lock) => {
                        taken.locks.push(lock);
                        break;
                    }
                    Err(LockError::Held { holder, .. }) => holder,
                    Err(error) => return Err(Error::Lock(error)),
                };
                let Some(pause) = pause(until) else {
                    taken.busy.push((id, holder));
                    break;
                };
                taken.waited = true;
                if !std::mem::replace(&mut told, true) {
                    let name = links.name_of(id).unwrap_or_default().to_owned();
                    self.reporter.outcome(Event::Queued { organization: (id, name), holder }).await;
                }
                tokio::select! {
                    () = self.cancel.cancelled() => return Err(Error::Cancelled),
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
        Ok(taken)
    }
}

/// How long until the next try; `None` when patience is at its end.
fn pause(until: Until) -> Option<Duration> {
    let pause = PAUSE.mul_f64(1.0 + fastrand::f64() / 2.0);
    match until {
        Until::Never => Some(pause),
        Until::At(end) => {
            let left = end.saturating_duration_since(Instant::now());
            (!left.is_zero()).then_some(pause.min(left))
        }
    }
}
