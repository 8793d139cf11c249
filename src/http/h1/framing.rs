//! Finds where a request of HTTP/1 ends, beside the parser, which does not tell.
//!
//! Where this and the parser could be of two minds, nothing is known any more and no end is found: the parser refuses what
//! is framed in an odd way, and ends the connection.

use memchr::memchr;

use super::upgrade;

/// Bytes of a line that are kept: the names and values that say how long a body is are shorter.
const KEPT: usize = 64;

/// Where in a request the bytes have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before its first byte.
    Start,
    /// In the request line.
    RequestLine,
    /// In a line of the header.
    Field,
    /// In a body with that many bytes left.
    Body(u64),
    /// In a line that tells the size of a chunk.
    Size,
    /// In a chunk with that many bytes left, those of its line break included.
    Chunk(u64),
    /// In a line behind the last chunk.
    Trailer,
    /// Behind its last byte.
    End,
    /// Nobody knows.
    Unknown,
}

/// Follows one request.
#[derive(Debug)]
pub(super) struct Framing {
    at: At,
    /// The beginning of the line of now, where it did not come at once.
    line: Vec<u8>,
    line_bytes: usize,
    length: Option<u64>,
    chunked: bool,
    /// The method is HEAD.
    head: bool,
}

impl Framing {
    /// Before a request.
    pub(super) fn new() -> Framing {
        Framing { at: At::Start, line: Vec::new(), line_bytes: 0, length: None, chunked: false, head: false }
    }

    /// Whether the whole request has come.
    pub(super) fn has_ended(&self) -> bool {
        self.at == At::End
    }

    /// Whether its head has not come whole.
    pub(super) fn is_in_head(&self) -> bool {
        matches!(self.at, At::Start | At::RequestLine | At::Field)
    }

    /// Whether nobody knows where it ends.
    pub(super) fn is_unknown(&self) -> bool {
        self.at == At::Unknown
    }

    /// Whether the method is HEAD, to which an answer has no body.
    pub(super) fn is_head(&self) -> bool {
        self.head
    }

    /// The same for the next one.
    pub(super) fn begin(&mut self) {
        self.line.clear();
        (self.at, self.line_bytes, self.length, self.chunked) = (At::Start, 0, None, false);
    }

    /// Follows bytes; returns how many of them belong to this request. Of those the parser is not to see what it would
    /// frame in another way, see `upgrade`.
    pub(super) fn follow(&mut self, came: &mut [u8]) -> usize {
        let mut all = 0;
        while all < came.len() {
            let rest = &mut came[all..];
            let taken = match self.at {
                At::End => break,
                At::Unknown => rest.len(),
                At::Start => self.start(rest),
                At::Body(left) => self.pass(rest, left, At::Body, At::End),
                At::Chunk(left) => self.pass(rest, left, At::Chunk, At::Size),
                At::RequestLine | At::Field | At::Size | At::Trailer => self.line(rest),
            };
            all += taken;
        }
        all
    }

    /// RFC 9112 §2.2: there may be empty lines before it.
    fn start(&mut self, rest: &[u8]) -> usize {
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if blank < rest.len() {
            self.at = At::RequestLine;
        }
        blank
    }

    fn pass(&mut self, rest: &[u8], left: u64, on: fn(u64) -> At, then: At) -> usize {
        let taken = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - taken as u64;
        self.at = if left > 0 { on(left) } else { then };
        taken
    }

    fn line(&mut self, rest: &mut [u8]) -> usize {
        let end = memchr(b'\n', rest);
        let bytes = end.unwrap_or(rest.len());
        let part = &mut rest[..bytes];
        if self.at == At::Field {
            upgrade::overlook(&self.line, part);
        }
        let part = &*part;
        let begun = self.line_bytes > 0;
        if begun || end.is_none() {
            self.line.extend_from_slice(&part[..part.len().min(KEPT - self.line.len())]);
            self.line_bytes += part.len();
        }
        let Some(end) = end else { return rest.len() };
        let whole = self.line.len() == self.line_bytes;
        let line = if begun { &self.line } else { part };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.at = match self.at {
            At::RequestLine => {
                self.head = line.starts_with(b"HEAD ");
                At::Field
            }
            At::Field if line.is_empty() => body(self.length, self.chunked),
            At::Field => field(line, whole, &mut self.length, &mut self.chunked),
            // Of any length is what may stand behind the size.
            At::Size if whole || line.contains(&b';') => chunk(line),
            At::Trailer if line.is_empty() => At::End,
            At::Trailer => At::Trailer,
            _ => At::Unknown,
        };
        self.line.clear();
        self.line_bytes = 0;
        end + 1
    }
}

