//! `app backup`: the database of a moment, as one file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::Method;

use super::client::Client;
use super::database::{Database, Way, answered};
use super::failure::Failure;
use super::progress::Progress;

/// What to back up, and where to.
#[derive(Clone, Debug, Args)]
pub struct Options {
    #[command(flatten)]
    database: Database,
    /// The file to write; `-` is standard output. It appears, or is replaced, when the backup is whole.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// When it is whole, removes all but the newest so many files that end in `.backup` where it is.
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
    if options.keep.is_some() && options.output.as_os_str() == "-" {
        return Err(Failure::new("--keep looks beside the file that --output names, and this names none"));
    }
    let way = options.database.open(false)?;
    let mut output = Output::open(&options.output)?;
    let mut progress = Progress::new("backed up", None, options.quiet);
    let mut take = |chunk: &[u8]| {
        output.write(chunk)?;
        progress.advance(0, chunk.len() as u64);
        Ok(())
    };
    match way {
        Way::Admin(client) => download(&client, &mut take).await?,
        Way::Open(database) => {
            for chunk in database.backup() {
                take(&chunk.map_err(|error| Failure::because("the backup failed", &error))?)?;
            }
        }
    }
    output.finish()?;
    progress.finish();
    match options.keep {
        Some(keep) => prune(&options.output, keep as usize),
        None => Ok(()),
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
        let file = File::create(&partial).map_err(|error| unwritable(&partial, &error))?;
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

/// Removes all but the newest `keep` backups beside `newest`, which is one of them.
fn prune(newest: &Path, keep: usize) -> Result<(), Failure> {
    let directory = directory(newest);
    let failed =
        |error| Failure::because(format!("cannot remove old backups in {}", directory.display()), &error);
    let mut older = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "backup")
            && path.file_name() != newest.file_name()
        {
            let written = fs::metadata(&path).and_then(|about| about.modified()).map_err(failed)?;
            older.push((written, path));
        }
    }
    older.sort();
    let surplus = (older.len() + 1).saturating_sub(keep);
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
