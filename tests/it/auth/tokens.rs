//! Tokens of an issuer: which let somebody in, and the many that must not.

use std::time::{Duration, Instant};

use jsonwebtoken::Algorithm;
use serde_json::json;

use crate::support::certificates::Certificates;
use crate::support::client::Client;
use crate::support::cluster::{Cluster, Plan};
use crate::support::until::until;
use larder::domain::Clock as _;

use super::corpus::{AUDIENCE, bad, claims, with, without};
use super::issuer::{Issuer, Mood, Signer, encode};

const COLLECTIONS: &str = "/v1/collections";

async fn cluster(issuer: &Issuer) -> Cluster {
    let plan = Plan::all().set("auth.jwt.issuer", &issuer.url()).set("auth.jwt.audience", AUDIENCE);
    plan.set("auth.jwt.algorithms", "RS256,ES256").start().await
}

async fn status(cluster: &Cluster, token: &str) -> u16 {
    Client::new(cluster.front.traffic).get(COLLECTIONS).bearer(token).send().await.status
}

/// Waits until a good token is good: the keys are fetched beside everything else.
async fn until_known(cluster: &Cluster, token: &str) {
    until("the keys of the issuer", async || status(cluster, token).await == 200).await;
}

#[tokio::test]
async fn a_good_token_comes_in_with_its_scopes() {
    let (rsa, ec) = (Signer::new("one", Algorithm::RS256), Signer::new("two", Algorithm::ES256));
    let issuer = Issuer::start(Mood::Well(json!([rsa.public(), ec.public()])));
    let cluster = cluster(&issuer).await;
    let good = claims(&issuer, &cluster);
    until_known(&cluster, &rsa.sign(&rsa.head(), &good)).await;
    let variants = [
        rsa.sign(&without(rsa.head(), "kid"), &good),
        ec.sign(&ec.head(), &good),
        ec.sign(&with(ec.head(), "typ", json!("at+jwt")), &good),
        ec.sign(&without(ec.head(), "typ"), &with(good.clone(), "aud", json!(["other", AUDIENCE]))),
        ec.sign(&ec.head(), &with(good.clone(), "exp", json!(good["iat"].as_f64().unwrap() - 59.5))),
        ec.sign(&ec.head(), &with(good.clone(), "nbf", json!(good["iat"].as_u64().unwrap() + 59))),
    ];
    for token in &variants {
        assert_eq!(status(&cluster, token).await, 200, "{token}");
    }
    let client = Client::new(cluster.front.traffic);
    let token = ec.sign(&ec.head(), &good);
    let put = |key: &str, token: &str| {
        client.put(&format!("/v1/collections/notes/items/{key}"), "1").bearer(token).send()
    };
    put("users/42/a", &token).await.expect(201);
    put("users/43/a", &token).await.expect_problem(403, "insufficient-scope");
    client.get("/v1/collections/notes/items/users/42/a").bearer(&token).send().await.expect(200);
    for (name, scopes) in [
        ("scope", json!(["write:notes/users/{sub}/"])),
        ("sub", json!("43/../42")),
        ("sub", json!("..")),
        ("scope", json!("write:notes/users/{missing}/")),
        ("scope", json!(7)),
    ] {
        let token = ec.sign(&ec.head(), &with(good.clone(), name, scopes.clone()));
        let expected = if scopes.is_array() { 201 } else { 403 };
        put("users/42/b", &token).await.expect(expected);
    }
    cluster.stop().await;
    issuer.stop().await;
}

#[tokio::test]
async fn no_bad_token_comes_in() {
    let (rsa, ec) = (Signer::new("one", Algorithm::RS256), Signer::new("two", Algorithm::ES256));
    let shared =
        json!({"kty": "oct", "kid": "shared", "k": encode("a shared secret of some length"), "alg": "HS256"});
    let issuer = Issuer::start(Mood::Well(json!([rsa.public(), ec.public(), shared])));
    let cluster = cluster(&issuer).await;
    let good = ec.sign(&ec.head(), &claims(&issuer, &cluster));
    until_known(&cluster, &good).await;
    let tokens = bad(&issuer, &cluster, &rsa, &ec);
    assert!(tokens.len() >= 70, "{} tokens", tokens.len());
    let asked = issuer.asked();
    let client = Client::new(cluster.front.traffic);
    for (name, token) in tokens {
        let answer = client.get(COLLECTIONS).bearer(&token).send().await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.text());
        let challenge = answer.header("WWW-Authenticate").unwrap_or_default();
        assert!(challenge.contains("error=\"invalid_token\""), "{name}: {challenge}");
    }
    assert_eq!(issuer.asked(), asked, "within a minute unknown keys make nobody ask the issuer");
    assert_eq!(status(&cluster, &good).await, 200);
    cluster.stop().await;
    issuer.stop().await;
}

