//! Reads the body of a request, and refuses it as soon as it is too large or too late.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::domain::{Error, Kind, Place, Result};
use crate::http::discard::announced;
use crate::http::problem::bad_payload;

use super::bodies::Held;
use super::state::State;

/// Reads a body of at most `limit` bytes; what it holds of the room for bodies is added to `held`. One that arrived in
/// one piece is not copied.
///
/// # Errors
/// `too-large` before anything is read if `Content-Length` says so, else once the limit is passed; `overloaded` where
/// there is no room for it; 408 after the time that a body may take; `malformed-json` if it ends early.
pub(crate) async fn read(
    state: &State,
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
    held: &mut Held,
) -> Result<Bytes> {
    let announced = announced(request.headers());
    if let Some(length) = announced.filter(|length| *length > limit) {
        return Err(Error::too_large("the body", limit, length));
    }
    let announced = announced.unwrap_or_default();
    state.bodies.hold(held, announced)?;
    let mut room = |bytes| {
        bounded(bytes, limit)?;
        state.bodies.hold(held, bytes)
    };
    let reading = gather(payload, announced, &mut room);
    tokio::time::timeout(state.body_timeout, reading).await.map_err(|_| too_late())?
}

/// The next piece of a body that is read as a stream, if it arrives until then.
///
/// # Errors
/// 408; `malformed-json` if the body ends early.
pub(crate) async fn next_chunk(payload: &mut Payload, until: Instant) -> Result<Option<Bytes>> {
    let next = timeout_at(until, payload.next()).await.map_err(|_| too_late())?;
    next.transpose().map_err(bad_payload)
}

async fn gather(
    mut payload: Payload,
    announced: usize,
    room: &mut impl FnMut(usize) -> Result<()>,
) -> Result<Bytes> {
    let Some(first) = payload.next().await.transpose().map_err(bad_payload)? else { return Ok(Bytes::new()) };
    room(first.len())?;
    if first.len() == announced {
        return Ok(first);
    }
    let Some(mut chunk) = payload.next().await.transpose().map_err(bad_payload)? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity(announced.max(first.len() + chunk.len()));
    whole.extend_from_slice(&first);
    loop {
        room(whole.len() + chunk.len())?;
        whole.extend_from_slice(&chunk);
        chunk = match payload.next().await.transpose().map_err(bad_payload)? {
            Some(chunk) => chunk,
            None => return Ok(whole.freeze()),
        };
    }
}

fn bounded(actual: usize, limit: usize) -> Result<()> {
    if actual > limit { Err(Error::too_large("the body", limit, actual)) } else { Ok(()) }
}

fn too_late() -> Error {
    let place = Place::Header("Content-Length".into());
    Error::at(Kind::InvalidHeader, place, "the body did not arrive in time").with_status(408)
}
