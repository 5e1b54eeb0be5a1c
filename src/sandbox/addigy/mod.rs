//! The sandbox's Addigy: API v2, as far as Bindery calls it.
//!
//! Source of the shapes: Addigy's own description of API v2 (Swagger 2.0), basePath `/api/v2`.

mod access;
mod answer;
mod devices;
mod facts;
pub mod hardware;
pub mod model;
mod policies;
pub mod switches;

use super::{Clock, lock, read, write};
use access::Limit;
use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use model::World;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use switches::AddigySwitches;

/// The service: its world, its switches, and what it remembers of its callers.
#[derive(Debug)]
pub struct Addigy {
    world: Mutex<World>,
    switches: RwLock<AddigySwitches>,
    token: String,
    clock: Clock,
    limit: Mutex<Limit>,
    sweeps: AtomicU64,
}

impl Addigy {
    /// A service with this world that takes this token.
    pub fn new(world: World, token: String, switches: AddigySwitches, clock: Clock) -> Self {
        Self {
            world: Mutex::new(world),
            switches: RwLock::new(switches),
            token,
            clock,
            limit: Mutex::default(),
            sweeps: AtomicU64::new(0),
        }
    }

    /// Its policies and devices, to look at and to change.
    pub fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// A copy of its switches.
    pub fn switches(&self) -> AddigySwitches {
        read(&self.switches).clone()
    }

    /// Replaces its switches.
    pub fn set_switches(&self, switches: AddigySwitches) {
        *write(&self.switches) = switches;
    }
}

/// The routes, with authentication and the limit in front of them.
pub(super) fn router(addigy: Arc<Addigy>) -> Router {
    let routes = Router::new()
        .route("/devices", post(devices::search))
        .route("/o/{organization}/devices", post(devices::search_in))
        .route("/oa/policies/query", post(policies::query))
        .route("/o/{organization}/facts", get(policies::facts))
        .route(
            "/o/{organization}/devices/{agent}/policy-assignments",
            get(devices::policy_assignments),
        )
        .route("/o/{organization}/children/query", get(policies::children));
    Router::new()
        .nest("/api/v2", routes)
        .fallback(answer::unknown_route)
        .method_not_allowed_fallback(answer::wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&addigy), access::check))
        .with_state(addigy)
}
