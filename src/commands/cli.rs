//! The command line: what can be said to `bindery`.

use crate::watch::Every;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Keeps Addigy devices and IT Glue configurations bound, from a terminal.
#[derive(Debug, Parser)]
#[command(name = "bindery", version, about, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, all bound · 1 failed · 2 wrong usage or settings · \
    3 done, some devices pending · 4 refused by a guard or switched off · 5 another run holds the \
    organization · 6 changes wait (plan --detailed-exitcode) · 130 interrupted")]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command; none opens the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The settings file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "BINDERY_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// The account to work with: config.NAME.toml and a state of its own
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "BINDERY_PROFILE",
        hide_env_values = true
    )]
    pub profile: Option<String>,
    /// The folder of the state
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        env = "BINDERY_STATE_DIR",
        hide_env_values = true
    )]
    pub state_dir: Option<PathBuf>,
    /// Print one JSON document (sync and watch: JSON Lines)
    #[arg(long, global = true)]
    pub json: bool,
    /// Write more into the log (-v requests, -vv everything)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The commands, in the order in which one comes to need them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try the console on made-up data; nothing leaves this machine
    Demo,
    /// Set up, or change what is set up
    Setup,
    /// Check settings, secrets, file modes, both services and the state; say what to do
    Doctor(Doctor),
    /// Show the policy tree with icons and counts
    Policies,
    /// Search organizations by exact name
    Organizations(Organizations),
    /// Link a policy to an organization; nothing is synced yet
    Link(Link),
    /// Unlink a policy; its configurations stay as they are
    Unlink(Unlink),
    /// Show what a sync would do
    Plan(Plan),
    /// Bind the devices of policies: plan, then apply
    Sync(Sync),
    /// Sync everything again and again, until stopped
    Watch(Watch),
    /// Show all links and devices as last known; makes no request
    Status,
    /// Find one device: its policy, organization, configuration, state and why
    Device(Device),
    /// Settle a device's match by hand
    Bind(Bind),
    /// Let syncs touch what undo held
    Release(Release),
    /// List past runs, or what one run changed
    History(History),
    /// Undo a run: put back what it changed where nobody changed it since
    Undo(Undo),
    /// Tell who did what and when, in the order of time: runs, writes, links, decisions
    Audit(Audit),
    /// Check, copy, restore or rebuild Bindery's memory: links, bindings, journal, history
    State(State),
    /// Run both services as a sandbox on this machine, until Ctrl-C
    Sandbox(Sandbox),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// `bindery doctor`
#[derive(Debug, Args)]
#[command(override_usage = "bindery doctor [OPTIONS]")]
pub struct Doctor {
    /// Confirm that the state now belongs to the accounts of the settings
    #[arg(long)]
    pub accept_accounts: bool,
    /// Don't ask
    #[arg(long, short, requires = "accept_accounts")]
    pub yes: bool,
}

/// `bindery organizations`
#[derive(Debug, Args)]
#[command(override_usage = "bindery organizations [OPTIONS] NAME")]
pub struct Organizations {
    /// The name, exactly as IT Glue has it
    pub name: String,
    /// Show near names too
    #[arg(long)]
    pub like: bool,
}

/// `bindery link`
#[derive(Debug, Args)]
#[command(override_usage = "bindery link [OPTIONS] POLICY ORGANIZATION\n       \
    bindery link --adopt [OPTIONS] [POLICY]...\n       bindery link --proposed [OPTIONS]")]
pub struct Link {
    /// A policy (its id, its full path such as Clients/Acme, or its unique name) and an organization
    /// (its exact name or its id); with --adopt any number of policies
    #[arg(value_name = "POLICY ORGANIZATION")]
    pub names: Vec<String>,
    /// Cover the policies below too
    #[arg(long)]
    pub with_children: bool,
    /// Take over the links of Addigy's own integration (itglue_account_id), of all or the named
    /// policies
    #[arg(long, conflicts_with_all = ["proposed", "with_children"])]
    pub adopt: bool,
    /// Link every policy whose name is exactly one organization's
    #[arg(long, conflicts_with_all = ["with_children", "names"])]
    pub proposed: bool,
    /// Only say what would be linked
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
}

/// `bindery unlink`
#[derive(Debug, Args)]
#[command(override_usage = "bindery unlink [OPTIONS] POLICY")]
pub struct Unlink {
    /// The policy: its id, its full path or its unique name
    pub policy: String,
    /// Set its configurations inactive
    #[arg(long, conflicts_with = "inherit")]
    pub inactivate: bool,
    /// Remove the policy's own entry, so that a link above covers it again
    #[arg(long)]
    pub inherit: bool,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
}

/// `bindery plan`
#[derive(Debug, Args)]
#[command(override_usage = "bindery plan [OPTIONS] [POLICY]...\n       \
    bindery plan [OPTIONS] --all")]
pub struct Plan {
    /// The policies; all where none is named
    #[arg(value_name = "POLICY")]
    pub policies: Vec<String>,
    /// All linked policies
    #[arg(long, conflicts_with = "policies")]
    pub all: bool,
    /// Exit with 6 where there is something to do
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// `bindery sync`
#[derive(Debug, Args)]
#[command(override_usage = "bindery sync [OPTIONS] POLICY...\n       \
    bindery sync [OPTIONS] --all\n       \
    bindery sync [OPTIONS] --device DEVICE")]
pub struct Sync {
    /// The policies
    #[arg(value_name = "POLICY")]
    pub policies: Vec<String>,
    /// All linked policies
    #[arg(long, conflicts_with = "policies")]
    pub all: bool,
    /// One device alone: its id, serial number or unique name
    #[arg(long, value_name = "DEVICE", conflicts_with_all = ["all", "policies", "retry_pending"])]
    pub device: Option<String>,
    /// Only devices that are not linked
    #[arg(long)]
    pub retry_pending: bool,
    /// Plan only, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Wait where another run holds an organization, until it is free or so long (--wait=10m), instead
    /// of leaving it out with exit code 5
    #[arg(long, value_name = "DURATION", require_equals = true, conflicts_with = "dry_run",
        value_parser = duration)]
    pub wait: Option<Option<std::time::Duration>>,
    /// Pass the guard: set inactive what left, however many
    #[arg(long, short)]
    pub yes: bool,
}

