//! Bodies that nobody has read when their request is refused.
//!
//! In HTTP/1.1 the next request stands behind the body, so an answer that leaves one unread ends the connection, where its
//! length is known (what comes in chunks the server passes over by itself, and `h1` sees to it that this ends). A small
//! one is cheaper to read than a new connection is to make, for both sides, and most of all where many are refused.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use futures_util::StreamExt as _;

/// Larger bodies are left unread.
const BYTES: usize = 64 * 1024;
/// How long to wait for all of one.
const PATIENCE: Duration = Duration::from_millis(100);

/// The length of the body, where the request says it.
pub fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a small body to its end and forgets it, if it comes soon; leaves every other as it is.
pub async fn body(payload: &mut Payload, headers: &HeaderMap) {
    let unread = matches!(payload, Payload::H1 { .. });
    let small = announced(headers).is_some_and(|bytes| bytes <= BYTES);
    if !unread || !small {
        return;
    }
    let all = async { while let Some(Ok(_)) = payload.next().await {} };
    // What comes too late ends the connection, as it would have without this.
    drop(tokio::time::timeout(PATIENCE, all).await);
}
