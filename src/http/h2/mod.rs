//! HTTP/2 below the framework: bounds on what a client may do, and the GOAWAY of a process that stops.

mod constrained;
mod constraints;
mod frames;
#[cfg(fuzzing)]
pub mod fuzzing;
mod goaway;
mod hpack;

pub(super) use constrained::ConstrainedStream;
pub(super) use goaway::GoawayStream;
