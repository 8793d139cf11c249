//! Traces: which requests are recorded, what their spans are called, and how they leave.
//!
//! Spans are made by hand and only where a trace is recorded: a request that is not pays for a few random numbers,
//! and where traces are off not even for those. They leave through a bounded queue on a thread of their own, so
//! nothing that becomes of them there touches a request.

mod conventions;
mod export;
mod exporter;
mod ids;
mod span;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::SpanKind;

use crate::config::{Otlp, Role};
use crate::domain::TraceContext;

pub use conventions::RequestFacts;
pub use exporter::StartError;
pub use span::Span;

use export::Queue;
use ids::Roots;
use span::Parent;

/// Makes the spans of a process. By default it makes none. Clones share the way out.
#[derive(Clone, Debug, Default)]
pub struct Tracer(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    roots: Roots,
    queue: Arc<Queue>,
}

impl Tracer {
    /// Begins to send spans to a collector, under the name of the role.
    ///
    /// # Errors
    /// Where the way there can't be made. Whether the collector is there is not found out.
    pub fn start(settings: &Otlp, role: Role) -> Result<Tracer, StartError> {
        let exporter = exporter::start(settings, role)?;
        let roots = Roots::new(settings.sample, settings.xray_ids);
        Ok(Tracer(Some(Arc::new(Inner { roots, queue: exporter }))))
    }

    /// Sends what waits, but gives up after a while; what has not left by then is counted as dropped.
    pub async fn close(&self, patience: Duration) {
        if let Some(inner) = &self.0 {
            inner.queue.close(patience).await;
        }
    }

    /// Begins the span of a request that came with these fields `traceparent`; says where in a trace the request
    /// stands. A trace that came along goes on, even where this process records nothing.
    pub fn request<'a>(
        &self,
        mut traceparents: impl Iterator<Item = &'a str>,
    ) -> (Span, Option<TraceContext>) {
        let first = traceparents.next();
        // Of several, none can be the right one.
        let came = first.filter(|_| traceparents.next().is_none()).and_then(TraceContext::parse);
        let Some(inner) = &self.0 else { return (Span::default(), came) };
        let context = match came {
            Some(came) => came.with_span(ids::span_id()),
            None => inner.roots.root(),
        };
        let parent = came.map(|came| Parent { span_id: came.span_id(), is_remote: true });
        (inner.span(context, parent, SpanKind::Server, "HTTP"), Some(context))
    }

    /// Begins a span below another one of this process, or of another.
    fn below(
        &self,
        parent: Option<TraceContext>,
        is_remote: bool,
        kind: SpanKind,
        name: &'static str,
    ) -> Span {
        match (&self.0, parent) {
            (Some(inner), Some(above)) if above.sampled() => {
                let parent = Parent { span_id: above.span_id(), is_remote };
                inner.span(above.with_span(ids::span_id()), Some(parent), kind, name)
            }
            _ => Span::default(),
        }
    }
}

impl Inner {
    fn span(
        &self,
        context: TraceContext,
        parent: Option<Parent>,
        kind: SpanKind,
        name: &'static str,
    ) -> Span {
        if context.sampled() {
            Span::begin(&self.queue, context, parent, kind, name)
        } else {
            Span::default()
        }
    }
}
