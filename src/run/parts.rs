//! The parts of a process that depend on its role: the store, and the routes of the traffic port.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::web::ServiceConfig;

use crate::api::remote::{self, Remote};
use crate::api::{self, Gate, Limits};
use crate::config::{self, Secret, Settings};
use crate::domain::{Clock, Context, Error, Kind, Store};
use crate::http::{AdminRoutes, Admission, Health, Lifecycle, Probe, configure_traffic, new_request_id};
use crate::store::admin;
use crate::store::backend::Backend;
use crate::store::dynamo::{self, Dynamo};
use crate::store::embedded::{self, Embedded};
use crate::store::engine::{self, Engine};
use crate::store::handlers::Lines;
use crate::store::measured::Measured;
use crate::telemetry::trace::Tracer;

use super::Failure;

/// How long a probe waits for the store.
const PROBE: Duration = Duration::from_millis(900);

/// How long the first connections to `DynamoDB` may take, before the process goes on without them.
const WARMING: Duration = Duration::from_secs(3);

/// How long the last users of the data may take to let go of it.
const LETTING_GO: Duration = Duration::from_secs(1);

/// The key of MACs where none is configured: known to everybody, and the same in every process.
const WELL_KNOWN_SECRET: &[u8] = b"larder without a secret of its own";

/// What a role is made of.
pub(super) struct Parts {
    settings: Settings,
    clock: Arc<dyn Clock>,
    lifecycle: Lifecycle,
    tracer: Tracer,
    gate: Arc<Gate>,
    limits: Arc<Limits>,
    opened: Arc<Mutex<Option<Opened>>>,
}

/// The store of a process.
#[derive(Clone)]
struct Opened {
    store: Arc<dyn Store>,
    from: Source,
}

/// What the store of a process is.
#[derive(Clone)]
enum Source {
    Data(Arc<Embedded>),
    Table,
    Lines(Arc<Remote>),
}

impl Parts {
    pub(super) fn new(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        lifecycle: Lifecycle,
        tracer: Tracer,
    ) -> Result<Parts, Failure> {
        let gate = Gate::new(&settings.auth).map_err(|words| Failure(format!("authenticate: {words}")))?;
        let (gate, limits) = (Arc::new(gate), Arc::new(Limits::new(&settings.limits)));
        let settings = settings.clone();
        Ok(Parts { settings, clock, lifecycle, tracer, gate, limits, opened: Arc::default() })
    }

