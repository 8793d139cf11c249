//! Reads the request line in the bytes of an HTTP/1 connection beside the parser, which cuts off what follows a `#`, and
//! gives up a target without telling it.
//!
//! What comes first, or first behind an answer, is taken for a request line: `turns` lets none through before.

use crate::domain::limits::TARGET_BYTES;

use crate::http::problem::under_v1;

/// Bytes that are kept: of whatever is longer, the target is too long.
const KEPT: usize = TARGET_BYTES + 64;

/// Bytes of the longest version, with the space before it and what may be of the end of the line.
const VERSION: usize = b" HTTP/1.1\r".len();

/// A part of a target that holds a byte which must be percent-encoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unencoded {
    /// The path.
    Path,
    /// The value of the parameter with this name, or the name itself, up to there.
    Parameter(String),
}

/// A request line, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct RequestLine {
    /// Its beginning.
    kept: Vec<u8>,
    /// Its end.
    last: Vec<u8>,
    bytes: usize,
    /// Of these, those of the version and of what is before it, where it ends as a request line does.
    version: Option<usize>,
    whole: bool,
}

impl RequestLine {
    /// Follows what came. A line whose target has a `#` is spoiled, so that the parser refuses it.
    ///
    /// Only the end of a line is, and only of one that no JSON can have: within a text its break is escaped, and outside
    /// of one there are no such words. So even where a body were mistaken for a head, no document is changed.
    pub(super) fn follow(&mut self, came: &mut [u8]) {
        if self.whole {
            return;
        }
        // RFC 9112 §2.2: there may be empty lines before it.
        let blank = |bytes: &&u8| matches!(bytes, b'\r' | b'\n');
        let begins = if self.bytes == 0 { came.iter().take_while(blank).count() } else { 0 };
        let came = &mut came[begins..];
        let end = came.iter().position(|byte| *byte == b'\n');
        let part = &came[..end.unwrap_or(came.len())];
        self.kept.extend_from_slice(&part[..part.len().min(KEPT - self.kept.len())]);
        self.last.extend_from_slice(&part[part.len().saturating_sub(VERSION)..]);
        self.last.drain(..self.last.len().saturating_sub(VERSION));
        self.bytes += part.len();
        let Some(end) = end else { return };
        self.whole = true;
        self.version = version(&self.last);
        if self.has_fragment() {
            came[end] = 0;
        }
    }

    /// Nothing is known, and what comes next is another one.
    pub(super) fn forget(&mut self) {
        self.kept.clear();
        self.last.clear();
        (self.bytes, self.version, self.whole) = (0, None, false);
    }

    /// Whether it is one that would be understood if nothing in its target began with `#`.
    pub(super) fn has_fragment(&self) -> bool {
        self.version.is_some() && self.target().is_some_and(|(target, _)| target.contains(&b'#'))
    }

    /// Where something in the target is not percent-encoded that the parser takes only so; in a line that would be understood
    /// without that.
    pub(super) fn not_encoded(&self) -> Option<Unencoded> {
        self.version?;
        let (target, _) = self.target()?;
        let bad =
            |byte: u8, also: u8| !byte.is_ascii() || matches!(byte, b'\x7f' | b'<' | b'>') || byte == also;
        let query = target.iter().position(|byte| *byte == b'?').unwrap_or(target.len());
        if target[..query].iter().any(|byte| bad(*byte, b'`')) {
            return Some(Unencoded::Path);
        }
        let before = &target[..query + target[query..].iter().position(|byte| bad(*byte, b'"'))?];
        let begins = before.iter().rposition(|byte| matches!(byte, b'?' | b'&')).map_or(0, |at| at + 1);
        let name = before[begins..].split(|byte| *byte == b'=').next().unwrap_or_default();
        Some(Unencoded::Parameter(String::from_utf8_lossy(name).into_owned()))
    }

    /// Whether the method is HEAD, to which an answer has no body.
    pub(super) fn is_head(&self) -> bool {
        self.kept.starts_with(b"HEAD ")
    }

    /// Bytes of the target, as far as it has come.
    pub(super) fn target_bytes(&self) -> usize {
        let before = self.target_begins();
        before.map_or(0, |before| self.bytes.saturating_sub(before + self.version.unwrap_or(0)))
    }

    /// The path as it was sent, without the query, if all of it is there.
    pub(super) fn path(&self) -> Option<&str> {
        let (path, whole) = self.path_and_whether_whole()?;
        whole.then_some(path)
    }

