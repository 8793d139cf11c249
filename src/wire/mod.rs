//! What crosses between the roles: messages and frames, and their translation to and from the domain.
//!
//! The roles are joined by *lines*: long-lived HTTP/2 requests whose two bodies are sequences of frames
//! ([`frame`]). A [`Queue`] turns messages into chunks of a body, a [`Reader`] turns chunks back into messages. A
//! message is a meta part (protocol buffers, so that readers skip what they do not know) and a body: the documents
//! that it speaks of, one after another, exactly as their owners wrote them. The meta part holds their lengths.
//!
//! Knows no network and no framework. Statuses are numbers, times are the milliseconds that remain.

mod call;
mod documents;
pub mod frame;
mod hello;
pub mod line;
mod malformed;
pub mod message;
mod queue;
mod reader;

pub use call::{Answer, Call, Effect};
pub use documents::{Documents, Outgoing};
pub use hello::Hello;
pub use malformed::Malformed;
pub use queue::{Queue, Ticket};
pub use reader::{Event, Incoming, Reader};
