//! `app smoke`: drives every kind of operation against a running system, and says what holds and how long it took.
//!
//! Each step asserts what the contract promises. A run keeps to collections of its own, which carry its time
//! and a random number in their names, and removes them whatever happens; what a killed run left behind, the
//! next one removes.

mod answer;
mod ask;
mod cleanup;
mod report;
mod run;
mod steps;
mod system;
mod watch;

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use crate::domain::CollectionName;
use crate::http::Signals;

use super::client::Connection;
use super::failure::Failure;

use self::report::Format;
use self::system::System;

/// What to drive, how often, and how to tell.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// What the names of the collections that it makes begin with.
    #[arg(long, value_name = "PREFIX", default_value = "smoke", value_parser = prefix)]
    collection_prefix: String,
    /// After this long without an answer a step has failed.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    timeout: Duration,
    /// Collections of runs that began longer ago than this are removed.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    leftovers_after: Duration,
    /// Prints a line of JSON a run, for machines.
    #[arg(long)]
    json: bool,
    /// Goes on, with a run every so often, until it is told to stop.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    every: Option<Duration>,
    /// Where to serve metrics of the runs, with --every.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090", requires = "every")]
    metrics_listen: SocketAddr,
}

impl Options {
    fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Text }
    }
}

/// Runs once, or again and again.
///
/// # Errors
/// How many steps failed; with `--every` only what keeps it from running at all.
pub async fn run(options: Options) -> Result<(), Failure> {
    let mut signals =
        Signals::listen().map_err(|error| Failure::because("cannot listen to signals", &error))?;
    if let Some(every) = options.every {
        return watch::again_and_again(&options, every, &mut signals).await;
    }
    let system = System::new(&options)?;
    let format = options.format();
    match run::all(&system, &mut signals, &mut |done| format.step(done)).await? {
        None => Err(Failure::new("stopped before its end")),
        Some(report) => {
            format.run(&report)?;
            report.verdict()
        }
    }
}

/// Reads a span of time: `30s`, `500ms`, `5m`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let millis = match &text[unit..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let number: Option<u64> = text[..unit].parse().ok();
    let total = number.and_then(|number| number.checked_mul(millis)).filter(|total| *total > 0);
    total.map(Duration::from_millis).ok_or_else(|| "use a number with ms, s, m or h, such as 30s".into())
}

/// Reads the beginning of collection names.
fn prefix(text: &str) -> Result<String, String> {
    let fits = text.len() <= system::PREFIX_CHARS;
    if fits && CollectionName::parse(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err(format!("use 1 to {} characters of a-z, 0-9, _ and -", system::PREFIX_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_have_a_unit() {
        for (text, millis) in [("30s", 30_000), ("500ms", 500), ("5m", 300_000), ("1h", 3_600_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)));
        }
        for text in ["", "30", "s", "0s", "-1s", "1d", "99999999999999999999s", "18446744073709551615h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn steps_have_names_of_their_own() {
        let mut names: Vec<_> = steps::all().map(|step| step.name).collect();
        let before = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), before);
        assert!(names.iter().all(|name| name.len() <= report::NAME_CHARS));
    }
}
