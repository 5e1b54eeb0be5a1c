//! What a person at a terminal sees, over a real pseudo-terminal, and what a pipe gets instead.

#[path = "support/binary.rs"]
mod binary;

use binary::Binary;
use bindery::sandbox::Options;
use bindery::sandbox::control::NewDevice;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use unicode_width::UnicodeWidthStr;

/// How a command ended at a terminal, and everything it drew there.
struct Drawn {
    code: i32,
    text: String,
}

impl Drawn {
    /// The lines without styles.
    fn lines(&self) -> Vec<String> {
        let plain = anstream::adapter::strip_str(&self.text).to_string();
        plain.replace('\r', "\n").lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn exited(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.text);
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        // A sentence may have been broken anywhere.
        let all = self.lines().join(" ");
        assert!(all.contains(text), "{text:?} is missing in\n{}", self.text);
        self
    }
}

/// Runs on a terminal of so many columns, typing these lines as soon as each prompt stands there.
fn at_terminal(mut command: Command, columns: u16, answers: &[(&str, &str)]) -> Drawn {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let path = std::ffi::OsStr::from_bytes(name.as_bytes()).to_owned();
    let terminal = || OpenOptions::new().read(true).write(true).open(&path).unwrap();
    command.env("TERM", "xterm-256color");
    command.stdin(terminal()).stdout(terminal()).stderr(terminal());
    let mut child = command.spawn().unwrap();
    // Else the terminal stays open with us, and the reading below has no end.
    drop(command);
    let mut screen = File::from(master);
    let mut drawn = Vec::new();
    let mut answers = answers.iter();
    let mut next = answers.next();
    let mut bytes = [0; 4096];
    // Linux ends it with an error, others with nothing more to read.
    while let Ok(count @ 1..) = screen.read(&mut bytes) {
        drawn.extend(&bytes[..count]);
        let text = String::from_utf8_lossy(&drawn);
        if let Some((prompt, answer)) = next
            && text.contains(prompt)
        {
            writeln!(screen, "{answer}").unwrap();
            next = answers.next();
        }
    }
    assert!(next.is_none(), "never asked: {}", String::from_utf8_lossy(&drawn));
    let code = child.wait().unwrap().code().unwrap();
    Drawn { code, text: String::from_utf8_lossy(&drawn).into_owned() }
}