/// `bindery watch`
#[derive(Debug, Args)]
#[command(override_usage = "bindery watch [OPTIONS]")]
pub struct Watch {
    /// How far apart rounds begin, give or take a tenth: 90s, 15m, 2h; from 1m to 24h
    #[arg(long, value_name = "TIME", default_value = "15m")]
    pub every: Every,
}

/// `bindery device`
#[derive(Debug, Args)]
#[command(override_usage = "bindery device [OPTIONS] QUERY")]
pub struct Device {
    /// Name, hostname, serial number, MAC address, IP or id
    pub query: String,
    /// Ask both services now
    #[arg(long)]
    pub live: bool,
}

/// `bindery bind`
#[derive(Debug, Args)]
#[command(override_usage = "bindery bind [OPTIONS] DEVICE CONFIGURATION")]
pub struct Bind {
    /// The device: its id, serial number or unique name
    pub device: String,
    /// The configuration: its id or its address in IT Glue
    pub configuration: String,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
}

/// `bindery release`
#[derive(Debug, Args)]
#[command(override_usage = "bindery release [OPTIONS] POLICY|DEVICE")]
pub struct Release {
    /// A policy or a device
    #[arg(value_name = "POLICY|DEVICE")]
    pub target: String,
}

/// `bindery history`
#[derive(Debug, Args)]
#[command(override_usage = "bindery history [OPTIONS] [RUN]")]
pub struct History {
    /// A run's number, or `last`
    pub run: Option<String>,
    /// How many runs to list
    #[arg(long, default_value_t = 30, value_parser = at_least_one)]
    pub limit: usize,
}

/// `bindery undo`
#[derive(Debug, Args)]
#[command(override_usage = "bindery undo [OPTIONS] RUN")]
pub struct Undo {
    /// A run's number, or `last`
    pub run: String,
    /// Only show what would be put back and what would be left
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask
    #[arg(long, short)]
    pub yes: bool,
}

/// `bindery audit`
#[derive(Debug, Args)]
#[command(override_usage = "bindery audit [OPTIONS]")]
pub struct Audit {
    /// From this day or time on: 2026-11-03, or 2026-11-03T14:05:00Z
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Up to this day, the whole of it, or time
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
}

/// `bindery state`
#[derive(Debug, Args)]
pub struct State {
    /// What to do.
    #[command(subcommand)]
    pub what: StateCommand,
}

/// What can be done with the state.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Look it over: file, structure, every row, and what must hold between rows; exits with 1 where
    /// it is damaged
    Check {
        /// Leave out indexes and single rows
        #[arg(long)]
        quick: bool,
    },
    /// Copy it, also while a run writes, and check the copy
    Backup {
        /// The new file; by itself one with the date, in the folder backups beside the state
        file: Option<PathBuf>,
    },
    /// Put a copy in its place; the present files are set aside
    Restore {
        /// The copy
        file: PathBuf,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Make a new one of what a damaged one still holds and of both services; the old files are set
    /// aside
    Rebuild {
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Let syncs write again after a rebuild or a restore
    Accept {
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// `bindery sandbox`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Sandbox {
    /// What to do with a sandbox that runs; none starts one.
    #[command(subcommand)]
    pub running: Option<RunningSandbox>,
    /// How many policies
    #[arg(long, default_value_t = 40)]
    pub policies: usize,
    /// How many devices
    #[arg(long, default_value_t = 500)]
    pub devices: usize,
    /// How many organizations
    #[arg(long, default_value_t = 60)]
    pub organizations: usize,
    /// The fleet's seed: the same seed makes the same fleet
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Change a switch of the services; repeatable. --set help lists them
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub switches: Vec<String>,
    /// Addigy's port; 0 for any
    #[arg(long, default_value_t = 0)]
    pub port_addigy: u16,
    /// IT Glue's port; 0 for any
    #[arg(long, default_value_t = 0)]
    pub port_itglue: u16,
}

/// What can be done with the running sandbox that the settings file names.
#[derive(Debug, Subcommand)]
pub enum RunningSandbox {
    /// Change its world: bindery sandbox change remove-devices policy=Acme count=3
    Change {
        /// What to do: add-, remove-, move-, rename-, re-enrol-device, fault, set, advance, …
        verb: String,
        /// With what
        #[arg(value_name = "NAME=VALUE")]
        with: Vec<String>,
    },
    /// Look into it: bindery sandbox look counters
    Look {
        /// At what: counters, devices, policies, configurations, …
        what: String,
        /// Which
        #[arg(value_name = "NAME=VALUE")]
        with: Vec<String>,
    },
}

/// `90s`, `10m`, `1h 30m`.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || "not a duration; write 90s, 10m or 1h30m".to_owned();
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    std::time::Duration::try_from(parsed).map_err(|_| wrong())
}

/// A count of which nought would be no answer.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err("not a number".to_owned()),
    }
}
