//! The key map as data: which key does what, where. Actions have names such as `policies.sync`, which
//! the palette shows, the help explains and `[keys]` in the settings file overrides.

use super::key::Key;
use super::screens;
use crate::settings::KeyOverride;
use std::collections::HashMap;

/// What a key can ask for. What it means is the screen's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each stands with its sentence in the table of its context")]
pub enum Verb {
    // Everywhere.
    Help,
    Palette,
    Find,
    GoPolicies,
    GoDevices,
    GoHistory,
    GoLog,
    ShowRun,
    Reread,
    Quit,
    Interrupt,
    Suspend,
    Redraw,
    Back,
    Theme,
    Setup,
    Notices,
    // Lists.
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    NextAttention,
    PreviousAttention,
    Open,
    Mark,
    MarkAll,
    Filter,
    Copy,
    Export,
    // Policies, plans, runs, devices.
    ChooseOrganization,
    WithBelow,
    Unlink,
    Save,
    Plan,
    Sync,
    Retry,
    Proposals,
    Apply,
    Accept,
    Bind,
    Release,
    Cancel,
    Follow,
    NextView,
    PreviousView,
    Confirm,
    Undo,
    NextDevice,
    PreviousDevice,
    // Copying.
    CopyLink,
    CopySerial,
    CopyName,
    CopyMessage,
    CopyId,
    // Questions.
    Yes,
    No,
    ShowPlan,
    QuitWhenDone,
    QuitSafely,
    Stay,
    // Editing a list, as of the wizard's rules.
    Add,
    Edit,
    Delete,
    MoveDown,
    MoveUp,
}

/// One line of a key map.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What is done.
    pub verb: Verb,
    /// The second half of the action's name: `sync` of `policies.sync`.
    pub name: &'static str,
    /// The keys, as [`Key`] reads them; none: only in the palette.
    pub keys: &'static [&'static str],
    /// One or two words for the bottom line; empty: not there.
    pub hint: &'static str,
    /// What it does, for help and palette.
    pub does: &'static str,
}

/// A line of a key map, in short.
pub const fn bind(
    verb: Verb,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    does: &'static str,
) -> Binding {
    Binding { verb, name, keys, hint, does }
}

/// Where keys count.
#[derive(Debug)]
pub struct Context {
    /// The first half of its actions' names.
    pub name: &'static str,
    /// What help calls it.
    pub title: &'static str,
    /// Whether the keys of lists count here too.
    pub list: bool,
    /// Its keys, the most important first: that is the order of the hints.
    pub bindings: &'static [Binding],
}

/// What counts everywhere.
pub static GLOBAL: Context = Context {
    name: "global",
    title: "Everywhere",
    list: false,
    bindings: &[
        bind(Verb::Find, "find", &["f"], "find", "Find a device by name, serial, MAC, IP"),
        bind(Verb::Quit, "quit", &["q"], "quit", "Quit; asks while a run is under way"),
        bind(Verb::Help, "help", &["?", "f1"], "help", "Show what the keys do here"),
        bind(Verb::Palette, "palette", &[":", "ctrl-p"], "more", "Show every action by name"),
        bind(Verb::GoPolicies, "policies", &["1"], "", "Go to the policies"),
        bind(Verb::GoDevices, "devices", &["2"], "", "Go to all devices"),
        bind(Verb::GoHistory, "history", &["3"], "", "Go to the history of runs"),
        bind(Verb::GoLog, "log", &["4"], "", "Go to the log"),
        bind(Verb::ShowRun, "run", &["v"], "", "View the run under way, or the last one"),
        bind(Verb::Reread, "reread", &["R", "f5"], "", "Read again from the services"),
        bind(Verb::Back, "back", &["esc"], "", "Close one thing: overlay, filter, marks, screen"),
        bind(Verb::Redraw, "redraw", &["ctrl-l"], "", "Draw the whole screen anew"),
        bind(Verb::Interrupt, "interrupt", &["ctrl-c"], "", "As quit; twice stops a run safely"),
        bind(Verb::Suspend, "suspend", &["ctrl-z"], "", "Suspend; a run is stopped safely first"),
        bind(Verb::Theme, "theme", &[], "", "Choose a theme, with a preview"),
        bind(Verb::Setup, "setup", &[], "", "Open the setup again"),
        bind(Verb::Notices, "notices", &[], "", "Show what was said on line 23 in this session"),
    ],
};

