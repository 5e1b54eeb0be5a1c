//! Which of the five fields have to be written.

use crate::domain::{
    Attribute, Binding, Change, Changes, Configuration, Device, PsaIntegration, Value,
};

/// How often a value is written again after somebody changed it back.
const PATIENCE: u32 = 2;

/// The fields that differ, sorted by what can be done about them.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// To be written.
    pub changes: Changes,
    /// Changed back by somebody after it was written twice: left.
    pub contested: Vec<Attribute>,
    /// Refused by IT Glue because a PSA owns the record: left.
    pub owned_by_psa: Vec<Attribute>,
    /// Refused by IT Glue with this very value: left.
    pub refused: Vec<Attribute>,
}

/// Compares the five fields. What Addigy lacks is never a difference.
pub(super) fn fields(
    device: &Device,
    configuration: &Configuration,
    binding: Option<&Binding>,
) -> Difference {
    let mut difference = Difference::default();
    let refused = psa_refuses(configuration, binding);
    for field in Attribute::FIELDS {
        let Some(wanted) = device.field(field) else { continue };
        let current = configuration.value(field);
        match verdict(field, &wanted, current.as_ref().and_then(Value::as_text), binding) {
            Verdict::Same => {}
            Verdict::Refused => difference.refused.push(field),
            Verdict::Contested => difference.contested.push(field),
            Verdict::Differs if refused && !field.writable_on_psa_record() => {
                difference.owned_by_psa.push(field);
            }
            Verdict::Differs => {
                let to = Value::Text(wanted);
                difference.changes.insert(field, Change { from: current, to });
            }
        }
    }
    difference
}

enum Verdict {
    Same,
    Differs,
    Contested,
    Refused,
}

fn verdict(
    field: Attribute,
    wanted: &str,
    current: Option<&str>,
    binding: Option<&Binding>,
) -> Verdict {
    let stands = current.unwrap_or_default();
    if field.same(wanted, stands) {
        return Verdict::Same;
    }
    let written = binding
        .and_then(|binding| binding.written.get(&field))
        .filter(|written| field.same(&written.sent, wanted));
    match written {
        None => Verdict::Differs,
        // IT Glue named the field in a refusal; the same value would be refused again.
        Some(written) => match &written.stored {
            None => Verdict::Refused,
            // Stored otherwise than sent (cut, trimmed), and still so.
            Some(stored) if field.same(stored, stands) => Verdict::Same,
            Some(_) if written.times >= PATIENCE => Verdict::Contested,
            Some(_) => Verdict::Differs,
        },
    }
}

/// Whether IT Glue has refused this very state of the record because a PSA owns it.
pub(super) fn psa_refuses(configuration: &Configuration, binding: Option<&Binding>) -> bool {
    configuration.psa == PsaIntegration::Synced
        && binding.and_then(|binding| binding.psa_refused).is_some_and(|refused| {
            configuration.updated_at.is_none_or(|updated| updated == refused)
        })
}
