//! Larder: an HTTP item store with a public `api` role and a private `store` role in one binary.
//!
//! Reading order: [`domain`] says what an item store is, and has the port [`domain::Store`]. [`store`] keeps items,
//! [`api`] serves them over HTTP, [`wire`] is what crosses between the two. [`config`], [`telemetry`] and [`http`]
//! carry both roles; [`run`] joins everything, [`cli`] and [`commands`] are what people type.

pub mod api;
pub mod cli;
pub mod commands;
pub mod config;
pub mod domain;
pub mod http;
pub mod run;
pub mod store;
pub mod telemetry;
pub mod wire;
