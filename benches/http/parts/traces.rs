//! What traces and metrics cost: one request of a hundred is traced, and the metrics are scraped each second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::figures::{TIME, alternate, judge};
use crate::load::{self, Verb};
use crate::system::System;
use crate::table::Table;
use crate::{client, systems};

/// Against the same with neither.
pub fn measure(table: &mut Table) {
    let collector = systems::collector();
    let endpoint = collector.url();
    let on = [
        ("APP__TELEMETRY__OTLP__ENDPOINT", endpoint.as_str()),
        ("APP__TELEMETRY__OTLP__PROTOCOL", "http"),
        ("APP__TELEMETRY__OTLP__SAMPLE", "0.01"),
    ];
    let name = "GET with traces of 1 % and metrics scraped each second / without, one process";
    against(table, name, (systems::all(&on), systems::all(&[])));
    let name = "GET with traces of 1 % and metrics scraped each second / without, two roles";
    against(table, name, (systems::pair(&on), systems::pair(&[])));
    let told = client::fetch(collector.port(), "/").expect("the collector answers");
    let taken = told.lines().last().and_then(|last| last.parse::<usize>().ok());
    assert!(taken.is_some_and(|taken| taken > 0), "the collector was brought no traces: {told}");
}

fn against(table: &mut Table, name: &str, (watched, alone): (System, System)) {
    client::fill(&watched);
    client::fill(&alone);
    let loaded = |system| load::run(system, Verb::Get, 64, TIME);
    judge(table, name, 0.95, alternate(|| scraped(&watched, || loaded(&watched)), || loaded(&alone)));
}

/// Asks each process for its metrics every second while that is done.
fn scraped<T>(system: &System, work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let scraper = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for admin in system.admins() {
                    let metrics = client::fetch(admin, "/metrics").unwrap_or_default();
                    assert!(metrics.contains("http_server_request_duration_seconds"), "it has metrics");
                }
                std::thread::park_timeout(Duration::from_secs(1));
            }
        });
        let found = work();
        over.store(true, Ordering::Relaxed);
        scraper.thread().unpark();
        found
    })
}
