//! The commands: one file each, the same engine without a screen.

pub mod cli;
pub mod context;
mod exit;
mod output;
mod plan;
mod progress;
mod sandbox;
mod select;
mod sync;
mod table;

pub use exit::{CommandError, CommandResult, Exit};

use cli::{Cli, Command};
use context::Context;
use tokio_util::sync::CancellationToken;

/// Runs what was asked for and says what went wrong.
pub async fn run(cli: Cli, cancel: CancellationToken) -> Exit {
    match dispatch(cli, cancel).await {
        Ok(exit) => exit,
        Err(error) => {
            output::note(&format!("bindery: {error}"));
            error.exit
        }
    }
}

/// Says that a signal was heard.
pub fn say_stopping() {
    output::note("Stopping safely: what is under way finishes, nothing new starts.");
}

async fn dispatch(cli: Cli, cancel: CancellationToken) -> CommandResult {
    let Some(command) = cli.command else {
        return Err(CommandError::usage(
            "the console is not part of this version yet. See the commands: bindery --help",
        ));
    };
    if let Command::Sandbox(args) = &command
        && args.running.is_none()
    {
        return sandbox::serve(args, cli.global.json, cancel).await;
    }
    let context = Context::new(cli.global, cancel)?;
    match command {
        Command::Plan(args) => plan::run(&context, &args).await,
        Command::Sync(args) => sync::run(&context, &args).await,
        Command::Sandbox(args) => match &args.running {
            Some(command) => sandbox::control(&context, command).await,
            None => sandbox::serve(&args, context.global.json, context.cancel).await,
        },
        _ => Err(CommandError::failed("not yet")),
    }
}
