//! How each kind of fault comes about.

use super::{FaultKind, Faults, When};
use crate::sandbox::line::Peer;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Answers in the place of the service, or meddles with its answer.
pub(super) async fn go(
    kind: FaultKind,
    faults: &Faults,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    match kind {
        FaultKind::Status { status, body, retry_after } => plain(status, body, retry_after),
        FaultKind::ActThenStatus { status } => {
            next.run(request).await;
            plain(status, None, None)
        }
        FaultKind::Delay(when) => {
            faults.wait(when).await;
            next.run(request).await
        }
        FaultKind::ActThenDelay(when) => {
            let wait = faults.wait(when);
            let response = next.run(request).await;
            wait.await;
            response
        }
        FaultKind::ActLater(when) => act_later(faults, when, request, next).await,
        FaultKind::Reset => cut(&peer),
        FaultKind::ActThenDrop => {
            next.run(request).await;
            cut(&peer)
        }
        FaultKind::DropThenAct(when) => {
            drop(aside(faults, when, request, next).await);
            cut(&peer)
        }
        FaultKind::HalfAnswer => half(next.run(request).await, &peer).await,
        FaultKind::Drip { milliseconds } => {
            drip(next.run(request).await, Duration::from_millis(milliseconds)).await
        }
        FaultKind::Garbage => {
            json_typed(Body::from(&b"\x00\xff{\"data\": [{\"id\": 17,, \xc3\x28"[..]))
        }
        FaultKind::Html { status } => html(status),
        FaultKind::Empty => json_typed(Body::empty()),
        FaultKind::Huge { bytes } => json_typed(huge(bytes)),
    }
}

fn plain(status: u16, body: Option<String>, retry_after: Option<String>) -> Response {
    let mut response = (code(status), body.unwrap_or_default()).into_response();
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The answer is never written, because the line is cut before.
fn cut(peer: &Peer) -> Response {
    peer.cut.cut();
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Acts after a while, whatever becomes of the connection. The body is read before, so that there is
/// something to act upon; the act is a task of its own, because this one ends with the connection.
async fn aside(faults: &Faults, when: When, request: Request, next: Next) -> JoinHandle<Response> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let (wait, late) = (faults.wait(when), Arc::clone(&faults.late));
    late.fetch_add(1, Ordering::SeqCst);
    tokio::spawn(async move {
        wait.await;
        let response = next.run(Request::from_parts(head, Body::from(body))).await;
        late.fetch_sub(1, Ordering::SeqCst);
        response
    })
}

async fn act_later(faults: &Faults, when: When, request: Request, next: Next) -> Response {
    let acting = aside(faults, when, request, next).await;
    // An error only where the runtime is going down.
    acting.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn drip(response: Response, pause: Duration) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let drops = futures::stream::unfold(whole, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let drop = rest.split_to(1);
        Some((Ok::<_, std::io::Error>(drop), rest))
    });
    Response::from_parts(head, Body::from_stream(drops))
}

async fn half(response: Response, peer: &Peer) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let first = whole.slice(..whole.len() / 2);
    let cut = peer.cut.clone();
    let rest = futures::stream::once(async move {
        // Two turns: one for the first half to be written, one for it to be flushed.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        cut.cut();
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    let body = futures::stream::iter([Ok(first)]).chain(rest);
    Response::from_parts(head, Body::from_stream(body))
}

fn json_typed(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn html(status: u16) -> Response {
    let page = "<!DOCTYPE html><html><head><title>We're sorry</title></head>\
                <body><h1>Something went wrong</h1></body></html>";
    (code(status), [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn huge(bytes: u64) -> Body {
    const PIECE: usize = 64 * 1024;
    let piece = Bytes::from(vec![b'a'; PIECE]);
    let pieces = bytes.div_ceil(PIECE as u64);
    let middle = futures::stream::iter((0..pieces).map(move |_| piece.clone()));
    let quote = || futures::stream::iter([Bytes::from_static(b"\"")]);
    Body::from_stream(quote().chain(middle).chain(quote()).map(Ok::<_, std::io::Error>))
}