/// What counts in every list.
pub static LIST: Context = Context {
    name: "list",
    title: "In lists",
    list: false,
    bindings: &[
        bind(Verb::Open, "open", &["enter"], "open", "Open the row"),
        bind(Verb::Mark, "mark", &["space"], "mark", "Mark the row and step on"),
        bind(Verb::MarkAll, "mark_all", &["A"], "", "Mark all rows shown, or none"),
        bind(Verb::Filter, "filter", &["/"], "filter", "Filter the rows"),
        bind(Verb::NextAttention, "next", &["n"], "", "Go to the next row that needs attention"),
        bind(Verb::PreviousAttention, "previous", &["N"], "", "Go to the previous such row"),
        bind(Verb::Up, "up", &["up", "k"], "", "One row up"),
        bind(Verb::Down, "down", &["down", "j"], "", "One row down"),
        bind(Verb::PageUp, "page_up", &["pageup"], "", "One page up"),
        bind(Verb::PageDown, "page_down", &["pagedown"], "", "One page down"),
        bind(Verb::Top, "top", &["g", "home"], "", "To the first row"),
        bind(Verb::Bottom, "bottom", &["G", "end"], "", "To the last row"),
        bind(Verb::Left, "fold", &["left", "h"], "", "Fold, or go to the row above in the tree"),
        bind(Verb::Right, "unfold", &["right", "l"], "", "Unfold"),
        bind(Verb::Copy, "copy", &["y"], "", "Copy link, serial, name, message or id"),
        bind(Verb::Export, "export", &["e"], "", "Export the list as csv, json or md"),
    ],
};

/// The contexts that count in `of`, nearest first.
pub fn chain(of: &'static Context) -> impl Iterator<Item = &'static Context> {
    [Some(of), of.list.then_some(&LIST), Some(&GLOBAL)].into_iter().flatten()
}

/// Every action by its name, with the keys that do it.
#[derive(Debug)]
pub struct Keymap {
    keys: HashMap<(&'static str, Verb), Vec<Key>>,
}

/// An entry of `[keys]` that can't stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct KeyProblem {
    /// The line of the settings file.
    pub line: usize,
    /// What is wrong with it, and what to do.
    pub problem: String,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut keys = HashMap::new();
        for context in screens::contexts() {
            for binding in context.bindings {
                // The built-in keys are read by a test, too.
                let read = binding.keys.iter().filter_map(|key| key.parse().ok());
                keys.insert((context.name, binding.verb), read.collect());
            }
        }
        Self { keys }
    }
}

impl Keymap {
    /// The built-in keys with these overrides; an unknown action, an unknown key or a clash is an
    /// error that names its line.
    pub fn with(overrides: &[KeyOverride]) -> Result<Self, Vec<KeyProblem>> {
        let mut map = Self::default();
        let mut problems = Vec::new();
        for entry in overrides {
            if let Err(problem) = map.take(entry) {
                problems.push(KeyProblem { line: entry.line, problem });
            }
        }
        for entry in overrides {
            problems
                .extend(map.clash(entry).map(|problem| KeyProblem { line: entry.line, problem }));
        }
        if problems.is_empty() { Ok(map) } else { Err(problems) }
    }

    fn take(&mut self, entry: &KeyOverride) -> Result<(), String> {
        let Some((context, binding)) = named(&entry.action) else {
            return Err(unknown(&entry.action));
        };
        let keys = entry.keys.iter().map(|key| key.parse()).collect::<Result<Vec<Key>, _>>()?;
        self.keys.insert((context.name, binding.verb), keys);
        Ok(())
    }

