//! What crosses between the roles, without a network: it comes out as it went in, and nothing that comes is fatal.

mod frames;
mod messages;
mod replies;
mod values;
