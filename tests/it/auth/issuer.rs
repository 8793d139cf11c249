//! An issuer of tokens that the tests run: it serves its keys, and changes, fails or hangs when it is told to.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use larder::config::provider;
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
    SignatureAlgorithm,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::support::certificates::Certificates;

/// How it answers.
#[derive(Clone, Debug)]
pub enum Mood {
    /// With these keys.
    Well(Value),
    /// With this status.
    Failing(u16),
    /// Never.
    Hanging,
    /// With this text.
    Babbling(&'static str),
}

/// The server of an issuer.
pub struct Issuer {
    pub address: SocketAddr,
    scheme: &'static str,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
    handle: ServerHandle,
}

impl Issuer {
    pub fn start(mood: Mood) -> Issuer {
        Issuer::serve(mood, None)
    }

    /// The same behind TLS, with the certificate of a store.
    pub fn start_secured(mood: Mood, certificates: &Certificates) -> Issuer {
        let text = |name: &str| std::fs::read_to_string(certificates.path(name)).expect("a file");
        let chain = CertificateDer::pem_slice_iter(text("store.pem").as_bytes()).collect::<Result<_, _>>();
        let key = PrivateKeyDer::from_pem_slice(text("store.key").as_bytes()).expect("a key");
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let config = config.expect("versions").with_no_client_auth();
        let config = config.with_single_cert(chain.expect("certificates"), key).expect("a pair");
        Issuer::serve(mood, Some(config))
    }

    fn serve(mood: Mood, tls: Option<ServerConfig>) -> Issuer {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (mood, asked) = (Arc::new(Mutex::new(mood)), Arc::new(AtomicUsize::new(0)));
        let state = (Arc::clone(&mood), Arc::clone(&asked));
        let server = HttpServer::new(move || {
            let (mood, asked) = state.clone();
            let about = json!({
                "issuer": format!("{scheme}://{address}"), "jwks_uri": format!("{scheme}://{address}/keys"),
            });
            let keys = move || answer(mood.lock().expect("a mood").clone(), Arc::clone(&asked));
            App::new().route("/keys", web::get().to(keys)).route(
                "/.well-known/openid-configuration",
                web::get().to(move || {
                    let about = about.clone();
                    async move { HttpResponse::Ok().json(about) }
                }),
            )
        });
        let server = server.workers(1).disable_signals();
        let server = match tls {
            Some(tls) => server.listen_rustls_0_23(listener, tls),
            None => server.listen(listener),
        };
        let server = server.expect("a listener").run();
        let handle = server.handle();
        tokio::spawn(server);
        Issuer { address, scheme, mood, asked, handle }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub fn becomes(&self, mood: Mood) {
        *self.mood.lock().expect("a mood") = mood;
    }

    /// How often its keys were asked for.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn answer(mood: Mood, asked: Arc<AtomicUsize>) -> HttpResponse {
    asked.fetch_add(1, Ordering::SeqCst);
    match mood {
        Mood::Well(keys) => HttpResponse::Ok().json(json!({"keys": keys})),
        Mood::Failing(status) => HttpResponse::build(status.try_into().expect("a status")).finish(),
        Mood::Hanging => std::future::pending().await,
        Mood::Babbling(text) => HttpResponse::Ok().body(text),
    }
}

/// A key of an issuer, with its private half.
pub struct Signer {
    pub kid: String,
    pub algorithm: Algorithm,
    key: EncodingKey,
}

impl Signer {
    pub fn new(kid: &str, algorithm: Algorithm) -> Signer {
        let kind: &SignatureAlgorithm = match algorithm {
            Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
            Algorithm::ES384 => &PKCS_ECDSA_P384_SHA384,
            Algorithm::EdDSA => &PKCS_ED25519,
            _ => &PKCS_RSA_SHA256,
        };
        let pem = KeyPair::generate_for(kind).expect("a key").serialize_pem();
        let key = match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
        };
        Signer { kid: kid.into(), algorithm, key: key.expect("a key") }
    }

    /// Its public half, as issuers show it.
    pub fn public(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a public key");
        let mut value = serde_json::to_value(jwk).expect("JSON");
        value["kid"] = json!(self.kid);
        value["use"] = json!("sig");
        value
    }

    /// A token of these parts, signed.
    pub fn sign(&self, head: &Value, claims: &Value) -> String {
        self.sign_text(&head.to_string(), &claims.to_string())
    }

    /// The same of texts that need not be JSON.
    pub fn sign_text(&self, head: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(head), encode(claims));
        let signature = crypto::sign(signed.as_bytes(), &self.key, self.algorithm).expect("a signature");
        format!("{signed}.{signature}")
    }

    /// The head that a good token has.
    pub fn head(&self) -> Value {
        let name = serde_json::to_value(self.algorithm).expect("a name");
        json!({"alg": name, "kid": self.kid, "typ": "JWT"})
    }
}

/// A part of a token.
pub fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}
