//! Load by `wrk`: prepared requests over a thousand keys.

use std::process::Command;
use std::time::Duration;

use crate::system::System;

/// Keys that are read and written.
pub const KEYS: usize = 1000;

/// A JSON document of exactly 1 KiB.
pub fn document() -> Vec<u8> {
    let frame = br#"{"text":""}"#.len();
    format!(r#"{{"text":"{}"}}"#, "x".repeat(1024 - frame)).into_bytes()
}

/// What each request does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads an item.
    Get,
    /// Replaces an item.
    Put,
    /// The same to etcd's JSON gateway.
    EtcdPut,
}

/// What a measurement found.
pub struct Load {
    /// Successful requests a second.
    pub requests_per_second: f64,
    /// The median latency.
    pub p50_micros: f64,
}

impl Load {
    /// Loads a system for a while. Ends the program if an answer is no success: a wrong answer is fast.
    pub fn run(system: &System, verb: Verb, connections: usize, time: Duration) -> Load {
        let script = tempfile::Builder::new().suffix(".lua").tempfile().expect("a temporary file");
        std::fs::write(script.path(), lua(verb)).expect("the script is written");
        let output = Command::new("wrk")
            .args(["-t1", "--latency", "-c", &connections.to_string(), "-d", &format!("{}s", time.as_secs())])
            .arg("-s")
            .arg(script.path())
            .arg(system.url())
            .output()
            .expect("wrk is installed");
        let text = String::from_utf8_lossy(&output.stdout);
        let bad = text.contains("Non-2xx") || text.contains("Socket errors");
        assert!(output.status.success() && !bad, "{} gave errors under load:\n{text}", system.name());
        Load { requests_per_second: rate(&text), p50_micros: p50(&text) }
    }
}

/// The line `Requests/sec:  12345.67`.
fn rate(text: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    line.and_then(|figure| figure.trim().parse().ok()).expect("wrk prints its rate")
}

/// The line `     50%   57.00us` of the latency distribution (not the column of the same look above it).
fn p50(text: &str) -> f64 {
    let distribution = text.split_once("Latency Distribution").map_or("", |(_, rest)| rest);
    let line = distribution.lines().find_map(|line| line.trim().strip_prefix("50%"));
    let figure = line.expect("wrk prints its quantiles").trim();
    let (number, unit) = figure.split_at(figure.find(|c: char| c.is_alphabetic()).unwrap_or(figure.len()));
    let scale = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        _ => 1e6,
    };
    number.parse::<f64>().expect("a number") * scale
}

fn lua(verb: Verb) -> String {
    let document = String::from_utf8(document()).expect("it is text");
    let mut script = String::from("local requests = {}\nlocal at = 0\nfunction init(args)\n");
    let request = match verb {
        Verb::Get => {
            r#"wrk.format("GET", string.format("/v1/collections/bench/items/key-%04d", i))"#.to_string()
        }
        Verb::Put => format!(
            r#"wrk.format("PUT", string.format("/v1/collections/bench/items/key-%04d", i), {{["Content-Type"]="application/json"}}, '{document}')"#
        ),
        // Eight digits are valid base 64; the value is a kibibyte of it, decoded less: in etcd's favour.
        Verb::EtcdPut => {
            let value = "eHh4".repeat(1024 / 3);
            format!(
                r#"wrk.format("POST", "/v3/kv/put", {{["Content-Type"]="application/json"}}, string.format('{{"key":"%08d","value":"{value}"}}', i))"#
            )
        }
    };
    script.push_str(&format!("  for i = 1, {KEYS} do requests[i] = {request} end\nend\n"));
    script.push_str("function request() at = at % #requests + 1; return requests[at] end\n");
    script
}
