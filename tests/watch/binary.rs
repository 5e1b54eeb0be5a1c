//! The real program: it begins at once, tells what it does, and ends when told to.

use crate::support::folder::{Ended, Folder};
use crate::support::{Stage, serial};
use bindery::domain::{Counts, Link, Origin, Outcome, RunKind};
use bindery::sandbox::{Fault, FaultKind, Service, When};
use bindery::store::{Accounts, Store};
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};

struct Desk {
    stage: Stage,
    folder: Folder,
}

/// A watch that runs.
struct Watching {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Desk {
    async fn new() -> Self {
        let stage = Stage::acme(3).await;
        let settings = stage.sandbox.settings_toml();
        let folder = Folder::new(&format!("{settings}\n[sync]\nsettle_seconds = 0\n"));
        let store = Store::open(&folder.state()).unwrap();
        for (policy_id, target) in stage.store.links().unwrap().iter() {
            let link = Link { policy_id: policy_id.clone(), target: target.clone() };
            store.set_link(&link, "test", Timestamp::now()).unwrap();
        }
        Self { stage, folder }
    }

    fn store(&self) -> Store {
        Store::open(&self.folder.state()).unwrap()
    }

    fn watch(&self, arguments: &[&str]) -> Watching {
        let mut command = self.folder.command(&["watch", "--every", "24h"]);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Watching { child, lines }
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        self.folder.run_aside(self.folder.command(arguments)).await
    }
}

impl Watching {
    /// Reads documents up to this event.
    fn until(&mut self, event: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it ended before {event:?}");
            let document: Value = serde_json::from_str(&line).unwrap();
            if document["event"] == event {
                return document;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The exit code, the rest of stdout, and stderr.
    fn ended(mut self) -> (Option<i32>, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.lines.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code(), out, err)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_syncs_at_once_and_every_signal_stops_it() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let desk = Desk::new().await;
        let mut watch = desk.watch(&["--json"]);
        assert_eq!(watch.until("round")["round"], 1);
        let round = watch.until("round_finished");
        assert_eq!((&round["created"], &round["trouble"]), (&3.into(), &Value::Null));
        let next: Timestamp = round["next"].as_str().unwrap().parse().unwrap();
        assert!(next > Timestamp::now() + SignedDuration::from_hours(21), "{next}");
        watch.signal(signal);
        let (code, out, err) = watch.ended();
        assert_eq!(code, Some(0), "{err}");
        assert!(err.contains("Stopping safely"), "{err}");
        let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        assert_eq!((&last["event"], &last["rounds"]), (&"finished".into(), &1.into()));
        assert_eq!((&last["created"], &last["outcome"]), (&3.into(), &"stopped".into()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_is_finished_first() {
    let desk = Desk::new().await;
    let held = Fault::new(FaultKind::Delay(When::Released)).at(Service::ItGlue).method("POST");
    desk.stage.control().fault(held);
    let mut watch = desk.watch(&["--json"]);
    watch.until("planned");
    while desk.stage.control().faults().left() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    watch.signal(Signal::TERM);
    // Heard, and waiting for the answer.
    let mut heard = BufReader::new(watch.child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Stopping safely") {
        line.clear();
        assert!(heard.read_line(&mut line).unwrap() > 0);
    }
    watch.child.stderr = Some(heard.into_inner());
    desk.stage.control().faults().release();
    let (code, out, _) = watch.ended();
    assert_eq!(code, Some(0));
    assert!(out.lines().last().unwrap().contains(r#""created":3"#), "{out}");
    assert!(desk.store().open_intents().unwrap().is_empty());
    assert_eq!(desk.stage.configurations("Acme").len(), 3);
    desk.stage.configuration(&serial(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_watch_a_state_and_a_free_one_after_its_death() {
    let desk = Desk::new().await;
    let mut first = desk.watch(&["--json"]);
    first.until("round_finished");
    let second = desk.run(&["watch"]).await;
    second.expect(5, &["being watched by", "process", "--state-dir"]);
    // A sync beside it is nobody's trouble.
    desk.run(&["sync", "--all"]).await.expect(0, &["3 unchanged"]);
    first.signal(Signal::KILL);
    assert_eq!(first.ended().0, None);
    let mut third = desk.watch(&["--json"]);
    third.until("round_finished");
    third.signal(Signal::TERM);
    assert_eq!(third.ended().0, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_get_one_line_a_round_and_trouble_once() {
    let desk = Desk::new().await;
    let mut watch = desk.watch(&[]);
    let mut line = String::new();
    watch.lines.read_line(&mut line).unwrap();
    assert!(line.contains("run 1: 3 created"), "{line}");
    watch.signal(Signal::TERM);
    let (code, out, err) = watch.ended();
    assert_eq!((code, out.as_str()), (Some(0), "Watched: 1 round · 3 created\n"), "{err}");
    assert!(err.contains("every 24h, until stopped") && !err.contains("mac-00"), "{err}");

    let revoked = Fault::status(401).at(Service::ItGlue).times(u32::MAX);
    desk.stage.control().fault(revoked);
    let mut watch = desk.watch(&["--json"]);
    let told = watch.until("trouble");
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("does not let us in") && text.contains("once an hour"), "{text}");
    let round = watch.until("round_finished");
    assert_eq!((&round["trouble"], &round["run"]), (&"not_permitted".into(), &Value::Null));
    watch.signal(Signal::TERM);
    let (code, out, _) = watch.ended();
    assert_eq!(code, Some(0));
    assert!(out.contains(r#""rounds_in_trouble":1"#), "{out}");
}

/// Reading goes well and the first write does not: that is no outage, which would be tried again soon.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_revoked_in_the_middle_of_a_run_is_tried_once_an_hour() {
    for status in [401, 403] {
        let desk = Desk::new().await;
        let fault = Fault::status(status).at(Service::ItGlue).method("POST").times(u32::MAX);
        desk.stage.control().fault(fault);
        let mut watch = desk.watch(&["--json"]);
        let told = watch.until("trouble");
        let text = told["text"].as_str().unwrap();
        assert!(text.contains("once an hour"), "{status}: {text}");
        let round = watch.until("round_finished");
        assert_eq!(round["trouble"], "not_permitted", "{status}: {round}");
        watch.signal(Signal::TERM);
        assert_eq!(watch.ended().0, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_from_the_start_is_told_at_the_start() {
    let desk = Desk::new().await;
    for (every, words) in
        [("10s", "at least 1m"), ("soon", "such as 90s, 15m or 2h"), ("2000h", "at most 24h")]
    {
        desk.run(&["watch", "--every", every]).await.expect(2, &["--every", words]);
    }
    let other = Accounts { itglue_url: Some("https://elsewhere".into()), ..Accounts::default() };
    desk.store().set_accounts(&other).unwrap();
    let ended = desk.run(&["watch", "--json"]).await;
    ended.expect(4, &["belongs to another account", "--accept-accounts", r#""outcome":"refused""#]);
    assert!(desk.stage.configurations("Acme").is_empty());
    desk.folder.replace("enabled = true", "enabled = maybe");
    desk.run(&["watch"]).await.expect(2, &["line 2", "quoted"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sync_all_and_watch_take_old_runs_out() {
    let desk = Desk::new().await;
    let days_ago = |days: i64| Timestamp::now() - SignedDuration::from_hours(24 * days);
    let old = |days| {
        let at = days_ago(days);
        let run = desk.store().begin_run(RunKind::Sync, &[], &Origin::default(), at).unwrap();
        desk.store().finish_run(run, Outcome::Failed, &Counts::default(), at).unwrap();
        run
    };
    let (first, second) = (old(402), old(399));
    desk.run(&["sync", "Acme"]).await.expect(0, &["3 created"]);
    assert!(desk.store().run(first).unwrap().is_some());
    desk.run(&["sync", "--all"]).await.expect(0, &["3 unchanged"]);
    assert!(desk.store().run(first).unwrap().is_none());
    assert!(desk.store().run(second).unwrap().is_some());

    let settings = desk.folder.settings();
    desk.folder.write_settings(&format!("{settings}\n[history]\nkeep_days = 90\n"));
    let mut watch = desk.watch(&["--json"]);
    watch.until("round_finished");
    watch.signal(Signal::TERM);
    assert_eq!(watch.ended().0, Some(0));
    assert!(desk.store().run(second).unwrap().is_none());
}
