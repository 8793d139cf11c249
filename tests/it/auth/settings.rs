//! Configurations of authentication and limits that can't be meant, and what is said about each.

use larder::config::{self, Sources};

use crate::support::keys::Keys;

/// What is said about these settings, a line each.
fn said(settings: &[(&str, &str)]) -> Vec<String> {
    let mut sources = Sources::default().with("role", "api");
    for (key, value) in settings {
        sources = sources.with(key, value);
    }
    match config::load(&sources) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            let line = |problem: &config::Problem| {
                format!("{}: {}", problem.key.as_deref().unwrap_or("-"), problem.detail)
            };
            problems.0.iter().map(line).collect()
        }
    }
}

const ISSUER: (&str, &str) = ("auth.jwt.issuer", "https://id.example.com");
const AUDIENCE: (&str, &str) = ("auth.jwt.audience", "larder");
const ELSEWHERE: (&str, &str) = ("http.listen", "0.0.0.0:8080");

#[test]
fn what_cannot_be_meant_is_refused_with_what_to_do() {
    let twice = {
        let mut keys = Keys::default();
        keys.add(&["read:*"]);
        keys.toml().repeat(2)
    };
    let bad_scope = {
        let mut keys = Keys::default();
        keys.add(&["read:Notes"]);
        keys.toml().to_owned()
    };
    for (settings, key, words) in [
        (&[ELSEWHERE][..], "http.listen", "say auth.keys or auth.jwt.issuer"),
        (&[("auth.keys", "keys = [")], "auth.keys", "is no TOML, at line 1"),
        (&[("auth.keys", "[[key]]")], "auth.keys", "has a field \"key\" beside its keys"),
        (&[("auth.keys", twice.as_str())], "auth.keys", "has the id key000000001 twice"),
        (&[("auth.keys", bad_scope.as_str())], "auth.keys", "key key000000001: the scope \"read:Notes\""),
        (&[("auth.keys_file", "/nowhere/keys.toml")], "auth.keys_file", "cannot be read"),
        (
            &[("auth.keys", ""), ("auth.allow_anonymous", "true")],
            "auth.allow_anonymous",
            "contradicts auth.keys",
        ),
        (&[ISSUER, AUDIENCE, ("auth.allow_anonymous", "true")], "auth.allow_anonymous", "contradicts"),
        (&[ISSUER], "auth.jwt.audience", "must be said with auth.jwt.issuer"),
        (&[AUDIENCE], "auth.jwt.issuer", "must be said"),
        (&[("auth.jwt.jwks_url", "https://id.example.com/keys")], "auth.jwt.issuer", "must be said"),
        (&[("auth.jwt.algorithms", "EdDSA")], "auth.jwt.issuer", "must be said"),
        (&[("auth.jwt.scope_claim", "scp")], "auth.jwt.issuer", "must be said"),
        (&[("auth.jwt.leeway", "0s")], "auth.jwt.issuer", "must be said"),
        (&[("auth.jwt.issuer", "http://id.example.com"), AUDIENCE], "auth.jwt.issuer", "https://"),
        (&[("auth.jwt.issuer", "id.example.com"), AUDIENCE], "auth.jwt.issuer", "https://"),
        (&[ISSUER, ("auth.jwt.audience", "two words")], "auth.jwt.audience", "visible ASCII"),
        (&[ISSUER, AUDIENCE, ("auth.jwt.jwks_url", "file:///keys")], "auth.jwt.jwks_url", "https://"),
        (&[ISSUER, AUDIENCE, ("auth.jwt.algorithms", "none")], "auth.jwt.algorithms", "RS256"),
        (&[ISSUER, AUDIENCE, ("auth.jwt.algorithms", "RS256,HS256")], "auth.jwt.algorithms", "RS256"),
        (&[ISSUER, AUDIENCE, ("auth.jwt.algorithms", "")], "auth.jwt.algorithms", "RS256"),
        (&[ISSUER, AUDIENCE, ("auth.jwt.leeway", "60")], "auth.jwt.leeway", "a time"),
        (&[ISSUER, AUDIENCE, ("auth.jwt.ca", "certificate")], "auth.jwt.ca", "PEM"),
        (&[("limit.principal.rate", "-1")], "limit.principal.rate", "a number from 0"),
        (&[("limit.principal.rate", "1e3")], "limit.principal.rate", "a number from 0"),
        (&[("limit.principal.rate", "5")], "limit.principal.rate", "say auth.keys or auth.jwt.issuer"),
        (&[("limit.principal.burst", "0")], "limit.principal.burst", "a whole number"),
        (
            &[("limit.principal.burst", "5")],
            "limit.principal.burst",
            "no effect without limit.principal.rate",
        ),
        (&[("limit.principal.unit", "charge")], "limit.principal.unit", "without limit.principal.rate"),
        (&[("limit.address.burst", "5")], "limit.address.burst", "no effect without limit.address.rate"),
        (&[("limit.principal.unit", "bytes")], "limit.principal.unit", "requests or charge"),
        (&[("limit.address.rate", "fast")], "limit.address.rate", "a number from 0"),
        (&[("http.trusted_proxies", "everybody")], "http.trusted_proxies", "a list of networks"),
        (&[("auth.key", "x")], "auth.key", "did you mean auth.keys?"),
    ] {
        let said = said(settings);
        let found = said.iter().any(|line| line.starts_with(&format!("{key}: ")) && line.contains(words));
        assert!(found, "{settings:?} should say of {key}: {words}; it says {said:?}");
    }
}

