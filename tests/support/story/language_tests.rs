use super::*;
use proptest::prelude::*;
use std::time::Duration;

fn parse(text: &str) -> Result<Vec<Step>, String> {
    let story =
        Story::parse(Path::new("x.story"), text).map_err(|misspelt| misspelt.to_string())?;
    Ok(story.steps.into_iter().map(|numbered| numbered.step).collect())
}

fn one(line: &str) -> Step {
    let mut steps = parse(line).unwrap();
    assert_eq!(steps.len(), 1, "{line}");
    steps.remove(0)
}

#[test]
fn comments_and_empty_lines_say_nothing() {
    assert_eq!(parse("# idle\n\n   # x\n\tidle\n").unwrap(), [Step::Idle]);
}

#[test]
fn texts_come_with_and_without_quotation_marks() {
    assert_eq!(one("type Acme  Corporation"), Step::Type("Acme  Corporation".into()));
    assert_eq!(one(r#"type " a \"b\" \\ ""#), Step::Type(" a \"b\" \\ ".into()));
    assert_eq!(one(r#"paste "two\nlines\t\e""#), Step::Paste("two\nlines\t\x1b".into()));
}

#[test]
fn keys_repeat() {
    let keys = [Key::Down, Key::Down, Key::Down, Key::Char('*'), Key::Ctrl('c')].to_vec();
    assert_eq!(one("press down*3 * ctrl-c"), Step::Press(keys));
    for text in ["press foo*2", "press *2", "press a*0", "press a*99999"] {
        assert!(parse(text).unwrap_err().ends_with("is no key"), "{text}");
    }
}

#[test]
fn waiting_has_a_limit_of_its_own() {
    assert_eq!(one(r#"wait "a b""#), Step::Wait { text: "a b".into(), within: None });
    let within = Some(Duration::from_secs(90));
    assert_eq!(one(r#"gone "a" within 90s"#), Step::Gone { text: "a".into(), within });
    assert_eq!(one("hold 250ms"), Step::Hold(Duration::from_millis(250)));
}

#[test]
fn set_up_reads() {
    assert_eq!(one("size 80x24"), Step::Size(words::size("80x24").unwrap()));
    assert_eq!(one("env NO_COLOR=1"), Step::Env("NO_COLOR".into(), Some("1".into())));
    assert_eq!(one("clock 14:02"), Step::Clock { minutes: 842 });
    assert_eq!(one("env LANG"), Step::Env("LANG".into(), None));
    assert_eq!(
        one("sandbox devices=4 itglue-limit=9"),
        Step::Sandbox(vec![("devices".into(), "4".into()), ("itglue-limit".into(), "9".into())])
    );
    assert_eq!(
        one(r#"setting theme = "light""#),
        Step::Setting { key: vec!["theme".into()], value: "\"light\"".into() }
    );
    assert_eq!(
        one(r#"do exit=3 bindery link "Acme Corporation" 7"#),
        Step::Do {
            exit: 3,
            command: ["bindery", "link", "Acme Corporation", "7"].map(str::to_owned).to_vec()
        }
    );
}

#[test]
fn a_mistake_names_file_and_line() {
    for (text, message) in [
        ("\nfrobnicate", "x.story:2: \"frobnicate\" is nothing that a story can say"),
        ("wait foo", "x.story:1: a text in quotation marks is missing"),
        ("wait \"foo", "x.story:1: the closing quotation mark is missing"),
        ("wait \"\"", "x.story:1: an empty text is everywhere"),
        ("expect \"a\" b", "x.story:1: \"b\" was not expected here"),
        ("expect-line 0 \"a\"", "x.story:1: \"0\" is no row"),
        ("size 80", "x.story:1: \"80\" is no size such as 80x24"),
        ("size 0x24", "x.story:1: \"0x24\" is no size such as 80x24"),
        ("press", "x.story:1: a key is missing"),
        ("press hyper-x", "x.story:1: \"hyper-x\" is no key"),
        ("run", "x.story:1: a command is missing"),
        ("exit 300", "x.story:1: \"300\" is no exit code"),
        ("shot ../x", "x.story:1: \"../x\" is no name: lower case letters, digits and hyphens"),
        ("paste \"\\q\"", "x.story:1: \\q stands for nothing"),
        ("signal FOO", "x.story:1: \"FOO\" is no signal: HUP, INT, TERM or KILL"),
        ("clock 24:00", "x.story:1: \"24:00\" is no time such as 14:02"),
        ("idle now", "x.story:1: \"now\" was not expected here"),
        ("background blue", "x.story:1: a background is dark or light, not \"blue\""),
    ] {
        assert_eq!(parse(text).unwrap_err(), message);
    }
}

#[test]
fn nothing_is_pressed_right_after_escape() {
    let message = "after esc, wait for what it does before anything else is pressed";
    for text in ["press esc q", "press esc\ntype a", "press esc\n\npress q"] {
        assert!(parse(text).unwrap_err().ends_with(message), "{text}");
    }
    assert!(parse("press esc\ngone \"Help\"\npress q").is_ok());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", line in "(press|wait|run|setting|do|size|paste) \\PC*") {
        let _ = parse(&text);
        let _ = parse(&line);
    }
}
