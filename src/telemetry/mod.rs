//! Logs and metrics; the only place that names a metric.

pub mod log;
pub mod metrics;
