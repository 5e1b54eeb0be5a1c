//! Stories of the real program in a real terminal: `tests/stories/*.story`.

#[path = "support/picture/mod.rs"]
mod picture;
#[path = "support/story/mod.rs"]
mod story;

use std::path::{Path, PathBuf};
use story::{NoCamera, Story, play};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories")
}

#[track_caller]
fn tell(name: &str) {
    let file = folder().join(name).with_extension("story");
    let story = Story::read(&file).unwrap_or_else(|misspelt| panic!("{misspelt}"));
    let bindery = Path::new(env!("CARGO_BIN_EXE_bindery"));
    if let Err(failure) = play(&story, bindery, &mut NoCamera) {
        panic!("{failure}");
    }
}

/// A test for each story, and one that no file of the folder is forgotten here.
macro_rules! stories {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            tell(&stringify!($name).replace('_', "-"));
        })*

        #[test]
        fn every_story_is_told() {
            let told = [$(stringify!($name).replace('_', "-")),*];
            for entry in std::fs::read_dir(folder()).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                assert!(told.contains(&name), "{} is missing in tests/stories.rs", path.display());
            }
        }
    };
}

stories! {
    driver_commands
    driver_shell
    terminal_restored
    terminal_suspended
    terminal_kinds
    wizard
    walk_through
    pictures
    pictures_demo
    link_exact
    link_near_miss
    run_failures
    run_cancelled
    run_resized
    run_quit
    run_terminated
    run_hung_up
    run_suspended
    undo
}

#[track_caller]
fn failure(text: &str) -> String {
    let story = Story::parse(Path::new("x.story"), text).unwrap();
    let bindery = Path::new(env!("CARGO_BIN_EXE_bindery"));
    play(&story, bindery, &mut NoCamera).unwrap_err().to_string()
}

#[test]
fn a_failure_names_its_line_and_shows_the_screen() {
    let told = failure("size 9x2\nrun sh -c \"echo a; echo b; exit 4\"\nwait \"z\"");
    assert!(told.starts_with("x.story:3: \"z\" never came; it ended with exit code 4\n"), "{told}");
    assert!(told.ends_with("+---------+\n|b\n|\n+---------+\n"), "{told}");
    for (steps, message) in [
        ("exit 0", "x.story:2: it ended with exit code 4, not with exit code 0"),
        ("exit 4\nexpect \"z\"", "x.story:3: no \"z\"; it ended with exit code 4"),
        ("exit 4\nreject \"a\"", "x.story:3: there is \"a\"; it ended with exit code 4"),
        ("exit 4\nexpect-line 2 \"a\"", "x.story:3: no \"a\" in row 2; "),
        ("exit 4\nsignal TERM", "x.story:3: "),
        ("do cat missing", "x.story:2: it ended with exit status: 1, not 0, and said:\ncat: "),
    ] {
        let told = failure(&format!("run sh -c \"echo a; exit 4\"\n{steps}"));
        assert!(told.starts_with(message), "{told}");
    }
}

#[test]
fn what_a_program_leaves_on_is_noticed() {
    let told = failure("run printf \"\\e[?1049h\\e[?1004h\"\nexit 0\nrestored");
    assert!(told.contains("it left on the alternate screen, focus reports"), "{told}");
    let told = failure("run stty raw\nexit 0\nrestored");
    assert!(told.contains("it left on the line's modes"), "{told}");
}
