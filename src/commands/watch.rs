//! `bindery watch`: sync all, again and again, as cron would do it but with a memory.

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::output::{self, counted};
use super::{progress, sync};
use crate::apply::Request;
use crate::settings;
use crate::store::{Store, holder_line};
use crate::text::clean;
use crate::watch::{Ended, News, Next, Over, Rounds, Totals, TroubleKind, When, watch};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Sleeps are cut short to look at the clock: it may be set, and the machine may have slept.
const NAP: Duration = Duration::from_secs(30);

/// Runs the command. What is wrong at the start is told at the start, as any command does; what goes
/// wrong later is waited out.
pub async fn run(context: &Context, args: &cli::Watch) -> CommandResult {
    context.settings()?;
    let origin = settings::origin(&settings::process_env);
    // Not kept open: every round opens the state anew, wherever it is by then.
    let lock = Store::open(&context.paths.state_dir)?
        .lock_watch(&holder_line(&origin, Timestamp::now()))?;
    output::note(&format!("Syncing everything every {}, until stopped.", args.every));
    let begun = Instant::now();
    let (over, totals) = watch(args.every, &mut Live { context }).await;
    drop(lock);
    tell_end(context, &over, &totals, begun.elapsed());
    match over {
        // To be stopped is how a watch ends.
        Over::Stopped => Ok(Exit::Done),
        Over::Refused(why) => Err(CommandError::refused(why)),
    }
}

/// Real rounds in real time.
struct Live<'a> {
    context: &'a Context,
}

impl Rounds for Live<'_> {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn chance(&mut self) -> f64 {
        fastrand::f64()
    }

    async fn round(&mut self, number: u64) -> Ended {
        if self.context.global.json {
            let at = self.now().to_string();
            let document = json!({ "schema": 1, "event": "round", "round": number, "at": at });
            output::print_json(&document);
        }
        // Settings, secrets and state are read anew: what a person has changed since counts.
        let (global, cancel) = (self.context.global.clone(), self.context.cancel.clone());
        match Context::new(global, cancel) {
            Ok(fresh) => round(&fresh).await,
            Err(error) => Ended::in_trouble(TroubleKind::Settings, error.to_string()),
        }
    }

    fn told(&mut self, number: u64, ended: &Ended, next: &Next) {
        for news in &next.news {
            log(news);
        }
        match self.context.global.json {
            true => tell_documents(number, ended, next),
            false => tell(ended, next),
        }
    }

    async fn wait_until(&mut self, until: Timestamp) -> bool {
        let wait = Duration::try_from(until.duration_since(self.now())).unwrap_or_default();
        let begun = Instant::now();
        loop {
            if self.context.cancel.is_cancelled() {
                return false;
            }
            // Whichever comes first: a clock set back must not keep it asleep.
            let left = wait.saturating_sub(begun.elapsed());
            if left.is_zero() || self.now() >= until {
                return true;
            }
            tokio::select! {
                () = self.context.cancel.cancelled() => return false,
                () = tokio::time::sleep(left.min(NAP)) => {}
            }
        }
    }
}

async fn round(context: &Context) -> Ended {
    let settings = match context.settings() {
        Ok(settings) => settings,
        Err(error) => return Ended::in_trouble(TroubleKind::Settings, error.to_string()),
    };
    if !settings.enabled {
        let words = "The integration is switched off, so nothing is written to IT Glue";
        return Ended::in_trouble(TroubleKind::SwitchedOff, words);
    }
    let (engine, events) = match context.engine(&settings).await {
        Ok(engine) => engine,
        Err(error) => {
            let kind = match error.exit {
                Exit::Usage => TroubleKind::Settings,
                _ => TroubleKind::State,
            };
            return Ended::in_trouble(kind, error.to_string());
        }
    };
    let store = engine.store.clone();
    let request = Request::sync(None);
    let result =
        progress::follow_round(context, engine, events, async |engine| engine.sync(&request).await);
    let ended = Ended::of(result.await);
    if ended.summary.is_some() {
        sync::prune(&store, &settings, Timestamp::now());
    }
    ended
}

fn log(news: &News) {
    let text = news.sentence(|at| at.to_string());
    match news {
        News::Over(_) | News::Withheld(0) => tracing::info!("{text}"),
        _ => tracing::warn!("{text}"),
    }
}

