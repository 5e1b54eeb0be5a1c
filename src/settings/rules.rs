//! The conditional types of the settings file, and what the plan needs of the settings.

use super::error::SettingsError;
use super::file::Settings;
use super::reader::{Document, Found, Section, kind};
use crate::domain::{Condition, Operator, Rules, TypeId, TypeRule};
use regex::{Regex, RegexBuilder};
use toml::Spanned;
use toml::de::DeValue;

/// A rule has at most so many conditions.
pub const MAX_CONDITIONS: usize = 5;

/// The longest compiled pattern, in bytes, so that a pattern can't eat the memory.
const MAX_PATTERN: usize = 1024 * 1024;

const CONDITION_KEYS: [&str; 9] = [
    "fact",
    "equals",
    "is_not",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
    "is_empty",
    "is_not_empty",
];

const EXAMPLE: &str = "{ fact = \"device_model_name\", contains = \"iPad\" }";

type Result<T> = std::result::Result<T, SettingsError>;

/// Reads `[[itglue.conditional_types]]`.
pub(super) fn conditional_types<'a>(
    document: Document<'a>,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<Vec<TypeRule>> {
    items(document, "conditional_types", value)?
        .iter()
        .map(|item| type_rule(document, item))
        .collect()
}

fn type_rule<'a>(document: Document<'a>, value: &'a Spanned<DeValue<'a>>) -> Result<TypeRule> {
    let wish = "[[itglue.conditional_types]]";
    let rule = Section::of(document, "itglue.conditional_types", value, wish)?;
    rule.allow(&["when", "type_id"])?;
    let Some(when) = rule.get("when") else {
        return Err(rule.error(format!("the rule lacks `when`, such as when = [{EXAMPLE}]")));
    };
    let Some(type_id) = rule.number("type_id", 1..=i64::MAX)? else {
        return Err(rule.error("the rule lacks `type_id`, the id of a configuration type"));
    };
    let conditions = items(document, "when", when)?;
    if conditions.is_empty() || conditions.len() > MAX_CONDITIONS {
        let problem = format!("`when` wants one to five conditions, not {}", conditions.len());
        return Err(document.error(&when.span(), problem));
    }
    let when = conditions.iter().map(|item| condition(document, item)).collect::<Result<_>>()?;
    Ok(TypeRule { when, type_id: TypeId::new(type_id.value) })
}

fn items<'a>(
    document: Document<'a>,
    key: &str,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<&'a [Spanned<DeValue<'a>>]> {
    match value.get_ref() {
        DeValue::Array(items) => Ok(items),
        other => {
            let problem = format!("`{key}` wants a list of tables, not {}", kind(other));
            Err(document.error(&value.span(), problem))
        }
    }
}

fn condition<'a>(document: Document<'a>, value: &'a Spanned<DeValue<'a>>) -> Result<Condition> {
    let table = Section::of(document, "a condition", value, EXAMPLE)?;
    table.allow(&CONDITION_KEYS)?;
    let Some(fact) = table.text("fact")? else {
        return Err(table.error(format!("the condition lacks `fact`, such as {EXAMPLE}")));
    };
    let entries = table.entries();
    let mut operators = entries.iter().map(|(key, _)| key).filter(|key| key.value != "fact");
    let (Some(operator), None) = (operators.next(), operators.next()) else {
        let problem =
            format!("a condition wants exactly one of {}", CONDITION_KEYS[1..].join(", "));
        return Err(table.error(problem));
    };
    Ok(Condition { fact: fact.value.trim().to_owned(), operator: read_operator(table, operator)? })
}

fn read_operator(table: Section<'_>, key: &Found<'_, &str>) -> Result<Operator> {
    let text = || {
        table
            .text(key.value)?
            .ok_or_else(|| key.error(format!("`{}` wants a text in quotes", key.value)))
    };
    let own = || Ok(text()?.value.to_owned());
    let yes = |operator| match table.flag(key.value)? {
        Some(true) => Ok(operator),
        _ => Err(key.error(format!(
            "`{}` can only be true; for the contrary use `{}`",
            key.value,
            if key.value == "is_empty" { "is_not_empty" } else { "is_empty" }
        ))),
    };
    match key.value {
        "equals" => Ok(Operator::Equals(own()?)),
        "is_not" => Ok(Operator::IsNot(own()?)),
        "contains" => Ok(Operator::Contains(own()?)),
        "starts_with" => Ok(Operator::StartsWith(own()?)),
        "ends_with" => Ok(Operator::EndsWith(own()?)),
        "matches" => pattern(&text()?),
        "is_empty" => yes(Operator::IsEmpty),
        "is_not_empty" => yes(Operator::IsNotEmpty),
        _ => Err(key.error("no such operator")),
    }
}

fn pattern(text: &Found<'_, &str>) -> Result<Operator> {
    compile(text.value).map(Operator::Matches).map_err(|why| {
        text.error(format!("`matches` wants a regular expression, and this is none: {why}"))
    })
}

/// The pattern of a condition, whatever the case; the error says why it is none.
///
/// # Errors
/// The reason alone, without the pattern.
pub fn compile(pattern: &str) -> std::result::Result<Regex, String> {
    let built = RegexBuilder::new(pattern).case_insensitive(true).size_limit(MAX_PATTERN).build();
    built.map_err(|error| match &error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        // The last line is the reason; those before repeat the pattern.
        other => {
            let text = other.to_string();
            let reason = text.lines().last().unwrap_or_default();
            reason.trim_start_matches("error: ").to_owned()
        }
    })
}

impl Settings {
    /// What the plan needs. Fails while the statuses or the default type are not chosen.
    pub fn rules(&self) -> Result<Rules> {
        const NEXT: &str = "`bindery setup` lets you choose among those of your account";
        let lacks = |key| SettingsError::Incomplete { path: self.path.clone(), key, next: NEXT };
        let itglue = &self.itglue;
        Ok(Rules {
            active: itglue.active_status_id.ok_or_else(|| lacks("itglue.active_status_id"))?,
            inactive: itglue
                .inactive_status_id
                .ok_or_else(|| lacks("itglue.inactive_status_id"))?,
            default_type: itglue.default_type_id.ok_or_else(|| lacks("itglue.default_type_id"))?,
            conditional_types: itglue.conditional_types.clone(),
            guard: self.sync.guard,
        })
    }
}
