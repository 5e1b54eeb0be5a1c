//! A small server for tests: answers by a function, remembers what it was asked.

use super::{Limiter, Observer, Service, Transport, Tuning};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri};
use reqwest::Url;
use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// How many came before.
    pub n: usize,
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Of path and query, as they travelled.
    pub address_length: usize,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Seen {
    pub fn param(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, key: &str) -> u64 {
        self.param(key).unwrap().parse().unwrap()
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// The connection breaks in the middle of the body.
    pub cut: bool,
    /// Nothing comes at all.
    pub hang: bool,
}

impl Reply {
    pub fn status(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), cut: false, hang: false }
    }

    pub fn json(body: &Value) -> Self {
        Self::status(200, body.to_string())
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn cut() -> Self {
        Self { cut: true, ..Self::status(200, r#"{"data":["#) }
    }

    pub fn hang() -> Self {
        Self { hang: true, ..Self::status(200, "") }
    }
}

/// A running server; ends with the test's runtime.
pub struct Stub {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    pub async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let record = seen.clone();
        let answer = Arc::new(answer);
        let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let url = Url::parse(&format!("http://stub{uri}")).unwrap();
            let seen = {
                let mut record = record.lock().unwrap();
                let seen = Seen {
                    n: record.len(),
                    method,
                    path: uri.path().to_owned(),
                    query: url.query_pairs().into_owned().collect(),
                    address_length: uri.to_string().len(),
                    headers,
                    body: serde_json::from_slice(&body).unwrap_or_default(),
                };
                record.push(seen.clone());
                seen
            };
            respond(answer(&seen)).await
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            axum::serve(listener, axum::Router::new().fallback(handler)).await.unwrap();
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn transport(&self, service: Service) -> Transport {
        self.tuned(service, quick())
    }

    pub fn tuned(&self, service: Service, tuning: Tuning) -> Transport {
        let limiter = Limiter::in_memory(600, Duration::from_millis(1));
        let key = SecretString::from("ITG.secret");
        Transport::new(service, &self.url, &key, limiter, tuning).unwrap()
    }
}

/// Pauses of about a millisecond.
pub fn quick() -> Tuning {
    Tuning {
        backoff_base: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(1),
        throttled: Duration::from_millis(2),
        ..Tuning::default()
    }
}

/// An observer that keeps what it hears.
pub fn recorder() -> (Arc<Mutex<Vec<super::Notice>>>, Arc<dyn Observer>) {
    let heard: Arc<Mutex<Vec<super::Notice>>> = Arc::default();
    let record = heard.clone();
    (heard, Arc::new(move |notice| record.lock().unwrap().push(notice)))
}

async fn respond(reply: Reply) -> Response<Body> {
    if reply.hang {
        std::future::pending::<()>().await;
    }
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = if reply.cut {
        let parts = [Ok(reply.body), Err(std::io::Error::other("cut"))];
        Body::from_stream(futures::stream::iter(parts))
    } else {
        Body::from(reply.body)
    };
    response.body(body).unwrap()
}
