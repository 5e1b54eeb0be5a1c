//! The commands: one file each, the same engine without a screen.

pub(crate) mod accounts;
mod audit;
pub(crate) mod bind;
pub mod cli;
pub mod context;
pub(crate) mod device;
pub mod doctor;
mod exit;
#[cfg(test)]
pub(crate) mod fuzz;
pub(crate) mod hand;
mod history;
mod last_use;
pub(crate) mod link;
pub(crate) mod linking;
mod manual;
pub(crate) mod new_link;
mod organizations;
pub(crate) mod output;
pub(crate) mod overview;
pub(crate) mod plan;
pub(crate) mod policies;
pub(crate) mod progress;
pub(crate) mod proposals;
pub(crate) mod region;
pub(crate) mod release;
mod sandbox;
pub(crate) mod select;
pub(crate) mod sides;
mod state;
pub(crate) mod status;
mod sync;
mod table;
pub(crate) mod terminal;
pub(crate) mod undo;
mod unlink;
pub(crate) mod unlinking;
mod watch;

pub use exit::{CommandError, CommandResult, Exit};

use cli::{Cli, Command};
use context::Context;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;

/// Runs what was asked for and says what went wrong; `look` is what doctor learns of the console.
pub async fn run(cli: Cli, cancel: CancellationToken, look: doctor::Look) -> Exit {
    ended(dispatch(cli, cancel, look).await)
}

/// Says what went wrong, if anything did.
pub fn ended(result: CommandResult) -> Exit {
    match result {
        Ok(exit) => exit,
        Err(error) => {
            let text = output::lines(&format!("bindery: {error}"));
            output::note(text.trim_end());
            error.exit
        }
    }
}

/// Prints the help or version that was asked for, or says what is wrong with the command line, whose
/// words may be a device's name.
pub fn not_parsed(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        // Without styles, for a word of it may bring its own.
        output::note(text.to_string().trim_end());
    } else {
        output::print(&text.ansi().to_string());
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.code()))
}

/// Says that a signal was heard.
pub fn say_stopping() {
    output::note("Stopping safely: what is under way finishes, nothing new starts.");
}

async fn dispatch(cli: Cli, cancel: CancellationToken, look: doctor::Look) -> CommandResult {
    let Some(command) = cli.command else {
        return Err(CommandError::usage("no command was named. See them: bindery --help"));
    };
    // These need neither settings nor state.
    match &command {
        Command::Sandbox(args) if args.running.is_none() => {
            return sandbox::serve(args, cli.global.json, cancel).await;
        }
        Command::Completions { shell } => return manual::completions(*shell),
        Command::Man => return manual::man(),
        _ => {}
    }
    let mut context = Context::new(cli.global, cancel)?;
    if !matches!(command, Command::Sandbox(_)) {
        context.log(LevelFilter::WARN);
        if let Some(problem) = &context.log_problem {
            output::note(&format!("bindery: {problem}"));
        }
    }
    let context = &context;
    match command {
        Command::Doctor(args) => doctor::run(context, &args, look).await,
        Command::Policies => policies::run(context).await,
        Command::Organizations(args) => organizations::run(context, &args).await,
        Command::Link(args) => link::run(context, &args).await,
        Command::Unlink(args) => unlink::run(context, &args).await,
        Command::Plan(args) => plan::run(context, &args).await,
        Command::Sync(args) => sync::run(context, &args).await,
        Command::Watch(args) => watch::run(context, &args).await,
        Command::Status => status::run(context).await,
        Command::Device(args) => device::run(context, &args).await,
        Command::Bind(args) => bind::run(context, &args).await,
        Command::Release(args) => release::run(context, &args).await,
        Command::History(args) => history::run(context, &args).await,
        Command::Undo(args) => undo::run(context, &args).await,
        Command::Audit(args) => audit::run(context, &args).await,
        Command::State(args) => state::run(context, &args.what).await,
        Command::Sandbox(args) => match &args.running {
            Some(command) => sandbox::control(context, command).await,
            None => sandbox::serve(&args, context.global.json, context.cancel.clone()).await,
        },
        Command::Completions { shell } => manual::completions(shell),
        Command::Man => manual::man(),
        Command::Setup | Command::Demo => {
            Err(CommandError::usage("that opens the console, which the binary does by itself"))
        }
    }
}
