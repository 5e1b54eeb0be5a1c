//! Sending, tried against a small server.

use super::stub::{Reply, Stub, quick, recorder};
use super::{Effect, Error, Kind, Limiter, Notice, Request, Service, Transport, Tuning, Waiting};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const IT_GLUE: Service = Service::ItGlue;

fn get() -> Request {
    Request::get(&["things"])
}

fn post(effect: Effect) -> Request {
    Request::new(Method::POST, &["things"], effect).json(&json!({"a": 1}), "application/json")
}

async fn kind_of(transport: &Transport, request: &Request) -> Kind {
    transport.send::<Value>(request).await.unwrap_err().kind()
}

#[tokio::test]
async fn a_request_carries_its_key_and_names_itself() {
    let stub = Stub::start(|_| Reply::json(&json!({"ok": true}))).await;
    let request = post(Effect::Read).query("filter[name]", "Birch\\, Alder & Sons");
    let answer: Value = stub.transport(IT_GLUE).send(&request).await.unwrap();
    assert_eq!(answer, json!({"ok": true}));
    let seen = &stub.seen()[0];
    assert_eq!(seen.headers["x-api-key"], "ITG.secret");
    assert!(seen.headers["user-agent"].to_str().unwrap().starts_with("bindery/"));
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(seen.param("filter[name]"), Some("Birch\\, Alder & Sons"));
    assert_eq!(seen.body, json!({"a": 1}));
}

#[tokio::test]
async fn a_segment_can_not_leave_its_place() {
    let stub = Stub::start(|_| Reply::json(&json!(null))).await;
    let request = Request::get(&["o", "../x?y#z", "facts"]);
    stub.transport(IT_GLUE).send::<Value>(&request).await.unwrap();
    assert_eq!(stub.seen()[0].path, "/o/..%2Fx%3Fy%23z/facts");
}

#[tokio::test]
async fn reads_are_repeated_until_they_succeed() {
    let stub = Stub::start(|seen| match seen.n {
        0 => Reply::status(503, ""),
        1 => Reply::cut(),
        2 => Reply::status(200, "<html>proxy</html>"),
        _ => Reply::json(&json!(1)),
    })
    .await;
    let transport = stub.transport(IT_GLUE);
    assert_eq!(transport.send::<u32>(&get()).await.unwrap(), 1);
    assert_eq!((stub.seen().len(), transport.requests()), (4, 4));
}

#[tokio::test]
async fn reads_give_up_after_four_attempts() {
    let stub = Stub::start(|_| {
        Reply::status(500, r#"{"errors":[{"detail":"The request took too long."}]}"#)
    })
    .await;
    let error = stub.transport(IT_GLUE).send::<Value>(&get()).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), stub.seen().len()), (Kind::Unclear, Some(500), 4));
    assert!(error.to_string().contains("took too long"), "{error}");
}

#[tokio::test]
async fn an_update_is_repeated_and_a_create_is_not() {
    let stub = Stub::start(|_| Reply::status(502, "")).await;
    let transport = stub.transport(IT_GLUE);
    assert_eq!(kind_of(&transport, &post(Effect::Update)).await, Kind::Unclear);
    assert_eq!(stub.seen().len(), 4);
    let error = transport.send::<Value>(&post(Effect::Create)).await.unwrap_err();
    assert!(error.may_have_happened());
    assert_eq!(stub.seen().len(), 5);
}

