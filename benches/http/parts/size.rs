//! Memory, and how long a start takes.

use crate::table::Table;
use crate::{probe, systems};

/// Items in the database of which the start is measured.
const ITEMS: usize = 100_000;

/// At rest, under many connections and large bodies, and over many items.
pub fn measure(table: &mut Table) {
    let all = systems::all(&[]);
    table.at_most("resident at rest, one process, MiB", all.process().resident_mib(), 40.0, "");
    let pair = systems::pair(&[]);
    table.at_most("resident at rest, api, MiB", pair.process().resident_mib(), 40.0, "");
    let store = pair.upstream().expect("a store is behind it");
    table.at_most("resident at rest, store, MiB", store.process().resident_mib(), 40.0, "");
    let under_load = probe::idle_and_large(&all);
    table.report("resident with 1,000 idle connections and 64 × 512 KiB bodies at once, MiB", under_load, "");
    drop(all);
    let (after_kill, after_stop) = systems::restart_with_items(ITEMS);
    table.at_most("start to ready over 100,000 items, ms", after_stop.as_secs_f64() * 1e3, 200.0, "");
    table.report("start to ready over 100,000 items after kill -9, ms", after_kill.as_secs_f64() * 1e3, "");
}
