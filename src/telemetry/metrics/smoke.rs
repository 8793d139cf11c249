//! Metrics of `app smoke --every`.

use std::collections::HashMap;
use std::time::Duration;

use ::metrics::{Counter, Gauge, Histogram};

use super::families::{
    SMOKE_LAST_SUCCESS, SMOKE_RUN_DURATION, SMOKE_RUNS, SMOKE_STEP_DURATION, SMOKE_STEP_FAILURES,
};
use super::recorder::{self, counter, gauge, histogram};

/// Counts and times the runs of a smoke test.
pub struct SmokeRuns {
    steps: HashMap<&'static str, (Histogram, Counter)>,
    run: Histogram,
    last_success: Gauge,
}

impl SmokeRuns {
    /// None so far, of these steps. To be called once, before anything else in the process is measured.
    pub fn new(steps: impl Iterator<Item = &'static str>) -> Self {
        recorder::smokes();
        let of_step = |step| (histogram(&SMOKE_STEP_DURATION, [step]), counter(&SMOKE_STEP_FAILURES, [step]));
        let steps: HashMap<_, _> = steps.map(|step| (step, of_step(step))).collect();
        steps.values().for_each(|(_, failures)| failures.increment(0));
        for good in [true, false] {
            counter(&SMOKE_RUNS, [outcome(good)]).increment(0);
        }
        let last_success = gauge(&SMOKE_LAST_SUCCESS, []);
        last_success.set(0.0);
        SmokeRuns { steps, run: histogram(&SMOKE_RUN_DURATION, []), last_success }
    }

    /// A step has ended.
    pub fn step(&self, step: &'static str, good: bool, took: Duration) {
        if let Some((duration, failures)) = self.steps.get(step) {
            duration.record(took);
            failures.increment(u64::from(!good));
        }
    }

    /// A run has ended, so many seconds after the epoch.
    pub fn run(&self, good: bool, took: Duration, at: f64) {
        counter(&SMOKE_RUNS, [outcome(good)]).increment(1);
        self.run.record(took);
        if good {
            self.last_success.set(at);
        }
    }
}

fn outcome(good: bool) -> &'static str {
    if good { "ok" } else { "failed" }
}
