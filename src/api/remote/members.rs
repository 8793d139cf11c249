//! The endpoints that a thread knows, and which of their lines a call gets.
//!
//! An endpoint that discovery does not find any more takes calls until another one can: whoever exchanges all
//! stores at once leaves no gap. Then its line ends in order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::balance::{Candidate, Random, choose};
use super::discovery::Found;
use super::endpoint::{Endpoint, GRACE};
use super::line::Line;

/// For how long nobody knows whether there are endpoints.
const LOOKING: Duration = Duration::from_millis(20);

/// The endpoints of a thread.
#[derive(Debug, Default)]
pub(super) struct Members {
    list: Vec<Arc<Endpoint>>,
    /// Those that are not found any more, but stand in until one that is found is up.
    leaving: Vec<Arc<Endpoint>>,
    /// Those that are none any more, while their lines end.
    retired: Vec<Arc<Endpoint>>,
    /// Why none were found, the last time that none were.
    reason: Option<String>,
    /// Until then it is not known whether others can be found, since it is being looked.
    looking_until: Option<Instant>,
}

impl Members {
    /// Takes over what was found. Gives those that are new, whose lines are to be kept from now on.
    pub(super) fn update(&mut self, found: &[Found]) -> Vec<Arc<Endpoint>> {
        (self.reason, self.looking_until) = (None, None);
        let is_found =
            |endpoint: &mut Arc<Endpoint>| found.iter().any(|found| found.address == endpoint.address());
        let gone: Vec<_> = self.list.extract_if(.., |endpoint| !is_found(endpoint)).collect();
        self.list.extend(self.leaving.extract_if(.., is_found));
        self.leaving.extend(gone);
        let mut new = Vec::new();
        for found in found {
            match self.list.iter().find(|endpoint| endpoint.address() == found.address) {
                Some(endpoint) => endpoint.set_rank(found.rank),
                None => new.push(Endpoint::new(found.address, found.rank)),
            }
        }
        self.list.extend(new.iter().cloned());
        self.settle();
        new
    }

    /// Says why none could be found. Those that are known stay.
    pub(super) fn not_found(&mut self, reason: String) {
        (self.reason, self.looking_until) = (Some(reason), None);
    }

    /// Whether one that was found has no line.
    pub(super) fn misses_one(&self) -> bool {
        self.list.iter().any(|endpoint| endpoint.is_missed())
    }

    /// It is looked for others now, because one is missed: a call may wait for them.
    pub(super) fn look_again(&mut self) {
        self.looking_until = Some(Instant::now() + GRACE);
    }

    /// Whether any are known.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.leaving.is_empty()
    }

    /// Lets those go that are not needed any more.
    fn settle(&mut self) {
        if !self.leaving.is_empty() && self.list.iter().any(|endpoint| endpoint.line().is_some()) {
            for gone in self.leaving.drain(..) {
                gone.retire();
                self.retired.push(gone);
            }
        }
        self.retired.retain(|endpoint| !endpoint.is_done());
    }

    /// Ends calls whose deadline has passed, and endpoints whose time has come. Says whether calls are in flight.
    pub(super) fn sweep(&mut self, now: Instant) -> bool {
        self.settle();
        let all = self.list.iter().chain(&self.leaving).chain(&self.retired);
        all.fold(false, |busy, endpoint| endpoint.sweep(now) | busy)
    }

    /// Lets all of them go.
    pub(super) fn end(&mut self) {
        self.list.drain(..).chain(self.leaving.drain(..)).for_each(|endpoint| endpoint.retire());
    }

    /// A line that is up, where there is a choice to the store process `preferred`; else until when it is not known
    /// whether there will be one.
    pub(super) fn pick(&self, preferred: u64, random: &Random) -> Result<Arc<Line>, Option<Instant>> {
        if let ([endpoint], []) = (self.list.as_slice(), self.leaving.as_slice()) {
            return endpoint.line().ok_or_else(|| self.unsure_until());
        }
        let (found, leaving) = (candidates(&self.list), candidates(&self.leaving));
        // Who has seen a call before knows best what became of it.
        if let Some(before) = found.iter().chain(&leaving).find(|one| one.line.instance() == preferred) {
            return Ok(Arc::clone(&before.line));
        }
        let candidates = if found.is_empty() { leaving } else { found };
        choose(&candidates, random).map(Arc::clone).ok_or_else(|| self.unsure_until())
    }

    fn unsure_until(&self) -> Option<Instant> {
        if self.is_empty() && self.reason.is_none() {
            return Some(Instant::now() + LOOKING);
        }
        let each = self.list.iter().filter_map(|endpoint| endpoint.unsure_until());
        each.chain(self.looking_until).max()
    }

    /// Whether each that is known is there, and gives us no line.
    pub(super) fn refused(&self) -> bool {
        !self.list.is_empty() && self.list.iter().all(|endpoint| endpoint.refused())
    }

    /// Why there is no line, of each that is known.
    pub(super) fn reasons(&self) -> String {
        match self.list.as_slice() {
            [] => self.reason.clone().unwrap_or_else(|| "it is being resolved".into()),
            [endpoint] => endpoint.reason(),
            several => {
                let reasons = several.iter().map(|one| format!("{}: {}", one.address(), one.reason()));
                reasons.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

fn candidates(endpoints: &[Arc<Endpoint>]) -> Vec<Candidate> {
    let up = endpoints.iter().filter_map(|endpoint| Some((endpoint.line()?, endpoint.rank())));
    up.map(|(line, rank)| Candidate { line, rank }).collect()
}
