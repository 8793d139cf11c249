//! Documents that are numbers which `DynamoDB` can add to itself, exactly.

use crate::domain::canonical_number;

/// Digits before the point of a number that is kept natively. Sums stay far within the 38 digits of `DynamoDB`.
const WHOLE: usize = 18;
/// Digits behind the point.
const FRACTION: usize = 9;
/// The greatest and the least number that is added to natively.
pub(super) const GREATEST: &str = "999999999999999999";
pub(super) const LEAST: &str = "-999999999999999999";

/// Whether a document is a number that comes back as the same text, and leaves room for sums.
pub(super) fn is_native(document: &[u8]) -> bool {
    // A sign and a point.
    if document.len() > WHOLE + FRACTION + 2 {
        return false;
    }
    let digits = document.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    let Some(text) = std::str::from_utf8(document).ok().filter(|_| digits) else { return false };
    let (whole, fraction) = text.trim_start_matches('-').split_once('.').unwrap_or((text, ""));
    let whole = whole.trim_start_matches('-');
    whole.len() <= WHOLE && fraction.len() <= FRACTION && canonical_number(text).as_deref() == Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_back_as_it_was_is_native() {
        let native = ["0", "1", "-1", "42", "0.5", "-0.000000001", GREATEST, LEAST];
        let foreign = [
            "-0",
            "1.0",
            "1e3",
            " 1",
            "01",
            "1.",
            "\"1\"",
            "{}",
            "",
            "-",
            "0.0000000001",
            "1000000000000000000",
        ];
        for text in native {
            assert!(is_native(text.as_bytes()), "{text}");
        }
        for text in foreign {
            assert!(!is_native(text.as_bytes()), "{text}");
        }
    }
}
