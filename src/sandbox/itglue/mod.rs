//! The sandbox's IT Glue: the JSON:API service, as far as Bindery calls it.
//!
//! Shapes and rules follow IT Glue's developer documentation and what users of other clients report;
//! where the two leave something open, a switch decides.

mod access;
mod attributes;
mod body;
mod choices;
mod create;
mod failure;
mod filters;
mod interfaces;
mod limit;
mod listing;
pub mod model;
mod query;
mod read;
mod recent;
mod render;
pub mod switches;
#[cfg(test)]
mod tests;
mod update;
mod write;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use failure::Failure;
use jiff::Timestamp;
use model::Account;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use switches::ItGlueSwitches;

/// The largest body that is read, in bytes.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// The clock the service goes by.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The service: its account, its switches, and what it remembers of its callers.
pub struct ItGlue {
    /// What is documented, to look at and to change.
    pub account: Mutex<Account>,
    /// How it behaves.
    pub switches: RwLock<ItGlueSwitches>,
    /// How many deletions were asked for. None is carried out: nobody may ask for any.
    pub deletions_refused: AtomicU64,
    key: String,
    now: Now,
    base_url: RwLock<String>,
    limit: Mutex<limit::Limit>,
    recent: Mutex<recent::Recent>,
    creations: AtomicU64,
}

impl ItGlue {
    /// A service with this account that takes this key and goes by this clock.
    pub fn new(account: Account, key: String, switches: ItGlueSwitches, now: Now) -> Self {
        Self {
            account: Mutex::new(account),
            switches: RwLock::new(switches),
            deletions_refused: AtomicU64::new(0),
            key,
            now,
            base_url: RwLock::new("https://api.itglue.com".to_owned()),
            limit: Mutex::default(),
            recent: Mutex::default(),
            creations: AtomicU64::new(0),
        }
    }

    /// Sets the address it is reached at, from which `links` in answers are built.
    pub fn set_base_url(&self, url: String) {
        *self.base_url.write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    fn base_url(&self) -> String {
        self.base_url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn current_switches(&self) -> ItGlueSwitches {
        self.switches.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn now(&self) -> Timestamp {
        (self.now)()
    }
}

/// A lock, also one whose holder panicked: every write is done in one step or not at all.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The routes, with the check of the key and the limit in front of them.
pub fn router(itglue: Arc<ItGlue>) -> Router {
    let nested = "/organizations/{id}/relationships/configurations";
    let of_configuration = "/configurations/{id}/relationships/configuration_interfaces";
    Router::new()
        .route("/organizations", get(read::organizations))
        .route("/organizations/{id}", get(read::organization))
        .route("/configuration_statuses", get(read::statuses))
        .route("/configuration_statuses/{id}", get(read::status))
        .route("/configuration_types", get(read::kinds))
        .route("/configuration_types/{id}", get(read::kind))
        .route(
            "/configurations",
            get(read::configurations)
                .post(create::configuration)
                .patch(update::configurations)
                .delete(refuse_deletion),
        )
        .route(
            "/configurations/{id}",
            get(read::configuration)
                .patch(update::configuration)
                .put(update::configuration)
                .delete(refuse_deletion),
        )
        .route(
            nested,
            get(read::configurations_of).post(create::configuration_of).delete(refuse_deletion),
        )
        .route(
            &format!("{nested}/{{configuration}}"),
            get(read::configuration_of)
                .patch(update::configuration_of)
                .put(update::configuration_of)
                .delete(refuse_deletion),
        )
        .route(of_configuration, get(interfaces::of_configuration).post(interfaces::create))
        .route("/configuration_interfaces/{id}", get(interfaces::one).patch(interfaces::update))
        .route_layer(from_fn_with_state(Arc::clone(&itglue), access::check))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .fallback(failure::unknown_path)
        .method_not_allowed_fallback(failure::unknown_path)
        .with_state(itglue)
}

/// Bindery never deletes. Whoever asks for it is refused and counted.
async fn refuse_deletion(State(itglue): State<Arc<ItGlue>>) -> Failure {
    itglue.deletions_refused.fetch_add(1, Ordering::SeqCst);
    Failure::new(StatusCode::FORBIDDEN, "Nothing is deleted here")
}
