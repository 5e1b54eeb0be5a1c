//! Where a secret comes from, and reading it without showing it.

use super::error::{SecretError, shown};
use super::process_env;
use crate::log::redact;
use crate::private;
use crate::text::{clean, clean_to};
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use std::ffi::OsString;
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// A command that has not answered by then is stopped.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// No token of either service comes near this, in bytes.
const MAX_BYTES: u64 = 8 * 1024;

/// So much of a failed command's complaint is shown, in characters.
const MAX_COMPLAINT: usize = 300;

/// Where a token or a key comes from.
#[derive(Clone)]
pub enum SecretSource {
    /// The name of a variable of the environment.
    Env(String),
    /// A file that only its owner can read; `~/` stands for the home folder.
    File(PathBuf),
    /// A program and its arguments; no shell is between. It prints the secret.
    Command(Vec<String>),
    /// The secret itself.
    Value(SecretString),
}

impl SecretSource {
    /// Whether both are the same source (of values: the same secret).
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Env(one), Self::Env(two)) => one == two,
            (Self::File(one), Self::File(two)) => one == two,
            (Self::Command(one), Self::Command(two)) => one == two,
            (Self::Value(one), Self::Value(two)) => one.expose_secret() == two.expose_secret(),
            _ => false,
        }
    }

    /// Reads the secret, and has the log redact it from now on.
    ///
    /// A command may take 30 seconds; its standard input is closed. The environment is this process's.
    pub async fn read(&self) -> Result<SecretString, SecretError> {
        self.read_within(TIME_LIMIT, &process_env).await
    }

    /// Has the log redact a secret that is at hand, before it is read: another source's command may be
    /// handed the environment until then.
    pub(crate) fn announce(&self, env: super::Env<'_>) {
        let Self::Env(name) = self else { return };
        if let Some(text) = env(name).and_then(|value| value.into_string().ok()) {
            let text = Zeroizing::new(text);
            redact::register(&SecretString::from(text.trim()));
        }
    }

    pub(super) async fn read_within(
        &self,
        limit: Duration,
        env: super::Env<'_>,
    ) -> Result<SecretString, SecretError> {
        let bytes = match self {
            Self::Env(name) => Zeroizing::new(
                env(name)
                    .ok_or_else(|| SecretError::Unset { source_name: self.to_string() })?
                    .into_encoded_bytes(),
            ),
            Self::File(path) => read_file(path, env("HOME")).await?,
            Self::Command(argv) => run(argv, limit).await?,
            Self::Value(value) => Zeroizing::new(value.expose_secret().as_bytes().to_vec()),
        };
        let secret = self.checked(bytes.trim_ascii())?;
        redact::register(&secret);
        Ok(secret)
    }

    /// Only visible ASCII can stand in a header, and neither service gives out anything else.
    fn checked(&self, bytes: &[u8]) -> Result<SecretString, SecretError> {
        let source_name = self.to_string();
        if bytes.is_empty() {
            return Err(SecretError::Empty { source_name });
        }
        if bytes.contains(&b'\n') {
            return Err(SecretError::SeveralLines { source_name });
        }
        match std::str::from_utf8(bytes) {
            Ok(text)
                if bytes.len() as u64 > MAX_BYTES
                    || !text.bytes().all(|b| b.is_ascii_graphic()) =>
            {
                Err(SecretError::Unusable { source_name })
            }
            Ok(text) => Ok(SecretString::from(text)),
            Err(_) => Err(SecretError::Unusable { source_name }),
        }
    }
}

impl fmt::Display for SecretSource {
    /// The source, never the secret: also not where somebody wrote it in the place of a name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) if looks_like_a_variable(name) => {
                write!(f, "the environment variable {name}")
            }
            Self::Env(_) => f.write_str("the environment variable named there"),
            Self::File(path) => write!(f, "the file {}", shown(path)),
            Self::Command(argv) => {
                write!(
                    f,
                    "the command `{}`",
                    argv.first().map(|name| clean(name)).unwrap_or_default()
                )
            }
            Self::Value(_) => f.write_str("the value in the settings file"),
        }
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretSource({self})")
    }
}

fn looks_like_a_variable(name: &str) -> bool {
    name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether a file's mode lets anybody but its owner read it. The superuser's own group does not count:
/// a service manager's credentials carry its bit.
pub(super) fn readable_by_others(mode: u32, gid: u32) -> bool {
    mode & 0o004 != 0 || (mode & 0o040 != 0 && gid != 0)
}

async fn read_file(path: &Path, home: Option<OsString>) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let path = match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.to_owned(),
    };
    let unreadable = |source| SecretError::File { path: path.clone(), source };
    let file = tokio::fs::File::from_std(private::open_plain(&path).map_err(unreadable)?);
    let meta = file.metadata().await.map_err(unreadable)?;
    if readable_by_others(meta.mode(), meta.gid()) {
        return Err(SecretError::Exposed { path, mode: meta.mode() & 0o7777 });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).await.map_err(unreadable)?;
    Ok(bytes)
}

