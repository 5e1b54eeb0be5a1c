//! Sanitising and measuring text from outside.
//!
//! Names come from two services and from machines that anybody may have named. Before such a text is
//! kept or shown it goes through [`clean`], so that no name can steer a terminal, hide a part of
//! itself or break a table.

use std::borrow::Cow;
use std::iter::Peekable;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The longest text that [`clean`] lets through, in characters.
pub const MAX_CHARS: usize = 512;

/// Ends a text that [`truncate`] cut.
pub const CUT: &str = "…";

/// Ends a text that [`truncate`] cut, where only ASCII can be drawn.
pub const CUT_ASCII: &str = "~";

/// So many marks may stack on one character; more would draw over the lines above and below.
const MAX_MARKS: usize = 8;

/// One line of visible text, at most [`MAX_CHARS`] characters long.
///
/// Escape sequences, control and bidi characters, zero-width and tag characters go; a run of line
/// breaks or tabs becomes one space. Ordinary spaces stay as they are, because names are compared
/// exactly.
pub fn clean(text: &str) -> String {
    clean_to(text, MAX_CHARS)
}

/// As [`clean`], at most `max_chars` characters long.
pub fn clean_to(text: &str, max_chars: usize) -> String {
    if text.len() <= max_chars && text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return text.to_owned();
    }
    let stripped = strip_escapes(text);
    let line = one_line(&stripped);
    let mut visible = line.chars().filter(|c| !hidden(*c)).peekable();
    let mut clean = String::with_capacity(text.len().min(max_chars.saturating_mul(4)));
    let (mut kept, mut marks) = (0, 0);
    // One more than fits shows whether the last one is whole.
    while kept <= max_chars
        && let Some(c) = visible.next()
    {
        let before = clean.chars().next_back();
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        let keep = match c {
            JOINER => {
                before.is_some_and(|c| pictograph(c) || c == EMOJI_STYLE)
                    && visible.peek().is_some_and(|c| pictograph(*c))
            }
            EMOJI_STYLE => {
                before.is_some_and(|c| pictograph(c) || matches!(c, '0'..='9' | '#' | '*'))
            }
            _ => marks == 0 || (before.is_some() && marks <= MAX_MARKS),
        };
        if keep {
            clean.push(c);
            kept += 1;
        }
    }
    cut_to_chars(&mut clean, max_chars);
    clean
}

const ESCAPE: char = '\u{1b}';
const JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';

/// The text without terminal escape sequences, spelled with ESC or with a C1 character.
fn strip_escapes(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| c == ESCAPE || ('\u{80}'..='\u{9f}').contains(&c)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    strip_into(&mut kept, text.chars());
    Cow::Owned(kept)
}

fn strip_into(kept: &mut String, chars: impl Iterator<Item = char> + Clone) {
    let mut rest = chars.peekable();
    // Once the end was reached in search of a terminator there is none, whatever begins later: to look
    // for it each time would take forever over a megabyte of beginnings.
    let mut endless = false;
    while let Some(c) = rest.next() {
        match c {
            ESCAPE => match rest.next_if(|c| matches!(c, ' '..='~')) {
                Some('[') => skip_control_sequence(&mut rest),
                Some(']' | 'P' | 'X' | '^' | '_') => endless = endless || !skip_string(&mut rest),
                Some(' '..='/') => skip_control_sequence(&mut rest),
                _ => {}
            },
            '\u{9b}' => skip_control_sequence(&mut rest),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => {
                endless = endless || !skip_string(&mut rest);
            }
            _ => kept.push(c),
        }
    }
}

/// Parameters and intermediates up to the final byte.
fn skip_control_sequence(rest: &mut Peekable<impl Iterator<Item = char>>) {
    while rest.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    rest.next_if(|c| matches!(c, '@'..='~'));
}

/// All up to the string's terminator. Where it has none (`false`) only its introducer goes: better a few
/// odd letters than half a name swallowed.
fn skip_string(rest: &mut Peekable<impl Iterator<Item = char> + Clone>) -> bool {
    let mut ahead = rest.clone();
    while let Some(c) = ahead.next() {
        let ended = match c {
            '\u{7}' | '\u{9c}' => true,
            ESCAPE => ahead.next_if_eq(&'\\').is_some(),
            _ => false,
        };
        if ended {
            *rest = ahead;
            return true;
        }
    }
    false
}

/// Each run of white space that holds a line break or a tab becomes one space, or nothing at the ends.
fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(breaks) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    let mut gap = String::new();
    let flush = |line: &mut String, gap: &mut String, at_end: bool| {
        match gap.contains(breaks) {
            true if line.is_empty() || at_end => {}
            true => line.push(' '),
            false => line.push_str(gap),
        }
        gap.clear();
    };
    for c in text.chars() {
        if c == ' ' || breaks(c) {
            gap.push(c);
        } else {
            // A hidden character between two breaks must not make two spaces of them.
            if hidden(c) {
                continue;
            }
            flush(&mut line, &mut gap, false);
            line.push(c);
        }
    }
    flush(&mut line, &mut gap, true);
    Cow::Owned(line)
}

