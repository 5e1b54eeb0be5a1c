//! Setting the terminal up, and restoring it on every way out: return, panic, signal, suspend.

use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{ExecutableCommand, QueueableCommand};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// What is to be undone. One terminal a process, so one flag.
static SET_UP: AtomicBool = AtomicBool::new(false);
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Begins a frame that the terminal shows only as a whole. Terminals that don't know it ignore it.
pub const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
/// Ends such a frame.
pub const END_FRAME: &[u8] = b"\x1b[?2026l";

/// Raw mode, the alternate screen, bracketed paste, focus events, and the mouse where it is wanted.
pub fn set_up(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    SET_UP.store(true, Ordering::SeqCst);
    MOUSE.store(mouse, Ordering::SeqCst);
    let mut out = io::stdout().lock();
    out.queue(EnterAlternateScreen)?
        .queue(EnableBracketedPaste)?
        .queue(EnableFocusChange)?
        .queue(Hide)?;
    if mouse {
        out.queue(EnableMouseCapture)?;
    }
    out.flush()
}

/// Undoes exactly what [`set_up`] did, once. Never fails: a terminal that is gone needs no restoring.
pub fn restore() {
    if !SET_UP.swap(false, Ordering::SeqCst) {
        return;
    }
    // First what needs no output: a terminal that takes none must not stay raw.
    let _ = disable_raw_mode();
    let mut out = io::stdout().lock();
    let _ = out.write_all(END_FRAME);
    if MOUSE.load(Ordering::SeqCst) {
        let _ = out.execute(DisableMouseCapture);
    }
    let _ = out.queue(DisableFocusChange);
    let _ = out.queue(DisableBracketedPaste);
    let _ = out.queue(LeaveAlternateScreen);
    let _ = out.queue(Show);
    let _ = out.flush();
}

/// Restores the terminal before a panic is told, so that its words can be read. A panic in a task ends
/// the program too: a console that draws on would only break the terminal again, and nothing is lost,
/// because every write is journaled before it is sent.
pub fn restore_on_panic() {
    let told = std::panic::take_hook();
    let main = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        told(panic);
        if std::thread::current().id() != main {
            std::process::exit(101);
        }
    }));
}

/// Copies a text to the clipboard of the terminal, also through tmux and screen.
/// Source: xterm's OSC 52; tmux's and screen's passthrough.
pub fn copy_sequence(text: &str, env: crate::settings::Env<'_>) -> Vec<u8> {
    let plain = format!("\x1b]52;c;{}\x07", base64(text.as_bytes()));
    let term = env("TERM").map(|term| term.to_string_lossy().into_owned()).unwrap_or_default();
    if env("TMUX").is_some() {
        // Taken by tmux itself where `set-clipboard on`, else passed on where `allow-passthrough on`.
        let passed = plain.replace('\x1b', "\x1b\x1b");
        return format!("{plain}\x1bPtmux;{passed}\x1b\\").into_bytes();
    }
    if term.starts_with("screen") {
        return format!("\x1bP{plain}\x1b\\").into_bytes();
    }
    plain.into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// Whether the terminal draws OSC 8 hyperlinks, by what it says of itself. Inside tmux and screen that
/// can't be known.
pub fn draws_hyperlinks(env: crate::settings::Env<'_>) -> bool {
    let value = |name: &str| env(name).map(|v| v.to_string_lossy().into_owned());
    let term = value("TERM").unwrap_or_default();
    if value("TMUX").is_some() || term.starts_with("screen") || term.starts_with("tmux") {
        return false;
    }
    let program = value("TERM_PROGRAM").unwrap_or_default();
    let known = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby"];
    let vte = value("VTE_VERSION").and_then(|v| v.parse::<u32>().ok()).unwrap_or(0);
    known.contains(&program.as_str())
        || vte >= 5000
        || ["KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM"]
            .iter()
            .any(|name| value(name).is_some())
        || ["kitty", "foot", "alacritty", "ghostty", "contour"].iter().any(|n| term.contains(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn the_clipboard_is_reached_through_tmux() {
        let env = |name: &str| (name == "TMUX").then(|| OsString::from("/tmp/x,1,0"));
        let bytes = copy_sequence("C02XK", &env);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("\u{1b}]52;c;QzAyWEs=\u{7}"), "{text:?}");
        assert!(text.contains("\u{1b}Ptmux;\u{1b}\u{1b}]52;c;"), "{text:?}");
    }

    #[test]
    fn base64_pads() {
        assert_eq!(
            ["", "a", "ab", "abc"].map(|t| base64(t.as_bytes())),
            ["", "YQ==", "YWI=", "YWJj"]
        );
    }

    #[test]
    fn hyperlinks_only_where_they_are_known() {
        let of = |pairs: &[(&str, &str)]| {
            draws_hyperlinks(&|name: &str| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
            })
        };
        assert!(of(&[("TERM", "xterm-kitty")]));
        assert!(!of(&[("TERM", "xterm-256color")]));
        assert!(!of(&[("TERM", "tmux-256color"), ("TERM_PROGRAM", "WezTerm")]));
    }
}
