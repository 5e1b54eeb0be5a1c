//! A device's fields on both sides, what differs marked.

use super::CONTEXT;
use super::draw::wrapped;
use super::told::Told;
use crate::commands::device::standing::Standing;
use crate::commands::sides::{Compared, Sides};
use crate::console::keymap::Verb;
use crate::console::shared::{Shared, SidesNow};
use crate::console::theme::Role;
use crate::domain::{Attribute, Configuration, Device, PsaIntegration, StatusId};
use crate::settings::ItGlueSettings;
use crate::text;
use ratatui::text::{Line, Span};

/// The width of a field's name.
const NAME: usize = 15;
/// What is shown of a value at most.
const VALUE: usize = 48;

/// One row of the comparison: what differs is marked by a sign and a word, too.
struct Row {
    name: &'static str,
    ours: (String, Role),
    theirs: (String, Role),
    differs: bool,
    word: &'static str,
}

/// Both sides as read just now.
pub fn read_now(
    told: &Told,
    sides: &SidesNow,
    width: usize,
    shared: &Shared,
) -> Vec<Line<'static>> {
    let nothing = Device { id: told.device.id.clone(), ..nameless(&told.device) };
    let pair = Sides {
        device: sides.device.as_ref().unwrap_or(&nothing),
        configuration: sides.configuration.as_ref(),
    };
    let there = sides.configuration.is_some() && sides.device.is_some();
    let mut rows = compare(&pair, there);
    rows.extend(sides.configuration.as_ref().map(|configuration| {
        let stays = matches!(told.standing, Standing::Linked(_));
        status(configuration, sides.status.as_deref(), stays, shared)
    }));
    let mut lines = table("IT Glue", &rows, width, shared);
    let note = |told: &str| wrapped(told, width, shared.look.style(Role::Attention));
    if sides.device.is_none() {
        lines.extend(note("Addigy lists this device no more."));
    }
    if sides.configuration.is_none() {
        lines.extend(note(match told.configuration.is_some() {
            true => {
                "IT Glue has no such configuration any more; the next sync finds or makes another."
            }
            false => "It is bound to no configuration, so there is none to compare with.",
        }));
    }
    lines
}

/// Addigy's side where Addigy has none.
fn nameless(device: &Device) -> Device {
    Device {
        name: None,
        hostname: None,
        local_ip: None,
        ethernet_mac: None,
        serial_number: None,
        ..device.clone()
    }
}

/// A device beside a configuration that it could be bound to.
pub fn beside(
    device: &Device,
    configuration: &Configuration,
    width: usize,
    shared: &Shared,
) -> Vec<Line<'static>> {
    let pair = Sides { device, configuration: Some(configuration) };
    let mut rows = compare(&pair, true);
    rows.push(status(configuration, None, false, shared));
    table(&format!("IT Glue, configuration {}", configuration.id), &rows, width, shared)
}

/// The five fields. Where both sides are `there`, what differs is marked.
fn compare(pair: &Sides<'_>, there: bool) -> Vec<Row> {
    let row = |field: Attribute| {
        let (ours, theirs, compared) = pair.field(field);
        let differs = there && compared == Compared::Differs;
        let (old, new) = if differs { (Role::Old, Role::New) } else { (Role::Text, Role::Text) };
        Row {
            name: field.key(),
            ours: value(ours, new),
            theirs: value(theirs, old),
            differs,
            word: if there { compared.word() } else { "" },
        }
    };
    Attribute::FIELDS.into_iter().map(row).collect()
}

/// A status's name, else what the settings make of it.
pub fn status_words(id: Option<StatusId>, name: Option<&str>, shared: &Shared) -> String {
    let chosen = |pick: fn(&ItGlueSettings) -> Option<StatusId>| {
        shared.settings.as_ref().and_then(|settings| pick(&settings.itglue))
    };
    match (id, name) {
        (None, _) => "none".to_owned(),
        (Some(id), Some(name)) => format!("{} ({id})", text::clean(name)),
        (id, None) if id == chosen(|itglue| itglue.active_status_id) => "active".to_owned(),
        (id, None) if id == chosen(|itglue| itglue.inactive_status_id) => "inactive".to_owned(),
        (Some(id), None) => format!("status {id}"),
    }
}