    /// Who may come in, where the API is served.
    pub(super) fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }

    /// How often they may come.
    pub(super) fn limits(&self) -> Arc<Limits> {
        Arc::clone(&self.limits)
    }

    /// Asks the store whether it can serve.
    pub(super) fn probe(&self) -> Probe {
        let opened = Arc::clone(&self.opened);
        Box::new(move || {
            let opened = opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Box::pin(async move {
                let Some(Opened { store, .. }) = opened else {
                    return Err(Error::new(Kind::StoreUnavailable, "the data is not open"));
                };
                store.ready(&Context::new(new_request_id(), Instant::now() + PROBE)).await
            })
        })
    }

    /// Opens the data, or the way to it.
    pub(super) async fn open(&self) -> Result<(), Failure> {
        let opened = match (self.settings.role.owns_data(), self.settings.store.backend) {
            (true, config::Backend::Embedded) => self.embedded().await?,
            (true, config::Backend::DynamoDb) => self.dynamodb().await,
            (false, _) => self.remote()?,
        };
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        Ok(())
    }

    async fn embedded(&self) -> Result<Opened, Failure> {
        let settings = &self.settings.store.embedded;
        let options = embedded::Options {
            cache_bytes: settings.cache_bytes,
            tracer: self.tracer.clone(),
            ..embedded::Options::new(&settings.path)
        };
        let clock = Arc::clone(&self.clock);
        let opening = tokio::task::spawn_blocking(move || Embedded::open(options, clock));
        let opened = opening.await.map_err(|error| Failure::new("open the data", &error))?;
        let data = opened.map_err(|error| Failure::new("open the data", &error))?;
        Ok(Opened { store: self.measured(Arc::clone(&data) as _), from: Source::Data(data) })
    }

    async fn dynamodb(&self) -> Opened {
        let options = dynamo_options(&self.settings.store.dynamodb);
        let options = dynamo::Options { tracer: self.tracer.clone(), ..options };
        let table = Dynamo::new(options, Arc::clone(&self.clock)).await;
        let context = Context::new(new_request_id(), Instant::now() + WARMING);
        // It may come up later; until then `/readyz` says so.
        if let Err(error) = table.warm(&context).await {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(cause, "the table can't be used yet: {error}");
        }
        Opened { store: self.measured(table), from: Source::Table }
    }

    /// The store over a backend.
    fn measured(&self, backend: Arc<dyn Backend>) -> Arc<dyn Store> {
        let name = backend.name();
        let options = engine::Options { auto_create: self.settings.auto_create };
        let engine = Engine::new(backend, options, Arc::clone(&self.clock));
        Arc::new(Measured::new(Arc::new(engine), name))
    }

    fn remote(&self) -> Result<Opened, Failure> {
        let url = &self.settings.store.url;
        let options = remote::Options::new(url.host(), url.port());
        let (tls, tracer) = (self.settings.store.tls.clone(), self.tracer.clone());
        let (service, resolver) = (url.is_service(), self.settings.store.resolver);
        let remote = Remote::new(remote::Options { service, resolver, tls, tracer, ..options });
        let remote = remote.map_err(|error| Failure::new("make a client of the store", &error))?;
        Ok(Opened { store: Arc::clone(&remote) as _, from: Source::Lines(remote) })
    }

    /// The store, where it is elsewhere and has been opened.
    pub(super) fn remote_store(&self) -> Option<Arc<Remote>> {
        match self.opened().ok()?.from {
            Source::Lines(remote) => Some(remote),
            Source::Data(_) | Source::Table => None,
        }
    }

    /// What the admin port serves in a role that owns data.
    pub(super) fn admin_routes(&self) -> AdminRoutes {
        let has_files = self.settings.store.backend == config::Backend::Embedded;
        if !(self.settings.role.owns_data() && has_files) {
            return Arc::new(|_| {});
        }
        let opened = Arc::clone(&self.opened);
        let data = move || {
            let opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
            match &opened.as_ref()?.from {
                Source::Data(data) => Some(Arc::clone(data)),
                Source::Table | Source::Lines(_) => None,
            }
        };
        Arc::new(admin::configure(Arc::new(data)))
    }

    fn opened(&self) -> Result<Opened, Failure> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        opened.ok_or_else(|| Failure("the data is not open".into()))
    }

    /// The routes of the traffic port, which begin to keep lines on the thread that mounts them.
    pub(super) fn routes(
        &self,
        health: Arc<Health>,
        admission: &Arc<Admission>,
    ) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + use<>, Failure> {
        let Opened { store, from } = self.opened()?;
        let serve = if self.settings.role.serves_api() {
            let secret = self.settings.api_secret.as_ref().map_or(WELL_KNOWN_SECRET, Secret::reveal);
            let state = api::State::new(store, Arc::clone(&self.clock), secret)
                .with_bodies(self.settings.role, self.settings.max_body_bytes)
                .with_timeouts(self.settings.http.deadline, self.settings.http.body_timeout)
                .unguarded(!self.settings.auth.required() && !self.settings.auth.allow_anonymous)
                .with_gate(Arc::clone(&self.gate), Arc::clone(&self.limits));
            Serve::Api(state, from)
        } else {
            let lines = Lines::new(store, Arc::clone(admission), self.lifecycle.clone(), self.tracer.clone());
            Serve::Lines(lines.map_err(|error| Failure::new("name this process", &error))?)
        };
        let proxies = self.settings.http.trusted_proxies.clone();
        Ok(move |config: &mut ServiceConfig| {
            config.app_data(proxies.clone());
            config.configure(configure_traffic(Arc::clone(&health)));
            serve.configure(config);
        })
    }

    /// Closes the data, after all who used it have let go; a running backup or restore has until `until` to finish.
    pub(super) async fn close(self, until: Instant) -> Result<(), Failure> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Opened { store, from: Source::Data(data) }) = opened else { return Ok(()) };
        drop(store);
        let until = until.max(Instant::now() + LETTING_GO);
        // Threads of the server end a moment after the server.
        while Arc::strong_count(&data) > 1 && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if Arc::strong_count(&data) > 1 {
            tracing::warn!(
                "the data is still in use; a backup that runs is cut off, and a restore changes nothing"
            );
        }
        let closing = tokio::task::spawn_blocking(move || drop(data));
        closing.await.map_err(|error| Failure::new("close the data", &error))
    }
}

/// The table that the settings name.
pub(crate) fn dynamo_options(settings: &config::DynamoDb) -> dynamo::Options {
    dynamo::Options {
        region: settings.region.clone(),
        endpoint: settings.endpoint.clone(),
        connect_timeout: settings.connect_timeout,
        attempt_timeout: settings.attempt_timeout,
        ..dynamo::Options::new(&settings.table)
    }
}

/// What the traffic port serves besides `/healthz`.
#[derive(Clone)]
enum Serve {
    Api(api::State, Source),
    Lines(Lines),
}

impl Serve {
    fn configure(&self, config: &mut ServiceConfig) {
        match self {
            Serve::Api(state, from) => {
                if let Source::Lines(remote) = from {
                    remote.start_worker();
                }
                config.configure(api::configure(state.clone()));
            }
            Serve::Lines(lines) => lines.configure(config),
        }
    }
}
