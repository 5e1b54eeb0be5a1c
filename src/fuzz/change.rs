//! How an example is changed: bytes flipped, parts cut out, repeated and put together, tricks put in.

use super::TRICKS;
use fastrand::Rng;

/// Never longer than this, in bytes; floods are for the rest.
const LONGEST: usize = 64 * 1024;

const NUMBERS: [&str; 8] = [
    "0",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e308",
    "1e999",
    "0.0000000000000000000000000000001",
];

/// One of the examples, changed once or a few times.
pub fn changed(rng: &mut Rng, examples: &[&[u8]]) -> Vec<u8> {
    let mut input = pick(rng, examples).to_vec();
    for _ in 0..rng.usize(1..=4) {
        change(rng, examples, &mut input);
    }
    input.truncate(LONGEST);
    input
}

fn pick<'a>(rng: &mut Rng, examples: &[&'a [u8]]) -> &'a [u8] {
    examples.get(rng.usize(0..examples.len().max(1))).copied().unwrap_or_default()
}

/// A part of the input, up to so many bytes.
fn part(rng: &mut Rng, input: &[u8], most: usize) -> std::ops::Range<usize> {
    let start = rng.usize(0..=input.len());
    let end = rng.usize(start..=input.len().min(start + most));
    start..end
}

fn change(rng: &mut Rng, examples: &[&[u8]], input: &mut Vec<u8>) {
    let at = rng.usize(0..=input.len());
    match rng.u8(0..10) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << rng.u8(0..8);
            }
        }
        1 => input.truncate(at),
        2 => {
            let gone = part(rng, input, 40);
            input.drain(gone);
        }
        3 => {
            let again = input[part(rng, input, 200)].to_vec();
            let times = rng.usize(1..40);
            input.splice(at..at, again.repeat(times));
        }
        4 => {
            let other = pick(rng, examples);
            let from = part(rng, other, LONGEST);
            input.splice(at.., other[from].iter().copied());
        }
        5 => {
            let byte = rng.u8(..);
            input.insert(at, byte);
        }
        6 => replace_number(rng, input),
        7 => replace_text(rng, input),
        _ => {
            let trick = TRICKS[rng.usize(0..TRICKS.len())];
            let times = if rng.u8(0..8) == 0 { rng.usize(1..300) } else { 1 };
            input.splice(at..at, trick.repeat(times));
        }
    }
}

/// Another number in the place of one.
fn replace_number(rng: &mut Rng, input: &mut Vec<u8>) {
    let starts: Vec<usize> = (0..input.len())
        .filter(|at| input[*at].is_ascii_digit() && (*at == 0 || !input[*at - 1].is_ascii_digit()))
        .collect();
    if starts.is_empty() {
        return;
    }
    let start = starts[rng.usize(0..starts.len())];
    let digits = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    input.splice(start..start + digits, NUMBERS[rng.usize(0..NUMBERS.len())].bytes());
}

/// A trick in the place of what stands between two quotation marks, as JSON or TOML would have it.
fn replace_text(rng: &mut Rng, input: &mut Vec<u8>) {
    let marks: Vec<usize> = (0..input.len()).filter(|at| input[*at] == b'"').collect();
    if marks.len() < 2 {
        return;
    }
    let first = rng.usize(0..marks.len() - 1);
    let trick = String::from_utf8_lossy(TRICKS[rng.usize(0..TRICKS.len())]).into_owned();
    let text = serde_json::to_string(&trick).unwrap_or_default();
    input.splice(marks[first]..=marks[first + 1], text.into_bytes());
}

/// Inputs of this size, each with its name: what comes again and again in one of them, plainly and
/// where the first text or value of an example stands.
pub fn floods(examples: &[&[u8]], size: usize) -> Vec<(String, Vec<u8>)> {
    let parts: [&[u8]; 7] = [b"\x1b]", b"[", b"a.", b"a=1\n", b"<title", b"\xcc\x81", b"a"];
    let mut floods: Vec<(String, Vec<u8>)> = parts
        .iter()
        .map(|part| (part.escape_ascii().to_string(), part.repeat(size / part.len())))
        .collect();
    for (at, example) in examples.iter().take(1).enumerate() {
        // Inside the first text: a name of a megabyte.
        if let Some(mark) = example.iter().position(|byte| *byte == b':' || *byte == b'=')
            && let Some(start) = example[mark..].iter().position(|byte| *byte == b'"')
        {
            let (head, tail) = example.split_at(mark + start + 1);
            let long = "\\u001b]x ".repeat(size / 9).into_bytes();
            floods.push((format!("text in example {at}"), [head, &long, tail].concat()));
        }
        let often = example.repeat((size / example.len().max(1)).max(1));
        floods.push((format!("example {at}"), often));
    }
    floods
}
