//! The table of metric families: the one place where a metric's name, labels, unit and meaning are written.

/// What a family counts or measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Distribution over these upper bounds.
    Histogram(&'static [f64]),
}

/// A metric family.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name, unit included.
    pub name: &'static str,
    /// What it is.
    pub r#type: Type,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// Bounds for what a caller waits for: dense around a millisecond, up to the usual deadline and beyond.
const LATENCY: &[f64] =
    &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const COUNTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];
const BYTES: &[f64] = &[64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262_144.0, 399_360.0];

use Type::{Counter, Gauge, Histogram};

/// Bounds for a whole run of many requests.
const RUNS: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

macro_rules! families {
    ($all:ident, $about:literal; $($id:ident = $name:literal $type:expr, [$($label:literal),*], $meaning:literal;)*) => {
        $(pub(super) const $id: Family = Family { name: $name, r#type: $type, labels: &[$($label),*], meaning: $meaning };)*
        #[doc = $about]
        pub const $all: &[Family] = &[$($id),*];
    };
}

families! {
    ALL, "Every family of a role, in the order of the documentation; `process_*` come from a library.";
    HTTP_REQUEST_DURATION = "http_server_request_duration_seconds" Histogram(LATENCY), ["role", "method", "route", "status"],
        "Time from a request's head to the end of its answer, on the traffic port.";
    HTTP_ACTIVE_REQUESTS = "http_server_active_requests" Gauge, ["role"],
        "Requests that are worked on now; in the store role an open line counts as one.";
    REQUESTS_SHED = "requests_shed_total" Counter, ["role", "reason"],
        "Requests that were refused to protect the process. Reason `in-flight`: `admission.max_in_flight` was reached; `bodies`: `admission.max_body_bytes` was.";
    AUTHENTICATION_FAILURES = "authentication_failures_total" Counter, ["reason"],
        "Requests that were refused with 401. Reason `missing`: no credentials; `malformed`: neither a key nor a token; `unknown-key`; `time`: expired, or too early; `signature`; `issuer-key`: the issuer has no such key, or its keys could not be fetched; `claims`: meant for somebody else.";
    RATE_LIMITED_REQUESTS = "rate_limited_requests_total" Counter, [],
        "Requests that were refused with 429.";
    STORE_OPERATION_DURATION = "store_operation_duration_seconds" Histogram(LATENCY), ["backend", "operation", "outcome"],
        "Time of an operation in the process that owns the data. Outcome `ok`, or the type of the problem.";
    ITEM_DOCUMENT_BYTES = "item_document_bytes" Histogram(BYTES), [],
        "Size of the documents that single puts have stored.";
    STORE_CLIENT_REQUEST_DURATION = "store_client_request_duration_seconds" Histogram(LATENCY), ["operation", "outcome"],
        "Time of an operation as the api role sees it, over the line to a store, retries included.";
    STORE_CLIENT_RETRIES = "store_client_retries_total" Counter, ["reason"],
        "Operations that the api role sent once more. Reason `unsent`: the store was not reached; `ambiguous`: the line broke before the answer.";
    STORE_CLIENT_ENDPOINTS = "store_client_endpoints" Gauge, ["state"],
        "Lines from the api role to its stores, by state: `up` takes operations, `down` is being connected, `aside` is up but answers badly, and is asked until it does not.";
    EMBEDDED_COMMIT_DURATION = "embedded_commit_duration_seconds" Histogram(LATENCY), [],
        "Time of a group commit of the embedded database, the sync to disk included.";
    EMBEDDED_COMMIT_BATCH = "embedded_commit_batch_size" Histogram(COUNTS), [],
        "Writes that shared a group commit.";
    EMBEDDED_DISK = "embedded_disk_bytes" Gauge, [],
        "Space that the embedded database takes on disk.";
    EMBEDDED_BACKUP_LAST_SUCCESS = "embedded_backup_last_success_timestamp_seconds" Gauge, [],
        "When this process last gave a whole backup of the embedded database; 0 before the first.";
    DYNAMODB_CAPACITY = "dynamodb_consumed_capacity_units_total" Counter, ["operation", "kind"],
        "Capacity units that DynamoDB billed, by its operation, and by kind: `read` or `write`. Half units are counted when there are two.";
    DYNAMODB_THROTTLED = "dynamodb_throttled_requests_total" Counter, ["operation", "reason"],
        "Calls that DynamoDB refused for want of capacity. Reason `hot-key`: of one partition; `table`: of the table; `account`: of the AWS account.";
    DYNAMODB_CONDITION_FAILURES = "dynamodb_condition_failures_total" Counter, ["operation"],
        "Calls whose condition did not hold: callers' own conditions, repetitions, and clocks that are behind.";
    CONFIG_RELOADS = "config_reloads_total" Counter, ["outcome"],
        "Changed configuration files that were read again. Outcome `ok`, or `refused` where settings before were kept: those of the groups with a mistake, or all.";
    TLS_NOT_AFTER = "tls_certificate_not_after_timestamp_seconds" Gauge, ["name"],
        "Expiry of the certificate in the setting `name`: of a chain its leaf, of several authorities the latest. 0 where there is none.";
    LOG_LINES_DROPPED = "log_lines_dropped_total" Counter, [],
        "Lines of the log that were lost because the output did not take them fast enough.";
    TRACE_SPANS_DROPPED = "trace_spans_dropped_total" Counter, [],
        "Spans of recorded traces that were lost: more waited than there was room for, or the collector did not take them.";
    BUILD_INFO = "build_info" Gauge, ["version", "commit"],
        "Always 1; the labels say what runs.";
}

families! {
    SMOKE, "Every family of `app smoke --every`; `process_*` and `build_info` are there too.";
    SMOKE_RUN_DURATION = "smoke_run_duration_seconds" Histogram(RUNS), [],
        "Time of a whole run of the smoke test, its cleaning up included.";
    SMOKE_RUNS = "smoke_runs_total" Counter, ["outcome"],
        "Runs of the smoke test. Outcome `ok`, or `failed` where a step failed.";
    SMOKE_STEP_DURATION = "smoke_step_duration_seconds" Histogram(LATENCY), ["step"],
        "Time of a step of the smoke test, which is one request or several.";
    SMOKE_STEP_FAILURES = "smoke_step_failures_total" Counter, ["step"],
        "Times that a step of the smoke test failed.";
    SMOKE_LAST_SUCCESS = "smoke_last_success_timestamp_seconds" Gauge, [],
        "When a run of the smoke test last ended without a failure; 0 before the first.";
}

/// The names that `metrics-process` gives, where the system tells them.
pub const PROCESS: &[&str] = &[
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
    "process_virtual_memory_bytes",
    "process_virtual_memory_max_bytes",
];
