//! Certificates of the tests' own, made by the code of `app pki`, in a directory as an operator has it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use larder::commands::pki::{Authority, Issued, Lifetime};
use larder::config::{Chain, ClientTls, Clients, Identity, Names, PrivateKey, ServerTls};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::reloads::replace;

pub const DAY: i64 = 86_400;

/// Seconds since 1970, by the clock of the system: certificates know no other.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64
}

/// A year from now.
pub fn a_year() -> Lifetime {
    Lifetime::days(now(), 365)
}

/// A directory with `ca.pem`, and whatever was issued.
pub struct Certificates {
    pub authority: Authority,
    dir: TempDir,
}

impl Certificates {
    /// An authority, and a leaf for each role.
    pub fn new() -> Certificates {
        let authority = Authority::new(None, a_year()).expect("an authority");
        let certificates = Certificates { authority, dir: tempfile::tempdir().expect("a directory") };
        certificates.write("ca.pem", certificates.authority.certificate());
        certificates.issue("api", &["api"]);
        certificates.issue("store", &["store", "localhost", "127.0.0.1"]);
        certificates
    }

    /// Issues a leaf for a year, as files.
    pub fn issue(&self, name: &str, names: &[&str]) -> Issued {
        let issued = issue(&self.authority, names, a_year());
        self.put(name, &issued);
        issued
    }

    /// Writes a leaf and its key as files.
    pub fn put(&self, name: &str, issued: &Issued) {
        // The key first, and both by renaming, as a careful operator does.
        self.write(&format!("{name}.key"), &issued.key);
        self.write(&format!("{name}.pem"), &issued.certificate);
    }

    /// Writes a file that only its owner can read.
    pub fn write(&self, name: &str, text: &str) {
        replace(&self.path(name), text);
    }

    pub fn directory(&self) -> &Path {
        self.dir.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The path of a file, as the value of a setting.
    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path of text").to_owned()
    }

    /// A stream of TLS to one who shows a leaf of this authority, with these protocols.
    pub async fn connect(&self, to: SocketAddr, protocols: &[&str]) -> TlsStream<TcpStream> {
        let mut trusted = rustls::RootCertStore::empty();
        let chain = Chain::parse(self.authority.certificate()).expect("a certificate");
        trusted.add(chain.certificates()[0].clone()).expect("an authority");
        let mut config = rustls::ClientConfig::builder_with_provider(larder::config::provider())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(trusted)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(to).await.expect("a connection");
        connector.connect("localhost".try_into().expect("a name"), stream).await.expect("a handshake")
    }

    /// The settings of a store role that lets in api roles only.
    pub fn of_store(&self) -> Vec<(String, String)> {
        let file = |key: &str, name: &str| (format!("http.tls.{key}_file"), self.text(name));
        vec![file("certificate", "store.pem"), file("key", "store.key"), file("client_ca", "ca.pem")]
    }

    /// The settings of an api role on its way to such a store.
    pub fn of_api(&self) -> Vec<(String, String)> {
        let file = |key: &str, name: &str| (format!("store.tls.{key}_file"), self.text(name));
        vec![file("certificate", "api.pem"), file("key", "api.key"), file("ca", "ca.pem")]
    }
}

/// Issues a leaf.
pub fn issue(authority: &Authority, names: &[&str], lifetime: Lifetime) -> Issued {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    authority.issue("leaf", &names, lifetime).expect("a certificate")
}

/// What a side shows.
pub fn identity(issued: &Issued) -> Identity {
    let chain = Chain::parse(&issued.certificate).expect("a certificate");
    Identity::new(chain, PrivateKey::parse(&issued.key).expect("a key")).expect("a pair")
}

/// What a store does with its clients.
pub fn server_tls(shown: &Issued, authorities: &str, names: &str) -> ServerTls {
    let authorities = Chain::parse(authorities).expect("certificates");
    let names = Names::parse(names).expect("names");
    ServerTls { identity: identity(shown), clients: Some(Clients { authorities, names }) }
}

/// What an api role does with its stores.
pub fn client_tls(shown: &Issued, authorities: &str, names: &str) -> ClientTls {
    let authorities = Chain::parse(authorities).expect("certificates");
    let names = Names::parse(names).expect("names");
    ClientTls { authorities, names, identity: Some(identity(shown)) }
}
