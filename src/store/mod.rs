//! The store role: owns the data, behind the same port that the api role sees.
//!
//! `engine` implements `domain::Store` once, for every backend: settings, schemas, patches, merged lists. A
//! `backend` keeps rows and judges conditions; `embedded` and `dynamo` are two. `judge` is the write protocol they share.

pub mod admin;
pub mod backend;
pub mod dynamo;
pub mod embedded;
pub mod engine;
pub mod handlers;
pub mod judge;
pub mod measured;
mod recent_writes;
