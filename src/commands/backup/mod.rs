//! `app backup`: the database of a moment, as one file.

mod output;
mod prune;

use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::Method;

use crate::http::Signals;

use self::output::Output;
use self::prune::prune;

use super::client::Client;
use super::database::{Database, Way, answered};
use super::failure::Failure;
use super::place;
use super::progress::{Progress, Transfer};

/// What to back up, and where to.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    database: Database,
    /// The file to write; `-` is standard output. It appears, or is replaced, when the backup is whole.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// When it is whole, removes all but the newest so many files that end in `.backup` where it is, and what killed
    /// backups left there.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
}

/// Backs up.
///
/// # Errors
/// What stopped it; no output file is made or changed then.
pub async fn run(options: Options) -> Result<(), Failure> {
    let whole = match options.output.as_os_str() == "-" {
        true => None,
        false => Some(place::file_at(&options.output)?),
    };
    // Another name would not be counted the next time, and all the others would go.
    let is_counted = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "backup");
    if options.keep.is_some() && !whole.as_ref().is_some_and(is_counted) {
        return Err(Failure::usage("with --keep the file that --output names must end in .backup"));
    }
    let way = options.database.open(false)?;
    let mut output = Output::open(whole.as_deref())?;
    let mut progress = Progress::new(Transfer::Backup, None, options.quiet);
    let take = |chunk: &[u8]| {
        output.write(chunk)?;
        progress.advance(0, chunk.len() as u64);
        Ok(())
    };
    tokio::select! {
        // First, so that it is listened for from the beginning. Without a file there is nothing to take away.
        biased;
        failure = told_to_stop(), if whole.is_some() => return Err(failure),
        copied = copy(way, take) => copied?,
    }
    output.finish()?;
    progress.finish();
    match options.keep.zip(whole) {
        Some((keep, whole)) => prune(&whole, keep as usize),
        None => Ok(()),
    }
}

/// Where a file is: a bare name is in the current directory.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Waits for the signals that stop a process; then it ends as after any failure.
async fn told_to_stop() -> Failure {
    match Signals::listen() {
        Ok(mut signals) => {
            signals.next().await;
            Failure::new("stopped by a signal; no backup was made")
        }
        Err(error) => Failure::because("cannot wait for signals", &error),
    }
}

async fn copy(way: Way, mut take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
    match way {
        Way::Admin(client) => download(&client, &mut take).await,
        Way::Open(database) => {
            for chunk in database.backup() {
                take(&chunk.map_err(|error| Failure::because("the backup failed", &error))?)?;
                tokio::task::yield_now().await;
            }
            Ok(())
        }
    }
}

async fn download(
    client: &Client,
    take: &mut impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let sent = client.request(Method::GET, "/backup").send().await;
    let mut response = answered(client, sent).await?;
    while let Some(chunk) = response.chunk().await.map_err(|error| client.unanswered(&error))? {
        take(&chunk)?;
    }
    Ok(())
}
