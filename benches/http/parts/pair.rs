//! The api role over the store role against a proxy without any of our work.

use crate::figures::{TIME, alternate, compare};
use crate::load::{self, Verb};
use crate::system::System;
use crate::systems;
use crate::table::Table;

/// Reads, durable writes, and a read alone.
pub fn measure(table: &mut Table) {
    let bare = systems::bare();
    let proxy = systems::proxy(&bare);
    let pair = systems::pair(&[("APP__HTTP__WORKERS", &systems::half_of_the_cores())]);
    crate::client::fill(&pair);
    compare(table, "GET, two roles / bare proxy", 1.8, (&pair, Verb::Get), (&proxy, Verb::Get));
    compare(table, "durable PUT, two roles / bare proxy", 1.2, (&pair, Verb::Put), (&proxy, Verb::Put));
    let lone = |system: &System| load::run(system, Verb::Get, 1, TIME);
    let (ours, theirs) = alternate(|| lone(&pair), || lone(&proxy));
    table.at_most(
        "p50 of a lone GET, two roles / bare proxy",
        ours.p50_micros / theirs.p50_micros,
        1.0,
        &format!("{:.0} µs / {:.0} µs", ours.p50_micros, theirs.p50_micros),
    );
}
