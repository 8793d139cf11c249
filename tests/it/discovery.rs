//! Stores that are found by service records: they come and go under load, and no call fails.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use larder::api::remote::{Options, Remote};
use larder::domain::Store;

use crate::support::certificates::Certificates;
use crate::support::dns::{Dns, SERVICE, Service};
use crate::support::faults::{End, Proxy, Way};
use crate::support::lines::{Kept, Node, embedded, put, read, within, write};
use crate::support::load::under_load;
use crate::support::process::{Process, until_ready};
use crate::support::until::until;

const PATIENCE: Duration = Duration::from_secs(10);

/// A store process with something in front that counts.
struct Place {
    node: Node,
    proxy: Proxy,
}

impl Place {
    async fn start(kept: &Kept) -> Place {
        let node = Node::start(Arc::clone(&kept.store));
        let proxy = Proxy::start(node.address).await;
        Place { node, proxy }
    }

    fn service(&self) -> Service {
        (self.proxy.address, 0, 0)
    }

    /// Waits until it has been connected to.
    async fn is_found(&self) {
        until("a connection", async || self.proxy.connections() > 0).await;
    }

    /// Waits until calls come here.
    async fn is_used(&self) {
        let before = self.proxy.forwarded(Way::ToStore);
        // More than what keeps a line alive.
        until("calls", async || self.proxy.forwarded(Way::ToStore) >= before + 5_000).await;
    }
}

fn remote(dns: &Dns) -> Arc<Remote> {
    let resolver = Some(dns.address);
    Remote::new(Options { service: true, resolver, ..Options::new(SERVICE, 0) }).expect("a client")
}

/// Asks at once, as callers do who come before anything was found.
async fn ready(remote: &Remote) {
    while remote.ready(&within(PATIENCE)).await.is_err() {}
}

