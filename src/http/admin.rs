//! The admin port: probes, metrics, settings, and the log filter.

use std::sync::Arc;

use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route, web};
use arc_swap::ArcSwap;

use crate::config::{Effective, LogFilter, Role, to_json};
use crate::domain::{Error, Kind, Place};
use crate::telemetry::log::{self, Audit};
use crate::telemetry::metrics;

use super::admission::Admission;
use super::caller::Caller;
use super::health::{self, Health};
use super::problem;

/// Mounts further routes on the admin port.
pub type AdminRoutes = Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>;

/// What the admin port shows.
#[derive(Clone)]
pub struct Admin {
    /// The role of the process.
    pub role: Role,
    /// How it is.
    pub health: Arc<Health>,
    /// What it works on.
    pub admission: Arc<Admission>,
    /// The settings that hold.
    pub settings: Arc<ArcSwap<Vec<Effective>>>,
    /// What the role serves there beside that.
    pub more: AdminRoutes,
}

impl Admin {
    /// Mounts the routes.
    pub(super) fn configure(self, config: &mut web::ServiceConfig) {
        config.configure(health::configure_admin(Arc::clone(&self.health)));
        config.configure(&*self.more);
        config.app_data(web::Data::new(self));
        config.service(read("/metrics", metrics));
        config.service(read("/config", settings));
        let log_filter = web::resource("/log-filter").route(web::put().to(set_log_filter));
        config.service(log_filter.default_service(only_methods("PUT")));
        config.default_service(nothing_but(
            "/livez, /readyz, /startupz, /metrics, /config and /log-filter, and where this process has the embedded \
             database /backup and /restore",
        ));
    }
}

/// A resource that is only read.
pub(super) fn read<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args> + Clone,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let resource = web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler));
    resource.default_service(only_methods("GET, HEAD"))
}

/// Refuses every method but these: the default of a resource.
pub fn only_methods(allowed: &'static str) -> Route {
    web::to(async move || Err::<HttpResponse, Error>(problem::method_not_allowed(allowed)))
}

/// Answers a path that leads nowhere with those that are served.
fn nothing_but(served: &'static str) -> Route {
    web::to(move || async move {
        let detail = format!("this port serves {served}");
        Err::<HttpResponse, Error>(Error::new(Kind::NoSuchPath, detail))
    })
}

/// Mounts the metrics of a process that is no role.
pub(super) fn configure_metrics(config: &mut web::ServiceConfig) {
    config.service(read("/metrics", async || exposition()));
    config.default_service(nothing_but("/metrics"));
}

async fn metrics(admin: web::Data<Admin>) -> HttpResponse {
    // Counted by the admission anyway, so requests don't count it a second time.
    metrics::active_requests(admin.role).set(admin.admission.in_flight() as f64);
    exposition()
}

fn exposition() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics::render())
}

async fn settings(admin: web::Data<Admin>) -> HttpResponse {
    HttpResponse::Ok().json(to_json(&admin.settings.load()))
}

async fn set_log_filter(
    admin: web::Data<Admin>,
    http: HttpRequest,
    text: String,
) -> Result<HttpResponse, Error> {
    let filter = LogFilter::parse(text.trim()).ok_or_else(|| {
        let detail = "a log filter is a level, or levels by module: info,hyper=debug";
        Error::at(Kind::InvalidParameter, Place::Pointer(String::new()), detail)
    })?;
    if log::set_filter(&filter) {
        admin.settings.rcu(|settings| said_here(settings, filter.as_str()));
        tracing::warn!(filter = filter.as_str(), "the log filter was changed on the admin port");
        let from = Caller::named(&http);
        let (who, outcome) = ("admin port", filter.as_str());
        Audit { who, from: &from, what: "log.filter", outcome }.log();
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Error::new(Kind::Conflict, "this process has no log"))
}

/// The settings with another log filter.
fn said_here(settings: &[Effective], filter: &str) -> Vec<Effective> {
    let mut settings = settings.to_vec();
    let filters = settings.iter_mut().filter(|setting| setting.about.key == "log.filter");
    filters.for_each(|setting| setting.say_here(filter));
    settings
}
