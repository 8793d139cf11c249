//! What the binary does in a role: log, start, signals, reload, and the exit code.

use std::process::ExitCode;
use std::sync::Arc;

use crate::config::{Loaded, Sources};
use crate::http::{Hangups, Signals};
use crate::telemetry::log;

use super::{Failure, Running, SystemClock, start};

/// Runs a role until it is told to stop.
///
/// Exit code 0 when it stopped as it was told, 1 when it could not start or
/// something broke, and 128 plus the signal's number when a second signal cut the stopping short.
pub fn serve(sources: Sources, loaded: Loaded) -> ExitCode {
    log::start(&loaded.settings.log);
    let outcome = actix_web::rt::System::new().block_on(run(sources, loaded));
    let code = match outcome {
        Ok(code) => code,
        Err(failure) => {
            tracing::error!("{failure}");
            1
        }
    };
    log::flush();
    ExitCode::from(code)
}

async fn run(sources: Sources, loaded: Loaded) -> Result<u8, Failure> {
    let mut signals = Signals::listen().map_err(|error| Failure::new("listen to signals", &error))?;
    let hangups = Hangups::listen().map_err(|error| Failure::new("listen to signals", &error))?;
    let watch = loaded.watch.clone();
    let mut running = tokio::select! {
        running = start(loaded, Arc::new(SystemClock)) => running?,
        _ = signals.next() => return Ok(0),
    };
    let following = tokio::spawn(running.reloader.clone().follow(sources, watch, hangups));
    tokio::select! {
        failure = running.ended() => return Err(failure),
        signal = signals.next() => tracing::info!(signal, "told to stop; a second signal ends at once"),
    }
    let stopped = stop(running, signals).await;
    // Until here a hang-up did not end the process.
    following.abort();
    stopped
}

async fn stop(running: Running, mut signals: Signals) -> Result<u8, Failure> {
    tokio::select! {
        stopped = running.stop() => stopped.map(|()| 0),
        signal = signals.next() => {
            tracing::warn!(signal, "told to stop again: what is in flight is cut off");
            log::flush();
            std::process::exit(128 + signal)
        }
    }
}
