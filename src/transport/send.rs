//! Sending one request: a slot of the limiter an attempt, retries for what is safe to repeat.

use super::retry::{backoff, retry_after};
use super::uses::Uses;
use super::{
    Effect, Error, Kind, Limiter, Notice, Observer, Problem, Request, Service, Tuning, Waiting,
    http, quote,
};
use crate::killpoint::{self, Moment};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How many requests were sent; counts for whoever it was derived from as well.
#[derive(Debug, Default)]
struct Counter {
    own: AtomicU64,
    parent: Option<Arc<Counter>>,
}

impl Counter {
    fn add(&self) {
        let mut at = Some(self);
        while let Some(counter) = at {
            counter.own.fetch_add(1, Ordering::Relaxed);
            at = counter.parent.as_deref();
        }
    }
}

/// One service, one key. A cheap clone; all clones share connections and the limiter.
#[derive(Clone)]
pub struct Transport {
    service: Service,
    base: Url,
    client: Client,
    key: HeaderValue,
    limiter: Limiter,
    tuning: Arc<Tuning>,
    cancel: CancellationToken,
    observer: Arc<dyn Observer>,
    counter: Arc<Counter>,
    uses: Option<Arc<Uses>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("service", &self.service)
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Transport {
    /// Prepares to speak to the service at this address. Sends nothing.
    ///
    /// # Errors
    /// [`Kind::NotSent`] when the address is not https (http is for loopback only) or is malformed,
    /// when the key can't stand in a header, and when TLS can't be set up.
    pub fn new(
        service: Service,
        url: &str,
        key: &SecretString,
        limiter: Limiter,
        tuning: Tuning,
    ) -> Result<Self, Error> {
        let base = http::base_url(service, url)?;
        let mut header = key_header(key).ok_or_else(|| Error::NotSent {
            service,
            why: "the key is empty or holds characters that no key has".to_owned(),
            next: "Copy the key again, without quotes or line breaks".to_owned(),
            passing: false,
        })?;
        header.set_sensitive(true);
        Ok(Self {
            service,
            client: http::client(service, &base, &tuning)?,
            base,
            key: header,
            limiter,
            tuning: Arc::new(tuning),
            cancel: CancellationToken::new(),
            observer: Arc::new(|_| {}),
            counter: Arc::default(),
            uses: None,
        })
    }

    /// The same transport, knowing when the key last worked; `note` hears when it works again, once a
    /// day at most.
    #[must_use]
    pub fn with_last_use(
        self,
        last: Option<Timestamp>,
        note: impl Fn(Timestamp) + Send + Sync + 'static,
    ) -> Self {
        Self { uses: Some(Arc::new(Uses::new(last, note))), ..self }
    }

    /// The same transport for one run: with its token, its observer, and a count from zero (which
    /// the original's count includes).
    #[must_use]
    pub fn for_run(&self, cancel: CancellationToken, observer: Arc<dyn Observer>) -> Self {
        Self { cancel, observer, ..self.counted() }
    }

    /// The same transport with a count from zero, which the original's count includes.
    #[must_use]
    pub(crate) fn counted(&self) -> Self {
        let parent = Some(self.counter.clone());
        Self { counter: Arc::new(Counter { own: AtomicU64::new(0), parent }), ..self.clone() }
    }

    /// Which service this is.
    pub fn service(&self) -> Service {
        self.service
    }

    /// The service's address, without a path of a call.
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// The limiter, to show what is left.
    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// How many attempts were sent.
    pub fn requests(&self) -> u64 {
        self.counter.own.load(Ordering::Relaxed)
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.tuning.clock)()
    }

    /// The length of a request's address, in bytes.
    pub(crate) fn url_length(&self, request: &Request) -> usize {
        request.url(&self.base).as_str().len()
    }

    /// An error for an answer that can be read but makes no sense.
    pub(crate) fn unusable(&self, request: &Request, why: impl Into<String>) -> Error {
        Error::Unclear {
            service: self.service,
            call: request.call(),
            status: None,
            why: why.into(),
        }
    }

