//! Leaves and authorities are replaced under load, and no request fails.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use larder::api::remote::{Options, Remote};
use larder::commands::pki::Authority;
use larder::config::ClientTls;
use larder::domain::Store;

use crate::support::certificates::{Certificates, a_year, client_tls, issue};
use crate::support::cluster::StoreRole;
use crate::support::faults::{End, Proxy};
use crate::support::lines::{until_ready, within};
use crate::support::load::under_load;
use crate::support::until::until;

const PATIENCE: Duration = Duration::from_secs(10);

/// A store role, and an api role's end of lines that are replaced every moment, so that hands are shaken all the time.
struct Pair {
    certificates: Certificates,
    store: StoreRole,
    proxy: Proxy,
    remote: Arc<Remote>,
    /// What the api role's end makes lines with.
    tls: RefCell<ClientTls>,
}

impl Pair {
    async fn start() -> Pair {
        let certificates = Certificates::new();
        let store = StoreRole::start(certificates.of_store()).await;
        let proxy = Proxy::start(store.address()).await;
        let api = certificates.issue("api", &["api"]);
        let tls = client_tls(&api, certificates.authority.certificate(), "store");
        let options = Options::new(proxy.address.ip().to_string(), proxy.address.port());
        let line_age = Duration::from_millis(20);
        let options = Options { line_age, tls: Some(tls.clone()), ..options };
        let remote = Remote::new(options).expect("a client");
        Pair { certificates, store, proxy, remote, tls: RefCell::new(tls) }
    }

    /// Lets the store read its files again.
    fn reload(&self) {
        assert!(self.store.reload());
    }

    /// Takes other certificates for the api role's end.
    fn secure(&self, tls: ClientTls) {
        self.remote.secure(&tls).expect("certificates");
        self.tls.replace(tls);
    }

    /// Waits until lines were made with what holds now.
    async fn lines_are_new(&self) {
        let before = self.proxy.connections();
        // The second is begun after this was called.
        until("new lines", async || self.proxy.connections() >= before + 3).await;
        // A line that can't be replaced would go on; a new pair of hands shows that it can.
        let tls = Some(self.tls.borrow().clone());
        let options = Options::new(self.proxy.address.ip().to_string(), self.proxy.address.port());
        let fresh = Remote::new(Options { tls, ..options }).expect("a client");
        until_ready(&*fresh).await;
    }
}

#[tokio::test]
async fn leaves_are_replaced_and_nobody_notices() {
    let pair = Pair::start().await;
    let (certificates, trusted) = (&pair.certificates, pair.certificates.authority.certificate());
    let done = under_load(&*pair.remote, async {
        pair.lines_are_new().await;
        certificates.issue("store", &["store"]);
        pair.reload();
        pair.lines_are_new().await;
        let api = issue(&certificates.authority, &["api"], a_year());
        pair.secure(client_tls(&api, trusted, "store"));
        pair.lines_are_new().await;
    })
    .await;
    assert!(done > 100, "{done}");
}

#[tokio::test]
async fn an_authority_is_replaced_and_nobody_notices() {
    let pair = Pair::start().await;
    let certificates = &pair.certificates;
    let old = certificates.authority.certificate();
    let next = Authority::new(None, a_year()).unwrap();
    let new = next.certificate();
    let both = format!("{new}{old}");
    let api = issue(&certificates.authority, &["api"], a_year());
    let api_next = issue(&next, &["api"], a_year());
    let done = under_load(&*pair.remote, async {
        // Both are trusted everywhere before anybody shows a certificate of the new one.
        certificates.write("ca.pem", &both);
        pair.reload();
        pair.secure(client_tls(&api, &both, "store"));
        pair.lines_are_new().await;
        certificates.put("store", &issue(&next, &["store"], a_year()));
        pair.reload();
        pair.lines_are_new().await;
        pair.secure(client_tls(&api_next, &both, "store"));
        pair.lines_are_new().await;
        certificates.write("ca.pem", new);
        pair.reload();
        pair.secure(client_tls(&api_next, new, "store"));
        pair.lines_are_new().await;
    })
    .await;
    assert!(done > 100, "{done}");
    // The old one counts no more: lines with its certificates are refused.
    pair.secure(client_tls(&api, new, "store"));
    pair.proxy.end(End::Cut);
    while pair.remote.ready(&within(PATIENCE)).await.is_ok() {}
}

#[tokio::test]
async fn files_that_are_no_good_change_nothing() {
    let pair = Pair::start().await;
    let certificates = &pair.certificates;
    let stranger = issue(&certificates.authority, &["store"], a_year());
    let done = under_load(&*pair.remote, async {
        let good = std::fs::read_to_string(certificates.path("store.pem")).unwrap();
        for bad in
            ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &stranger.certificate]
        {
            certificates.write("store.pem", bad);
            assert!(!pair.store.reload(), "{bad}");
            pair.lines_are_new().await;
        }
        certificates.write("store.pem", &good);
        pair.reload();
    })
    .await;
    assert!(done > 100, "{done}");
}