#[tokio::test]
async fn a_create_that_got_garbage_is_unclear() {
    let stub = Stub::start(|_| Reply::status(201, "ok")).await;
    assert_eq!(kind_of(&stub.transport(IT_GLUE), &post(Effect::Create)).await, Kind::Unclear);
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn refusals_are_not_repeated() {
    let stub = Stub::start(|seen| Reply::status(400 + seen.n as u16, "<html></html>")).await;
    let transport = stub.transport(IT_GLUE);
    let mut kinds = Vec::new();
    for _ in 0..6 {
        kinds.push(kind_of(&transport, &get()).await);
    }
    use Kind::{NotFound, NotPermitted, Refused};
    assert_eq!(kinds, [Refused, NotPermitted, Refused, NotPermitted, NotFound, Refused]);
    assert_eq!(stub.seen().len(), 6);
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let elsewhere = Stub::start(|_| Reply::json(&json!(1))).await;
    let target = format!("{}/things", elsewhere.url);
    let stub =
        Stub::start(move |_| Reply::status(307, "").header("location", target.clone())).await;
    let error = stub.transport(IT_GLUE).send::<Value>(&get()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Redirect);
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    assert_eq!((stub.seen().len(), elsewhere.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_429_waits_and_goes_on_even_with_a_create() {
    let stub = Stub::start(|seen| match seen.n {
        0..6 => Reply::status(429, ""),
        _ => Reply::json(&json!(1)),
    })
    .await;
    let (heard, observer) = recorder();
    let transport = stub.transport(IT_GLUE).for_run(CancellationToken::new(), observer);
    assert_eq!(transport.send::<u32>(&post(Effect::Create)).await.unwrap(), 1);
    let heard = heard.lock().unwrap();
    let sent = heard.iter().filter(|notice| matches!(notice, Notice::Sent { .. })).count();
    assert_eq!(sent, 7);
    assert!(heard.iter().any(|notice| matches!(
        notice,
        Notice::Waiting { why: Waiting::ServiceLimit, service: Service::ItGlue, .. }
    )));
}

#[tokio::test]
async fn retry_after_blocks_everybody() {
    let stub = Stub::start(|_| Reply::status(429, "").header("retry-after", "300")).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let transport = stub.transport(IT_GLUE).for_run(
        cancel,
        Arc::new(move |notice| {
            if let Notice::Waiting { until, .. } = notice {
                let seconds = until.as_second() - jiff::Timestamp::now().as_second();
                assert!((295..=300).contains(&seconds), "{seconds}");
                stop.cancel();
            }
        }),
    );
    // Cancelling cuts the wait short, and nothing was written.
    assert_eq!(kind_of(&transport, &post(Effect::Create)).await, Kind::Cancelled);
    assert_eq!(stub.seen().len(), 1);
    let turn = transport.limiter().reserve(jiff::Timestamp::now).unwrap();
    assert!(matches!(turn, super::Turn::NotBefore { blocked: true, .. }));
}

#[tokio::test]
async fn a_service_that_only_says_429_is_left_alone_at_last() {
    let stub = Stub::start(|_| Reply::status(429, "slow down")).await;
    let transport = stub.tuned(IT_GLUE, Tuning { most_throttled: 3, ..quick() });
    let error = transport.send::<Value>(&get()).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), stub.seen().len()), (Kind::Refused, Some(429), 4));
}

#[tokio::test]
async fn addigys_lock_out_ends_at_once() {
    for (status, body) in [(429, ""), (403, r#"{"code":403,"message":"Rate limit exceeded"}"#)] {
        let stub = Stub::start(move |_| Reply::status(status, body)).await;
        let error = stub.transport(Service::Addigy).send::<Value>(&get()).await.unwrap_err();
        assert_eq!((error.kind(), stub.seen().len()), (Kind::LockedOut, 1));
        assert!(error.to_string().contains("24 hours"), "{error}");
    }
    let stub = Stub::start(|_| Reply::status(403, r#"{"message":"no permission"}"#)).await;
    assert_eq!(kind_of(&stub.transport(Service::Addigy), &get()).await, Kind::NotPermitted);
}

#[tokio::test]
async fn cancelling_cuts_a_read_short_and_lets_a_write_finish() {
    let stub = Stub::start(|_| Reply::hang()).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let at_sending = Arc::new(move |notice| {
        if matches!(notice, Notice::Sent { .. }) {
            stop.cancel();
        }
    });
    let transport = stub.transport(IT_GLUE).for_run(cancel, at_sending.clone());
    assert_eq!(kind_of(&transport, &get()).await, Kind::Cancelled);

    let stub = Stub::start(|_| Reply::json(&json!(1))).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let at_sending = Arc::new(move |_| stop.cancel());
    let transport = stub.transport(IT_GLUE).for_run(cancel, at_sending);
    assert_eq!(transport.send::<u32>(&post(Effect::Create)).await.unwrap(), 1);
    // Nothing new starts.
    assert_eq!(kind_of(&transport, &post(Effect::Create)).await, Kind::Cancelled);
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn an_update_that_may_have_happened_is_not_told_as_cancelled() {
    let stub = Stub::start(|_| Reply::status(500, "")).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let transport = stub.transport(IT_GLUE).for_run(cancel, Arc::new(move |_| stop.cancel()));
    assert_eq!(kind_of(&transport, &post(Effect::Update)).await, Kind::Unclear);
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_hanging_service_is_unclear() {
    let stub = Stub::start(|_| Reply::hang()).await;
    let tuning = Tuning { total_timeout: Duration::from_millis(20), attempts: 2, ..quick() };
    let error = stub.tuned(IT_GLUE, tuning).send::<Value>(&get()).await.unwrap_err();
    assert_eq!((error.kind(), stub.seen().len()), (Kind::Unclear, 2));
    assert!(error.to_string().contains("took too long"), "{error}");
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    let stub = Stub::start(|_| Reply::status(200, format!("\"{}\"", "x".repeat(5000)))).await;
    let tuning = Tuning { body_limit: 5001, ..quick() };
    assert_eq!(kind_of(&stub.tuned(IT_GLUE, tuning), &get()).await, Kind::TooLarge);
    assert_eq!(stub.seen().len(), 1);
    let tuning = Tuning { body_limit: 5002, ..quick() };
    assert!(stub.tuned(IT_GLUE, tuning).send::<Value>(&get()).await.is_ok());
}

#[tokio::test]
async fn a_closed_port_was_surely_not_reached() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (heard, observer) = recorder();
    let limiter = Limiter::in_memory(600, Duration::from_millis(1));
    let transport =
        Transport::new(IT_GLUE, &url, &SecretString::from("k"), limiter, quick()).unwrap();
    let transport = transport.for_run(CancellationToken::new(), observer);
    let error = transport.send::<Value>(&post(Effect::Create)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotSent);
    assert!(error.to_string().contains("refused the connection"), "{error}");
    let sent = heard.lock().unwrap().iter().filter(|n| matches!(n, Notice::Sent { .. })).count();
    assert_eq!(sent, 4, "a create that was not sent may be repeated");
}

#[tokio::test]
async fn a_service_that_speaks_no_tls_was_not_reached() {
    let stub = Stub::start(|_| Reply::json(&json!(1))).await;
    let url = stub.url.replace("http://", "https://");
    let limiter = Limiter::in_memory(600, Duration::from_millis(1));
    let transport =
        Transport::new(IT_GLUE, &url, &SecretString::from("k"), limiter, quick()).unwrap();
    let error = transport.send::<Value>(&get()).await.unwrap_err();
    assert!(matches!(error, Error::NotSent { passing: false, .. }), "{error:?}");
    assert!(stub.seen().is_empty());
}

#[test]
fn neither_plain_http_nor_a_broken_key_gets_anywhere() {
    let new = |url: &str, key: &str| {
        let limiter = Limiter::in_memory(1, Duration::from_secs(1));
        Transport::new(IT_GLUE, url, &SecretString::from(key), limiter, Tuning::default())
    };
    let error = new("http://api.itglue.com", "ITG.x").unwrap_err();
    assert_eq!(error.kind(), Kind::NotSent);
    assert!(error.to_string().contains("https"), "{error}");
    for key in ["", "  ", "ITG.a\nb"] {
        let error = new("https://api.itglue.com", key).unwrap_err();
        assert!(!error.to_string().contains("ITG"), "{error}");
    }
    let transport = new("https://api.itglue.com", "ITG.secret").unwrap();
    assert!(!format!("{transport:?}").contains("secret"));
}

#[tokio::test]
async fn counts_of_a_run_add_up_in_the_whole() {
    let stub = Stub::start(|_| Reply::json(&json!(1))).await;
    let whole = stub.transport(IT_GLUE);
    whole.send::<u32>(&get()).await.unwrap();
    let run = whole.for_run(CancellationToken::new(), Arc::new(|_| {}));
    run.counted().send::<u32>(&get()).await.unwrap();
    assert_eq!((whole.requests(), run.requests()), (2, 1));
}
