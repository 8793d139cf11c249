//! The parts of the benchmark, each by its name.

mod all;
mod auth;
pub mod capacity;
mod dynamo;
mod overload;
mod pair;
mod size;
mod tls;
mod traces;

use crate::table::Table;

/// Adds its rows to the table.
pub type Part = fn(&mut Table);

/// Every part, in the order in which they are run.
pub const ALL: &[(&str, Part)] = &[
    ("all", all::measure),
    ("pair", pair::measure),
    ("tls", tls::measure),
    ("auth", auth::measure),
    ("traces", traces::measure),
    ("dynamo", dynamo::measure),
    ("overload", overload::measure),
    ("size", size::measure),
];
