//! The composition root: makes a running process of settings. The only place that joins the modules.
//!
//! [`start`] builds one process, in this process, on the listeners that its settings name; tests start several.
//! [`serve()`] is what the binary does with it: log, signals, reload, exit code.

mod clock;
mod parts;
mod reload;
mod serve;
mod tls;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use arc_swap::ArcSwap;
use tokio::task::JoinHandle;

use crate::config::{Loaded, Settings, Sources};
use crate::domain::Clock;
use crate::http::{Admin, Admission, Health, Lifecycle, Observe, Stage, Traffic, bind, serve_admin};
use crate::telemetry::log::with_causes;
use crate::telemetry::metrics;
use crate::telemetry::trace::Tracer;

pub use clock::SystemClock;
pub use serve::serve;

use parts::Parts;
pub(crate) use parts::dynamo_options;
use reload::Reloader;
use tls::Tls;

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

/// Starts a process: when this returns, it serves.
///
/// # Errors
/// When a listener can't be had, or the data can't be opened.
pub async fn start(loaded: Loaded, clock: Arc<dyn Clock>) -> Result<Running, Failure> {
    let Loaded { settings, effective, .. } = loaded;
    metrics::prepare();
    let lifecycle = Lifecycle::default();
    let tls = Tls::new(&settings)?;
    let bound = |address| bind(address).map_err(|error| Failure::new("start", &error));
    let (admin_listener, listener) = (bound(settings.admin_listen)?, bound(settings.http.listen)?);
    let address = |listener: &std::net::TcpListener| {
        listener.local_addr().map_err(|error| Failure::new("ask for the address of a listener", &error))
    };
    let (admin_address, traffic_address) = (address(&admin_listener)?, address(&listener)?);

    let tracer = match &settings.otlp {
        Some(otlp) => Tracer::start(otlp, settings.role)
            .map_err(|error| Failure::new("begin to send traces", &error))?,
        None => Tracer::default(),
    };
    let parts = Parts::new(&settings, Arc::clone(&clock), lifecycle.clone(), tracer.clone())?;
    let health = Health::new(lifecycle.clone(), vec![("store", parts.probe())]);
    let shown = Arc::new(ArcSwap::from_pointee(effective));
    let admission = Admission::new(settings.role, settings.max_in_flight);
    let admin = Admin {
        role: settings.role,
        health: Arc::clone(&health),
        admission: Arc::clone(&admission),
        settings: Arc::clone(&shown),
        more: parts.admin_routes(),
    };
    let failed = |error: std::io::Error| Failure::new("serve", &error);
    let admin_server =
        serve_admin(admin_listener, tls.admin.clone(), &settings.http, admin).map_err(failed)?;
    let admin_handle = admin_server.handle();
    let mut background = vec![tokio::spawn(async move { drop(admin_server.await) })];

    if settings.role.serves_api() && !settings.auth.required() {
        tracing::warn!("authentication is off: everybody who can reach this process may do everything");
    }
    parts.open().await?;
    let configure = parts.routes(Arc::clone(&health), &admission)?;
    // In the store role operations have spans, and lines have none.
    let of_traces = if settings.role.serves_api() { tracer.clone() } else { Tracer::default() };
    let of_requests = settings.role.serves_api().then(|| Arc::clone(&admission));
    let traffic = Traffic {
        http: &settings.http,
        drain: settings.shutdown.drain,
        tls: tls.traffic.clone(),
        h2c: !settings.role.serves_api(),
        lifecycle: lifecycle.clone(),
        observe: Observe::new(
            settings.role,
            settings.log.requests,
            lifecycle.clone(),
            of_requests,
            of_traces,
            settings.role.serves_api() && tls.traffic.is_some(),
        ),
    };
    let serving = tokio::spawn(traffic.serve(listener, configure).map_err(failed)?);
    lifecycle.enter(Stage::Serving);
    background.push(tokio::spawn(health.watch()));
    background.push(tokio::spawn(keep_metrics()));
    if settings.role.serves_api() {
        let gate = parts.gate();
        background.push(tokio::spawn(async move { gate.keep(&*clock).await }));
    }
    let (role, version) = (settings.role.name(), env!("CARGO_PKG_VERSION"));
    tracing::info!(role, version, traffic = %traffic_address, admin = %admin_address, "listening");
    warn_of_few_files(settings.http.connections);
    Ok(Running {
        traffic: traffic_address,
        admin: admin_address,
        settings,
        reloader: Reloader {
            shown,
            tls,
            remote: parts.remote_store(),
            gate: parts.gate(),
            limits: parts.limits(),
        },
        lifecycle,
        serving,
        admin_server: admin_handle,
        background,
        parts,
        tracer,
    })
}

/// Tells when connections that the settings allow could not be taken: callers would wait in vain, and the database
/// finds no room for its files.
fn warn_of_few_files(connections: usize) {
    let Some(metrics::Files { open, may_open }) = metrics::files() else { return };
    let needed = open + connections as u64;
    if may_open < needed {
        tracing::warn!(
            may_open,
            connections,
            "http.connections allows more connections than this process may open files; raise `ulimit -n` to {needed} or \
             more, or lower http.connections"
        );
    }
}

async fn keep_metrics() {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        metrics::upkeep();
    }
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
