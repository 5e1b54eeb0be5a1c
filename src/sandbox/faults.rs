//! Faults put before both services: a queue of "the next requests of this kind go wrong so".

mod wrong;

use super::line::Peer;
use super::lock;
use super::traffic::{Service, Traffic};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// Which requests go wrong, how often, and how.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only at this service; at both where it is left out.
    #[serde(default)]
    pub service: Option<Service>,
    /// Only with this method, in capitals.
    #[serde(default)]
    pub method: Option<String>,
    /// Only where path and query, as they were sent, contain this.
    #[serde(default)]
    pub path: Option<String>,
    /// Only where the body, as it was sent, contains this.
    #[serde(default)]
    pub body: Option<String>,
    /// So many matching requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// So many go wrong then.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens to them.
    pub kind: FaultKind,
}

fn once() -> u32 {
    1
}

/// How a request goes wrong.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Answered with this status, without acting.
    Status {
        /// The HTTP status.
        status: u16,
        /// The body; empty where left out.
        #[serde(default)]
        body: Option<String>,
        /// The header `Retry-After`, as it shall stand there.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// Acts, and answers with this status all the same.
    ActThenStatus {
        /// The HTTP status.
        status: u16,
    },
    /// Acts and answers, but later; not at all when nobody waits for the answer any more.
    Delay(When),
    /// Acts at once and answers later.
    ActThenDelay(When),
    /// Acts and answers later; acts also when nobody waits for the answer any more.
    ActLater(When),
    /// The connection is reset without acting.
    Reset,
    /// Acts, then the connection is reset without an answer.
    ActThenDrop,
    /// The connection is reset at once, and the service acts later.
    DropThenAct(When),
    /// Acts; of the answer only the first half of the body comes, then a reset.
    HalfAnswer,
    /// Acts; the body of the answer comes byte by byte, each after a pause.
    Drip {
        /// The pause before each byte.
        milliseconds: u64,
    },
    /// 200 with bytes that are no JSON, without acting.
    Garbage,
    /// An HTML page with this status, without acting.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// 200 with the JSON content type and no body, without acting.
    Empty,
    /// 200 with an endless-seeming JSON string of so many bytes, without acting.
    Huge {
        /// The size of the body in bytes.
        bytes: u64,
    },
}

/// When a delayed request goes on.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// After so many milliseconds of real time.
    Milliseconds(u64),
    /// When [`Faults::release`] is called.
    Released,
}

impl Fault {
    /// This fault for the next matching request of either service.
    pub fn new(kind: FaultKind) -> Self {
        Self { service: None, method: None, path: None, body: None, skip: 0, times: 1, kind }
    }

    /// An answer with this status and nothing else.
    pub fn status(status: u16) -> Self {
        Self::new(FaultKind::Status { status, body: None, retry_after: None })
    }

    /// Only at this service.
    pub fn at(mut self, service: Service) -> Self {
        self.service = Some(service);
        self
    }

    /// Only with this method, in capitals.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only where path and query contain this.
    pub fn path(mut self, part: &str) -> Self {
        self.path = Some(part.to_owned());
        self
    }

    /// Only where the body contains this.
    pub fn body(mut self, part: &str) -> Self {
        self.body = Some(part.to_owned());
        self
    }

    /// So many matching requests pass first.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// So many requests go wrong.
    pub fn times(mut self, requests: u32) -> Self {
        self.times = requests;
        self
    }

    fn matches(&self, service: Service, method: &str, target: &str, body: &[u8]) -> bool {
        self.service.is_none_or(|only| only == service)
            && self.method.as_deref().is_none_or(|only| only.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|part| target.contains(part))
            && self.body.as_deref().is_none_or(|part| contains(body, part.as_bytes()))
    }
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    part.is_empty() || body.windows(part.len()).any(|window| window == part)
}

/// The queue of faults.
#[derive(Debug)]
pub struct Faults {
    queue: Mutex<Vec<Fault>>,
    released: watch::Sender<u64>,
    late: Arc<AtomicU64>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { queue: Mutex::default(), released: watch::Sender::new(0), late: Arc::default() }
    }
}

impl Faults {
    /// Appends a fault. Of several that match a request the oldest takes it.
    pub fn push(&self, fault: Fault) {
        lock(&self.queue).push(fault);
    }

