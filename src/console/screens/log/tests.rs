use super::*;
use crate::console::shared::Shared as AllShared;
use crate::console::testing::{self, Driver};
use insta::assert_snapshot;

fn line(at: u64, text: &str) -> LogLine {
    LogLine::parse((20_260_601, at), text)
}

fn lines(count: u64) -> Vec<LogLine> {
    let mut lines = vec![
        line(0, "2026-05-31T22:15:03.5Z  INFO bindery::apply::run: run 40 ended outcome=done"),
        line(1, "2026-06-01T08:00:01.2Z  INFO bindery::apply::run: run 41 started policies=4"),
        line(
            2,
            "2026-06-01T08:00:02.9Z  WARN bindery::transport::send: IT Glue answered 429, waiting \
             until=2026-06-01T08:01:02Z service=\"IT Glue\" method=PATCH path=/configurations \
             attempt=1 of=4; nothing is lost by it, and the request is sent again by itself",
        ),
        line(3, "2026-06-01T08:00:04.0Z ERROR bindery::store: the disk is full"),
        line(
            4,
            "2026-06-01T08:00:05.0Z DEBUG bindery::transport::send: GET /policies 200 in 12 ms",
        ),
        line(5, "something that is no line of ours"),
    ];
    lines.extend((6..count).map(|at| {
        line(
            at,
            &format!("2026-06-01T08:01:{:02}Z  INFO bindery::apply::run: device {at}", at % 60),
        )
    }));
    lines
}

fn tail(count: u64) -> Answer {
    let file = "/home/ana/.local/state/bindery/default/logs/bindery.2026-06-01.log".into();
    Answer::Log(Ok(Arc::new(Tail { file, lines: lines(count) })))
}

fn driver(shared: AllShared, count: u64) -> Driver {
    let mut driver = Driver::new(shared, Vec::new());
    driver.press("4");
    driver.answer(tail(count));
    driver.take_effects();
    driver
}

fn log(count: u64) -> Driver {
    driver(testing::shared(), count)
}

fn at_size(size: (u16, u16), utf8: bool) -> Driver {
    let look = testing::look("dark", utf8);
    driver(AllShared { size, look, ..testing::shared() }, 60)
}

/// The text of the row under the cursor.
fn current(driver: &Driver) -> String {
    let screen = driver.draw();
    let row = screen.lines().find(|line| line.starts_with('▌')).unwrap_or_default();
    row.to_owned()
}

fn asked(driver: &mut Driver) -> bool {
    driver.take_effects().iter().any(|effect| matches!(effect, Effect::ReadLog))
}

#[test]
fn at_its_sizes() {
    assert_snapshot!("80x24", log(6).draw());
    assert_snapshot!("80x24_ascii", at_size((80, 24), false).draw());
    for size in [(120, 40), (200, 50), (20, 6), (40, 10)] {
        assert_snapshot!(format!("{}x{}", size.0, size.1), at_size(size, true).draw());
    }
}

#[test]
fn it_is_read_when_it_is_looked_at_and_when_it_changes() {
    let mut driver = Driver::home(80, 24);
    driver.answer(Answer::LogChanged);
    assert!(!asked(&mut driver), "nobody has looked at it yet");
    driver.press("4");
    assert!(asked(&mut driver));
    driver.answer(Answer::LogChanged);
    assert!(!asked(&mut driver), "it is being read already");
    driver.answer(tail(8));
    assert!(asked(&mut driver), "it changed meanwhile");
    driver.answer(tail(8));
    assert!(!asked(&mut driver));
    driver.answer(Answer::LogChanged);
    assert!(asked(&mut driver));
    driver.answer(tail(9));
    driver.press("R");
    assert!(asked(&mut driver));
}

#[test]
fn it_follows_while_the_cursor_is_at_the_end() {
    let mut driver = log(60);
    assert!(current(&driver).contains("device 59"));
    driver.answer(tail(70));
    assert!(current(&driver).contains("device 69"));
    driver.press("up up");
    driver.answer(tail(80));
    assert!(current(&driver).contains("device 67"));
    assert!(!driver.draw().contains("following"));
    driver.press("G");
    driver.answer(tail(90));
    assert!(current(&driver).contains("device 89"));
}

#[test]
fn moving_and_jumping() {
    let mut driver = log(60);
    for (keys, expected) in [
        ("g", "run 40 ended"),
        ("n", "IT Glue answered 429"),
        ("n", "the disk is full"),
        ("n", "IT Glue answered 429"),
        ("N", "the disk is full"),
        ("j k down up", "the disk is full"),
        ("pagedown", "device 20"),
        ("pageup", "the disk is full"),
        ("end", "device 59"),
        ("home", "run 40 ended"),
        ("space A h l", "run 40 ended"),
    ] {
        driver.press(keys);
        assert!(current(&driver).contains(expected), "after {keys}: {}", current(&driver));
    }
}

#[test]
fn filtering_by_level_and_text() {
    let mut driver = log(60);
    driver.press("/").type_text("lev").press("tab tab").type_text(" 429");
    assert_snapshot!(driver.draw());
    driver.press("enter esc");
    assert!(driver.draw().contains("device 59"), "esc clears the filter");
    driver.press("/").type_text("nothing of that kind").press("enter");
    assert!(driver.draw().contains("No line fits the filter"));
}

#[test]
fn a_line_can_be_seen_whole_copied_and_exported() {
    let mut driver = log(60);
    driver.press("g n enter");
    assert_eq!(driver.place(), "log_line");
    assert_snapshot!(driver.draw());
    driver.press("y");
    assert_eq!(driver.place(), "copy");
    driver.press("esc esc y");
    assert_eq!(driver.place(), "copy");
    driver.press("esc e");
    assert_eq!(driver.place(), "export");
}

#[test]
fn a_long_line_scrolls() {
    let shared = AllShared { size: (40, 10), ..testing::shared() };
    let mut driver = driver(shared, 6);
    driver.press("g n enter G");
    let screen = driver.draw();
    assert!(screen.contains("again by itself") && !screen.contains("answered 429"), "{screen}");
    driver.press("g");
    assert!(driver.draw().contains("answered 429"));
}

#[test]
fn where_there_is_no_log_it_says_why() {
    let mut driver = log(60);
    driver.answer(Answer::Log(Err("There is no log: /nowhere holds no log yet.".into())));
    assert!(driver.draw().contains("holds no log yet"));
    let trouble = "no log is kept, for /nowhere/logs can't be written: Permission denied";
    let shared = AllShared { log_trouble: Some(trouble.into()), ..testing::shared() };
    let mut driver = Driver::new(shared, Vec::new());
    driver.press("4");
    assert!(!asked(&mut driver));
    assert_snapshot!(driver.draw());
}
