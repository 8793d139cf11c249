//! The integration tests: real roles on port 0, real HTTP, real backends.

#![allow(
    unreachable_pub,
    reason = "nothing outside sees a test binary, and `pub(crate)` everywhere is noise"
)]

#[allow(dead_code, reason = "not every suite uses every part yet")]
mod support;

mod architecture;
mod auth;
mod bad_input;
mod browsers;
mod bulk;
mod collections;
mod commands;
mod config;
mod conformance;
mod crash;
mod discovery;
mod docs;
mod dynamo;
mod health;
mod items_read;
mod items_write;
mod line;
mod links;
mod lists;
mod logs;
mod metrics;
mod model;
mod openapi;
mod pressure;
mod problems;
mod refusals;
mod reload;
mod rfc9110_conditions;
mod rfc9110_methods;
mod rfc9110_upgrade;
mod rfc9112_framing;
mod rfc9112_pipelining;
mod shutdown;
mod streams;
mod tls;
mod traces;
mod trickles;
mod wire;
