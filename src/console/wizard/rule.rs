//! Rules of conditional types, as they are being entered.

use super::draft::Named;
use crate::domain::{Condition, Operator, TypeId, TypeRule};
use crate::settings::compile;

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `contains`
    #[default]
    Contains,
    /// `equals`
    Equals,
    /// `is_not`
    IsNot,
    /// `starts_with`
    StartsWith,
    /// `ends_with`
    EndsWith,
    /// `matches`
    Matches,
    /// `is_empty`
    IsEmpty,
    /// `is_not_empty`
    IsNotEmpty,
}

impl Comparison {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Contains,
        Self::Equals,
        Self::IsNot,
        Self::StartsWith,
        Self::EndsWith,
        Self::Matches,
        Self::IsEmpty,
        Self::IsNotEmpty,
    ];

    /// The comparison in words, as in "device_model_name contains iPad".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::Equals => "equals",
            Self::IsNot => "is not",
            Self::StartsWith => "starts with",
            Self::EndsWith => "ends with",
            Self::Matches => "matches (regex)",
            Self::IsEmpty => "is empty",
            Self::IsNotEmpty => "is not empty",
        }
    }

    /// Whether it compares with a value.
    pub const fn wants_value(self) -> bool {
        !matches!(self, Self::IsEmpty | Self::IsNotEmpty)
    }

    fn of(operator: &Operator) -> Self {
        match operator {
            Operator::Equals(_) => Self::Equals,
            Operator::IsNot(_) => Self::IsNot,
            Operator::Contains(_) => Self::Contains,
            Operator::StartsWith(_) => Self::StartsWith,
            Operator::EndsWith(_) => Self::EndsWith,
            Operator::Matches(_) => Self::Matches,
            Operator::IsEmpty => Self::IsEmpty,
            Operator::IsNotEmpty => Self::IsNotEmpty,
        }
    }
}

/// A condition being entered.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionDraft {
    /// The fact's identifier.
    pub fact: String,
    /// How it compares.
    pub comparison: Comparison,
    /// With what.
    pub value: String,
}

impl ConditionDraft {
    /// What a settings file says.
    pub fn of(condition: &Condition) -> Self {
        Self {
            fact: condition.fact.clone(),
            comparison: Comparison::of(&condition.operator),
            value: condition.operator.value().unwrap_or_default().to_owned(),
        }
    }

    /// The condition, or what is missing.
    ///
    /// # Errors
    /// A sentence for the person at the field.
    pub fn condition(&self) -> Result<Condition, String> {
        let fact = self.fact.trim();
        if fact.is_empty() {
            return Err("Choose a fact.".to_owned());
        }
        let value = self.value.trim();
        if self.comparison.wants_value() && value.is_empty() {
            return Err(format!(
                "Type what the fact shall be compared with, or choose \"{}\".",
                Comparison::IsEmpty.label()
            ));
        }
        let text = value.to_owned();
        let operator = match self.comparison {
            Comparison::Equals => Operator::Equals(text),
            Comparison::IsNot => Operator::IsNot(text),
            Comparison::Contains => Operator::Contains(text),
            Comparison::StartsWith => Operator::StartsWith(text),
            Comparison::EndsWith => Operator::EndsWith(text),
            Comparison::Matches => Operator::Matches(
                compile(value).map_err(|why| format!("This is no regular expression: {why}."))?,
            ),
            Comparison::IsEmpty => Operator::IsEmpty,
            Comparison::IsNotEmpty => Operator::IsNotEmpty,
        };
        Ok(Condition { fact: fact.to_owned(), operator })
    }

    /// The condition as a person reads it.
    pub fn words(&self) -> String {
        let fact = if self.fact.is_empty() { "(a fact)" } else { &self.fact };
        let verb = match self.comparison {
            Comparison::Matches => "matches",
            other => other.label(),
        };
        match self.comparison.wants_value() {
            true => format!("{fact} {verb} {}", self.value),
            false => format!("{fact} {verb}"),
        }
    }
}

/// A rule being entered: all of its conditions, then a type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleDraft {
    /// One to five conditions.
    pub when: Vec<ConditionDraft>,
    /// The type; `None` until it is chosen.
    pub kind: Option<Named<TypeId>>,
}

impl RuleDraft {
    /// What a settings file says; the type's name is not known there.
    pub fn of(rule: &TypeRule) -> Self {
        Self {
            when: rule.when.iter().map(ConditionDraft::of).collect(),
            kind: Some(Named::unknown(rule.type_id)),
        }
    }

    /// Its conditions, or what is missing.
    ///
    /// # Errors
    /// A sentence for the person at the rule.
    pub fn conditions(&self) -> Result<Vec<Condition>, String> {
        if self.when.is_empty() {
            return Err("A rule wants at least one condition.".to_owned());
        }
        self.when.iter().map(ConditionDraft::condition).collect()
    }

    /// The rule, or what is missing.
    ///
    /// # Errors
    /// A sentence for the person at the rule.
    pub fn rule(&self) -> Result<TypeRule, String> {
        let when = self.conditions()?;
        let kind = self.kind.as_ref().ok_or("Choose the type that such devices get.")?;
        Ok(TypeRule { when, type_id: kind.id })
    }

    /// The conditions as a person reads them.
    pub fn words(&self) -> String {
        match self.when.is_empty() {
            true => "(no condition yet)".to_owned(),
            false => self.when.iter().map(ConditionDraft::words).collect::<Vec<_>>().join(" and "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(fact: &str, comparison: Comparison, value: &str) -> ConditionDraft {
        ConditionDraft { fact: fact.into(), comparison, value: value.into() }
    }

    #[test]
    fn a_rule_says_what_it_lacks_and_comes_back_as_it_was() {
        let mut rule = RuleDraft::default();
        assert!(rule.rule().unwrap_err().contains("at least one"));
        for (draft, part) in [
            (condition(" ", Comparison::Equals, "a"), "Choose a fact"),
            (condition("a", Comparison::Equals, " "), "compared with"),
            (condition("a", Comparison::Matches, "(b"), "unclosed group"),
        ] {
            rule.when = vec![draft];
            let error = rule.rule().unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        rule.when =
            Comparison::ALL.map(|comparison| condition("a", comparison, "b")).into_iter().collect();
        assert!(rule.rule().unwrap_err().contains("type"));
        rule.kind = Some(Named::unknown(TypeId::new(7)));
        let back = RuleDraft::of(&rule.rule().unwrap());
        assert_eq!(back.rule().unwrap(), rule.rule().unwrap());
    }

    #[test]
    fn a_rule_reads_well() {
        let when = vec![
            condition("device_model_name", Comparison::Contains, "iPad"),
            condition("current_user", Comparison::IsEmpty, "left over"),
        ];
        let rule = RuleDraft { when, kind: None };
        assert_eq!(rule.words(), "device_model_name contains iPad and current_user is empty");
    }
}
