//! A planned device in words: its action, what changes in short, and line by line.

use super::CONTEXT;
use crate::apply::Prepared;
use crate::commands::device::standing::Standing;
use crate::commands::status::capitalized;
use crate::console::advice;
use crate::console::keymap::Verb;
use crate::console::screens::device::sides::status_words;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::domain::{Attribute, Binding, Change, Configuration, MatchedBy, StatusId, Value};
use crate::plan::{Action, OrganizationPlan, PlannedDevice};
use crate::text;

/// What will be done with a device, in the order in which a plan is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Create,
    Activate,
    Update,
    Inactivate,
    Withheld,
    Pending,
    /// It left, and nothing has to be written.
    Left,
    Superseded,
    Unchanged,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::Create,
        Self::Activate,
        Self::Update,
        Self::Inactivate,
        Self::Withheld,
        Self::Pending,
        Self::Left,
        Self::Superseded,
        Self::Unchanged,
    ];

    pub fn of(planned: &PlannedDevice) -> Self {
        let superseded = planned.pending.as_ref().is_some_and(|pending| pending.superseded);
        match &planned.action {
            Action::Create(_) => Self::Create,
            Action::Activate(..) => Self::Activate,
            // Of these only the last is ever shown here: an undo has a plan of its own.
            Action::PutBack(_) | Action::Update(..) => Self::Update,
            Action::Inactivate(..) => Self::Inactivate,
            Action::Withhold(..) => Self::Withheld,
            Action::Leave(_) => Self::Left,
            Action::Unchanged(_) if planned.pending.is_none() => Self::Unchanged,
            _ if superseded => Self::Superseded,
            Action::Unchanged(_) | Action::Pending | Action::Wait(_) | Action::Held => {
                Self::Pending
            }
        }
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Activate => "activate",
            Self::Update => "update",
            Self::Inactivate => "inactivate",
            Self::Withheld => "withheld",
            Self::Pending => "pending",
            Self::Left => "left",
            Self::Superseded => "superseded",
            Self::Unchanged => "unchanged",
        }
    }

    /// The sign before the word, as of a difference.
    pub const fn sign(self, utf8: bool) -> &'static str {
        match (self, utf8) {
            (Self::Create, _) => "+",
            (Self::Activate, true) => "↑",
            (Self::Activate, false) => "^",
            (Self::Update, _) => "~",
            (Self::Inactivate, true) => "−",
            (Self::Inactivate, false) => "-",
            (Self::Withheld, _) => "#",
            (Self::Pending, true) => "◐",
            (Self::Pending, false) => "!",
            (Self::Left | Self::Superseded, true) => "·",
            (Self::Left | Self::Superseded, false) => ".",
            (Self::Unchanged, _) => "=",
        }
    }

    pub const fn role(self) -> Role {
        match self {
            Self::Create | Self::Activate | Self::Update => Role::New,
            Self::Inactivate => Role::Old,
            Self::Withheld => Role::Danger,
            Self::Pending => Role::Attention,
            Self::Left | Self::Superseded | Self::Unchanged => Role::Muted,
        }
    }

    /// Whether IT Glue is written to.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Activate | Self::Update | Self::Inactivate)
    }
}

/// What a filter looks through.
pub fn haystack(planned: &PlannedDevice) -> String {
    let configuration = planned.configuration_id().map(|id| id.to_string()).unwrap_or_default();
    let serial = planned.serial_number.as_deref().unwrap_or_default();
    let reason = planned.pending.as_ref().map_or("", |pending| pending.reason.word());
    let fields = planned.action.changes().into_iter().flatten();
    let fields: Vec<&str> = fields.map(|(field, _)| name(*field)).collect();
    let all = [&planned.name, serial, planned.device_id.as_str(), &configuration, reason];
    format!("{}\n{}", all.join("\n"), fields.join("\n")).to_lowercase()
}

/// What to call an attribute.
pub const fn name(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Status => "status",
        Attribute::Type => "type",
        attribute => attribute.key(),
    }
}

/// A value as a person reads it.
pub fn value(attribute: Attribute, value: &Value, shared: &Shared) -> String {
    match (attribute, value) {
        (Attribute::Status, Value::Id(id)) => status_words(Some(StatusId::new(*id)), None, shared),
        (Attribute::Archived, Value::Flag(true)) => "yes".into(),
        (Attribute::Archived, Value::Flag(false)) => "no".into(),
        (_, value) => text::clean(&value.to_string()),
    }
}

