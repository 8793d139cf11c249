//! `app smoke`: what it says, what it leaves behind, and what it finds.

use std::io::{BufRead, BufReader};
use std::process::Child;

use larder::telemetry::metrics;

use super::program::{Ran, Server, command, run, terminate};
use super::wire::{self, Proxy, all, changed};

/// A report without what time it took, and where.
fn masked(report: &str) -> String {
    let masked = |line: &str| {
        let words = line.split(' ').filter(|word| !word.is_empty());
        words
            .filter(|word| word.parse::<f64>().is_err() && !word.starts_with("http://"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    report.lines().map(masked).collect::<Vec<_>>().join("\n")
}

#[test]
fn it_says_the_same_each_time_and_leaves_nothing_behind() {
    let server = Server::start();
    let first = run(&["smoke", "--url", &server.url()]).good();
    assert_eq!(server.collections(), Vec::<String>::new());
    let second = run(&["smoke", "--url", &server.url()]).good();
    assert_eq!(masked(first.text()), masked(second.text()));
    assert!(first.text().lines().count() > 40, "{}", first.text());
    assert_eq!(first.err, "");
}

#[test]
fn for_machines_it_says_the_same_as_json() {
    let server = Server::start();
    let said = run(&["smoke", "--json", "--url", &server.url()]).good();
    let report: serde_json::Value = serde_json::from_str(said.text()).expect("one line of JSON");
    assert_eq!(report["outcome"], "ok");
    let steps = report["steps"].as_array().expect("steps");
    assert!(
        steps.iter().all(|step| step["outcome"] == "ok" && step["seconds"].as_f64().is_some()),
        "{report}"
    );
}

#[test]
fn it_names_the_steps_that_a_broken_system_fails() {
    let server = Server::start();
    let swapped = || changed("problems/invalid-patch", "problems/invalid-batch");
    let proxy = Proxy::new(server.traffic, |_| all(), move |_| swapped());
    let said = run(&["smoke", "--url", &proxy.url()]).bad();
    assert_eq!(said.err, "failed: json-patch, increment\n", "{}", said.text());
    let why = "expected a problem of type /problems/invalid-patch, but it was /problems/invalid-batch";
    assert_eq!(said.text().matches(why).count(), 2, "{}", said.text());
    assert_eq!(server.collections(), Vec::<String>::new(), "it cleans up after a failure too");
}

#[test]
fn where_nothing_answers_the_first_step_fails_and_no_other_is_tried() {
    let said = run(&["smoke", "--url", "http://127.0.0.1:1"]).bad();
    assert_eq!(said.err, "failed: health\n");
    assert!(said.text().contains("no connection"), "{}", said.text());
    assert!(said.text().lines().count() < 6, "{}", said.text());
}

#[test]
fn the_next_run_removes_what_a_killed_one_left() {
    let server = Server::start();
    server.put("/v1/collections/smoke-notes/items/mine", "1");
    let mut killed = command(&["smoke", "--url", &server.url()]).spawn().expect("the binary");
    wire::wait(|| server.collections().iter().any(|name| name.ends_with("-guarded")));
    killed.kill().expect("it runs");
    killed.wait().expect("a status");
    assert!(server.collections().len() > 2);
    run(&["smoke", "--url", &server.url()]).good();
    assert!(server.collections().len() > 2, "what may still be at work is left alone");
    run(&["smoke", "--leftovers-after", "1ms", "--url", &server.url()]).good();
    assert_eq!(server.collections(), ["smoke-notes"]);
}

#[test]
fn told_to_stop_it_cleans_up_first() {
    let server = Server::start();
    let stopped = command(&["smoke", "--url", &server.url()]).spawn().expect("the binary");
    wire::wait(|| !server.collections().is_empty());
    terminate(&stopped);
    Ran::of(stopped.wait_with_output().expect("a status")).bad();
    assert_eq!(server.collections(), Vec::<String>::new());
}

#[test]
fn again_and_again_it_serves_metrics_and_ends_with_zero() {
    let server = Server::start();
    let arguments = ["smoke", "--every", "100ms", "--metrics-listen", "127.0.0.1:0", "--url", &server.url()];
    let mut watch = command(&arguments).spawn().expect("the binary");
    let address = metrics_address(&mut watch);
    let render = || wire::get(address, "/metrics").1;
    wire::wait(|| !render().contains("smoke_runs_total{outcome=\"ok\"} 0"));
    let text = render();
    let named: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    for family in metrics::SMOKE {
        assert!(named.contains(&family.name), "{} is missing in {text}", family.name);
    }
    assert!(metrics::ALL.iter().all(|family| family.name == "build_info" || !named.contains(&family.name)));
    assert!(text.contains("smoke_runs_total{outcome=\"failed\"} 0"), "{text}");
    assert!(text.contains("smoke_step_failures_total{step=\"cleanup\"} 0"), "{text}");
    assert!(text.contains("smoke_step_duration_seconds_bucket{step=\"item-read\",le=\"0.1\"}"), "{text}");
    assert!(!text.contains("smoke_last_success_timestamp_seconds 0"), "{text}");
    terminate(&watch);
    let said = Ran::of(watch.wait_with_output().expect("a status")).good();
    assert!(said.text().contains(" 0 failed, "), "{}", said.text());
    assert_eq!(server.collections(), Vec::<String>::new());
}

/// Where it says that it serves metrics.
fn metrics_address(watch: &mut Child) -> std::net::SocketAddr {
    let mut line = String::new();
    BufReader::new(watch.stderr.take().expect("piped")).read_line(&mut line).expect("a line");
    let address =
        line.trim().strip_prefix("metrics at http://").and_then(|rest| rest.strip_suffix("/metrics"));
    address.unwrap_or_else(|| panic!("{line}")).parse().expect("an address")
}