fn breaks(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that draw nothing, or that change how others are drawn.
/// Source: Unicode, general category Cc and property Default_Ignorable_Code_Point, less the joiner
/// and the emoji style, which [`clean_to`] judges by what stands beside them.
pub(crate) fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || c as u32 & 0xfffe == 0xfffe
}

/// Whether the character can be a part of an emoji; blocks, not single characters, are near enough.
fn pictograph(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}'
        | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Cuts between two graphemes, or within one that alone is too long.
fn cut_to_chars(text: &mut String, max_chars: usize) {
    let Some((limit, _)) = text.char_indices().nth(max_chars) else { return };
    let fits = text
        .grapheme_indices(true)
        .map(|(start, grapheme)| start + grapheme.len())
        .take_while(|end| *end <= limit)
        .last();
    text.truncate(fits.unwrap_or(limit));
    if text.ends_with(JOINER) {
        text.pop();
    }
}

/// How many columns a terminal needs for the text: two for a wide character, none for a mark.
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// The text, cut to `columns` where it needs more; then it ends in `cut` ([`CUT`] or [`CUT_ASCII`]).
pub fn truncate(text: &str, columns: usize, cut: &str) -> String {
    let mut taken = 0;
    let mut ends = Vec::new();
    for (start, grapheme) in text.grapheme_indices(true) {
        ends.push((start, taken));
        taken += grapheme.width();
        // A long text is not measured in full.
        if taken > columns {
            break;
        }
    }
    if taken <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(cut));
    // Measured with its ending each time: the ending may join the character before it.
    while let Some((end, taken)) = ends.pop() {
        if taken > room {
            continue;
        }
        let shorter = format!("{}{cut}", &text[..end]);
        if width(&shorter) <= columns {
            return shorter;
        }
    }
    String::new()
}

/// The text, followed by spaces up to `columns`; a longer text stays whole.
pub fn pad(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(gap))
}

