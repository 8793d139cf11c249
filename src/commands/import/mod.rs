//! `app import`: NDJSON lines into a collection, through the API.
//!
//! Lines go out in bounded chunks, one request each and one after the other; after each, a small file says how far
//! it is, so that `--resume` goes on from there. A chunk whose answer never came, or in which a line was refused
//! for reasons that pass, is sent again: lines say what is to be there, so doing them twice is doing them once.

mod bookmark;
mod lines;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use crate::domain::{CollectionName, Kind};

use self::bookmark::{Bookmark, Place};
use self::lines::{Chunk, Lines};

use super::client::{Client, Connection, accepted};
use super::export::collection;
use super::failure::Failure;
use super::patience::{Patience, Trouble};
use super::progress::{Progress, Transfer};
use super::progress_file::{self, Subject};

/// The server answers a chunk when all of it is done.
const SILENCE: Duration = Duration::from_secs(120);

/// What to import, and where to.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The collection.
    #[arg(long, value_name = "NAME", value_parser = collection)]
    collection: CollectionName,
    /// The file to read; `-` is standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// Where to keep how far it is; beside the input file, with `.progress` behind its name, if not said.
    #[arg(long, value_name = "FILE")]
    progress_file: Option<PathBuf>,
    /// Goes on where the import of the same input stopped.
    #[arg(long)]
    resume: bool,
    /// How many troubles in a row to bear before giving up.
    #[arg(long, value_name = "N", default_value_t = 8)]
    retries: u32,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
}

impl Options {
    fn reads_stdin(&self) -> bool {
        self.input.as_os_str() == "-"
    }

    fn progress_file(&self) -> Option<PathBuf> {
        let beside = || (!self.reads_stdin()).then(|| progress_file::beside(&self.input));
        self.progress_file.clone().or_else(beside)
    }
}

/// Imports lines; refused ones are told on standard error with their number.
///
/// # Errors
/// What stopped it, or how many lines were refused.
pub async fn run(options: Options) -> Result<(), Failure> {
    if options.progress_file.as_ref() == Some(&options.input) && !options.reads_stdin() {
        // The first chunk that is done would replace it.
        return Err(Failure::usage("the file that --progress-file names is the input; name another"));
    }
    let client = Client::new(&options.connection, SILENCE)?;
    let (input, total) = open(&options)?;
    let subject =
        Subject { url: client.base().to_owned(), collection: options.collection.as_str().to_owned() };
    let mut bookmark = Bookmark::open(options.progress_file(), subject, options.resume)?;
    let mut progress = Progress::new(Transfer::Import, total, options.quiet);
    let mut lines = skip(input, &bookmark.place)?;
    progress.resume(Some(bookmark.place.written), bookmark.place.offset);
    while let Some(chunk) = lines.next_chunk().map_err(|error| unreadable(&options.input, &error))? {
        let done = send(&client, &options, &chunk, &progress).await?;
        done.tell(&chunk, &progress);
        let refused = chunk.refused.len() as u64;
        for (line, detail) in &chunk.refused {
            progress.note(&format!("line {line}: {detail}"));
        }
        bookmark.place.offset += chunk.bytes;
        bookmark.place.digest = lines.digest();
        bookmark.place.lines += chunk.lines;
        bookmark.place.written += done.written;
        bookmark.place.failed += done.failed + refused;
        bookmark.keep()?;
        progress.advance(done.written, chunk.bytes);
    }
    let refused = refusal(&bookmark.place);
    bookmark.remove()?;
    progress.finish();
    refused.map_or(Ok(()), Err)
}

/// How many lines were refused, if any were. Of the others some may be empty, or items that have ended.
fn refusal(place: &Place) -> Option<Failure> {
    let Place { failed, lines, written, .. } = *place;
    let were = if failed == 1 { "was" } else { "were" };
    let are = if written == 1 { "is" } else { "are" };
    let sentence = match (failed, lines, written) {
        (0, ..) => return None,
        (1, 1, _) => "the only line was refused; nothing is written".to_owned(),
        (_, _, 0) if failed == lines => format!("all {lines} lines were refused; nothing is written"),
        (_, _, 0) => format!("{failed} of {lines} lines {were} refused; nothing is written"),
        _ => format!("{failed} of {lines} lines {were} refused; {written} {are} written"),
    };
    Some(Failure::new(sentence))
}

