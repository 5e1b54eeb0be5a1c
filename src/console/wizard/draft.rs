//! Everything the setup asks for, as far as it was entered.

use super::rule::RuleDraft;
use super::secret::SecretDraft;
use crate::console::shared::Shared;
use crate::domain::{ConfigurationStatus, ConfigurationType, StatusId, TypeId};
use crate::settings::write::Choices;
use crate::settings::{Env, Region, Settings, parse_address, process_env};
use reqwest::Url;
use std::fmt;

/// Offered first where it is set.
pub const ADDIGY_VARIABLE: &str = "ADDIGY_TOKEN";
/// Offered first where it is set.
pub const ITGLUE_VARIABLE: &str = "ITGLUE_KEY";
/// Addigy's address.
pub const ADDIGY_ADDRESS: &str = "https://api.addigy.com";

/// The seven steps.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Addigy's token.
    #[default]
    Addigy,
    /// IT Glue's region and key.
    ItGlue,
    /// The active status.
    Active,
    /// The inactive status.
    Inactive,
    /// The default type.
    DefaultType,
    /// Conditional types.
    Rules,
    /// Review and switch on.
    Review,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 7] = [
        Self::Addigy,
        Self::ItGlue,
        Self::Active,
        Self::Inactive,
        Self::DefaultType,
        Self::Rules,
        Self::Review,
    ];

    /// Its number, from 1.
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    /// The step after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self.number()).copied()
    }

    /// The step before it.
    pub fn previous(self) -> Option<Self> {
        Self::ALL.get((self as usize).checked_sub(1)?).copied()
    }

    /// What it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Addigy => "Addigy",
            Self::ItGlue => "IT Glue",
            Self::Active => "Active status",
            Self::Inactive => "Inactive status",
            Self::DefaultType => "Default type",
            Self::Rules => "Conditional types",
            Self::Review => "Review",
        }
    }
}

/// An id, and its name as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named<I> {
    /// The id.
    pub id: I,
    /// The name; empty until IT Glue told it.
    pub name: String,
}

impl<I: Copy + PartialEq> Named<I> {
    /// Only the id is known.
    pub const fn unknown(id: I) -> Self {
        Self { id, name: String::new() }
    }

    /// Takes the name from a list that has it.
    pub fn learn<'a>(&mut self, mut list: impl Iterator<Item = (I, &'a str)>) {
        if let Some((_, name)) = list.find(|(id, _)| *id == self.id) {
            name.clone_into(&mut self.name);
        }
    }
}

impl<I: fmt::Display> fmt::Display for Named<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.is_empty() {
            true => write!(f, "id {}", self.id),
            false => f.write_str(&self.name),
        }
    }
}

/// Everything the setup asks for, as far as it was entered.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The step it was left at.
    pub step: Step,
    /// Addigy's address as typed.
    pub addigy_url: String,
    /// Where the Addigy token comes from.
    pub token: SecretDraft,
    /// IT Glue's region; `None`: another address.
    pub region: Option<Region>,
    /// IT Glue's address as typed, where no region is chosen.
    pub itglue_url: String,
    /// Where the IT Glue key comes from.
    pub key: SecretDraft,
    /// The active status.
    pub active: Option<Named<StatusId>>,
    /// The inactive status.
    pub inactive: Option<Named<StatusId>>,
    /// The default type.
    pub default_type: Option<Named<TypeId>>,
    /// The conditional types, in order.
    pub rules: Vec<RuleDraft>,
    /// Whether the draft's file may hold a token or a key itself; `None` until asked.
    pub keep_secrets: Option<bool>,
}

impl Default for Draft {
    fn default() -> Self {
        Self::offered(&|_| None)
    }
}

impl Draft {
    /// What the settings hold, else nothing yet. A draft that was left is read when the wizard opens.
    pub fn of(shared: &Shared) -> Self {
        match &shared.settings {
            Some(settings) => Self::from_settings(settings),
            None => Self::offered(&process_env),
        }
    }

    /// Nothing entered yet; a token or key that the environment holds is offered.
    pub fn offered(env: Env<'_>) -> Self {
        let is_set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        Self {
            step: Step::default(),
            addigy_url: ADDIGY_ADDRESS.to_owned(),
            token: SecretDraft::offered(ADDIGY_VARIABLE, is_set(ADDIGY_VARIABLE)),
            region: Some(Region::Us),
            itglue_url: String::new(),
            key: SecretDraft::offered(ITGLUE_VARIABLE, is_set(ITGLUE_VARIABLE)),
            active: None,
            inactive: None,
            default_type: None,
            rules: Vec::new(),
            keep_secrets: None,
        }
    }

