//! Increments: numbers that are added to numbers of a document, exactly.

mod decimal;

use std::sync::Arc;

use bytes::Bytes;

use super::error::{Error, Fault, Place, Result};
use super::item::Document;
use super::json::{Json, Pointer, Text, index};
use super::kind::Kind;
use super::limits;
use super::patch::{stored, written};

use decimal::{Decimal, Unfit};

/// Faults that are told at once.
const TOLD: usize = 20;

/// Numbers to be added at places of a document, no two of which are the same or lie in one another.
#[derive(Clone, Debug)]
pub struct Increments {
    text: Bytes,
    entries: Arc<[Entry]>,
}

#[derive(Debug)]
struct Entry {
    place: Pointer,
    by: Decimal,
}

impl Increments {
    /// Reads the body: an object of JSON Pointers and the numbers to add there.
    ///
    /// # Errors
    /// `malformed-json`; `invalid-patch` with each place in the body that is wrong: a name that is no pointer, a
    /// value that is no number of up to 38 significant digits, two places that meet or nest. Also if there is no
    /// member, or more than 1,000.
    pub fn parse(text: Bytes) -> Result<Self> {
        let entries = entries(&Json::parse(&text)?)?;
        Ok(Increments { text, entries: entries.into() })
    }

    /// The text it was read from.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// The number, where the only place is the document itself.
    pub fn bare(&self) -> Option<String> {
        match &self.entries[..] {
            [only] if only.place.is_root() => Some(only.by.to_string()),
            _ => None,
        }
    }

    /// Applies it to a document, or makes one: a bare number, or an object of numbers.
    ///
    /// A missing member begins at 0, but what is to have it must be there, and so must elements of arrays.
    ///
    /// # Errors
    /// `conflict` with the place in the document that has no number, or one that the sum would not be exact for;
    /// `too-large`.
    pub fn apply(&self, document: Option<&Document>) -> Result<Document> {
        let mut root = match (document, &self.entries[..]) {
            (Some(document), _) => stored(document)?,
            (None, [only]) if only.place.is_root() => Json::number("0".to_owned()),
            (None, _) => Json::object(Vec::new()),
        };
        for entry in &*self.entries {
            entry.apply(&mut root)?;
        }
        written(&root)
    }
}

impl Entry {
    fn apply(&self, root: &mut Json<'_>) -> Result<()> {
        if self.place.is_root() {
            return self.add_to(root);
        }
        let Some((parent, last)) = self.place.parent_mut(root) else {
            return Err(self.conflict("there is nothing that could have this number"));
        };
        match parent {
            Json::Object(members) => {
                let members = Arc::make_mut(members);
                match members.get_mut(last) {
                    Some(number) => self.add_to(number),
                    None => {
                        members.push(Text::saying(last), Json::number(self.by.to_string()));
                        Ok(())
                    }
                }
            }
            Json::Array(elements) => {
                match index(last).and_then(|place| Arc::make_mut(elements).edit().get_mut(place)) {
                    Some(number) => self.add_to(number),
                    None => Err(self.conflict("the array has no such element")),
                }
            }
            other => Err(self.conflict(format!("{} has no members and no elements", other.kind()))),
        }
    }

    fn add_to(&self, json: &mut Json<'_>) -> Result<()> {
        let Json::Number(text) = json else {
            return Err(self.conflict(format!("there is {} and not a number", json.kind())));
        };
        let unfit = |what: &str, unfit: Unfit| self.conflict(format!("{what} has {unfit}"));
        let number = Decimal::parse(text).map_err(|why| unfit("the number that is there", why))?;
        let sum = number.plus(self.by).map_err(|why| unfit("the sum", why))?;
        *json = Json::number(sum.to_string());
        Ok(())
    }

    fn conflict(&self, detail: impl Into<String>) -> Error {
        Error::at(Kind::Conflict, Place::Pointer(self.place.to_string()), detail)
    }
}

