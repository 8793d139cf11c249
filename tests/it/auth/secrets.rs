//! No secret stands in a log at any level, in `/config`, in an error or in a metric.

use jsonwebtoken::Algorithm;
use reqwest::{Certificate, Version};
use serde_json::json;

use crate::support::certificates::Certificates;
use crate::support::client::Client;
use crate::support::keys::Keys;
use crate::support::process::Process;
use crate::support::reloads::{replace, until_reloaded};

use super::issuer::{Issuer, Mood, Signer};

const API_SECRET: &str = "planted-secret-of-the-api";
const DOCUMENT: &str = "planted-document";

async fn page(process: &Process, path: &str) -> String {
    let answer = reqwest::get(format!("http://{}{path}", process.admin)).await.expect("an answer");
    answer.text().await.expect("a body")
}

#[tokio::test]
async fn nothing_that_is_secret_is_ever_said() {
    let dir = tempfile::tempdir().unwrap();
    let (file, mut keys) = (dir.path().join("keys.toml"), Keys::default());
    let key = keys.add(&["read:*", "write:notes/"]);
    let expired = keys.add_with(&[], "expires = '2020-01-01T00:00:00Z'");
    replace(&file, keys.toml());
    let config = dir.path().join("larder.toml");
    replace(&config, &format!("[api]\nsecret = '{API_SECRET}'\n"));
    let signer = Signer::new("one", Algorithm::ES256);
    let issuer = Issuer::start(Mood::Well(json!([signer.public()])));
    let url = issuer.url();
    let settings = [
        ("auth.keys_file", file.to_str().unwrap()),
        ("auth.jwt.issuer", url.as_str()),
        ("auth.jwt.audience", "larder"),
        ("log.filter", "trace"),
        ("shutdown.linger", "0s"),
    ];
    let mut process = Process::start_with("all", dir.path(), &settings, Some(&config));
    let client = Client::new(process.traffic);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({"iss": url, "aud": "larder", "sub": "42", "exp": now + 60, "scope": "read:notes"});
    let token = signer.sign(&signer.head(), &claims);
    let stale = signer.sign(&signer.head(), &json!({"iss": url, "aud": "larder", "sub": "42", "exp": 1}));
    let credentials =
        [&key, &expired, &token, &stale, &key.replace("Secret", "secret"), &format!("{token}planted")];
    let item = "/v1/collections/notes/items/a";
    let mut shown = String::new();
    for credentials in credentials {
        for request in [
            client.put(item, format!("\"{DOCUMENT}\"")),
            client.get(item),
            client.get("/v1/collections/notes/items?cursor=x"),
            client.put("/v1/collections/other", "{}"),
            client.post(
                "/v1/collections/notes/batch",
                format!(r#"{{"ops":[{{"op":"put","key":"b","value":"{DOCUMENT}"}}]}}"#),
            ),
        ] {
            let answer = request.bearer(credentials).send().await;
            shown.push_str(&format!("{:?}", answer.headers));
            if answer.status >= 400 {
                shown.push_str(answer.text());
            }
        }
    }
    // A bad change quotes nothing of what it refuses.
    replace(&file, &format!("{}\nsecret = '{key}'\n", keys.toml()));
    until_reloaded(&process, "refused", 1).await;
    replace(&config, &format!("[api]\nsecret = '{API_SECRET}' and more\n"));
    until_reloaded(&process, "refused", 2).await;
    shown.push_str(&page(&process, "/config").await);
    shown.push_str(&page(&process, "/metrics").await);
    shown.push_str(&page(&process, "/readyz").await);
    process.signal("TERM");
    assert_eq!(process.end(), Some(0));
    let log = process.said().join("\n");
    assert!(
        log.contains(r#""level":"trace""#) || log.contains(r#""level":"debug""#),
        "this is not everything"
    );
    for (what, text) in [("the log", &log), ("an answer or a page", &shown)] {
        let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
        let secrets = [
            API_SECRET.to_owned(),
            "_planted".to_owned(),
            signature(&token),
            signature(&stale),
            DOCUMENT.to_owned(),
        ];
        for secret in secrets {
            let at = text.find(&secret);
            let around = at.map(|at| text[at.saturating_sub(200)..at].to_owned());
            assert_eq!(around, None, "{what} has {secret}");
        }
    }
    issuer.stop().await;
}

#[tokio::test]
async fn nothing_that_is_secret_is_said_of_http_2_either() {
    let (certificates, mut keys) = (Certificates::new(), Keys::default());
    let key = keys.add(&["read:*", "write:notes/"]);
    let (certificate, private) = (certificates.text("store.pem"), certificates.text("store.key"));
    let settings = [
        ("auth.keys", keys.toml()),
        ("http.tls.certificate_file", certificate.as_str()),
        ("http.tls.key_file", private.as_str()),
        ("log.filter", "trace"),
        ("shutdown.linger", "0s"),
    ];
    let mut process = Process::start("all", certificates.directory(), &settings);
    let trusted =
        Certificate::from_pem(certificates.authority.certificate().as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder().tls_certs_only([trusted]).no_proxy().build().expect("a client");
    let item = format!("https://{}/v1/collections/notes/items/a", process.traffic);
    for key in [key.clone(), key.replace("Secret", "secret")] {
        let put = client.put(&item).bearer_auth(&key).body(format!("\"{DOCUMENT}\"")).send().await;
        assert_eq!(put.expect("an answer").version(), Version::HTTP_2);
        client.get(&item).bearer_auth(&key).send().await.expect("an answer");
    }
    drop(client);
    process.signal("TERM");
    assert_eq!(process.end(), Some(0));
    let log = process.said().join("\n");
    let private = std::fs::read_to_string(certificates.path("store.key")).expect("a key");
    let private = private.lines().nth(1).expect("its text").to_owned();
    for secret in ["_planted", DOCUMENT, private.as_str()] {
        let around = log.find(secret).map(|at| log[at.saturating_sub(200)..at].to_owned());
        assert_eq!(around, None, "the log has {secret}");
    }
}

#[tokio::test]
async fn the_audit_says_who_was_refused_what_and_from_where() {
    let dir = tempfile::tempdir().unwrap();
    let mut keys = Keys::default();
    let key = keys.add(&["read:notes", "admin:notes"]);
    let settings =
        [("auth.keys", keys.toml()), ("shutdown.linger", "0s"), ("log.filter", "off,audit=info,larder=info")];
    let mut process = Process::start("all", dir.path(), &settings);
    let client = Client::new(process.traffic);
    let ask = |request: crate::support::client::Request, id: &str| request.header("X-Request-Id", id).send();
    ask(client.get("/v1/collections/notes"), "r-1").await.expect(401);
    ask(client.get("/v1/collections/notes").bearer(&key.replace("Secret", "guess_")), "r-2")
        .await
        .expect(401);
    ask(client.delete("/v1/collections/notes/items/a").bearer(&key), "r-3").await.expect(403);
    ask(client.put("/v1/collections/notes", "{}").bearer(&key), "r-4").await.expect(201);
    ask(client.delete("/v1/collections/notes").bearer(&key), "r-5").await.expect(204);
    let batch =
        r#"{"ops":[{"op":"get","key":"a"},{"op":"put","key":"b","value":1},{"op":"delete","key":"c"}]}"#;
    ask(client.post("/v1/collections/notes/batch", batch).bearer(&key), "r-6").await.expect(200);
    process.signal("TERM");
    assert_eq!(process.end(), Some(0));
    let lines: Vec<serde_json::Value> =
        process.said().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let audit: Vec<_> = lines.iter().filter(|line| line["target"] == "audit").collect();
    let item = "/v1/collections/{collection}/items/{key}";
    for (at, (id, who, what, outcome)) in [
        ("r-1", "-", "GET /v1/collections/{collection}", "unauthenticated: "),
        ("r-2", "unproven key:key000000001", "GET /v1/collections/{collection}", "unauthenticated: "),
        ("r-3", "key:key000000001", &format!("DELETE {item}"), "insufficient-scope: "),
        ("r-4", "key:key000000001", "PUT /v1/collections/{collection}", "made notes"),
        ("r-5", "key:key000000001", "DELETE /v1/collections/{collection}", "removed notes"),
        ("r-6", "key:key000000001", "POST /v1/collections/{collection}/batch", "insufficient-scope: "),
        ("r-6", "key:key000000001", "POST /v1/collections/{collection}/batch", "insufficient-scope: "),
    ]
    .into_iter()
    .enumerate()
    {
        let line = audit[at];
        assert_eq!(
            (&line["request_id"], &line["who"], &line["what"]),
            (&json!(id), &json!(who), &json!(what))
        );
        assert!(line["outcome"].as_str().unwrap().starts_with(outcome), "{line}");
        assert!(line["from"].as_str().unwrap().starts_with("127.0.0.1:"), "{line}");
    }
    assert_eq!(audit.len(), 7, "{audit:?}");
}
