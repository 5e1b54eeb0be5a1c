//! Runs: the engine at work, its events brought to the loop in batches, and once a second what it has
//! sent and may still send.

use super::plan::run_of;
use super::{Task, blocking, told};
use crate::apply::{Engine, Request, Summary};
use crate::console::effect::Trouble;
use crate::console::event::{Event, RunKey};
use crate::console::run::{Gauge, Pulse};
use crate::transport::Transport;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Events that come within this time are brought together.
const TOGETHER: Duration = Duration::from_millis(100);
/// At most so many at once.
const BATCH: usize = 4096;
/// Between two measurements.
const PULSE: Duration = Duration::from_secs(1);

/// [`crate::console::effect::Effect::StartRun`]
pub async fn run(task: Task, key: RunKey, request: Request, cancel: CancellationToken) {
    let result = sync(&task, key, &request, cancel).await;
    task.send(Event::RunEnded(key, result.map(Box::new))).await;
}

async fn sync(
    task: &Task,
    key: RunKey,
    request: &Request,
    cancel: CancellationToken,
) -> Result<Summary, Trouble> {
    let settings = task.settings()?;
    if !settings.enabled {
        return Err("The integration is switched off, so nothing was written to IT Glue".into());
    }
    let engine = task.context.engine_with(&settings, cancel).await;
    let (engine, mut events) = engine.map_err(told)?;
    let bring = {
        let task = task.clone();
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while events.recv_many(&mut batch, BATCH).await > 0 {
                task.send(Event::Run(key, std::mem::take(&mut batch))).await;
                tokio::time::sleep(TOGETHER).await;
            }
        })
    };
    let result = tokio::select! {
        result = work(task, &engine, request) => result,
        // It never ends.
        () = measure(task, key, &engine) => Err(String::new()),
    };
    // The channel closes with the engine, and that ends the bringing.
    drop(engine);
    // It only fails if it panicked, which the panic hook has reported.
    let _ = bring.await;
    result
}

async fn work(task: &Task, engine: &Engine, request: &Request) -> Result<Summary, Trouble> {
    match request.undoes {
        Some(run) => {
            let run = run_of(task, run)?;
            engine.undo(&run, request.undo_seen.as_ref()).await.map_err(told)
        }
        None => engine.sync(request).await.map_err(told),
    }
}

/// Once a second, for ever. A limiter that can't be read is the run's to complain of.
async fn measure(task: &Task, key: RunKey, engine: &Engine) {
    let (addigy, itglue) = (engine.addigy.transport(), engine.itglue.transport());
    let mut beat = tokio::time::interval(PULSE);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let (addigy, itglue) = (addigy.clone(), itglue.clone());
        let pulse = blocking(move || {
            let (addigy, itglue) = (gauge(&addigy)?, gauge(&itglue)?);
            Ok(Pulse { at: Timestamp::now(), addigy, itglue })
        });
        if let Ok(pulse) = pulse.await {
            task.send(Event::RunPulse(key, Box::new(pulse))).await;
        }
    }
}

fn gauge(transport: &Transport) -> Result<Gauge, Trouble> {
    let forecast = transport.limiter().forecast(Timestamp::now).map_err(told)?;
    Ok(Gauge { sent: transport.requests(), forecast })
}