async fn run(argv: &[String], limit: Duration) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let (name, arguments) = argv.split_first().ok_or(SecretError::NoCommand)?;
    let program = clean(name);
    let failed = |source| SecretError::Command { program: clean(name), source };
    let mut command = Command::new(name);
    // The other service's secret is none of its business.
    for (name, value) in std::env::vars_os() {
        let value = Zeroizing::new(value.into_encoded_bytes());
        if std::str::from_utf8(&value).is_ok_and(redact::knows) {
            command.env_remove(name);
        }
    }
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Apart from our terminal: there it could switch off the echo and be stopped before it is on again.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map(Group)
        .map_err(failed)?;
    let (status, output, complaint) = tokio::time::timeout(limit, finish(&mut child.0))
        .await
        .map_err(|_| SecretError::TooSlow { program: program.clone(), seconds: limit.as_secs() })?
        .map_err(failed)?;
    if status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&complaint);
    Err(SecretError::Failed { program, status, complaint: without_output(&complaint, &output) })
}

/// A command and all that it started, ended together where nobody waits for it any more.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // There is no id once its end was seen, so that nobody else can have it.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            // It fails only where all of them have ended.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

/// Waits for the end of the command and of its output. A helper that it leaves in the background may
/// hold its standard error open, so the end of that is not waited for.
async fn finish(child: &mut Child) -> std::io::Result<(ExitStatus, Zeroizing<Vec<u8>>, Vec<u8>)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (mut output, mut complaint) = (Zeroizing::new(Vec::new()), Vec::new());
    let status = {
        let done = async {
            read_start(stdout, &mut output).await?;
            child.wait().await
        };
        let mut done = pin!(done);
        let mut listening = pin!(read_start(stderr, &mut complaint));
        tokio::select! {
            biased;
            heard = &mut listening => {
                heard?;
                done.await?
            }
            status = &mut done => {
                let status = status?;
                // What was said before the end lies in the pipe already.
                let _ = tokio::time::timeout(Duration::from_millis(100), listening).await;
                status
            }
        }
    };
    Ok((status, output, complaint))
}

/// Keeps the start of what a pipe carries, and drains the rest so that its writer never waits.
async fn read_start(
    pipe: Option<impl AsyncRead + Unpin>,
    kept: &mut Vec<u8>,
) -> std::io::Result<()> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    (&mut pipe).take(MAX_BYTES + 1).read_to_end(kept).await?;
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(())
}

