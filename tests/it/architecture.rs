//! Holds the dependency table of `docs/architecture.md`: which module may name which, and what lives only where.

use std::fs;

use crate::support::sources::{
    Source, identifier, production, root, sources, without_comments, word_begins, word_ends,
};

/// What each top-level module may name, besides itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("wire", &["domain"]),
    ("config", &["domain"]),
    ("telemetry", &["domain", "config"]),
    ("http", &["domain", "wire", "config", "telemetry"]),
    ("store", &["domain", "wire", "config", "telemetry", "http"]),
    ("api", &["domain", "wire", "config", "telemetry", "http"]),
    ("run", &["domain", "wire", "config", "telemetry", "http", "store", "api"]),
    ("commands", &["domain", "wire", "config", "telemetry", "http", "store", "api", "run", "cli"]),
    ("cli", &["domain", "wire", "config", "telemetry", "http", "store", "api", "run", "commands"]),
    ("main", &["domain", "wire", "config", "telemetry", "http", "store", "api", "run", "commands", "cli"]),
    // Only declares the modules.
    ("lib", &[]),
];

/// Words of production code, and the only places under `src/` that may say them.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("actix_web", &["http/", "api/", "store/", "run", "commands/", "main.rs"]),
    // The filter of the log names it.
    ("actix_http", &["http/", "api/", "store/", "run", "commands/", "config/table.rs"]),
    ("HttpServer", &["http/"]),
    ("ResponseError", &["http/"]),
    ("reqwest", &["api/remote/", "api/auth/jwks/", "commands/"]),
    ("aws_config", &["store/dynamo/"]),
    ("aws_sdk_*", &["store/dynamo/"]),
    ("aws_smithy_*", &["store/dynamo/"]),
    ("rustls", &["config/tls/", "http/tls/", "api/remote/", "run/tls.rs", "commands/"]),
    ("rcgen", &["commands/pki/"]),
    ("hickory_resolver", &["api/remote/discovery.rs"]),
    ("fjall", &["store/embedded/"]),
    ("tokio", &["telemetry/", "http/", "api/", "store/", "run", "commands/", "main.rs"]),
    ("counter!", &["telemetry/"]),
    ("gauge!", &["telemetry/"]),
    ("histogram!", &["telemetry/"]),
    ("describe_counter!", &["telemetry/"]),
    ("describe_gauge!", &["telemetry/"]),
    ("describe_histogram!", &["telemetry/"]),
    ("metrics_exporter_prometheus", &["telemetry/"]),
    ("metrics_process", &["telemetry/"]),
    ("tracing_log", &["telemetry/"]),
    ("tracing_subscriber", &["telemetry/"]),
    ("opentelemetry*", &["telemetry/"]),
    // Flags are read where the command line is parsed.
    ("std::env", &["config/", "cli.rs", "main.rs"]),
    // The data of the embedded engine, and the files that the subcommands write and read.
    ("std::fs", &["config/", "store/embedded/", "commands/"]),
    ("std::net", &["config/", "telemetry/", "http/", "api/", "store/", "run", "commands/"]),
    ("println!", &["commands/", "cli.rs", "main.rs"]),
    ("eprintln!", &["commands/", "cli.rs", "main.rs"]),
    // A certificate ends by the time of the system.
    ("SystemTime", &["config/tls/", "http/", "telemetry/", "run", "commands/"]),
];

/// Files that are longer than a file should be, and why.
const LONG: &[(&str, &str)] = &[];

const LINES: usize = 300;
/// Lines of a function; tables of what there is, and steps in an order, are read from the top whatever their length.
const FUNCTION_LINES: usize = 60;
/// Functions that are longer: tables.
const LONG_FUNCTIONS: &[(&str, &str)] = &[("api/openapi/parameters.rs", "header")];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "common", "misc", "shared"];

#[test]
fn modules_name_only_what_the_table_allows() {
    held(sources("src").iter().flat_map(|file| foreign_modules(&file.name, &file.text)));
}

#[test]
fn crates_and_macros_stay_where_they_belong() {
    held(sources("src").iter().flat_map(|file| misplaced_words(&file.name, &file.text)));
}

#[test]
fn each_file_opens_with_a_sentence_and_does_one_thing() {
    let files = sources("src").into_iter().chain(sources("tests"));
    held(files.flat_map(|file| shape_faults(&file.name, &file.text)));
}

