//! Plays a story, step by step, and says where it left the script.

use super::language::Story;
use super::place::Place;
use super::step::{Background, Size, Step};
use super::terminal::{Ending, Seen, Terminal};
use portable_pty::CommandBuilder;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// As long as nothing is written for so long, a program is taken to have said all.
const QUIET: Duration = Duration::from_millis(250);

/// What the screen held at one moment.
#[derive(Clone)]
pub struct Frame {
    pub screen: vt100::Screen,
    pub title: String,
    pub background: Background,
}

/// Who takes pictures of a story.
pub trait Camera {
    /// A picture of this name.
    fn shot(&mut self, name: &str, frame: Frame);

    /// Whether every step is wanted.
    fn films(&self) -> bool {
        false
    }

    /// The film begins.
    fn film(&mut self, _name: &str) {}

    /// The film's words below the terminal, from here on.
    fn caption(&mut self, _text: &str) {}

    /// The next moment of the film, and how long it lasts.
    fn scene(&mut self, _frame: Frame, _lasts: Duration) {}

    /// A moment of waiting, which a film may cut where nothing happens.
    fn meanwhile(&mut self, _frame: Frame, _lasts: Duration) {}
}

/// Plays without pictures.
pub struct NoCamera;

impl Camera for NoCamera {
    fn shot(&mut self, _: &str, _: Frame) {}
}

/// Where a story and the program parted.
#[derive(Debug)]
pub struct Failure {
    pub file: PathBuf,
    pub line: usize,
    pub what: String,
    pub screen: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)?;
        self.screen.as_ref().map_or(Ok(()), |screen| write!(f, "\n{screen}"))
    }
}

/// Plays the story with this program.
pub fn play(story: &Story, bindery: &Path, camera: &mut dyn Camera) -> Result<(), Failure> {
    let failure = |line, what, screen| Failure { file: story.file.clone(), line, what, screen };
    let place = Place::new(bindery).map_err(|what| failure(0, what, None))?;
    let mut player = Player::new(place, camera);
    for numbered in &story.steps {
        player.step(&numbered.step).map_err(|what| {
            let screen = player.terminal.as_ref().map(|t| t.look(Seen::to_string));
            failure(numbered.line, what, screen)
        })?;
    }
    Ok(())
}

