//! Logs, traces and metrics; the only place that names a metric or a span.

pub mod log;
pub mod metrics;
mod random;
pub mod trace;

pub use random::differing;
