//! The fields of the first two steps: how a service is reached.

use super::draft::Draft;
use super::failure::label;
use super::paper::Paper;
use super::secret::{SecretDraft, SourceKind};
use crate::console::key::Key;
use crate::console::shared::Shared;
use crate::console::theme::Role;
use crate::console::widgets::field::Field;
use crate::settings::{Region, process_env};
use crate::text;
use crate::transport::Service;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use secrecy::{ExposeSecret, SecretString};

/// Where the fields begin.
const LABELS: u16 = 13;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// IT Glue's region.
    Region,
    /// The address.
    Address,
    /// Where the secret is read from.
    Source,
    /// The secret, or its source's name.
    Secret,
    /// The other regions are offered to be asked.
    OtherRegions,
}

/// The fields of one service.
#[derive(Debug)]
pub struct Form {
    service: Service,
    focus: Entry,
    address: Field,
    /// One a kind of source, in the order of [`SourceKind::ALL`].
    secrets: [Field; 4],
    /// Whether the variable that is named is set here.
    is_set: bool,
    /// Whether the other regions are offered.
    pub offers_regions: bool,
}

impl Form {
    /// The fields with what was entered.
    pub fn new(service: Service, draft: &Draft) -> Self {
        let secret = secret(service, draft);
        let address = match service {
            Service::Addigy => &draft.addigy_url,
            Service::ItGlue => &draft.itglue_url,
        };
        let mut form = Self {
            service,
            focus: match service {
                Service::Addigy => Entry::Source,
                Service::ItGlue => Entry::Region,
            },
            address: Field::with(address),
            secrets: [
                Field::masked(secret.value.expose_secret()),
                Field::with(&secret.env),
                Field::with(&secret.file),
                Field::with(&secret.command),
            ],
            is_set: false,
            offers_regions: false,
        };
        form.look_up(draft);
        form
    }

    /// The entry that has the keys.
    pub fn focus(&self) -> Entry {
        self.focus
    }

    /// Puts the keys there.
    pub fn set_focus(&mut self, entry: Entry) {
        self.focus = entry;
    }

    /// The entries in order.
    fn entries(&self, draft: &Draft) -> Vec<Entry> {
        let mut entries = match (self.service, draft.region) {
            (Service::Addigy, _) => vec![Entry::Address],
            (Service::ItGlue, Some(_)) => vec![Entry::Region],
            (Service::ItGlue, None) => vec![Entry::Region, Entry::Address],
        };
        entries.extend([Entry::Source, Entry::Secret]);
        if self.offers_regions {
            entries.push(Entry::OtherRegions);
        }
        entries
    }

    /// Goes to the next entry or the one before; whether there is one.
    pub fn go(&mut self, forward: bool, draft: &Draft) -> bool {
        let entries = self.entries(draft);
        let at = entries.iter().position(|entry| *entry == self.focus).unwrap_or(0);
        let to = if forward { at.checked_add(1) } else { at.checked_sub(1) };
        match to.and_then(|to| entries.get(to)) {
            Some(entry) => self.focus = *entry,
            None => return false,
        }
        true
    }

    /// Takes the next or the previous choice of the entry; whether something changed.
    pub fn choose(&mut self, forward: bool, draft: &mut Draft) -> bool {
        match self.focus {
            Entry::Region => {
                let choices: Vec<Option<Region>> =
                    Region::ALL.into_iter().map(Some).chain([None]).collect();
                draft.region = next(&choices, &draft.region, forward);
            }
            Entry::Source => {
                let secret = secret_mut(self.service, draft);
                secret.kind = next(&SourceKind::ALL, &secret.kind, forward);
            }
            _ => return false,
        }
        self.offers_regions = false;
        self.look_up(draft);
        true
    }

    /// Lets a key edit a text: `Some(true)` where it changed. A letter typed at a choice is taken for
    /// the secret's field.
    pub fn key(&mut self, key: Key, draft: &mut Draft) -> Option<bool> {
        if matches!(self.focus, Entry::Region | Entry::Source | Entry::OtherRegions) {
            key.typed().filter(|typed| *typed != ' ')?;
            self.focus = Entry::Secret;
        }
        let before = self.text(draft);
        let taken = self.field(draft)?.key(key);
        self.store(draft);
        taken.then(|| self.text(draft).expose_secret() != before.expose_secret())
    }

    /// Takes pasted text: what is pasted at a choice is the secret.
    pub fn paste(&mut self, text: &str, draft: &mut Draft) {
        if self.focus != Entry::Address {
            self.focus = Entry::Secret;
        }
        if let Some(field) = self.field(draft) {
            field.paste(text.trim());
        }
        self.store(draft);
    }

    fn kind_index(&self, draft: &Draft) -> usize {
        let kind = secret(self.service, draft).kind;
        SourceKind::ALL.iter().position(|other| *other == kind).unwrap_or(0)
    }

