//! Values as they lie in the engine: a checksum over key and content, a format byte, the content.
//!
//! The engine has checksums of its own over blocks; this one also finds a value that lies under a wrong key, and
//! goes with the value into backups.

use xxhash_rust::xxh3::xxh3_64;

use super::error::Damaged;

const CHECK: usize = 8;
/// Bytes before the content.
pub(super) const HEAD: usize = CHECK + 1;
/// The layout of everything that is sealed; the content of the format file says the same for the whole.
const FORMAT: u8 = 1;

/// Begins a value whose content will have about that many bytes.
pub(super) fn begin(capacity: usize) -> Vec<u8> {
    let mut value = Vec::with_capacity(HEAD + capacity);
    value.extend_from_slice(&[0; CHECK]);
    value.push(FORMAT);
    value
}

/// Ends a value that `begin` began.
pub(super) fn finish(key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let check = check(key, &value[CHECK..]);
    value[..CHECK].copy_from_slice(&check.to_le_bytes());
    value
}

/// The content of a value, if it is what was sealed under that key.
pub(super) fn open<'a>(key: &[u8], value: &'a [u8]) -> Result<&'a [u8], Damaged> {
    let Some((stored, rest)) = value.split_first_chunk::<CHECK>() else {
        return Err(damaged(key, "is cut short"));
    };
    if u64::from_le_bytes(*stored) != check(key, rest) {
        return Err(damaged(key, "does not fit its checksum"));
    }
    match rest.split_first() {
        Some((&FORMAT, content)) => Ok(content),
        _ => Err(damaged(key, "has a format that this program does not know")),
    }
}

/// Says what is wrong with the value under a key.
pub(super) fn damaged(key: &[u8], how: &str) -> Damaged {
    Damaged(format!("the value of {:?} {how}", String::from_utf8_lossy(key)))
}

fn check(key: &[u8], content: &[u8]) -> u64 {
    xxh3_64(content) ^ xxh3_64(key).rotate_left(32)
}
