//! Who may come in, and how often.

use super::Addigy;
use super::answer::Refusal;
use super::switches::KeyHeader;
use crate::sandbox::lock;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;

/// So many requests pass in any window of [`WINDOW`].
const ALLOWED: usize = 1000;
const WINDOW: SignedDuration = SignedDuration::from_secs(10);
const LOCKED_OUT: SignedDuration = SignedDuration::from_hours(24);

/// What the service remembers of past requests.
#[derive(Debug, Default)]
pub(super) struct Limit {
    recent: VecDeque<Timestamp>,
    locked_until: Option<Timestamp>,
}

impl Limit {
    /// Counts a request; whether it passes.
    fn passes(&mut self, now: Timestamp) -> bool {
        if self.locked_until.is_some_and(|until| now < until) {
            return false;
        }
        self.locked_until = None;
        while self.recent.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        if self.recent.len() <= ALLOWED {
            return true;
        }
        self.recent.clear();
        self.locked_until = now.checked_add(LOCKED_OUT).ok();
        false
    }
}

/// Refuses whoever has no right to be answered.
pub(super) async fn check(
    State(addigy): State<Arc<Addigy>>,
    request: Request,
    next: Next,
) -> Response {
    let switches = addigy.switches();
    match token(request.headers(), switches.key_header) {
        None => {
            return Refusal(StatusCode::UNAUTHORIZED, "no API token given".into()).into_response();
        }
        Some(token) if token != addigy.token => {
            return Refusal(StatusCode::UNAUTHORIZED, "invalid API token".into()).into_response();
        }
        Some(_) => {}
    }
    if !lock(&addigy.limit).passes(addigy.clock.now()) {
        let status = StatusCode::from_u16(switches.lock_out).unwrap_or(StatusCode::FORBIDDEN);
        return Refusal(status, "request limit exceeded".into()).into_response();
    }
    next.run(request).await
}

fn token(headers: &HeaderMap, taken: KeyHeader) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let key = text("x-api-key").filter(|_| taken != KeyHeader::Bearer);
    let bearer = text(header::AUTHORIZATION.as_str())
        .and_then(|value| value.strip_prefix("Bearer "))
        .filter(|_| taken != KeyHeader::ApiKey);
    key.or(bearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_pass_and_one_more_locks_out_for_a_day() {
        let mut limit = Limit::default();
        let start = Timestamp::UNIX_EPOCH;
        assert!((0..1000).all(|_| limit.passes(start)));
        assert!(!limit.passes(start + SignedDuration::from_secs(9)));
        assert!(!limit.passes(start + SignedDuration::from_hours(24)));
        assert!(limit.passes(start + SignedDuration::from_hours(25)));
    }

    #[test]
    fn the_window_slides() {
        let mut limit = Limit::default();
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        assert!((0..990).all(|_| limit.passes(at(0))));
        assert!((0..10).all(|_| limit.passes(at(9))));
        assert!((0..990).all(|_| limit.passes(at(10))));
        assert!(!limit.passes(at(11)));
    }
}
