//! `bindery sandbox`: both services on this machine, until Ctrl-C.

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::output;
use super::table::{Cell, Table};
use crate::sandbox::{Options, Sandbox, Switches};
use serde_json::{Map, Value, json};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Starts a sandbox and serves it until it is told to stop.
pub async fn serve(args: &cli::Sandbox, as_json: bool, cancel: CancellationToken) -> CommandResult {
    if args.switches.iter().any(|setting| setting == "help") {
        output::print(&switches());
        return Ok(Exit::Done);
    }
    let sandbox = Sandbox::start(options(args)?).await.map_err(CommandError::failed)?;
    // Gone with the sandbox: what it holds is of no use to another one.
    let folder = tempfile::Builder::new()
        .prefix("bindery-sandbox-")
        .tempdir()
        .map_err(|error| CommandError::failed(format!("can't make a temporary folder: {error}")))?;
    let config = write_settings(folder.path(), &sandbox.settings_toml()).map_err(|error| {
        CommandError::failed(format!("can't write into {}: {error}", folder.path().display()))
    })?;
    let state = folder.path().join("state");
    if as_json {
        output::print_json(&json!({
            "schema": 1,
            "addigy": { "url": sandbox.addigy_url(), "token": sandbox.addigy_token() },
            "itglue": { "url": sandbox.itglue_url(), "key": sandbox.itglue_key() },
            "config": config,
            "state_dir": state,
        }));
    } else {
        output::print(&format!(
            "Addigy   {}  token {}\nIT Glue  {}  key {}\n\nTo use them, paste into another shell:\n\n  \
             export BINDERY_CONFIG='{}'\n  export BINDERY_STATE_DIR='{}'\n\nCtrl-C ends both services \
             and removes these files.\n",
            sandbox.addigy_url(),
            sandbox.addigy_token(),
            sandbox.itglue_url(),
            sandbox.itglue_key(),
            config.display(),
            state.display(),
        ));
    }
    cancel.cancelled().await;
    sandbox.shutdown().await;
    Ok(Exit::Done)
}

/// Changes or looks into the sandbox that the settings file names.
pub async fn control(context: &Context, command: &cli::RunningSandbox) -> CommandResult {
    let url = context.settings()?.addigy.url;
    let loopback = url.host_str().is_some_and(|host| host == "127.0.0.1" || host == "localhost");
    if !loopback {
        return Err(CommandError::refused(format!(
            "the settings name {url}, which is no sandbox on this machine"
        )));
    }
    let at = |verb: &str| url.join(&format!("/_control/{verb}")).map_err(CommandError::usage_of);
    // This machine itself is never reached through a proxy, and not by TLS.
    let client = reqwest::Client::builder().no_proxy().tls_certs_only(Vec::new()).build();
    let client = client.map_err(CommandError::failed)?;
    let request = match command {
        cli::RunningSandbox::Change { verb, with } => {
            client.post(at(verb)?).body(Value::Object(members(with)?).to_string())
        }
        cli::RunningSandbox::Look { what, with } => {
            let mut url = at(what)?;
            for (name, value) in members(with)? {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                url.query_pairs_mut().append_pair(&name, &text);
            }
            client.get(url)
        }
    };
    let answer = request.send().await.map_err(|error| {
        CommandError::failed(format!("no sandbox answers at {url}: {}", error.without_url()))
    })?;
    let refused = !answer.status().is_success();
    let text = answer.text().await.map_err(CommandError::failed)?;
    if refused {
        return Err(CommandError::usage(refusal(&text)));
    }
    output::print(&format!("{text}\n"));
    Ok(Exit::Done)
}

/// The sentence in the sandbox's refusal.
fn refusal(answer: &str) -> String {
    let document: Option<Value> = serde_json::from_str(answer).ok();
    let sentence = document.as_ref().and_then(|document| document["error"].as_str());
    sentence.unwrap_or(answer).to_owned()
}

/// `NAME=VALUE`, the value as JSON where it reads as that, else as text.
fn members(with: &[String]) -> Result<Map<String, Value>, CommandError> {
    with.iter()
        .map(|member| {
            let (name, value) = member.split_once('=').ok_or_else(|| {
                CommandError::usage(format!("{member} is not of the form NAME=VALUE"))
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
            Ok((name.to_owned(), value))
        })
        .collect()
}

fn options(args: &cli::Sandbox) -> Result<Options, CommandError> {
    let mut switches = Switches::default();
    for setting in &args.switches {
        switches.set(setting).map_err(CommandError::usage)?;
    }
    Ok(Options {
        policies: args.policies,
        devices: args.devices,
        organizations: args.organizations,
        seed: args.seed,
        port_addigy: args.port_addigy,
        port_itglue: args.port_itglue,
        switches,
        ..Options::default()
    })
}

/// The settings hold the sandbox's token and key, and are refused unless only their owner reads them.
fn write_settings(folder: &Path, text: &str) -> std::io::Result<PathBuf> {
    let path = folder.join("config.toml");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

fn switches() -> String {
    let mut table = Table::new(["Switch", "Default", "Other values", "Meaning"]);
    for help in Switches::describe() {
        table.row([help.name, help.default, help.values, help.meaning].map(Cell::new));
    }
    table.render()
}
