//! Tokens that are bad in one way each, and what a good one says.

use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use larder::domain::Clock as _;
use serde_json::{Value, json};

use crate::support::cluster::Cluster;

use super::issuer::{Issuer, Signer, encode};

/// Who we are to the issuer.
pub const AUDIENCE: &str = "https://larder.example.com";

/// What a good token says.
pub fn claims(issuer: &Issuer, cluster: &Cluster) -> Value {
    let now = cluster.clock.now().secs();
    json!({
        "iss": issuer.url(), "aud": AUDIENCE, "sub": "42", "iat": now, "exp": now + 300,
        "scope": "openid read:notes write:notes/users/{sub}/",
    })
}

/// The same, with a member set.
pub fn with(mut value: Value, name: &str, to: Value) -> Value {
    value[name] = to;
    value
}

/// The same, without a member.
pub fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().expect("an object").remove(name);
    value
}

/// Tokens that are bad in one way each.
pub fn bad(issuer: &Issuer, cluster: &Cluster, rsa: &Signer, ec: &Signer) -> Vec<(&'static str, String)> {
    let (good, head) = (claims(issuer, cluster), ec.head());
    let now = cluster.clock.now().secs();
    let token = ec.sign(&head, &good);
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let (first, second) = signed.split_once('.').expect("three parts");
    let stranger = Signer::new(&ec.kid, Algorithm::ES256);
    let hmac = |secret: &str, head: Value| {
        let signed = format!("{}.{}", encode(&head.to_string()), encode(&good.to_string()));
        let key = EncodingKey::from_secret(secret.as_bytes());
        let signature = crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).expect("a signature");
        format!("{signed}.{signature}")
    };
    let claim = |name: &str, to: Value| ec.sign(&head, &with(good.clone(), name, to));
    let lacks = |name: &str| ec.sign(&head, &without(good.clone(), name));
    let field = |name: &str, to: Value| ec.sign(&with(head.clone(), name, to), &good);
    let none = |alg: &str, signature: &str| {
        format!("{}.{}.{signature}", encode(&with(head.clone(), "alg", json!(alg)).to_string()), second)
    };
    let modulus = rsa.public()["n"].as_str().expect("a modulus").to_owned();
    let text = good.to_string();
    let twice = format!("{},\"sub\":\"root\"}}", &text[..text.len() - 1]);
    vec![
        ("alg none, no signature", none("none", "")),
        ("alg none, a signature", none("none", signature)),
        ("alg None", none("None", "")),
        ("alg nOnE", none("nOnE", "")),
        ("alg empty", none("", signature)),
        ("alg missing", ec.sign(&without(head.clone(), "alg"), &good)),
        ("alg a number", field("alg", json!(256))),
        ("alg a list", field("alg", json!(["ES256"]))),
        ("alg in lower case", field("alg", json!("es256"))),
        ("HMAC with the modulus", hmac(&modulus, json!({"alg": "HS256", "kid": rsa.kid}))),
        (
            "HMAC with the public key as text",
            hmac(&rsa.public().to_string(), json!({"alg": "HS256", "kid": rsa.kid})),
        ),
        ("HMAC that says RS256", hmac(&modulus, rsa.head())),
        ("HMAC with nothing", hmac("", json!({"alg": "HS256", "kid": ec.kid}))),
        ("an algorithm that is not allowed", field("alg", json!("ES384"))),
        ("RS256 with the key of ES256", ec.sign(&with(rsa.head(), "kid", json!(ec.kid)), &good)),
        ("ES256 with the key of RS256", rsa.sign(&with(head.clone(), "kid", json!(rsa.kid)), &good)),
        ("PS256 instead of RS256", rsa.sign(&with(rsa.head(), "alg", json!("PS256")), &good)),
        ("a stranger's signature", stranger.sign(&head, &good)),
        ("a stranger's key in the head", stranger.sign(&with(head.clone(), "jwk", stranger.public()), &good)),
        (
            "a stranger's key by address",
            stranger.sign(&with(head.clone(), "jku", json!("http://127.0.0.1:1/keys")), &good),
        ),
        (
            "a stranger's certificate",
            stranger.sign(&with(head.clone(), "x5u", json!("http://127.0.0.1:1/c")), &good),
        ),
        ("no signature", format!("{signed}.")),
        ("no signature and no dot", signed.to_owned()),
        ("half a signature", format!("{signed}.{}", &signature[..signature.len() / 2])),
        ("a signature of zeros", format!("{signed}.{}", encode(&"\0".repeat(64)))),
        ("a signature with padding", format!("{token}==")),
        (
            "a signature of other claims",
            format!("{first}.{}.{signature}", encode(&with(good.clone(), "sub", json!("1")).to_string())),
        ),
        ("four parts", format!("{token}.x")),
        ("five parts", format!("{first}.{second}.{signature}.a.b")),
        ("only dots", "..".into()),
        ("standard Base64", token.replacen('.', "+.", 1)),
        ("a head that is no JSON", ec.sign_text("alg", &text)),
        ("a head that is a list", ec.sign_text("[]", &text)),
        ("a head with alg twice", ec.sign_text(r#"{"alg":"none","alg":"ES256","kid":"two"}"#, &text)),
        ("claims that are no JSON", ec.sign_text(&head.to_string(), "{")),
        ("claims that are a list", ec.sign_text(&head.to_string(), "[]")),
        ("claims with sub twice", ec.sign_text(&head.to_string(), &twice)),
        ("crit", field("crit", json!(["exp"]))),
        ("crit, empty", field("crit", json!([]))),
        ("crit, unknown", ec.sign(&with(with(head.clone(), "crit", json!(["x"])), "x", json!(1)), &good)),
        ("unencoded claims", field("b64", json!(false))),
        ("compressed", field("zip", json!("DEF"))),
        ("encrypted", field("enc", json!("A256GCM"))),
        ("another type", field("typ", json!("dpop+jwt"))),
        ("a type that is none", field("typ", json!(1))),
        ("kid unknown", field("kid", json!("three"))),
        ("kid of the other key", field("kid", json!("one"))),
        ("kid a number", field("kid", json!(2))),
        ("kid empty", field("kid", json!(""))),
        ("kid a path", field("kid", json!("../../dev/null"))),
        ("kid of SQL", field("kid", json!("two' OR '1'='1"))),
        ("kid too long", field("kid", json!("k".repeat(300)))),
        ("iss missing", lacks("iss")),
        ("iss another", claim("iss", json!("https://evil.example.com"))),
        ("iss with a slash more", claim("iss", json!(issuer.url() + "/"))),
        ("iss a list", claim("iss", json!([issuer.url()]))),
        ("aud missing", lacks("aud")),
        ("aud another", claim("aud", json!("https://other.example.com"))),
        ("aud empty", claim("aud", json!([]))),
        ("aud longer", claim("aud", json!(AUDIENCE.to_owned() + ".evil.com"))),
        ("aud with what is no text", claim("aud", json!([AUDIENCE, 1]))),
        ("aud an object", claim("aud", json!({"aud": AUDIENCE}))),
        ("exp missing", lacks("exp")),
        ("exp past", claim("exp", json!(now - 60))),
        ("exp zero", claim("exp", json!(0))),
        ("exp negative", claim("exp", json!(-1))),
        ("exp text", claim("exp", json!((now + 300).to_string()))),
        ("exp null", claim("exp", Value::Null)),
        (
            "exp infinite",
            ec.sign_text(
                &head.to_string(),
                &text.replace(&format!("\"exp\":{}", now + 300), "\"exp\":1e999"),
            ),
        ),
        ("nbf in the future", claim("nbf", json!(now + 61))),
        ("nbf text", claim("nbf", json!("now"))),
        ("iat in the future", claim("iat", json!(now + 120))),
        ("sub missing", lacks("sub")),
        ("sub empty", claim("sub", json!(""))),
        ("sub a number", claim("sub", json!(42))),
        ("sub with a control character", claim("sub", json!("4\n2"))),
        ("sub too long", claim("sub", json!("s".repeat(256)))),
        ("too long", claim("more", json!("x".repeat(9000)))),
    ]
}
