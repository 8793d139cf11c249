//! Serving HTTP: listeners, health, shutdown, request ids, problem documents. Knows no resource.

pub mod problem;
