//! Printing: results to stdout, everything else to stderr; colours only where a terminal shows them.

use crate::text::clean_to;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::{self, Write};

/// Prints a result. A reader that has gone away (`| head`) is no error.
pub fn print(text: &str) {
    let _ = write_all(&mut anstream::stdout(), text);
}

/// Prints one document on a line of its own.
pub fn print_json(document: &serde_json::Value) {
    let _ = write_all(&mut io::stdout(), &format!("{document}\n"));
}

/// Says something beside the result.
pub fn note(text: &str) {
    let _ = write_all(&mut anstream::stderr(), &format!("{text}\n"));
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
