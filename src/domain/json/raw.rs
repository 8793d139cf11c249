//! Looks into a text that was checked, without building anything from it.

use std::borrow::Cow;

use bytes::Bytes;

use crate::domain::{Document, Error, Place, Result, limits};

use super::lex::{self, byte};
use super::reader::{self, DEEPEST};
use super::text;
use super::tree::Json;

/// The text of one JSON value, without white space around it.
///
/// For bodies that carry documents: the whole is checked once, and then each value in it can be had exactly as it
/// stands there. Looking into a container takes time for all that is in it.
#[derive(Clone, Copy, Debug)]
pub struct RawJson<'a> {
    /// What it stands in.
    body: &'a Bytes,
    text: &'a str,
}

impl<'a> RawJson<'a> {
    /// Checks a text that may carry documents: its containers may enclose one another a few times more than those
    /// of a document. Whatever is taken from it has to be checked for its own nesting, which `document` does.
    ///
    /// # Errors
    /// `malformed-json`.
    pub fn envelope(body: &'a Bytes) -> Result<Self> {
        let text = super::read(body, DEEPEST, &mut ())?;
        Ok(RawJson { body, text: text.trim_matches([' ', '\n', '\r', '\t']) })
    }

    /// The text.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// The same part of the body, not copied.
    pub fn bytes(self) -> Bytes {
        self.body.slice_ref(self.text.as_bytes())
    }

    /// The value as a document, not copied; `at` is the pointer to it in the body, for errors.
    ///
    /// # Errors
    /// `too-large` or `malformed-json`.
    pub fn document(self, at: &str) -> Result<Document> {
        if self.text.len() > limits::DOCUMENT_BYTES {
            let error = Error::too_large("the document", limits::DOCUMENT_BYTES, self.text.len());
            return Err(error.pointing(Place::Pointer(at.to_owned())));
        }
        if self.nesting() > limits::NESTING {
            return Err(Error::too_deep(Place::Pointer(at.to_owned()), reader::TOO_DEEP, self.nesting()));
        }
        Ok(Document::trusted(self.bytes()))
    }

    /// The members of an object in their order; none of another value.
    pub fn members(self) -> Option<impl Iterator<Item = (Cow<'a, str>, RawJson<'a>)>> {
        let mut parts = self.parts('{')?;
        Some(std::iter::from_fn(move || {
            let name = parts.next()?;
            Some((name.string()?, parts.next()?))
        }))
    }

    /// The elements of an array; none of another value.
    pub fn elements(self) -> Option<impl Iterator<Item = RawJson<'a>>> {
        self.parts('[')
    }

    /// The compact text, by looking into each value: what tests and fuzz targets compare with.
    #[cfg(any(test, fuzzing))]
    pub fn rebuilt(self) -> String {
        if let Some(members) = self.members() {
            let members: Vec<String> = members
                .map(|(name, value)| {
                    format!("\"{}\":{}", text::Text::saying(&name).written(), value.rebuilt())
                })
                .collect();
            return format!("{{{}}}", members.join(","));
        }
        match self.elements() {
            Some(elements) => format!("[{}]", elements.map(RawJson::rebuilt).collect::<Vec<_>>().join(",")),
            None => self.as_str().to_owned(),
        }
    }

    /// What a string says; none of another value.
    pub fn string(self) -> Option<Cow<'a, str>> {
        let written = self.text.strip_prefix('"')?.strip_suffix('"')?;
        Some(text::content(written))
    }

    /// `true` or `false`; none of another value.
    pub fn bool(self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A whole number from 0 on that is written with digits alone; none of another value, or a larger one.
    pub fn unsigned(self) -> Option<u64> {
        self.text.parse().ok()
    }

    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        self.text.starts_with(|char: char| char == '-' || char.is_ascii_digit())
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.text == "null"
    }

    /// What kind of value it is, for people: with an article.
    pub fn kind(self) -> &'static str {
        match self.text.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') | None => "null",
            Some(_) => "a number",
        }
    }

    /// The value as a tree.
    ///
    /// # Errors
    /// `malformed-json` where it nests deeper than a document may.
    pub fn tree(self) -> Result<Json<'a>> {
        Json::parse(self.text.as_bytes())
    }

    /// How many containers enclose one another in it.
    pub fn nesting(self) -> usize {
        let bytes = self.text.as_bytes();
        let (mut at, mut open, mut deepest) = (0, 0usize, 0);
        while at < bytes.len() {
            match bytes[at] {
                b'{' | b'[' => {
                    open += 1;
                    deepest = deepest.max(open);
                }
                b'}' | b']' => open = open.saturating_sub(1),
                b'"' => at = behind_string(bytes, at) - 1,
                _ => {}
            }
            at += 1;
        }
        deepest
    }

    /// The values in a container that begins so, member names among them.
    fn parts(self, opening: char) -> Option<Parts<'a>> {
        self.text.starts_with(opening).then_some(Parts { of: self, at: 1 })
    }
}

