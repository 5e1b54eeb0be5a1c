//! One page of a list: its rows, `meta` and `links`; and lists that take too long.

use super::failure::{Failure, document, html};
use super::query::Query;
use super::switches::{ItGlueSwitches, SlowList, SlowListStatus};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::io;

/// How a field of a record sorts.
pub(super) type Order<T> = fn(&T, &T) -> Ordering;

/// Puts rows in the order asked for; they come in the order of their ids.
pub(super) fn sort<T>(
    rows: &mut [&T],
    query: &Query,
    field: fn(&str) -> Option<Order<T>>,
) -> Result<(), Failure> {
    let mut orders = Vec::new();
    for (name, downwards) in &query.sort {
        let order = field(name)
            .ok_or_else(|| Failure::malformed(format!("{name} is no field to sort by")))?;
        orders.push((order, *downwards));
    }
    if !orders.is_empty() {
        rows.sort_by(|one, other| {
            let compared = orders.iter().map(|(order, downwards)| match order(one, other) {
                ordering if *downwards => ordering.reverse(),
                ordering => ordering,
            });
            compared.fold(Ordering::Equal, Ordering::then)
        });
    }
    Ok(())
}

/// The rows of the page asked for. A page beyond the end is empty.
pub(super) fn page<'a, T>(rows: &'a [&'a T], query: &Query) -> &'a [&'a T] {
    let start = (query.number - 1).saturating_mul(query.size).min(rows.len());
    let end = start.saturating_add(query.size).min(rows.len());
    rows.get(start..end).unwrap_or_default()
}

/// The answer to a list of which `total` rows match.
pub(super) fn answer(
    data: &[Value],
    included: Option<&[Value]>,
    total: usize,
    query: &Query,
    (base, uri): (&str, &Uri),
) -> Value {
    let pages = total.div_ceil(query.size);
    let next = (query.number < pages).then_some(query.number + 1);
    let previous = (query.number > 1).then_some(query.number - 1);
    let link = |number: usize| link(base, uri, query, number);
    let mut links = json!({ "self": link(query.number) });
    if let Some(number) = next {
        links["next"] = json!(link(number));
        links["last"] = json!(link(pages));
    }
    if let Some(number) = previous {
        links["first"] = json!(link(1));
        links["prev"] = json!(link(number));
    }
    let mut answer = json!({
        "data": data,
        "meta": {
            "current-page": query.number,
            "next-page": next,
            "prev-page": previous,
            "total-pages": pages,
            "total-count": total,
            "filters": {},
        },
        "links": links,
    });
    if let Some(included) = included {
        answer["included"] = json!(included);
    }
    answer
}

/// The absolute address of another page of the same list.
fn link(base: &str, uri: &Uri, query: &Query, number: usize) -> String {
    let plain = format!("{}{}", base.trim_end_matches('/'), uri.path());
    let Ok(mut url) = reqwest::Url::parse(&plain) else { return plain };
    url.query_pairs_mut()
        .extend_pairs(&query.others)
        .append_pair("page[number]", &number.to_string());
    url.into()
}

/// What comes in place of a list whose page is too large to come in time.
pub(super) fn too_slow(query: &Query, switches: &ItGlueSwitches) -> Option<Response> {
    if u64::try_from(query.size).is_ok_and(|size| size < switches.slow_list_from) {
        return None;
    }
    match switches.slow_list {
        SlowList::Never => None,
        SlowList::Html504 => Some(html(StatusCode::GATEWAY_TIMEOUT)),
        SlowList::Cut => Some(cut(StatusCode::OK, "{\"data\":[{\"id\":\"1\",\"type\":\"")),
        SlowList::JsonTimeout => {
            let status = match switches.slow_list_status {
                SlowListStatus::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT,
                SlowListStatus::Internal => StatusCode::INTERNAL_SERVER_ERROR,
                SlowListStatus::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            };
            let error = json!({
                "status": status.as_u16(),
                "title": status.canonical_reason(),
                "detail": "The request took too long to process and timed out.",
            });
            Some(document(status, &json!({ "errors": [error] })))
        }
    }
}

/// An answer that ends amid its body, because the connection is cut; without a beginning nothing of
/// it arrives.
pub(super) fn cut(status: StatusCode, beginning: &str) -> Response {
    let start = Bytes::from(beginning.to_owned());
    let pause = !start.is_empty();
    let parts = stream::once(async { Ok(start) }).chain(stream::once(async move {
        if pause {
            // Only in a pause of the body does its beginning leave.
            tokio::task::yield_now().await;
        }
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    }));
    let mut response = Response::new(Body::from_stream(parts));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.api+json"));
    response
}