    /// What the settings say: opened at the review, or at the first step that is not done.
    pub fn from_settings(settings: &Settings) -> Self {
        let itglue = &settings.itglue;
        let mut draft = Self {
            addigy_url: bare(&settings.addigy.url),
            token: SecretDraft::of(&settings.addigy.token, ADDIGY_VARIABLE),
            region: itglue.region,
            itglue_url: match itglue.region {
                Some(_) => String::new(),
                None => bare(&itglue.url),
            },
            key: SecretDraft::of(&itglue.key, ITGLUE_VARIABLE),
            active: itglue.active_status_id.map(Named::unknown),
            inactive: itglue.inactive_status_id.map(Named::unknown),
            default_type: itglue.default_type_id.map(Named::unknown),
            rules: itglue.conditional_types.iter().map(RuleDraft::of).collect(),
            ..Self::default()
        };
        draft.step = draft.first_open();
        draft
    }

    /// The first step that lacks something; the review where none does.
    pub fn first_open(&self) -> Step {
        Step::ALL.into_iter().find(|step| self.lacks(*step).is_some()).unwrap_or(Step::Review)
    }

    /// What a step still lacks, judged without asking a service.
    pub fn lacks(&self, step: Step) -> Option<String> {
        match step {
            Step::Addigy => self.addigy().err(),
            Step::ItGlue => self.itglue().err(),
            Step::Active => self.active.is_none().then(|| "Choose the active status.".to_owned()),
            Step::Inactive => match (&self.active, &self.inactive) {
                (_, None) => Some("Choose the inactive status.".to_owned()),
                (Some(active), Some(inactive)) if active.id == inactive.id => Some(format!(
                    "{inactive} is the active status already. A device that left must look \
                     different from one that stays: choose another."
                )),
                _ => None,
            },
            Step::DefaultType => {
                self.default_type.is_none().then(|| "Choose the default type.".to_owned())
            }
            Step::Rules => self.rules.iter().enumerate().find_map(|(at, rule)| {
                rule.rule().err().map(|why| format!("Rule {}: {why}", at + 1))
            }),
            Step::Review => None,
        }
    }

    /// Has the secrets of both services that lie in the environment be known as such: the command of the
    /// one is not handed the other.
    pub fn announce(&self, env: crate::settings::Env<'_>) {
        for name in [ADDIGY_VARIABLE, ITGLUE_VARIABLE, &self.token.env, &self.key.env] {
            crate::settings::SecretSource::Env(name.to_owned()).announce(env);
        }
    }

    /// How Addigy is reached.
    ///
    /// # Errors
    /// What is missing or wrong, as a sentence.
    pub fn addigy(&self) -> Result<(Url, crate::settings::SecretSource), String> {
        Ok((address(&self.addigy_url)?, self.token.source("token")?))
    }

    /// How IT Glue is reached.
    ///
    /// # Errors
    /// What is missing or wrong, as a sentence.
    pub fn itglue(&self) -> Result<(Url, crate::settings::SecretSource), String> {
        let text = match self.region {
            Some(region) => region.address(),
            None => &self.itglue_url,
        };
        Ok((address(text)?, self.key.source("key")?))
    }

    /// Everything together, to be written.
    ///
    /// # Errors
    /// The first step that lacks something, and what.
    pub fn choices(
        &self,
        enabled: bool,
        statuses: &[ConfigurationStatus],
        types: &[ConfigurationType],
    ) -> Result<Choices, (Step, String)> {
        for step in Step::ALL {
            if let Some(why) = self.lacks(step) {
                return Err((step, why));
            }
        }
        let (addigy_url, token) = self.addigy().map_err(|why| (Step::Addigy, why))?;
        let (itglue_url, key) = self.itglue().map_err(|why| (Step::ItGlue, why))?;
        let rules: Result<Vec<_>, _> = self.rules.iter().map(RuleDraft::rule).collect();
        Ok(Choices {
            enabled,
            addigy_url,
            token,
            region: self.region,
            itglue_url,
            key,
            active: self.active.as_ref().map(|status| status.id),
            inactive: self.inactive.as_ref().map(|status| status.id),
            default_type: self.default_type.as_ref().map(|kind| kind.id),
            rules: rules.map_err(|why| (Step::Rules, why))?,
            statuses: statuses.to_vec(),
            types: types.to_vec(),
        })
    }