#[tokio::test]
async fn new_keys_of_the_issuer_are_fetched_at_most_once_a_minute() {
    let (old, new) = (Signer::new("old", Algorithm::ES256), Signer::new("new", Algorithm::ES256));
    let issuer = Issuer::start(Mood::Well(json!([old.public()])));
    let cluster = cluster(&issuer).await;
    // The clock of the tests stands still, so these hold as long as it does not say otherwise.
    let far = with(claims(&issuer, &cluster), "exp", json!(cluster.clock.now().secs() + 86_400));
    let (by_old, by_new) = (old.sign(&old.head(), &far), new.sign(&new.head(), &far));
    until_known(&cluster, &by_old).await;
    assert_eq!(issuer.asked(), 1);
    issuer.becomes(Mood::Well(json!([new.public()])));
    assert_eq!(status(&cluster, &by_new).await, 401, "asked less than a minute ago");
    cluster.clock.advance(Duration::from_secs(61));
    let many = futures_util::future::join_all((0..20).map(|_| status(&cluster, &by_new))).await;
    assert_eq!(many, [200; 20], "all of them waited for the one fetch");
    assert_eq!(issuer.asked(), 2);
    assert_eq!(status(&cluster, &by_old).await, 401, "a key that was withdrawn counts no longer");

    // A key that is withdrawn although nobody asks for another: noticed behind ten minutes.
    issuer.becomes(Mood::Well(json!([old.public()])));
    cluster.clock.advance(Duration::from_secs(601));
    assert_eq!(status(&cluster, &by_new).await, 200, "nobody waits for that");
    until("the withdrawal", async || status(&cluster, &by_new).await == 401).await;
    assert_eq!(status(&cluster, &by_old).await, 200);
    cluster.stop().await;
    issuer.stop().await;
}

#[tokio::test]
async fn an_issuer_in_trouble_takes_nothing_away_and_holds_nobody_up() {
    let (known, unknown) = (Signer::new("known", Algorithm::ES256), Signer::new("unknown", Algorithm::ES256));
    let issuer = Issuer::start(Mood::Well(json!([known.public()])));
    let cluster = cluster(&issuer).await;
    let far = with(claims(&issuer, &cluster), "exp", json!(cluster.clock.now().secs() + 86_400));
    let (good, other) = (known.sign(&known.head(), &far), unknown.sign(&unknown.head(), &far));
    until_known(&cluster, &good).await;
    for mood in [
        Mood::Failing(500),
        Mood::Failing(302),
        Mood::Babbling("<html>"),
        Mood::Babbling("{\"keys\":7}"),
        Mood::Hanging,
    ] {
        issuer.becomes(mood.clone());
        cluster.clock.advance(Duration::from_secs(61));
        let asked = issuer.asked();
        let began = Instant::now();
        assert_eq!(status(&cluster, &other).await, 401, "{mood:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{mood:?}: beyond the deadline");
        assert_eq!(issuer.asked(), asked + 1, "{mood:?}");
        let began = Instant::now();
        assert_eq!(status(&cluster, &good).await, 200, "{mood:?}");
        assert!(began.elapsed() < Duration::from_secs(3), "{mood:?}: held up");
    }
    cluster.stop().await;
    issuer.stop().await;
}

#[tokio::test]
async fn a_set_without_a_key_of_use_takes_away_those_before() {
    let (old, new) = (Signer::new("old", Algorithm::ES256), Signer::new("new", Algorithm::ES256));
    let shared = json!({"kty": "oct", "kid": "old", "k": "AAAA"});
    for nothing in [json!([]), json!([shared])] {
        let issuer = Issuer::start(Mood::Well(json!([old.public()])));
        let cluster = cluster(&issuer).await;
        let far = with(claims(&issuer, &cluster), "exp", json!(cluster.clock.now().secs() + 86_400));
        let (by_old, by_new) = (old.sign(&old.head(), &far), new.sign(&new.head(), &far));
        until_known(&cluster, &by_old).await;
        issuer.becomes(Mood::Well(nothing.clone()));
        cluster.clock.advance(Duration::from_secs(61));
        assert_eq!(status(&cluster, &by_new).await, 401, "{nothing}");
        assert_eq!(status(&cluster, &by_old).await, 401, "{nothing}: its key was withdrawn");
        issuer.becomes(Mood::Well(json!([new.public()])));
        until_known(&cluster, &by_new).await;
        cluster.stop().await;
        issuer.stop().await;
    }
}

#[tokio::test]
async fn without_any_key_nobody_comes_in_until_the_issuer_answers() {
    let signer = Signer::new("one", Algorithm::ES256);
    let issuer = Issuer::start(Mood::Failing(503));
    let cluster = cluster(&issuer).await;
    let good = signer.sign(&signer.head(), &claims(&issuer, &cluster));
    assert_eq!(status(&cluster, &good).await, 401);
    issuer.becomes(Mood::Well(json!([signer.public()])));
    // It asks again by itself, although the clock of the tests stands still.
    until_known(&cluster, &good).await;
    cluster.stop().await;
    issuer.stop().await;
}

#[tokio::test]
async fn an_issuer_behind_tls_is_known_by_its_authority_and_by_no_other() {
    let (certificates, others) = (Certificates::new(), Certificates::new());
    let signer = Signer::new("one", Algorithm::ES256);
    let issuer = Issuer::start_secured(Mood::Well(json!([signer.public()])), &certificates);
    let plan = |trusted: &Certificates| {
        let plan = Plan::all().set("auth.jwt.issuer", &issuer.url()).set("auth.jwt.audience", AUDIENCE);
        plan.set("auth.jwt.ca_file", &trusted.text("ca.pem"))
    };
    let cluster = plan(&certificates).start().await;
    let good = signer.sign(&signer.head(), &claims(&issuer, &cluster));
    until_known(&cluster, &good).await;
    cluster.stop().await;
    let strangers = plan(&others).start().await;
    assert_eq!(status(&strangers, &good).await, 401);
    assert_eq!(issuer.asked(), 1, "a server that nobody vouches for is not even asked");
    strangers.stop().await;
    issuer.stop().await;
}
