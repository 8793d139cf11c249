//! What probes say of a process, and what its admin port serves.

use crate::commands::program;
use crate::support::cluster::{Cluster, Plan};
use crate::support::until::until;

async fn get(url: &str) -> (u16, String) {
    let answer = reqwest::get(url).await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

#[tokio::test]
async fn a_process_that_serves_says_so_on_both_ports() {
    let cluster = Cluster::all().await;
    for probe in ["livez", "readyz", "startupz"] {
        let answer = get(&format!("{}/{probe}", cluster.admin_url())).await;
        assert_eq!(answer, (200, r#"{"status":"ok"}"#.to_owned()), "{probe}");
    }
    let healthz = format!("{}/healthz", cluster.url());
    // The first check in the background may still be on its way.
    until("health", async || get(&healthz).await.0 == 200).await;
    assert_eq!(get(&healthz).await, (200, String::new()));
    cluster.stop().await;
}

#[tokio::test]
async fn a_process_that_was_told_to_stop_lives_and_serves_but_is_not_ready() {
    let cluster = Plan::all().set("shutdown.linger", "60s").start().await;
    let (url, admin) = (cluster.url(), cluster.admin_url());
    cluster.front.lifecycle().enter(larder::http::Stage::Lingering);
    assert_eq!(get(&format!("{admin}/livez")).await.0, 200);
    for probe in ["healthz", "healthz?probe=self"] {
        assert_eq!(get(&format!("{url}/{probe}")).await, (503, String::new()), "{probe}");
    }
    let (status, body) = get(&format!("{admin}/readyz")).await;
    assert_eq!(status, 503);
    assert!(body.contains("told to stop"), "{body}");
    let answer = reqwest::get(format!("{url}/v1/collections")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["connection"], "close");
}

#[tokio::test]
async fn the_admin_port_shows_settings_and_metrics_and_takes_a_filter() {
    let cluster = Plan::all().set("api.secret", "never to be shown").start().await;
    let admin = cluster.admin_url();
    let (status, body) = get(&format!("{admin}/config")).await;
    assert_eq!(status, 200);
    let shown: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(shown["api.secret"]["value"], "(redacted)");
    assert_eq!(shown["role"]["origin"], "flag --set role");
    let (status, metrics) = get(&format!("{admin}/metrics")).await;
    assert_eq!(status, 200);
    assert!(metrics.contains("http_server_active_requests{role=\"all\"} 0"), "{metrics}");
    let client = reqwest::Client::new();
    let refused = client.put(format!("{admin}/log-filter")).body("loud").send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let (status, body) = get(&format!("{admin}/nothing")).await;
    assert_eq!(status, 404);
    assert!(body.contains("/readyz") && !body.contains("openapi"), "{body}");
    let head = client.head(format!("{admin}/readyz")).send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.text().await.unwrap()), (200, String::new()));
    let resources = [
        ("metrics", "GET, HEAD"),
        ("log-filter", "PUT"),
        ("livez", "GET, HEAD"),
        ("backup", "GET"),
        ("restore", "POST"),
    ];
    for (asked, allowed) in resources {
        let refused = client.delete(format!("{admin}/{asked}")).send().await.unwrap();
        assert_eq!(refused.status(), 405, "{asked}");
        assert_eq!(refused.headers()["allow"], allowed, "{asked}");
    }
    cluster.stop().await;
}

#[tokio::test]
async fn the_command_tells_ready_from_started() {
    let cluster = Plan::all().set("shutdown.linger", "60s").start().await;
    let listen = format!("admin.listen={}", cluster.front.admin);
    let asked = async |probe: &'static str| {
        let listen = listen.clone();
        let ask = move || program::run(&["healthcheck", "--role=all", "--set", &listen, "--probe", probe]);
        tokio::task::spawn_blocking(ask).await.expect("no panic")
    };
    assert_eq!(asked("ready").await.good().text().trim(), r#"{"status":"ok"}"#);
    asked("started").await.good();
    cluster.front.lifecycle().enter(larder::http::Stage::Lingering);
    let refused = asked("ready").await.bad();
    assert!(refused.err.contains("told to stop"), "{}", refused.err);
    asked("started").await.good();
}
