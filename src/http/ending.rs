//! Notes the end of a request, in metrics, log and trace: at once, or when a streamed body has been sent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::USER_AGENT;
use actix_web::http::{Method, Version};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::config::LogRequests;
use crate::telemetry::log::{Ids, RequestEnd, Scope};
use crate::telemetry::metrics;
use crate::telemetry::trace::{RequestFacts, Span};

use super::admission::Permit;
use super::health::HEALTHZ;
use super::observe::Watched;
use super::{problem, route};

/// A request whose end is yet to be noted.
pub(super) struct Ending {
    pub(super) watcher: Arc<Watched>,
    pub(super) started: Instant,
    pub(super) ids: Ids,
    pub(super) span: Span,
}

impl Ending {
    /// Notes it now.
    pub(super) fn note(mut self, answer: &ServiceResponse, bytes: u64) {
        let mut span = std::mem::take(&mut self.span);
        note_facts(&mut span, answer.request());
        let error = problem::error_of(answer.response());
        let end = self.end(answer.request(), answer.response());
        self.watcher.write(&RequestEnd { error, bytes, ..end }, &mut span);
    }

    /// Notes it when its body has been sent; until then it is in flight.
    pub(super) fn later(
        mut self,
        request: &HttpRequest,
        response: &HttpResponse,
        permit: Option<Permit>,
    ) -> Later {
        note_facts(&mut self.span, request);
        let RequestEnd { method, route, status, .. } = self.end(request, response);
        let scope = Scope::new(self.ids.clone());
        Later { path: request.path().to_owned(), method, route, status, scope, ending: self, _permit: permit }
    }

    fn end<'a>(&'a self, request: &'a HttpRequest, response: &HttpResponse) -> RequestEnd<'a> {
        RequestEnd {
            role: self.watcher.role,
            method: method(request.method()),
            route: route::of(request),
            path: request.uri().path(),
            status: response.status().as_u16(),
            duration: self.started.elapsed(),
            bytes: 0,
            ids: &self.ids,
            error: None,
            cut_short: false,
        }
    }
}

impl Watched {
    pub(super) fn write(&self, end: &RequestEnd<'_>, span: &mut Span) {
        span.request_end(end);
        metrics::request_end(end.role, end.method, end.route, end.status, end.duration);
        let wanted = self.log == LogRequests::All || end.status >= 400 || end.cut_short;
        // Balancers ask every few seconds, and whatever makes the answer bad is logged where it is found.
        if wanted && end.route != HEALTHZ {
            end.log();
        }
    }
}

/// What a recorded request is asked for its span.
fn note_facts(span: &mut Span, request: &HttpRequest) {
    if span.is_recorded() {
        let connection = request.connection_info();
        let version = match request.version() {
            Version::HTTP_10 => "1.0",
            Version::HTTP_2 => "2",
            _ => "1.1",
        };
        let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        let (scheme, host) = (connection.scheme(), connection.host());
        span.request_facts(RequestFacts { scheme, host, version, user_agent });
    }
}

/// The method as a label: one of those that HTTP knows well.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A request whose body is being sent.
pub(super) struct Later {
    ending: Ending,
    method: &'static str,
    route: &'static str,
    path: String,
    status: u16,
    scope: Scope,
    _permit: Option<Permit>,
}

/// A streamed body that notes the end of its request: after its last piece, or when it is dropped before.
pub(super) struct Observed {
    inner: BoxBody,
    later: Later,
    bytes: u64,
    complete: bool,
}

impl Observed {
    pub(super) fn new(inner: BoxBody, later: Later) -> Self {
        Observed { inner, later, bytes: 0, complete: false }
    }
}

impl MessageBody for Observed {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        let next = {
            let _entered = this.later.scope.enter();
            Pin::new(&mut this.inner).poll_next(cx)
        };
        match &next {
            Poll::Ready(Some(Ok(piece))) => self.bytes += piece.len() as u64,
            Poll::Ready(None) => self.complete = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        next
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let Later { ending, method, route, path, status, .. } = &mut self.later;
        let mut span = std::mem::take(&mut ending.span);
        let end = RequestEnd {
            role: ending.watcher.role,
            method,
            route,
            path,
            status: *status,
            duration: ending.started.elapsed(),
            bytes: self.bytes,
            ids: &ending.ids,
            error: None,
            cut_short: !self.complete,
        };
        ending.watcher.write(&end, &mut span);
    }
}
