//! Finds a theme, the themes it inherits from, and settles how each role looks.

use super::colour::{NAMES, components, degrade, named};
use super::problem::{ThemeProblem, advice, quoted};
use super::sheet::{Ink, Sheet, Spec, Value};
use super::{Depth, Offer, Role, Theme};
use ratatui::style::{Color, Modifier, Style};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The themes that come with Bindery, in the order they are offered.
const BUILT_IN: [(&str, &str); 5] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../../themes/colour-blind.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// A larger file is no theme, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// The names that can be loaded: the built-in ones, then those of the user's folder.
pub fn names(folder: &Path) -> Vec<String> {
    let mut own: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.strip_suffix(".toml")?.to_owned();
            (is_name(&name) && built_in(&name).is_none()).then_some(name)
        })
        .collect();
    own.sort();
    BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).chain(own).collect()
}

/// So many themes of the user are offered at most.
const MAX_OWN: usize = 200;

/// The themes that come with Bindery.
pub fn built_in_offers(depth: Depth) -> Vec<Offer> {
    let offer = |name: &str| {
        let theme = builtin(name, depth)?;
        Some(Offer { name: name.to_owned(), theme, problems: Vec::new() })
    };
    BUILT_IN.iter().filter_map(|(name, _)| offer(name)).collect()
}

/// All themes that can be chosen, read.
pub fn offers(folder: &Path, depth: Depth) -> Vec<Offer> {
    let offer = |name: String| {
        let (theme, problems) = load(&name, folder, depth);
        Offer { name, theme, problems }
    };
    names(folder).into_iter().take(BUILT_IN.len() + MAX_OWN).map(offer).collect()
}

fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// A name that can be drawn as it is and leads nowhere but into the folder.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(['/', '\\', '\0'])
        && crate::text::clean(name) == name
}

/// The theme of that name, or the default where it can't be had at all.
pub(super) fn load(name: &str, folder: &Path, depth: Depth) -> (Theme, Vec<ThemeProblem>) {
    let mut finder = Finder { folder: Some(folder), problems: Vec::new() };
    match finder.find(name) {
        Some(sheet) => {
            let theme = finder.theme(name, sheet, depth);
            // Its own mistakes first, as they stand in the file.
            let (file, mut problems) = (finder.file(name), finder.problems);
            problems.sort_by_key(|problem| (problem.file != file, problem.line));
            (theme, problems)
        }
        None => {
            let default = builtin("dark", depth);
            (default.unwrap_or_else(|| plain("mono")), finder.problems)
        }
    }
}

/// A theme that comes with Bindery.
pub(super) fn builtin(name: &str, depth: Depth) -> Option<Theme> {
    let text = built_in(name)?;
    let mut finder = Finder { folder: None, problems: Vec::new() };
    let sheet = Sheet::read(text, Path::new(name), &mut finder.problems)?;
    Some(finder.theme(name, sheet, depth))
}

/// No colours and no modifiers.
fn plain(name: &str) -> Theme {
    Theme { name: name.to_owned(), light: false, styles: [Style::new(); Role::ALL.len()] }
}

struct Finder<'a> {
    /// The user's themes; without it only built-in ones are found.
    folder: Option<&'a Path>,
    problems: Vec<ThemeProblem>,
}