/// What comes behind the header.
fn body(length: Option<u64>, chunked: bool) -> At {
    match (length, chunked) {
        (None | Some(0), false) => At::End,
        (Some(bytes), false) => At::Body(bytes),
        (None, true) => At::Size,
        (Some(_), true) => At::Unknown,
    }
}

/// Takes a field's word for how long the body is.
fn field(line: &[u8], whole: bool, length: &mut Option<u64>, chunked: &mut bool) -> At {
    // Most are about something else.
    if !matches!(line.first(), Some(b'c' | b'C' | b't' | b'T' | b' ' | b'\t')) {
        return At::Field;
    }
    let end = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
    let (name, value) = (line[..end].trim_ascii(), line[end..].strip_prefix(b":").unwrap_or_default());
    let is_length = name.eq_ignore_ascii_case(b"content-length");
    if !is_length && !name.eq_ignore_ascii_case(b"transfer-encoding") {
        return At::Field;
    }
    // Said twice, or by both, is what nobody says who means well.
    let first = length.is_none() && !*chunked;
    let value = value.trim_ascii();
    if is_length {
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        *length = str::from_utf8(value).ok().filter(|_| digits).and_then(|digits| digits.parse().ok());
    } else {
        *chunked = value.eq_ignore_ascii_case(b"chunked");
    }
    let understood = length.is_some() || *chunked;
    if whole && first && understood && name.len() == end { At::Field } else { At::Unknown }
}

/// What comes behind the size of a chunk.
fn chunk(line: &[u8]) -> At {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let sized = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    match sized.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        Some(0) => At::Trailer,
        Some(bytes) => At::Chunk(bytes.saturating_add(2)),
        None => At::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each request ends in bytes that come in pieces of that size; none where that is not known.
    fn ends(bytes: &str, step: usize) -> Option<Vec<usize>> {
        let (mut framing, mut ends, mut at) = (Framing::new(), Vec::new(), 0);
        for piece in bytes.to_owned().into_bytes().chunks_mut(step) {
            let mut piece = piece;
            while !piece.is_empty() {
                let taken = framing.follow(piece);
                at += taken;
                piece = &mut piece[taken..];
                if framing.has_ended() {
                    ends.push(at);
                    framing.begin();
                }
            }
        }
        (framing.at != At::Unknown).then_some(ends)
    }

    #[test]
    fn requests_end_where_they_say_however_they_are_cut() {
        let requests = [
            "GET /a HTTP/1.1\r\nhost: x\r\n\r\n",
            "\r\n\nHEAD /a HTTP/1.0\n\n",
            "PUT /a HTTP/1.1\r\nContent-Length: 4\r\nhost: x\r\n\r\n\r\n\r\n",
            "PUT /a HTTP/1.1\r\ncontent-length:0\r\n\r\n",
            "PUT /a HTTP/1.1\r\nTRANSFER-ENCODING: Chunked\r\n\r\n3\r\nabc\r\nA;b=c\r\n0123456789\r\n0\r\nx: y\r\n\r\n",
        ];
        let (a, b) = ("a".repeat(300), "b".repeat(300));
        let long = format!("GET /{a} HTTP/1.1\r\nx-long: {b}\r\n\r\n");
        let chunked =
            format!("PUT /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;a={a}\r\nx\r\n0;{b}\r\n\r\n");
        let all: Vec<&str> = requests.into_iter().chain([long.as_str(), &chunked]).collect();
        let mut at = 0;
        let expected: Vec<usize> = all.iter().map(|request| (at += request.len(), at).1).collect();
        for step in (1..40).chain([1000]) {
            assert_eq!(ends(&all.concat(), step).as_ref(), Some(&expected), "{step}");
        }
    }

    #[test]
    fn of_what_is_framed_in_an_odd_way_no_end_is_known() {
        for fields in [
            "content-length: 1\r\ncontent-length: 1",
            "content-length: 1\r\ntransfer-encoding: chunked",
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
            "transfer-encoding: gzip, chunked",
            "transfer-encoding:",
            "content-length: +1",
            "content-length: 1, 1",
            "content-length:",
            "content-length : 1",
            " content-length: 1",
            "content-length: 99999999999999999999999",
        ] {
            let request = format!("PUT /a HTTP/1.1\r\n{fields}\r\n\r\n1\r\n\r\n");
            assert_eq!(ends(&request, 1000), None, "{fields}");
        }
        for body in ["x\r\n", "\r\n", "-1\r\n", "11111111111111111\r\n"] {
            let request = format!("PUT /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{body}");
            assert_eq!(ends(&request, 1000), None, "{body}");
        }
    }
}
