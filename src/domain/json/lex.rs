//! Finds where the words of JSON end: strings, numbers, white space.

use super::stop::Stop;

/// The byte at a place; 0, which no grammar rule begins with, behind the end.
#[inline]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// The first place from `at` on that holds no white space.
#[inline]
pub(super) fn space(text: &[u8], mut at: usize) -> usize {
    while matches!(byte(text, at), b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

/// A string that was read.
#[derive(Clone, Copy)]
pub(super) struct Quoted {
    /// The place of the closing quote.
    pub(super) close: usize,
    /// Whether anything in it is written as an escape.
    pub(super) escaped: bool,
}

/// Reads a string whose first character, behind the opening quote, is at `at`.
#[inline]
pub(super) fn string(text: &[u8], mut at: usize) -> Result<Quoted, Stop> {
    let mut escaped = false;
    loop {
        at = plain(text, at);
        match byte(text, at) {
            b'"' => return Ok(Quoted { close: at, escaped }),
            b'\\' => {
                escaped = true;
                at = escape(text, at)?;
            }
            _ if at >= text.len() => return Err(Stop::new(at, "a string does not end")),
            _ => return Err(Stop::new(at, "a control character in a string must be written as an escape")),
        }
    }
}

/// The first place from `at` on with a quote, a backslash or a control character, or the end.
#[inline]
fn plain(text: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Marks the high bit of bytes that are below `limit`, an ASCII value. Only bytes above a true mark can be
    // marked wrongly, so the lowest mark is right.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let marks = quote | backslash | below(word, 0x20);
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while at < text.len() && !matches!(text[at], b'"' | b'\\' | 0..=0x1f) {
        at += 1;
    }
    at
}

/// Reads the escape that begins at `at`, both halves of a surrogate pair at once; the place behind it.
fn escape(text: &[u8], at: usize) -> Result<usize, Stop> {
    match byte(text, at + 1) {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
        b'u' => match unit(text, at)? {
            0xd800..=0xdbff => match unit(text, at + 6) {
                Ok(0xdc00..=0xdfff) => Ok(at + 12),
                _ => Err(Stop::new(at, "an escape is the first half of a surrogate pair without the second")),
            },
            0xdc00..=0xdfff => {
                Err(Stop::new(at, "an escape is the second half of a surrogate pair without the first"))
            }
            _ => Ok(at + 6),
        },
        _ => Err(Stop::new(at, "an unknown escape; a backslash itself is written \\\\")),
    }
}

/// The value of an escape of the form `\u0000`.
pub(super) fn unit(text: &[u8], at: usize) -> Result<u32, Stop> {
    let bad = Stop::new(at, "\\u must be followed by four hexadecimal digits");
    let digits = match text.get(at..at + 6) {
        Some([b'\\', b'u', digits @ ..]) => digits,
        _ => return Err(bad),
    };
    let digit = |value: u32, byte: &u8| Some(value * 16 + char::from(*byte).to_digit(16)?);
    digits.iter().try_fold(0, digit).ok_or(bad)
}

/// Reads a number; the place behind it.
#[inline]
pub(super) fn number(text: &[u8], mut at: usize) -> Result<usize, Stop> {
    if byte(text, at) == b'-' {
        at += 1;
    }
    at = match (byte(text, at), byte(text, at + 1)) {
        (b'0', b'0'..=b'9') => return Err(Stop::new(at, "a number has no leading zeros")),
        _ => digits(text, at)?,
    };
    if byte(text, at) == b'.' {
        at = digits(text, at + 1)?;
    }
    if matches!(byte(text, at), b'e' | b'E') {
        let sign = usize::from(matches!(byte(text, at + 1), b'+' | b'-'));
        at = digits(text, at + 1 + sign)?;
    }
    Ok(at)
}

/// Reads at least one digit; the place behind the last one.
#[inline]
fn digits(text: &[u8], from: usize) -> Result<usize, Stop> {
    let mut at = from;
    while byte(text, at).is_ascii_digit() {
        at += 1;
    }
    if at == from { Err(Stop::new(at, "a number lacks a digit")) } else { Ok(at) }
}
