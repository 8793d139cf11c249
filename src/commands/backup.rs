//! `app backup`: the database of a moment, as one file.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::Method;

use crate::http::Signals;

use super::client::Client;
use super::database::{Database, Way, answered};
use super::failure::Failure;
use super::progress::Progress;

/// A backup holds everything.
const PRIVATE: u32 = 0o600;

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
    // Another name would not be counted the next time, and all the others would go.
    if options.keep.is_some() && options.output.extension().is_none_or(|extension| extension != "backup") {
        return Err(Failure::usage("with --keep the file that --output names must end in .backup"));
    }
    let way = options.database.open(false)?;
    let mut output = Output::open(&options.output)?;
    let has_file = output.file.is_some();
    let mut progress = Progress::new("backed up", None, options.quiet);
    let take = |chunk: &[u8]| {
        output.write(chunk)?;
        progress.advance(0, chunk.len() as u64);
        Ok(())
    };
    tokio::select! {
        // First, so that it is listened for from the beginning. Without a file there is nothing to take away.
        biased;
        failure = told_to_stop(), if has_file => return Err(failure),
        copied = copy(way, take) => copied?,
    }
    output.finish()?;
    progress.finish();
    match options.keep {
        Some(keep) => prune(&options.output, keep as usize),
        None => Ok(()),
    }
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

/// Where the backup goes.
struct Output {
    to: Box<dyn Write>,
    /// A file that gets its name when it is whole.
    file: Option<Partial>,
}

struct Partial {
    /// Locked for as long as it is written, so that others can tell it from what a killed backup left.
    file: File,
    path: PathBuf,
    whole: PathBuf,
}

impl Output {
    fn open(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Output { to: Box::new(io::stdout()), file: None });
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = claim(&partial).map_err(|error| unwritable(&partial, &error))?;
        let Some(file) = file else {
            return Err(Failure::new(format!("another process writes {}", partial.display())));
        };
        let to = Box::new(file.try_clone().map_err(|error| unwritable(&partial, &error))?);
        Ok(Output { to, file: Some(Partial { file, path: partial, whole: path.to_owned() }) })
    }

    fn write(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.to.write_all(chunk).map_err(|error| match &self.file {
            Some(partial) => unwritable(&partial.path, &error),
            None => Failure::because("cannot write standard output", &error),
        })
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.to.flush().map_err(|error| Failure::because("cannot write standard output", &error))?;
        match self.file.take() {
            Some(partial) => partial.publish(),
            None => Ok(()),
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(partial) = &self.file {
            // What is left then is a file that says by its name that it is none.
            let _left = fs::remove_file(&partial.path);
        }
    }
}

impl Partial {
    /// Gives the file its name, when all of it is on the disk.
    fn publish(self) -> Result<(), Failure> {
        let renamed = self.file.sync_all().and_then(|()| fs::rename(&self.path, &self.whole));
        let kept = renamed.and_then(|()| File::open(directory(&self.whole))?.sync_all());
        kept.map_err(|error| unwritable(&self.whole, &error))
    }
}

/// Makes a file and locks it; none where somebody else writes it.
fn claim(path: &Path) -> io::Result<Option<File>> {
    match File::options().write(true).open(path) {
        // What a killed backup left may be open to others: it is not written over.
        Ok(left) if lock(&left, path) => fs::remove_file(path)?,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    match File::options().create_new(true).mode(PRIVATE).write(true).open(path) {
        Ok(file) => Ok(lock(&file, path).then_some(file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

/// Locks what was found under a path, if nobody else has. Before the lock was had, it may have been published under
/// another name, or removed.
fn lock(file: &File, path: &Path) -> bool {
    let same =
        |there: Metadata| file.metadata().map(|ours| (ours.dev(), ours.ino()) == (there.dev(), there.ino()));
    !is_locked(file) && fs::metadata(path).and_then(same).unwrap_or(false)
}

/// Whether somebody else holds the lock of a file; else it is ours until the file is closed. Where files can't be
/// locked, nobody holds one.
fn is_locked(file: &File) -> bool {
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

fn is_left(removed: io::Result<()>) -> bool {
    removed.is_err_and(|error| error.kind() != io::ErrorKind::NotFound)
}

/// Removes all but the newest `keep` backups beside `newest`, which is one of them, and what killed backups left.
fn prune(newest: &Path, keep: usize) -> Result<(), Failure> {
    let directory = directory(newest);
    let failed =
        |error| Failure::because(format!("cannot remove old backups in {}", directory.display()), &error);
    let (mut older, mut left) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "backup")
            && path.file_name() != newest.file_name()
        {
            let written = fs::metadata(&path).and_then(|about| about.modified()).map_err(failed)?;
            older.push((written, path));
        } else if path.as_os_str().as_encoded_bytes().ends_with(b".backup.partial") {
            left.push(path);
        }
    }
    older.sort();
    let surplus = (older.len() + 1).saturating_sub(keep);
    for path in left {
        // Locked until it is gone, so that nobody begins to write it meanwhile.
        let file = File::options().write(true).open(&path);
        if file.is_ok_and(|file| file.try_lock().is_ok() && is_left(fs::remove_file(&path))) {
            return Err(Failure::new(format!("cannot remove {}", path.display())));
        }
    }
    for (_, path) in older.drain(..surplus) {
        fs::remove_file(&path).map_err(failed)?;
    }
    Ok(())
}

/// Where a file is: a bare name is in the current directory.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::because(format!("cannot write {}", path.display()), error)
}
