//! The console in a real terminal: of all that it sends, nothing is what a name asked for.

use crate::scene::hostile;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::Duration;

/// The sequences and characters in what a program sent that are none of ours.
fn strange(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut rest = text.chars().peekable();
    let mut found = Vec::new();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            let code = u32::from(c);
            let hidden = (code < 0x20 && !matches!(c, '\r' | '\n'))
                || (0x7f..=0x9f).contains(&code)
                || matches!(code, 0x200b | 0x200e | 0x200f | 0xfeff | 0x61c)
                || (0x2028..=0x202e).contains(&code)
                || (0x2060..=0x206f).contains(&code)
                || (0xe0000..=0xe0fff).contains(&code);
            found.extend(hidden.then(|| format!("{c:?}")));
            continue;
        }
        match rest.next() {
            Some('[') => {
                let mut sequence = String::new();
                for c in rest.by_ref() {
                    sequence.push(c);
                    if matches!(c, '@'..='~') {
                        break;
                    }
                }
                let known =
                    sequence.ends_with(['H', 'm', 'J', 'K', 'h', 'l', 'c', 'n', 'u', 'q', 'p']);
                found.extend((!known).then(|| format!("CSI {sequence}")));
            }
            Some(']') => {
                let mut sequence = String::new();
                while let Some(c) = rest.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                    sequence.push(c);
                }
                // A question about the ground's colour, a link into IT Glue, and what was copied.
                let link = sequence.strip_prefix("8;;");
                let ours = sequence.starts_with("11;?")
                    || sequence.starts_with("10;?")
                    || link.is_some_and(|to| {
                        to.is_empty() || to.starts_with("https://acme.itglue.com/")
                    })
                    || sequence.strip_prefix("52;c;").is_some_and(|copied| {
                        copied.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
                            && copied != "cm0gLXJmIC8="
                            && copied != "eA=="
                    });
                found.extend((!ours).then(|| format!("OSC {sequence}")));
            }
            Some('7' | '8' | '\\' | '(' | '=' | '>') => {}
            other => found.push(format!("ESC {other:?}")),
        }
    }
    found
}

#[test]
fn strange_sequences_are_found() {
    assert!(
        strange(b"\x1b[2J\x1b[1;2Hplain\x1b[38;5;1m\x1b]8;;https://acme.itglue.com/1\x1b\\")
            .is_empty()
    );
    for bad in [
        "\u{1b}]0;x\u{7}",
        "\u{1b}]8;;https://evil.example\u{7}",
        "\u{202e}",
        "\u{9b}2J",
        "\u{1b}c",
    ] {
        assert_eq!(strange(bad.as_bytes()).len(), 1, "{bad:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_consoles_bytes_are_its_own() {
    let (binary, policy, organization) = hostile().await;
    for command in [vec!["link", &policy, &organization, "--yes"], vec!["sync", "--all"]] {
        binary.run_aside(binary.command(&command)).await.exited(0);
    }
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_bindery"));
    command.env_clear();
    for (name, value) in binary.command(&[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    // A terminal that draws hyperlinks.
    command.env("TERM", "xterm-kitty");
    command.env("COLORTERM", "truecolor");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (sender, receiver) = mpsc::channel::<Vec<u8>>();
    std::thread::spawn(move || {
        let mut buffer = [0; 65536];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    let mut seen = Vec::new();
    let mut quiet = |limit: u64| {
        while let Ok(bytes) = receiver.recv_timeout(Duration::from_millis(limit)) {
            seen.extend(bytes);
        }
        seen.len()
    };
    let mut writer = pair.master.take_writer().unwrap();
    assert!(quiet(3000) > 1000, "the console opens");
    // Each screen, each list, an export's question, a copy, filters and the help.
    let keys = [
        "j",
        "\r",
        "j",
        "j",
        "\r",
        "y",
        "n",
        "\x1b",
        "\x1b",
        "2",
        "\r",
        "y",
        "l",
        "\x1b",
        "3",
        "\r",
        "j",
        "\r",
        "\x1b",
        "\x1b",
        "4",
        "G",
        "\r",
        "\x1b",
        "1",
        "/",
        "Acme",
        "\r",
        "\x1b",
        "p",
        "L",
        "\x1b",
        "?",
        "\x1b",
        ":",
        "notices\r",
        "\x1b",
        "e",
        "\x1b",
    ];
    for key in keys {
        writer.write_all(key.as_bytes()).unwrap();
        quiet(400);
    }
    writer.write_all(b"\x1b\x1bq").unwrap();
    quiet(1500);
    let count = quiet(100);
    let _ = child.kill();
    let _ = child.wait();
    let strange = strange(&seen);
    assert!(strange.is_empty(), "{strange:#?}");
    let screens = String::from_utf8_lossy(&seen);
    assert!(screens.contains("red") && screens.contains("click"), "the names were shown");
    println!("bytes of the console looked at: {count}");
}