/// How long a step waits for the program at most: long, for a slow machine under load.
fn patience() -> Duration {
    let seconds = std::env::var("STORY_PATIENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}

struct Player<'a> {
    // First, so that the program ends before its home goes away.
    terminal: Option<Terminal>,
    place: Place,
    camera: &'a mut dyn Camera,
    filming: bool,
    size: Size,
    background: Background,
    said: Option<String>,
}

impl<'a> Player<'a> {
    fn new(place: Place, camera: &'a mut dyn Camera) -> Self {
        Self {
            terminal: None,
            place,
            camera,
            filming: false,
            size: Size { columns: 80, rows: 24 },
            background: Background::Dark,
            said: None,
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Size(size) => self.size = *size,
            Step::Background(background) => self.background = *background,
            Step::Env(name, value) => self.place.set_variable(name, value.as_deref()),
            Step::Clock { minutes } => self.place.set_clock(*minutes),
            Step::Sandbox(with) => self.place.start_sandbox(with)?,
            Step::Settings { present: true } => self.place.write_settings()?,
            Step::Settings { present: false } => self.place.remove_settings()?,
            Step::Setting { key, value } => self.place.set(key, value)?,
            Step::Run(command) => self.run(command)?,
            Step::Do { exit, command } => self.outside(*exit, command)?,
            Step::Says(text) => self.says(text)?,
            Step::Exit(code) => self.exit(*code)?,
            Step::Restored => self.restored()?,
            Step::HangUp => self.terminal_mut()?.hang_up()?,
            Step::Cut => self.filming = false,
            Step::Shot(_) | Step::Film(_) | Step::Caption(_) | Step::Hold(_) => {
                self.picture(step)?
            }
            Step::Press(_) | Step::Type(_) | Step::Paste(_) | Step::Resize(_) | Step::Signal(_) => {
                self.act(step)?;
            }
            looking => self.look(looking)?,
        }
        Ok(())
    }

    fn terminal(&self) -> Result<&Terminal, String> {
        self.terminal.as_ref().ok_or_else(|| "nothing runs yet".to_owned())
    }

    fn terminal_mut(&mut self) -> Result<&mut Terminal, String> {
        self.terminal.as_mut().ok_or_else(|| "nothing runs yet".to_owned())
    }

    fn run(&mut self, words: &[String]) -> Result<(), String> {
        if self.terminal.as_ref().is_some_and(|terminal| terminal.look(|s| s.ending.is_none())) {
            return Err("another program still runs in the terminal".into());
        }
        let (program, arguments) = words.split_first().ok_or("a command is missing")?;
        let mut command = CommandBuilder::new(self.place.program(program));
        command.args(arguments);
        command.cwd(self.place.folder());
        command.env_clear();
        for (name, value) in self.place.environment() {
            command.env(name, value);
        }
        self.terminal = Some(Terminal::start(command, self.size, self.background)?);
        Ok(())
    }

    fn outside(&mut self, exit: i32, words: &[String]) -> Result<(), String> {
        let (program, arguments) = words.split_first().ok_or("a command is missing")?;
        let output = Command::new(self.place.program(program))
            .args(arguments)
            .current_dir(self.place.folder())
            .env_clear()
            .envs(self.place.environment())
            .stdin(Stdio::null())
            .output()
            .map_err(|e| format!("can't run {program}: {e}"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        if output.status.code() != Some(exit) {
            return Err(format!("it ended with {}, not {exit}, and said:\n{said}", output.status));
        }
        self.said = Some(said);
        Ok(())
    }

    fn says(&self, text: &str) -> Result<(), String> {
        let said = self.said.as_ref().ok_or("nothing was done yet")?;
        if said.contains(text) { Ok(()) } else { Err(format!("no {text:?} in:\n{said}")) }
    }

    fn exit(&mut self, code: i32) -> Result<(), String> {
        let over = |seen: &Seen| seen.over().then_some(seen.ending).flatten();
        match self.watch(patience(), over)? {
            Some(Ending::Code(ended)) if ended == code => Ok(()),
            Some(ending) => Err(format!("it ended with {ending}, not with exit code {code}")),
            None => Err("it still runs".into()),
        }
    }

    fn restored(&self) -> Result<(), String> {
        let terminal = self.terminal()?;
        if !terminal.look(Seen::over) {
            return Err("it still runs".into());
        }
        let left = terminal.left_on();
        if left.is_empty() { Ok(()) } else { Err(format!("it left on {}", left.join(", "))) }
    }

    /// Steps that do something to the program.
    fn act(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Press(keys) => {
                for key in keys {
                    self.terminal()?.press(*key)?;
                    self.scene(Duration::from_millis(350))?;
                }
            }
            Step::Type(text) if self.filming => {
                for character in self.place.fill_in(text).chars() {
                    self.terminal()?.send(character.to_string().as_bytes())?;
                    self.scene(Duration::from_millis(80))?;
                }
            }
            Step::Type(text) => self.terminal()?.send(self.place.fill_in(text).as_bytes())?,
            Step::Paste(text) => self.terminal()?.paste(&self.place.fill_in(text))?,
            Step::Resize(size) => self.terminal()?.resize(*size)?,
            Step::Signal(signal) => self.terminal()?.signal(*signal)?,
            _ => {}
        }
        Ok(())
    }

    /// Steps that look at the screen.
    fn look(&mut self, step: &Step) -> Result<(), String> {
        let limit = |within: &Option<Duration>| within.unwrap_or_else(patience).max(patience());
        match step {
            Step::Wait { text, within } => {
                let shown = self.watch(limit(within), |seen| seen.shows(text).then_some(()))?;
                shown.ok_or_else(|| format!("{text:?} never came; {}", self.state()))
            }
            Step::Gone { text, within } => {
                let gone = self.watch(limit(within), |seen| (!seen.shows(text)).then_some(()))?;
                gone.ok_or_else(|| format!("{text:?} never went; {}", self.state()))
            }
            Step::Idle => self.idle(),
            Step::Expect(text) => self.now(|seen| seen.shows(text), &format!("no {text:?}")),
            Step::Reject(text) => self.now(|seen| !seen.shows(text), &format!("there is {text:?}")),
            Step::ExpectLine(row, text) => {
                let shows = |seen: &Seen| {
                    let rows = seen.rows();
                    rows.get(usize::from(*row) - 1).is_some_and(|line| line.contains(text))
                };
                self.now(shows, &format!("no {text:?} in row {row}"))
            }
            Step::Colourless => self.now(Seen::colourless, "there is a colour"),
            Step::Ascii => {
                // Names are as they are.
                let plain = |c: char| c.is_ascii() || c.is_alphanumeric();
                let ascii = |seen: &Seen| seen.rows().iter().all(|row| row.chars().all(plain));
                self.now(ascii, "there is a symbol beyond ASCII")
            }
            Step::Clipboard(text) => {
                let copied = |seen: &Seen| {
                    let clipboard = seen.manners().clipboard();
                    clipboard.is_some_and(|copy| copy.contains(text)).then_some(())
                };
                let copied = self.watch(patience(), copied)?;
                copied.ok_or_else(|| format!("{text:?} was never copied"))
            }
            _ => Ok(()),
        }
    }

    fn state(&self) -> String {
        let ending = self.terminal.as_ref().and_then(|t| t.look(|seen| seen.ending));
        ending.map_or_else(|| "it still runs".into(), |ending| format!("it ended with {ending}"))
    }

    fn idle(&self) -> Result<(), String> {
        let idle = self.terminal()?.idle(QUIET, patience());
        if idle { Ok(()) } else { Err("it never fell silent".into()) }
    }

    /// At the next whole frame.
    fn now(&self, holds: impl Fn(&Seen) -> bool, otherwise: &str) -> Result<(), String> {
        let answer = self.terminal()?.until(patience(), |seen| Some(holds(seen)));
        if answer == Some(true) { Ok(()) } else { Err(format!("{otherwise}; {}", self.state())) }
    }

    /// Waits for an answer; a film sees what happens meanwhile.
    fn watch<T>(
        &mut self,
        limit: Duration,
        mut look: impl FnMut(&Seen) -> Option<T>,
    ) -> Result<Option<T>, String> {
        if !self.filming {
            return Ok(self.terminal()?.until(limit, look));
        }
        let began = Instant::now();
        let step = Duration::from_millis(250);
        loop {
            let answer = self.terminal()?.until(step, &mut look);
            let over = self.terminal()?.look(Seen::over);
            let frame = self.frame()?;
            // A film waits at twice the speed.
            self.camera.meanwhile(frame, step / 2);
            if answer.is_some() || over || began.elapsed() > limit {
                return Ok(answer);
            }
        }
    }

    fn picture(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Shot(name) => {
                self.idle()?;
                let frame = self.frame()?;
                self.camera.shot(name, frame);
            }
            Step::Film(name) => {
                self.camera.film(name);
                self.filming = self.camera.films();
            }
            Step::Caption(text) => self.camera.caption(text),
            Step::Hold(lasts) if self.filming => {
                self.idle()?;
                let frame = self.frame()?;
                self.camera.scene(frame, *lasts);
            }
            _ => {}
        }
        Ok(())
    }

    fn scene(&mut self, lasts: Duration) -> Result<(), String> {
        if self.filming {
            self.terminal()?.idle(Duration::from_millis(60), Duration::from_millis(300));
            let frame = self.frame()?;
            self.camera.scene(frame, lasts);
        }
        Ok(())
    }

    fn frame(&self) -> Result<Frame, String> {
        let background = self.background;
        self.terminal()?
            .until(patience(), |seen| {
                let title = seen.manners().title().to_owned();
                Some(Frame { screen: seen.screen().clone(), title, background })
            })
            .ok_or_else(|| "half a frame stayed on the screen".to_owned())
    }
}
