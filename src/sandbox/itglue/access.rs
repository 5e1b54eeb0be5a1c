//! What stands in front of every route: the key, the limit, and the dialect of refusals.

use super::failure::{Failure, html};
use super::switches::{ItGlueSwitches, LimitBody, NoKey, RetryAfter, WrongKey};
use super::{ItGlue, locked};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::sync::Arc;

/// Lets a request through, or answers in its place.
pub(super) async fn check(
    State(itglue): State<Arc<ItGlue>>,
    request: Request,
    next: Next,
) -> Response {
    // An id was left out: no route, although the router would take it for an empty id.
    if request.uri().path().contains("//") {
        return html(StatusCode::NOT_FOUND);
    }
    let switches = itglue.current_switches();
    let response = match admit(&itglue, &switches, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => *refusal,
    };
    let Some(failure) = response.extensions().get::<Failure>() else { return response };
    let mut spoken = failure.spoken(switches.error_dialect);
    if let Some(retry) = response.headers().get(header::RETRY_AFTER) {
        spoken.headers_mut().insert(header::RETRY_AFTER, retry.clone());
    }
    spoken
}

fn admit(
    itglue: &ItGlue,
    switches: &ItGlueSwitches,
    headers: &HeaderMap,
) -> Result<(), Box<Response>> {
    match headers.get("x-api-key") {
        None => {
            let status = match switches.no_key {
                NoKey::Unauthorized => StatusCode::UNAUTHORIZED,
                NoKey::Forbidden => StatusCode::FORBIDDEN,
            };
            return Err(refused(status, "No API key was sent"));
        }
        Some(key) if key.as_bytes() != itglue.key.as_bytes() => {
            let status = match switches.wrong_key {
                WrongKey::Forbidden => StatusCode::FORBIDDEN,
                WrongKey::Unauthorized => StatusCode::UNAUTHORIZED,
            };
            return Err(refused(status, "The API key is not known here"));
        }
        Some(_) => {}
    }
    let now = itglue.now();
    let admitted = locked(&itglue.limit).admit(now, switches);
    admitted.map_err(|until| Box::new(too_many(switches, now, until)))
}

fn refused(status: StatusCode, message: &str) -> Box<Response> {
    Box::new(Failure::new(status, message).into_response())
}

fn too_many(switches: &ItGlueSwitches, now: Timestamp, until: Timestamp) -> Response {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = match switches.limit_body {
        LimitBody::Empty => status.into_response(),
        LimitBody::Json => Failure::new(status, "Rate limit exceeded").into_response(),
        LimitBody::Text => (status, "Too Many Requests").into_response(),
    };
    let value = match switches.retry_after {
        RetryAfter::None => return response,
        // Rounded up, so that who obeys is let through.
        RetryAfter::Seconds => until.duration_since(now).as_secs().saturating_add(1).to_string(),
        RetryAfter::Date => {
            let date = until.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(until);
            date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
        }
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
