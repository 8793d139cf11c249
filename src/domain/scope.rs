//! Scopes: what somebody may do, and where, as in `read:notes/users/`.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::key::CollectionName;
use super::limits;

/// Everything in a key but what RFC 3986 leaves unreserved, and the slash between segments.
const IN_SCOPE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
/// The same, without the slash: a claim never makes a segment more.
const IN_CLAIM: &AsciiSet = &IN_SCOPE.add(b'/');

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading items.
    Read,
    /// Changing items.
    Write,
    /// Changing settings of collections, and removing collections.
    Admin,
}

impl Access {
    /// Every kind.
    pub const ALL: [Access; 3] = [Access::Read, Access::Write, Access::Admin];

    /// The word that scopes begin with.
    pub const fn word(self) -> &'static str {
        match self {
            Access::Read => "read",
            Access::Write => "write",
            Access::Admin => "admin",
        }
    }
}

/// Which keys of a collection something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySet<'a> {
    /// This one.
    Key(&'a str),
    /// Every key that begins so; with the empty text, all of them and the collection itself.
    Prefix(&'a str),
}

/// The right to do one thing in one place.
///
/// Written `read:`, `write:` or `admin:`, then a collection or `*` for every one, then maybe `/` and which keys:
/// with `/` or `*` at its end all that begin so, else the one key and whatever lies below it as behind a `/`. Keys
/// are percent-encoded as in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    access: Access,
    /// None: every collection.
    collection: Option<CollectionName>,
    keys: Keys,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Keys {
    /// All that begin so.
    Begin(Box<str>),
    /// This one, and what lies below it.
    Below(Box<str>),
}

impl Scope {
    /// Reads a scope.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow its text.
    pub fn parse(text: &str) -> Result<Scope, &'static str> {
        let (word, place) = text.split_once(':').ok_or(GRAMMAR)?;
        let access = Access::ALL.into_iter().find(|access| access.word() == word).ok_or(GRAMMAR)?;
        let (name, keys) = match place.split_once('/') {
            Some((name, keys)) => (name, Keys::parse(keys)?),
            None => (place, Keys::Begin("".into())),
        };
        let collection = match name {
            "*" => None,
            _ => Some(CollectionName::parse(name).map_err(|_| "does not name a collection, or * for all")?),
        };
        if access == Access::Admin && keys != Keys::Begin("".into()) {
            return Err("is about keys, and settings belong to a whole collection");
        }
        Ok(Scope { access, collection, keys })
    }

    /// Reads a scope in which `{name}` stands for what `claim` says of that name.
    ///
    /// None where it is no scope, or a claim is missing or can't be a part of a key: a claim is never more than one
    /// segment, and never `*`.
    pub fn expand(text: &str, claim: impl Fn(&str) -> Option<String>) -> Option<Scope> {
        let mut whole = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            let value = claim(name).filter(|value| is_one_segment(value))?;
            whole.push_str(before);
            whole.extend(utf8_percent_encode(&value, IN_CLAIM));
            rest = after;
        }
        whole.push_str(rest);
        Scope::parse(&whole).ok()
    }

    /// Whether it allows this.
    pub fn covers(&self, access: Access, collection: &CollectionName, keys: KeySet<'_>) -> bool {
        self.access == access && self.reaches(collection) && self.keys.cover(keys)
    }

    /// Whether it allows anything at all in a collection.
    pub fn reaches(&self, collection: &CollectionName) -> bool {
        self.collection.as_ref().is_none_or(|own| own == collection)
    }

    /// What it allows to do.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether it reaches every collection.
    pub fn reaches_all(&self) -> bool {
        self.collection.is_none()
    }

    /// The least scope that would allow this.
    pub fn needed(access: Access, collection: &CollectionName, keys: KeySet<'_>) -> Scope {
        let keys = match keys {
            KeySet::Key(key) => Keys::Below(key.into()),
            KeySet::Prefix(prefix) => Keys::Begin(prefix.into()),
        };
        Scope { access, collection: Some(collection.clone()), keys }
    }
}

const GRAMMAR: &str = "does not begin with read:, write: or admin:";

