//! What spans are called and what they say, by OpenTelemetry's semantic conventions; the only place that names one.

use opentelemetry::trace::SpanKind;
use opentelemetry::{Array, StringValue, Value};

use crate::domain::{Error, Kind, TraceContext};
use crate::telemetry::log::RequestEnd;
use crate::telemetry::metrics::{Call, Operation};

use super::{Span, Tracer};

/// What only the span of a request wants to know of it.
#[derive(Clone, Copy, Debug)]
pub struct RequestFacts<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host that was asked for, maybe with a port.
    pub host: &'a str,
    /// The version of HTTP, such as `1.1`.
    pub version: &'static str,
    /// Who asks.
    pub user_agent: Option<&'a str>,
}

impl Tracer {
    /// An operation as the api role sees it, over the line to the store at that address.
    pub fn store_client(
        &self,
        parent: Option<TraceContext>,
        operation: Operation,
        host: &str,
        port: u16,
    ) -> Span {
        let mut span = self.call(parent, SpanKind::Client, operation);
        if span.is_recorded() {
            span.set("server.address", host.to_owned());
            span.set("server.port", i64::from(port));
        }
        span
    }

    /// The same operation as the store role sees it.
    pub fn store_server(&self, parent: Option<TraceContext>, operation: Operation) -> Span {
        self.call(parent, SpanKind::Server, operation)
    }

    fn call(&self, parent: Option<TraceContext>, kind: SpanKind, operation: Operation) -> Span {
        let is_remote = kind == SpanKind::Server;
        let mut span = self.below(parent, is_remote, kind, "larder.Store");
        if span.is_recorded() {
            let method = format!("larder.Store/{}", operation.name());
            span.set("rpc.system.name", "larder");
            span.set("rpc.method", method.clone());
            span.rename(|| method.into());
        }
        span
    }

    /// A group commit of the embedded engine, in the trace of one of the writes that share it.
    pub fn commit(&self, parent: Option<TraceContext>, writes: usize) -> Span {
        let mut span = self.below(parent, false, SpanKind::Internal, "commit");
        if span.is_recorded() {
            span.set("db.system.name", "larder.embedded");
            span.set("db.operation.name", "commit");
            // Of a batch only one that is one, says the convention.
            if writes > 1 {
                span.set("db.operation.batch.size", i64::try_from(writes).unwrap_or(i64::MAX));
            }
        }
        span
    }

    /// A call to `DynamoDB` on a table.
    pub fn dynamodb(&self, parent: Option<TraceContext>, call: Call, table: &str) -> Span {
        let mut span = self.below(parent, false, SpanKind::Client, "DynamoDB");
        if span.is_recorded() {
            let operation = call.name();
            span.set("rpc.system.name", "aws-api");
            span.set("rpc.method", format!("DynamoDB/{operation}"));
            span.set("db.system.name", "aws.dynamodb");
            span.set("db.operation.name", operation);
            let tables = vec![StringValue::from(table.to_owned())];
            span.set("aws.dynamodb.table_names", Value::Array(Array::String(tables)));
            span.rename(|| format!("DynamoDB.{operation}").into());
        }
        span
    }
}

impl Span {
    /// What is known of a request from its beginning.
    pub fn request_facts(&mut self, facts: RequestFacts<'_>) {
        if !self.is_recorded() {
            return;
        }
        let (address, port) = match facts.host.rsplit_once(':') {
            Some((address, port)) if !port.ends_with(']') => (address, port.parse::<u16>().ok()),
            _ => (facts.host, None),
        };
        self.set("server.address", address.to_owned());
        if let Some(port) = port {
            self.set("server.port", i64::from(port));
        }
        self.set("url.scheme", facts.scheme.to_owned());
        self.set("network.protocol.version", facts.version);
        if let Some(user_agent) = facts.user_agent {
            self.set("user_agent.original", user_agent.to_owned());
        }
    }

    /// What is known of a request at its end. The query is left out, as in the log.
    pub fn request_end(&mut self, end: &RequestEnd<'_>) {
        if !self.is_recorded() {
            return;
        }
        let known = end.method != "other";
        let method = if known { end.method } else { "HTTP" };
        let route = end.route.starts_with('/').then_some(end.route);
        self.rename(|| route.map_or(method.into(), |route| format!("{method} {route}").into()));
        self.set("http.request.method", if known { end.method } else { "_OTHER" });
        if let Some(route) = route {
            self.set("http.route", route);
        }
        self.set("url.path", end.path.to_owned());
        self.set("http.response.status_code", i64::from(end.status));
        self.set("http.response.body.size", i64::try_from(end.bytes).unwrap_or(i64::MAX));
        self.set("larder.request_id", end.ids.request_id.as_str().to_owned());
        if end.status >= 500 || end.cut_short {
            let r#type = end.error.map(|error| error.kind().name());
            self.set("error.type", r#type.map_or_else(|| end.status.to_string(), str::to_owned));
            self.fail(end.error.map_or("the answer was cut short", Error::detail));
        }
    }

    /// How a call ended. That a caller's condition did not hold is an outcome, not a failure.
    pub fn outcome(&mut self, failed: Option<&Error>) {
        let Some(error) = failed.filter(|_| self.is_recorded()) else { return };
        self.set("error.type", error.kind().name());
        if is_fault(error.kind()) {
            self.fail(error.detail());
        }
    }

    /// A call to `DynamoDB` was not done: what `DynamoDB` calls the reason, and whether that is trouble.
    pub fn call_failed(&mut self, r#type: &str, is_trouble: bool) {
        self.set("error.type", r#type.to_owned());
        if is_trouble {
            self.fail(r#type);
        }
    }
}

/// Whether whoever keeps the data failed, and not whoever asked.
fn is_fault(kind: Kind) -> bool {
    use Kind::{DeadlineExceeded, Internal, OutcomeUnknown, Overloaded, StoreUnavailable, Throttled};
    matches!(kind, DeadlineExceeded | Internal | OutcomeUnknown | Overloaded | StoreUnavailable | Throttled)
}
