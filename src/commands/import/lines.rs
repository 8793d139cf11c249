//! Cuts an input into chunks of whole lines that fit into a request.

use std::io::{BufRead, Read};

use bytes::Bytes;
use xxhash_rust::xxh3::Xxh3;

use crate::domain::limits;

/// A request holds no more than this, so that little is lost when one breaks.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// And no more lines than this, so that its answer does not take long.
const CHUNK_LINES: u64 = 5000;

/// Lines that go out together.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// The number of its first line, from 1.
    pub first: u64,
    /// How many lines of the input it covers, those that are not sent too.
    pub lines: u64,
    /// How many bytes of the input it covers.
    pub bytes: u64,
    /// What is sent.
    pub text: Bytes,
    /// Lines that no server would take, so that they are not sent: their numbers, and why.
    pub refused: Vec<(u64, String)>,
}

impl Chunk {
    /// The number in the input of a line that the server counts from 1 within the chunk.
    pub(super) fn number_of(&self, line: u64) -> u64 {
        let mut number = self.first + line.saturating_sub(1);
        for (refused, _) in &self.refused {
            if *refused <= number {
                number += 1;
            }
        }
        number
    }
}

/// The lines of an input.
pub(super) struct Lines {
    input: Box<dyn BufRead>,
    done: u64,
    /// Of every byte that is done.
    hash: Xxh3,
    /// A line that did not fit into the chunk before.
    ahead: Option<Vec<u8>>,
}

impl Lines {
    /// The lines of an input from its beginning.
    pub(super) fn new(input: Box<dyn BufRead>) -> Self {
        Lines { input, done: 0, hash: Xxh3::new(), ahead: None }
    }

    /// Passes over so many lines at the beginning, which are so many bytes; says how many bytes there were.
    pub(super) fn skip(&mut self, lines: u64, bytes: u64) -> std::io::Result<u64> {
        let mut passed = 0;
        while passed < bytes {
            let buffer = self.input.fill_buf()?;
            let length = buffer.len().min(usize::try_from(bytes - passed).unwrap_or(usize::MAX));
            if length == 0 {
                break;
            }
            self.hash.update(&buffer[..length]);
            self.input.consume(length);
            passed += length as u64;
        }
        self.done = lines;
        Ok(passed)
    }

    /// A hash of all bytes of the input that are done, by which they are known again.
    pub(super) fn digest(&self) -> String {
        format!("{:032x}", self.hash.digest128())
    }

    /// The next lines; none at the end.
    pub(super) fn next_chunk(&mut self) -> std::io::Result<Option<Chunk>> {
        let mut chunk = Chunk { first: self.done + 1, ..Chunk::default() };
        let mut text = Vec::new();
        while chunk.lines < CHUNK_LINES {
            let Some(line) = self.next_line()? else { break };
            if !text.is_empty() && text.len() + line.len() > CHUNK_BYTES {
                self.ahead = Some(line);
                break;
            }
            chunk.lines += 1;
            chunk.bytes += line.len() as u64;
            self.hash.update(&line);
            if content(&line) > limits::ITEM_BODY_BYTES {
                chunk.bytes += self.pass_over(&line)?;
                let limit = limits::ITEM_BODY_BYTES;
                chunk
                    .refused
                    .push((self.done + chunk.lines, format!("too-large: the limit is {limit} bytes a line")));
                continue;
            }
            text.extend_from_slice(&line);
        }
        self.done += chunk.lines;
        chunk.text = text.into();
        Ok((chunk.lines > 0).then_some(chunk))
    }

    /// The next line with its end, but no more of it than tells that it is too long.
    fn next_line(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        let most = limits::ITEM_BODY_BYTES as u64 + 2;
        (&mut self.input).take(most).read_until(b'\n', &mut line)?;
        Ok((!line.is_empty()).then_some(line))
    }

    /// Reads what is left of a line that is too long, and says how much that was.
    fn pass_over(&mut self, line: &[u8]) -> std::io::Result<u64> {
        let mut passed = 0;
        let mut ended = line.ends_with(b"\n");
        while !ended {
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(buffer.len(), |end| end + 1);
            ended = end.is_some() || length == 0;
            passed += length as u64;
            self.hash.update(&buffer[..length]);
            self.input.consume(length);
        }
        Ok(passed)
    }
}

/// The length of a line without its end.
fn content(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(text: &[u8]) -> Vec<Chunk> {
        let mut lines = Lines::new(Box::new(std::io::Cursor::new(text.to_vec())));
        std::iter::from_fn(|| lines.next_chunk().unwrap()).collect()
    }

    #[test]
    fn chunks_are_whole_lines_and_cover_the_input() {
        let long = "x".repeat(limits::ITEM_BODY_BYTES);
        let text = format!("a\n\n{long}\n{long}\r\n{long}\n{long}\n{long}\nno end");
        let chunks = chunks(text.as_bytes());
        assert_eq!(chunks.iter().map(|chunk| chunk.bytes).sum::<u64>(), text.len() as u64);
        assert_eq!(chunks.iter().map(|chunk| chunk.lines).sum::<u64>(), 8);
        assert!(chunks.len() > 1);
        assert!(chunks.iter().all(|chunk| chunk.text.len() <= CHUNK_BYTES && chunk.refused.is_empty()));
        let sent: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.text.to_vec()).collect();
        assert_eq!(sent, text.as_bytes());
        for pair in chunks.windows(2) {
            assert!(pair[0].text.ends_with(b"\n"));
            assert_eq!(pair[0].first + pair[0].lines, pair[1].first);
        }
    }

    #[test]
    fn many_short_lines_are_several_chunks() {
        let chunks = chunks(&b"1\n".repeat(CHUNK_LINES as usize + 1));
        assert_eq!(chunks.iter().map(|chunk| chunk.lines).collect::<Vec<_>>(), [CHUNK_LINES, 1]);
    }

    #[test]
    fn a_line_that_is_too_long_is_not_sent_and_the_others_keep_their_numbers() {
        let endless = "x".repeat(3 * limits::ITEM_BODY_BYTES);
        let text = format!("a\n{endless}\nb\n{endless}\nc\n{endless}");
        let chunks = chunks(text.as_bytes());
        let [chunk] = &chunks[..] else { panic!("one chunk") };
        assert_eq!((&chunk.text[..], chunk.lines, chunk.bytes), (&b"a\nb\nc\n"[..], 6, text.len() as u64));
        assert_eq!(chunk.refused.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4, 6]);
        assert_eq!([1, 2, 3].map(|line| chunk.number_of(line)), [1, 3, 5]);
    }
}
