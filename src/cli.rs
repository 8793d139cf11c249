//! The command line: flags and subcommands, as they are typed.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::commands::{
    USAGE, backup, bootstrap, check_config, contract, ended, export, healthcheck, import, key, pki,
    print_config, restore, run_async, smoke,
};
use crate::config::{self, Loaded, Problems, Role, Sources};
use crate::run;

const ABOUT: &str = "An HTTP item store: JSON documents in collections, addressed by key";

const AFTER: &str = "\
To try it on this machine:  app --role=all
Settings come from defaults, then files, then the environment (APP__HTTP__LISTEN=…), then flags; \
`app --role=all --print-config` shows them all.

Exit codes: 0 stopped as told, 1 failed, 64 the command line or the configuration is wrong, \
128 + a signal's number a second signal ended it.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "app", version, about = ABOUT, after_help = AFTER, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,

    /// Print the settings that hold, with where each was said, and exit
    #[arg(long)]
    print_config: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

/// The flags that say settings.
#[derive(Args, Clone, Debug, Default)]
struct SettingsArgs {
    /// What this process does: api, store, or all in one process
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// A configuration file, TOML or YAML; may be repeated, the later over the earlier [env: `APP_CONFIG`, separated by `:`]
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,

    /// A setting, over all files and the environment; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
}

/// The flags of a subcommand that reads settings.
#[derive(Args, Debug)]
struct Configured<T: Args> {
    #[command(flatten)]
    settings: SettingsArgs,

    #[command(flatten)]
    options: T,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the configuration and say everything that is wrong with it
    CheckConfig(SettingsArgs),
    /// Print ports, probe paths, environment names and stop times as JSON, for those who deploy this
    Contract(SettingsArgs),
    /// Ask the process with this configuration whether it is ready, or was ever; exit code 0 or 1
    Healthcheck(Configured<healthcheck::Options>),
    /// Drive every kind of operation against a running system, and say what holds and how long it took
    Smoke(Box<smoke::Options>),
    /// Write out a collection as lines of JSON, through the API
    Export(Box<export::Options>),
    /// Take lines of JSON into a collection, through the API
    Import(Box<import::Options>),
    /// Make an API key
    #[command(subcommand)]
    Key(key::Command),
    /// Make the table of DynamoDB or check it, and load first items; again, it changes nothing
    Bootstrap(Box<Configured<bootstrap::Options>>),
    /// Write a backup of the embedded database as it is at this moment, while it is in use or not
    Backup(Box<backup::Options>),
    /// Put a backup in the place of what the embedded database holds, all of it or nothing
    Restore(Box<restore::Options>),
    /// Make an authority and certificates for TLS between the roles, and look at them
    #[command(subcommand)]
    Pki(Box<pki::Options>),
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("say it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// Does what the command line asks for.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to tell when even this can't be written.
            let _unwritten = error.print();
            let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked_for { 0 } else { USAGE });
        }
    };
    match cli.command {
        None => serve(&cli.settings.sources(), cli.print_config),
        Some(Command::CheckConfig(settings)) => {
            with_settings(&settings.sources(), |loaded| ended(check_config::run(&loaded)))
        }
        Some(Command::Contract(settings)) => {
            // What it says holds for every role; the one of everything stands for it where none is said.
            let sources = Sources { role: Some(Role::All), ..settings.sources() };
            with_settings(&sources, |loaded| ended(contract::run(&loaded)))
        }
        Some(Command::Healthcheck(command)) => with_settings(&command.settings.sources(), |loaded| {
            ended(healthcheck::run(command.options, &loaded.settings))
        }),
        Some(Command::Bootstrap(command)) => {
            let sources = Sources { role: Some(Role::Store), ..command.settings.sources() };
            with_settings(&sources, |loaded| run_async(bootstrap::run(command.options, loaded.settings)))
        }
        Some(Command::Smoke(options)) => run_async(smoke::run(*options)),
        Some(Command::Export(options)) => run_async(export::run(*options)),
        Some(Command::Import(options)) => run_async(import::run(*options)),
        Some(Command::Key(command)) => ended(key::run(&command)),
        Some(Command::Backup(options)) => run_async(backup::run(*options)),
        Some(Command::Restore(options)) => run_async(restore::run(*options)),
        Some(Command::Pki(options)) => run_async(pki::run(*options)),
    }
}

/// Runs the process that these settings describe, or only prints them.
fn serve(sources: &Sources, print_config: bool) -> ExitCode {
    if !print_config && says_nothing(sources) {
        return help();
    }
    with_settings(sources, |loaded| match print_config {
        true => ended(print_config::run(&loaded)),
        false => run::serve(sources.clone(), loaded),
    })
}

impl SettingsArgs {
    fn sources(&self) -> Sources {
        let mut sources = Sources { files: self.config.clone(), ..Sources::from_process() };
        let role = self.role.iter().map(|role| ("role".to_owned(), role.clone(), "--role".to_owned()));
        let set = self.set.iter().map(|(key, value)| (key.clone(), value.clone(), format!("--set {key}")));
        sources.flags.extend(role.chain(set));
        sources
    }
}

/// Whether neither flags nor files nor the environment say anything: somebody just typed `app`.
fn says_nothing(sources: &Sources) -> bool {
    let settings = sources.environment.keys().any(|name| name.starts_with("APP__"));
    sources.flags.is_empty() && sources.file_list().is_empty() && !settings
}

fn help() -> ExitCode {
    let _unwritten = Cli::command().print_help();
    ExitCode::from(USAGE)
}

fn with_settings(sources: &Sources, then: impl FnOnce(Loaded) -> ExitCode) -> ExitCode {
    config::load(sources).map_or_else(|problems| refuse(&problems), then)
}

fn refuse(problems: &Problems) -> ExitCode {
    eprintln!("{problems}");
    ExitCode::from(USAGE)
}