/// The status, archiving and owner of a configuration. Where the device stays, a status that a person
/// chose is told as drift: it is theirs, and never written over.
fn status(configuration: &Configuration, name: Option<&str>, stays: bool, shared: &Shared) -> Row {
    let id = configuration.status_id;
    let mut words = vec![status_words(id, name, shared)];
    if configuration.archived {
        words.push("archived".into());
    }
    if configuration.psa == PsaIntegration::Synced {
        words.push("owned by a PSA".into());
    }
    let active = shared.settings.as_ref().and_then(|settings| settings.itglue.active_status_id);
    let drift = stays && ((active.is_some() && id != active) || configuration.archived);
    Row {
        name: "status",
        ours: (String::new(), Role::Text),
        theirs: (words.join(", "), if drift { Role::Attention } else { Role::Text }),
        differs: drift,
        word: if drift { "drift" } else { "" },
    }
}

/// What the state file knows of both sides.
pub fn last_known(told: &Told, width: usize, shared: &Shared) -> Vec<Line<'static>> {
    let rows = told.written.iter().map(|(field, written)| {
        let ours = told.device.field(*field);
        let differs = match (&ours, written) {
            (Some(ours), Some(written)) => !field.same(ours, written),
            _ => false,
        };
        let (old, new) = if differs { (Role::Old, Role::New) } else { (Role::Text, Role::Text) };
        let theirs = match (written, told.configuration.is_some()) {
            (Some(text), _) => value(Some(text.clone()), old),
            (None, true) => ("not known".into(), Role::Muted),
            (None, false) => ("-".into(), Role::Muted),
        };
        let word = if differs { "differs" } else { "" };
        Row { name: field.key(), ours: value(ours, new), theirs, differs, word }
    });
    let rows: Vec<Row> = rows.collect();
    let mut lines = table("IT Glue, as last written", &rows, width, shared);
    let key = shared.keymap.key_for(&CONTEXT, Verb::Reread);
    let key = key.map_or_else(String::new, |key| key.label());
    let told = format!("{key} reads both sides now; until then this is what the state file knows.");
    lines.extend(wrapped(&told, width, shared.look.style(Role::Muted)));
    lines
}

fn value(text: Option<String>, role: Role) -> (String, Role) {
    text.map_or_else(|| ("-".to_owned(), Role::Muted), |text| (text::clean(&text), role))
}

fn table(theirs: &str, rows: &[Row], width: usize, shared: &Shared) -> Vec<Line<'static>> {
    let style = |role| shared.look.style(role);
    let room = width.saturating_sub(2 + NAME + 1 + 1 + 17) / 2;
    let room = room.clamp(8, VALUE);
    let cut = shared.look.glyphs.cut;
    let fit = |text: &str| text::pad(&text::truncate(text, room, cut), room);
    let mut lines = vec![Line::styled(
        format!("  {} {} {theirs}", text::pad("Field", NAME), text::pad("Addigy", room)),
        style(Role::Muted),
    )];
    for row in rows {
        let sign = if row.differs { "! " } else { "  " };
        lines.push(Line::from(vec![
            Span::styled(sign, style(Role::Attention)),
            Span::styled(text::pad(row.name, NAME), style(Role::Muted)),
            Span::raw(" "),
            Span::styled(fit(&row.ours.0), style(row.ours.1)),
            Span::raw(" "),
            Span::styled(fit(&row.theirs.0), style(row.theirs.1)),
            Span::styled(
                format!(" {}", row.word),
                style(if row.differs { Role::Attention } else { Role::Muted }),
            ),
        ]));
    }
    lines
}
