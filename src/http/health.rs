//! Says how the process is: alive, started, ready, and on the traffic port one word for load balancers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};

use crate::domain::Error;

use super::lifecycle::{Lifecycle, Stage};
use super::{admin, problem, route};

/// The path for load balancers that reach nothing else.
pub(super) const HEALTHZ: &str = "/healthz";

/// The query by which a balancer asks for the process alone.
const SELF: &str = "probe=self";

/// The query by which readiness stays, once the process was ready, as long as the process itself is well.
const ONCE: &str = "probe=once";

/// How long a check may take before it counts as failed.
const DEADLINE: Duration = Duration::from_secs(1);

/// How often the check is done on its own, for those who ask for no more than one word.
const PERIOD: Duration = Duration::from_secs(2);

/// For how long the last good check is good enough for load balancers.
const GOOD_FOR: Duration = Duration::from_secs(10);

/// Asks something that the process needs whether it can serve; fails with what is wrong and what to do.
pub type Probe = Box<dyn Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// The health of a process.
pub struct Health {
    lifecycle: Lifecycle,
    checks: Vec<(&'static str, Probe)>,
    began: Instant,
    /// Milliseconds from the beginning to the last time that every check was good; never is `u64::MAX`.
    last_good: AtomicU64,
    failing: AtomicBool,
}

impl Health {
    /// Judged by the lifecycle and these checks, each with its name.
    pub fn new(lifecycle: Lifecycle, checks: Vec<(&'static str, Probe)>) -> Arc<Health> {
        let last_good = AtomicU64::new(u64::MAX);
        Arc::new(Health {
            lifecycle,
            checks,
            began: Instant::now(),
            last_good,
            failing: AtomicBool::new(false),
        })
    }

    /// Does the checks every now and then, for ever; logs when they begin to fail, and when they are good again.
    pub async fn watch(self: Arc<Self>) {
        loop {
            self.faults().await;
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// What keeps the process from serving; empty when nothing does.
    pub async fn faults(&self) -> Map<String, Value> {
        let mut faults = Map::new();
        for (name, probe) in &self.checks {
            let fault = match tokio::time::timeout(DEADLINE, probe()).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.detail().to_owned(),
                Err(_) => format!("no answer within {} s", DEADLINE.as_secs()),
            };
            faults.insert((*name).to_owned(), fault.into());
        }
        self.note(&faults);
        faults
    }

    fn note(&self, faults: &Map<String, Value>) {
        if faults.is_empty() {
            let since = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.last_good.store(since, Ordering::Relaxed);
            if self.failing.swap(false, Ordering::Relaxed) {
                tracing::info!("ready again");
            }
        } else if !self.failing.swap(true, Ordering::Relaxed) {
            for (name, fault) in faults {
                tracing::warn!(check = name.as_str(), "not ready: {}", fault.as_str().unwrap_or_default());
            }
        }
    }

    /// Whether every check was good at once since the process began.
    fn was_ready(&self) -> bool {
        self.last_good.load(Ordering::Relaxed) != u64::MAX
    }

    /// Whether load balancers should send traffic here.
    fn takes_traffic(&self) -> bool {
        let last_good = self.last_good.load(Ordering::Relaxed);
        let recently = || self.began.elapsed() < Duration::from_millis(last_good) + GOOD_FOR;
        self.was_ready() && !self.lifecycle.draining() && recently()
    }

    /// The same for a balancer whose word gets a process replaced: only what a new process would mend counts.
    fn is_itself_well(&self) -> bool {
        self.lifecycle.stage() == Stage::Serving
    }
}

/// Mounts `/healthz` on the traffic port.
pub fn configure_traffic(health: Arc<Health>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        let healthz = move |request: HttpRequest| {
            let alone = request.query_string() == SELF;
            let good = if alone { health.is_itself_well() } else { health.takes_traffic() };
            async move { if good { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() }.finish() }
        };
        let resource = route::resource(HEALTHZ, HEALTHZ);
        let reads = resource.route(web::get().to(healthz.clone())).route(web::head().to(healthz));
        config.service(reads.default_service(web::to(other_method)));
    }
}

/// Answers OPTIONS, and refuses every method but GET and HEAD.
async fn other_method(method: Method) -> Result<HttpResponse, Error> {
    const ALLOWED: &str = "GET, HEAD, OPTIONS";
    if method == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((ALLOW, ALLOWED)).finish());
    }
    Err(problem::method_not_allowed(ALLOWED))
}

/// Mounts the probes of the admin port.
pub(super) fn configure_admin(health: Arc<Health>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config.app_data(web::Data::from(health));
        config.service(admin::read("/livez", livez));
        config.service(admin::read("/readyz", readyz));
        config.service(admin::read("/startupz", startupz));
    }
}

async fn livez() -> HttpResponse {
    well()
}

async fn startupz(health: web::Data<Health>) -> HttpResponse {
    if health.lifecycle.stage() > Stage::Starting {
        well()
    } else {
        unwell(&json!({ "start": "not finished" }))
    }
}

async fn readyz(request: HttpRequest, health: web::Data<Health>) -> HttpResponse {
    let asked_once = request.query_string() == ONCE && health.was_ready();
    let mut faults = if asked_once { Map::new() } else { health.faults().await };
    match health.lifecycle.stage() {
        Stage::Starting => drop(faults.insert("start".into(), "not finished".into())),
        Stage::Serving => {}
        Stage::Lingering | Stage::Stopping => drop(faults.insert("stop".into(), "was told to stop".into())),
    }
    if faults.is_empty() { well() } else { unwell(&Value::Object(faults)) }
}

fn well() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

fn unwell(reasons: &Value) -> HttpResponse {
    HttpResponse::ServiceUnavailable().json(json!({ "status": "unavailable", "reasons": reasons }))
}
