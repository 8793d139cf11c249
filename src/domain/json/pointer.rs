//! JSON Pointers (RFC 6901).

use std::fmt;

use super::tree::Json;

/// The way to a value in a document: member names and array indices from the outside in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    tokens: Vec<Box<str>>,
}

impl Pointer {
    /// The pointer to the whole document.
    pub fn root() -> Self {
        Pointer::default()
    }

    /// Reads a pointer; the error is a sentence that says what is wrong with it.
    ///
    /// # Errors
    /// It is neither empty nor begins with `/`, or has a `~` that is not followed by 0 or 1.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Pointer::root());
        }
        let Some(tokens) = text.strip_prefix('/') else {
            return Err("a JSON Pointer is empty or begins with /");
        };
        let tokens = tokens.split('/').map(unescape).collect::<Option<_>>();
        match tokens {
            Some(tokens) => Ok(Pointer { text: text.to_owned(), tokens }),
            None => Err("in a JSON Pointer, ~ is written ~0 and / is written ~1"),
        }
    }

    /// The pointer to something in what this points to: a member name, or an index.
    #[must_use]
    pub fn child(&self, token: &str) -> Pointer {
        let mut child = self.clone();
        child.text.push('/');
        child.text.push_str(&token.replace('~', "~0").replace('/', "~1"));
        child.tokens.push(token.into());
        child
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The steps of the way, not escaped.
    pub fn tokens(&self) -> &[Box<str>] {
        &self.tokens
    }

    /// Whether the other points to this very place, or to something in it.
    pub fn contains(&self, other: &Pointer) -> bool {
        other.tokens.starts_with(&self.tokens)
    }

    /// What it points to, if there is such a thing.
    pub fn resolve<'j, 'a>(&self, json: &'j Json<'a>) -> Option<&'j Json<'a>> {
        self.tokens.iter().try_fold(json, |json, token| json.child(token))
    }

    /// The same, to change it.
    pub fn resolve_mut<'j, 'a>(&self, json: &'j mut Json<'a>) -> Option<&'j mut Json<'a>> {
        self.tokens.iter().try_fold(json, |json, token| json.child_mut(token))
    }

    /// What has, or could have, the place that it points to, and the last token; none for the root, and where
    /// there is nothing.
    pub fn parent_mut<'j, 'a>(&self, json: &'j mut Json<'a>) -> Option<(&'j mut Json<'a>, &str)> {
        let (last, before) = self.tokens.split_last()?;
        let parent = before.iter().try_fold(json, |json, token| json.child_mut(token))?;
        Some((parent, last))
    }

    /// Whether it points to the whole document.
    pub fn is_root(&self) -> bool {
        self.tokens.is_empty()
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn unescape(token: &str) -> Option<Box<str>> {
    if !token.contains('~') {
        return Some(token.into());
    }
    let mut parts = token.split('~');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (char, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', &part[1..]),
            Some(b'1') => ('/', &part[1..]),
            _ => return None,
        };
        plain.push(char);
        plain.push_str(rest);
    }
    Some(plain.into())
}

/// The place in an array that a token names: digits without a leading zero.
pub(in crate::domain) fn index(token: &str) -> Option<usize> {
    let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = token.len() > 1 && token.starts_with('0');
    if plain && !leading_zero { token.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_and_tokens_are_the_same_thing(tokens in proptest::collection::vec("[a~/\"0-2]{0,4}", 0..5)) {
            let pointer = tokens.iter().fold(Pointer::root(), |pointer, token| pointer.child(token));
            let again = Pointer::parse(pointer.as_str()).unwrap();
            prop_assert_eq!(&again, &pointer);
            let read: Vec<&str> = again.tokens().iter().map(|token| &**token).collect();
            prop_assert_eq!(read, tokens);
        }
    }

    #[test]
    fn the_pointers_of_rfc_6901_resolve() {
        let text =
            br#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#;
        let document = Json::parse(text).unwrap();
        let resolved = |pointer: &str| Pointer::parse(pointer).unwrap().resolve(&document).map(Json::to_text);
        let cases = [
            ("/foo", r#"["bar","baz"]"#),
            ("/foo/0", "\"bar\""),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ];
        for (pointer, value) in cases {
            assert_eq!(resolved(pointer).as_deref(), Some(value), "{pointer}");
        }
        assert_eq!(resolved("").unwrap().len(), document.to_text().len());
        for nowhere in ["/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/foo/0/0", "/m~0n/x"] {
            assert_eq!(resolved(nowhere), None, "{nowhere}");
        }
        for bad in ["a", "#/a", "/~", "/~2", "/a~", "/~~0"] {
            assert!(Pointer::parse(bad).is_err(), "{bad}");
        }
    }
}
