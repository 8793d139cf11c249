//! Turns `domain::Error` into RFC 9457 problem documents; the only place that knows what a kind means over HTTP.
//!
//! A handler fails with `domain::Error` and nothing else. The head of the answer and a body without `instance`
//! are made here at once; [`complete`], which the outermost middleware calls, adds what only the request knows.

mod answer;
mod body;
mod foreign;
mod pages;
mod table;

pub use answer::{complete, error_of};
pub use body::Problem;
pub use foreign::{bad_payload, method_not_allowed, no_such_path};
pub use pages::{explain, index};
pub use table::{Explanation, explanation, status};
