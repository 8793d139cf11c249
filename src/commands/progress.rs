//! How far a transfer is: a bar on a terminal, a line every few seconds elsewhere; always on standard error.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

const LINE_EVERY: Duration = Duration::from_secs(5);
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// The progress of one transfer.
#[derive(Debug)]
pub(super) struct Progress {
    /// What is done: `exported`.
    verb: &'static str,
    quiet: bool,
    bar: Option<ProgressBar>,
    total: Option<u64>,
    items: u64,
    bytes: u64,
    /// What an earlier run did already, which does not count for the speed.
    before: u64,
    began: Instant,
    told: Instant,
}

impl Progress {
    /// Begins; `total` bytes, where that is known.
    pub(super) fn new(verb: &'static str, total: Option<u64>, quiet: bool) -> Self {
        let terminal = !quiet && std::io::stderr().is_terminal();
        let bar = terminal.then(|| bar(total));
        let now = Instant::now();
        Progress { verb, quiet, bar, total, items: 0, bytes: 0, before: 0, began: now, told: now }
    }

    /// Says what was done before it began.
    pub(super) fn resume(&mut self, items: u64, bytes: u64) {
        self.before = bytes;
        self.advance(items, bytes);
    }

    /// Says that so much more is done.
    pub(super) fn advance(&mut self, items: u64, bytes: u64) {
        self.items += items;
        self.bytes += bytes;
        if let Some(bar) = &self.bar {
            bar.set_position(self.bytes);
            bar.set_message(self.summary());
        } else if !self.quiet && self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            eprintln!("{}", self.summary());
        }
    }

    /// Says something that is worth a line, without harm to the bar.
    pub(super) fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Ends with a line that says all.
    pub(super) fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if !self.quiet {
            eprintln!("{} in {:.1} s", self.summary(), self.began.elapsed().as_secs_f64());
        }
    }

    fn summary(&self) -> String {
        let mut text = self.verb.to_owned();
        if self.items > 0 {
            let noun = if self.items == 1 { "item" } else { "items" };
            text = format!("{text} {} {noun},", HumanCount(self.items));
        }
        text = format!("{text} {}", HumanBytes(self.bytes));
        if let Some(total) = self.total.filter(|total| *total != self.bytes) {
            text = format!("{text} of {}", HumanBytes(total));
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let speed = (self.bytes - self.before) as f64 / seconds.max(0.001);
        format!("{text}, {}/s", HumanBytes(speed as u64))
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), "{wide_bar} {percent:>3} %  {msg}  {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
    };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(DRAW_EVERY);
    bar
}