/// The text as one cell of a CSV file: quoted where needed, and with an apostrophe before what a
/// spreadsheet would run as a formula.
pub fn csv_cell(text: &str) -> String {
    let formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
        || text.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    if formula || text.contains([',', ';', '"', '\n', '\r', '\t']) || text.trim() != text {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Breaks clean text into lines of at most so many columns, between words where it can.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for mut word in text.split(' ') {
        let mut wide = width(word);
        loop {
            let line = lines.last().map_or("", String::as_str);
            let taken = if line.is_empty() { 0 } else { width(line) + 1 };
            if taken + wide <= columns {
                if let Some(line) = lines.last_mut() {
                    if taken > 0 {
                        line.push(' ');
                    }
                    line.push_str(word);
                }
                break;
            }
            if taken > 0 {
                lines.push(String::new());
                continue;
            }
            // A word longer than a line is cut where the line ends.
            let head = truncate(word, columns, "");
            let Some(rest) = word.get(head.len()..).filter(|_| !head.is_empty()) else { break };
            (word, wide) = (rest, wide.saturating_sub(width(&head)));
            lines.pop();
            lines.extend([head, String::new()]);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn controls_and_sequences_go() {
        assert_eq!(clean("plain  name "), "plain  name ");
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(clean("a\u{1b}]0;title\u{7}b\u{1b}]8;;http://x\u{1b}\\c"), "abc");
        assert_eq!(clean("a\u{9b}2Jb\u{9d}52;c;eA==\u{9c}c"), "abc");
        assert_eq!(clean("a\u{1b}(Bb\u{1b}7c\u{1b}"), "abc");
        assert_eq!(clean("a\u{1b}]never ended"), "anever ended");
        assert_eq!(clean("a\u{0}\u{7}\u{8}\u{7f}b"), "ab");
    }

    /// Characters that count how often one was asked for, by clones too.
    #[derive(Clone)]
    struct Counted<'a>(std::str::Chars<'a>, &'a std::cell::Cell<usize>);

    impl Iterator for Counted<'_> {
        type Item = char;

        fn next(&mut self) -> Option<char> {
            self.1.set(self.1.get() + 1);
            self.0.next()
        }
    }

    #[test]
    fn a_megabyte_of_beginnings_is_gone_through_twice_at_most() {
        for begin in ["\u{1b}]", "\u{1b}P", "\u{9d}", "\u{1b}[", "\u{1b}\u{1b}]", "\u{1b}]\u{1b}\\"]
        {
            let text = begin.repeat(1_000_000 / begin.len());
            let (steps, mut kept) = (std::cell::Cell::new(0), String::new());
            strip_into(&mut kept, Counted(text.chars(), &steps));
            let most = 2 * text.chars().count() + 10;
            assert!(steps.get() <= most, "{begin:?}: {} steps, at most {most}", steps.get());
        }
    }

    #[test]
    fn breaks_become_one_space() {
        assert_eq!(clean("\n a\r\n\t b\u{2028}c \n"), "a b c");
        assert_eq!(clean("a\n\u{200b}\nb"), "a b");
        assert_eq!(clean("a  b"), "a  b");
    }

    #[test]
    fn hidden_characters_go() {
        assert_eq!(clean("\u{feff}abc\u{202e}cba\u{2066}\u{200b}\u{ad}\u{e0041}"), "abccba");
        assert_eq!(clean("a\u{200d}b\u{fe0f}"), "ab");
        assert_eq!(clean("\u{301}e\u{301}"), "e\u{301}");
        assert_eq!(clean(&format!("e{}", "\u{301}".repeat(40))).chars().count(), 1 + MAX_MARKS);
    }

    #[test]
    fn letters_of_all_kinds_stay() {
        for text in [
            "Ana’s MacBook Pro",
            "東京 事務所",
            "שלום",
            "👩\u{200d}💻 desk",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "\u{f8ff}TV",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn long_text_is_cut_between_graphemes() {
        let long = format!("{}e\u{301}xyz", "a".repeat(MAX_CHARS - 1));
        assert_eq!(clean(&long), "a".repeat(MAX_CHARS - 1));
        assert_eq!(clean(&"a".repeat(MAX_CHARS)).len(), MAX_CHARS);
        assert_eq!(clean_to("👩\u{200d}💻", 2), "👩");
    }

    #[test]
    fn widths_are_terminal_columns() {
        for (text, columns) in
            [("abc", 3), ("東京", 4), ("e\u{301}", 1), ("👩\u{200d}💻", 2), ("", 0)]
        {
            assert_eq!(width(text), columns, "{text:?}");
        }
    }

    #[test]
    fn cuts_and_pads() {
        assert_eq!(truncate("Birch, Alder", 12, CUT), "Birch, Alder");
        assert_eq!(truncate("Birch, Alder", 6, CUT), "Birch…");
        assert_eq!(truncate("Birch, Alder", 6, CUT_ASCII), "Birch~");
        assert_eq!(truncate("東京都", 4, CUT), "東…");
        assert_eq!(truncate("abc", 0, CUT), "");
        assert_eq!(pad("東京", 6), "東京  ");
        assert_eq!(pad("abcdef", 3), "abcdef");
    }

    #[test]
    fn cells_are_harmless() {
        for (text, cell) in [
            ("Birch", "Birch"),
            ("Birch, Alder", "\"Birch, Alder\""),
            ("13\" screen", "\"13\"\" screen\""),
            ("=1+1", "\"'=1+1\""),
            (" @x", "\"' @x\""),
            ("-1", "\"'-1\""),
            ("\tx", "\"'\tx\""),
        ] {
            assert_eq!(csv_cell(text), cell);
        }
    }

    /// Any text, with the dangerous characters far more often than chance would have them.
    fn any_text() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(
            "\u{1b}[]P\\m0;\u{7}\u{9b}\u{9c}\u{9d}\u{85}\n\r\t \u{200d}\u{fe0f}\u{301}\u{202e}\u{2066}\u{200b}\u{feff}\u{e0061}💻👩🏽🇩🇪❤1\u{600}\u{1161}각=,\""
                .chars()
                .collect::<Vec<_>>(),
        );
        prop::collection::vec(prop_oneof![odd, any::<char>()], 0..80)
            .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn clean_text_has_nothing_hidden(text in any_text()) {
            let clean = clean(&text);
            prop_assert!(!clean.chars().any(hidden), "{clean:?}");
        }

        #[test]
        fn cleaning_twice_is_cleaning_once(text in any_text(), max in 0usize..40) {
            let once = clean_to(&text, max);
            prop_assert!(once.chars().count() <= max);
            prop_assert_eq!(clean_to(&once, max), once);
        }

        #[test]
        fn truncated_text_fits(text in any_text(), columns in 0usize..20) {
            for text in [clean(&text), text] {
                prop_assert!(width(&truncate(&text, columns, CUT)) <= columns);
            }
        }

        #[test]
        fn padded_text_fills(text in any_text(), columns in 0usize..20) {
            let text = clean(&text);
            prop_assert!(width(&pad(&text, columns)) >= columns);
        }

        #[test]
        fn a_cell_reads_back(text in any_text()) {
            let cell = csv_cell(&text);
            let inner = match cell.strip_prefix('"') {
                Some(quoted) => quoted.strip_suffix('"').unwrap().replace("\"\"", "\""),
                None => cell,
            };
            prop_assert_eq!(inner.strip_prefix('\'').filter(|_| !text.starts_with('\'')).unwrap_or(&inner), text);
        }
    }
}
