//! Makes the ids of traces and spans, and decides which new traces are recorded.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::TraceContext;
use crate::telemetry::differing;

/// How new traces begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roots {
    /// Traces whose number is below this are recorded.
    below: u64,
    /// Whether ids begin with the time, as AWS X-Ray wants them.
    xray: bool,
}

impl Roots {
    /// Records that part of new traces, from 0 to 1.
    pub(super) fn new(sample: f64, xray: bool) -> Roots {
        // As the `TraceIdRatioBased` sampler of OpenTelemetry: who samples the same id by a greater ratio records it too.
        Roots { below: (sample.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64, xray }
    }

    /// A new trace.
    pub(super) fn root(self) -> TraceContext {
        loop {
            let (mut high, low) = (differing(), differing());
            if self.xray {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                high = since.as_secs() << 32 | high >> 32;
            }
            let trace_id = u128::from(high) << 64 | u128::from(low);
            if let Some(context) = TraceContext::new(trace_id, span_id(), low >> 1 < self.below) {
                return context;
            }
        }
    }
}

/// The id of a new span.
pub(super) fn span_id() -> u64 {
    differing().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(sample: f64) -> usize {
        let roots = Roots::new(sample, false);
        (0..20_000).filter(|_| roots.root().sampled()).count()
    }

    #[test]
    fn that_part_of_new_traces_is_recorded() {
        assert_eq!((recorded(0.0), recorded(1.0)), (0, 20_000));
        // The numbers come from a good generator: this far off the mean is more than ten deviations.
        assert!((4_300..5_700).contains(&recorded(0.25)));
    }

    #[test]
    fn ids_for_x_ray_begin_with_the_time() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let context = Roots::new(1.0, true).root();
        let begins = (context.trace_id() >> 96) as u64;
        assert!((now..now + 60).contains(&begins), "{context}");
        assert_ne!(context.trace_id(), Roots::new(1.0, true).root().trace_id());
    }
}
