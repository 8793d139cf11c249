//! `app export`: a collection as NDJSON lines, through the API.
//!
//! Whatever breaks the stream, what was written so far ends with a whole line, and the export goes on from the key
//! of that line: by itself within a run, and with `--resume` in a later one, if it is of the same.

mod kept;
mod output;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::domain::CollectionName;

use self::output::Output;

use super::client::{self, Client, Connection, accepted};
use super::failure::Failure;
use super::patience::{Patience, Trouble};
use super::progress::{Progress, Transfer};
use super::progress_file::Subject;

/// After this long without a byte the stream counts as broken.
const SILENCE: Duration = Duration::from_secs(60);

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
    /// Goes on behind the last whole line of the output file, which an export of the same has begun.
    #[arg(long)]
    resume: bool,
    /// How many troubles in a row to bear before giving up.
    #[arg(long, value_name = "N", default_value_t = 8)]
    retries: u32,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
}

/// What an export is of, by which a later run knows it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    subject: Subject,
    prefix: Option<String>,
    start: Option<String>,
    end: Option<String>,
}

impl Options {
    fn asked(&self, url: &str) -> Asked {
        let subject = Subject { url: url.to_owned(), collection: self.collection.as_str().to_owned() };
        Asked { subject, prefix: self.prefix.clone(), start: self.start.clone(), end: self.end.clone() }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.subject)?;
        for (flag, said) in [("--prefix", &self.prefix), ("--start", &self.start), ("--end", &self.end)] {
            said.iter().try_for_each(|key| write!(f, ", {flag} {key:?}"))?;
        }
        Ok(())
    }
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
    let mut output = Output::open(&options.output, &options.asked(client.base()), options.resume)?;
    let mut progress = Progress::new(Transfer::Export, None, options.quiet);
    if output.bytes() > 0 {
        progress.resume(None, output.bytes());
    }
    let mut patience = Patience::new(options.retries);
    loop {
        let before = output.bytes();
        match stream(&client, &options, &mut output, &mut progress).await {
            Ok(()) => break,
            Err(trouble) => {
                if output.bytes() > before {
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
    if output.ends_a_line() {
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
