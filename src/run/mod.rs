//! The composition root: makes a running process of settings. The only place that joins the modules.
//!
//! [`start()`] builds one process, in this process, on the listeners that its settings name; tests start several.
//! [`serve()`] is what the binary does with it: log, signals, reload, exit code.

mod clock;
mod files;
mod parts;
mod reload;
mod serve;
mod start;
mod tls;

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use tokio::task::JoinHandle;

use crate::config::{Settings, Sources};
use crate::http::{Lifecycle, Stage};
use crate::telemetry::log::with_causes;
use crate::telemetry::trace::Tracer;

pub use clock::SystemClock;
pub use serve::serve;
pub use start::start;

use parts::Parts;
pub(crate) use parts::dynamo_options;
use reload::Reloader;

/// How long the last spans may take to leave.
const FLUSH: Duration = Duration::from_secs(1);

/// Why a process did not start, or ended: a sentence for people.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// What was being done, and what came of it.
    pub(crate) fn new(what: &str, error: &dyn std::error::Error) -> Failure {
        Failure(format!("{what}: {}", with_causes(error)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// A process that serves. Dropping it leaves the process running; [`Running::stop`] ends it.
pub struct Running {
    /// Where it takes traffic.
    pub traffic: SocketAddr,
    /// Where its probes and metrics are.
    pub admin: SocketAddr,
    settings: Settings,
    reloader: Reloader,
    lifecycle: Lifecycle,
    serving: JoinHandle<std::io::Result<()>>,
    admin_server: ServerHandle,
    background: Vec<JoinHandle<()>>,
    parts: Parts,
    tracer: Tracer,
}

impl Running {
    /// Its stages.
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Reads the configuration again, and takes over what may change while it serves, as when a file of it has
    /// changed. Says whether all of it was good; else what is wrong stays as it was.
    pub fn reload(&self, sources: &Sources) -> bool {
        self.reloader.reload(sources).0
    }

    /// Waits until it ends by itself, which it only does when something is broken.
    pub async fn ended(&mut self) -> Failure {
        match (&mut self.serving).await {
            Ok(Ok(())) => Failure("the server ended by itself".into()),
            Ok(Err(error)) => Failure::new("serve", &error),
            Err(error) => Failure::new("serve", &error),
        }
    }

    /// Stops: lingers, lets what is in flight end, and closes the data.
    ///
    /// # Errors
    /// When the server or the data did not end well.
    pub async fn stop(self) -> Result<(), Failure> {
        let shutdown = self.settings.shutdown;
        self.lifecycle.enter(Stage::Lingering);
        tracing::info!(linger_ms = shutdown.linger.as_millis() as u64, "stopping: probes fail from now on");
        tokio::time::sleep(shutdown.linger).await;
        self.lifecycle.enter(Stage::Stopping);
        tracing::info!(drain_s = shutdown.drain.as_secs(), "stopping: finishing what is in flight");
        let until = Instant::now() + shutdown.drain;
        let served = self.serving.await;
        let closed = self.parts.close(until).await;
        self.tracer.close(FLUSH).await;
        // Until here the probes answered: a process that is finishing its work is alive.
        self.admin_server.stop(true).await;
        for task in self.background {
            task.abort();
        }
        tracing::info!("stopped");
        match served {
            Ok(Ok(())) => closed,
            Ok(Err(error)) => Err(Failure::new("serve", &error)),
            Err(error) => Err(Failure::new("serve", &error)),
        }
    }
}
