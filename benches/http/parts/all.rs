//! One process against a bare handler, and against etcd.

use crate::figures::compare;
use crate::load::Verb::{EtcdPut, Get, Put};
use crate::table::Table;
use crate::{client, systems};

/// Reads, and durable writes.
pub fn measure(table: &mut Table) {
    let bare = systems::bare();
    let all = systems::all(&[]);
    client::fill(&all);
    compare(table, "GET, one process / bare handler", 0.70, (&all, Get), (&bare, Get));
    compare(table, "durable PUT, one process / bare handler", 0.50, (&all, Put), (&bare, Put));
    match systems::etcd() {
        Some(etcd) => compare(table, "durable PUT, one process / etcd", 5.0, (&all, Put), (&etcd, EtcdPut)),
        None => table.note("durable PUT, one process / etcd: left out, etcd is not installed"),
    }
}