impl Finder<'_> {
    fn theme(&mut self, name: &str, sheet: Sheet, depth: Depth) -> Theme {
        let chain = self.chain(name, sheet);
        let light = chain.iter().find_map(|sheet| sheet.light).unwrap_or(false);
        let mut theme = Theme { light, ..plain(name) };
        let mut resolver = Resolver::new(&chain, &mut self.problems);
        for (role, style) in Role::ALL.into_iter().zip(&mut theme.styles) {
            *style = resolver.style(role);
        }
        adapt(&mut theme, depth);
        theme
    }

    /// The user's file goes before the built-in theme of the same name.
    fn find(&mut self, name: &str) -> Option<Sheet> {
        let file = self.file(name);
        if is_name(name) && self.folder.is_some() {
            match read(&file) {
                Ok(text) => return Sheet::read(&text, &file, &mut self.problems),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    self.problem(file, None, format!("the theme can't be read: {error}"));
                    return None;
                }
            }
        }
        match built_in(name) {
            Some(text) => Sheet::read(text, Path::new(name), &mut self.problems),
            None => {
                let message = format!("there is no theme {}; {}", quoted(name), self.known(name));
                self.problem(file, None, message);
                None
            }
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.unwrap_or(Path::new("")).join(format!("{name}.toml"))
    }

    fn known(&self, name: &str) -> String {
        let known = names(self.folder.unwrap_or(Path::new("")));
        advice(name, &known.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn problem(&mut self, file: PathBuf, line: Option<usize>, message: String) {
        self.problems.push(ThemeProblem { file, line, message });
    }

    /// The theme, what it inherits from, and at last what every theme falls back on.
    fn chain(&mut self, name: &str, first: Sheet) -> Vec<Sheet> {
        let mut seen = vec![name.to_owned()];
        let mut chain = vec![first];
        while let Some((parent, line)) = chain.last().and_then(|sheet| sheet.inherits.clone()) {
            let file = chain.last().map(|sheet| sheet.file.clone()).unwrap_or_default();
            // A user's `dark` that inherits "dark" means the one that it hides.
            if seen.last() == Some(&parent) && file == self.file(&parent) {
                let Some(text) = built_in(&parent) else {
                    let message = format!("{} inherits from itself", quoted(&parent));
                    self.problem(file, Some(line), message);
                    break;
                };
                chain.extend(Sheet::read(text, Path::new(&parent), &mut self.problems));
                continue;
            }
            if seen.contains(&parent) {
                let circle = seen.iter().chain([&parent]).map(|name| quoted(name));
                let circle = circle.collect::<Vec<_>>().join(" > ");
                self.problem(file, Some(line), format!("themes inherit in a circle: {circle}"));
                break;
            }
            let before = self.problems.len();
            let Some(sheet) = self.find(&parent) else {
                // Told where it was asked for, unless the other file has a line of its own to tell.
                for problem in self.problems.iter_mut().skip(before).filter(|p| p.line.is_none()) {
                    (problem.file, problem.line) = (file.clone(), Some(line));
                }
                break;
            };
            seen.push(parent);
            chain.push(sheet);
        }
        let light = chain.iter().find_map(|sheet| sheet.light).unwrap_or(false);
        for name in if light { &["light", "dark"][..] } else { &["dark"] } {
            let text = built_in(name).unwrap_or_default();
            chain.extend(Sheet::read(text, Path::new(name), &mut self.problems));
        }
        chain
    }
}

/// Only a file of a sane size: a pipe or a device would keep the console waiting.
fn read(file: &Path) -> io::Result<String> {
    let meta = fs::metadata(file)?;
    if !meta.is_file() || meta.len() > MAX_FILE {
        let message = format!("it is no plain file of at most {} kB", MAX_FILE / 1024);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let mut text = String::new();
    fs::File::open(file)?.take(MAX_FILE).read_to_string(&mut text)?;
    Ok(text)
}

/// Looks names up: the palettes of a chain are one, an heir's entry before what it inherits.
struct Resolver<'a> {
    chain: &'a [Sheet],
    palette: BTreeMap<&'a str, Color>,
    problems: &'a mut Vec<ThemeProblem>,
}

impl<'a> Resolver<'a> {
    fn new(chain: &'a [Sheet], problems: &'a mut Vec<ThemeProblem>) -> Self {
        let mut resolver = Self { chain, palette: BTreeMap::new(), problems };
        for sheet in chain.iter().rev() {
            for (name, ink) in &sheet.palette {
                // An entry is a colour or one of the terminal's names, never another entry.
                let colour = match &ink.value {
                    Value::Colour(colour) => Some(*colour),
                    Value::Name(name) => named(name),
                };
                match (colour, &ink.value) {
                    (Some(colour), _) => _ = resolver.palette.insert(name, colour),
                    (None, Value::Name(wrong)) => resolver.unknown(sheet, wrong, ink.line, false),
                    (None, Value::Colour(_)) => {}
                }
            }
        }
        resolver
    }

    /// The first in the chain that says how the role looks, and says it well.
    fn style(&mut self, role: Role) -> Style {
        let chain = self.chain;
        let mut specs = chain.iter().filter_map(|sheet| Some((sheet, sheet.roles.get(&role)?)));
        let mut style = specs.find_map(|(sheet, spec)| self.spec(sheet, spec)).unwrap_or_default();
        if role == Role::Text && style.bg.is_none() {
            let mut grounds = chain.iter().filter_map(|s| Some((s, s.background.as_ref()?)));
            style.bg = grounds.find_map(|(sheet, ink)| self.colour(sheet, ink));
        }
        style
    }

    fn spec(&mut self, sheet: &Sheet, spec: &Spec) -> Option<Style> {
        let mut style = Style::new().add_modifier(spec.modifiers);
        if let Some(ink) = &spec.fg {
            style.fg = Some(self.colour(sheet, ink)?);
        }
        if let Some(ink) = &spec.bg {
            style.bg = Some(self.colour(sheet, ink)?);
        }
        Some(style)
    }

    fn colour(&mut self, sheet: &Sheet, ink: &Ink) -> Option<Color> {
        let name = match &ink.value {
            Value::Colour(colour) => return Some(*colour),
            Value::Name(name) => name,
        };
        let found = self.palette.get(name.as_str()).copied().or_else(|| named(name));
        if found.is_none() {
            self.unknown(sheet, name, ink.line, true);
        }
        found
    }

    fn unknown(&mut self, sheet: &Sheet, name: &str, line: usize, with_palette: bool) {
        let mut known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        if with_palette {
            known.retain(|name| !self.palette.contains_key(name));
            known.splice(..0, self.palette.keys().copied());
        }
        let message = format!("unknown colour {}; {}", quoted(name), advice(name, &known));
        self.problems.push(ThemeProblem { file: sheet.file.clone(), line: Some(line), message });
    }
}

/// Brings the theme down to what the terminal has.
fn adapt(theme: &mut Theme, depth: Depth) {
    if depth < Depth::Ansi256 && theme.styles.iter().any(has_colours) {
        let mono = builtin("mono", Depth::TrueColor).unwrap_or_else(|| plain("mono"));
        let ground = match depth {
            Depth::None => Style::new(),
            _ => at_depth(theme.style(Role::Text), depth),
        };
        for (role, style) in Role::ALL.into_iter().zip(&mut theme.styles) {
            if depth == Depth::None && has_colours(style) {
                *style = mono.style(role);
            } else if depth == Depth::Ansi16 && is_tint(style) {
                // Sixteen colours have no tints: a bar in the ground's own colours instead.
                let colours = Style {
                    fg: Some(ground.fg.unwrap_or(Color::Reset)),
                    bg: Some(ground.bg.unwrap_or(Color::Reset)),
                    ..Style::new()
                };
                *style = colours.patch(mono.style(role));
            }
        }
    }
    for style in &mut theme.styles {
        *style = at_depth(*style, depth);
    }
    // What is dim in a row would stand out of the bar.
    if let Some(selection) = theme.styles.get_mut(Role::Selection as usize) {
        *selection = selection.remove_modifier(Modifier::DIM);
    }
}

fn has_colours(style: &Style) -> bool {
    style.fg.is_some() || style.bg.is_some()
}

/// A shade under text of any colour.
fn is_tint(style: &Style) -> bool {
    style.fg.is_none() && style.bg.is_some_and(|bg| components(bg).is_some())
}

fn at_depth(style: Style, depth: Depth) -> Style {
    if depth == Depth::None {
        return Style { fg: None, bg: None, ..style };
    }
    let colour = |colour: Option<Color>| colour.map(|colour| degrade(colour, depth));
    Style { fg: colour(style.fg), bg: colour(style.bg), ..style }
}