/// Whether a claim can stand in a key without reaching beyond its segment.
fn is_one_segment(value: &str) -> bool {
    !matches!(value, "" | "." | "..") && !value.contains('/') && !value.chars().any(char::is_control)
}

impl Keys {
    fn parse(text: &str) -> Result<Keys, &'static str> {
        let (text, begin) = match text.strip_suffix('*') {
            Some(text) => (text, true),
            None => (text, text.is_empty() || text.ends_with('/')),
        };
        let keys = decode(text)?;
        if keys.len() > limits::KEY_BYTES {
            return Err("has more bytes of key than a key has");
        }
        if keys.chars().any(char::is_control) {
            return Err("has a control character, and no key has one");
        }
        Ok(if begin { Keys::Begin(keys.into()) } else { Keys::Below(keys.into()) })
    }

    fn cover(&self, keys: KeySet<'_>) -> bool {
        let below = |own: &str, text: &str| text.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'));
        match (self, keys) {
            (Keys::Begin(own), KeySet::Key(text) | KeySet::Prefix(text)) => text.starts_with(&**own),
            (Keys::Below(own), KeySet::Key(key)) => key == &**own || below(own, key),
            (Keys::Below(own), KeySet::Prefix(prefix)) => below(own, prefix),
        }
    }
}