/// A command's complaint on one line, without any word of its output.
fn without_output(complaint: &str, output: &[u8]) -> String {
    let output = Zeroizing::new(String::from_utf8_lossy(output).into_owned());
    let mut complaint = clean_to(complaint, usize::MAX);
    for word in output.split_whitespace().filter(|word| word.len() >= 4) {
        complaint = complaint.replace(word, redact::MARK);
    }
    let complaint = clean_to(&redact::apply(&complaint), MAX_COMPLAINT);
    if complaint.is_empty() { "it gave no reason".to_owned() } else { complaint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    const SECRET: &str = "s3cret-Ud8KqWzP";

    fn sh(script: &str) -> SecretSource {
        SecretSource::Command(vec!["sh".into(), "-c".into(), script.into()])
    }

    async fn text(source: SecretSource) -> Result<String, SecretError> {
        let env = |name: &str| (name == "TOKEN").then(|| OsString::from(format!(" {SECRET}\n")));
        let secret = source.read_within(TIME_LIMIT, &env).await?;
        Ok(secret.expose_secret().to_owned())
    }

    /// The error, which must not show the secret in any way.
    async fn refused(source: SecretSource) -> SecretError {
        let error = text(source).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
        error
    }

    fn file(contents: impl AsRef<[u8]>, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    #[tokio::test]
    async fn every_source_gives_the_secret_trimmed() {
        let (_dir, path) = file(format!("{SECRET}\n"), 0o600);
        for source in [
            SecretSource::Env("TOKEN".into()),
            SecretSource::File(path),
            sh(&format!("echo '{SECRET}'")),
            SecretSource::Value(SECRET.into()),
        ] {
            assert_eq!(text(source).await.unwrap(), SECRET);
        }
    }

    #[test]
    fn reading_can_move_to_another_thread() {
        fn can_move(_: impl Send) {}
        can_move(sh("true").read());
    }

    #[tokio::test]
    async fn the_home_folder_may_be_a_tilde() {
        let (dir, _) = file(SECRET, 0o600);
        let home = dir.path().as_os_str().to_owned();
        let env = move |name: &str| (name == "HOME").then(|| home.clone());
        let source = SecretSource::File("~/token".into());
        assert_eq!(source.read_within(TIME_LIMIT, &env).await.unwrap().expose_secret(), SECRET);
    }

    #[tokio::test]
    async fn an_open_file_is_refused() {
        for mode in [0o644, 0o604] {
            let (_dir, path) = file(SECRET, mode);
            let error = refused(SecretSource::File(path)).await;
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
        assert!(readable_by_others(0o640, 100));
        assert!(!readable_by_others(0o440, 0));
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let error = refused(SecretSource::Env("NOT_THERE".into())).await;
        assert!(error.to_string().contains("NOT_THERE"), "{error}");
        let error = refused(SecretSource::File("/nonexistent/token".into())).await;
        assert!(error.to_string().contains("/nonexistent/token"), "{error}");
        let error = refused(SecretSource::Command(vec!["no-such-program-here".into()])).await;
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
        assert!(matches!(refused(SecretSource::Command(vec![])).await, SecretError::NoCommand));
    }

    #[tokio::test]
    async fn a_secret_in_the_place_of_a_name_is_not_shown() {
        refused(SecretSource::Env(SECRET.into())).await;
    }

    #[tokio::test]
    async fn a_failed_command_tells_why_but_not_what() {
        let script = format!("echo {SECRET}; echo \"\x1b[31mlocked: {SECRET}\" >&2; exit 7");
        let error = refused(sh(&script)).await.to_string();
        assert!(error.contains("exit status: 7"), "{error}");
        assert!(error.contains("locked: [redacted]"), "{error}");
        assert!(!error.contains('\u{1b}'));
    }

    #[tokio::test]
    async fn a_silent_command_is_stopped() {
        let source = SecretSource::Command(vec!["sleep".into(), "600".into()]);
        let error = source.read_within(Duration::from_millis(20), &|_| None).await.unwrap_err();
        assert!(matches!(error, SecretError::TooSlow { .. }), "{error}");
    }

    /// Starts a command with a helper, waits for both, and lets the command be stopped or dropped.
    async fn helper_ends_with(limit: Duration, dropped: bool) {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let script = format!("(echo up; exec sleep 60) >'{}' & wait", pipe.display());
        let source = sh(&script);
        let mut listening = tokio::fs::File::options();
        let listening = listening.read(true).open(&pipe);
        let mut up = [0; 3];
        let mut running = Box::pin(source.read_within(limit, &|_| None));
        let mut helper = tokio::select! {
            helper = async { listening.await.unwrap() } => helper,
            end = &mut running => panic!("{end:?}"),
        };
        helper.read_exact(&mut up).await.unwrap();
        if !dropped {
            let error = running.await.unwrap_err();
            assert!(matches!(error, SecretError::TooSlow { .. }), "{error}");
        } else {
            drop(running);
        }
        // The pipe ends with its last writer.
        let mut rest = Vec::new();
        let end = tokio::time::timeout(TIME_LIMIT, helper.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "the helper still runs");
    }

    #[tokio::test]
    async fn what_a_command_started_ends_with_it() {
        helper_ends_with(TIME_LIMIT, true).await;
        helper_ends_with(Duration::from_secs(3), false).await;
    }

    #[tokio::test]
    async fn a_command_stands_apart_from_our_terminal() {
        let script = format!("[ $(ps -o pgid= -p $$) = $$ ] && echo {SECRET}");
        assert_eq!(text(sh(&script)).await.unwrap(), SECRET);
    }

    #[tokio::test]
    async fn a_command_gets_no_input_and_may_talk_a_lot() {
        let script = format!("cat; head -c 300000 /dev/zero >&2; echo {SECRET}");
        assert_eq!(text(sh(&script)).await.unwrap(), SECRET);
        refused(sh(&format!("head -c 300000 /dev/zero; echo {SECRET}"))).await;
    }

    #[tokio::test]
    async fn a_helper_left_behind_does_not_hold_us_up() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let path = pipe.display();
        let script = format!("mkfifo '{path}'; cat '{path}' >/dev/null & echo {SECRET}");
        assert_eq!(text(sh(&script)).await.unwrap(), SECRET);
        // Lets the helper, which still listens there, end.
        fs::write(&pipe, "").unwrap();
    }

    #[tokio::test]
    async fn what_no_header_can_carry_is_refused() {
        for value in ["", " \n", "a b", "ü", "a\u{0}b", "a\u{7f}"] {
            refused(SecretSource::Value(value.into())).await;
        }
        let error = refused(SecretSource::Value(format!("{SECRET}\nuser: ana").into())).await;
        assert!(matches!(error, SecretError::SeveralLines { .. }));
        let (_dir, path) = file(b"\xff\xfe", 0o600);
        assert!(matches!(refused(SecretSource::File(path)).await, SecretError::Unusable { .. }));
    }

    proptest! {
        #[test]
        fn no_source_shows_itself_in_debug_output(secret in "[!-~]{12,40}") {
            let source = SecretSource::Value(secret.clone().into());
            let shown = format!("{source} {source:?}");
            prop_assert!(!shown.contains(&secret));
        }
    }
}
