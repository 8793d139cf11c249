//! Notices that a store which can be reached does not answer as one that is well.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Notify;

/// So many calls in a row, and not one good answer between them.
const TOO_MANY: u32 = 5;

/// What became of the calls on a line, one after the other.
#[derive(Debug, Default)]
pub(super) struct OutlierDetector {
    in_a_row: AtomicU32,
    /// Told when it has become too much. One waits for it: whoever keeps the line.
    told: Notify,
}

impl OutlierDetector {
    /// A call was answered well, or it was not.
    pub(super) fn note(&self, well: bool) {
        if well {
            // Written only where it changes something: each call passes here.
            if self.in_a_row.load(Ordering::Relaxed) != 0 {
                self.in_a_row.store(0, Ordering::Relaxed);
            }
        } else if self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1 == TOO_MANY {
            self.told.notify_one();
        }
    }

    /// Whether calls had better go elsewhere.
    pub(super) fn is_outlier(&self) -> bool {
        self.in_a_row.load(Ordering::Relaxed) >= TOO_MANY
    }

    /// Waits until it is too much. For one task.
    pub(super) async fn detected(&self) {
        while !self.is_outlier() {
            self.told.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_in_a_row_are_too_much() {
        let detector = OutlierDetector::default();
        for well in [false, false, false, false, true, false, false, false, false] {
            detector.note(well);
            assert!(!detector.is_outlier());
        }
        detector.note(false);
        assert!(detector.is_outlier());
        detector.note(true);
        assert!(!detector.is_outlier());
    }
}