/// One line a round, and what is new.
fn tell(ended: &Ended, next: &Next) {
    if let Some(summary) = &ended.summary {
        let told = output::told(&summary.counts);
        let told = if told.is_empty() { "nothing to do".to_owned() } else { output::joined(&told) };
        let run = summary.run.map_or_else(String::new, |run| format!("run {run}: "));
        output::print(&format!("{} {run}{told}\n", output::moment(Timestamp::now())));
    }
    for news in &next.news {
        output::note(&output::line(&news.sentence(output::moment)));
    }
}

fn tell_documents(number: u64, ended: &Ended, next: &Next) {
    for news in &next.news {
        let text = clean(&news.sentence(|at| at.to_string()));
        output::print_json(&json!({ "schema": 1, "event": news.word(), "text": text }));
    }
    output::print_json(&round_finished(number, ended, next));
}

/// As the last line of `sync --json`, with what belongs to the round.
fn round_finished(number: u64, ended: &Ended, next: &Next) -> Value {
    let mut document = match &ended.summary {
        Some(summary) => progress::finished(summary),
        None => json!({ "schema": 1, "run": null, "outcome": null }),
    };
    document["event"] = "round_finished".into();
    document["round"] = number.into();
    document["trouble"] =
        ended.trouble.as_ref().map_or(Value::Null, |trouble| trouble.kind.word().into());
    document["next"] = match &next.when {
        When::At(at) => at.to_string().into(),
        When::Never(_) => Value::Null,
    };
    document
}

fn tell_end(context: &Context, over: &Over, totals: &Totals, lasted: Duration) {
    let counts = &totals.counts;
    if context.global.json {
        let outcome = match over {
            Over::Stopped => "stopped",
            Over::Refused(_) => "refused",
        };
        return output::print_json(&json!({
            "schema": 1,
            "event": "finished",
            "outcome": outcome,
            "rounds": totals.rounds,
            "rounds_in_trouble": totals.in_trouble,
            "created": counts.created,
            "activated": counts.activated,
            "updated": counts.updated,
            "inactivated": counts.inactivated,
            "pending": counts.pending,
            "withheld": counts.withheld,
            "held": counts.held,
            "requests": { "addigy": totals.addigy_requests, "itglue": totals.itglue_requests },
            "seconds": lasted.as_secs_f64(),
        }));
    }
    let written = [
        ("created", counts.created),
        ("activated", counts.activated),
        ("updated", counts.updated),
        ("inactivated", counts.inactivated),
    ];
    let mut told = vec![counted(usize::try_from(totals.rounds).unwrap_or(usize::MAX), "round")];
    told.extend(written.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{n} {word}")));
    output::print(&format!("Watched: {}\n", output::joined(&told)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::cli::Global;
    use std::os::unix::fs::PermissionsExt;
    use tokio_util::sync::CancellationToken;

    /// The trouble of one round with these settings, which reach no service.
    async fn trouble(settings: Option<&str>) -> (TroubleKind, String) {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config.toml");
        if let Some(text) = settings {
            std::fs::write(&config, text).unwrap();
            std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let global = Global {
            config: Some(config),
            profile: None,
            state_dir: Some(dir.path().join("state")),
            json: true,
            verbose: 0,
        };
        let ended = round(&Context::new(global, CancellationToken::new()).unwrap()).await;
        let trouble = ended.trouble.unwrap();
        (trouble.kind, trouble.words)
    }

    const GOOD: &str = "enabled = true\n[addigy]\nurl = \"http://127.0.0.1:9\"\n\
        token = { value = \"not-a-token\" }\n[itglue]\nurl = \"http://127.0.0.1:9\"\n\
        key = { value = \"not-a-key\" }\nactive_status_id = 1\ninactive_status_id = 2\n\
        default_type_id = 3\n";

    #[tokio::test]
    async fn settings_that_cannot_be_used_are_waited_out() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let broken = GOOD.replace("enabled", "enbled");
        let (kind, words) = trouble(Some(&broken)).await;
        assert!(kind == TroubleKind::Settings && words.contains("did you mean"), "{words}");
        assert_eq!(trouble(None).await.0, TroubleKind::Settings);
        let no_secret = GOOD.replace("value = \"not-a-key\"", "file = \"/nowhere/key\"");
        assert_eq!(trouble(Some(&no_secret)).await.0, TroubleKind::Settings);
        let off = GOOD.replace("true", "false");
        assert_eq!(trouble(Some(&off)).await.0, TroubleKind::SwitchedOff);
    }
}
