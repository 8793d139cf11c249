//! A door for the fuzz targets to what follows the frames of HTTP/2.

use std::time::Instant;

use super::constraints::Constraints;

/// What is known of a connection after its client and its server have sent this, in pieces of that size; or the
/// client's violation. All of it comes at once.
///
/// # Errors
/// What the client did that ends its connection.
pub fn follow(client: &[u8], server: &[u8], size: usize, now: Instant) -> Result<String, String> {
    let now = now.into();
    let mut constraints = Constraints::new(now);
    for piece in client.chunks(size) {
        constraints.received(piece, now).map_err(|violation| violation.to_string())?;
    }
    server.chunks(size).for_each(|piece| constraints.sent(piece));
    let highest = constraints.highest();
    let known = format!("{constraints:?}");
    let still = constraints.take_still(0);
    assert!(still.iter().all(|id| *id <= highest && id % 2 == 1), "{still:?} of {highest}");
    Ok(known)
}
