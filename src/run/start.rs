//! Starts a process: its listeners first, then the admin port, then the data, then the traffic.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::JoinHandle;

use crate::config::{Loaded, Settings};
use crate::domain::Clock;
use crate::http::{Admin, Admission, Health, Lifecycle, Observe, Stage, Traffic, Watched, bind, serve_admin};
use crate::telemetry::metrics;
use crate::telemetry::trace::Tracer;

use super::files;
use super::parts::Parts;
use super::reload::Reloader;
use super::tls::Tls;
use super::{Failure, Running};

/// Starts a process: when this returns, it serves.
///
/// # Errors
/// When a listener can't be had, or the data can't be opened.
pub async fn start(loaded: Loaded, clock: Arc<dyn Clock>) -> Result<Running, Failure> {
    let Loaded { mut settings, effective, .. } = loaded;
    metrics::prepare();
    let connections = settings.http.connections;
    settings.http.connections = files::room_for(&settings);
    let lifecycle = Lifecycle::default();
    let tls = Tls::new(&settings)?;
    let (admin_listener, admin) = listener(settings.admin_listen)?;
    let (listener, traffic) = listener(settings.http.listen)?;
    let tracer = tracer(&settings)?;
    let parts = Parts::new(&settings, Arc::clone(&clock), lifecycle.clone(), tracer.clone())?;
    let health = Health::new(lifecycle.clone(), vec![("store", parts.probe())]);
    let shown = Arc::new(ArcSwap::from_pointee(effective));
    let admission = Admission::new(settings.role, settings.max_in_flight);

    let failed = |error: io::Error| Failure::new("serve", &error);
    // Before the data is opened: until then the probes say that it is not.
    let aside = Admin {
        role: settings.role,
        health: Arc::clone(&health),
        admission: Arc::clone(&admission),
        settings: Arc::clone(&shown),
        more: parts.admin_routes(),
    };
    let aside = serve_admin(admin_listener, tls.admin.clone(), &settings.http, aside).map_err(failed)?;
    let admin_server = aside.handle();
    let mut background = vec![tokio::spawn(async move { drop(aside.await) })];

    warn_of_no_authentication(&settings);
    parts.open().await?;
    let configure = parts.routes(Arc::clone(&health), &admission)?;
    let server = serving(&settings, &lifecycle, &tls, &tracer, admission).serve(listener, configure);
    let serving = tokio::spawn(server.map_err(failed)?);
    lifecycle.enter(Stage::Serving);
    background.extend(keep(health, &settings, &parts, clock));
    let role = settings.role.name();
    tracing::info!(role, version = env!("CARGO_PKG_VERSION"), %traffic, %admin, "listening");
    files::warn_of_few(connections, settings.http.connections);
    let (remote, gate, limits) = (parts.remote_store(), parts.gate(), parts.limits());
    let reloader = Reloader { shown, tls, remote, gate, limits };
    Ok(Running {
        traffic,
        admin,
        settings,
        reloader,
        lifecycle,
        serving,
        admin_server,
        background,
        parts,
        tracer,
    })
}

fn listener(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = bind(address).map_err(|error| Failure::new("start", &error))?;
    let address = listener.local_addr();
    let address = address.map_err(|error| Failure::new("ask for the address of a listener", &error))?;
    Ok((listener, address))
}

fn tracer(settings: &Settings) -> Result<Tracer, Failure> {
    let Some(otlp) = &settings.otlp else { return Ok(Tracer::default()) };
    Tracer::start(otlp, settings.role).map_err(|error| Failure::new("begin to send traces", &error))
}

/// How the traffic port is served.
fn serving<'a>(
    settings: &'a Settings,
    lifecycle: &Lifecycle,
    tls: &Tls,
    tracer: &Tracer,
    admission: Arc<Admission>,
) -> Traffic<'a> {
    let serves_api = settings.role.serves_api();
    let observe = Observe::new(Watched {
        role: settings.role,
        log: settings.log.requests,
        lifecycle: lifecycle.clone(),
        // In the store role operations are admitted and have spans, and not the lines on which they come.
        admission: serves_api.then_some(admission),
        tracer: if serves_api { tracer.clone() } else { Tracer::default() },
        secure: serves_api && tls.traffic.is_some(),
    });
    Traffic {
        http: &settings.http,
        drain: settings.shutdown.drain,
        tls: tls.traffic.clone(),
        h2c: !serves_api,
        lifecycle: lifecycle.clone(),
        observe,
    }
}

/// What goes on as long as the process does.
fn keep(
    health: Arc<Health>,
    settings: &Settings,
    parts: &Parts,
    clock: Arc<dyn Clock>,
) -> Vec<JoinHandle<()>> {
    let mut kept = vec![tokio::spawn(health.watch()), tokio::spawn(keep_metrics())];
    if settings.role.serves_api() {
        let gate = parts.gate();
        kept.push(tokio::spawn(async move { gate.keep(&*clock).await }));
    }
    kept
}

fn warn_of_no_authentication(settings: &Settings) {
    if settings.role.serves_api() && !settings.auth.required() {
        tracing::warn!("authentication is off: everybody who can reach this process may do everything");
    }
}

async fn keep_metrics() {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        metrics::upkeep();
    }
}
