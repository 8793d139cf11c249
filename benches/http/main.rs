//! Speed as ratios: each figure is taken beside its yardstick in the same run, alternating, median of three.
//!
//! `cargo bench --bench http` needs `wrk`; where `etcd` is missing, its row says so. Nothing here is a test: the
//! machine that runs it decides the absolute numbers, the ratios are what the README and the docs quote.

#![allow(clippy::disallowed_macros, reason = "a program for people, which prints its table")]
#![allow(unreachable_pub, reason = "a program has no outside")]

mod load;
mod probe;
mod servers;
mod system;
mod table;

use std::time::Duration;

use load::{Load, Verb};
use system::System;
use table::Table;

/// Seconds of one measurement.
const SECONDS: u64 = 4;
/// Measurements of each figure.
const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve-bare", port] => servers::bare(port),
        ["serve-proxy", port, upstream] => servers::proxy(port, upstream),
        only => measure(only),
    }
}

/// Runs the parts whose names were given, or all.
fn measure(only: &[&str]) {
    let wanted = |part: &str| only.is_empty() || only.contains(&part);
    let mut table = Table::default();
    if wanted("all") {
        one_process(&mut table);
    }
    if wanted("pair") {
        two_roles(&mut table);
    }
    if wanted("size") {
        size(&mut table);
    }
    table.print();
}

/// `--role=all` against a bare handler, and against etcd.
fn one_process(table: &mut Table) {
    let bare = System::bare();
    let all = System::all();
    all.fill();
    compare(table, "GET, one process / bare handler", 0.70, 64, (&all, Verb::Get), (&bare, Verb::Get));
    compare(
        table,
        "durable PUT, one process / bare handler",
        0.50,
        64,
        (&all, Verb::Put),
        (&bare, Verb::Put),
    );
    match System::etcd() {
        Some(etcd) => {
            compare(
                table,
                "durable PUT, one process / etcd",
                5.0,
                64,
                (&all, Verb::Put),
                (&etcd, Verb::EtcdPut),
            );
        }
        None => table.note("durable PUT, one process / etcd: left out, etcd is not installed"),
    }
}

/// The api role over the store role against a proxy without any of our work.
fn two_roles(table: &mut Table) {
    let bare = System::bare();
    let proxy = System::proxy(&bare);
    let pair = System::pair();
    pair.fill();
    compare(table, "GET, two roles / bare proxy", 1.8, 64, (&pair, Verb::Get), (&proxy, Verb::Get));
    compare(table, "durable PUT, two roles / bare proxy", 1.2, 64, (&pair, Verb::Put), (&proxy, Verb::Put));
    let lone = |system: &System| Load::run(system, Verb::Get, 1, Duration::from_secs(SECONDS)).p50_micros;
    let (ours, theirs) = alternate(|| lone(&pair), || lone(&proxy));
    table.at_most(
        "p50 of a lone GET, two roles / bare proxy",
        ours / theirs,
        1.0,
        &format!("{ours:.0} µs / {theirs:.0} µs"),
    );
}

/// Memory and start.
fn size(table: &mut Table) {
    let all = System::all();
    table.at_most("resident at rest, one process, MiB", all.resident_mib(), 40.0, "");
    let pair = System::pair();
    table.at_most("resident at rest, api, MiB", pair.resident_mib(), 40.0, "");
    table.at_most("resident at rest, store, MiB", pair.upstream_resident_mib(), 40.0, "");
    let under_load = probe::idle_and_large(&all);
    table.report("resident with 1,000 idle connections and 64 × 512 KiB bodies at once, MiB", under_load);
    drop(all);
    let (after_kill, after_stop) = System::restart_with_items(100_000);
    table.at_most("start to ready over 100,000 items, ms", after_stop.as_secs_f64() * 1e3, 200.0, "");
    table.report("start to ready over 100,000 items after kill -9, ms", after_kill.as_secs_f64() * 1e3);
}

fn compare(
    table: &mut Table,
    name: &str,
    at_least: f64,
    connections: usize,
    ours: (&System, Verb),
    theirs: (&System, Verb),
) {
    let rate = |(system, verb): (&System, Verb)| {
        Load::run(system, verb, connections, Duration::from_secs(SECONDS)).requests_per_second
    };
    let (ours, theirs) = alternate(|| rate(ours), || rate(theirs));
    table.at_least(name, ours / theirs, at_least, &format!("{ours:.0}/s / {theirs:.0}/s"));
}

/// The medians of two figures taken in turn.
fn alternate(mut a: impl FnMut() -> f64, mut b: impl FnMut() -> f64) -> (f64, f64) {
    let pairs: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (a(), b())).collect();
    let median = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    (median(pairs.iter().map(|pair| pair.0).collect()), median(pairs.iter().map(|pair| pair.1).collect()))
}
