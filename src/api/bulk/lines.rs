//! Cuts a stream of chunks into lines, each bounded.

use bytes::{Bytes, BytesMut};

use crate::domain::limits;

/// A line without its end, or the fact that there was one that was too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The text, without `\n` or `\r\n`.
    Text(Bytes),
    /// A line of that many bytes, which nobody kept.
    TooLong(usize),
}

/// What is known of a stream of lines.
#[derive(Default)]
pub(super) struct Lines {
    rest: BytesMut,
    /// Bytes of it in which there is no end of a line: looking again at each chunk would take the square of them.
    searched: usize,
    /// Bytes of an over-long line that have gone by.
    skipped: usize,
}

impl Lines {
    /// Takes a chunk; the lines that it completes come from `next_line`.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
    }

    /// The next complete line.
    pub(super) fn next_line(&mut self) -> Option<Line> {
        match self.rest[self.searched..].iter().position(|byte| *byte == b'\n') {
            Some(behind) => {
                let end = self.searched + behind;
                self.searched = 0;
                let line = self.rest.split_to(end + 1).freeze();
                Some(self.complete(&line.slice(..end)))
            }
            None => {
                if self.rest.len() > limits::ITEM_BODY_BYTES + 1 {
                    self.skipped += self.rest.len();
                    self.rest.clear();
                }
                self.searched = self.rest.len();
                None
            }
        }
    }

    /// What stands behind the last line end.
    pub(super) fn last_line(&mut self) -> Option<Line> {
        if self.rest.is_empty() && self.skipped == 0 {
            return None;
        }
        self.searched = 0;
        let line = self.rest.split().freeze();
        Some(self.complete(&line))
    }

    fn complete(&mut self, line: &Bytes) -> Line {
        let line = line.slice(..line.strip_suffix(b"\r").map_or(line.len(), <[u8]>::len));
        let length = self.skipped + line.len();
        let too_long = self.skipped > 0 || length > limits::ITEM_BODY_BYTES;
        self.skipped = 0;
        if too_long {
            return Line::TooLong(length);
        }
        Line::Text(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Line> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for chunk in chunks {
            lines.push(chunk);
            found.extend(std::iter::from_fn(|| lines.next_line()));
        }
        found.extend(lines.last_line());
        found
    }

    fn text(text: &'static str) -> Line {
        Line::Text(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn lines_do_not_depend_on_chunks() {
        let whole = b"a\r\n\n{\"b\": 1}\nlast";
        let expected = || vec![text("a"), text(""), text("{\"b\": 1}"), text("last")];
        assert_eq!(lines(&[whole]), expected());
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(lines(&single), expected());
    }

    #[test]
    fn the_end_of_a_line_does_not_count_for_its_length() {
        let longest = vec![b'x'; limits::ITEM_BODY_BYTES];
        for end in [&b""[..], b"\n", b"\r\n"] {
            assert_eq!(lines(&[&longest, end]), [Line::Text(Bytes::from(longest.clone()))]);
            assert_eq!(lines(&[&longest, b"x", end]), [Line::TooLong(longest.len() + 1)]);
        }
    }

    #[test]
    fn a_line_of_single_bytes_is_searched_once() {
        // What takes the square of this takes minutes.
        let whole = vec![b'x'; limits::ITEM_BODY_BYTES];
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(lines(&single), [Line::Text(Bytes::from(whole.clone()))]);
    }

    #[test]
    fn a_long_line_is_passed_over_and_the_next_is_read() {
        let long = vec![b'x'; limits::ITEM_BODY_BYTES + 10];
        let exact = vec![b'y'; limits::ITEM_BODY_BYTES];
        let found = lines(&[&long[..1000], &long[1000..], b"\n", &exact, b"\nb\n"]);
        assert_eq!(found[0], Line::TooLong(long.len()));
        assert_eq!(found[1], Line::Text(Bytes::from(exact)));
        assert_eq!(found[2], text("b"));
    }
}
