//! The output of an export: only whole lines, each once, and gone on with only by an export of the same.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::Deserialize;

use crate::commands::Failure;
use crate::commands::{place, progress_file};
use crate::domain::limits;

use super::Asked;
use super::kept::Kept;

/// No line is longer: a document, its key with every byte escaped, and what stands around them.
const LINE_BYTES: usize = limits::DOCUMENT_BYTES + 8 * limits::KEY_BYTES;

/// Where the lines go: only whole ones, and each once.
pub(super) struct Output {
    to: Box<dyn Write>,
    /// The same, where it is a file.
    kept: Option<Kept>,
    name: String,
    /// Bytes of whole lines that were written.
    bytes: u64,
    /// The last line that was written.
    last: Vec<u8>,
    /// The beginning of a line whose end has not come.
    pending: Vec<u8>,
    /// Whether the next line may be the last one again, because the stream began at its key.
    may_repeat: bool,
}

impl Output {
    /// Opens what `path` names. A file that holds something is gone on with only where that is wanted, and where
    /// an export of what is asked for has written it.
    pub(super) fn open(path: &Path, asked: &Asked, resume: bool) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            if resume {
                return Err(Failure::usage("--resume needs an output file to go on with; say --output"));
            }
            return Ok(Output::to(Box::new(std::io::stdout()), "to standard output"));
        }
        let name = path.display().to_string();
        let fault = |error: std::io::Error| Failure::because(format!("cannot write {name}"), &error);
        let mut kept = Kept::open(place::file_at(path)?).map_err(fault)?;
        let length = kept.file.metadata().map_err(fault)?.len();
        if length > 0 && !resume {
            let advice = "--resume goes on where it ends; else remove it, or name another file";
            return Err(Failure::new(format!("{name} is not empty; {advice}")));
        }
        if length > 0 {
            known_again(&name, &kept.progress, asked)?;
        } else {
            progress_file::write(&kept.progress, asked)?;
        }
        let tail = last_line(&mut kept.file, length).map_err(fault)?;
        let Some((whole, last)) = tail else {
            return Err(Failure::new(format!("{name} was not written by an export; name another file")));
        };
        kept.file.set_len(whole).map_err(fault)?;
        kept.file.seek(SeekFrom::End(0)).map_err(fault)?;
        let to = Box::new(kept.file.try_clone().map_err(fault)?);
        Ok(Output { bytes: whole, last, kept: Some(kept), ..Output::to(to, &name) })
    }

    fn to(to: Box<dyn Write>, name: &str) -> Self {
        let name = name.to_owned();
        Output { to, kept: None, name, bytes: 0, last: Vec::new(), pending: Vec::new(), may_repeat: false }
    }

    /// Bytes of whole lines that were written.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether nothing came behind the last whole line.
    pub(super) fn ends_a_line(&self) -> bool {
        self.pending.is_empty()
    }

    /// A stream begins at the key of the last line.
    pub(super) fn begin_stream(&mut self) {
        self.pending.clear();
        self.may_repeat = !self.last.is_empty();
    }

    /// The key of the last line that was written, if there is one.
    pub(super) fn last_key(&self) -> Result<Option<String>, Failure> {
        if self.last.is_empty() {
            return Ok(None);
        }
        let unreadable =
            |error: serde_json::Error| Failure::because("a line of the export has no key", &error);
        key_of(&self.last).map(Some).map_err(unreadable)
    }

    /// Writes the whole lines of what came, and says how many they are, with their bytes.
    pub(super) fn take(&mut self, chunk: &[u8]) -> Result<(u64, u64), Failure> {
        let Some(end) = chunk.iter().rposition(|byte| *byte == b'\n') else {
            self.pending.extend_from_slice(chunk);
            return self.bounded().map(|()| (0, 0));
        };
        let mut lines = std::mem::take(&mut self.pending);
        lines.extend_from_slice(&chunk[..=end]);
        self.pending.extend_from_slice(&chunk[end + 1..]);
        let new = if std::mem::take(&mut self.may_repeat) { self.without_repeated(&lines)? } else { 0 };
        let new = &lines[new..];
        if let Some(line) = new.strip_suffix(b"\n").and_then(|rest| rest.rsplit(|byte| *byte == b'\n').next())
        {
            self.last = line.to_vec();
        }
        if let Err(error) = self.to.write_all(new) {
            if let Some(kept) = &self.kept {
                kept.cut(self.bytes, new);
            }
            return Err(Failure::because(format!("cannot write {}", self.name), &error));
        }
        self.bytes += new.len() as u64;
        Ok((new.iter().filter(|byte| **byte == b'\n').count() as u64, new.len() as u64))
    }

    /// Where the new lines begin among lines of which the first may be the last one once more.
    fn without_repeated(&self, lines: &[u8]) -> Result<usize, Failure> {
        let end = lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |end| end + 1);
        let first = key_of(&lines[..end])
            .map_err(|error| Failure::because("a line of the export has no key", &error))?;
        Ok(if Some(first) == self.last_key()? { end } else { 0 })
    }

    fn bounded(&self) -> Result<(), Failure> {
        if self.pending.len() <= LINE_BYTES {
            return Ok(());
        }
        Err(Failure::new("the answer has a line that is longer than any item; is this a larder?"))
    }

    /// Everything was written: makes it last.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let fault = |error: std::io::Error| Failure::because(format!("cannot write {}", self.name), &error);
        self.to.flush().map_err(fault)?;
        let Some(kept) = &mut self.kept else { return Ok(()) };
        kept.file.sync_all().map_err(fault)?;
        kept.is_whole = true;
        progress_file::remove(&kept.progress)
    }
}

/// Refuses to go on with a file that no export of what is asked for has begun.
fn known_again(name: &str, progress: &Path, asked: &Asked) -> Result<(), Failure> {
    let file = progress.display();
    match progress_file::read::<Asked>(progress)? {
        Some(before) if before == *asked => Ok(()),
        Some(before) => {
            let advice =
                "say the same --url, --collection, --prefix, --start and --end, or name another file";
            Err(Failure::new(format!("{file} is of another export: of {before}; {advice}")))
        }
        None => {
            let why = format!("there is no {file}; name another file");
            Err(Failure::new(format!("{name} was not written by an export that stopped, since {why}")))
        }
    }
}

fn key_of(line: &[u8]) -> Result<String, serde_json::Error> {
    #[derive(Deserialize)]
    struct Line {
        key: String,
    }
    serde_json::from_slice::<Line>(line).map(|line| line.key)
}

/// Where the last whole line of a file ends, and its text; none where the file has no lines of an export.
fn last_line(file: &mut File, length: u64) -> std::io::Result<Option<(u64, Vec<u8>)>> {
    // What was cut may be nearly a line, and the line before it a whole one.
    let window = length.min(2 * LINE_BYTES as u64);
    file.seek(SeekFrom::Start(length - window))?;
    let mut tail = Vec::new();
    file.take(window).read_to_end(&mut tail)?;
    let Some(end) = tail.iter().rposition(|byte| *byte == b'\n') else {
        let cut = length == window && (tail.is_empty() || tail.starts_with(b"{"));
        return Ok(cut.then(|| (0, Vec::new())));
    };
    let begin = tail[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = tail[begin..end].to_vec();
    Ok(key_of(&line).is_ok().then(|| (length - window + end as u64 + 1, line)))
}
