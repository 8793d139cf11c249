//! Notes the end of a request, in metrics and log: at once, or when a streamed body has been sent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::config::LogRequests;
use crate::domain::RequestId;
use crate::telemetry::log::RequestEnd;
use crate::telemetry::metrics;

use super::admission::Permit;
use super::health::HEALTHZ;
use super::observe::Watcher;
use super::{problem, route};

/// A request whose end is yet to be noted.
pub(super) struct Ending {
    pub(super) watcher: Arc<Watcher>,
    pub(super) started: Instant,
    pub(super) request_id: RequestId,
}

impl Ending {
    /// Notes it now.
    pub(super) fn note(&self, answer: &ServiceResponse, bytes: u64) {
        let error = problem::error_of(answer.response());
        let end = self.end(answer.request(), answer.response());
        self.watcher.write(&RequestEnd { error, bytes, ..end });
    }

    /// Notes it when its body has been sent; until then it is in flight.
    pub(super) fn later(
        self,
        request: &HttpRequest,
        response: &HttpResponse,
        permit: Option<Permit>,
    ) -> Later {
        let RequestEnd { method, route, status, .. } = self.end(request, response);
        Later { path: request.path().to_owned(), method, route, status, ending: self, _permit: permit }
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
            request_id: self.request_id.as_str(),
            error: None,
            cut_short: false,
        }
    }
}

impl Watcher {
    pub(super) fn write(&self, end: &RequestEnd<'_>) {
        metrics::request_end(end.role, end.method, end.route, end.status, end.duration);
        let wanted = self.log == LogRequests::All || end.status >= 400 || end.cut_short;
        // Balancers ask every few seconds, and whatever makes the answer bad is logged where it is found.
        if wanted && end.route != HEALTHZ {
            end.log();
        }
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
        let next = Pin::new(&mut self.inner).poll_next(cx);
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
        let Later { ending, method, route, path, status, .. } = &self.later;
        ending.watcher.write(&RequestEnd {
            role: ending.watcher.role,
            method,
            route,
            path,
            status: *status,
            duration: ending.started.elapsed(),
            bytes: self.bytes,
            request_id: ending.request_id.as_str(),
            error: None,
            cut_short: !self.complete,
        });
    }
}
