//! What a terminal does besides drawing: it answers questions and remembers its modes.

use super::step::Background;
use std::collections::BTreeSet;
use vt100::{Callbacks, Screen};

/// The bell of focus reports, which programs switch on and must switch off again.
const FOCUS: u16 = 1004;
/// Synchronized updates: between setting and resetting it, what is drawn is half a frame.
const UPDATE: u16 = 2026;

/// The state of the terminal that the screen doesn't hold.
#[derive(Debug)]
pub struct Manners {
    background: Background,
    answers: Vec<u8>,
    modes: BTreeSet<u16>,
    keyboard: usize,
    title: String,
    clipboard: Option<String>,
}

impl Manners {
    pub fn new(background: Background) -> Self {
        Self {
            background,
            answers: Vec::new(),
            modes: BTreeSet::new(),
            keyboard: 0,
            title: String::new(),
            clipboard: None,
        }
    }

    /// What the program is to be told, once.
    pub fn take_answers(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.answers)
    }

    /// Whether the screen shows half a frame.
    pub fn mid_update(&self) -> bool {
        self.modes.contains(&UPDATE)
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    /// What was copied last.
    pub fn clipboard(&self) -> Option<&str> {
        self.clipboard.as_deref()
    }

    /// What the program switched on and left on.
    pub fn left_on(&self, screen: &Screen) -> Vec<String> {
        let mouse = screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None;
        let known = [
            (screen.alternate_screen(), "the alternate screen"),
            (screen.hide_cursor(), "the cursor hidden"),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.application_cursor(), "application cursor keys"),
            (screen.application_keypad(), "the application keypad"),
            (mouse, "the mouse"),
            (self.keyboard > 0, "keyboard flags"),
            (self.modes.contains(&FOCUS), "focus reports"),
            (self.mid_update(), "a synchronized update"),
        ];
        let mut left: Vec<String> =
            known.into_iter().filter(|(on, _)| *on).map(|(_, what)| what.to_owned()).collect();
        let others = self.modes.iter().filter(|mode| ![FOCUS, UPDATE].contains(mode));
        left.extend(others.map(|mode| format!("mode {mode}")));
        left
    }

    fn answer(&mut self, text: &str) {
        self.answers.extend(text.bytes());
    }

    /// DECRQM: 1 set, 2 reset, 0 unknown.
    fn report_mode(&mut self, screen: &Screen, mode: u16) {
        let set = match mode {
            25 => Some(!screen.hide_cursor()),
            1049 => Some(screen.alternate_screen()),
            2004 => Some(screen.bracketed_paste()),
            FOCUS | UPDATE => Some(self.modes.contains(&mode)),
            _ => None,
        };
        let state = set.map_or(0, |set| if set { 1 } else { 2 });
        self.answer(&format!("\x1b[?{mode};{state}$y"));
    }
}

