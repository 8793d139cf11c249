//! What a measurement found, the median of several, and comparisons of two that were taken in turn.

use std::time::Duration;

use crate::load::{self, Verb};
use crate::system::System;
use crate::table::Table;

/// Length of one measurement.
pub const TIME: Duration = Duration::from_secs(4);
/// Measurements of each figure.
const ROUNDS: usize = 3;

/// What a measurement found.
#[derive(Clone, Copy)]
pub struct Figures {
    /// Successful requests a second.
    pub requests_per_second: f64,
    /// What a request cost its system, user and kernel together. A busy machine disturbs this less than time.
    pub cpu_micros: f64,
    /// The median latency.
    pub p50_micros: f64,
    /// Nine of ten are faster.
    pub p90_micros: f64,
    /// All but one of a hundred are faster.
    pub p99_micros: f64,
}

impl Figures {
    /// Of the latencies of that many requests' successes.
    pub fn of(mut micros: Vec<u64>, took: Duration, cpu: Duration) -> Figures {
        assert!(!micros.is_empty(), "nothing succeeded");
        micros.sort_unstable();
        Figures {
            requests_per_second: micros.len() as f64 / took.as_secs_f64(),
            cpu_micros: cpu.as_secs_f64() * 1e6 / micros.len() as f64,
            p50_micros: quantile(&micros, 50),
            p90_micros: quantile(&micros, 90),
            p99_micros: quantile(&micros, 99),
        }
    }

    /// Each figure's median.
    pub fn median(all: &[Figures]) -> Figures {
        let of = |figure: fn(&Figures) -> f64| {
            let mut figures: Vec<f64> = all.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        Figures {
            requests_per_second: of(|one| one.requests_per_second),
            cpu_micros: of(|one| one.cpu_micros),
            p50_micros: of(|one| one.p50_micros),
            p90_micros: of(|one| one.p90_micros),
            p99_micros: of(|one| one.p99_micros),
        }
    }

    fn told(&self) -> String {
        format!("{:.0}/s at {:.1} µs", self.requests_per_second, self.cpu_micros)
    }
}

/// The latency below which that many of a hundred lie; they are sorted.
pub fn quantile(micros: &[u64], hundredths: usize) -> f64 {
    micros[(micros.len() * hundredths / 100).min(micros.len() - 1)] as f64
}

/// The medians of two kinds of measurements taken in turn.
pub fn alternate(mut a: impl FnMut() -> Figures, mut b: impl FnMut() -> Figures) -> (Figures, Figures) {
    let (ours, theirs): (Vec<_>, Vec<_>) = (0..ROUNDS).map(|_| (a(), b())).unzip();
    (Figures::median(&ours), Figures::median(&theirs))
}

/// Adds the ratio of two rates, with the rates and the CPU of a request.
pub fn judge(table: &mut Table, name: &str, at_least: f64, (ours, theirs): (Figures, Figures)) {
    let ratio = ours.requests_per_second / theirs.requests_per_second;
    table.at_least(name, ratio, at_least, &format!("{} / {}", ours.told(), theirs.told()));
}

/// The same for two systems under load by 64 connections.
pub fn compare(table: &mut Table, name: &str, at_least: f64, ours: (&System, Verb), theirs: (&System, Verb)) {
    let loaded = |(system, verb): (&System, Verb)| load::run(system, verb, 64, TIME);
    judge(table, name, at_least, alternate(|| loaded(ours), || loaded(theirs)));
}