#[test]
fn functions_can_be_read_at_a_glance() {
    let files = sources("src");
    held(
        files
            .iter()
            .filter(|file| !file.name.contains("/tests"))
            .flat_map(|file| long_functions(&file.name, &file.text)),
    );
}

/// The compiler says nothing of a file that nobody names, and its tests are not run.
#[test]
fn each_file_is_named_by_the_module_above_it() {
    for tree in ["src", "tests/it"] {
        let files = sources(tree);
        let names = |file: &Source| {
            nameless(&file.name, |parent| files.iter().find(|it| it.name == parent).map(|it| &*it.text))
        };
        held(files.iter().filter_map(names));
    }
}

/// The fault of a file that the module above it does not name.
fn nameless<'a>(name: &str, text_of: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let path = name.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let (above, own) = path.rsplit_once('/').unwrap_or(("", path));
    if above.is_empty() && matches!(own, "lib" | "main") {
        return None;
    }
    let parents = match above {
        "" => vec!["lib.rs".to_owned(), "main.rs".to_owned()],
        above => vec![format!("{above}/mod.rs"), format!("{above}.rs")],
    };
    let declared = |text: &str| text.lines().any(|line| line.trim_end().ends_with(&format!("mod {own};")));
    let named = parents.iter().filter_map(|parent| text_of(parent)).any(declared);
    (!named).then(|| format!("{name}: no module names it, so nothing of it is compiled"))
}

#[test]
fn the_documentation_has_the_same_table() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).expect("docs/architecture.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| module | may use |")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    let expected: Vec<String> = MAY_USE.iter().filter(|(name, _)| *name != "lib").map(row).collect();
    assert_eq!(rows, expected, "docs/architecture.md and this test must hold the same table");
}

fn row((name, allowed): &(&str, &[&str])) -> String {
    let allowed = if allowed.is_empty() { "–".to_owned() } else { allowed.join(", ") };
    format!("| {name} | {allowed} |")
}

/// Faults of a file against `MAY_USE`.
fn foreign_modules(name: &str, text: &str) -> Vec<String> {
    let own = name.split(['/', '.']).next().unwrap_or_default();
    let Some((_, allowed)) = MAY_USE.iter().find(|(module, _)| *module == own) else {
        return vec![format!("{name}: the module `{own}` is not in the table")];
    };
    let code = without_comments(text);
    let mut faults = Vec::new();
    for root in ["crate::", "larder::"] {
        for (at, _) in code.match_indices(root).filter(|(at, _)| word_begins(&code, *at)) {
            let module = identifier(&code[at + root.len()..]);
            if module.is_empty() {
                faults.push(format!("{name}: `{root}{{` hides what is used; one `use` for each module"));
            } else if module != own && !allowed.contains(&module) {
                faults.push(format!("{name}: names `{module}`, which `{own}` must not know"));
            }
        }
    }
    if code.contains("super::super") {
        faults.push(format!("{name}: `super::super` hides what is used; begin with `crate::`"));
    }
    let top = name == format!("{own}/mod.rs") || name == format!("{own}.rs");
    for (at, _) in code.match_indices("super::").filter(|_| top) {
        let module = identifier(&code[at + "super::".len()..]);
        if MAY_USE.iter().any(|(other, _)| *other == module) {
            faults.push(format!("{name}: `super::{module}` goes around the table; begin with `crate::`"));
        }
    }
    faults
}

/// Faults of a file against `ONLY_IN`.
fn misplaced_words(name: &str, text: &str) -> Vec<String> {
    let code = production(&without_comments(text)).to_owned();
    let mut faults = Vec::new();
    for (word, places) in ONLY_IN {
        if places.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        let stem = word.trim_end_matches('*');
        let said = |(at, _): (usize, &str)| {
            word_begins(&code, at) && (stem != *word || word_ends(&code, at + stem.len()))
        };
        if code.match_indices(stem).any(said) {
            faults.push(format!("{name}: says `{word}`, which belongs in {}", places.join(", ")));
        }
    }
    if code.contains("std::{") {
        faults.push(format!("{name}: `std::{{` hides what is used; one `use` for each module"));
    }
    faults
}

