//! The one middleware: request id, admission, problem bodies, metrics, and the line in the log.
//!
//! It is paid by every request, so it is one `wrap` and written by hand: no boxed future, nothing cloned that is
//! not needed after the answer.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Instant;

use actix_http::ConnectionType;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::Version;
use actix_web::http::header::{
    HOST, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{Error as ActixError, HttpMessage as _, HttpRequest};

use crate::config::{LogRequests, Role};
use crate::domain::{Error, Kind, Place, Result, TraceContext, limits};
use crate::telemetry::log::{Ids, Scope};
use crate::telemetry::trace::{Span, Tracer};

use super::admission::{Admission, Permit};
use super::answering::{Answering, Work, Working};
use super::discard;
use super::ending::{Ending, Observed};
use super::h1::Refusals;
use super::health::HEALTHZ;
use super::lifecycle::Lifecycle;
use super::problem;
use super::request_id::{self, TRACEPARENT, X_REQUEST_ID};

/// How long callers are to remember that this host is only spoken to through TLS.
const A_YEAR: &str = "max-age=31536000";

/// Observes every request of a traffic port.
#[derive(Clone, Debug)]
pub struct Observe(Arc<Watched>);

/// What all workers of a traffic port share to observe it.
#[derive(Debug)]
pub struct Watched {
    /// Of the process.
    pub role: Role,
    /// The lines that are wanted.
    pub log: LogRequests,
    /// The stages of the process.
    pub lifecycle: Lifecycle,
    /// Bounds the requests in flight; none where a request is not the unit of work, as with the lines of a store role.
    pub admission: Option<Arc<Admission>>,
    /// Makes the spans of requests.
    pub tracer: Tracer,
    /// Whether callers come through TLS; answers then say what belongs to that.
    pub secure: bool,
}

impl Observe {
    /// Observes it so.
    pub fn new(watched: Watched) -> Self {
        Observe(Arc::new(watched))
    }

    /// Notes what was refused before it was a request.
    pub(super) fn refusals(&self) -> Refusals {
        Refusals::new(Arc::clone(&self.0))
    }
}

impl<S> Transform<S, ServiceRequest> for Observe
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = ActixError>,
    S::Future: Unpin + 'static,
{
    type Response = ServiceResponse;
    type Error = ActixError;
    type Transform = Observing<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Observing { service, watcher: Arc::clone(&self.0) }))
    }
}

/// The middleware in one worker.
pub struct Observing<S> {
    service: S,
    watcher: Arc<Watched>,
}

impl<S> Service<ServiceRequest> for Observing<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = ActixError>,
    S::Future: Unpin + 'static,
{
    type Response = ServiceResponse;
    type Error = ActixError;
    type Future = Answering<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let started = Instant::now();
        let (span, trace) = self.watcher.trace(&request);
        let ids = Ids { request_id: request_id::of(request.headers()), trace };
        request.extensions_mut().insert(ids.clone());
        let (work, permit) = match self.watcher.admit(&request) {
            Ok(permit) => (Work::Asked(self.service.call(request)), permit),
            Err(error) => (Work::Refused(Box::pin(refuse(request, error))), None),
        };
        let scope = Scope::new(ids.clone());
        let facts = Facts { watcher: Arc::clone(&self.watcher), started, ids, span, permit };
        Answering::new(Working { work, scope, facts })
    }
}

impl Watched {
    fn trace(&self, request: &ServiceRequest) -> (Span, Option<TraceContext>) {
        let came = request.headers().get_all(TRACEPARENT);
        // What is no text is no traceparent, but it came.
        let came = came.map(|value| value.to_str().unwrap_or_default());
        // Probes would fill a trace viewer with nothing.
        if request.path() == HEALTHZ { (Span::default(), None) } else { self.tracer.request(came) }
    }

    /// What answers say that go through TLS.
    pub(super) fn secure_fields(&self) -> impl Iterator<Item = (HeaderName, &'static str)> + use<> {
        let fields = [
            (STRICT_TRANSPORT_SECURITY, A_YEAR),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
        ];
        self.secure.then_some(fields).into_iter().flatten()
    }

    fn admit(&self, request: &ServiceRequest) -> Result<Option<Permit>> {
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        check_target(target)?;
        check_host(request.headers())?;
        match &self.admission {
            // A full process is not an unhealthy one.
            Some(admission) if request.path() != HEALTHZ => admission.enter().map(Some),
            _ => Ok(None),
        }
    }
}

/// Answers a request that no route is to see.
async fn refuse(mut request: ServiceRequest, error: Error) -> ServiceResponse {
    let mut payload = request.take_payload();
    discard::body(&mut payload, request.headers()).await;
    request.error_response(error)
}

/// Refuses what no route is to see. Bytes beyond ASCII the parser has refused already.
fn check_target(target: &str) -> Result<()> {
    if target.len() > limits::TARGET_BYTES {
        return Err(problem::target_too_long(target.len()));
    }
    Ok(())
}

/// Refuses a `Host` that names no host, as RFC 9112 §3.2 demands. That there is exactly one the parser has seen to.
fn check_host(headers: &HeaderMap) -> Result<()> {
    let Some(host) = headers.get(HOST) else { return Ok(()) };
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte);
    if host.as_bytes().iter().all(allowed) {
        return Ok(());
    }
    let detail = "Host is the name or address of a host, and maybe a port";
    Err(Error::at(Kind::InvalidHeader, Place::Header("Host".into()), detail))
}

/// The ids that the middleware gave to a request.
pub fn ids_of(request: &HttpRequest) -> Ids {
    let given = request.extensions().get::<Ids>().cloned();
    given.unwrap_or_else(|| Ids { request_id: request_id::new(), trace: None })
}

/// What is remembered of a request while it is worked on.
pub(super) struct Facts {
    watcher: Arc<Watched>,
    pub(super) started: Instant,
    ids: Ids,
    span: Span,
    permit: Option<Permit>,
}

impl Facts {
    /// Notes the end of a request whose answer nobody gets.
    pub(super) fn cut_short(self, answer: ServiceResponse) {
        let Facts { watcher, started, ids, span, permit } = self;
        let ending = Ending { watcher, started, ids, span };
        let (request, response) = answer.into_parts();
        let later = ending.later(&request, &response, permit);
        // A body that is dropped before it was sent.
        drop(Observed::new(response.into_body(), later));
    }

    /// Completes an answer, and sees to it that its end is noted.
    pub(super) fn finish(self, answer: ServiceResponse) -> ServiceResponse {
        let Facts { watcher, started, ids, span, permit } = self;
        let mut answer = problem::complete(answer, &ids.request_id);
        if let Ok(value) = HeaderValue::from_str(ids.request_id.as_str()) {
            answer.headers_mut().insert(X_REQUEST_ID, value);
        }
        for (name, value) in watcher.secure_fields() {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        if watcher.lifecycle.draining() {
            answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        let streamed = answer.response().body().size() == BodySize::Stream;
        if streamed && answer.request().version() < Version::HTTP_11 {
            // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
            let head = answer.response_mut().head_mut();
            head.no_chunking(true);
            head.set_connection_type(ConnectionType::Close);
        }
        let ending = Ending { watcher, started, ids, span };
        match answer.response().body().size() {
            BodySize::None => ending.note(&answer, 0),
            BodySize::Sized(bytes) => ending.note(&answer, bytes),
            BodySize::Stream => {
                let observed = |request: &_, response: &_| ending.later(request, response, permit);
                let body = observed(answer.request(), answer.response());
                return answer.map_body(|_, inner| BoxBody::new(Observed::new(inner, body)));
            }
        }
        answer
    }
}
