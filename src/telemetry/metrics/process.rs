//! Metrics of the process itself.

use std::sync::LazyLock;

use ::metrics::Counter;
use metrics_process::Collector;

use super::families::{BUILD_INFO, CONFIG_RELOADS, LOG_LINES_DROPPED, TRACE_SPANS_DROPPED};
use super::recorder::{counter, gauge};

static DROPPED: LazyLock<Counter> = LazyLock::new(|| counter(&LOG_LINES_DROPPED, []));
static SPANS_DROPPED: LazyLock<Counter> = LazyLock::new(|| counter(&TRACE_SPANS_DROPPED, []));
static COLLECTOR: LazyLock<Collector> = LazyLock::new(Collector::default);

/// A line of the log was lost.
pub fn log_line_dropped() {
    DROPPED.increment(1);
}

/// That many spans were lost.
pub fn trace_spans_dropped(spans: usize) {
    SPANS_DROPPED.increment(spans as u64);
}

/// A changed configuration file was read, and its settings taken or refused.
pub fn config_reload(taken: bool) {
    counter(&CONFIG_RELOADS, [outcome(taken)]).increment(1);
}

fn outcome(taken: bool) -> &'static str {
    if taken { "ok" } else { "refused" }
}

/// The files of the process, connections among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Files {
    /// So many are open.
    pub open: u64,
    /// At most so many may be.
    pub may_open: u64,
}

/// How many files are open; none where that is not known, or they are not limited.
pub fn files() -> Option<Files> {
    let process = metrics_process::collector::collect();
    let files = Files { open: process.open_fds?, may_open: process.max_fds? };
    // No limit looks like none at all.
    (files.may_open > 0).then_some(files)
}

/// Asks the system about the process.
pub(super) fn collect() {
    COLLECTOR.collect();
}

pub(super) fn register() {
    COLLECTOR.describe();
    let commit = option_env!("APP_COMMIT").unwrap_or("unknown");
    gauge(&BUILD_INFO, [env!("CARGO_PKG_VERSION"), commit]).set(1.0);
}

pub(super) fn register_role() {
    counter(&LOG_LINES_DROPPED, []).increment(0);
    counter(&TRACE_SPANS_DROPPED, []).increment(0);
    for taken in [true, false] {
        counter(&CONFIG_RELOADS, [outcome(taken)]).increment(0);
    }
}
