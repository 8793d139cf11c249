//! HTTP/1 below the framework: what its parser and its dispatcher do not do as RFC 9112 has it.

mod framing;
mod patience;
mod pipeline;
mod refusal;
mod request_line;
mod stream;
mod upgrade;

pub(super) use patience::Patience;
pub(super) use refusal::Refusals;
pub(super) use stream::{Guard, H1Stream};
