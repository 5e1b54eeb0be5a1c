//! The list of checks that `bindery doctor` makes: each said as soon as it is done.

use crate::commands::output;
use crate::commands::table::styles;
use serde_json::{Value, json};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All is well.
    Ok,
    /// It works, but look at it.
    Warn,
    /// It does not work.
    Fail,
}

impl Verdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found.
    pub message: String,
    /// What to do.
    pub next: Option<String>,
}

/// The checks so far.
#[derive(Debug)]
pub struct Checks {
    silent: bool,
    all: Vec<Check>,
}

impl Checks {
    /// No check yet. A silent list prints nothing as it grows.
    pub const fn new(silent: bool) -> Self {
        Self { silent, all: Vec::new() }
    }

    /// All is well.
    pub fn ok(&mut self, name: &'static str, message: impl Into<String>) {
        self.add(Check { name, verdict: Verdict::Ok, message: message.into(), next: None });
    }

    /// It works, but look at it.
    pub fn warn(
        &mut self,
        name: &'static str,
        message: impl Into<String>,
        next: impl Into<String>,
    ) {
        let next = Some(next.into());
        self.add(Check { name, verdict: Verdict::Warn, message: message.into(), next });
    }

    /// It does not work. The message of an error says itself what to do.
    pub fn fail(&mut self, name: &'static str, error: impl ToString) {
        let message = error.to_string();
        self.add(Check { name, verdict: Verdict::Fail, message, next: None });
    }

    /// It does not work, and this is what to do.
    pub fn fail_with(&mut self, name: &'static str, message: impl Into<String>, next: String) {
        let message = message.into();
        self.add(Check { name, verdict: Verdict::Fail, message, next: Some(next) });
    }

    fn add(&mut self, check: Check) {
        if !self.silent {
            output::print(&line(&check));
        }
        self.all.push(check);
    }

    /// Whether a check failed.
    pub fn failed(&self) -> bool {
        self.all.iter().any(|check| check.verdict == Verdict::Fail)
    }

    /// All checks as one document.
    pub fn document(&self) -> Value {
        let checks: Vec<Value> = self
            .all
            .iter()
            .map(|check| {
                json!({
                    "name": check.name,
                    "result": check.verdict.word(),
                    "message": check.message,
                    "next": check.next,
                })
            })
            .collect();
        json!({ "schema": 1, "checks": checks })
    }
}

/// Where messages begin.
const COLUMN: usize = 21;

fn line(check: &Check) -> String {
    let (word, style) = match check.verdict {
        Verdict::Ok => ("ok  ", styles::GOOD),
        Verdict::Warn => ("warn", styles::ATTENTION),
        Verdict::Fail => ("FAIL", styles::BAD),
    };
    let word = output::styled(style, word);
    let message = output::at_column(&output::line(&check.message), COLUMN);
    let mut text = format!("{word}  {:<13}  {message}\n", check.name);
    if let Some(next) = &check.next {
        let next = output::at_column(&format!("Next: {}", output::line(next)), COLUMN);
        text.push_str(&format!("{:COLUMN$}{next}\n", ""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_is_enough() {
        let mut checks = Checks::new(true);
        checks.ok("state", "fine");
        checks.warn("links", "renamed", "look");
        assert!(!checks.failed());
        checks.fail("addigy", "no answer");
        assert!(checks.failed());
        let document = checks.document();
        assert_eq!(
            document["checks"][1],
            json!({
                "name": "links", "result": "warn", "message": "renamed", "next": "look",
            })
        );
        assert_eq!(document["checks"][2]["result"], "fail");
    }

    #[test]
    fn lines_line_up() {
        let check = |verdict, next| Check { name: "links", verdict, message: "m".into(), next };
        let text = line(&check(Verdict::Fail, Some("n".into())));
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(plain, "FAIL  links          m\n                     Next: n\n");
    }
}