/// Names of every kind, in a linked policy.
async fn names() -> Binary {
    let bindery = Binary::new(Options::empty()).await;
    let control = bindery.control();
    control.add_organization("株式会社さくら");
    control.add_policy("株式会社さくら", None, "").unwrap();
    let names = [
        "日本のMacBook",
        "Ana's very long and windy name of a MacBook Pro in the corner office",
        "evil\u{1b}]0;title\u{7}\u{1b}[31mred\u{202e}",
        "two\nlines",
        "e\u{301}mile",
    ];
    for (at, name) in names.iter().enumerate() {
        let new = NewDevice {
            name: Some((*name).into()),
            hostname: Some(format!("host-{at}")),
            serial: Some(format!("SERIAL{at:06}")),
            ip: Some(format!("10.0.0.{}", at + 1)),
            ..NewDevice::default()
        };
        control.add_device("株式会社さくら", new).unwrap();
    }
    bindery.run(&["link", "株式会社さくら", "株式会社さくら"]).exited(0);
    bindery
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_wrongly_does_not_steer_the_terminal() {
    let bindery = Binary::new(Options::empty()).await;
    for typed in ["x\u{1b}]0;evil\u{7}\u{1b}[2J\u{9b}2J", "--x\u{1b}[8m", "\u{202e}"] {
        for words in [&[typed][..], &["sync", "--device", "a", typed], &["undo", "1", typed]] {
            let drawn = at_terminal(bindery.command(words), 80, &[]);
            let steers = |c: char| matches!(c, '\u{1b}' | '\u{7}' | '\u{9b}' | '\u{202e}');
            assert!(!drawn.text.contains(steers), "{:?}", drawn.text);
        }
    }
    at_terminal(bindery.command(&["--help"]), 80, &[]).exited(0).says("watch");
    at_terminal(bindery.command(&["--wrong"]), 80, &[]).exited(2).says("unexpected argument");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_line_up_and_fit_whatever_the_names() {
    let bindery = names().await;
    for columns in [80, 120] {
        for arguments in [
            &["policies"][..],
            &["plan"],
            &["status"],
            &["link", "株式会社さくら", "株式会社"],
            &["device", "host"],
            &["organizations", "株式会社"],
            &["doctor"],
            &["history"],
            &["bind"],
            &["sync", "--help"],
        ] {
            let drawn = at_terminal(bindery.command(arguments), columns, &[]);
            for line in drawn.lines() {
                // An id, a path or a switch's name can't be broken.
                let unbroken = line.split(' ').any(|word| word.len() > 36);
                let fits = line.width() <= usize::from(columns);
                assert!(fits || unbroken, "{arguments:?} at {columns}: {line:?}\n{}", drawn.text);
            }
        }
    }
    let plan = at_terminal(bindery.command(&["plan"]), 100, &[]).exited(0);
    let column = |line: &str| line.find("SERIAL").map(|at| line[..at].width());
    let columns: Vec<usize> = plan.lines().iter().filter_map(|line| column(line)).collect();
    assert_eq!(columns.len(), 5, "{}", plan.text);
    assert!(columns.iter().all(|column| *column == columns[0]), "{}", plan.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_bring_no_escape_code_into_any_output() {
    let bindery = names().await;
    let id = bindery.control().device_id("SERIAL000002").unwrap();
    for arguments in [
        &["plan"][..],
        &["sync", "--all", "-vv"],
        &["plan", "--json"],
        &["device", "evil"],
        &["device", "host"],
        &["bind", "SERIAL000002", "1", "--yes"],
        &["sync", "--device", &id, "--json"],
        &["history", "1"],
        &["history", "1", "--json"],
        &["status", "--json"],
        &["unlink", "株式会社さくら", "--inactivate"],
        &["release", &id],
    ] {
        let ended = bindery.run(arguments);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        let hidden = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
        assert_eq!(all.chars().find(hidden), None, "{arguments:?}: {all:?}");
        assert!(!all.contains("title"), "{arguments:?}: {all}");
    }
    let all = bindery.control().configurations("株式会社さくら").unwrap();
    let evil = all.iter().find(|one| one.serial_number.as_deref() == Some("SERIAL000002")).unwrap();
    let bind = bindery.command(&["bind", "SERIAL000001", &evil.id.to_string()]);
    let told = at_terminal(bind, 100, &[]).exited(1).says("held by evilred");
    assert!(!told.text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{:?}", told.text);
    let told = at_terminal(bindery.command(&["plan", "x\u{1b}[31my\u{7}"]), 100, &[]).exited(2);
    assert!(!told.text.contains("[31m") && !told.text.contains('\u{7}'), "{:?}", told.text);
    // On a terminal the program's own styles are the only codes.
    let drawn = at_terminal(bindery.command(&["device", "host"]), 100, &[]).exited(2);
    assert!(!drawn.text.contains("]0;") && !drawn.text.contains('\u{7}'), "{:?}", drawn.text);
    let plan = at_terminal(bindery.command(&["history", "1"]), 100, &[]);
    assert!(!plan.text.contains("]0;") && !plan.text.contains('\u{202e}'), "{:?}", plan.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_only_where_they_belong() {
    let bindery = names().await;
    let with = |arguments: &[&str], name: &str, value: &str| {
        let mut command = bindery.command(arguments);
        command.env(name, value);
        command
    };
    let colour = "\u{1b}[";
    assert!(at_terminal(bindery.command(&["policies"]), 80, &[]).text.contains(colour));
    for arguments in [&["policies"][..], &["plan"], &["doctor"], &["sync", "--all"], &["bind"]] {
        let drawn = at_terminal(with(arguments, "NO_COLOR", "1"), 80, &[]);
        // The bar moves the cursor, which is no colour.
        let colours = drawn.text.split(colour).skip(1).filter(|rest| {
            let end = rest.find(|c: char| c.is_ascii_alphabetic());
            end.is_some_and(|at| rest[at..].starts_with('m'))
        });
        assert_eq!(colours.count(), 0, "{arguments:?}: {:?}", drawn.text);
        let ended = bindery.run(arguments);
        assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_locale_is_not_utf8_symbols_are_ascii() {
    let bindery = Binary::new(Options::empty()).await;
    bindery.control().add_organization("Acme");
    bindery.control().add_policy("Acme", None, "").unwrap();
    let name = "A name that is longer than any column of a narrow terminal".to_owned();
    let new = NewDevice { name: Some(name), serial: Some("S1".into()), ..NewDevice::default() };
    bindery.control().add_device("Acme", new).unwrap();
    bindery.run(&["link", "Acme", "Acme"]).exited(0);
    for arguments in [&["policies"][..], &["status"], &["doctor"], &["plan"], &["sync", "--all"]] {
        let mut command = bindery.command(arguments);
        command.env("LANG", "C");
        let drawn = at_terminal(command, 40, &[]).exited(0);
        assert!(drawn.text.is_ascii(), "{arguments:?}: {}", drawn.text);
    }
    bindery.run(&["policies"]).exited(0).says("●");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_and_the_answer_counts() {
    let bindery = names().await;
    let policy = "株式会社さくら";
    for at in 5..8 {
        let serial = Some(format!("SERIAL{at:06}"));
        let new = NewDevice { name: Some(format!("mac-{at}")), serial, ..NewDevice::default() };
        bindery.control().add_device(policy, new).unwrap();
    }
    bindery.run(&["sync", "--all"]).exited(0).says("8 created");
    let inactive = || {
        let all = bindery.control().configurations(policy).unwrap();
        all.iter().filter(|configuration| configuration.status_id == Some(102)).count()
    };
    bindery.control().remove_devices(policy, 6).unwrap();
    let sync = || bindery.command(&["sync", "--all"]);
    let prompt = "Type 6 to confirm";
    at_terminal(sync(), 80, &[(prompt, "y")]).exited(4);
    assert_eq!(inactive(), 0);
    at_terminal(sync(), 80, &[(prompt, "6")]).exited(0).says("6 inactivated");
    assert_eq!(inactive(), 6);

    let unlink = || bindery.command(&["unlink", policy, "--inactivate"]);
    at_terminal(unlink(), 80, &[("[y/N]", "")]).exited(4).says("Nothing was changed");
    at_terminal(unlink(), 80, &[("[y/N]", "yes")]).exited(0).says("is unlinked");
    assert_eq!(inactive(), 8);
}
