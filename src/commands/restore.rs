//! `app restore`: puts a backup in the place of what a database holds, or changes nothing.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use clap::Args;
use futures_util::stream::poll_fn;
use reqwest::{Body, Method};
use serde::Deserialize;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::spawn_blocking;

use super::client::Client;
use super::database::{Database, Way, answered};
use super::failure::Failure;
use super::progress::{Progress, Transfer};

const CHUNK: usize = 256 * 1024;
/// Chunks that were read and not sent yet.
const CHUNKS: usize = 4;

/// What to restore, and where to.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    database: Database,
    /// The file to read; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Gives up what the database holds now; without this it must be empty.
    #[arg(long)]
    replace: bool,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
}

/// What was restored.
#[derive(Debug, Deserialize)]
struct Restored {
    collections: u64,
    items: u64,
}

/// Restores.
///
/// # Errors
/// What stopped it; then nothing is changed, unless it says that nobody knows.
pub async fn run(options: Options) -> Result<(), Failure> {
    let (input, total) = open(&options)?;
    let progress = Arc::new(Mutex::new(Progress::new(Transfer::Restore, total, options.quiet)));
    let input = Counted { input, progress: Arc::clone(&progress) };
    let restored = match options.database.open(true)? {
        Way::Admin(client) => upload(&client, input, options.replace).await?,
        Way::Open(database) => {
            let restoring = spawn_blocking(move || database.restore(input, options.replace));
            let ended =
                restoring.await.map_err(|error| Failure::because("the restore ended early", &error))?;
            let restored = ended.map_err(|error| Failure::new(error.detail()))?;
            Restored { collections: restored.collections, items: restored.items }
        }
    };
    if let Some(progress) = Arc::into_inner(progress) {
        progress.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
    }
    if !options.quiet {
        let Restored { collections, items } = restored;
        eprintln!("{items} items in {collections} collections are there now");
    }
    Ok(())
}

type Input = Box<dyn Read + Send>;

fn open(options: &Options) -> Result<(Input, Option<u64>), Failure> {
    if options.input.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), None));
    }
    let fault = |error| Failure::because(format!("cannot read {}", options.input.display()), &error);
    let file = File::open(&options.input).map_err(fault)?;
    let metadata = file.metadata().map_err(fault)?;
    Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
}

async fn upload(client: &Client, input: Counted, replace: bool) -> Result<Restored, Failure> {
    let mut chunks = chunks(input);
    let body = Body::wrap_stream(poll_fn(move |context| chunks.poll_recv(context)));
    let sent = client.request(Method::POST, &format!("/restore?replace={replace}")).body(body).send().await;
    let response = answered(client, sent).await?;
    let body = response.bytes().await.map_err(|error| client.unanswered(&error))?;
    serde_json::from_slice(&body)
        .map_err(|error| Failure::because("the answer is not that of a restore", &error))
}

/// Reads on a thread that may block.
fn chunks(mut input: Counted) -> Receiver<io::Result<Bytes>> {
    let (sender, chunks) = mpsc::channel(CHUNKS);
    drop(spawn_blocking(move || {
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = (&mut input).take(CHUNK as u64).read_to_end(&mut chunk);
            let ended = !matches!(read, Ok(length) if length > 0);
            if matches!(read, Ok(0)) || sender.blocking_send(read.map(|_| chunk.into())).is_err() || ended {
                return;
            }
        }
    }));
    chunks
}

/// An input whose progress is shown.
struct Counted {
    input: Input,
    progress: Arc<Mutex<Progress>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).advance(0, length as u64);
        Ok(length)
    }
}
