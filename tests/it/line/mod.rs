//! The line between the roles, over loopback: a store at one end, what the api role sees at the other.

mod bounds;
mod breaks;
mod crossing;
mod ends;

use std::time::Duration;

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(30);
