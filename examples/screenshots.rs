//! Takes the pictures in `screenshots/` from the running program: plays every story that asks for one.
//!
//! `cargo run --release --example screenshots`, or with the names of some stories.

#[path = "../tests/support/picture/mod.rs"]
mod picture;
#[path = "../tests/support/story/mod.rs"]
mod story;

use picture::{Film, still};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use story::{Camera, Frame, Step, Story, play};

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    match take(&wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn take(wanted: &[String]) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bindery = build(root)?;
    let mut camera = Studio { folder: root.join("screenshots"), film: None, failed: None };
    std::fs::create_dir_all(&camera.folder).map_err(|e| e.to_string())?;
    for story in stories(&root.join("tests/stories"))? {
        let name = story.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !wanted.is_empty() && !wanted.contains(&name) {
            continue;
        }
        println!("{name}");
        play(&story, &bindery, &mut camera).map_err(|failure| failure.to_string())?;
        camera.finish()?;
    }
    Ok(())
}

/// The program as it is now, so that no picture is older than it; built as this one was.
fn build(root: &Path) -> Result<PathBuf, String> {
    // This file is target/release/examples/screenshots.
    let own = std::env::current_exe().map_err(|e| e.to_string())?;
    let profile = own.ancestors().nth(2).ok_or("this program lies in no target folder")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // With this example, so that both share their dependencies.
    command.args(["build", "--bin", "bindery", "--example", "screenshots"]).current_dir(root);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    let built = command.status().map_err(|e| format!("can't run cargo: {e}"))?;
    if !built.success() {
        return Err("the program does not build".into());
    }
    Ok(profile.join("bindery"))
}

/// Those that ask for a picture, by name.
fn stories(folder: &Path) -> Result<Vec<Story>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut stories = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "story")) {
        let story = Story::read(file)?;
        let pictured = |step: &Step| matches!(step, Step::Shot(_) | Step::Film(_));
        if story.steps.iter().any(|numbered| pictured(&numbered.step)) {
            stories.push(story);
        }
    }
    Ok(stories)
}

/// Writes stills at once and films when their story ends.
struct Studio {
    folder: PathBuf,
    film: Option<(String, Film)>,
    failed: Option<String>,
}

impl Studio {
    fn write(&mut self, name: &str, svg: &str) {
        let path = self.folder.join(name).with_extension("svg");
        match std::fs::write(&path, svg) {
            Ok(()) => println!("  {} ({} kB)", path.display(), svg.len().div_ceil(1000)),
            Err(e) => self.failed = Some(format!("{}: {e}", path.display())),
        }
    }

    fn finish(&mut self) -> Result<(), String> {
        if let Some((name, film)) = self.film.take() {
            println!("  {:.1} s", film.lasts().as_secs_f64());
            self.write(&name, &film.develop("bindery"));
        }
        self.failed.take().map_or(Ok(()), Err)
    }
}

impl Camera for Studio {
    fn shot(&mut self, name: &str, frame: Frame) {
        let title = title(&frame);
        self.write(name, &still(&frame, &title));
    }

    fn films(&self) -> bool {
        true
    }

    fn film(&mut self, name: &str) {
        self.film = Some((name.to_owned(), Film::default()));
    }

    fn caption(&mut self, text: &str) {
        if let Some((_, film)) = &mut self.film {
            film.caption(text);
        }
    }

    fn scene(&mut self, frame: Frame, lasts: Duration) {
        if let Some((_, film)) = &mut self.film {
            film.scene(frame, lasts);
        }
    }

    fn meanwhile(&mut self, frame: Frame, lasts: Duration) {
        if let Some((_, film)) = &mut self.film {
            film.meanwhile(frame, lasts);
        }
    }
}

fn title(frame: &Frame) -> String {
    if frame.title.is_empty() { "bindery".into() } else { frame.title.clone() }
}