fn open(options: &Options) -> Result<(Box<dyn BufRead>, Option<u64>), Failure> {
    if options.reads_stdin() {
        return Ok((Box::new(std::io::stdin().lock()), None));
    }
    let fault = |error| unreadable(&options.input, &error);
    let file = File::open(&options.input).map_err(fault)?;
    let total = file.metadata().map_err(fault)?;
    Ok((Box::new(BufReader::with_capacity(1 << 20, file)), total.is_file().then_some(total.len())))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::because(format!("cannot read {}", path.display()), error)
}

/// Passes over what is done, which must be what was done then.
fn skip(input: Box<dyn BufRead>, place: &Place) -> Result<Lines, Failure> {
    let mut lines = Lines::new(input);
    let passed = lines.skip(place.lines, place.offset);
    let bytes = passed.map_err(|error| Failure::because("cannot read the input", &error))?;
    let offset = place.offset;
    let other = if bytes < offset {
        format!("the input has {bytes} bytes, but {offset} of it are done")
    } else if offset > 0 && lines.digest() != place.digest {
        format!("the first {offset} bytes of the input are not those that are done")
    } else {
        return Ok(lines);
    };
    Err(Failure::new(format!("{other}; is it the same input?")))
}

/// What the server says of a chunk.
#[derive(Debug, Default, Deserialize)]
struct Done {
    written: u64,
    failed: u64,
    #[serde(default)]
    expired: u64,
    errors: Vec<Refused>,
    /// Whether an attempt before may have done some of it.
    #[serde(skip)]
    repeated: bool,
}

#[derive(Debug, Deserialize)]
struct Refused {
    line: u64,
    r#type: String,
    detail: String,
}

impl Refused {
    fn kind(&self) -> &str {
        self.r#type.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it says more about the moment than about the line.
    fn may_pass(&self) -> bool {
        use Kind::{
            Conflict, DeadlineExceeded, OutcomeUnknown, Overloaded, RateLimited, StoreUnavailable, Throttled,
        };
        let passing = [
            Conflict,
            DeadlineExceeded,
            OutcomeUnknown,
            Overloaded,
            RateLimited,
            StoreUnavailable,
            Throttled,
        ];
        Kind::from_name(self.kind()).is_some_and(|kind| passing.contains(&kind))
    }
}

impl Done {
    /// Tells which lines were refused, by their numbers in the input.
    fn tell(&self, chunk: &Chunk, progress: &Progress) {
        for refused in &self.errors {
            let (number, kind, detail) = (chunk.number_of(refused.line), refused.kind(), &refused.detail);
            let twice = self.repeated && kind == "precondition-failed";
            let doubt =
                if twice { "; it was sent twice, and may have been written the first time" } else { "" };
            progress.note(&format!("line {number}: {kind}: {detail}{doubt}"));
        }
        let untold = self.failed.saturating_sub(self.errors.len() as u64);
        let (first, last) = (chunk.first, chunk.first + chunk.lines - 1);
        if self.expired > 0 {
            progress.note(&format!(
                "{} of the lines {first} to {last} have ended, and are left out",
                self.expired
            ));
        }
        if untold > 0 {
            progress.note(&format!("and {untold} more of the lines {first} to {last}"));
        }
    }
}

async fn send(
    client: &Client,
    options: &Options,
    chunk: &Chunk,
    progress: &Progress,
) -> Result<Done, Failure> {
    let mut patience = Patience::new(options.retries);
    let mut repeated = false;
    while !chunk.text.is_empty() {
        match post(client, options, chunk).await {
            Ok(done) => return Ok(Done { repeated, ..done }),
            Err(trouble) => patience.bear(trouble, progress).await?,
        }
        repeated = true;
    }
    Ok(Done::default())
}

async fn post(client: &Client, options: &Options, chunk: &Chunk) -> Result<Done, Trouble> {
    let target = format!("/v1/collections/{}/import", options.collection);
    let request = client.request(Method::POST, &target).header(CONTENT_TYPE, "application/x-ndjson");
    let sent = request.body(chunk.text.clone()).send().await;
    let response = accepted(sent.map_err(|error| client.unanswered(&error))?).await?;
    let body = response.bytes().await.map_err(|error| client.unanswered(&error))?;
    let done: Done = serde_json::from_slice(&body).map_err(|error| {
        Failure::because("the answer is not that of an import; is this a larder?", &error)
    })?;
    match done.errors.iter().find(|refused| refused.may_pass()) {
        Some(Refused { line, detail, .. }) => {
            let what = format!("line {}: {detail}", chunk.number_of(*line));
            Err(Trouble::Passing { what, pause: None })
        }
        None => Ok(done),
    }
}
