//! Metrics: one function an event, over handles that are looked up once.
//!
//! `families` is the one list of names; the recorder is one for the process, installed by whoever needs it first.

mod auth;
mod dynamodb;
mod embedded;
mod families;
mod http;
mod process;
mod recorder;
mod smoke;
mod store;
mod tls;

pub use auth::{Unknown, authentication_failure, rate_limited};
pub use dynamodb::{Call, Throttle, dynamodb_condition_failed, dynamodb_consumed, dynamodb_throttled};
pub use embedded::{embedded_backup, embedded_commit, embedded_disk};
pub use families::{ALL, Family, PROCESS, SMOKE, Type};
pub use http::{Shed, active_requests, request_end, request_shed};
pub use process::{Files, config_reload, files, log_line_dropped, trace_spans_dropped};
pub use recorder::{prepare, render, upkeep};
pub use smoke::SmokeRuns;
pub use store::{
    ClientOperations, Operation, StoreOperations, document_written, endpoint_aside, endpoints, retry,
};
pub use tls::certificate_ends;
