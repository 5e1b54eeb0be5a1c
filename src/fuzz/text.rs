//! What is put into texts, and how a text must be when it comes out.

use crate::text::{CUT, MAX_CHARS, clean, csv_cell, pad, truncate, width, wrap};
use std::borrow::Cow;

/// Pieces that did harm somewhere: to terminals, tables, spreadsheets, logs, parsers.
pub(crate) const TRICKS: &[&[u8]] = &[
    b"\x1b[31m",
    b"\x1b[2J\x1b[H",
    b"\x1b]0;title\x07",
    b"\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    b"\x1b]52;c;cm0gLXJmIC8=\x07",
    b"\x1bP+q544e\x1b\\",
    b"\x1b",
    b"\x1b]",
    b"\xc2\x9b31m",
    b"\xc2\x9d52;c;eA==\xc2\x9c",
    b"\x00",
    b"\x07\x08\x7f",
    b"\r\n",
    b"\xe2\x80\xa8",
    b"\xe2\x80\xaeevil\xe2\x80\xac",
    b"\xe2\x81\xa6\xe2\x81\xa9",
    b"\xe2\x80\x8b",
    b"\xe2\x80\x8d",
    b"\xef\xbb\xbf",
    b"\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    b"\xf3\xa0\x81\xa1",
    b"\xff\xfe",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
    b"=cmd|' /C calc'!A0",
    b"@SUM(A1)",
    b"|`[x](javascript:1)<b>",
    b"'; DROP TABLE link; --",
    b"../../etc/passwd",
    b"%s%n%00",
    b"{{{{{{{{[[[[[[[[",
    b"\\u001b\\ud800\\u202e",
    b",,\\,\\",
];

/// Bytes as text, broken ones replaced.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Nothing in it steers a terminal or hides; written anew, so that it can disagree with what it checks.
#[track_caller]
pub(crate) fn assert_visible(text: &str) {
    let bad = |c: char| {
        let code = u32::from(c);
        code < 0x20
            || (0x7f..=0x9f).contains(&code)
            || code == 0xad
            || code == 0x61c
            || (0x200b..=0x200c).contains(&code)
            || (0x200e..=0x200f).contains(&code)
            || (0x2028..=0x202e).contains(&code)
            || (0x2060..=0x206f).contains(&code)
            || (0xfff9..=0xfffb).contains(&code)
            || code == 0xfeff
            || (0xe0000..=0xe0fff).contains(&code)
    };
    if let Some(c) = text.chars().find(|c| bad(*c)) {
        let start: String = text.chars().take(200).collect();
        panic!("{c:?} is left in {start:?}");
    }
}

pub(super) fn text(bytes: &[u8]) {
    let text = lossy(bytes);
    let clean_text = clean(&text);
    assert_visible(&clean_text);
    assert!(clean_text.chars().count() <= MAX_CHARS);
    assert_eq!(clean(&clean_text), clean_text, "cleaned twice");
    for columns in [0, 1, 7, 80] {
        assert!(width(&truncate(&text, columns, CUT)) <= columns, "{columns}");
        assert!(width(&truncate(&clean_text, columns, CUT)) <= columns, "{columns}");
        assert!(width(&pad(&clean_text, columns)) >= columns);
    }
    for line in wrap(&clean_text, 20) {
        assert!(width(&line) <= 20, "{line:?}");
    }
    wrap(&text, 80);
    let cell = csv_cell(&clean_text);
    let inner = cell.strip_prefix('"').unwrap_or(&cell);
    assert!(!inner.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
}
