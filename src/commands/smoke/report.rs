//! What a run did, for people and for machines.

use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::commands::Failure;

use super::run::{Done, Report};
use super::steps::Step;

/// How long the name of a step may be.
pub(super) const NAME_CHARS: usize = 22;

/// How a run is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A line a step.
    Text,
    /// A line a run.
    Json,
}

impl Format {
    /// Tells of a step that has ended.
    pub(super) fn step(self, done: &Done) -> Result<(), Failure> {
        match self {
            Format::Text => write(&line(done)),
            Format::Json => Ok(()),
        }
    }

    /// Tells of a run that has ended.
    pub(super) fn run(self, report: &Report) -> Result<(), Failure> {
        write(&match self {
            Format::Text => summary(report),
            Format::Json => json(report),
        })
    }
}

fn write(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::because("cannot write the report", &error))
}

fn line(done: &Done) -> String {
    let (word, broken) = match &done.result {
        Some(Ok(())) => ("ok", None),
        Some(Err(broken)) => ("FAILED", Some(broken)),
        None => return String::new(),
    };
    let (took, Step { name, promise, .. }) = (millis(done.took), done.step);
    let why = broken.map(|broken| format!("       {broken}\n")).unwrap_or_default();
    format!("{word:<6} {took:>11}  {name:<NAME_CHARS$}  {promise}\n{why}")
}

fn summary(report: &Report) -> String {
    let skipped = report.steps.iter().filter(|done| done.result.is_none()).count();
    let skipped = if skipped > 0 { format!("not tried: {skipped}\n") } else { String::new() };
    let (steps, failed, took) = (report.steps.len(), report.failures(), millis(report.took));
    format!("{skipped}{steps} steps, {failed} failed, {took}, {}\n", report.url)
}

/// A run, for machines.
#[derive(Serialize)]
struct Run<'a> {
    url: &'a str,
    outcome: &'static str,
    seconds: f64,
    steps: Vec<Outcome>,
}

/// A step of it.
#[derive(Serialize)]
struct Outcome {
    step: &'static str,
    outcome: &'static str,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

fn json(report: &Report) -> String {
    let outcome = if report.failures() == 0 { "ok" } else { "failed" };
    let steps = report.steps.iter().map(step).collect();
    let run = Run { url: &report.url, outcome, seconds: seconds(report.took), steps };
    serde_json::to_string(&run).expect("text, numbers and lists of them are always JSON") + "\n"
}

fn step(done: &Done) -> Outcome {
    let (outcome, detail) = match &done.result {
        Some(Ok(())) => ("ok", None),
        Some(Err(broken)) => ("failed", Some(broken.to_string())),
        None => ("skipped", None),
    };
    Outcome { step: done.step.name, outcome, seconds: seconds(done.took), detail }
}

fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

/// Seconds to the microsecond.
fn seconds(took: Duration) -> f64 {
    took.as_micros() as f64 / 1e6
}
