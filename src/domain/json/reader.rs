//! Reads one JSON text in one pass: the grammar of RFC 8259, and what documents must keep beyond it.

use crate::domain::limits;

use super::lex::{self, byte};
use super::names::{Mark, Names};
use super::stop::Stop;

/// Containers that may enclose one another in any text. Envelopes have a few more than the values in them.
pub(super) const DEEPEST: usize = limits::NESTING + 8;

/// Is told what a text consists of, as it is read.
pub(super) trait Sink<'a> {
    /// A container begins.
    #[inline]
    fn open(&mut self, _container: Container) {}

    /// A member begins; its name as it stands between the quotes.
    #[inline]
    fn name(&mut self, _written: &'a str) {}

    /// A value that is no container, as it is written; of a string, what stands between the quotes.
    #[inline]
    fn scalar(&mut self, _scalar: Scalar, _written: &'a str) {}

    /// The innermost container ends.
    #[inline]
    fn close(&mut self) {}
}

/// Only checks.
impl Sink<'_> for () {}

/// The two containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Array,
    Object,
}

/// The kinds of values that are no containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Null,
    True,
    False,
    Number,
    String,
}

/// Reads a text that may nest that deep, at most `DEEPEST`; gives it back as text.
pub(super) fn read<'a>(text: &'a [u8], nesting: usize, sink: &mut impl Sink<'a>) -> Result<&'a str, Stop> {
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err(Stop::new(0, "the text begins with a byte order mark, which JSON does not have"));
    }
    let text = str::from_utf8(text)
        .map_err(|error| Stop::new(error.valid_up_to(), "the text is not valid UTF-8"))?;
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        nesting: nesting.min(DEEPEST),
        open: [ARRAY; DEEPEST],
        names: Names::default(),
        sink,
    };
    reader.run()?;
    Ok(text)
}

/// Stands for an open array where an object has its mark.
const ARRAY: Mark = Mark::MAX;

struct Reader<'a, 's, S> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Containers that are open.
    depth: usize,
    nesting: usize,
    /// What each open container is.
    open: [Mark; DEEPEST],
    names: Names<'a>,
    sink: &'s mut S,
}

impl<'a, S: Sink<'a>> Reader<'a, '_, S> {
    fn run(&mut self) -> Result<(), Stop> {
        loop {
            let inside = self.value()?;
            if !inside && self.behind_value()? {
                break;
            }
        }
        self.space();
        if self.at < self.bytes.len() {
            return Err(Stop::new(self.at, "something follows the value; a text is exactly one value"));
        }
        Ok(())
    }

    #[inline]
    fn space(&mut self) {
        self.at = lex::space(self.bytes, self.at);
    }

    /// Reads a value, or the beginning of a container that is not empty: then true, and a value comes next.
    #[inline]
    fn value(&mut self) -> Result<bool, Stop> {
        self.space();
        match byte(self.bytes, self.at) {
            b'"' => {
                let start = self.at + 1;
                let quoted = lex::string(self.bytes, start)?;
                self.at = quoted.close + 1;
                self.sink.scalar(Scalar::String, &self.text[start..quoted.close]);
                Ok(false)
            }
            b'-' | b'0'..=b'9' => {
                let start = self.at;
                self.at = lex::number(self.bytes, start)?;
                self.sink.scalar(Scalar::Number, &self.text[start..self.at]);
                Ok(false)
            }
            b'{' => self.open(Container::Object),
            b'[' => self.open(Container::Array),
            b't' => self.word("true", Scalar::True),
            b'f' => self.word("false", Scalar::False),
            b'n' => self.word("null", Scalar::Null),
            _ => Err(self.no_value()),
        }
    }

    fn word(&mut self, word: &'static str, scalar: Scalar) -> Result<bool, Stop> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.no_value());
        }
        self.at += word.len();
        self.sink.scalar(scalar, word);
        Ok(false)
    }

    #[cold]
    fn no_value(&self) -> Stop {
        let why = match (self.bytes.is_empty(), self.at < self.bytes.len()) {
            (true, _) => "the text is empty, and a JSON value is needed",
            (_, false) => "the text ends where a value is needed",
            _ => "no JSON value begins here",
        };
        Stop::new(self.at, why)
    }

    #[inline]
    fn open(&mut self, container: Container) -> Result<bool, Stop> {
        if self.depth == self.nesting {
            return Err(Stop::new(self.at, TOO_DEEP));
        }
        let (mark, end) = match container {
            Container::Array => (ARRAY, b']'),
            Container::Object => (self.names.open(), b'}'),
        };
        self.open[self.depth] = mark;
        self.depth += 1;
        self.at += 1;
        self.sink.open(container);
        self.space();
        if byte(self.bytes, self.at) == end {
            self.close(mark);
            return Ok(false);
        }
        if container == Container::Object {
            self.member()?;
        }
        Ok(true)
    }

    #[inline]
    fn close(&mut self, mark: Mark) {
        if mark != ARRAY {
            self.names.close(mark, self.depth);
        }
        self.depth -= 1;
        self.at += 1;
        self.sink.close();
    }

    /// Reads the name of a member and the colon.
    #[inline]
    fn member(&mut self) -> Result<(), Stop> {
        if byte(self.bytes, self.at) != b'"' {
            return Err(Stop::new(self.at, "a member name in quotes is needed"));
        }
        let start = self.at + 1;
        let quoted = lex::string(self.bytes, start)?;
        let written = &self.text[start..quoted.close];
        self.sink.name(written);
        let mark = self.open[self.depth - 1];
        if !self.names.add(mark, self.depth, written, quoted.escaped) {
            return Err(Stop::new(self.at, "an object has two members of this name"));
        }
        self.at = quoted.close + 1;
        self.space();
        if byte(self.bytes, self.at) != b':' {
            return Err(Stop::new(self.at, "a colon is needed behind a member name"));
        }
        self.at += 1;
        Ok(())
    }

    /// Reads up to where the next value begins, or to the end of the outermost value: then true.
    #[inline]
    fn behind_value(&mut self) -> Result<bool, Stop> {
        while self.depth > 0 {
            self.space();
            let mark = self.open[self.depth - 1];
            match (byte(self.bytes, self.at), mark == ARRAY) {
                (b',', true) => {
                    self.at += 1;
                    return Ok(false);
                }
                (b',', false) => {
                    self.at += 1;
                    self.space();
                    self.member()?;
                    return Ok(false);
                }
                (b']', true) | (b'}', false) => self.close(mark),
                (_, true) => return Err(Stop::new(self.at, "a comma or ] is needed behind an element")),
                (_, false) => return Err(Stop::new(self.at, "a comma or } is needed behind a member")),
            }
        }
        Ok(true)
    }
}

/// Why a text that nests too deep is refused.
pub(super) const TOO_DEEP: &str = "containers enclose one another more than 64 deep";
const _: () = assert!(limits::NESTING == 64, "TOO_DEEP says 64");
