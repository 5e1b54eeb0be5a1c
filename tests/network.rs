//! A hostile network: what stands between Bindery and a service may do what it likes, and neither does
//! the key leave its way nor does an answer do harm.

#[path = "network/answers.rs"]
mod answers;
#[path = "network/certificates.rs"]
mod certificates;
#[path = "support/folder.rs"]
#[allow(dead_code, reason = "each test binary uses its part of it")]
mod folder;
#[path = "network/proxies.rs"]
mod proxies;
#[path = "network/redirects.rs"]
mod redirects;
#[path = "network/server.rs"]
mod server;
#[path = "network/tls.rs"]
mod tls;

use bindery::transport::{Error, Limiter, PrivateCa, Request, Service, Transport, Tuning};
use secrecy::SecretString;
use std::time::Duration;

/// The key that must not travel.
const KEY: &str = "ITG.n3twork-Canary-Key";

/// Asks the service at this address once.
async fn ask(url: &str, ca: Option<PrivateCa>) -> Result<serde_json::Value, Error> {
    let tuning = Tuning {
        attempts: 1,
        total_timeout: Duration::from_millis(700),
        connect_timeout: Duration::from_secs(5),
        ca,
        ..Tuning::default()
    };
    let limiter = Limiter::in_memory(600, Duration::from_secs(1));
    let key = SecretString::from(KEY);
    let transport = Transport::new(Service::ItGlue, url, &key, limiter, tuning)?;
    transport.send(&Request::get(&["organizations"])).await
}

/// Asks, and is not served: the error says this and not the key.
#[track_caller]
fn told(result: &Result<serde_json::Value, Error>, words: &[&str]) {
    let text = match result {
        Ok(answer) => panic!("it was served: {answer}"),
        Err(error) => error.to_string(),
    };
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    assert!(!text.contains("Canary"), "{text}");
}
