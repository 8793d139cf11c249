//! Speed as ratios: each figure is taken beside its yardstick in the same run, alternating, median of three.
//!
//! `cargo bench --bench http` needs `wrk`; where `etcd` or `DynamoDB` Local is missing, its rows say so. With names of
//! parts only those are run; `--capacity FILE` measures what docs/capacity.json holds, and nothing else. Nothing here is
//! a test: the machine that runs it decides the absolute numbers, the ratios are what the README and the docs quote.

#![allow(clippy::disallowed_macros, reason = "a program for people, which prints its table")]
#![allow(unreachable_pub, reason = "a program has no outside")]

mod certificates;
mod client;
mod dynamo;
mod figures;
mod load;
mod paced;
mod parts;
mod probe;
mod process;
mod servers;
mod system;
mod systems;
mod table;

use table::Table;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve-bare", port] => servers::bare(port),
        ["serve-proxy", port, upstream] => servers::proxy(port, upstream),
        ["serve-collector", port] => servers::collector(port),
        ["serve-dynamodb", port, after_millis] => dynamo::canned::serve(port, after_millis),
        ["--capacity", file] => parts::capacity::write(file),
        only => measure(only),
    }
}

/// Runs the parts whose names were given, or all.
fn measure(only: &[&str]) {
    let unknown = |name: &&&str| !parts::ALL.iter().any(|(part, _)| part == *name);
    if let Some(name) = only.iter().find(unknown) {
        let names: Vec<&str> = parts::ALL.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no part {name}; there are {}", names.join(", "));
        std::process::exit(2);
    }
    let mut table = Table::default();
    for (name, part) in parts::ALL {
        if only.is_empty() || only.contains(name) {
            part(&mut table);
        }
    }
    table.print();
}
