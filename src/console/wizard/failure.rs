//! Why a check failed, in words for the person at the wizard: what happened, the likeliest causes first
//! where the answer can't tell them apart, and what to do next.

use super::draft::Step;
use crate::settings::Region;
use crate::text::clean;
use crate::transport::{Error, Service};

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The step at which it can be put right.
    pub step: Step,
    /// What happened.
    pub what: String,
    /// What may be the cause, the likeliest first; one alone is sure, none: it is said already.
    pub causes: Vec<String>,
    /// What to do next.
    pub next: String,
    /// Whether it may help to ask the other regions.
    pub ask_regions: bool,
}

/// What is known of a key besides the answer; it decides which cause is the likeliest.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyFacts {
    /// Whether the key begins as IT Glue's keys do.
    pub looks_right: bool,
    /// The region that was asked; `None`: another address.
    pub region: Option<Region>,
    /// Whether the same source worked once, and no run was made for 90 days.
    pub long_unused: bool,
}

const ADDIGY_NEXT: &str = "In Addigy, Account > Integrations > API v2: make a token that may view \
                           devices and read policies, and paste it whole.";
const ITGLUE_NEXT: &str = "In IT Glue, Account > Settings > API Keys: look whether it is there, or make \
                           a new one.";

const ELSEWHERE: &str = "it belongs to another region";

impl Failure {
    /// In so many words.
    pub fn said(step: Step, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { step, what: what.into(), causes: Vec::new(), next: next.into(), ask_regions: false }
    }

    /// A secret that can't be had.
    pub fn secret(step: Step, error: &crate::settings::SecretError) -> Self {
        let text = error.to_string();
        Self::said(step, sentence(&text), "")
    }

    /// Addigy's answer.
    pub fn addigy(error: &Error) -> Self {
        match error {
            Error::NotPermitted { call, status, problems, .. } => {
                let said = quoted(problems.first().map(ToString::to_string));
                // The policies are asked for first.
                if call.contains("/devices") || call.contains("/facts") {
                    return Self::said(
                        Step::Addigy,
                        format!(
                            "The token works and may read policies, but not view devices (status \
                             {status}{said})."
                        ),
                        ADDIGY_NEXT,
                    );
                }
                let mut causes = vec![
                    "it was not copied whole, or was deleted in Addigy".to_owned(),
                    "it lacks the permission to read policies or to view devices".to_owned(),
                    "it is a client id or secret of the API v1, which Addigy switched off"
                        .to_owned(),
                ];
                // Addigy's own words for 403.
                if *status == 403 {
                    causes.swap(0, 1);
                }
                Self {
                    causes,
                    ..Self::said(
                        Step::Addigy,
                        format!("Addigy turned the token away (status {status}{said})."),
                        ADDIGY_NEXT,
                    )
                }
            }
            Error::LockedOut { .. } => Self::said(
                Step::Addigy,
                "Addigy has locked this account out, for up to 24 hours. It does so above 1,000 \
                 requests in 10 seconds; Bindery stays far below, so another tool is the likeliest \
                 cause.",
                "Stop that tool and go on tomorrow: what you entered is kept.",
            ),
            other => Self::of(Step::Addigy, Service::Addigy, other),
        }
    }

    /// IT Glue's answer.
    pub fn itglue(error: &Error, key: KeyFacts) -> Self {
        let Error::NotPermitted { status, problems, .. } = error else {
            return Self::of(Step::ItGlue, Service::ItGlue, error);
        };
        let said = quoted(problems.first().map(ToString::to_string));
        let place = key.region.map_or_else(String::new, |region| format!(" {}", label(region)));
        let what = format!("IT Glue{place} turned the key away (status {status}{said}).");
        Self {
            causes: key_causes(key),
            ask_regions: key.region.is_some(),
            ..Self::said(Step::ItGlue, what, ITGLUE_NEXT)
        }
    }

    /// The other regions turned the key away as well.
    pub fn nowhere(&mut self) {
        self.what = "No region of IT Glue takes this key.".to_owned();
        self.causes.retain(|cause| cause != ELSEWHERE);
        self.ask_regions = false;
    }

