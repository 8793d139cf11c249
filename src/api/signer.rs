//! The keyed hash behind cursors and the names of writes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Makes message authentication codes (HMAC-SHA256) over several parts.
pub(crate) struct Signer(Hmac<Sha256>);

impl Signer {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Signer(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// A code over all parts, each of which counts with its length.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Whether this is the beginning of the code over all parts; takes as long for each that is not.
    pub(crate) fn agrees(&self, parts: &[&[u8]], beginning: &[u8]) -> bool {
        self.over(parts).verify_truncated_left(beginning).is_ok()
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let signer = Signer::new(b"k");
        assert_ne!(signer.sign(&[b"ab", b"c"]), signer.sign(&[b"a", b"bc"]));
        assert_ne!(signer.sign(&[b"a"]), signer.sign(&[b"a", b""]));
        assert_ne!(signer.sign(&[b"a"]), Signer::new(b"l").sign(&[b"a"]));
        assert!(signer.agrees(&[b"a"], &signer.sign(&[b"a"])[..16]));
    }
}