#[tokio::test]
async fn endpoints_come_and_go_and_no_call_fails() {
    let kept = embedded();
    let (a, b, c) = (Place::start(&kept).await, Place::start(&kept).await, Place::start(&kept).await);
    let dns = Dns::start(&[a.service()]).await;
    let remote = remote(&dns);
    ready(&remote).await;
    let done = under_load(&*remote, async {
        dns.set(&[a.service(), b.service()]).await;
        b.is_found().await;
        b.is_used().await;
        dns.set(&[b.service()]).await;
        // It is left in order, so it can stop at once although nobody told it to end its lines.
        let stopped = a.proxy.clone();
        until("the end of its lines", async || stopped.open() == 0).await;
        // All at once: the old one takes calls until the new one can.
        dns.set(&[c.service()]).await;
        c.is_found().await;
        c.is_used().await;
        until("the end of its lines", async || b.proxy.open() == 0).await;
    })
    .await;
    assert!(done > 100, "{done}");
    for place in [a, b, c] {
        assert!(place.node.stop().await < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn one_of_two_stores_stops_and_no_call_fails() {
    let kept = embedded();
    let (a, b) = (Place::start(&kept).await, Place::start(&kept).await);
    let dns = Dns::start(&[a.service(), b.service()]).await;
    let remote = remote(&dns);
    ready(&remote).await;
    let done = under_load(&*remote, async {
        a.is_used().await;
        b.is_used().await;
        // Its records are still there, and it says itself that it goes.
        assert!(a.node.stop().await < Duration::from_secs(5));
        b.is_used().await;
    })
    .await;
    assert!(done > 100, "{done}");
}

#[tokio::test]
async fn a_store_that_goes_is_looked_for_elsewhere_before_its_records_are_old() {
    let kept = embedded();
    let (a, b) = (Place::start(&kept).await, Place::start(&kept).await);
    let dns = Dns::start_with(300, &[a.service()]).await;
    let remote = remote(&dns);
    ready(&remote).await;
    let done = under_load(&*remote, async {
        a.is_used().await;
        dns.set(&[b.service()]).await;
        assert!(a.node.stop().await < Duration::from_secs(5));
        b.is_used().await;
    })
    .await;
    assert!(done > 100, "{done}");
}

#[tokio::test]
async fn a_store_that_stays_away_is_looked_for_now_and_then() {
    let kept = embedded();
    let (a, b) = (Place::start(&kept).await, Place::start(&kept).await);
    let dns = Dns::start_with(300, &[a.service(), b.service()]).await;
    let remote = remote(&dns);
    ready(&remote).await;
    let before = dns.questions();
    let began = Instant::now();
    let done = under_load(&*remote, async {
        assert!(a.node.stop().await < Duration::from_secs(5));
        while dns.questions() < before + 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    // Once at once, and then after a second or two each.
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(done > 100, "{done}");
}

#[tokio::test]
async fn without_an_answer_the_last_one_holds() {
    let kept = embedded();
    let (a, b) = (Place::start(&kept).await, Place::start(&kept).await);
    let mut dns = Dns::start(&[a.service()]).await;
    let remote = remote(&dns);
    ready(&remote).await;
    let done = under_load(&*remote, async {
        // There are no records.
        dns.set(&[]).await;
        dns.is_asked().await;
        a.is_used().await;
        // There is nobody who answers.
        let silent = dns.die().await;
        for _ in 0..2 {
            silent.recv_from(&mut [0; 512]).await.expect("a question");
        }
        a.is_used().await;
        drop(silent);
        dns.set(&[b.service()]).await;
        dns.revive().await;
        b.is_found().await;
        b.is_used().await;
    })
    .await;
    assert!(done > 100, "{done}");
}

#[tokio::test]
async fn a_second_priority_waits_until_it_is_needed() {
    let kept = embedded();
    let (first, second) = (Place::start(&kept).await, Place::start(&kept).await);
    let dns = Dns::start(&[(first.proxy.address, 1, 0), (second.proxy.address, 2, 100)]).await;
    let remote = remote(&dns);
    ready(&remote).await;
    first.is_found().await;
    second.is_found().await;
    remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    let reads = async |count: usize| {
        for _ in 0..count {
            remote.read(&within(PATIENCE), read("a")).await.unwrap();
        }
    };
    let moved = |place: &Place| place.proxy.forwarded(Way::ToStore);
    let (before, idle) = (moved(&first), moved(&second));
    reads(200).await;
    assert!(moved(&first) > before + 5_000 && moved(&second) < idle + 2_000);
    first.proxy.refuse(true);
    first.proxy.end(End::Reset);
    let idle = moved(&second);
    reads(200).await;
    assert!(moved(&second) > idle + 5_000);
    first.proxy.refuse(false);
    let back = first.is_used();
    let reading = async {
        loop {
            reads(10).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = back => {}
        () = reading => {}
    }
}

#[tokio::test]
async fn a_store_that_answers_nothing_is_set_aside_and_comes_back() {
    let kept = embedded();
    let (good, bad) = (Place::start(&kept).await, Place::start(&kept).await);
    let dns = Dns::start(&[good.service(), bad.service()]).await;
    let remote = remote(&dns);
    ready(&remote).await;
    good.is_found().await;
    bad.is_found().await;
    remote.write(&within(PATIENCE), write("a", put("[1]"), 1)).await.unwrap();
    bad.proxy.stall(Way::ToStore, true);
    let short = Duration::from_millis(250);
    let (mut failed, mut in_a_row) = (0, 0);
    while in_a_row < 200 {
        match remote.read(&within(short), read("a")).await {
            Ok(_) => in_a_row += 1,
            Err(_) => (failed, in_a_row) = (failed + 1, 0),
        }
    }
    // Those that it took to notice; the busier machine may have had slow ones besides.
    assert!((1..20).contains(&failed), "{failed}");
    bad.proxy.heal();
    let done = under_load(&*remote, bad.is_used()).await;
    assert!(done > 0);
}

#[tokio::test]
async fn nothing_that_is_found_is_said_with_the_reason() {
    let dns = Dns::start(&[]).await;
    let remote = remote(&dns);
    let error = loop {
        let error = remote.ready(&within(PATIENCE)).await.unwrap_err();
        if !error.detail().contains("being resolved") {
            break error;
        }
    };
    let detail = error.detail();
    assert!(detail.contains(&format!("srv+http://{SERVICE} (DNS has no records of {SERVICE})")), "{detail}");
}

#[tokio::test]
async fn an_api_role_finds_its_store_and_knows_it_by_its_name() {
    let certificates = Certificates::new();
    certificates.issue("store", &["larder.test"]);
    let data = tempfile::tempdir().unwrap();
    let pairs = |settings: Vec<(String, String)>| -> Vec<(String, String)> {
        settings.into_iter().chain([("shutdown.linger".to_owned(), "0s".to_owned())]).collect()
    };
    let start = |role: &str, settings: &[(String, String)]| {
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        Process::start(role, data.path(), &settings)
    };
    let store = start("store", &pairs(certificates.of_store()));
    let dns = Dns::start(&[(SocketAddr::from(([127, 0, 0, 1], store.traffic.port())), 0, 0)]).await;
    let mut settings = pairs(certificates.of_api());
    settings.push(("store.url".into(), format!("srv+https://{SERVICE}")));
    settings.push(("store.resolver".into(), dns.address.to_string()));
    let api = start("api", &settings);
    until_ready(api.admin).await;
}
