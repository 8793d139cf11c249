//! What the embedded backend can be told.

use std::path::PathBuf;
use std::time::Duration;

use crate::telemetry::trace::Tracer;

/// How to open a database.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory; made if it is not there.
    pub path: PathBuf,
    /// Memory for blocks that were read from the disk.
    pub cache_bytes: u64,
    /// Writes that may wait at once.
    pub queue_jobs: usize,
    /// Bytes of documents that may wait at once.
    pub queue_bytes: usize,
    /// Bytes of documents, read and given, behind which a turn of the writer ends though more is waiting: all that it writes is in
    /// memory until then, and goes into one batch.
    pub turn_bytes: usize,
    /// Writes whose outcome is remembered beyond what rows tell.
    pub remembered: usize,
    /// How long after a write its repetition may come: at least the greatest deadline of a request.
    pub repeat_window: Duration,
    /// How often, by the store's clock, expired rows are cleared away.
    pub sweep_every: Duration,
    /// Makes the spans of commits.
    pub tracer: Tracer,
}

impl Options {
    /// The defaults for a directory.
    pub fn new(path: impl Into<PathBuf>) -> Options {
        Options {
            path: path.into(),
            cache_bytes: 64 * 1024 * 1024,
            queue_jobs: 4096,
            queue_bytes: 64 * 1024 * 1024,
            turn_bytes: 16 * 1024 * 1024,
            remembered: 200_000,
            repeat_window: Duration::from_secs(60),
            sweep_every: Duration::from_secs(10),
            tracer: Tracer::default(),
        }
    }
}
