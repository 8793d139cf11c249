//! Load by `wrk`: prepared requests over a thousand keys, and what it found.

use std::process::Command;
use std::time::Duration;

use crate::figures::Figures;
use crate::system::System;

/// Keys that are read and written.
pub const KEYS: usize = 1000;
/// Length of a document.
pub const DOCUMENT_BYTES: usize = 1024;

/// A JSON document of exactly 1 KiB.
pub fn document() -> Vec<u8> {
    let frame = br#"{"text":""}"#.len();
    format!(r#"{{"text":"{}"}}"#, "x".repeat(DOCUMENT_BYTES - frame)).into_bytes()
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

/// Loads a system for a while. Ends the program if an answer is no success: a wrong answer is fast.
pub fn run(system: &System, verb: Verb, connections: usize, time: Duration) -> Figures {
    let script = tempfile::Builder::new().suffix(".lua").tempfile().expect("a temporary file");
    std::fs::write(script.path(), lua(verb)).expect("the script is written");
    let mut command = Command::new("wrk");
    // A disk that others use may take seconds: that is slow, and no wrong answer.
    command.args(["-t1", "--latency", "--timeout", "10s"]);
    command.args(["-c", &connections.to_string(), "-d", &format!("{}s", time.as_secs())]);
    if let Some(token) = system.token() {
        command.arg("-H").arg(format!("Authorization: Bearer {token}"));
    }
    let before = system.cpu();
    let output = command.arg("-s").arg(script.path()).arg(system.url()).output().expect("wrk is installed");
    let cpu = system.cpu() - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let bad = text.contains("Non-2xx") || text.contains("Socket errors");
    assert!(output.status.success() && !bad, "{} gave errors under load:\n{text}", system.name());
    Figures {
        requests_per_second: rate(&text),
        cpu_micros: cpu.as_secs_f64() * 1e6 / requests(&text),
        p50_micros: quantile(&text, "50%"),
        p90_micros: quantile(&text, "90%"),
        p99_micros: quantile(&text, "99%"),
    }
}

/// The line `Requests/sec:  12345.67`.
fn rate(text: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    line.and_then(|figure| figure.trim().parse().ok()).expect("wrk prints its rate")
}

/// The line `  49380 requests in 4.00s, 60.83MB read`.
fn requests(text: &str) -> f64 {
    let line = text.lines().find_map(|line| line.split_once(" requests in "));
    line.and_then(|(figure, _)| figure.trim().parse().ok()).expect("wrk prints how many requests it sent")
}

/// The line `     50%   57.00us` of the latency distribution (not the column of the same look above it).
fn quantile(text: &str, which: &str) -> f64 {
    let distribution = text.split_once("Latency Distribution").map_or("", |(_, rest)| rest);
    let line = distribution.lines().find_map(|line| line.trim().strip_prefix(which));
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
    // Of what the command line says, `wrk.format` takes over only what the table of header fields holds.
    let head = r#"  local json = {["Content-Type"]="application/json"}
  for name, value in pairs(wrk.headers) do json[name] = value end
"#;
    script.push_str(head);
    let request = match verb {
        Verb::Get => {
            r#"wrk.format("GET", string.format("/v1/collections/bench/items/key-%04d", i))"#.to_string()
        }
        Verb::Put => format!(
            r#"wrk.format("PUT", string.format("/v1/collections/bench/items/key-%04d", i), json, '{document}')"#
        ),
        // Eight digits are valid base 64; the value is a kibibyte of it, decoded less: in etcd's favour.
        Verb::EtcdPut => {
            let value = "eHh4".repeat(DOCUMENT_BYTES / 3);
            format!(
                r#"wrk.format("POST", "/v3/kv/put", json, string.format('{{"key":"%08d","value":"{value}"}}', i))"#
            )
        }
    };
    script.push_str(&format!("  for i = 1, {KEYS} do requests[i] = {request} end\nend\n"));
    script.push_str("function request() at = at % #requests + 1; return requests[at] end\n");
    script
}
