//! Names writes: from the `Idempotency-Key` where there is one, else at random.

use xxhash_rust::xxh3::Xxh3;

use crate::domain::{Token, Ttl, WriteId};

use super::auth::Principal;
use super::entropy;
use super::headers::IdempotencyKey;
use super::state::State;

/// How a write is known again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) write_id: WriteId,
    /// Whether it comes from an `Idempotency-Key`.
    pub(crate) keyed: bool,
    /// The key as it is remembered, if there is one.
    pub(crate) token: Option<Token>,
    /// 128 bits for the key of an item that gets none from the caller.
    seed: u128,
}

impl Name {
    /// Names a write that does `content` to `target`, which begins with the method. A key belongs to the principal
    /// and the target.
    pub(crate) fn new(
        state: &State,
        principal: &Principal,
        target: &[&str],
        key: Option<&IdempotencyKey>,
        content: u128,
    ) -> Name {
        let Some(key) = key else {
            let seed = u128::from_le_bytes(entropy::bytes());
            return Name { write_id: state.random_write_id(), keyed: false, token: None, seed };
        };
        let mut parts: Vec<&[u8]> = vec![b"larder write 1", principal.name().as_bytes(), key.as_bytes()];
        parts.extend(target.iter().map(|part| part.as_bytes()));
        let code = state.signer.sign(&parts);
        let (left, right) = (half(&code[..16]), half(&code[16..]));
        let bits = u64::from_le_bytes(first_eight(left));
        #[expect(clippy::cast_possible_truncation, reason = "a write id keeps only some bits of the content")]
        let write_id = WriteId::keyed(bits, content as u64);
        let token = Token { id: left, content: content.to_le_bytes() };
        Name { write_id, keyed: true, token: Some(token), seed: u128::from_le_bytes(right) }
    }

    /// A key for an item: 26 lower-case letters.
    pub(crate) fn item_key(&self) -> String {
        let mut rest = self.seed;
        let mut letter = || {
            let letter = b'a' + u8::try_from(rest % 26).unwrap_or_default();
            rest /= 26;
            char::from(letter)
        };
        (0..26).map(|_| letter()).collect()
    }
}

fn half(bytes: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(bytes);
    half
}

fn first_eight(bytes: [u8; 16]) -> [u8; 8] {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[..8]);
    eight
}

/// A fingerprint of what a write says: its body, how that is to be read, and the lifetime.
pub(crate) fn content(kind: &str, body: &[u8], ttl: Option<Ttl>) -> u128 {
    let mut hash = Xxh3::new();
    let lifetime = match ttl {
        None => [0, 0],
        Some(Ttl::Never) => [1, 0],
        Some(Ttl::Seconds(seconds)) => [2, seconds],
        Some(Ttl::Until(end)) => [3, end.micros()],
    };
    for part in [kind.len() as u64, lifetime[0], lifetime[1]] {
        hash.update(&part.to_le_bytes());
    }
    hash.update(kind.as_bytes());
    hash.update(body);
    hash.digest128()
}