/// Decodes percent-encoding, once.
fn decode(text: &str) -> Result<String, &'static str> {
    const ENCODE: &str = "has a character that must be percent-encoded in a key";
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"*?#\\{}".contains(&byte);
    if !text.bytes().all(plain) {
        return Err(ENCODE);
    }
    let escapes = text.split('%').skip(1);
    let hexadecimal = |escape: &str| escape.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !escapes.into_iter().all(hexadecimal) {
        return Err("has a % without two hexadecimal digits behind it");
    }
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| "is no UTF-8 when percent-decoded")
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.collection.as_ref().map_or("*", CollectionName::as_str);
        write!(f, "{}:{name}", self.access.word())?;
        let (keys, end) = match &self.keys {
            Keys::Begin(keys) if keys.is_empty() => return Ok(()),
            Keys::Begin(keys) => (&**keys, if keys.ends_with('/') { "" } else { "*" }),
            // Bare, it would say all keys that begin so.
            Keys::Below(keys) => keys.strip_suffix('/').map_or((&**keys, ""), |rest| (rest, "%2F")),
        };
        write!(f, "/{}{end}", utf8_percent_encode(keys, IN_SCOPE))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap_or_else(|error| panic!("{text} {error}"))
    }

    fn covers(text: &str, access: Access, collection: &str, keys: KeySet<'_>) -> bool {
        scope(text).covers(access, &CollectionName::parse(collection).unwrap(), keys)
    }

    #[test]
    fn a_scope_covers_what_it_says_and_nothing_else() {
        use Access::{Admin, Read, Write};
        for (text, access, collection, keys) in [
            ("read:*", Read, "notes", KeySet::Prefix("")),
            ("read:notes", Read, "notes", KeySet::Key("a")),
            ("read:notes/", Read, "notes", KeySet::Prefix("")),
            ("read:notes/*", Read, "notes", KeySet::Prefix("")),
            ("write:notes/users/", Write, "notes", KeySet::Key("users/42")),
            ("write:notes/users/", Write, "notes", KeySet::Prefix("users/")),
            ("write:notes/users/*", Write, "notes", KeySet::Prefix("users/4")),
            ("read:notes/us*", Read, "notes", KeySet::Key("us2")),
            ("read:notes/users", Read, "notes", KeySet::Key("users")),
            ("read:notes/users", Read, "notes", KeySet::Key("users/42")),
            ("read:notes/users", Read, "notes", KeySet::Prefix("users/")),
            ("read:*/users/", Read, "other", KeySet::Key("users/1")),
            ("read:notes/a%20b%2A/", Read, "notes", KeySet::Key("a b*/c")),
            ("admin:notes", Admin, "notes", KeySet::Prefix("")),
        ] {
            assert!(covers(text, access, collection, keys), "{text} {keys:?}");
        }
        for (text, access, collection, keys) in [
            ("read:notes", Write, "notes", KeySet::Key("a")),
            ("write:*", Read, "notes", KeySet::Key("a")),
            ("admin:*", Read, "notes", KeySet::Key("a")),
            ("read:notes", Read, "notes2", KeySet::Key("a")),
            ("read:notes/users/", Read, "notes", KeySet::Key("users")),
            ("read:notes/users/", Read, "notes", KeySet::Prefix("")),
            ("read:notes/users/", Read, "notes", KeySet::Prefix("user")),
            ("read:notes/users", Read, "notes", KeySet::Key("users2")),
            ("read:notes/users", Read, "notes", KeySet::Prefix("users")),
            ("read:notes/users", Read, "notes", KeySet::Prefix("")),
        ] {
            assert!(!covers(text, access, collection, keys), "{text} {keys:?}");
        }
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        for text in [
            "",
            "read",
            "read:",
            "Read:*",
            "delete:*",
            "read: notes",
            "read:No",
            "read:no*",
            "read:**",
            "read:notes/a*b",
            "read:notes/**",
            "read:notes/%",
            "read:notes/%f",
            "read:notes/%ff",
            "read:notes/%00",
            "read:notes/a b",
            "read:notes/ä",
            "read:notes/{sub}",
            "read:{sub}",
            "admin:notes/a",
            "admin:*/a/",
            "read:*notes",
        ] {
            assert!(Scope::parse(text).is_err(), "{text}");
        }
        assert!(Scope::parse(&format!("read:c/{}", "x".repeat(limits::KEY_BYTES + 1))).is_err());
    }

    #[test]
    fn a_scope_prints_back_to_itself() {
        for text in [
            "read:*",
            "write:c/a*",
            "write:c/a/",
            "read:c/a",
            "read:c/a%2F",
            "read:c/a/%2F",
            "read:c/%2A",
            "read:c/%2A*",
        ] {
            assert_eq!(scope(text).to_string(), text);
        }
    }

    #[test]
    fn a_claim_is_one_segment() {
        let with = |value: &str| {
            Scope::expand("write:notes/users/{sub}/", |name| (name == "sub").then(|| value.into()))
        };
        assert_eq!(with("42").unwrap().to_string(), "write:notes/users/42/");
        assert_eq!(with("a b*").unwrap().to_string(), "write:notes/users/a%20b%2A/");
        assert_eq!(with("é{sub}").unwrap().to_string(), "write:notes/users/%C3%A9%7Bsub%7D/");
        for value in ["", ".", "..", "a/b", "/", "a\n", "\u{85}"] {
            assert_eq!(with(value), None, "{value:?}");
        }
        assert_eq!(Scope::expand("read:notes/{other}/", |_| None), None);
        assert_eq!(Scope::expand("read:notes/{sub", |_| Some("a".into())), None);
        let tenant = |value: &str| Scope::expand("read:tenant-{org}", |_| Some(value.into()));
        assert_eq!(tenant("7").unwrap().to_string(), "read:tenant-7");
        assert_eq!(tenant("A"), None, "no collection has that name");
        assert_eq!(Scope::expand("read:{org}", |_| Some("*".into())), None);
    }

    proptest! {
        #[test]
        fn the_needed_scope_is_enough_and_reads_back(key in "[^\\p{Cc}]{1,40}", whole: bool) {
            let collection = CollectionName::parse("c").unwrap();
            let keys = if whole { KeySet::Prefix(&key) } else { KeySet::Key(&key) };
            let needed = Scope::needed(Access::Read, &collection, keys);
            prop_assert!(needed.covers(Access::Read, &collection, keys));
            let read = scope(&needed.to_string());
            prop_assert!(read.covers(Access::Read, &collection, keys), "{} {:?}", read, keys);
        }

        #[test]
        fn what_a_prefix_covers_each_of_its_keys_is_covered(own in "[ab/]{0,4}\\*?", prefix in "[ab/]{0,4}", rest in "[ab/]{0,4}") {
            let collection = CollectionName::parse("c").unwrap();
            let scope = scope(&format!("read:c/{own}"));
            if scope.covers(Access::Read, &collection, KeySet::Prefix(&prefix)) {
                let key = format!("{prefix}{rest}");
                prop_assert!(scope.covers(Access::Read, &collection, KeySet::Key(&key)));
            }
        }
    }
}
