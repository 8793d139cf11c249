//! The meta parts of messages as protocol buffers, and their translation to and from the domain.
//!
//! Numbers of fields are for ever: a later version adds fields, and never gives an old number another meaning.
//! During a rolling deployment both versions talk to one another.

mod condition;
mod fault;
mod item;
mod parts;
mod query;
mod reply;
mod request;
mod transaction;
mod write;

pub use reply::Reply;
pub use request::{Asked, Request};
