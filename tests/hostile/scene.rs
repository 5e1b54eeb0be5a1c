//! A client whose every name was chosen by somebody who means harm.

use crate::binary::Binary;
use bindery::sandbox::Options;
use bindery::sandbox::control::NewDevice;

/// Names of devices. The number in each keeps them apart once they are cleaned.
pub fn names() -> Vec<String> {
    let tricks = [
        "\u{1b}[31mred\u{1b}[0m",
        "\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\",
        "\u{1b}]52;c;cm0gLXJmIC8=\u{7}",
        "\u{1b}]0;title\u{7}",
        "\u{1b}]\u{1b}]\u{1b}P never ended",
        "\u{9b}2J\u{9d}52;c;eA==\u{9c}",
        "a\u{0}b\u{7}c\u{8}\u{7f}",
        "two\r\nlines\u{2028}here",
        "\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}",
        "zero\u{200b}width\u{feff}\u{2060}",
        "tag\u{e0061}\u{e007f}",
        "=cmd|' /C calc'!A0",
        "@SUM(A1)",
        "[x](javascript:1)|`b`<b>",
        "Z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "{\"a\":\"\\u001b\"}",
        "../../etc/passwd",
    ];
    let mut names: Vec<String> =
        tricks.iter().enumerate().map(|(at, trick)| format!("{trick} {at}")).collect();
    names.push(format!("{}end", "\u{1b}]x".repeat(10_000_000 / 3)));
    names
}

pub const POLICY: &str = "Acme\u{1b}]0;owned\u{7}\u{202e} \u{1b}[2J|`Clients`";
pub const ORGANIZATION: &str = "Acme\u{9b}31m\u{200b} \u{1b}]8;;https://evil.example\u{7}Ltd";

/// The policy's and the organization's ids are the text of commands; nothing is linked yet.
pub async fn hostile() -> (Binary, String, String) {
    let binary = Binary::new(Options::empty()).await;
    let control = binary.control();
    let organization = control.add_organization(ORGANIZATION).to_string();
    control.add_organization("Acme Ltd");
    let policy = control.add_policy(POLICY, None, "").unwrap();
    for (at, name) in names().into_iter().enumerate() {
        let short: String = name.chars().take(200).collect();
        let new = NewDevice {
            hostname: Some(format!("host {short}")),
            ip: Some(format!("10.0.0.{}\u{1b}[2J", at + 1)),
            mac: Some(format!("a4:83:e7:00:00:{at:02x}")),
            serial: Some(format!("SERIAL{at:03}\u{200b}\u{7}")),
            name: Some(name),
            model: None,
        };
        control.add_device(&policy, new).unwrap();
    }
    (binary, policy, organization)
}

/// Fails where a text could steer a terminal or hides something; line breaks are fine.
#[track_caller]
pub fn assert_harmless(what: &str, text: &str) {
    let bad = |c: char| {
        let code = u32::from(c);
        (code < 0x20 && c != '\n')
            || (0x7f..=0x9f).contains(&code)
            || matches!(code, 0xad | 0x61c | 0x200b | 0x200c | 0x200e | 0x200f | 0xfeff)
            || (0x2028..=0x202e).contains(&code)
            || (0x2060..=0x206f).contains(&code)
            || (0xe0000..=0xe0fff).contains(&code)
    };
    if let Some((at, c)) = text.char_indices().find(|(_, c)| bad(*c)) {
        let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
        let line: String = text[start..].chars().take(300).collect();
        panic!("{c:?} in {what}: {line:?}");
    }
}