    /// Forgets every fault that has not happened yet.
    pub fn clear(&self) {
        lock(&self.queue).clear();
    }

    /// How many faults are still to happen.
    pub fn left(&self) -> u64 {
        lock(&self.queue).iter().map(|fault| u64::from(fault.times)).sum()
    }

    /// Lets every request go on that waits for it ([`When::Released`]).
    pub fn release(&self) {
        self.released.send_modify(|times| *times += 1);
    }

    /// How many requests were taken and are still to be acted upon ([`FaultKind::DropThenAct`],
    /// [`FaultKind::ActLater`]).
    pub fn late(&self) -> u64 {
        self.late.load(Ordering::SeqCst)
    }

    /// Whether a fault looks into bodies; others are not read before it is known what becomes of them.
    fn look_into_bodies(&self) -> bool {
        lock(&self.queue).iter().any(|fault| fault.body.is_some())
    }

    fn take(&self, service: Service, method: &str, target: &str, body: &[u8]) -> Option<FaultKind> {
        let mut queue = lock(&self.queue);
        let place = queue.iter().position(|fault| fault.matches(service, method, target, body))?;
        let fault = queue.get_mut(place)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        let kind = fault.kind.clone();
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            queue.remove(place);
        }
        Some(kind)
    }

    fn wait(&self, when: When) -> impl Future<Output = ()> + Send + 'static {
        // Subscribed now, so that a release between this call and the first poll is not missed.
        let mut released = self.released.subscribe();
        async move {
            match when {
                When::Milliseconds(number) => {
                    tokio::time::sleep(Duration::from_millis(number)).await;
                }
                When::Released => {
                    let _ = released.changed().await;
                }
            }
        }
    }
}

/// What stands before one service.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) service: Service,
    pub(super) traffic: Arc<Traffic>,
    pub(super) faults: Arc<Faults>,
}

/// Counts a request and lets a fault have it, if one wants it.
pub(super) async fn pass(
    State(gate): State<Gate>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let keyed = headers.contains_key("x-api-key") || headers.contains_key(header::AUTHORIZATION);
    let method = request.method().as_str().to_owned();
    let under_way = gate.traffic.arrived(gate.service, &method, request.uri().path(), keyed);
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let (request, body) = match gate.faults.look_into_bodies() {
        true => with_body(request).await,
        false => (request, Bytes::new()),
    };
    let response = match gate.faults.take(gate.service, &method, &target, &body) {
        None => next.run(request).await,
        Some(kind) => wrong::go(kind, &gate.faults, peer, request, next).await,
    };
    drop(under_way);
    response
}

/// The request as it was, and its body.
async fn with_body(request: Request) -> (Request, Bytes) {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    (Request::from_parts(head, Body::from(body.clone())), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_match_skip_and_run_out() {
        let faults = Faults::default();
        faults.push(
            Fault::status(503)
                .at(Service::ItGlue)
                .method("PATCH")
                .path("/configurations")
                .skip(1)
                .times(2),
        );
        let take =
            |method| faults.take(Service::ItGlue, method, "/configurations?x=1", b"").is_some();
        assert!(!take("GET"));
        assert!(faults.take(Service::Addigy, "PATCH", "/configurations", b"").is_none());
        assert_eq!(
            [take("PATCH"), take("PATCH"), take("PATCH"), take("PATCH")],
            [false, true, true, false]
        );
        assert_eq!(faults.left(), 0);
    }

    #[test]
    fn a_fault_may_ask_for_a_part_of_the_body() {
        let faults = Faults::default();
        faults.push(Fault::status(503).body("900901").times(2));
        let take = |body: &[u8]| faults.take(Service::ItGlue, "PATCH", "/", body).is_some();
        assert!(!take(b"") && !take(b"9009") && take(b"id: 900901;") && take(b"900901"));
        assert!(!take(b"900901"));
    }

    #[test]
    fn faults_are_read_from_json() {
        for text in [
            r#"{"kind":"reset"}"#,
            r#"{"kind":{"status":{"status":429,"retry_after":"2"}},"service":"itglue","times":3}"#,
            r#"{"kind":{"delay":{"milliseconds":20}},"path":"/devices"}"#,
            r#"{"kind":{"drop-then-act":"released"},"method":"POST","body":"900901"}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(text).is_ok(), "{text}");
        }
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"reset","tmies":3}"#).is_err());
    }
}
