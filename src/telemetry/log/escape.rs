//! Writes text into a line of the log so that it stays one line.

use std::fmt::Write as _;

/// Appends a JSON string, with its quotes.
pub(super) fn json_string(into: &mut String, text: &str) {
    into.push('"');
    json_text(into, text);
    into.push('"');
}

/// Appends the inside of a JSON string.
pub(super) fn json_text(into: &mut String, text: &str) {
    let mut clean = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f | 0x7f => "",
            _ => continue,
        };
        into.push_str(&text[clean..at]);
        into.push_str(escaped);
        if escaped.is_empty() {
            // Writing to a string cannot fail.
            let _infallible = write!(into, "\\u{byte:04x}");
        }
        clean = at + 1;
    }
    into.push_str(&text[clean..]);
}

/// Formats straight into the inside of a JSON string.
pub(super) struct JsonText<'a>(pub(super) &'a mut String);

impl std::fmt::Write for JsonText<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        json_text(self.0, text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_comes_back_from_its_json_and_stays_on_its_line(text: String) {
            let mut line = String::new();
            json_string(&mut line, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
            let one_line = !line.contains(['\n', '\r', '\u{1b}']);
            prop_assert!(one_line);
        }
    }
}
