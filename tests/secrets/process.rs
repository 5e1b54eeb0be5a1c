//! What the system could tell of a process that holds secrets.

use super::{TOKEN, place};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};

#[tokio::test(flavor = "multi_thread")]
async fn no_core_is_dumped_though_the_shell_allows_it() {
    let bindery = place().await;
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -c unlimited; exec \"$0\" sandbox", env!("CARGO_BIN_EXE_bindery")]);
    let mut command = bindery.at_home(shell);
    command.env("ADDIGY_TOKEN", TOKEN).current_dir(bindery.path()).stdout(Stdio::piped());
    let mut child = command.process_group(0).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let core: Vec<&str> = core.split_whitespace().skip(4).collect();
    kill_process(Pid::from_child(&child), Signal::ABORT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(core, ["0", "0", "bytes"]);
    assert_eq!((status.signal(), status.core_dumped()), (Some(Signal::ABORT.as_raw()), false));
    super::clean_files(bindery.path());
}