    /// Whether the path is within the API, as far as that is known.
    pub(super) fn is_under_v1(&self) -> bool {
        self.path_and_whether_whole().is_some_and(|(path, _)| under_v1(path))
    }

    fn path_and_whether_whole(&self) -> Option<(&str, bool)> {
        let (target, ended) = self.target()?;
        let target = str::from_utf8(target).ok()?;
        let end = target.find(['?', '#']);
        let path = &target[..end.unwrap_or(target.len())];
        let path = match path.split_once("://") {
            Some((_, rest)) => &rest[rest.find('/')?..],
            None => path,
        };
        path.starts_with('/').then_some((path, ended || end.is_some()))
    }

    /// What was kept of the target, and whether that is all of it.
    fn target(&self) -> Option<(&[u8], bool)> {
        let target = &self.kept[self.target_begins()?..];
        let end = target.iter().position(|byte| matches!(byte, b' ' | b'\r'));
        Some((&target[..end.unwrap_or(target.len())], end.is_some()))
    }

    fn target_begins(&self) -> Option<usize> {
        let space = self.kept.iter().position(|byte| *byte == b' ')?;
        let method = &self.kept[..space];
        (space > 0 && method.iter().all(u8::is_ascii_uppercase)).then_some(space + 1)
    }
}

/// Bytes of the version at the end of a line, with the space before it.
fn version(line: &[u8]) -> Option<usize> {
    let ends = [&b" HTTP/1.1\r"[..], b" HTTP/1.0\r", b" HTTP/1.1", b" HTTP/1.0"];
    ends.into_iter().find(|end| line.ends_with(end)).map(<[u8]>::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of these bytes, and what becomes of them, when they come in pieces of that size.
    fn read(bytes: &str, step: usize) -> (RequestLine, String) {
        let (mut line, mut bytes) = (RequestLine::default(), bytes.as_bytes().to_vec());
        bytes.chunks_mut(step).for_each(|piece| line.follow(piece));
        (line, String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_fragment_spoils_its_line_however_it_is_cut_and_nothing_else() {
        for step in 1..60 {
            let (line, spoiled) = read("PUT /a#b HTTP/1.1\r\nhost: x\r\n\r\n", step);
            assert_eq!(spoiled, "PUT /a#b HTTP/1.1\r\0host: x\r\n\r\n");
            assert_eq!((line.path(), line.target_bytes()), (Some("/a"), 4));
            for good in [
                "PUT /a%23b HTTP/1.1\r\nx-note: a#b\r\n\r\n",
                "{\"a\":\n\"PUT /a#b HTTP/1.1\"}\n",
                "PUT /a#b HTTP/1.1\"}\n",
                "a\",\"b#c\",\"HTTP/1.1\"\n",
                "# HTTP/1.1\r\n",
            ] {
                assert_eq!(read(good, step).1, good);
            }
        }
        let long = format!("GET /a#{} HTTP/1.1\r\n\r\n", "b".repeat(KEPT));
        for step in long.len() - 16..=long.len() {
            assert!(read(&long, step).1.contains('\0'), "{step}");
        }
    }

    #[test]
    fn the_path_is_told_where_it_is_known() {
        for (bytes, path, target) in [
            ("\r\n\nGET /a?b=/c HTTP/1.1\r\n", Some("/a"), 7),
            ("GET /a HTTP/1.0\n", Some("/a"), 2),
            ("GET /a?", Some("/a"), 3),
            ("GET http://h:80/a/b?c HTTP/1.1\r\n", Some("/a/b"), 17),
            ("GET /\u{e4} HTTP/1.1\r\n", Some("/\u{e4}"), 3),
            ("GET /a", None, 2),
            ("OPTIONS * HTTP/1.1\r\n", None, 1),
            ("nonsense\r\n", None, 0),
            ("\r\n", None, 0),
        ] {
            for step in [1, 7, 60] {
                let (line, _) = read(bytes, step);
                assert_eq!((line.path(), line.target_bytes()), (path, target), "{bytes}");
            }
        }
        let (mut line, _) = read("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n", 60);
        assert_eq!(line.path(), Some("/a"));
        line.forget();
        line.follow(&mut b"GET /c HTTP/1.1\r\n\r\n".to_owned());
        assert_eq!(line.path(), Some("/c"));
        line.forget();
        assert_eq!(line.path(), None);
    }
}
