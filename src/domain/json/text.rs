//! The inside of JSON strings: as written, with escapes, and what it says.

use std::borrow::Cow;
use std::fmt::Write;

use super::lex;

/// The inside of a string, exactly as its owner wrote it, escapes and all.
#[derive(Clone, Debug)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// Takes what stands between the quotes of a string that was read before.
    pub(super) fn written_as(written: &'a str) -> Self {
        Text(Cow::Borrowed(written))
    }

    /// Writes down what a string says, with the escapes that it needs.
    pub fn saying(content: &str) -> Text<'static> {
        let mut written = String::with_capacity(content.len());
        for char in content.chars() {
            match char {
                '"' => written.push_str("\\\""),
                '\\' => written.push_str("\\\\"),
                '\n' => written.push_str("\\n"),
                '\r' => written.push_str("\\r"),
                '\t' => written.push_str("\\t"),
                '\0'..='\x1f' => {
                    // Writing to a String can't fail.
                    let _ignored = write!(written, "\\u{:04x}", u32::from(char)).is_ok();
                }
                char => written.push(char),
            }
        }
        Text(Cow::Owned(written))
    }

    /// As it stands between the quotes.
    pub fn written(&self) -> &str {
        &self.0
    }

    /// What it says.
    pub fn content(&self) -> Cow<'_, str> {
        content(&self.0)
    }

    /// Whether it says this.
    pub fn says(&self, content: &str) -> bool {
        let (written, wanted) = (self.0.as_bytes(), content.as_bytes());
        // No escape is as short as what it stands for.
        if written.len() <= wanted.len() {
            return written == wanted && !wanted.contains(&b'\\');
        }
        let same = |(one, another): &(&u8, &u8)| one == another && **one != b'\\';
        let alike = written.iter().zip(wanted).take_while(same).count();
        written[alike] == b'\\' && self.content() == content
    }
}

/// What a string says whose inside is written so.
pub(super) fn content(written: &str) -> Cow<'_, str> {
    let Some(first) = written.find('\\') else { return Cow::Borrowed(written) };
    let mut content = String::with_capacity(written.len());
    content.push_str(&written[..first]);
    let mut rest = &written[first..];
    while let Some(at) = rest.find('\\') {
        content.push_str(&rest[..at]);
        let (char, behind) = escaped(rest, at);
        content.push(char);
        rest = rest.get(behind..).unwrap_or("");
    }
    content.push_str(rest);
    Cow::Owned(content)
}

/// What the escape at `at` stands for, and the place behind it.
fn escaped(text: &str, at: usize) -> (char, usize) {
    let bytes = text.as_bytes();
    let simple = match lex::byte(bytes, at + 1) {
        b'b' => '\x08',
        b'f' => '\x0c',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(bytes, at),
        byte => char::from(byte),
    };
    (simple, at + 2)
}

fn unicode(bytes: &[u8], at: usize) -> (char, usize) {
    let unit = |at| lex::unit(bytes, at).unwrap_or(0xfffd);
    match unit(at) {
        high @ 0xd800..=0xdbff => {
            let scalar = 0x10000 + ((high - 0xd800) << 10) + (unit(at + 6) & 0x3ff);
            (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), at + 12)
        }
        unit => (char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), at + 6),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_down_says_the_same(content in any::<String>()) {
            let text = Text::saying(&content);
            prop_assert_eq!(&*text.content(), &content);
            prop_assert!(text.says(&content));
            let quoted = format!("\"{}\"", text.written());
            prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), content);
        }

        #[test]
        fn strings_say_what_another_reader_reads(content in ".*", upper in any::<bool>()) {
            let units = content.encode_utf16();
            let escape = |unit| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
            let written: String = units.map(escape).collect();
            prop_assert!(Text::written_as(&written).says(&content));
        }
    }

    #[test]
    fn a_backslash_that_is_written_is_not_one_that_is_said() {
        assert!(!Text::written_as(r"a\nb").says(r"a\nb"));
        assert!(Text::written_as(r"a\\nb").says(r"a\nb"));
        assert!(Text::written_as(r"\b\f\n\r\t\/\u20ac").says("\u{8}\u{c}\n\r\t/€"));
        assert!(!Text::written_as("ab").says("abc"));
    }
}
