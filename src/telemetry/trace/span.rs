//! A span: something that takes time in a trace, with what is known of it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::domain::TraceContext;

use super::export::Queue;

/// Something that takes time, from when it was made until it is dropped. Of a trace that is not recorded it is
/// nothing, and costs nothing.
#[derive(Debug, Default)]
#[must_use]
pub struct Span(Option<Box<Open>>);

#[derive(Debug)]
struct Open {
    queue: Arc<Queue>,
    context: TraceContext,
    /// 0 where there is none.
    parent: u64,
    parent_is_remote: bool,
    kind: SpanKind,
    name: Cow<'static, str>,
    began: SystemTime,
    attributes: Vec<KeyValue>,
    status: Status,
}

/// What a span hangs on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    pub(super) span_id: u64,
    /// Whether it is in another process.
    pub(super) is_remote: bool,
}

impl Span {
    /// Begins a span that is recorded.
    pub(super) fn begin(
        queue: &Arc<Queue>,
        context: TraceContext,
        parent: Option<Parent>,
        kind: SpanKind,
        name: impl Into<Cow<'static, str>>,
    ) -> Span {
        Span(Some(Box::new(Open {
            queue: Arc::clone(queue),
            context,
            parent: parent.map_or(0, |parent| parent.span_id),
            parent_is_remote: parent.is_some_and(|parent| parent.is_remote),
            kind,
            name: name.into(),
            began: SystemTime::now(),
            attributes: Vec::with_capacity(12),
            status: Status::Unset,
        })))
    }

    /// Whether it is recorded; what only it needs to know need not be found out otherwise.
    pub fn is_recorded(&self) -> bool {
        self.0.is_some()
    }

    /// Where what is done within it stands in the trace; none where it is not recorded.
    pub fn context(&self) -> Option<TraceContext> {
        self.0.as_ref().map(|open| open.context)
    }

    /// Notes something.
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        if let Some(open) = &mut self.0 {
            open.attributes.push(KeyValue::new(key, value));
        }
    }

    /// Names it anew.
    pub(super) fn rename(&mut self, name: impl FnOnce() -> Cow<'static, str>) {
        if let Some(open) = &mut self.0 {
            open.name = name();
        }
    }

    /// Notes that it failed, which whoever looks at the trace is to see.
    pub(super) fn fail(&mut self, why: &str) {
        if let Some(open) = &mut self.0 {
            open.status = Status::error(why.to_owned());
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            let Open { queue, context, parent, parent_is_remote, kind, name, began, attributes, status } =
                *open;
            let (trace_id, span_id) = (TraceId::from(context.trace_id()), SpanId::from(context.span_id()));
            let flags = TraceFlags::SAMPLED;
            queue.push(SpanData {
                span_context: SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE),
                parent_span_id: SpanId::from(parent),
                parent_span_is_remote: parent_is_remote,
                span_kind: kind,
                name,
                start_time: began,
                end_time: SystemTime::now(),
                attributes,
                dropped_attributes_count: 0,
                events: SpanEvents::default(),
                links: SpanLinks::default(),
                status,
                instrumentation_scope: queue.scope(),
            });
        }
    }
}
