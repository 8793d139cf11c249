//! Writes docs/capacity.json: how much each topology can do, at which latency, and what it takes of memory.
//!
//! Connections are doubled until twice in a row that gives less than a twentieth more; the step before is where it is
//! saturated. Latency is taken there, and at half of that rate, kept by the clock.

use serde::Serialize;

use crate::figures::{Figures, TIME, alternate};
use crate::load::{self, DOCUMENT_BYTES, KEYS, Verb};
use crate::paced::{self, Offer};
use crate::system::System;
use crate::{client, systems};

/// Connections that are tried.
const STEPS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// What one more step must give to count as more.
const GROWTH: f64 = 1.05;
/// Steps without growth, after which no more is to be had.
const FLAT: usize = 2;

/// The whole file.
#[derive(Serialize)]
struct Capacity {
    machine: Machine,
    load: Offered,
    results: Vec<Measured>,
    resident_mib: Residents,
}

#[derive(Serialize)]
struct Machine {
    cores: usize,
    cpu: String,
    memory_mib: u64,
    shared_with_load_generator: bool,
}

#[derive(Serialize)]
struct Offered {
    generator: &'static str,
    document_bytes: usize,
    keys: usize,
    seconds: u64,
}

/// One topology and operation.
#[derive(Serialize)]
struct Measured {
    topology: &'static str,
    backend: &'static str,
    operation: &'static str,
    saturation: Point,
    half: Point,
    steps: Vec<Step>,
}

/// A load, and the latency under it.
#[derive(Serialize)]
struct Point {
    connections: usize,
    requests_per_second: u64,
    cpu_seconds: f64,
    latency_seconds: Latency,
}

#[derive(Serialize)]
struct Latency {
    p50: f64,
    p90: f64,
    p99: f64,
}

#[derive(Serialize)]
struct Step {
    connections: usize,
    requests_per_second: u64,
}

/// Resident memory of each kind of process.
#[derive(Serialize)]
struct Residents {
    all: Resident,
    api: Resident,
    store: Resident,
}

#[derive(Clone, Copy, Serialize)]
struct Resident {
    at_rest: u64,
    at_saturation: u64,
}

/// Measures, and writes the file.
pub fn write(file: &str) {
    let all = systems::all(&[]);
    let pair = systems::pair(&[]);
    let store = || pair.upstream().expect("a store is behind it").process().resident_mib();
    let resident = || [all.process().resident_mib(), pair.process().resident_mib(), store()];
    let rest = resident();
    let mut results = Vec::new();
    for (topology, system) in [("all", &all), ("pair", &pair)] {
        client::fill(system);
        for (operation, verb) in [("read", Verb::Get), ("write", Verb::Put)] {
            eprintln!("{topology}: {operation}");
            results.push(measured(topology, operation, system, verb));
        }
    }
    let loaded = resident();
    let of = |place: usize| Resident { at_rest: rest[place] as u64, at_saturation: loaded[place] as u64 };
    let capacity = Capacity {
        machine: Machine::this(),
        load: Offered {
            generator: "wrk; at half of the saturation benches/http/paced.rs",
            document_bytes: DOCUMENT_BYTES,
            keys: KEYS,
            seconds: TIME.as_secs(),
        },
        results,
        resident_mib: Residents { all: of(0), api: of(1), store: of(2) },
    };
    let mut text = serde_json::to_string_pretty(&capacity).expect("it is JSON");
    text.push('\n');
    std::fs::write(file, text).unwrap_or_else(|error| panic!("{file}: {error}"));
    eprintln!("{file} is written; `just rules` says what must follow it");
}

fn measured(topology: &'static str, operation: &'static str, system: &System, verb: Verb) -> Measured {
    let (steps, best) = steps(system, verb);
    let connections = steps[best].connections;
    let half = Offer { verb, connections, rate: None, time: TIME };
    // In turn, so that one moment of a busy machine does not decide over one of them.
    let rate = steps[best].requests_per_second as f64 / 2.0;
    let (full, half) = alternate(
        || load::run(system, verb, connections, TIME),
        || paced::run(system, Offer { rate: Some(rate), ..half }).done,
    );
    let (saturation, half) = (Point::of(connections, full), Point::of(connections, half));
    Measured { topology, backend: "embedded", operation, saturation, half, steps }
}

/// What each number of connections gave, and at which of them it is saturated.
fn steps(system: &System, verb: Verb) -> (Vec<Step>, usize) {
    let (mut steps, mut best): (Vec<Step>, usize) = (Vec::new(), 0);
    for (place, connections) in STEPS.into_iter().enumerate() {
        let requests_per_second =
            load::run(system, verb, connections, TIME).requests_per_second.round() as u64;
        eprintln!("  {connections} connections: {requests_per_second}/s");
        steps.push(Step { connections, requests_per_second });
        if requests_per_second as f64 >= steps[best].requests_per_second as f64 * GROWTH {
            best = place;
        }
        if place - best >= FLAT {
            break;
        }
    }
    (steps, best)
}

impl Point {
    fn of(connections: usize, found: Figures) -> Point {
        let seconds = |micros: f64| micros.round() / 1e6;
        Point {
            connections,
            requests_per_second: found.requests_per_second.round() as u64,
            cpu_seconds: seconds(found.cpu_micros),
            latency_seconds: Latency {
                p50: seconds(found.p50_micros),
                p90: seconds(found.p90_micros),
                p99: seconds(found.p99_micros),
            },
        }
    }
}

impl Machine {
    fn this() -> Machine {
        let told = |file: &str, name: &str| {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned());
            value.unwrap_or_else(|| "unknown".into())
        };
        let memory = told("/proc/meminfo", "MemTotal");
        Machine {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            cpu: told("/proc/cpuinfo", "model name"),
            memory_mib: memory.trim_end_matches(" kB").parse::<u64>().map_or(0, |kib| kib / 1024),
            shared_with_load_generator: true,
        }
    }
}