#[test]
fn one_mistake_is_one_problem_and_nobody_is_told_to_open_the_service() {
    for (settings, key) in [
        (&[ELSEWHERE, ("auth.keys_file", "/nowhere/keys.toml")][..], "auth.keys_file"),
        (&[ELSEWHERE, ("auth.keys", "keys = [")], "auth.keys"),
        (&[ELSEWHERE, ISSUER], "auth.jwt.audience"),
        (&[ELSEWHERE, AUDIENCE], "auth.jwt.issuer"),
        (&[ELSEWHERE, AUDIENCE, ("auth.jwt.issuer", "id.example.com")], "auth.jwt.issuer"),
        (&[ELSEWHERE, ("auth.allow_anonymous", "yes")], "auth.allow_anonymous"),
        (&[ELSEWHERE, ISSUER, AUDIENCE, ("auth.jwt.ca_file", "/nowhere/ca.pem")], "auth.jwt.ca_file"),
        (&[ELSEWHERE, ("role", "pai")], "role"),
        (&[("admin.listen", "127.0.0.1:8080"), ("http.listen", "8443")], "http.listen"),
        (&[("limit.principal.burst", "none"), ("limit.principal.rate", "0")], "limit.principal.burst"),
        (&[("limit.principal.burst", "5"), ("limit.principal.rate", "lots")], "limit.principal.rate"),
    ] {
        let said = said(settings);
        assert!(said.len() == 1 && said[0].starts_with(&format!("{key}: ")), "{settings:?}: {said:?}");
    }
    // A file that can't be read may say anything.
    let mut sources = Sources::default().with("role", "api").with("http.listen", "0.0.0.0:8080");
    sources.files.push("/nowhere/larder.toml".into());
    let problems = config::load(&sources.with("auth.jwt.audience", "larder")).expect_err("a problem").0;
    assert!(problems.len() == 1 && problems[0].key.is_none(), "{problems:?}");
}

#[test]
fn whoever_must_say_who_they_are_may_come_from_elsewhere() {
    let mut keys = Keys::default();
    keys.add(&["read:*"]);
    for settings in [
        &[ELSEWHERE, ("auth.keys", keys.toml())][..],
        &[ELSEWHERE, ("auth.keys", "")],
        &[ELSEWHERE, ISSUER, AUDIENCE],
        &[ELSEWHERE, ISSUER, AUDIENCE, ("auth.keys", keys.toml())],
        &[ELSEWHERE, ("auth.allow_anonymous", "true")],
        &[("http.listen", "127.0.0.1:0")],
    ] {
        assert_eq!(said(settings), Vec::<String>::new(), "{settings:?}");
    }
}

#[test]
fn a_limit_of_principals_is_for_those_who_can_be_told_apart() {
    const RATE: (&str, &str) = ("limit.principal.rate", "5");
    for good in [
        &[RATE, ("auth.keys", "")][..],
        &[RATE, ISSUER, AUDIENCE],
        &[RATE, ("role", "store")],
        &[("limit.principal.rate", "0")],
        &[("limit.principal.rate", "0"), ("limit.principal.burst", "5"), ("limit.principal.unit", "charge")],
        &[("limit.principal.burst", "5"), ("role", "store")],
        &[("limit.address.rate", "5")],
    ] {
        assert_eq!(said(good), Vec::<String>::new(), "{good:?}");
    }
    assert_eq!(said(&[RATE, ("auth.allow_anonymous", "true")]).len(), 1);
    assert_eq!(said(&[RATE, ("auth.keys_file", "/nowhere/keys.toml")]).len(), 1);
}
