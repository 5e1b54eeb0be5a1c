//! Printing: results to stdout, everything else to stderr; colours only where a terminal shows them.

use super::terminal;
use crate::domain::Counts;
use crate::text::{clean_to, hidden, width, wrap};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::{self, Write};

/// How many columns stdout's terminal has; `None` where it is none.
pub fn columns() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width.0))
}

/// Prints a result. A reader that has gone away (`| head`) is no error.
pub fn print(text: &str) {
    let _ = write_all(&mut anstream::stdout(), &fitted(&harmless(text), columns()));
}

/// Prints one document on a line of its own.
pub fn print_json(document: &serde_json::Value) {
    let _ = write_all(&mut io::stdout(), &format!("{}\n", escaped(&document.to_string())));
}

/// So many bytes of a long result are written at once.
const PIECE: usize = 64 * 1024;

/// A long result, written in large pieces: a flush a line would cost more than all the rest.
#[derive(Debug, Default)]
pub struct Pieces(String);

impl Pieces {
    /// Adds text of whole lines.
    pub fn add(&mut self, text: &str) {
        self.0.push_str(&fitted(&harmless(text), columns()));
        self.write_from(PIECE);
    }

    /// Adds one document on a line of its own.
    pub fn add_json(&mut self, document: &serde_json::Value) {
        self.0.push_str(&escaped(&document.to_string()));
        self.0.push('\n');
        self.write_from(PIECE);
    }

    fn write_from(&mut self, length: usize) {
        if self.0.len() >= length {
            // A reader that has gone away is no error.
            let _ = write_all(&mut anstream::stdout(), &self.0);
            self.0.clear();
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.write_from(1);
    }
}

/// Says something beside the result.
pub fn note(text: &str) {
    let columns = terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| width.0.into());
    let text = harmless(text);
    let _ = write_all(&mut anstream::stderr(), &format!("{}\n", fitted(&text, columns)));
}

/// Without all that could steer a terminal, but for line breaks, tabs and styles. Names are cleaned
/// where they come in; this is for what a person typed or a file said, and for what was forgotten.
fn harmless(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match style(rest) {
            Some(length) => length,
            None if hidden(c) && !matches!(c, '\n' | '\t') => {
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                continue;
            }
            None => c.len_utf8(),
        };
        let (part, after) = rest.split_at(length); // it ends where a character does
        kept.push_str(part);
        rest = after;
    }
    kept
}

/// The length of the style (`ESC [ … m`) that the text begins with.
fn style(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let count = parameters.bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
    (parameters.as_bytes().get(count) == Some(&b'm')).then_some(2 + count + 1)
}

/// JSON that says the same, with what a terminal would not show spelled out.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// Sentences broken between words. Lines with styles are a table's, which has seen to that itself.
fn fitted(text: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else { return text.to_owned() };
    let fit = |line: &str| match line.contains('\u{1b}') || width(line) <= columns {
        true => line.to_owned(),
        false => wrap_indented(line, columns),
    };
    text.split('\n').map(fit).collect::<Vec<_>>().join("\n")
}

/// A line broken between words, its indentation kept.
fn wrap_indented(line: &str, columns: usize) -> String {
    let text = line.trim_start_matches(' ');
    let indent = line.len() - text.len();
    hang(text, columns.saturating_sub(indent), indent, indent)
}

/// Text in lines of so many columns, the first indented by `first`, the others by `others`.
fn hang(text: &str, columns: usize, first: usize, others: usize) -> String {
    let between = format!("\n{}", " ".repeat(others));
    format!("{}{}", " ".repeat(first), wrap(text, columns).join(&between))
}

/// Text that stands at a column, broken so that it stays there.
pub fn at_column(text: &str, column: usize) -> String {
    match columns() {
        Some(columns) => hang(text, columns.saturating_sub(column), 0, column),
        None => text.to_owned(),
    }
}

fn write_all(to: &mut impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}

/// Text in a style, for a line outside a table.
pub fn styled(style: anstyle::Style, text: &str) -> String {
    format!("{}{text}{}", style.render(), style.render_reset())
}

/// `1 device`, `2 devices`.
pub fn counted(count: usize, one: &str) -> String {
    let plural = match one.strip_suffix('y') {
        Some(stem) if one != "day" => format!("{stem}ies"),
        _ => format!("{one}s"),
    };
    if count == 1 { format!("1 {one}") } else { format!("{count} {plural}") }
}

/// A date and a time of day where the program runs.
pub fn moment(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// For a table: a time of day where that was today, else a date.
pub fn day_or_time(at: Timestamp) -> String {
    let zone = TimeZone::system();
    let now = Timestamp::now().to_zoned_datetime(zone.clone());
    let at = at.to_zoned_datetime(zone);
    let today = at.date() == now.date();
    at.strftime(if today { "%H:%M" } else { "%Y-%m-%d" }).to_string()
}

/// A sentence about the age of what is shown.
pub fn as_of(at: Option<Timestamp>) -> String {
    match at {
        Some(at) => format!("As of {}; no request was made.", moment(at)),
        None => "Addigy has not been read yet. Read it: bindery policies".to_owned(),
    }
}

/// Several lines of text, each cleaned: names in them came from outside.
pub fn lines(text: &str) -> String {
    text.lines().map(|text| format!("{}\n", line(text))).collect()
}

/// One line of text, cleaned.
pub fn line(text: &str) -> String {
    const LONGEST: usize = 8192;
    clean_to(text, LONGEST)
}

/// Counts in a row.
pub fn joined(parts: &[String]) -> String {
    parts.join(if terminal::draws_utf8(None) { " · " } else { ", " })
}

/// What a run did, what changed first: `57 created`, `1 pending`; nothing that is nought.
pub fn told(counts: &Counts) -> Vec<String> {
    [
        ("created", counts.created),
        ("activated", counts.activated),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("inactivated", counts.inactivated),
        ("pending", counts.pending),
        ("withheld", counts.withheld),
        ("held", counts.held),
        ("cancelled", counts.cancelled),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(word, count)| format!("{count} {word}"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_styles_and_line_breaks_steer() {
        let text = "a\u{1b}[1mb\u{1b}[0m\n\tc\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}m\u{202e}d\u{200b}\r";
        assert_eq!(harmless(text), "a\u{1b}[1mb\u{1b}[0m\n\tc[2J]0;xmd");
        assert_eq!(harmless("\u{1b}[1;2"), "[1;2");
    }

    #[test]
    fn hidden_characters_of_json_are_spelled_out() {
        let document = serde_json::json!({"a": "x\u{202e}\u{9b}\u{e0041}y\u{1b}"});
        let text = escaped(&document.to_string());
        assert_eq!(text, r#"{"a":"x\u202e\u009b\udb40\udc41y\u001b"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), document);
    }
}
