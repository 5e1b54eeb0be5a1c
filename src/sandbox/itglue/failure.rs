//! Refusals, and the dialects in which IT Glue speaks of them.

use super::switches::ErrorDialect;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The attribute it is about, in kebab-case.
    attribute: Option<String>,
    message: String,
}

impl Fault {
    /// Something wrong with an attribute.
    pub(super) fn of(attribute: &str, message: impl Into<String>) -> Self {
        Self { attribute: Some(attribute.to_owned()), message: message.into() }
    }

    /// Something wrong with the request as a whole.
    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self { attribute: None, message: message.into() }
    }
}

/// A request that is refused. It becomes an answer only where the dialect is known, see
/// [`Failure::spoken`].
#[derive(Debug, Clone)]
pub(super) struct Failure {
    status: StatusCode,
    faults: Vec<Fault>,
}

impl Failure {
    /// Refused with this status for one reason.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, faults: vec![Fault::plain(message)] }
    }

    /// 400.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 404 for a record that isn't there.
    pub(super) fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Record not found")
    }

    /// 422 for these reasons.
    pub(super) fn invalid(faults: Vec<Fault>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, faults }
    }

    /// The answer in this dialect.
    pub(super) fn spoken(&self, dialect: ErrorDialect) -> Response {
        if dialect == ErrorDialect::Html {
            return html(self.status);
        }
        let errors: Vec<Value> =
            self.faults.iter().map(|fault| spoken(fault, self.status, dialect)).collect();
        document(self.status, &json!({ "errors": errors }))
    }
}

impl IntoResponse for Failure {
    /// A bare status that carries the failure, for the layer in front to put into words.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

fn spoken(fault: &Fault, status: StatusCode, dialect: ErrorDialect) -> Value {
    let snake = fault.attribute.as_ref().map(|attribute| attribute.replace('-', "_"));
    let title = match &snake {
        Some(attribute) => format!("{attribute} {}", fault.message),
        None => fault.message.clone(),
    };
    match dialect {
        ErrorDialect::Second => {
            let mut error = json!({ "status": status.as_u16(), "title": title });
            if let Some(attribute) = snake {
                error["source"] = json!({ "pointer": format!("data/attributes/{attribute}") });
            }
            error
        }
        ErrorDialect::Third => json!({
            "status": reason(status).to_lowercase().replace(' ', "_"),
            "title": title,
            "source": { "pointer": "data" },
        }),
        ErrorDialect::First | ErrorDialect::Html => {
            let mut error = json!({
                "detail": fault.message,
                "title": reason(status),
                "status": status.as_u16(),
            });
            if let Some(attribute) = &fault.attribute {
                // What must exist is named after the record and not after its id.
                let name = match fault.message.as_str() {
                    MUST_EXIST => attribute.trim_end_matches("-id"),
                    _ => attribute,
                };
                error["source"] = json!({ "pointer": format!("/data/attributes/{name}") });
            }
            error
        }
    }
}

/// What is said of an id that names nothing.
pub(super) const MUST_EXIST: &str = "must exist";

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

/// A JSON:API document as an answer.
pub(super) fn document(status: StatusCode, document: &Value) -> Response {
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.api+json"));
    response
}

/// A page of HTML, as load balancers and the routing in front of the service send it.
pub(super) fn html(status: StatusCode) -> Response {
    let title = format!("{} {}", status.as_u16(), reason(status));
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\
         <body><h1>{title}</h1></body></html>\n"
    );
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

/// The answer to a path that leads nowhere.
pub(super) async fn unknown_path() -> Response {
    html(StatusCode::NOT_FOUND)
}