impl Callbacks for Manners {
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = String::from_utf8_lossy(title).into_owned();
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.clipboard = Some(String::from_utf8_lossy(&from_base64(data)).into_owned());
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        i1: Option<u8>,
        i2: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        let number = parameters.first().and_then(|p| p.first()).copied().unwrap_or_default();
        match (i1, i2, last) {
            (Some(b'?'), None, 'h' | 'l') => {
                for mode in parameters.iter().filter_map(|p| p.first().copied()) {
                    // The screen keeps those it knows, though it reports them here as well.
                    if screen_keeps(mode) {
                        continue;
                    }
                    if last == 'h' {
                        self.modes.insert(mode);
                    } else {
                        self.modes.remove(&mode);
                    }
                }
            }
            (Some(b'?'), Some(b'$'), 'p') => self.report_mode(screen, number),
            (None, None, 'c') => self.answer("\x1b[?62;22c"),
            (Some(b'>'), None, 'c') => self.answer("\x1b[>0;276;0c"),
            (Some(b'>'), None, 'q') => self.answer("\x1bP>|story(1)\x1b\\"),
            (None, None, 'n') if number == 5 => self.answer("\x1b[0n"),
            (None, None, 'n') if number == 6 => {
                let (row, column) = screen.cursor_position();
                self.answer(&format!("\x1b[{};{}R", row + 1, column + 1));
            }
            (None, None, 't') if number == 18 => {
                let (rows, columns) = screen.size();
                self.answer(&format!("\x1b[8;{rows};{columns}t"));
            }
            (Some(b'>'), None, 'u') => self.keyboard += 1,
            (Some(b'<'), None, 'u') => {
                self.keyboard = self.keyboard.saturating_sub(usize::from(number.max(1)));
            }
            _ => {}
        }
    }

    fn unhandled_osc(&mut self, _: &mut Screen, parameters: &[&[u8]]) {
        let (number, [r, g, b]) = match parameters {
            [b"10", b"?"] => (10, self.background.ink()),
            [b"11", b"?"] => (11, self.background.paper()),
            _ => return,
        };
        self.answer(&format!(
            "\x1b]{number};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}\x1b\\"
        ));
    }
}

fn screen_keeps(mode: u16) -> bool {
    matches!(mode, 1 | 6 | 9 | 25 | 47 | 1000 | 1002 | 1003 | 1005 | 1006 | 1049 | 2004)
}

fn from_base64(data: &[u8]) -> Vec<u8> {
    let value = |byte: &u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for six in data.iter().filter_map(value) {
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU16;

    fn after(bytes: &str) -> vt100::Parser<Manners> {
        let size = |n| NonZeroU16::new(n).unwrap();
        let manners = Manners::new(Background::Light);
        let mut parser = vt100::Parser::new_with_callbacks(size(24), size(80), 0, manners);
        parser.process(bytes.as_bytes());
        parser
    }

    fn answer(bytes: &str) -> String {
        String::from_utf8(after(bytes).callbacks_mut().take_answers()).unwrap()
    }

    #[test]
    fn questions_are_answered() {
        for (question, expected) in [
            ("\x1b[c", "\x1b[?62;22c"),
            ("ab\x1b[6n", "\x1b[1;3R"),
            ("\x1b]11;?\x1b\\", "\x1b]11;rgb:fdfd/fdfd/fcfc\x1b\\"),
            ("\x1b]10;?\x07", "\x1b]10;rgb:2424/2929/2f2f\x1b\\"),
            ("\x1b[?2026$p", "\x1b[?2026;2$y"),
            ("\x1b[?1049h\x1b[?1049$p", "\x1b[?1049;1$y"),
            ("\x1b[?9999$p", "\x1b[?9999;0$y"),
            ("\x1b[18t", "\x1b[8;24;80t"),
        ] {
            assert_eq!(answer(question), expected, "{question:?}");
        }
    }

    #[test]
    fn what_is_left_on_is_named() {
        let left = |bytes| {
            let parser = after(bytes);
            parser.callbacks().left_on(parser.screen())
        };
        let set = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[>1u\x1b[?2031h";
        assert_eq!(
            left(set),
            [
                "the alternate screen",
                "the cursor hidden",
                "bracketed paste",
                "keyboard flags",
                "focus reports",
                "mode 2031"
            ]
        );
        let undone = "\x1b[?1049l\x1b[?25h\x1b[?2004l\x1b[?1004l\x1b[<1u\x1b[?2031l";
        assert_eq!(left(&format!("{set}{undone}")), [""; 0]);
    }

    #[test]
    fn half_a_frame_is_known() {
        assert!(after("\x1b[?2026hhalf").callbacks().mid_update());
        assert!(!after("\x1b[?2026hall\x1b[?2026l").callbacks().mid_update());
    }

    #[test]
    fn copies_are_read() {
        let parser = after("\x1b]52;c;QWNtZSDDqQ==\x07");
        assert_eq!(parser.callbacks().clipboard(), Some("Acme é"));
    }
}
