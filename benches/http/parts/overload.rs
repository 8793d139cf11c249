//! Four times as many requests as can be done: what is done then, and how fast the rest is refused.
//!
//! What limits must not be the CPU, which the generator shares: a refusal costs it and the service nearly as much as an
//! answer from memory would, so that on two cores four times the capacity could not even be offered. So the store waits
//! for a table that takes its time, and the capacity is what `admission.max_in_flight` admits in that time. The rows on
//! the embedded database show the other case for what it is worth, without an aim: there the generator sends as fast as
//! it can over four times the connections that are admitted, and what it takes is missing from what is done.

use std::time::Duration;

use crate::figures::{Figures, TIME, quantile};
use crate::load::Verb;
use crate::paced::{self, Offer, Outcome};
use crate::system::System;
use crate::table::Table;
use crate::{client, systems};

/// What is admitted at once.
const ADMITTED: usize = 32;
/// How long the table takes for an answer.
const ANSWERS_AFTER: Duration = Duration::from_millis(10);
/// The load, as a multiple of the capacity.
const OFFERED: f64 = 4.0;
/// The share of the capacity that counts as no load.
const UNLOADED: f64 = 0.1;
/// A refusal must come in this time, in milliseconds.
const REFUSED_WITHIN: f64 = 10.0;

/// What was measured of a system.
struct Measured {
    /// As many connections as are admitted.
    peak: Figures,
    unloaded: Figures,
    over: Outcome,
}

/// Reads that wait for a table, and writes that wait for a disk.
pub fn measure(table: &mut Table) {
    let admitted = ADMITTED.to_string();
    let settings = [("APP__ADMISSION__MAX_IN_FLIGHT", admitted.as_str())];
    let canned = systems::canned_dynamodb(ANSWERS_AFTER);
    let waiting = systems::all_on_dynamodb(&canned.url(), &settings);
    judged(table, &overloaded(&waiting, Verb::Get, Some(OFFERED)));
    let busy = systems::all(&settings);
    client::fill(&busy);
    reported(table, &overloaded(&busy, Verb::Put, None));
}

/// `times` the capacity, or as much as can be sent.
fn overloaded(system: &System, verb: Verb, times: Option<f64>) -> Measured {
    let offer = Offer { verb, connections: ADMITTED, rate: None, time: TIME };
    let peak = paced::run(system, offer).done;
    let at = |share: f64| Some(peak.requests_per_second * share);
    let unloaded = paced::run(system, Offer { rate: at(UNLOADED), ..offer }).done;
    let connections = match times {
        // Enough that those which wait for an answer leave some to keep the rate.
        Some(_) => ADMITTED * 8,
        None => ADMITTED * 4,
    };
    let over = paced::run(system, Offer { connections, rate: times.and_then(at), ..offer });
    Measured { peak, unloaded, over }
}

fn judged(table: &mut Table, measured: &Measured) {
    let Measured { peak, unloaded, over } = measured;
    let offered = over.offered / peak.requests_per_second;
    let done = over.done.requests_per_second;
    table.at_least(
        "overload, a table that takes 10 ms: what is done / the most that can be done",
        done / peak.requests_per_second,
        0.80,
        &format!("{done:.0}/s / {:.0}/s, with {offered:.1} × as many offered", peak.requests_per_second),
    );
    table.at_most(
        "overload, a table that takes 10 ms: p99 of what is done / p99 without load",
        over.done.p99_micros / unloaded.p99_micros,
        2.0,
        &format!("{:.1} ms / {:.1} ms", over.done.p99_micros / 1e3, unloaded.p99_micros / 1e3),
    );
    let refused = over.refused.len();
    assert!(refused > 0, "with {offered:.1} times the capacity something must be refused");
    let last = over.refused.last().map_or(0.0, |last| *last as f64 / 1e3);
    table.at_most(
        "overload, a table that takes 10 ms: p99 of a refusal, ms",
        quantile(&over.refused, 99) / 1e3,
        REFUSED_WITHIN,
        &format!("{refused} of them, the slowest after {last:.1} ms"),
    );
}

fn reported(table: &mut Table, Measured { peak, unloaded, over }: &Measured) {
    let done = over.done.requests_per_second;
    let refused = if over.refused.is_empty() { 0.0 } else { quantile(&over.refused, 99) / 1e3 };
    table.report(
        "overload of the CPU, durable PUT, 4 × the connections that are admitted: what is done / without overload",
        done / peak.requests_per_second,
        &format!(
            "{done:.0}/s of {:.0}/s sent / {:.0}/s; p99 {:.1} ms, without load {:.1} ms, of a refusal {refused:.1} ms",
            over.offered,
            peak.requests_per_second,
            over.done.p99_micros / 1e3,
            unloaded.p99_micros / 1e3,
        ),
    );
}
