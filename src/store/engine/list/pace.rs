//! How much of a collection is asked for at once, by what the last answers were.

use crate::domain::{Charge, Consistency, limits, read_bytes};

/// Rows that are fetched at once from each of several partitions, at least.
const SHARDED_ROWS: usize = 8;
/// Partitions that are asked side by side as long as nobody knows how large their rows are.
const FIRST: usize = 8;
/// Partitions that are asked side by side at most.
const MOST: usize = 32;
/// Bytes of rows that are on their way at once, about.
const UNDER_WAY: usize = 2 * limits::PAGE_BYTES;

/// What partitions that were asked side by side answered.
#[derive(Debug, Default)]
pub(super) struct Pace {
    scans: usize,
    rows: usize,
    /// Bytes that were read for them, less what may have been nothing.
    bytes: usize,
}

impl Pace {
    /// Takes note of an answer.
    pub(super) fn note(&mut self, rows: usize, charge: Charge, consistency: Consistency) {
        self.scans += 1;
        self.rows += rows;
        self.bytes += read_bytes(charge, consistency);
    }

    /// How many partitions may be asked side by side after these answers.
    fn width(&self) -> usize {
        let of_one = self.bytes / self.scans.max(1);
        (UNDER_WAY / of_one.max(1)).clamp(FIRST, MOST)
    }

    /// Rows that are about as large as that many bytes; none if they are so small that nobody knows.
    fn rows_in(&self, bytes: usize) -> Option<usize> {
        bytes.checked_div(self.bytes / self.rows.max(1))
    }
}

/// How many partitions may be asked side by side.
pub(super) fn width(last: Option<&Pace>) -> usize {
    last.map_or(FIRST, Pace::width)
}

/// Rows and bytes that one of several partitions is asked for where a page has room for so many.
///
/// No partition has exactly its share, so each is asked for somewhat more. A backend that knows no bound of bytes
/// still has the one of rows, as large as the last ones were.
pub(super) fn share(rows: usize, bytes: usize, shards: usize, last: Option<&Pace>) -> (usize, usize) {
    let even = rows.div_ceil(shards);
    let ample = (even + 2 * even.isqrt()).max(SHARDED_ROWS);
    let bytes = (2 * bytes).div_ceil(shards);
    match last {
        None => (ample.min(rows), bytes),
        // Not fewer than are left: the last rows may all have expired.
        Some(last) => (last.rows_in(bytes).map_or(ample, |fit| ample.min(fit.max(1))), bytes),
    }
}
