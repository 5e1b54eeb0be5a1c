//! What can go wrong between Bindery and a service, in words for people.

use super::{LastUse, Problem, Service};

/// Why a request did not bring what was wanted. The text says what failed, on what, why, and what to
/// do next; it never holds a key, a header or a body.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The request surely never reached the service: no such host, refused, a TLS problem, an address
    /// that is not https, a limiter file that can't be used.
    #[error("{service} was not reached: {why}. {next}.")]
    NotSent {
        /// The service meant.
        service: Service,
        /// What stood in the way.
        why: String,
        /// What to do about it.
        next: String,
        /// Whether trying again may help by itself.
        passing: bool,
    },
    /// The request was sent, but what became of it is not known: time-out, reset, a 5xx, garbage.
    #[error("{service} gave no usable answer to {call}: {why}. {}.", unclear_next(*.service, *.status))]
    Unclear {
        /// The service asked.
        service: Service,
        /// Method and path.
        call: String,
        /// The answer's status, if there was one.
        status: Option<u16>,
        /// What came instead.
        why: String,
    },
    /// The service understood and said no: 400, 409, 413, 415, 422 and the like.
    #[error("{service} refused {call} (status {status}): {}.{}", listed(.problems), refused_next(*.status))]
    Refused {
        /// The service asked.
        service: Service,
        /// Method and path.
        call: String,
        /// The answer's status.
        status: u16,
        /// What it says is wrong; may be empty.
        problems: Vec<Problem>,
    },
    /// 401 or 403.
    #[error("{service} does not let us in (status {status} to {call}{}). {}{}", said(.problems), not_permitted_next(*.service), .last.map(|last| last.when_refused(*.service)).unwrap_or_default())]
    NotPermitted {
        /// The service asked.
        service: Service,
        /// Method and path.
        call: String,
        /// 401 or 403.
        status: u16,
        /// What it says, if anything.
        problems: Vec<Problem>,
        /// When a key of these settings last worked, if that is known.
        last: Option<LastUse>,
    },
    /// 404.
    #[error(
        "{service} has nothing at {call} (status 404). It may have been deleted; if every call ends so, check the service's address in the settings."
    )]
    NotFound {
        /// The service asked.
        service: Service,
        /// Method and path.
        call: String,
    },
    /// Cancelled before anything was written.
    #[error("Cancelled before {service} was asked for {call}.")]
    Cancelled {
        /// The service that would have been asked.
        service: Service,
        /// Method and path.
        call: String,
    },
    /// Addigy takes no more requests for a while.
    #[error("Addigy refuses further requests (status {status} to {call}{}). Above 1,000 requests in 10 seconds it locks an account out for up to 24 hours; Bindery stays far below, so another tool of this account is the likeliest cause. Stop that tool, wait a day, then run `bindery doctor`.", said(.problems))]
    LockedOut {
        /// Method and path.
        call: String,
        /// 429, or 403 with words that speak of a limit.
        status: u16,
        /// What it says, if anything.
        problems: Vec<Problem>,
    },
    /// The answer was longer than Bindery reads.
    #[error(
        "{service} answered {call} with more than {limit} bytes, which can't be right. Check the service's address in the settings, then try again."
    )]
    TooLarge {
        /// The service asked.
        service: Service,
        /// Method and path.
        call: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The service pointed elsewhere; Bindery never follows, for the key would travel along.
    #[error(
        "{service} answered {call} with a redirect to {to} (status {status}). Bindery never follows one, so that the key stays where it belongs. Check the service's address in the settings; it is the API's address, not the one of the web app."
    )]
    Redirect {
        /// The service asked.
        service: Service,
        /// Method and path.
        call: String,
        /// The status, 300 to 399.
        status: u16,
        /// The host it points to.
        to: String,
    },
}

/// An [`Error`] without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Never reached the service.
    NotSent,
    /// Sent, and what became of it is not known.
    Unclear,
    /// Understood and refused.
    Refused,
    /// 401 or 403.
    NotPermitted,
    /// 404.
    NotFound,
    /// Cancelled before anything was written.
    Cancelled,
    /// Addigy takes no more requests for a while.
    LockedOut,
    /// The answer was longer than Bindery reads.
    TooLarge,
    /// Pointed elsewhere.
    Redirect,
}

