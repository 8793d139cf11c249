//! Drives a real pair of roles, and holds what `/metrics` says and what `docs/metrics.md` says to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::Command;

use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::until::until;

/// What the page says of a family.
struct Described {
    r#type: String,
    labels: BTreeSet<String>,
    meaning: String,
}

/// The families of a role: the first table of the page.
fn described() -> BTreeMap<String, Described> {
    let path = format!("{}/docs/metrics.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).expect("docs/metrics.md");
    let rows = page.lines().skip_while(|line| *line != "| name | type | labels | meaning |").skip(2);
    let row = |row: &str| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let labels = cells[2].split_whitespace().map(|label| label.trim_matches('`').to_owned());
        let described =
            Described { r#type: cells[1].into(), labels: labels.collect(), meaning: cells[3].into() };
        (cells[0].trim_matches('`').to_owned(), described)
    };
    rows.take_while(|line| line.starts_with('|')).map(row).collect()
}

/// What a process serves.
struct Served(String);

impl Served {
    async fn by(admin: SocketAddr) -> Served {
        let answer = Client::new(admin).get("/metrics").send().await.expect(200);
        Served(answer.text().to_owned())
    }

    /// The comments of that word: the rest of each line, by family.
    fn comments(&self, word: &str) -> BTreeMap<&str, &str> {
        let lines = self.0.lines().filter_map(|line| line.strip_prefix("# ")?.strip_prefix(word));
        lines.filter_map(|line| line.trim_start().split_once(' ')).collect()
    }

    /// Name, labels and value of each series.
    fn series(&self) -> impl Iterator<Item = (&str, BTreeSet<String>, f64)> {
        self.0.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            // No value of a label of ours holds a quote.
            let labels =
                labels.trim_end_matches('}').split("\",").filter_map(|label| label.split_once("=\""));
            (name, labels.map(|(label, _)| label.to_owned()).collect(), value.parse().expect("a number"))
        })
    }

    /// The sum of the series of a name whose line holds these words.
    fn sum(&self, name: &str, words: &[&str]) -> f64 {
        let lines = self.0.lines().filter(|line| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| {
                rest.starts_with(['{', ' ']) && words.iter().all(|word| rest.contains(word))
            })
        });
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }
}

#[tokio::test]
async fn a_driven_system_serves_what_the_page_says_and_nothing_else() {
    let data = tempfile::tempdir().expect("a directory");
    let quiet = [("shutdown.linger", "0s"), ("log.requests", "failures")];
    let store = Process::start("store", data.path(), &quiet);
    let url = store.url();
    let api = Process::start("api", data.path(), &[quiet[0], quiet[1], ("store.url", &url)]);
    let described = described();
    for admin in [api.admin, store.admin] {
        holds(&Served::by(admin).await, &described);
    }
    until("health", async || Client::new(api.traffic).get("/healthz").send().await.status == 200).await;
    let smoke = Command::new(env!("CARGO_BIN_EXE_app")).args(["smoke", "--url", &api.url()]).output();
    let smoke = smoke.expect("the binary runs");
    assert!(smoke.status.success(), "{}", String::from_utf8_lossy(&smoke.stdout));
    Client::new(store.admin).get("/backup").send().await.expect(200);
    Client::new(api.traffic).get("/nowhere").send().await.expect(404);
    let (of_api, of_store) = (Served::by(api.admin).await, Served::by(store.admin).await);
    holds(&of_api, &described);
    holds(&of_store, &described);
    measured(&of_api, &of_store);
}

/// Names, types, labels and help are those of the page, both ways.
fn holds(served: &Served, described: &BTreeMap<String, Described>) {
    let ours = |name: &str| !name.starts_with("process_");
    let types = served.comments("TYPE");
    let names: Vec<&str> = types.keys().copied().filter(|name| ours(name)).collect();
    assert_eq!(names, described.keys().map(String::as_str).collect::<Vec<_>>());
    let help = served.comments("HELP");
    let mut seen = BTreeSet::new();
    for (series, mut labels, _) in served.series().filter(|(name, ..)| ours(name)) {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|part| series.strip_suffix(part));
        let family = family.filter(|family| described.contains_key(*family)).unwrap_or(series);
        let page = described.get(family).unwrap_or_else(|| panic!("{series} is of no family"));
        if series.ends_with("_bucket") {
            assert!(labels.remove("le"), "{series} has no bounds");
        }
        assert_eq!(labels, page.labels, "the labels of {series}");
        assert_eq!((types[family], help[family]), (page.r#type.as_str(), page.meaning.as_str()), "{family}");
        seen.insert(family.to_owned());
    }
    let without: Vec<_> = described.keys().filter(|name| !seen.contains(*name)).collect();
    assert!(without.is_empty(), "without a series from the start: {without:?}");
}

/// What was driven has been measured, each where it happened.
fn measured(of_api: &Served, of_store: &Served) {
    let item = "route=\"/v1/collections/{collection}/items/{key}\"";
    for (served, name, words) in [
        (
            of_api,
            "http_server_request_duration_seconds_count",
            ["role=\"api\"", "method=\"PUT\"", item].as_slice(),
        ),
        (of_api, "http_server_request_duration_seconds_count", &["route=\"unmatched\"", "status=\"404\""]),
        (
            of_api,
            "store_client_request_duration_seconds_count",
            &["operation=\"transact\"", "outcome=\"ok\""],
        ),
        (of_api, "store_client_endpoints", &["state=\"up\""]),
        (of_store, "store_operation_duration_seconds_count", &["backend=\"embedded\"", "operation=\"list\""]),
        (of_store, "store_operation_duration_seconds_count", &["outcome=\"precondition-failed\""]),
        (of_store, "item_document_bytes_count", &[]),
        (of_store, "embedded_commit_duration_seconds_count", &[]),
        (of_store, "embedded_commit_batch_size_sum", &[]),
        (of_store, "embedded_disk_bytes", &[]),
        (of_store, "embedded_backup_last_success_timestamp_seconds", &[]),
        (of_api, "build_info", &["version=\""]),
        (of_api, "process_resident_memory_bytes", &[]),
    ] {
        let lines = served.0.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>();
        assert!(served.sum(name, words) > 0.0, "{name} {words:?} in {lines:#?}");
    }
    assert!(of_api.sum("store_operation_duration_seconds_count", &[]) == 0.0, "the api role keeps no data");
    assert!(of_api.sum("embedded_backup_last_success_timestamp_seconds", &[]) == 0.0);
}
