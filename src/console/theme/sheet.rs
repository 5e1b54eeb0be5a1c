//! A theme file as it stands, before names are looked up in palettes and themes inherited.

use super::Role;
use super::colour::hex;
use super::problem::{ThemeProblem, advice, quoted};
use crate::settings::kind;
use ratatui::style::{Color, Modifier};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a theme file says.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub file: PathBuf,
    pub light: Option<bool>,
    pub inherits: Option<(String, usize)>,
    pub background: Option<Ink>,
    pub palette: BTreeMap<String, Ink>,
    pub roles: BTreeMap<Role, Spec>,
}

/// How a role looks.
#[derive(Debug, Default)]
pub(super) struct Spec {
    pub fg: Option<Ink>,
    pub bg: Option<Ink>,
    pub modifiers: Modifier,
}

/// A colour, or a name to be looked up, and its line.
#[derive(Debug, Clone)]
pub(super) struct Ink {
    pub value: Value,
    pub line: usize,
}

/// What an [`Ink`] says.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Colour(Color),
    Name(String),
}

/// More are not told: the file is something else, and each one's line is counted from the top.
const MOST_PROBLEMS: usize = 100;

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

impl Sheet {
    /// Reads all that can be read; what can't is left out and told. `None` where the text is no TOML.
    pub fn read(text: &str, file: &Path, problems: &mut Vec<ThemeProblem>) -> Option<Self> {
        let mut reader = Reader { text, file, problems };
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                reader.problem(error.span().unwrap_or(0..0), error.message().to_owned());
                return None;
            }
        };
        let mut sheet = Self { file: file.to_owned(), ..Self::default() };
        for (key, value) in in_order(table.get_ref()) {
            reader.entry(&mut sheet, key, value);
        }
        Some(sheet)
    }
}

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;
type Entry<'a> = Spanned<DeValue<'a>>;

fn in_order<'t, 'a>(table: &'t DeTable<'a>) -> Vec<(&'t Key<'a>, &'t Entry<'a>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    problems: &'a mut Vec<ThemeProblem>,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        self.text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1
    }

    fn problem(&mut self, span: Range<usize>, message: String) {
        if self.problems.len() > MOST_PROBLEMS {
            return;
        }
        let line = Some(self.line(&span));
        self.problems.push(ThemeProblem { file: self.file.to_owned(), line, message });
    }

    /// "`danger` wants a colour, not a date".
    fn wrong(&mut self, key: &str, wish: &str, value: &Entry<'_>) {
        let message = format!("{} wants {wish}, not {}", quoted(key), kind(value.get_ref()));
        self.problem(value.span(), message);
    }

    fn entry(&mut self, sheet: &mut Sheet, key: &Key<'_>, value: &Entry<'_>) {
        let word = key.get_ref().as_ref();
        match word {
            "inherits" => match value.get_ref().as_str() {
                Some(name) => sheet.inherits = Some((name.to_owned(), self.line(&value.span()))),
                None => self.wrong(word, "the name of a theme", value),
            },
            "light" => match value.get_ref().as_bool() {
                Some(light) => sheet.light = Some(light),
                None => self.wrong(word, "true or false", value),
            },
            "background" => sheet.background = self.ink(word, value),
            "palette" => match value.get_ref() {
                DeValue::Table(table) => sheet.palette = self.palette(table),
                _ => self.wrong(word, "a table, such as [palette]", value),
            },
            _ => match Role::ALL.into_iter().find(|role| role.word() == word) {
                Some(role) => {
                    if let Some(spec) = self.spec(word, value) {
                        sheet.roles.insert(role, spec);
                    }
                }
                None => self.unknown(key),
            },
        }
    }

    fn unknown(&mut self, key: &Key<'_>) {
        let mut known: Vec<&str> = vec!["inherits", "light", "background", "palette"];
        known.extend(Role::ALL.map(Role::word));
        let word = key.get_ref();
        self.problem(
            key.span(),
            format!("unknown role {}; {}", quoted(word), advice(word, &known)),
        );
    }

    fn palette(&mut self, table: &DeTable<'_>) -> BTreeMap<String, Ink> {
        let mut palette = BTreeMap::new();
        for (key, value) in in_order(table) {
            let name = key.get_ref().to_string();
            if let Some(ink) = self.ink(&name, value) {
                palette.insert(name, ink);
            }
        }
        palette
    }

    fn spec(&mut self, role: &str, value: &Entry<'_>) -> Option<Spec> {
        let DeValue::Table(table) = value.get_ref() else {
            return Some(Spec { fg: Some(self.ink(role, value)?), ..Spec::default() });
        };
        let before = self.problems.len();
        let mut spec = Spec::default();
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "fg" => spec.fg = self.ink("fg", value),
                "bg" => spec.bg = self.ink("bg", value),
                "modifiers" => spec.modifiers = self.modifiers(value),
                word => {
                    let advice = advice(word, &["fg", "bg", "modifiers"]);
                    let message = format!("unknown key {} in `{role}`; {advice}", quoted(word));
                    self.problem(key.span(), message);
                }
            }
        }
        // Half a pair of colours may be unreadable: a role is taken whole or not at all.
        (self.problems.len() == before).then_some(spec)
    }

    fn modifiers(&mut self, value: &Entry<'_>) -> Modifier {
        const WISH: &str = "a list such as [\"bold\"]";
        let mut modifiers = Modifier::empty();
        let Some(list) = value.get_ref().as_array() else {
            self.wrong("modifiers", WISH, value);
            return modifiers;
        };
        for item in list {
            let Some(word) = item.get_ref().as_str() else {
                self.wrong("modifiers", WISH, item);
                continue;
            };
            match MODIFIERS.iter().find(|(known, _)| *known == word) {
                Some((_, modifier)) => modifiers |= *modifier,
                None => {
                    let advice = advice(word, &MODIFIERS.map(|(known, _)| known));
                    let message = format!("unknown modifier {}; {advice}", quoted(word));
                    self.problem(item.span(), message);
                }
            }
        }
        modifiers
    }

    fn ink(&mut self, key: &str, value: &Entry<'_>) -> Option<Ink> {
        let line = self.line(&value.span());
        let value = match value.get_ref() {
            DeValue::String(text) if text.starts_with('#') => match hex(text) {
                Some(colour) => Value::Colour(colour),
                None => {
                    let message = format!(
                        "{} is no colour: after # stand six digits from 0 to f, as in #8db6f5",
                        quoted(text)
                    );
                    self.problem(value.span(), message);
                    return None;
                }
            },
            DeValue::String(text) => Value::Name(text.to_string()),
            DeValue::Integer(digits) => match u8::from_str_radix(digits.as_str(), digits.radix()) {
                Ok(index) => Value::Colour(Color::Indexed(index)),
                Err(_) => {
                    let message = format!("{} wants a number from 0 to 255", quoted(key));
                    self.problem(value.span(), message);
                    return None;
                }
            },
            _ => {
                self.wrong(key, "a colour: a name, \"#rrggbb\" or a number from 0 to 255", value);
                return None;
            }
        };
        Some(Ink { value, line })
    }
}
