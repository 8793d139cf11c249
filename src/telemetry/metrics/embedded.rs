//! Metrics of the embedded database.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::metrics::{Gauge, Histogram};

use super::families::{
    EMBEDDED_BACKUP_LAST_SUCCESS, EMBEDDED_COMMIT_BATCH, EMBEDDED_COMMIT_DURATION, EMBEDDED_DISK,
};
use super::recorder::{gauge, histogram};

static DURATION: LazyLock<Histogram> = LazyLock::new(|| histogram(&EMBEDDED_COMMIT_DURATION, []));
static BATCH: LazyLock<Histogram> = LazyLock::new(|| histogram(&EMBEDDED_COMMIT_BATCH, []));
static DISK: LazyLock<Gauge> = LazyLock::new(|| gauge(&EMBEDDED_DISK, []));

/// That many writes became durable together.
pub fn embedded_commit(writes: usize, duration: Duration) {
    DURATION.record(duration);
    BATCH.record(writes as f64);
}

/// The database takes that much space.
pub fn embedded_disk(bytes: u64) {
    DISK.set(bytes as f64);
}

/// A whole backup has been given.
pub fn embedded_backup() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    gauge(&EMBEDDED_BACKUP_LAST_SUCCESS, []).set(now.as_secs_f64());
}

pub(super) fn register() {
    drop(histogram(&EMBEDDED_COMMIT_DURATION, []));
    drop(histogram(&EMBEDDED_COMMIT_BATCH, []));
    gauge(&EMBEDDED_DISK, []).set(0.0);
    gauge(&EMBEDDED_BACKUP_LAST_SUCCESS, []).set(0.0);
}
