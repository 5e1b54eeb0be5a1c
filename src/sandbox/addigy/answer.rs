//! The shapes all answers share: errors, pages, and reading a request's body strictly.

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A refusal in Addigy's shape.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) String);

impl Refusal {
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self(StatusCode::FORBIDDEN, message.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"code": self.0.as_u16(), "message": self.1, "error_chain": {}});
        (self.0, Json(body)).into_response()
    }
}

pub(super) async fn unknown_route() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "page not found".into())
}

pub(super) async fn wrong_method() -> Refusal {
    Refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed".into())
}

/// Reads a body of JSON; wrong types are refused, unknown members are not.
pub(super) fn body<T: DeserializeOwned>(headers: &HeaderMap, bytes: &Bytes) -> Result<T, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Refusal::bad("the content type must be application/json"));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::bad(format!("the request could not be read: {error}")))
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) number: usize,
    pub(super) size: usize,
}

impl Page {
    /// The wanted page; absent and zero mean the default (page 1, 50 items).
    pub(super) fn new(
        number: Option<i64>,
        size: Option<i64>,
        largest: usize,
    ) -> Result<Self, Refusal> {
        let positive = |value: Option<i64>, default, name| match value {
            None | Some(0) => Ok(default),
            Some(value) => {
                usize::try_from(value).map_err(|_| Refusal::bad(format!("invalid {name}")))
            }
        };
        let size = positive(size, 50, "per_page")?;
        Ok(Self { number: positive(number, 1, "page")?, size: size.min(largest) })
    }

    /// The items of this page.
    pub(super) fn cut<T>(self, items: &[T]) -> &[T] {
        let from = (self.number - 1).saturating_mul(self.size).min(items.len());
        let to = from.saturating_add(self.size).min(items.len());
        items.get(from..to).unwrap_or_default()
    }

    /// A page of a list as an answer.
    pub(super) fn answer(self, items: Vec<Value>, total: usize) -> Value {
        json!({
            "metadata": {
                "page": self.number,
                "per_page": self.size,
                "page_count": total.div_ceil(self.size),
                "result_count": items.len(),
                "total": total,
            },
            "items": items,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_default_clamp_and_end() {
        let page = Page::new(None, Some(0), 100).unwrap();
        assert_eq!(page, Page { number: 1, size: 50 });
        let page = Page::new(Some(3), Some(5000), 100).unwrap();
        assert_eq!(page, Page { number: 3, size: 100 });
        let items: Vec<u32> = (0..257).collect();
        assert_eq!(page.cut(&items).len(), 57);
        assert_eq!(Page { number: usize::MAX, size: 100 }.cut(&items).len(), 0);
        assert_eq!(page.answer(Vec::new(), 257)["metadata"]["page_count"], 3);
        assert!(Page::new(Some(-1), None, 100).is_err());
    }
}
