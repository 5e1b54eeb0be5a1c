//! What must hold of what a service says beside its data, and of the limiter's file.

use super::retry::retry_after as read_retry_after;
use super::{Effect, Error, Limiter, Problem, Request, Service, http, quote};
use crate::fuzz::{assert_visible, lossy};
use jiff::Timestamp;
use reqwest::Method;
use std::time::Duration;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

pub(crate) fn problem(bytes: &[u8]) {
    let problems = Problem::read(bytes);
    assert!(problems.len() <= 20);
    for problem in &problems {
        for text in [&problem.title, &problem.detail, &problem.to_string()] {
            assert_visible(text);
            assert!(text.chars().count() <= 300);
        }
        assert!(problem.status.is_none_or(|status| (100..600).contains(&status)));
    }
    assert_visible(&quote(&lossy(bytes)));
    let error =
        Error::Refused { service: Service::ItGlue, call: "GET /".into(), status: 422, problems };
    assert_visible(&error.to_string());
    assert!(error.to_string().len() < 4000);
}

pub(crate) fn retry_after(bytes: &[u8]) {
    let text = lossy(bytes);
    if let Some(until) = read_retry_after(Some(&text), now()) {
        let seconds = until.as_second() - now().as_second();
        assert!((1..=600).contains(&seconds), "{seconds}");
    }
    // Any text may stand in a path, none leaves its place; an address never loses its host.
    let request = Request::new(Method::GET, &["a", &text, "z"], Effect::Read);
    let base = http::base_url(Service::ItGlue, "https://api.itglue.com").unwrap();
    let url = request.query("q", &text).url(&base);
    assert_eq!(url.host_str(), Some("api.itglue.com"));
    let path = url.path();
    assert!(path.starts_with("/a/") && path.ends_with("/z"), "{path}");
    assert_eq!(path.matches('/').count(), 3, "{path}");
    if let Ok(url) = http::base_url(Service::ItGlue, &text) {
        assert!(url.scheme() == "https" || http::is_loopback(&url));
    }
}

pub(crate) fn limiter(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("limiter");
    std::fs::write(&path, bytes).unwrap();
    let limiter = Limiter::open(&path, 5, Duration::from_secs(60)).unwrap();
    // Whatever the file says, nobody waits for longer than a block and a period.
    limiter.reserve(now).unwrap();
    let later = || now() + Duration::from_secs(11 * 60);
    assert!(matches!(limiter.reserve(later).unwrap(), super::Turn::Granted(at) if at == later()));
    assert!(std::fs::metadata(&path).unwrap().len() < 10_000);
}