    /// The causes that are the same for both services.
    fn of(step: Step, service: Service, error: &Error) -> Self {
        match error {
            Error::NotSent { why, next, .. } => Self::said(
                step,
                format!("{service} was not reached: {}.", clean(why)),
                sentence(next),
            ),
            Error::NotFound { .. } => Self::said(
                step,
                format!(
                    "There is something at this address, but not {service}'s API (status 404)."
                ),
                "Check the address.",
            ),
            other => Self::said(step, clean(&other.to_string()), ""),
        }
    }
}

fn key_causes(key: KeyFacts) -> Vec<String> {
    let copied = match key.looks_right {
        true => "it was not copied whole, or was deleted in IT Glue",
        false => "it is not a whole key of IT Glue: those begin with ITG.",
    };
    let revoked = match key.long_unused {
        true => {
            "IT Glue revoked it: it does so after 90 days without use, and Bindery has made no run \
             for that long"
        }
        false => "IT Glue revoked it: it does so after 90 days without use",
    };
    let mut causes = vec![copied];
    if key.region.is_some() {
        // A key that looks right is most often just asked at the wrong place.
        causes.insert(usize::from(!key.looks_right), ELSEWHERE);
    }
    let at = if key.long_unused { 0 } else { causes.len() };
    causes.insert(at, revoked);
    causes.push("the account allows only certain addresses, and not this machine's");
    causes.push("the account's plan has no API");
    causes.into_iter().map(str::to_owned).collect()
}

/// A region as a person knows it.
pub const fn label(region: Region) -> &'static str {
    match region {
        Region::Us => "US",
        Region::Eu => "EU",
        Region::Au => "AU",
    }
}

fn quoted(said: Option<String>) -> String {
    said.map(|text| format!(": {}", clean(text.trim_end_matches('.')))).unwrap_or_default()
}

/// With a capital letter and a full stop.
pub fn sentence(text: &str) -> String {
    let text = clean(text.trim());
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return text };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Problem;

    fn refused(service: Service, call: &str, status: u16) -> Error {
        let problems = Problem::read(br#"{"errors":[{"title":"not known."}]}"#);
        Error::NotPermitted { service, call: call.into(), status, problems, last: None }
    }

    #[test]
    fn what_the_answer_can_tell_is_told_as_sure() {
        let error = refused(Service::Addigy, "POST /api/v2/devices", 403);
        let failure = Failure::addigy(&error);
        assert!(failure.causes.is_empty());
        assert!(failure.what.contains("may read policies, but not view devices"));
        let unsure = Failure::addigy(&refused(Service::Addigy, "POST /policies", 401));
        assert!(unsure.causes[0].contains("copied") && unsure.causes[1].contains("permission"));
        let unsure = Failure::addigy(&refused(Service::Addigy, "POST /policies", 403));
        assert!(unsure.causes[0].contains("permission"));
    }

    #[test]
    fn the_likeliest_cause_stands_first() {
        let error = refused(Service::ItGlue, "GET /organizations", 403);
        let first = |key: KeyFacts| Failure::itglue(&error, key).causes[0].clone();
        let key = KeyFacts { looks_right: true, region: Some(Region::Eu), ..KeyFacts::default() };
        assert!(first(key).contains("another region"));
        assert!(first(KeyFacts { looks_right: false, ..key }).contains("begin with ITG."));
        assert!(first(KeyFacts { long_unused: true, ..key }).contains("90 days"));
        assert!(first(KeyFacts { region: None, ..key }).contains("copied whole"));
        let failure = Failure::itglue(&error, key);
        assert!(failure.ask_regions && failure.causes.len() == 5);
        assert_eq!(failure.what, "IT Glue EU turned the key away (status 403: not known).");
        let mut failure = failure;
        failure.nowhere();
        assert!(!failure.ask_regions && failure.what.starts_with("No region"));
        assert!(failure.causes.iter().all(|cause| !cause.contains("region")));
    }

    #[test]
    fn every_word_says_what_and_what_next() {
        let not_sent = Error::NotSent {
            service: Service::ItGlue,
            why: "the certificate of api.itglue.com has expired".into(),
            next: "Check this machine's clock".into(),
            passing: false,
        };
        let failure = Failure::itglue(&not_sent, KeyFacts::default());
        assert_eq!(
            failure.what,
            "IT Glue was not reached: the certificate of api.itglue.com has expired."
        );
        assert_eq!(failure.next, "Check this machine's clock.");
        let gone = Error::NotFound { service: Service::Addigy, call: "POST /x".into() };
        assert!(Failure::addigy(&gone).what.contains("not Addigy's API"));
    }
}