    /// Takes the names of what was chosen from the account's lists.
    pub fn learn(&mut self, statuses: &[ConfigurationStatus], types: &[ConfigurationType]) {
        for status in [&mut self.active, &mut self.inactive].into_iter().flatten() {
            status.learn(statuses.iter().map(|status| (status.id, status.name.as_str())));
        }
        let of_rules = self.rules.iter_mut().filter_map(|rule| rule.kind.as_mut());
        for kind in self.default_type.iter_mut().chain(of_rules) {
            kind.learn(types.iter().map(|kind| (kind.id, kind.name.as_str())));
        }
    }

    /// Whether a token or key itself was typed.
    pub fn holds_secrets(&self) -> bool {
        self.token.holds_value() || self.key.holds_value()
    }
}

fn address(text: &str) -> Result<Url, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Type the address, such as https://api.example.com.".to_owned());
    }
    parse_address(text).map_err(|why| format!("The address {why}."))
}

fn bare(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::wizard::secret::SourceKind;
    use crate::log::redact;
    use std::ffi::OsString;
    use std::path::Path;

    #[test]
    fn both_secrets_of_the_environment_are_known_before_any_command_runs() {
        let env = |name: &str| {
            let known = ["ADDIGY_TOKEN", "ITGLUE_KEY", "OUR_TOKEN", "OUR_KEY"].contains(&name);
            known.then(|| OsString::from(format!("Vw6-draft-{name}")))
        };
        let mut draft = Draft::offered(&|_| None);
        draft.token.env = "OUR_TOKEN".into();
        draft.key.env = "OUR_KEY".into();
        draft.announce(&env);
        for name in ["ADDIGY_TOKEN", "ITGLUE_KEY", "OUR_TOKEN", "OUR_KEY"] {
            assert!(redact::knows(&format!("Vw6-draft-{name}")), "{name}");
        }
        assert!(!redact::knows("Vw6-draft-ELSE"));
    }

    #[test]
    fn what_the_environment_holds_is_offered_first() {
        let env = |name: &str| (name == "ITGLUE_KEY").then(|| OsString::from("not-a-real-key"));
        let draft = Draft::offered(&env);
        assert_eq!((draft.token.kind, draft.key.kind), (SourceKind::Value, SourceKind::Env));
        assert_eq!(draft.token.env, "ADDIGY_TOKEN");
        assert_eq!(draft.first_open(), Step::Addigy);
    }

    #[test]
    fn settings_come_back_as_they_were() {
        let text = "[addigy]\nurl = \"http://127.0.0.1:1\"\ntoken = { command = [\"pass\", \"a b\"] }\n\
            [itglue]\nregion = \"eu\"\nkey = { value = \"ITG.secret-of-test\" }\nactive_status_id = 1\n\
            inactive_status_id = 2\ndefault_type_id = 3\n[[itglue.conditional_types]]\n\
            when = [{ fact = \"a\", matches = \"b+\" }]\ntype_id = 4\n";
        let settings = Settings::parse(text, Path::new("/c.toml")).unwrap();
        let mut draft = Draft::from_settings(&settings);
        assert_eq!(draft.step, Step::Review);
        assert!(draft.holds_secrets());
        let choices = draft.choices(true, &[], &[]).unwrap();
        assert_eq!(choices.region, Some(Region::Eu));
        assert!(choices.token.same(&settings.addigy.token));
        assert!(choices.key.same(&settings.itglue.key));
        assert_eq!(choices.rules, settings.itglue.conditional_types);
        draft.inactive = draft.active.clone();
        let (step, why) = draft.choices(true, &[], &[]).unwrap_err();
        assert!(step == Step::Inactive && why.contains("must look different"), "{why}");
    }

    #[test]
    fn names_are_learned_and_plain_http_is_refused() {
        let mut draft =
            Draft { active: Some(Named::unknown(StatusId::new(7))), ..Draft::default() };
        assert_eq!(draft.active.as_ref().unwrap().to_string(), "id 7");
        draft.learn(&[ConfigurationStatus { id: StatusId::new(7), name: "In Use".into() }], &[]);
        assert_eq!(draft.active.as_ref().unwrap().to_string(), "In Use");
        draft.addigy_url = "http://api.addigy.com".into();
        assert!(draft.lacks(Step::Addigy).unwrap().contains("plain http is for this machine only"));
        draft.region = None;
        draft.itglue_url = "https://acme.itglue.com".into();
        assert!(draft.lacks(Step::ItGlue).unwrap().contains("account's page"));
    }
}
