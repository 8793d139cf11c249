//! `Idempotency-Key`: the caller's own name for a write.

use crate::domain::{Error, Kind, Place, Result, limits};

/// A name of 1 to 255 visible characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// Reads the value of the field: a string of RFC 8941, or the same without quotes.
    ///
    /// # Errors
    /// `invalid-header`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let key = match text.strip_prefix('"') {
            Some(rest) => unquote(rest),
            None => Some(text.to_owned()),
        };
        let good = |key: &String| {
            (1..=limits::IDEMPOTENCY_KEY_CHARS).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let chars = key.as_ref().map_or(0, |key| key.chars().count());
        key.filter(good).map(|key| IdempotencyKey(key.into())).ok_or_else(|| {
            let detail = "this is 1 to 255 visible ASCII characters, in double quotes or bare";
            let error = Error::at(Kind::InvalidHeader, Place::Header("Idempotency-Key".into()), detail);
            error.if_beyond(limits::IDEMPOTENCY_KEY_CHARS as u64, chars as u64)
        })
    }

    /// The name.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The text up to the closing quote, which must be the end.
fn unquote(rest: &str) -> Option<String> {
    let mut key = String::with_capacity(rest.len());
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(key),
            '\\' => key.push(characters.next().filter(|next| matches!(next, '"' | '\\'))?),
            character => key.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_and_bare_are_the_same() {
        let same = |bare: &str, quoted: &str| {
            assert_eq!(IdempotencyKey::parse(bare).unwrap(), IdempotencyKey::parse(quoted).unwrap());
        };
        same("8e03978e-40d5", "\"8e03978e-40d5\"");
        same("a\"b\\,;", "\"a\\\"b\\\\,;\"");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "a".repeat(256);
        for text in
            ["", "\"\"", "a b", "\"a b\"", "\"a", "\"a\"b", "\"a\\b\"", "\"a\";x=1", "ä", "\u{7f}", &long]
        {
            assert!(IdempotencyKey::parse(text).is_err(), "{text:?}");
        }
        assert!(IdempotencyKey::parse(&format!("\"{}\"", &long[1..])).is_ok());
    }
}