struct Parts<'a> {
    of: RawJson<'a>,
    at: usize,
}

impl<'a> Iterator for Parts<'a> {
    type Item = RawJson<'a>;

    fn next(&mut self) -> Option<RawJson<'a>> {
        let bytes = self.of.text.as_bytes();
        while matches!(byte(bytes, self.at), b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') {
            self.at += 1;
        }
        let start = self.at;
        self.at = behind_value(bytes, start);
        let text = self.of.text.get(start..self.at).filter(|text| !text.is_empty())?;
        Some(RawJson { text, ..self.of })
    }
}

/// The place behind the value that begins at `at`; `at` itself where none does.
fn behind_value(bytes: &[u8], at: usize) -> usize {
    match byte(bytes, at) {
        b'"' => behind_string(bytes, at),
        b'{' | b'[' => behind_container(bytes, at),
        b'}' | b']' => at,
        _ => {
            let inside = |byte: &u8| !matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
            at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| inside(byte)).count()
        }
    }
}

fn behind_container(bytes: &[u8], mut at: usize) -> usize {
    let mut open = 0usize;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => open += 1,
            b'}' | b']' if open <= 1 => return at + 1,
            b'}' | b']' => open -= 1,
            b'"' => at = behind_string(bytes, at) - 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The place behind the string whose opening quote is at `at`.
fn behind_string(bytes: &[u8], at: usize) -> usize {
    // The text was checked, so the string is one and ends.
    lex::string(bytes, at + 1).map_or(bytes.len(), |quoted| quoted.close + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;

    #[test]
    fn values_stand_in_an_envelope_byte_for_byte() {
        let body = Bytes::from_static(
            br#" {"ops" : [ {"op":"put","k\u0065y":"a","value": { "b" : 1.50 , "a":"}]\"" } ,"ttl":60}, 7 ,[]] } "#,
        );
        let envelope = RawJson::envelope(&body).unwrap();
        let (name, ops) = envelope.members().unwrap().next().unwrap();
        assert_eq!(name, "ops");
        let ops: Vec<_> = ops.elements().unwrap().collect();
        assert_eq!(ops.len(), 3);
        let members: Vec<_> = ops[0].members().unwrap().collect();
        let names: Vec<_> = members.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["op", "key", "value", "ttl"]);
        assert_eq!(members[0].1.string().as_deref(), Some("put"));
        assert_eq!(members[3].1.unsigned(), Some(60));
        let document = members[2].1.document("/ops/0/value").unwrap();
        assert_eq!(&document.bytes()[..], br#"{ "b" : 1.50 , "a":"}]\"" }"#);
        assert_eq!((ops[1].unsigned(), ops[1].members().is_none()), (Some(7), true));
        assert_eq!(ops[2].elements().map(Iterator::count), Some(0));
    }

    #[test]
    fn nesting_counts_from_the_value_itself() {
        let text = |depth: usize| {
            let value = format!("{}\"[\"{}", "[".repeat(depth), "]".repeat(depth));
            Bytes::from(format!(r#"{{"ops":[{{"value":{value}}}]}}"#))
        };
        let document = |body: &Bytes| {
            let (_, ops) = RawJson::envelope(body)?.members().unwrap().next().unwrap();
            let (_, value) = ops.elements().unwrap().next().unwrap().members().unwrap().next().unwrap();
            value.document("/ops/0/value")
        };
        assert!(document(&text(64)).is_ok());
        let error = document(&text(65)).unwrap_err();
        assert_eq!(error.kind(), Kind::MalformedJson);
        assert_eq!(error.faults()[0].place, Place::Pointer("/ops/0/value".into()));
        assert!(document(&text(100)).is_err());
    }
}
