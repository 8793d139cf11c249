//! How far a transfer is: a bar on a terminal, a line every few seconds elsewhere; always on standard error.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

const LINE_EVERY: Duration = Duration::from_secs(5);
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// What is transferred, and so what there is to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    Backup,
    Restore,
    Export,
    Import,
}

impl Transfer {
    fn verb(self) -> &'static str {
        match self {
            Transfer::Backup => "backed up",
            Transfer::Restore => "restored",
            Transfer::Export => "exported",
            Transfer::Import => "imported",
        }
    }

    /// Whether it can tell one item from the next.
    fn counts_items(self) -> bool {
        matches!(self, Transfer::Export | Transfer::Import)
    }

    /// What is said of its bytes: those of refused lines were only read.
    fn bytes_are(self) -> &'static str {
        if self == Transfer::Import { " read" } else { "" }
    }
}

/// The progress of one transfer.
#[derive(Debug)]
pub(super) struct Progress {
    of: Transfer,
    quiet: bool,
    bar: Option<ProgressBar>,
    total: Option<u64>,
    /// How many, where that is known.
    items: Option<u64>,
    bytes: u64,
    /// What an earlier run did already, which does not count for the speed.
    before: u64,
    began: Instant,
    told: Instant,
}

impl Progress {
    /// Begins; `total` bytes, where that is known.
    pub(super) fn new(of: Transfer, total: Option<u64>, quiet: bool) -> Self {
        let terminal = !quiet && std::io::stderr().is_terminal();
        let bar = terminal.then(|| bar(total));
        let (now, items) = (Instant::now(), of.counts_items().then_some(0));
        Progress { of, quiet, bar, total, items, bytes: 0, before: 0, began: now, told: now }
    }

    /// Says what was done before it began; how many items that was may be unknown.
    pub(super) fn resume(&mut self, items: Option<u64>, bytes: u64) {
        self.before = bytes;
        self.items = items;
        self.advance(0, bytes);
    }

    /// Says that so much more is done.
    pub(super) fn advance(&mut self, items: u64, bytes: u64) {
        self.items = self.items.map(|before| before + items);
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
        let mut text = self.of.verb().to_owned();
        if let Some(items) = self.items {
            let noun = if items == 1 { "item" } else { "items" };
            text = format!("{text} {} {noun},", HumanCount(items));
        }
        text = format!("{text} {}", HumanBytes(self.bytes));
        if let Some(total) = self.total.filter(|total| *total != self.bytes) {
            text = format!("{text} of {}", HumanBytes(total));
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let speed = (self.bytes - self.before) as f64 / seconds.max(0.001);
        format!("{text}{}, {}/s", self.of.bytes_are(), HumanBytes(speed as u64))
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
