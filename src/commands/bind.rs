//! `bindery bind`: a person settles which configuration is a device's own.

use super::cli;
use super::context::Context;
use super::exit::{CommandError, CommandResult, Exit};
use super::hand::{self, Choice, Wanted};
use super::output;
use super::overview::Known;
use super::sides::{Sides, document};
use super::{policies, select};
use crate::domain::{Configuration, Device};
use crate::settings::Settings;
use crate::store::Store;
use serde_json::json;

/// Runs the command.
pub async fn run(context: &Context, args: &cli::Bind) -> CommandResult {
    let wanted = Wanted::parse(&args.configuration)?;
    let settings = context.settings()?;
    let store = context.store()?;
    let services = context.clients(&settings).await?;
    let (known, device) = device(context, &settings, &store, &args.device).await?;
    // Asked first, so that no request is made for a device that can't be bound.
    hand::place(&known, &device)?;
    let configuration = hand::read(&services, &settings, &store, &wanted).await?;
    let choice = Choice::new(&known, &device, configuration)?;
    let (configuration, id) = (&choice.configuration, choice.configuration.id);
    if choice.settled() {
        let told = format!("Configuration {id} is that of {} by hand already.\n", device.label());
        say(context, &device, configuration, "unchanged", &told);
        return Ok(Exit::Done);
    }
    let sides = Sides { device: &device, configuration: Some(configuration) };
    if !context.global.json {
        output::note(sides.table().trim_end());
    }
    if !context.confirm(args.yes, &choice.question(&device)).await? {
        output::note("Nothing was changed.");
        return Ok(Exit::Refused);
    }
    choice.save(&store, known, &device)?;
    let mut told = format!(
        "Configuration {id} is chosen for {}. Nothing is written yet. Next: bindery sync --device {}\n",
        device.label(),
        device.id
    );
    if let Some(run) = choice.binding.held_by {
        told.push_str(&format!(
            "Run {run} was undone for it, so syncs leave it alone until: bindery release {}\n",
            device.id
        ));
    }
    say(context, &device, configuration, "chosen", &told);
    Ok(Exit::Done)
}

fn say(
    context: &Context,
    device: &Device,
    configuration: &Configuration,
    result: &str,
    text: &str,
) {
    if !context.global.json {
        return output::print(&output::lines(text));
    }
    output::print_json(&json!({
        "schema": 1,
        "device_id": device.id,
        "configuration_id": configuration.id,
        "organization_id": configuration.organization_id,
        "result": result,
        "sides": document(&Sides { device, configuration: Some(configuration) }),
    }));
}

/// The device, from the last known state, else from Addigy now.
async fn device(
    context: &Context,
    settings: &Settings,
    store: &Store,
    wanted: &str,
) -> Result<(Known, Device), CommandError> {
    let known = Known::of(store)?;
    if !select::devices_like(&known.devices, wanted).is_empty() {
        let device = select::device(&known.devices, wanted)?.clone();
        return Ok((known, device));
    }
    let services = context.clients(settings).await?;
    policies::read(&services, settings, store).await??;
    let known = Known::of(store)?;
    let device = select::device(&known.devices, wanted)?.clone();
    Ok((known, device))
}