/// The text that an increment would make of this number: without exponent, and without zeros that say nothing.
///
/// None where the text is no number, or one with more than 38 significant digits, or too large or too small.
pub fn canonical_number(text: &str) -> Option<String> {
    let Ok(Json::Number(number)) = Json::parse(text.as_bytes()) else { return None };
    Decimal::parse(&number).ok().map(|number| number.to_string())
}

fn entries(body: &Json<'_>) -> Result<Vec<Entry>> {
    let whole = |detail: String| Error::at(Kind::InvalidPatch, Place::Pointer(String::new()), detail);
    let Json::Object(members) = body else {
        return Err(whole(format!("an increment is an object of pointers and numbers, not {}", body.kind())));
    };
    if members.is_empty() {
        return Err(whole("an increment adds to at least one number".to_owned()));
    }
    if members.len() > limits::PATCH_STEPS {
        let (actual, limit) = (members.len(), limits::PATCH_STEPS);
        let error = whole(format!("the increment has {actual} members, the limit is {limit}"));
        return Err(error.with_limit(limit as u64, actual as u64));
    }
    let mut faults = Vec::new();
    let mut entries = Vec::with_capacity(members.len());
    for (name, value) in members.iter() {
        match entry(&name.content(), value) {
            Ok(entry) => entries.push(entry),
            Err(detail) => faults.push(fault(&name.content(), detail)),
        }
    }
    faults.extend(meeting(&entries));
    if faults.is_empty() {
        return Ok(entries);
    }
    faults.truncate(TOLD);
    Err(Error::new(Kind::InvalidPatch, "this is no increment").with_faults(faults))
}

fn entry(name: &str, value: &Json<'_>) -> Result<Entry, String> {
    let place = Pointer::parse(name)?;
    match value {
        Json::Number(text) => match Decimal::parse(text) {
            Ok(by) => Ok(Entry { place, by }),
            Err(unfit) => Err(format!("the number has {unfit}")),
        },
        other => Err(format!("what is added is a number, not {}", other.kind())),
    }
}

/// The places that are the same as another, or lie in it.
fn meeting(entries: &[Entry]) -> Vec<Fault> {
    let mut places: Vec<&Pointer> = entries.iter().map(|entry| &entry.place).collect();
    // In this order whatever lies in a place comes right behind it.
    places.sort_by(|one, another| one.tokens().cmp(another.tokens()));
    let nested = places.windows(2).filter(|pair| pair[0].contains(pair[1]));
    nested
        .map(|pair| fault(pair[1].as_str(), format!("this is, or lies in, the place {:?}", pair[0].as_str())))
        .collect()
}

