//! What accompanies an operation from the edge down to the backend.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::limits;
use super::trace::TraceContext;

/// The id of a request, in logs of both roles and in every answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes over an id that came from outside, if it is 1 to 128 visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let good = (1..=limits::REQUEST_ID_CHARS).contains(&text.len());
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (good && visible).then(|| RequestId(text.into()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Accompanies an operation.
#[derive(Clone, Debug)]
pub struct Context {
    /// The request that it belongs to.
    pub request_id: RequestId,
    /// After this nobody waits for the answer any more; a backend does not begin a write behind it.
    pub deadline: Instant,
    /// Where it stands in a trace, where there is one.
    pub trace: Option<TraceContext>,
}

impl Context {
    /// Of a request that is in no trace.
    pub fn new(request_id: RequestId, deadline: Instant) -> Self {
        Context { request_id, deadline, trace: None }
    }

    /// The same at another place in a trace.
    #[must_use]
    pub fn with_trace(self, trace: Option<TraceContext>) -> Self {
        Context { trace, ..self }
    }
}

/// Whether a write may have been tried before, with an answer that never came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attempt {
    /// Never sent before.
    #[default]
    First,
    /// Sent before to this very store process, which knows what became of it.
    RepeatHere,
    /// Sent before to another store process, or to one that has ended since. Where the item does not tell
    /// what became of it, the answer is `outcome-unknown`.
    RepeatElsewhere,
}