    /// Another action that the entry's keys would do in the same place.
    fn clash(&self, entry: &KeyOverride) -> Option<String> {
        let (context, binding) = named(&entry.action)?;
        let mine = self.keys(context, binding.verb);
        let places =
            screens::contexts().filter(|place| chain(place).any(|c| c.name == context.name));
        for other in places.flat_map(chain) {
            for theirs in other.bindings {
                if (other.name, theirs.verb) == (context.name, binding.verb) {
                    continue;
                }
                // A screen may give an everywhere key a meaning of its own, but not by accident.
                let same = self.keys(other, theirs.verb).iter().find(|key| mine.contains(key));
                if let Some(key) = same {
                    return Some(format!(
                        "{} can't be `{key}`: that is {}.{} already; give one of them another key",
                        entry.action, other.name, theirs.name
                    ));
                }
            }
        }
        None
    }

    /// The keys of an action.
    pub fn keys(&self, context: &Context, verb: Verb) -> &[Key] {
        self.keys.get(&(context.name, verb)).map_or(&[], Vec::as_slice)
    }

    /// What the key asks for in this place; the nearest context decides.
    pub fn verb(&self, place: &'static Context, key: Key) -> Option<Verb> {
        chain(place).find_map(|context| {
            let hit = context.bindings.iter().find(|b| self.keys(context, b.verb).contains(&key));
            hit.map(|binding| binding.verb)
        })
    }

    /// The first key of a verb in this place, for hints; `None` where it has none.
    pub fn key_for(&self, place: &'static Context, verb: Verb) -> Option<Key> {
        chain(place).find_map(|context| self.keys(context, verb).first().copied())
    }
}

/// The action with this full name.
fn named(action: &str) -> Option<(&'static Context, &'static Binding)> {
    let (context, name) = action.split_once('.')?;
    let context = screens::contexts().find(|c| c.name == context)?;
    context.bindings.iter().find(|binding| binding.name == name).map(|binding| (context, binding))
}

fn unknown(action: &str) -> String {
    let names = screens::contexts()
        .flat_map(|c| c.bindings.iter().map(move |b| format!("{}.{}", c.name, b.name)));
    let action = crate::text::clean_to(action, 64);
    let likeness = |name: &str| strsim::jaro_winkler(name, &action);
    let near = names.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    format!(
        "there is no action `{}`; the nearest is `{}`. All of them: press ? in the console",
        action,
        near.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn entry(action: &str, keys: &[&str]) -> KeyOverride {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        KeyOverride { action: action.into(), keys, line: 7 }
    }

    #[test]
    fn every_built_in_key_is_a_key_and_stands_alone_in_its_context() {
        for context in screens::contexts() {
            let mut seen = HashSet::new();
            let mut names = HashSet::new();
            for binding in context.bindings {
                assert!(names.insert(binding.name), "{}.{} twice", context.name, binding.name);
                assert!(!binding.does.is_empty() && !binding.does.ends_with('.'));
                for key in binding.keys {
                    let key: Key = key.parse().unwrap();
                    assert!(seen.insert(key), "{} has {key} twice", context.name);
                }
            }
        }
    }

    #[test]
    fn no_key_that_others_eat_is_bound() {
        let eaten: Vec<Key> = "abnqrstw".chars().map(Key::ctrl).collect();
        for context in screens::contexts() {
            for key in context.bindings.iter().flat_map(|binding| binding.keys) {
                let key: Key = key.parse().unwrap();
                assert!(!eaten.contains(&key), "{} binds {key}", context.name);
            }
        }
    }

    #[test]
    fn overrides_replace_and_mistakes_name_their_line() {
        let map = Keymap::with(&[entry("global.reread", &["f6"])]).unwrap();
        assert_eq!(map.verb(&GLOBAL, "f6".parse().unwrap()), Some(Verb::Reread));
        assert_eq!(map.verb(&GLOBAL, "R".parse().unwrap()), None);
        let unknown = Keymap::with(&[entry("global.rereed", &["f6"])]).unwrap_err();
        assert!(unknown[0].to_string().contains("line 7"), "{unknown:?}");
        assert!(unknown[0].problem.contains("global.reread"), "{unknown:?}");
        assert!(Keymap::with(&[entry("global.reread", &["nokey"])]).is_err());
        let clash = Keymap::with(&[entry("global.reread", &["q"])]).unwrap_err();
        assert!(clash[0].problem.contains("global.quit"), "{clash:?}");
    }
}