fn fault(name: &str, detail: String) -> Fault {
    Fault { place: Place::Pointer(Pointer::root().child(name).to_string()), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Increments> {
        Increments::parse(Bytes::copy_from_slice(body.as_bytes()))
    }

    fn applied(document: Option<&str>, body: &str) -> Result<String> {
        let document = document.map(|text| Document::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap());
        let after = parse(body)?.apply(document.as_ref())?;
        Ok(String::from_utf8(after.bytes().to_vec()).unwrap())
    }

    fn places(error: &Error) -> Vec<&str> {
        fn place(fault: &Fault) -> &str {
            match &fault.place {
                Place::Pointer(pointer) => pointer.as_str(),
                other => panic!("{other:?}"),
            }
        }
        error.faults().iter().map(place).collect()
    }

    #[test]
    fn numbers_are_added_where_they_are() {
        let cases = [
            (
                r#"{ "views" : 41, "score":0.50 }"#,
                r#"{"/views":1,"/score":-2.5}"#,
                r#"{"views":42,"score":-2}"#,
            ),
            ("7", r#"{"":1e3}"#, "1007"),
            (
                r#"{"a":[1,{"b":2}],"n":1.50}"#,
                r#"{"/a/0":0.5,"/a/1/b":-2}"#,
                r#"{"a":[1.5,{"b":0}],"n":1.50}"#,
            ),
            (r#"{"a":{}}"#, r#"{"/a/new\"~1":1.10,"/z":-0}"#, r#"{"a":{"new\"/":1.1},"z":0}"#),
            (r#"{"\u0061":1e2}"#, r#"{"/a":0}"#, r#"{"\u0061":100}"#),
            ("0.1", r#"{"":0.2}"#, "0.3"),
        ];
        for (document, body, expected) in cases {
            assert_eq!(applied(Some(document), body).unwrap(), expected, "{body}");
        }
    }

    #[test]
    fn an_item_can_begin_with_an_increment() {
        assert_eq!(applied(None, r#"{"":-2.50}"#).unwrap(), "-2.5");
        assert_eq!(applied(None, r#"{"/b":1,"/a":2e0}"#).unwrap(), r#"{"b":1,"a":2}"#);
        let error = applied(None, r#"{"/a/b":1}"#).unwrap_err();
        assert_eq!((error.kind(), places(&error)), (Kind::Conflict, vec!["/a/b"]));
    }

    #[test]
    fn where_no_number_is_there_is_a_conflict() {
        let cases = [
            (r#"{"a":"1"}"#, r#"{"/a":1}"#, "/a"),
            (r#"{"a":null}"#, r#"{"/a":1}"#, "/a"),
            (r#"{"a":1}"#, r#"{"":1}"#, ""),
            (r#"{"a":1}"#, r#"{"/a/b":1}"#, "/a/b"),
            (r#"{"a":1}"#, r#"{"/b/c":1}"#, "/b/c"),
            ("[1]", r#"{"/1":1}"#, "/1"),
            ("[1]", r#"{"/-":1}"#, "/-"),
            ("[1]", r#"{"/00":1}"#, "/00"),
            (r#"{"a":1e999999999}"#, r#"{"/a":1}"#, "/a"),
            (r#"{"a":99999999999999999999999999999999999999}"#, r#"{"/a":0.1}"#, "/a"),
            (r#"{"a":1.00000000000000000000000000000000000001}"#, r#"{"/a":0}"#, "/a"),
        ];
        for (document, body, place) in cases {
            let error = applied(Some(document), body).unwrap_err();
            assert_eq!((error.kind(), error.retry_after()), (Kind::Conflict, None), "{body}");
            assert_eq!(places(&error), [place], "{document}: {error}");
        }
    }

    #[test]
    fn what_is_no_increment_is_refused_with_every_fault() {
        let cases: [(&str, &[&str]); 9] = [
            ("{}", &[""]),
            ("[]", &[""]),
            (r#"{"a":1,"/b":"1","/c":1}"#, &["/a", "/~1b"]),
            (r#"{"/a":123456789012345678901234567890123456789}"#, &["/~1a"]),
            (r#"{"/a":1e126}"#, &["/~1a"]),
            (r#"{"/a/b":1,"/a-":1,"/a":1}"#, &["/~1a~1b"]),
            (r#"{"":1,"/a":1}"#, &["/~1a"]),
            (r#"{"/a~1b":1,"/a":1,"/a/c/d":1}"#, &["/~1a~1c~1d"]),
            (r#"{"/~":1}"#, &["/~1~0"]),
        ];
        for (body, expected) in cases {
            let error = parse(body).unwrap_err();
            assert_eq!(
                (error.kind(), &places(&error)[..]),
                (Kind::InvalidPatch, expected),
                "{body}: {error}"
            );
        }
        assert_eq!(parse(r#"{"/a":1,"\u002fa":1}"#).unwrap_err().kind(), Kind::MalformedJson);
        let many = |count: usize| {
            let members: Vec<_> = (0..count).map(|place| format!("\"/{place}\":1")).collect();
            parse(&format!("{{{}}}", members.join(",")))
        };
        assert!(many(1000).is_ok());
        let error = many(1001).unwrap_err();
        assert_eq!((error.kind(), error.limit()), (Kind::InvalidPatch, Some((1000, 1001))));
    }

    #[test]
    fn what_grows_too_large_is_refused() {
        let document = format!(r#"{{"a":"{}"}}"#, "x".repeat(limits::DOCUMENT_BYTES - 10));
        let error = applied(Some(&document), r#"{"/b":1e100}"#).unwrap_err();
        assert_eq!(error.kind(), Kind::TooLarge);
    }
}
