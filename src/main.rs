//! `bindery`: parse, dispatch, exit code.

use bindery::commands::cli::{Cli, Command};
use bindery::commands::{self, Exit};
use bindery::console::{self, Opening};
use bindery::process;
use clap::Parser;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

fn main() -> color_eyre::Result<ExitCode> {
    process::harden();
    color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .panic_message(process::Crash)
        .install()?;
    // An error only means that a provider is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return Ok(commands::not_parsed(&error)),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let exit = runtime.block_on(dispatch(cli))?;
    // A blocking task, such as a question nobody answers, must not hold up the end.
    runtime.shutdown_background();
    Ok(ExitCode::from(exit.code()))
}

/// The console hears keys and signals itself; a command is stopped by signals.
async fn dispatch(cli: Cli) -> color_eyre::Result<Exit> {
    let opening = match cli.command {
        None => Opening::Home,
        Some(Command::Setup) => Opening::Setup,
        Some(Command::Demo) => {
            return Ok(commands::ended(console::demo(cli.global).await));
        }
        Some(_) => {
            let cancel = CancellationToken::new();
            stop_on_signals(cancel.clone())?;
            return Ok(commands::run(cli, cancel, console::findings).await);
        }
    };
    Ok(commands::ended(console::run(cli.global, opening).await))
}

/// The first Ctrl-C, SIGTERM or SIGHUP stops safely; a second Ctrl-C ends at once, which loses
/// nothing either, because every write is journaled before it is sent.
fn stop_on_signals(cancel: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            let asked = tokio::select! {
                _ = interrupt.recv() => true,
                _ = terminate.recv() => false,
                _ = hangup.recv() => false,
            };
            if cancel.is_cancelled() && asked {
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
            if !cancel.is_cancelled() {
                commands::say_stopping();
            }
            cancel.cancel();
        }
    });
    Ok(())
}
