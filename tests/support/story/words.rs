//! Taking a line of a story apart.

use super::step::Size;
use std::time::Duration;

/// A word or a text in quotation marks, and what comes after it.
pub fn first(text: &str) -> Result<(String, &str), String> {
    let text = text.trim_start();
    if let Some(inside) = text.strip_prefix('"') {
        return quoted(inside);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    Ok((text[..end].to_owned(), &text[end..]))
}

/// Up to the closing mark; `\n`, `\t`, `\e`, `\"` and `\\` stand for what can't be written.
fn quoted(inside: &str) -> Result<(String, &str), String> {
    let mut taken = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((taken, &inside[at + 1..])),
            '\\' => taken.push(match characters.next() {
                Some((_, 'n')) => '\n',
                Some((_, 't')) => '\t',
                Some((_, 'e')) => '\x1b',
                Some((_, '"')) => '"',
                Some((_, '\\')) => '\\',
                Some((_, other)) => return Err(format!("\\{other} stands for nothing")),
                None => break,
            }),
            other => taken.push(other),
        }
    }
    Err("the closing quotation mark is missing".into())
}

/// All words of a line.
pub fn all(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (word, after) = first(rest)?;
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

/// The whole line as one text, in quotation marks or not.
pub fn text(line: &str) -> Result<String, String> {
    let line = line.trim();
    if line.is_empty() {
        return Err("a text is missing".into());
    }
    if !line.starts_with('"') {
        return Ok(line.to_owned());
    }
    let (text, rest) = first(line)?;
    nothing_more(rest)?;
    Ok(text)
}

/// A text in quotation marks and how long to wait for it.
pub fn text_within(line: &str) -> Result<(String, Option<Duration>), String> {
    let (text, rest) = quoted_text(line)?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok((text, None));
    }
    let limit = rest.strip_prefix("within ").ok_or_else(|| unexpected(rest))?;
    Ok((text, Some(duration(limit.trim())?)))
}

/// A text in quotation marks and what comes after it. An empty one is on every screen.
pub fn quoted_text(line: &str) -> Result<(String, &str), String> {
    let line = line.trim();
    if !line.starts_with('"') {
        return Err("a text in quotation marks is missing".into());
    }
    let (text, rest) = first(line)?;
    if text.is_empty() {
        return Err("an empty text is everywhere".into());
    }
    Ok((text, rest))
}

pub fn nothing_more(rest: &str) -> Result<(), String> {
    if rest.trim().is_empty() { Ok(()) } else { Err(unexpected(rest.trim())) }
}

fn unexpected(rest: &str) -> String {
    format!("{rest:?} was not expected here")
}

/// `80x24`.
pub fn size(text: &str) -> Result<Size, String> {
    let wrong = || format!("{text:?} is no size such as 80x24");
    let (columns, rows) = text.trim().split_once('x').ok_or_else(wrong)?;
    let number = |text: &str| text.parse().ok().filter(|n| (1..=500).contains(n));
    Ok(Size { columns: number(columns).ok_or_else(wrong)?, rows: number(rows).ok_or_else(wrong)? })
}

/// `90s` or `250ms`, at most ten minutes.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').unwrap_or_default(), 1000),
    };
    let milliseconds = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
    milliseconds
        .filter(|n| *n <= 600_000)
        .map(Duration::from_millis)
        .ok_or_else(|| format!("{text:?} is no time such as 90s or 250ms, or over ten minutes"))
}

/// `14:02`, in minutes since midnight.
pub fn minutes(text: &str) -> Result<u32, String> {
    let number = |text: &str, below: u32| text.parse::<u32>().ok().filter(|n| *n < below);
    let parts = text.trim().split_once(':');
    let parts = parts.and_then(|(hours, minutes)| Some((number(hours, 24)?, number(minutes, 60)?)));
    let (hours, minutes) = parts.ok_or_else(|| format!("{text:?} is no time such as 14:02"))?;
    Ok(hours * 60 + minutes)
}

/// A word that may be the name of a file.
pub fn file_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.is_empty() && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is no name: lower case letters, digits and hyphens"))
    }
}

/// `NAME=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not NAME=VALUE"))?;
    if name.is_empty() {
        return Err(format!("{text:?} has no name"));
    }
    Ok((name.to_owned(), value.to_owned()))
}