    fn field(&mut self, draft: &Draft) -> Option<&mut Field> {
        let at = self.kind_index(draft);
        match self.focus {
            Entry::Address => Some(&mut self.address),
            Entry::Secret => self.secrets.get_mut(at),
            _ => None,
        }
    }

    fn text(&mut self, draft: &Draft) -> SecretString {
        self.field(draft).map(|field| field.text().to_owned()).unwrap_or_default().into()
    }

    fn store(&mut self, draft: &mut Draft) {
        match self.service {
            Service::Addigy => self.address.text().clone_into(&mut draft.addigy_url),
            Service::ItGlue => self.address.text().clone_into(&mut draft.itglue_url),
        }
        let [value, env, file, command] = &self.secrets;
        let secret = secret_mut(self.service, draft);
        secret.value = value.text().to_owned().into();
        env.text().clone_into(&mut secret.env);
        file.text().clone_into(&mut secret.file);
        command.text().clone_into(&mut secret.command);
        self.offers_regions = false;
        self.look_up(draft);
    }

    fn look_up(&mut self, draft: &Draft) {
        let name = secret(self.service, draft).env.trim().trim_start_matches('$').to_owned();
        // The system would panic at others.
        let fine = !name.is_empty() && !name.contains(['=', '\0']);
        self.is_set = fine && process_env(&name).is_some_and(|value| !value.is_empty());
    }

    /// Draws the fields and, where it `helps`, what the one with the keys wants.
    pub fn draw(&self, paper: &mut Paper<'_, '_>, draft: &Draft, shared: &Shared, helps: bool) {
        let secret = secret(self.service, draft);
        let entries = self.entries(draft);
        let at = entries.iter().position(|entry| *entry == self.focus).unwrap_or(0);
        // Where they don't all fit, the one with the keys is seen.
        let skip = (at + 1).saturating_sub(paper.area.height.into());
        for entry in entries.into_iter().skip(skip) {
            let focus = entry == self.focus;
            let row = paper.take(1);
            if row.is_empty() {
                return;
            }
            let room = row.width.saturating_sub(LABELS);
            let line = match entry {
                Entry::Region => choices(shared, &regions(), regions_at(draft.region), room),
                Entry::Source => {
                    let labels = SourceKind::ALL.map(SourceKind::label);
                    choices(shared, &labels, self.kind_index(draft), room)
                }
                Entry::OtherRegions => {
                    let role = if focus { Role::Accent } else { Role::Key };
                    Line::styled(
                        "Enter: ask the other regions with this key",
                        shared.look.style(role),
                    )
                }
                Entry::Address | Entry::Secret => Line::default(),
            };
            draw_label(paper, row, shared, self.label(entry, secret), focus);
            let area = Rect { x: row.x + LABELS, width: row.width.saturating_sub(LABELS), ..row };
            paper.frame.buffer_mut().set_line(area.x, area.y, &line, area.width);
            let field = match entry {
                Entry::Address => Some(&self.address),
                Entry::Secret => self.secrets.get(self.kind_index(draft)),
                _ => None,
            };
            if let Some(field) = field {
                let area = Rect { width: area.width.min(64), ..area };
                field.draw(paper.frame, area, &shared.look, focus);
            }
        }
        if helps || self.focus == Entry::OtherRegions {
            paper.gap();
            let help = self.help(draft, secret);
            paper.words(2, Role::Muted, &help);
        }
    }