/// Faults of a file's size, name and opening.
fn shape_faults(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let opening: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//! ")).collect();
    if !opening.join(" ").contains(['.', ':']) {
        faults.push(format!("{name}: does not open with a `//!` sentence that ends with a stop"));
    }
    let lines = production(text).lines().count();
    if lines > LINES && !LONG.iter().any(|(long, _)| *long == name) {
        faults.push(format!("{name}: has {lines} lines, over {LINES}; which two things does it do?"));
    }
    for part in name.split(['/', '.']).filter(|part| EMPTY_NAMES.contains(part)) {
        faults.push(format!("{name}: `{part}` says nothing about what is inside"));
    }
    faults
}

/// Functions with too many lines, as rustfmt sets them.
fn long_functions(name: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = production(text).lines().collect();
    let mut faults = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let Some((before, rest)) = line.trim_start().split_once("fn ") else { continue };
        if before.contains(['(', '=', '/', '"', '|']) && !before.starts_with("pub(") {
            continue;
        }
        let end = format!("{indent}}}");
        let length =
            lines[at..].iter().position(|line| **line == *end || *line == format!("{indent};")).unwrap_or(0)
                + 1;
        let function = identifier(rest);
        if length > FUNCTION_LINES && !LONG_FUNCTIONS.contains(&(name, function)) {
            faults.push(format!("{name}: `{function}` has {length} lines, over {FUNCTION_LINES}"));
        }
    }
    faults
}

fn held(faults: impl Iterator<Item = String>) {
    let text: String = faults.map(|fault| format!("  {fault}\n")).collect();
    assert!(text.is_empty(), "the architecture does not hold:\n{text}");
}

#[test]
fn planted_faults_are_found() {
    let planted = [
        ("api/items.rs", "use crate::store::engine::Engine;"),
        ("store/mod.rs", "fn f() { crate::api::State::new() }"),
        ("domain/key.rs", "use crate::{config, wire};"),
        ("http/a/b.rs", "use super::super::super::api;"),
        ("http/mod.rs", "use super::api::State;"),
        ("surprise/mod.rs", "fn f() {}"),
        ("lib.rs", "pub use larder::store;"),
    ];
    for (name, text) in planted {
        assert_ne!(foreign_modules(name, text), Vec::<String>::new(), "{name}: {text}");
    }
    let misplaced = [
        ("domain/time.rs", "use std::time::SystemTime;"),
        ("domain/key.rs", "use std::{env, fs};"),
        ("wire/mod.rs", "fn f() { tokio::spawn(async {}); }"),
        ("api/items.rs", "use reqwest::Client;"),
        ("api/items.rs", "metrics::counter!(\"x\").increment(1);"),
        ("store/engine/mod.rs", "let k: fjall::Keyspace;"),
        ("store/embedded/mod.rs", "use aws_sdk_dynamodb::Client;"),
        ("run.rs", "use actix_web::HttpServer;"),
        ("api/limit.rs", "impl ResponseError for Limited {}"),
        ("store/engine/mod.rs", "std::env::var(\"HOME\")"),
        ("http/mod.rs", "println!(\"x\");"),
    ];
    for (name, text) in misplaced {
        assert_ne!(misplaced_words(name, text), Vec::<String>::new(), "{name}: {text}");
    }
    let long = format!("//! Does it.\n{}", "fn f() {}\n".repeat(LINES));
    let function = format!("//! Does it.\nfn f() {{\n{}}}\n", "    f();\n".repeat(FUNCTION_LINES));
    assert_ne!(long_functions("d.rs", &function), Vec::<String>::new());
    for (name, text) in [("a.rs", "fn f() {}"), ("b/utils.rs", "//! Does.\n"), ("c.rs", &long)] {
        assert_ne!(shape_faults(name, text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn lawful_code_is_left_alone() {
    let lawful =
        "//! A sentence.\n// crate::store is only spoken of.\nuse crate::domain::Key;\nuse super::page;\n";
    assert_eq!(foreign_modules("api/items.rs", lawful), Vec::<String>::new());
    assert_eq!(misplaced_words("api/remote/mod.rs", "use reqwest::Client;"), Vec::<String>::new());
    assert_eq!(
        misplaced_words("domain/a.rs", "#[cfg(test)]\nmod tests { use std::fs; }"),
        Vec::<String>::new()
    );
    assert_eq!(shape_faults("api/items.rs", lawful), Vec::<String>::new());
}