    /// Sends a request and reads its answer, repeating it as far as its [`Effect`] allows.
    ///
    /// # Errors
    /// See [`Error`]. [`Kind::Cancelled`] always means that nothing was written.
    pub async fn send<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let (mut failed, mut unclear, mut throttled) = (0, 0, 0);
        let mut happened = None;
        loop {
            let fail = match self.attempt(request, failed + 1).await {
                Ok(answer) => return Ok(answer),
                Err(fail) => fail,
            };
            if fail.error.status() == Some(429) && fail.error.kind() == Kind::Refused {
                throttled += 1;
                if throttled > self.tuning.most_throttled {
                    return Err(happened.unwrap_or(fail.error));
                }
                if let Err(error) = self.block(fail.retry_after) {
                    return Err(happened.unwrap_or(error));
                }
                continue;
            }
            failed += 1;
            unclear += u32::from(fail.error.kind() == Kind::Unclear);
            if failed >= self.tuning.attempts
                || unclear >= request.most_unclear
                || !may_repeat(&fail.error, request.effect)
            {
                return Err(match fail.error.kind() {
                    // It says nothing of an earlier attempt that may have been carried out.
                    Kind::NotSent | Kind::Cancelled | Kind::NotPermitted => {
                        happened.unwrap_or(fail.error)
                    }
                    _ => fail.error,
                });
            }
            if request.effect != Effect::Read && fail.error.may_have_happened() {
                happened = Some(fail.error.clone());
            }
            if !self.pause(failed - 1, fail.retry_after).await {
                // A write that may have happened is told as what it is.
                return Err(happened.unwrap_or_else(|| self.cancelled(request)));
            }
        }
    }

    /// After a 429: nobody sends before the time the service names, or a default.
    fn block(&self, retry_after: Option<Timestamp>) -> Result<(), Error> {
        let now = self.now();
        let until = retry_after.or_else(|| now.checked_add(self.tuning.throttled).ok());
        self.limiter
            .block_until(self.tuning.clock, until.unwrap_or(now))
            .map_err(|e| self.limiter_failed(&e))
    }

    /// Waits before a retry; `false` when cancelled.
    async fn pause(&self, retry: u32, retry_after: Option<Timestamp>) -> bool {
        let now = self.now();
        let tuning = &self.tuning;
        let pause = match retry_after {
            Some(until) => Duration::try_from(until.duration_since(now)).unwrap_or_default(),
            None => backoff(retry, tuning.backoff_base, tuning.backoff_cap, fastrand::f64()),
        };
        if let Ok(until) = now.checked_add(pause) {
            self.tell_wait(until, Waiting::Retry);
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }

    async fn attempt<T: DeserializeOwned>(&self, request: &Request, n: u32) -> Result<T, Fail> {
        let waiting = |until, blocked| {
            self.tell_wait(until, if blocked { Waiting::ServiceLimit } else { Waiting::OwnLimit });
        };
        let granted = self
            .limiter
            .acquire(&self.cancel, self.tuning.clock, waiting)
            .await
            .map_err(|error| self.limiter_failed(&error))?;
        if !granted || self.cancel.is_cancelled() {
            return Err(self.cancelled(request).into());
        }
        self.counter.add();
        self.observer.notice(Notice::Sent { service: self.service });
        let begun = Instant::now();
        let mut status = None;
        let exchange = self.exchange(request, &mut status);
        let result = match request.effect {
            Effect::Read => tokio::select! {
                biased;
                () = self.cancel.cancelled() => Err(self.cancelled(request).into()),
                result = exchange => result,
            },
            Effect::Update | Effect::Create => exchange.await,
        };
        self.log(request, n, begun, status, result.as_ref().err());
        result
    }

    /// Sends once and reads the whole answer.
    async fn exchange<T: DeserializeOwned>(
        &self,
        request: &Request,
        status: &mut Option<u16>,
    ) -> Result<T, Fail> {
        let host = self.base.host_str().unwrap_or_default();
        let call = request.call();
        let failed = |error| http::classify(self.service, host, &call, &error);
        let mut builder = self
            .client
            .request(request.method.clone(), request.url(&self.base))
            .header("x-api-key", self.key.clone());
        if let Some((body, content_type)) = &request.body {
            builder = builder.header(CONTENT_TYPE, *content_type).body(body.clone());
        }
        killpoint::reached(Moment::BeforeSend, || format!("{} {call}", self.service));
        let response = builder.send().await.map_err(failed)?;
        killpoint::reached(Moment::AfterAnswer, || format!("{} {call}", self.service));
        let code = response.status().as_u16();
        *status = Some(code);
        let headers = response.headers().clone();
        let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = retry_after(after, self.now());
        let body = match self.read_body(response).await {
            Ok(Some(body)) => body,
            Ok(None) => return Err(self.too_large(call).into()),
            // An answer that says no says so by its status already.
            Err(_) if !(200..300).contains(&code) => Vec::new(),
            Err(_) => return Err(self.unclear(call, code, "the answer was cut off").into()),
        };
        if !(200..300).contains(&code) {
            let error = self.error_for(code, call, &headers, &body);
            return Err(Fail { error, retry_after: after });
        }
        let read = serde_json::from_slice(&body);
        if let (Ok(_), Some(uses)) = (&read, &self.uses) {
            uses.worked(self.now());
        }
        read.map_err(|error| {
            let why = match error.classify() {
                serde_json::error::Category::Data => {
                    format!("the answer has an unknown form ({})", quote(&error.to_string()))
                }
                _ => "the answer is no JSON, or only a part of it".to_owned(),
            };
            self.unclear(call, code, &why).into()
        })
    }

    /// `None` when it is too long.
    async fn read_body(&self, mut response: Response) -> reqwest::Result<Option<Vec<u8>>> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > self.tuning.body_limit {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    }

    fn error_for(&self, status: u16, call: String, headers: &HeaderMap, body: &[u8]) -> Error {
        let service = self.service;
        let problems = Problem::read(body);
        match status {
            300..400 => Error::Redirect { service, to: self.target(headers), call, status },
            429 if service == Service::Addigy => Error::LockedOut { call, status, problems },
            403 if service == Service::Addigy && speaks_of_limit(&problems) => {
                Error::LockedOut { call, status, problems }
            }
            401 | 403 => {
                let last = self.uses.as_ref().and_then(|uses| uses.last(self.now()));
                Error::NotPermitted { service, call, status, problems, last }
            }
            404 => Error::NotFound { service, call },
            408 => self.unclear(call, status, "it took too long"),
            400..500 => Error::Refused { service, call, status, problems },
            _ => {
                let said = problems.first().map(|problem| format!(": {problem}"));
                let why = format!("status {status}{}", said.unwrap_or_default());
                self.unclear(call, status, why.trim_end_matches('.'))
            }
        }
    }

    /// The host a redirect points to.
    fn target(&self, headers: &HeaderMap) -> String {
        headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| self.base.join(text).ok())
            .and_then(|url| url.host_str().map(quote))
            .unwrap_or_else(|| "an unreadable address".to_owned())
    }

    fn unclear(&self, call: String, status: u16, why: &str) -> Error {
        Error::Unclear { service: self.service, call, status: Some(status), why: why.to_owned() }
    }

    fn too_large(&self, call: String) -> Error {
        Error::TooLarge { service: self.service, call, limit: self.tuning.body_limit }
    }

    fn cancelled(&self, request: &Request) -> Error {
        Error::Cancelled { service: self.service, call: request.call() }
    }

    fn limiter_failed(&self, error: &std::io::Error) -> Error {
        Error::NotSent {
            service: self.service,
            why: format!("the request limiter's file can't be used ({error})"),
            next: "Check that the state folder can be written and its disk is not full".to_owned(),
            passing: false,
        }
    }

    fn tell_wait(&self, until: Timestamp, why: Waiting) {
        self.observer.notice(Notice::Waiting { service: self.service, until, why });
    }

    /// Logs an attempt: never a header, a body, or the values of a query.
    fn log(
        &self,
        request: &Request,
        n: u32,
        begun: Instant,
        status: Option<u16>,
        fail: Option<&Fail>,
    ) {
        let keys: Vec<&str> = request.query.iter().map(|(key, _)| key.as_str()).collect();
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (service, call) = (self.service, request.call());
        match fail {
            None => {
                tracing::debug!(%service, call, query = keys.join(","), status, ms, attempt = n, "sent");
            }
            Some(fail) => {
                let kind = fail.error.kind();
                tracing::warn!(%service, call, query = keys.join(","), status, ms, attempt = n, ?kind, "failed");
            }
        }
    }
}

/// A failed attempt, and when the service asks to be tried again.
struct Fail {
    error: Error,
    retry_after: Option<Timestamp>,
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Self { error, retry_after: None }
    }
}

fn key_header(key: &SecretString) -> Option<HeaderValue> {
    let key = key.expose_secret().trim();
    HeaderValue::from_str(key).ok().filter(|_| !key.is_empty())
}

fn may_repeat(error: &Error, effect: Effect) -> bool {
    match error {
        Error::NotSent { passing, .. } => *passing,
        Error::Unclear { .. } => effect != Effect::Create,
        _ => false,
    }
}

/// Whether a 403 of Addigy's speaks of too many requests rather than of a permission.
fn speaks_of_limit(problems: &[Problem]) -> bool {
    const WORDS: [&str; 5] = ["too many", "rate limit", "limit exceeded", "locked", "throttl"];
    problems.iter().any(|problem| {
        let text = format!("{} {}", problem.title, problem.detail).to_lowercase();
        WORDS.iter().any(|word| text.contains(word))
    })
}
