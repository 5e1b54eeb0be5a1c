//! From the terminal's events to ours. Over a slow line an arrow key can arrive split, so a lone ESC
//! waits for its rest.

use super::event::Event;
use super::key::{Code, Key};
use ratatui::crossterm::event::{Event as Raw, KeyEventKind, read};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a lone ESC waits for its rest.
pub const ESC_WAIT: Duration = Duration::from_millis(50);

/// How many of the terminal's events may wait to be taken.
const WAITING: usize = 1024;

/// Reads the terminal's events on a thread of its own. Crossterm's reader never returns from a terminal
/// that is gone: on the loop's thread it would keep the console from hearing the hang-up.
pub fn listen() -> mpsc::Receiver<Raw> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        while let Ok(event) = read() {
            if sender.blocking_send(event).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Puts split keys together.
#[derive(Debug, Default)]
pub struct Input {
    /// What came since a lone ESC.
    held: Vec<Key>,
}

impl Input {
    /// Takes a terminal's event; what it means comes back, if that is known yet.
    pub fn take(&mut self, raw: Raw) -> Vec<Event> {
        match raw {
            Raw::Key(event) if event.kind != KeyEventKind::Release => match Key::of(event) {
                Some(key) => self.key(key),
                None => Vec::new(),
            },
            Raw::Key(_) | Raw::Mouse(_) => Vec::new(),
            Raw::Paste(text) => self.after_held(Event::Paste(text)),
            Raw::Resize(columns, rows) => self.after_held(Event::Resize(columns, rows)),
            Raw::FocusGained => vec![Event::Focus(true)],
            Raw::FocusLost => vec![Event::Focus(false)],
        }
    }

    /// Whether an ESC waits; then [`Input::give_up`] is due after [`ESC_WAIT`].
    pub fn waits(&self) -> bool {
        !self.held.is_empty()
    }

    /// The rest did not come: the keys were meant as such.
    pub fn give_up(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.held).into_iter().map(Event::Key).collect()
    }

    fn after_held(&mut self, event: Event) -> Vec<Event> {
        let mut events = self.give_up();
        events.push(event);
        events
    }

    fn key(&mut self, key: Key) -> Vec<Event> {
        const ESC: Key = Key::plain(Code::Esc);
        if self.held.is_empty() {
            if key == ESC {
                self.held.push(key);
                return Vec::new();
            }
            return vec![Event::Key(key)];
        }
        self.held.push(key);
        match whole(self.held.get(1..).unwrap_or(&[])) {
            Sequence::Whole(key) => {
                self.held.clear();
                vec![Event::Key(key)]
            }
            Sequence::Begun => Vec::new(),
            Sequence::None => self.give_up(),
        }
    }
}

enum Sequence {
    Whole(Key),
    Begun,
    None,
}

/// What the keys after an ESC spell. Source: ECMA-48 and xterm's control sequences.
fn whole(keys: &[Key]) -> Sequence {
    let typed: Option<String> = keys.iter().map(|key| key.typed()).collect();
    let Some(typed) = typed else { return Sequence::None };
    let code = match typed.as_str() {
        "[" | "O" | "[1" | "[3" | "[4" | "[5" | "[6" => return Sequence::Begun,
        "[A" | "OA" => Code::Up,
        "[B" | "OB" => Code::Down,
        "[C" | "OC" => Code::Right,
        "[D" | "OD" => Code::Left,
        "[H" | "OH" | "[1~" => Code::Home,
        "[F" | "OF" | "[4~" => Code::End,
        "[Z" => Code::BackTab,
        "[3~" => Code::Delete,
        "[5~" => Code::PageUp,
        "[6~" => Code::PageDown,
        _ => return Sequence::None,
    };
    Sequence::Whole(Key::plain(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn feed(input: &mut Input, codes: &[KeyCode]) -> Vec<Key> {
        let raw = |code: &KeyCode| Raw::Key(KeyEvent::new(*code, KeyModifiers::NONE));
        let events = codes.iter().flat_map(|code| input.take(raw(code))).collect::<Vec<_>>();
        keys(events)
    }

    fn keys(events: Vec<Event>) -> Vec<Key> {
        let key = |event| match event {
            Event::Key(key) => Some(key),
            _ => None,
        };
        events.into_iter().filter_map(key).collect()
    }

    #[test]
    fn a_split_arrow_is_an_arrow() {
        let mut input = Input::default();
        let codes = [KeyCode::Esc, KeyCode::Char('['), KeyCode::Char('A'), KeyCode::Char('x')];
        assert_eq!(feed(&mut input, &codes), [Key::plain(Code::Up), Key::char('x')]);
        let codes = [KeyCode::Esc, KeyCode::Char('['), KeyCode::Char('6'), KeyCode::Char('~')];
        assert_eq!(feed(&mut input, &codes), [Key::plain(Code::PageDown)]);
    }

    #[test]
    fn a_lone_esc_is_one_when_nothing_comes() {
        let mut input = Input::default();
        assert!(feed(&mut input, &[KeyCode::Esc]).is_empty());
        assert!(input.waits());
        assert_eq!(keys(input.give_up()), [Key::plain(Code::Esc)]);
        assert!(!input.waits());
    }

    #[test]
    fn keys_typed_after_esc_are_not_lost() {
        let mut input = Input::default();
        let told = feed(&mut input, &[KeyCode::Esc, KeyCode::Char('q')]);
        assert_eq!(told, [Key::plain(Code::Esc), Key::char('q')]);
        let told = feed(&mut input, &[KeyCode::Esc, KeyCode::Esc]);
        assert_eq!(told, [Key::plain(Code::Esc), Key::plain(Code::Esc)]);
    }
}
