//! What a screen is: its state, its keys and its drawing, one module each.
//!
//! Screens and overlays are layers on a stack; the top one sees a key first. A layer answers three
//! questions: what do I do with this, what can I do now, how do I look.

use super::app::Tab;
use super::effect::{Answer, Effect};
use super::event::Timer;
use super::key::Key;
use super::keymap::{Context, Verb};
use super::report::Report;
use super::shared::{Notice, RunSpec, Shared};
use super::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::fmt::Debug;

/// What a screen asks of the app. It changes nothing but itself directly.
#[derive(Debug)]
pub enum Request {
    /// Put this layer on top.
    Push(Box<dyn Screen>),
    /// Take the top layer away.
    Pop,
    /// Put this layer in the place of the top one.
    Replace(Box<dyn Screen>),
    /// Close all layers and show a tab.
    Tab(Tab),
    /// Run an effect.
    Effect(Effect),
    /// Let all layers hear this.
    Deliver(Answer),
    /// Say something on line 23; it takes no keys.
    Notice(Notice),
    /// Start a run and show it.
    Start(Box<RunSpec>),
    /// Choose another theme, for this session.
    Theme(Box<Theme>),
    /// Do this as if its key had been pressed on the layer below.
    Verb(Verb),
    /// Copy a text to the terminal's clipboard.
    Copy(String),
    /// Don't quit when the runs have ended, after all.
    Stay,
    /// Quit at once, or when all runs have ended.
    Quit {
        /// Whether runs under way may go on until they are done.
        when_done: bool,
    },
}

/// What a screen may read while it changes, and where it leaves its requests.
#[derive(Debug)]
pub struct Cx<'a> {
    /// What all screens share.
    pub shared: &'a Shared,
    /// Carried out in order when the screen is done.
    pub requests: Vec<Request>,
}

impl<'a> Cx<'a> {
    /// Without requests.
    pub fn new(shared: &'a Shared) -> Self {
        Self { shared, requests: Vec::new() }
    }

    /// Puts a layer on top.
    pub fn push(&mut self, screen: impl Screen + 'static) {
        self.requests.push(Request::Push(Box::new(screen)));
    }

    /// Takes the top layer away.
    pub fn pop(&mut self) {
        self.requests.push(Request::Pop);
    }

    /// Puts a layer in the place of the top one.
    pub fn replace(&mut self, screen: impl Screen + 'static) {
        self.requests.push(Request::Replace(Box::new(screen)));
    }

    /// Runs an effect.
    pub fn effect(&mut self, effect: Effect) {
        self.requests.push(Request::Effect(effect));
    }

    /// Says something on line 23.
    pub fn say(&mut self, text: impl Into<String>) {
        self.requests.push(Request::Notice(Notice::info(text)));
    }

    /// Says that something is wrong, on line 23.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.requests.push(Request::Notice(Notice::warning(text)));
    }

    /// Asks for anything else.
    pub fn request(&mut self, request: Request) {
        self.requests.push(request);
    }
}

/// Who has the printable keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Letters are keys.
    List,
    /// Every printable key is text; Enter, Esc, Tab, arrows and the line-editing keys act.
    Text,
}

/// The two halves of line 1.
#[derive(Debug, Default, Clone)]
pub struct Header {
    /// To the left; cut where both don't fit.
    pub left: Line<'static>,
    /// To the right.
    pub right: Line<'static>,
}

/// A layer of the console.
pub trait Screen: Debug {
    /// Its keys.
    fn context(&self) -> &'static Context;

    /// Called once when it comes to lie on top for the first time: ask for what it needs here.
    fn open(&mut self, _cx: &mut Cx<'_>) {}

    /// Who has the printable keys now.
    fn mode(&self) -> Mode {
        Mode::List
    }

    /// Whether the verb would do something now. Hints, help and palette ask this, so they can't lie.
    fn can(&self, _verb: Verb, _shared: &Shared) -> bool {
        true
    }

    /// Does what a key asks for; `false` leaves it to the app (global keys).
    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> bool;

    /// Takes a key in [`Mode::Text`], before the key map is asked; `false` lets the key map have it
    /// (Enter, Esc, Tab, arrows …), though never a printable one.
    fn text(&mut self, _key: Key, _cx: &mut Cx<'_>) -> bool {
        false
    }

    /// Takes pasted text. `false` where it has no use for it: then it is searched for among the
    /// devices.
    fn paste(&mut self, _text: &str, _cx: &mut Cx<'_>) -> bool {
        false
    }

    /// Hears what an effect came to. Every layer hears every answer and takes what concerns it.
    fn hear(&mut self, _answer: &Answer, _cx: &mut Cx<'_>) {}

    /// A timer that this layer asked for ran out; only the top layer hears it.
    fn timer(&mut self, _timer: Timer, _cx: &mut Cx<'_>) {}

    /// A run of this console went on, or ended.
    fn run_went_on(&mut self, _shared: &Shared) {}

    /// The state was read anew. Every layer hears of it, the covered ones too; a new one once before
    /// it is opened.
    fn changed(&mut self, _shared: &Shared) {}

    /// Closes one thing inside (text, filter, marks); `false` closes the layer itself. A layer with
    /// something unsaved asks first and returns `true`.
    fn close_one(&mut self, _cx: &mut Cx<'_>) -> bool {
        false
    }

    /// Whether leaving it would lose something; [`Screen::close_one`] asks then.
    fn unsaved(&self) -> bool {
        false
    }

    /// Whether it lies over the layer below instead of hiding it, such as a question.
    fn overlay(&self) -> bool {
        false
    }

    /// Whether a spinner is on it now; then it is drawn again by and by.
    fn spins(&self, _shared: &Shared) -> bool {
        false
    }

    /// Line 1.
    fn header(&self, _shared: &Shared) -> Header {
        Header::default()
    }

    /// Line 22: the selected row's whole sentence.
    fn sentence(&self, _shared: &Shared) -> Line<'static> {
        Line::default()
    }

    /// The bottom line in place of the key hints: a question.
    fn question(&self, _shared: &Shared) -> Option<Line<'static>> {
        None
    }

    /// What the keys do while a filter is typed, in place of the key hints.
    fn typing_hint(&self) -> Option<&'static str> {
        None
    }

    /// Fits lists to the area that [`Screen::draw`] will get. Called after every change.
    fn settle(&mut self, _area: Rect, _shared: &Shared) {}

    /// Draws it; an overlay gets the whole body and clears what it needs.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, shared: &Shared);

    /// What can be copied of the selected row, with the verb for each: link, serial, name, message, id.
    fn copyables(&self, _shared: &Shared) -> Vec<(Verb, String)> {
        Vec::new()
    }

    /// The list as a report to be exported.
    fn report(&self, _shared: &Shared) -> Option<Report> {
        None
    }

    /// The web page of what is under the cursor, drawn as a hyperlink where it stands.
    fn hyperlinks(&self, _shared: &Shared) -> Vec<String> {
        Vec::new()
    }
}
