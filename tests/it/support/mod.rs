//! What the tests stand on: a clock that they move, stores to test, and ways to talk to a running server.

pub mod certificates;
pub mod client;
pub mod clock;
pub mod cluster;
pub mod collector;
pub mod dns;
pub mod dynamo;
pub mod environment;
pub mod faults;
pub mod http2;
pub mod keys;
pub mod lines;
pub mod load;
pub mod mishaps;
pub mod process;
pub mod reloads;
pub mod servers;
pub mod sources;
pub mod stores;
pub mod until;
