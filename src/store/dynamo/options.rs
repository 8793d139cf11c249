//! What the backend on `DynamoDB` can be told.

use std::time::Duration;

use crate::telemetry::trace::Tracer;

/// Where the table is, and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of the table.
    pub table: String,
    /// The region; none means whatever the AWS SDK finds.
    pub region: Option<String>,
    /// Another place than AWS's own. One without TLS is a local one, and gets made-up credentials.
    pub endpoint: Option<String>,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long one call may take, before it is given up and maybe repeated.
    pub attempt_timeout: Duration,
    /// How long lone reads wait for each other where many are on their way. Longer than a call takes that is not slow.
    pub share_wait: Duration,
    /// Writes whose outcome is remembered beyond what rows tell.
    pub remembered: usize,
    /// How long after a write its repetition may come: at least the greatest deadline of a request.
    pub repeat_window: Duration,
    /// Makes the spans of calls.
    pub tracer: Tracer,
}

impl Options {
    /// The defaults for a table.
    pub fn new(table: impl Into<String>) -> Options {
        Options {
            table: table.into(),
            region: None,
            endpoint: None,
            connect_timeout: Duration::from_secs(1),
            attempt_timeout: Duration::from_secs(2),
            share_wait: Duration::from_millis(100),
            remembered: 200_000,
            repeat_window: Duration::from_secs(60),
            tracer: Tracer::default(),
        }
    }

    /// Whether this is an emulator near by, and not AWS.
    pub(super) fn is_local(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"))
    }
}
