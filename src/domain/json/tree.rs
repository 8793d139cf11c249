//! A JSON value that can be changed, in which everything that is not changed keeps its text.

use std::borrow::Cow;
use std::sync::Arc;

use crate::domain::{Result, limits};

use super::items::{Items, Measure};
use super::members::Members;
use super::pointer::index;
use super::reader::{Container, Scalar, Sink};
use super::text::Text;

/// A JSON value: numbers and strings as they are written, members in their order.
///
/// Copies share their containers until one of them is changed. `==` compares what values mean: numbers by
/// value, strings by content, members in any order.
#[derive(Clone, Debug)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(Cow<'a, str>),
    /// A string.
    String(Text<'a>),
    /// An array.
    Array(Arc<Items<Json<'a>>>),
    /// An object.
    Object(Arc<Members<'a>>),
}

/// A name and a value.
pub type Member<'a> = (Text<'a>, Json<'a>);

impl<'a> Json<'a> {
    /// Reads a text that must be one JSON value, by the rules of documents (but for the size).
    ///
    /// # Errors
    /// `malformed-json`.
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        Self::parse_nested(text, limits::NESTING)
    }

    /// Reads a text whose containers may enclose one another that deep, which is at most 8 more than in documents.
    ///
    /// # Errors
    /// `malformed-json`.
    pub fn parse_nested(text: &'a [u8], nesting: usize) -> Result<Self> {
        let mut builder = Builder { open: Vec::new(), whole: Json::Null };
        super::read(text, nesting, &mut builder)?;
        Ok(builder.whole)
    }

    /// The number with this text, which must be one.
    pub(in crate::domain) fn number(text: String) -> Self {
        Json::Number(Cow::Owned(text))
    }

    /// An array.
    pub fn array(elements: Vec<Json<'a>>) -> Self {
        Json::Array(Arc::new(Items::new(elements)))
    }

    /// An object; no two names may be the same.
    pub fn object(members: Vec<Member<'a>>) -> Self {
        Json::Object(Arc::new(Members::new(members)))
    }

    /// The member or element that a token of a pointer names.
    pub fn child(&self, token: &str) -> Option<&Json<'a>> {
        match self {
            Json::Array(elements) => elements.get(index(token)?),
            Json::Object(members) => members.get(token),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn child_mut(&mut self, token: &str) -> Option<&mut Json<'a>> {
        match self {
            Json::Array(elements) => Arc::make_mut(elements).edit().get_mut(index(token)?),
            // Nothing is copied for a member that is not there.
            Json::Object(members) if members.has(token) => Arc::make_mut(members).get_mut(token),
            _ => None,
        }
    }

    /// What a string says; none for other values.
    pub fn as_string(&self) -> Option<Cow<'_, str>> {
        match self {
            Json::String(text) => Some(text.content()),
            _ => None,
        }
    }

    /// What kind of value it is, for people: with an article.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// How large it is.
    pub fn measure(&self) -> Measure {
        let scalar = |bytes| Measure { bytes, nesting: 0 };
        match self {
            Json::Null | Json::Bool(true) => scalar(4),
            Json::Bool(false) => scalar(5),
            Json::Number(text) => scalar(text.len()),
            Json::String(text) => scalar(text.written().len() + 2),
            Json::Array(elements) => elements.measure(Json::measure),
            Json::Object(members) => members.measure(|(name, value)| {
                let Measure { bytes, nesting } = value.measure();
                Measure { bytes: bytes + name.written().len() + 3, nesting }
            }),
        }
    }

    /// Its compact text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// Appends its compact text.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Number(text) => out.push_str(text),
            Json::String(text) => write_text(text, out),
            Json::Array(elements) => {
                out.push('[');
                for (place, element) in elements.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &Text<'_>, out: &mut String) {
    out.push('"');
    out.push_str(text.written());
    out.push('"');
}

/// Builds the tree of a text as it is read.
struct Builder<'a> {
    open: Vec<Open<'a>>,
    whole: Json<'a>,
}

enum Open<'a> {
    Array(Vec<Json<'a>>),
    /// The name is that of the member whose value comes next.
    Object(Vec<Member<'a>>, &'a str),
}

impl<'a> Builder<'a> {
    #[inline]
    fn add(&mut self, json: Json<'a>) {
        match self.open.last_mut() {
            Some(Open::Array(elements)) => elements.push(json),
            Some(Open::Object(members, name)) => members.push((Text::written_as(name), json)),
            None => self.whole = json,
        }
    }
}

impl<'a> Sink<'a> for Builder<'a> {
    fn open(&mut self, container: Container) {
        self.open.push(match container {
            Container::Array => Open::Array(Vec::new()),
            Container::Object => Open::Object(Vec::new(), ""),
        });
    }

    fn name(&mut self, written: &'a str) {
        if let Some(Open::Object(_, name)) = self.open.last_mut() {
            *name = written;
        }
    }

    fn scalar(&mut self, scalar: Scalar, written: &'a str) {
        self.add(match scalar {
            Scalar::Null => Json::Null,
            Scalar::True => Json::Bool(true),
            Scalar::False => Json::Bool(false),
            Scalar::Number => Json::Number(Cow::Borrowed(written)),
            Scalar::String => Json::String(Text::written_as(written)),
        });
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Array(elements)) => self.add(Json::array(elements)),
            Some(Open::Object(members, _)) => self.add(Json::object(members)),
            None => {}
        }
    }
}