impl Error {
    /// What kind of error it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotSent { .. } => Kind::NotSent,
            Self::Unclear { .. } => Kind::Unclear,
            Self::Refused { .. } => Kind::Refused,
            Self::NotPermitted { .. } => Kind::NotPermitted,
            Self::NotFound { .. } => Kind::NotFound,
            Self::Cancelled { .. } => Kind::Cancelled,
            Self::LockedOut { .. } => Kind::LockedOut,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::Redirect { .. } => Kind::Redirect,
        }
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Unclear { status, .. } => *status,
            Self::Refused { status, .. }
            | Self::NotPermitted { status, .. }
            | Self::LockedOut { status, .. }
            | Self::Redirect { status, .. } => Some(*status),
            Self::NotFound { .. } => Some(404),
            Self::NotSent { .. } | Self::Cancelled { .. } | Self::TooLarge { .. } => None,
        }
    }

    /// What the service says is wrong; empty where it says nothing.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Refused { problems, .. }
            | Self::NotPermitted { problems, .. }
            | Self::LockedOut { problems, .. } => problems,
            _ => &[],
        }
    }

    /// Whether a write that ended so may have been carried out all the same.
    pub fn may_have_happened(&self) -> bool {
        matches!(self.kind(), Kind::Unclear | Kind::TooLarge)
    }

    /// Whether IT Glue says that several items can't be sent at once on this route.
    pub fn bulk_not_allowed(&self) -> bool {
        self.problems().iter().any(|problem| {
            [&problem.title, &problem.detail]
                .iter()
                .any(|text| text.to_lowercase().contains("bulk action not allowed"))
        })
    }
}

fn listed(problems: &[Problem]) -> String {
    const SHOWN: usize = 3;
    if problems.is_empty() {
        return "it gives no reason".to_owned();
    }
    let mut text: Vec<String> =
        problems.iter().take(SHOWN).map(|problem| trimmed(&problem.to_string())).collect();
    if problems.len() > SHOWN {
        text.push(format!("and {} more", problems.len() - SHOWN));
    }
    text.join("; ")
}

fn said(problems: &[Problem]) -> String {
    if problems.is_empty() { String::new() } else { format!(": {}", listed(problems)) }
}

/// Without the full stop that the sentence around it brings.
fn trimmed(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}

fn unclear_next(service: Service, status: Option<u16>) -> String {
    match status {
        Some(500..) => {
            format!("{service} has trouble of its own, or is slow; try again in a few minutes")
        }
        Some(_) => "Something between here and the service may have answered in its place: check \
                    its address in the settings and any proxy"
            .to_owned(),
        None => "Check the network, then try again".to_owned(),
    }
}

fn refused_next(status: u16) -> &'static str {
    match status {
        429 => {
            " Its request limit is used up, perhaps by another tool of this account; try again later."
        }
        413 => " Fewer items at once may pass.",
        _ => "",
    }
}

fn not_permitted_next(service: Service) -> &'static str {
    match service {
        Service::Addigy => {
            "Likeliest causes: the token is wrong or was deleted; it lacks the permission to view \
             devices or to read policies; the account is locked out for a day after too many \
             requests. Check it under Account > Integrations in Addigy, then run `bindery doctor`."
        }
        Service::ItGlue => {
            "Likeliest causes: the key is wrong or was deleted; it belongs to another region; IT Glue \
             revoked it after 90 days without use; this machine's address is not among those the \
             account allows; the plan has no API. Check it under Account > Settings > API Keys in \
             IT Glue, then run `bindery doctor`."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(title: &str) -> Error {
        Error::Refused {
            service: Service::ItGlue,
            call: "POST /configurations".into(),
            status: 422,
            problems: Problem::read(format!(r#"{{"errors":[{{"title":"{title}"}}]}}"#).as_bytes()),
        }
    }

    #[test]
    fn a_refused_batch_is_known_by_its_title() {
        assert!(
            refused("Bulk action not allowed for Configuration using this route")
                .bulk_not_allowed()
        );
        assert!(!refused("must exist").bulk_not_allowed());
    }

    #[test]
    fn sentences_say_what_on_what_why_and_what_next() {
        assert_eq!(
            refused("must exist.").to_string(),
            "IT Glue refused POST /configurations (status 422): must exist."
        );
        let error = Error::NotPermitted {
            service: Service::ItGlue,
            call: "GET /organizations".into(),
            status: 403,
            problems: Vec::new(),
            last: None,
        };
        let text = error.to_string();
        for cause in ["wrong", "region", "90 days", "address", "plan", "bindery doctor"] {
            assert!(text.contains(cause), "{cause}: {text}");
        }
    }
}
