//! `app export`: a collection as NDJSON lines, through the API.
//!
//! Whatever breaks the stream, what was written so far ends with a whole line, and the export goes on from the key
//! of that line: by itself within a run, and with `--resume` in a later one.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use reqwest::Method;
use serde::Deserialize;

use crate::domain::{CollectionName, limits};

use super::client::{self, Client, Connection, accepted};
use super::failure::Failure;
use super::patience::{Patience, Trouble};
use super::progress::Progress;

/// After this long without a byte the stream counts as broken.
const SILENCE: Duration = Duration::from_secs(60);
/// No line is longer: a document, its key with every byte escaped, and what stands around them.
const LINE_BYTES: usize = limits::DOCUMENT_BYTES + 8 * limits::KEY_BYTES;

/// What to export, and where to.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The collection.
    #[arg(long, value_name = "NAME", value_parser = collection)]
    collection: CollectionName,
    /// The file to write; `-` is standard output.
    #[arg(long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Only keys that begin so.
    #[arg(long)]
    prefix: Option<String>,
    /// Only keys from this one on.
    #[arg(long)]
    start: Option<String>,
    /// Only keys before this one.
    #[arg(long)]
    end: Option<String>,
    /// Reads eventually: at half the price, maybe a little behind.
    #[arg(long)]
    eventual: bool,
    /// Goes on behind the last whole line of the output file.
    #[arg(long)]
    resume: bool,
    /// How many troubles in a row to bear before giving up.
    #[arg(long, value_name = "N", default_value_t = 8)]
    retries: u32,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
}

/// Reads the name of a collection.
pub(super) fn collection(text: &str) -> Result<CollectionName, String> {
    CollectionName::parse(text).map_err(|error| error.detail().to_owned())
}

/// Exports a collection.
///
/// # Errors
/// What stopped it; the output then ends with a whole line.
pub async fn run(options: Options) -> Result<(), Failure> {
    let client = Client::new(&options.connection, SILENCE)?;
    let mut output = Output::open(&options)?;
    let mut progress = Progress::new("exported", None, options.quiet);
    progress.resume(0, output.bytes);
    let mut patience = Patience::new(options.retries);
    loop {
        let before = output.bytes;
        match stream(&client, &options, &mut output, &mut progress).await {
            Ok(()) => break,
            Err(trouble) => {
                if output.bytes > before {
                    patience.restore();
                }
                patience.bear(trouble, &progress).await?;
            }
        }
    }
    output.finish()?;
    progress.finish();
    Ok(())
}

/// Exports from where the output ends, until the end or the first trouble.
async fn stream(
    client: &Client,
    options: &Options,
    output: &mut Output,
    progress: &mut Progress,
) -> Result<(), Trouble> {
    output.begin_stream();
    let request = client.request(Method::GET, &target(options, output.last_key()?.as_deref()));
    let response = request.send().await.map_err(|error| client.unanswered(&error))?;
    let mut response = accepted(response).await?;
    while let Some(chunk) = response.chunk().await.map_err(|error| client.unanswered(&error))? {
        let (lines, bytes) = output.take(&chunk)?;
        progress.advance(lines, bytes);
    }
    if output.pending.is_empty() {
        return Ok(());
    }
    Err(Failure::new("the export ended within a line; is something between here and the server cutting it?")
        .into())
}

fn target(options: &Options, last_key: Option<&str>) -> String {
    let start = last_key.or(options.start.as_deref());
    let eventual = options.eventual.then_some("eventual");
    let parameters = [
        ("prefix", options.prefix.as_deref()),
        ("start", start),
        ("end", options.end.as_deref()),
        ("consistency", eventual),
    ];
    let said =
        parameters.iter().filter_map(|(name, value)| Some(format!("{name}={}", client::encode((*value)?))));
    let query = said.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/v1/collections/{}/export{mark}{query}", options.collection)
}

/// Where the lines go: only whole ones, and each once.
struct Output {
    to: Box<dyn Write>,
    /// The same, where it can be made to last.
    file: Option<File>,
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
    fn open(options: &Options) -> Result<Self, Failure> {
        let path = &options.output;
        if path.as_os_str() == "-" {
            if options.resume {
                return Err(Failure::new("--resume needs an output file to go on with; say --output"));
            }
            return Ok(Output::to(Box::new(std::io::stdout()), None, "standard output"));
        }
        let name = path.display().to_string();
        let fault = |error: std::io::Error| Failure::because(format!("cannot write {name}"), &error);
        let mut open = OpenOptions::new();
        open.read(true).write(true).create(true).truncate(false);
        let mut file = open.open(path).map_err(fault)?;
        let length = file.metadata().map_err(fault)?.len();
        if length > 0 && !options.resume {
            let advice = "--resume goes on where it ends; else remove it, or name another file";
            return Err(Failure::new(format!("{name} is not empty; {advice}")));
        }
        let tail = last_line(&mut file, length).map_err(fault)?;
        let Some((whole, last)) = tail else {
            return Err(Failure::new(format!("{name} was not written by an export; name another file")));
        };
        let to = Box::new(file.try_clone().map_err(fault)?);
        let output = Output { bytes: whole, last, ..Output::to(to, None, &name) };
        output.belongs(options)?;
        file.set_len(whole).map_err(fault)?;
        file.seek(SeekFrom::End(0)).map_err(fault)?;
        Ok(Output { file: Some(file), ..output })
    }

    fn to(to: Box<dyn Write>, file: Option<File>, name: &str) -> Self {
        let name = name.to_owned();
        Output { to, file, name, bytes: 0, last: Vec::new(), pending: Vec::new(), may_repeat: false }
    }

    /// Refuses to go on with a file that was exported from other keys.
    fn belongs(&self, options: &Options) -> Result<(), Failure> {
        let Some(key) = self.last_key()? else { return Ok(()) };
        let inside = key.starts_with(options.prefix.as_deref().unwrap_or_default())
            && options.start.as_deref().is_none_or(|start| *key >= *start)
            && options.end.as_deref().is_none_or(|end| *key < *end);
        if inside {
            return Ok(());
        }
        let name = &self.name;
        Err(Failure::new(format!("the last key in {name}, {key:?}, is not among those asked for")))
    }

    fn begin_stream(&mut self) {
        self.pending.clear();
        self.may_repeat = !self.last.is_empty();
    }

    fn last_key(&self) -> Result<Option<String>, Failure> {
        if self.last.is_empty() {
            return Ok(None);
        }
        let unreadable =
            |error: serde_json::Error| Failure::because("a line of the export has no key", &error);
        key_of(&self.last).map(Some).map_err(unreadable)
    }

    /// Writes the whole lines of what came, and says how many they are, with their bytes.
    fn take(&mut self, chunk: &[u8]) -> Result<(u64, u64), Failure> {
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
        self.to
            .write_all(new)
            .map_err(|error| Failure::because(format!("cannot write {}", self.name), &error))?;
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

    fn finish(mut self) -> Result<(), Failure> {
        let fault = |error: std::io::Error| Failure::because(format!("cannot write {}", self.name), &error);
        self.to.flush().map_err(fault)?;
        self.file.map_or(Ok(()), |file| file.sync_all()).map_err(fault)
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