/// What changes, in short: one field with both values, several by name.
pub fn in_short(planned: &PlannedDevice, shared: &Shared) -> String {
    if let Some(pending) = &planned.pending {
        return text::clean(&format!("{}: {}", pending.reason.word(), pending.message));
    }
    let arrow = shared.look.glyphs.arrow;
    let changed = planned.action.changes().map(|changes| {
        let fields: Vec<&str> = changes.keys().map(|field| name(*field)).collect();
        match changes.first_key_value() {
            Some((field, Change { from, to })) if changes.len() == 1 => {
                let from = from
                    .as_ref()
                    .map_or_else(|| "nothing".to_owned(), |from| value(*field, from, shared));
                format!("{} {from} {arrow} {}", name(*field), value(*field, to, shared))
            }
            _ => fields.join(", "),
        }
    });
    let told = match &planned.action {
        Action::Create(_) => {
            let model = planned.device.as_ref().and_then(|device| device.model.as_deref());
            format!("new{}", model.map_or_else(String::new, |model| format!(": {model}")))
        }
        Action::Inactivate(..) => "left the policy".into(),
        Action::Withhold(..) => "left the policy; the guard keeps it active".into(),
        Action::Leave(_) => "left the policy; nothing to write".into(),
        Action::Unchanged(_) if !planned.binding.as_ref().is_some_and(Binding::is_bound) => {
            "found; nothing to write".into()
        }
        _ => changed.unwrap_or_default(),
    };
    if !told.is_empty() {
        return text::clean(&told);
    }
    let owned = (!planned.owned_by_psa.is_empty()).then(|| psa(planned));
    text::clean(
        &owned.into_iter().chain(planned.notes.iter().cloned()).collect::<Vec<_>>().join("; "),
    )
}

fn psa(planned: &PlannedDevice) -> String {
    let fields: Vec<&str> = planned.owned_by_psa.iter().map(|field| name(*field)).collect();
    format!("owned by the PSA, which keeps {}", fields.join(", "))
}

/// A line below a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A field: what stands there, what shall.
    Field { name: &'static str, from: Option<String>, to: String },
    /// A sentence.
    Told(String, Role),
}

/// Everything there is to say of a planned device: the differences, then why.
pub fn details(
    plan: &OrganizationPlan,
    planned: &PlannedDevice,
    prepared: &Prepared,
    shared: &Shared,
) -> Vec<Detail> {
    let fields =
        planned.action.changes().into_iter().flatten().map(|(field, change)| Detail::Field {
            name: name(*field),
            from: change.from.as_ref().map(|from| value(*field, from, shared)),
            to: value(*field, &change.to, shared),
        });
    let mut told: Vec<(String, Role)> = vec![(why(plan, planned, shared), Role::Text)];
    if let Some(pending) = &planned.pending {
        let sentence = Standing::Pending(pending.clone()).sentence(&|at| shared.moment(at));
        told.push((sentence, Role::Attention));
        let next = advice::for_reason(pending.reason, &CONTEXT, shared);
        told.push((next, Role::Accent));
    }
    if matches!(planned.action, Action::Withhold(..)) {
        let key = shared.keymap.key_for(&CONTEXT, Verb::Confirm).map(|key| key.label());
        let key = key.map_or_else(String::new, |key| format!(": {key}"));
        let sentence = format!("The guard keeps this back until a person confirms it{key}.");
        told.push((sentence, Role::Danger));
    }
    if !planned.owned_by_psa.is_empty() {
        told.push((format!("It is {}.", psa(planned)), Role::Muted));
    }
    told.extend(planned.notes.iter().map(|note| (format!("{}.", capitalized(note)), Role::Muted)));
    if planned.policies.len() > 1 {
        let paths: Vec<String> =
            planned.policies.iter().map(|id| prepared.policy_path(id)).collect();
        told.push((format!("It is counted in {}.", paths.join(" and ")), Role::Muted));
    }
    told.retain(|(sentence, _)| !sentence.is_empty());
    let width = usize::from(shared.size.0).saturating_sub(8).max(20);
    let told = told.into_iter().flat_map(|(sentence, role)| {
        text::wrap(&text::clean(&sentence), width)
            .into_iter()
            .map(move |line| Detail::Told(line, role))
    });
    fields.chain(told).collect()
}

/// How its configuration was found, or what becomes of it.
fn why(plan: &OrganizationPlan, planned: &PlannedDevice, _shared: &Shared) -> String {
    let organization = &plan.organization_name;
    let which = |configuration: &Configuration| {
        let name = configuration.name.as_deref().unwrap_or("without a name");
        format!("configuration {} ({name})", configuration.id)
    };
    match (&planned.action, planned.action.configuration()) {
        (Action::Create(_), _) => format!(
            "No configuration of {organization} has its serial number or its MAC address, so one \
             is created."
        ),
        (Action::Inactivate(..), Some(configuration)) => format!(
            "It left the policy: {} gets the inactive status, and nothing else of it changes.",
            which(configuration)
        ),
        (Action::Withhold(..), Some(configuration)) => {
            format!("It left the policy: {} would get the inactive status.", which(configuration))
        }
        (Action::Leave(_), Some(configuration)) => {
            format!("It left the policy, and {} needs no change.", which(configuration))
        }
        (_, Some(configuration)) => {
            let which = which(configuration);
            match planned.matched_by {
                Some(MatchedBy::Binding) => format!("Matched by its recorded binding: {which}."),
                Some(MatchedBy::Serial) => format!("Matched by its serial number: {which}."),
                Some(MatchedBy::Mac) => format!("Matched by its MAC address: {which}."),
                Some(MatchedBy::Hand) => format!("Chosen by hand: {which}."),
                None => format!("Its configuration is {which}."),
            }
        }
        (_, None) => String::new(),
    }
}

/// How it was matched, in a word for a column.
pub fn matched(planned: &PlannedDevice) -> &'static str {
    planned.matched_by.map_or("-", MatchedBy::word)
}
