//! The numbers that both ends of a line keep to.

use std::time::Duration;

/// The path of the line; it carries the version of the protocol.
pub const PATH: &str = "/line/v1";

/// The media type of both bodies.
pub const MEDIA_TYPE: &str = "application/vnd.larder.line";

/// Bytes that may be on their way on one line. Large, so that a line hardly ever waits for window updates.
pub const STREAM_WINDOW: u32 = 4 * 1024 * 1024;

/// Bytes that may be on their way on one connection.
pub const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;

/// How often a line that is silent is asked whether it lives, and how long it may take to answer.
pub const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// Bytes of the largest chunk handed to the connection at once: what stands before a small frame.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// Bytes of a message, or of a piece of it, in one frame. With its head it fits a 16 KiB DATA frame.
pub const PIECE_BYTES: usize = 16_000;

/// Bytes of the largest message. A read of many items answers with up to 100 documents.
pub const MESSAGE_BYTES: usize = 48 * 1024 * 1024;

/// Bytes of all messages of one line that have come in part.
pub const PARTIAL_BYTES: usize = 128 * 1024 * 1024;

/// Operations that may be in flight on one line.
pub const CALLS: usize = 4096;

/// Bytes of operations that may wait to be sent on one line.
pub const WAITING_BYTES: usize = 8 * 1024 * 1024;
