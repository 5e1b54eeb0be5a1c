//! The sandbox's IT Glue: the JSON:API service, as far as Bindery calls it.
//!
//! Shapes and rules follow IT Glue's developer documentation and what users of other clients report;
//! where the two leave something open, a switch decides.

pub mod model;
pub mod switches;

use axum::Router;
use jiff::Timestamp;
use model::Account;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use switches::ItGlueSwitches;

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
        }
    }

    /// Sets the address it is reached at, from which `links` in answers are built.
    pub fn set_base_url(&self, url: String) {
        *self.base_url.write().unwrap_or_else(PoisonError::into_inner) = url;
    }
}

/// The routes, with the check of the key and the limit in front of them.
pub fn router(itglue: Arc<ItGlue>) -> Router {
    let _ = (&itglue.key, &itglue.now);
    Router::new()
}
