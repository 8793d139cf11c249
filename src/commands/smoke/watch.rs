//! `app smoke --every`: a run again and again, with metrics, until a signal says to stop.

use std::iter;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::dev::ServerHandle;
use tokio::time::MissedTickBehavior;

use crate::commands::Failure;
use crate::http::{Signals, bind, serve_metrics};
use crate::telemetry::metrics::{self, SmokeRuns};

use super::Options;
use super::run::{self, CLEANUP, Report};
use super::steps;
use super::system::System;

/// How often samples are sorted into buckets.
const UPKEEP: Duration = Duration::from_secs(1);

/// Runs until it is told to stop.
pub(super) async fn again_and_again(
    options: &Options,
    every: Duration,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let runs = SmokeRuns::new(steps::all().chain(iter::once(&CLEANUP)).map(|step| step.name));
    let server = serve(options)?;
    let format = options.format();
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = signals.next() => break,
        }
        let system = System::new(options)?;
        let Some(report) = run::all(&system, signals, &mut |done| format.step(done)).await? else { break };
        measure(&runs, &report);
        format.run(&report)?;
    }
    server.stop(false).await;
    Ok(())
}

/// Serves the metrics from now on.
fn serve(options: &Options) -> Result<ServerHandle, Failure> {
    let failed = |error| Failure::because("cannot serve metrics", &error);
    let listener = bind(options.metrics_listen).map_err(failed)?;
    if let Ok(address) = listener.local_addr() {
        eprintln!("metrics at http://{address}/metrics");
    }
    let server = serve_metrics(listener).map_err(failed)?;
    let handle = server.handle();
    tokio::spawn(async move { drop(server.await) });
    tokio::spawn(async {
        loop {
            tokio::time::sleep(UPKEEP).await;
            metrics::upkeep();
        }
    });
    Ok(handle)
}

fn measure(runs: &SmokeRuns, report: &Report) {
    for done in report.steps.iter().filter(|done| done.result.is_some()) {
        runs.step(done.step.name, !done.failed(), done.took);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    runs.run(report.failures() == 0, report.took, now.as_secs_f64());
}
