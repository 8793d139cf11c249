//! One run: every step in its order, and then the cleaning up, whatever happened.

use std::time::{Duration, Instant};

use crate::commands::Failure;
use crate::http::Signals;

use super::answer::Broken;
use super::cleanup;
use super::steps::{self, Step};
use super::system::System;

/// The step in which a run removes what it made.
pub(super) const CLEANUP: Step = Step {
    name: "cleanup",
    promise: "everything that the run made can be removed, and is gone",
    run: |system| Box::pin(cleanup::own(system)),
};

/// What became of a step.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub step: &'static Step,
    /// None where it was not tried, because the system did not answer the step before.
    pub result: Option<Result<(), Broken>>,
    pub took: Duration,
}

impl Done {
    /// Whether it was tried and failed.
    pub(super) fn failed(&self) -> bool {
        matches!(self.result, Some(Err(_)))
    }
}

/// What became of a run.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub url: String,
    pub steps: Vec<Done>,
    pub took: Duration,
}

impl Report {
    /// How many steps failed.
    pub(super) fn failures(&self) -> usize {
        self.steps.iter().filter(|done| done.failed()).count()
    }

    /// The run in a word: an error where it failed.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        let failed: Vec<_> =
            self.steps.iter().filter(|done| done.failed()).map(|done| done.step.name).collect();
        if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("failed: {}", failed.join(", ")))) }
    }
}

/// Is told of each step when it has ended.
pub(super) type Tell<'a> = dyn FnMut(&Done) -> Result<(), Failure> + 'a;

/// Does all steps and cleans up; none if it was told to stop meanwhile, after cleaning up too. A second signal
/// ends the cleaning up, and leaves the rest to a later run.
///
/// # Errors
/// When nobody can be told, after cleaning up.
pub(super) async fn all(
    system: &System,
    signals: &mut Signals,
    tell: &mut Tell<'_>,
) -> Result<Option<Report>, Failure> {
    let began = Instant::now();
    let mut steps = Vec::new();
    let told = tokio::select! {
        told = every_step(system, &mut steps, tell) => Some(told),
        _ = signals.next() => None,
    };
    let something_made = steps.iter().any(|done: &Done| matches!(done.result, Some(Ok(()))));
    let cleanup = if something_made {
        tokio::select! {
            done = one(system, &CLEANUP) => done,
            _ = signals.next() => return Ok(None),
        }
    } else {
        Done { step: &CLEANUP, result: None, took: Duration::ZERO }
    };
    let Some(told) = told else { return Ok(None) };
    told.and_then(|()| tell(&cleanup))?;
    steps.push(cleanup);
    let url = system.client.base().to_owned();
    Ok(Some(Report { url, steps, took: began.elapsed() }))
}

async fn every_step(system: &System, done: &mut Vec<Done>, tell: &mut Tell<'_>) -> Result<(), Failure> {
    let mut reachable = true;
    for step in steps::all() {
        let outcome = if reachable {
            one(system, step).await
        } else {
            Done { step, result: None, took: Duration::ZERO }
        };
        reachable &= !matches!(&outcome.result, Some(Err(broken)) if broken.unreachable);
        tell(&outcome)?;
        done.push(outcome);
    }
    Ok(())
}

async fn one(system: &System, step: &'static Step) -> Done {
    let began = Instant::now();
    let result = (step.run)(system).await;
    Done { step, result: Some(result), took: began.elapsed() }
}
