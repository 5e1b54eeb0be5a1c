//! A request, and what repeating it would mean.

use super::quote;
use reqwest::{Method, Url};
use std::fmt;

/// What sending a request may do, and so whether it may be repeated or cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing: repeated after any failure that may pass, cut short by cancelling.
    Read,
    /// Sets fixed values: repeated likewise, but finished once begun.
    Update,
    /// Creates: repeated only when it was surely not carried out, finished once begun.
    Create,
}

/// A request, without its service's address and key.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) method: Method,
    path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<(Vec<u8>, &'static str)>,
    pub(super) effect: Effect,
    pub(super) most_unclear: u32,
}

impl Request {
    /// A request without a body. Segments are encoded, so that none can leave its place.
    pub fn new<S: AsRef<str>>(method: Method, path: &[S], effect: Effect) -> Self {
        Self {
            method,
            path: path.iter().map(|segment| segment.as_ref().to_owned()).collect(),
            query: Vec::new(),
            body: None,
            effect,
            most_unclear: u32::MAX,
        }
    }

    /// A GET.
    pub fn get<S: AsRef<str>>(path: &[S]) -> Self {
        Self::new(Method::GET, path, Effect::Read)
    }

    /// Adds a parameter.
    #[must_use]
    pub fn query(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.query.push((key.to_owned(), value.to_string()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn json(mut self, body: &serde_json::Value, content_type: &'static str) -> Self {
        self.body = Some((body.to_string().into_bytes(), content_type));
        self
    }

    /// Gives up after so many answers that were not usable, for a caller who can ask for less.
    #[must_use]
    pub fn most_unclear(mut self, attempts: u32) -> Self {
        self.most_unclear = attempts.max(1);
        self
    }

    /// Method and path, for people.
    pub(super) fn call(&self) -> String {
        quote(&format!("{} /{}", self.method, self.path.join("/")))
    }

    pub(super) fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(self.path.iter().map(|segment| in_its_place(segment)));
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

/// The segment as it can stand in a path. Encoding is not enough: tabs and line breaks would vanish, and
/// dots lead upward however they are spelled. Nothing has such a name, so another that nothing has
/// stands for it.
fn in_its_place(segment: &str) -> String {
    let plain = segment.replace(['\t', '\r', '\n'], "");
    match plain.as_str() {
        "" | "." | ".." => "-".to_owned(),
        _ => plain,
    }
}