    fn label(&self, entry: Entry, secret: &SecretDraft) -> &'static str {
        match entry {
            Entry::Region => "Region",
            Entry::Address => "Address",
            Entry::Source => "Read from",
            Entry::Secret => secret.kind.field(match self.service {
                Service::Addigy => "Token",
                Service::ItGlue => "Key",
            }),
            Entry::OtherRegions => "",
        }
    }

    /// What the entry with the keys wants, and where to find it.
    fn help(&self, draft: &Draft, secret: &SecretDraft) -> String {
        let word = match self.service {
            Service::Addigy => "token",
            Service::ItGlue => "key",
        };
        match (self.focus, self.service, secret.kind) {
            (Entry::Region, ..) => "The data centre of your account. Your browser's address tells it: \
                acme.itglue.com is US, acme.eu.itglue.com is EU, acme.au.itglue.com is AU."
                .to_owned(),
            (Entry::Address, Service::Addigy, _) => "Addigy's API. Leave it as it is, unless you go \
                through a proxy of your own or try the sandbox."
                .to_owned(),
            (Entry::Address, Service::ItGlue, _) => "The address of an API that answers as IT Glue's, \
                such as a proxy of your own or the sandbox."
                .to_owned(),
            (Entry::OtherRegions, ..) => {
                let own = draft.region.map_or("", label);
                let others = ["US", "EU", "AU"].into_iter().filter(|other| *other != own);
                format!(
                    "Sends one request to {} and says where the key works.",
                    others.collect::<Vec<_>>().join(" and to ")
                )
            }
            (Entry::Source, ..) | (Entry::Secret, _, SourceKind::Env | SourceKind::File | SourceKind::Command) => {
                self.source_help(secret, word)
            }
            (Entry::Secret, Service::Addigy, SourceKind::Value) => "In Addigy, Account > Integrations > \
                API v2: make a token that may view devices and read policies. Addigy shows it once. It \
                will stand in the settings file, which only you can read."
                .to_owned(),
            (Entry::Secret, Service::ItGlue, SourceKind::Value) => "In IT Glue, as an administrator, \
                Account > Settings > API Keys. Leave password access unticked. IT Glue shows the key \
                once and revokes it after 90 days without use. It will stand in the settings file, \
                which only you can read."
                .to_owned(),
        }
    }

    fn source_help(&self, secret: &SecretDraft, word: &str) -> String {
        match secret.kind {
            SourceKind::Value => format!(
                "Paste the {word} in the next line; it is never shown. Other sources keep it out of \
                 the settings file."
            ),
            SourceKind::Env => format!(
                "The name of a variable that holds the {word} wherever Bindery runs, cron included. {}",
                if self.is_set { "It is set here." } else { "It is not set here." }
            ),
            SourceKind::File => format!(
                "The whole path of a file that only you can read (chmod 600) and that holds the {word} \
                 alone. ~/ stands for your home folder."
            ),
            SourceKind::Command => format!(
                "A program that prints the {word}, such as: pass show {}. It runs without a shell, gets \
                 no input and has 30 seconds.",
                if word == "token" { "addigy" } else { "itglue" }
            ),
        }
    }
}

fn secret(service: Service, draft: &Draft) -> &SecretDraft {
    match service {
        Service::Addigy => &draft.token,
        Service::ItGlue => &draft.key,
    }
}

fn secret_mut(service: Service, draft: &mut Draft) -> &mut SecretDraft {
    match service {
        Service::Addigy => &mut draft.token,
        Service::ItGlue => &mut draft.key,
    }
}

fn next<T: Clone + PartialEq>(choices: &[T], now: &T, forward: bool) -> T {
    let at = choices.iter().position(|choice| choice == now).unwrap_or(0);
    let to = if forward { at.checked_add(1) } else { at.checked_sub(1) };
    to.and_then(|to| choices.get(to)).unwrap_or(now).clone()
}

fn regions() -> [&'static str; 4] {
    let [us, eu, au] = Region::ALL.map(label);
    [us, eu, au, "another address"]
}

fn regions_at(region: Option<Region>) -> usize {
    Region::ALL.iter().position(|other| Some(*other) == region).unwrap_or(Region::ALL.len())
}

/// The choices on one line, the chosen one by its sign and not by colour alone. Where they don't fit,
/// the chosen one and its neighbours are shown.
pub fn choices(
    shared: &Shared,
    labels: &[&'static str],
    chosen: usize,
    room: u16,
) -> Line<'static> {
    let look = &shared.look;
    let wide = |from: usize, to: usize| -> usize {
        let shown = labels.get(from..to).unwrap_or_default();
        shown.iter().map(|label| text::width(label) + 6).sum::<usize>() + 1
    };
    let room = usize::from(room) + 2;
    let neighbour = (chosen + 2).min(labels.len());
    let first = (0..=chosen).find(|from| wide(*from, neighbour) <= room).unwrap_or(chosen);
    let fits = |to: &usize| wide(first, *to) <= room;
    let last = (chosen + 1..=labels.len()).rev().find(fits).unwrap_or(chosen + 1);
    let dot = if look.glyphs.utf8 { "(•) " } else { "(*) " };
    let mut spans = Vec::new();
    for (at, label) in labels.iter().enumerate().take(last).skip(first) {
        let (sign, role) = if at == chosen { (dot, Role::Text) } else { ("( ) ", Role::Muted) };
        spans.push(Span::styled(format!("{sign}{label}  "), look.style(role)));
    }
    if last < labels.len() {
        spans.push(Span::styled(look.glyphs.cut, look.style(Role::Muted)));
    }
    Line::from(spans)
}

/// Draws what a field is called, and the cursor in front of the one with the keys.
pub fn draw_label(paper: &mut Paper<'_, '_>, row: Rect, shared: &Shared, label: &str, focus: bool) {
    let look = &shared.look;
    let buf = paper.frame.buffer_mut();
    if focus {
        buf.set_stringn(row.x, row.y, look.glyphs.cursor, 1, look.style(Role::Accent));
    }
    let role = if focus { Role::Accent } else { Role::Text };
    buf.set_stringn(row.x + 2, row.y, label, usize::from(LABELS - 3), look.style(role));
}
