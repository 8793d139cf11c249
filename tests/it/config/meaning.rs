//! What was said well, and means nothing: values of another type, settings in vain, listeners in each other's way.

use super::{app, file, text};

/// What `check-config` says of this file, in these roles.
fn checked(role: &str, file: &std::path::Path, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let role = format!("--role={role}");
    let output =
        app(&["check-config", &role, "--config", file.to_str().expect("a path of text")], environment);
    (output.status.code(), text(&output.stderr))
}

#[test]
fn what_was_said_in_vain_is_refused_where_it_was_said() {
    let dir = tempfile::tempdir().unwrap();
    for (role, toml, told) in [
        (
            "all",
            "limit.principal.burst = 5\nlimit.address.burst = 6\ntelemetry.otlp.sample = 0.5\n",
            &[
                "limit.principal.burst: has no effect without limit.principal.rate",
                "limit.address.burst: has no effect without limit.address.rate",
                "telemetry.otlp.sample: has no effect without telemetry.otlp.endpoint",
            ][..],
        ),
        (
            "store",
            "store.dynamodb.table = 'notes'\nhttp.tls.client_names = 'web'\n",
            &[
                "store.dynamodb.table: has no effect without store.backend",
                "http.tls.client_names: has no effect without http.tls.client_ca",
            ],
        ),
        (
            "api",
            "store.tls.names = 'store'\nstore.url = 'http://store:8081'\n",
            &["store.url: is not https, so that what is said under store.tls has no effect"],
        ),
    ] {
        let file = file(&dir, "vain.toml", toml);
        let (code, said) = checked(role, &file, &[]);
        let origin = format!("({})", file.display());
        assert_eq!(code, Some(64), "{said}");
        assert_eq!(said.lines().count(), told.len() + 1, "{said}");
        for told in told {
            assert!(
                said.lines().any(|line| line.contains(told) && line.ends_with(&origin)),
                "{told}: {said}"
            );
        }
    }
    // What a role does not look at, what waits for what is switched off, and what holds anyway.
    for (role, toml) in [
        ("api", "store.dynamodb.table = 'notes'\nhttp.tls.client_names = 'web'\n"),
        ("store", "store.tls.names = 'store'\nlimit.address.burst = 6\n"),
        (
            "all",
            "store.backend = 'embedded'\nstore.dynamodb.table = 'notes'\nlimit.address = {rate = 0, burst = 6}\n",
        ),
        ("store", "store.dynamodb.table = 'larder'\ntelemetry.otlp.protocol = 'grpc'\n"),
        ("store", "store.backend = 'dynamodb'\nstore.embedded.path = '/data'\n"),
    ] {
        let file = file(&dir, "meant.toml", toml);
        assert_eq!(checked(role, &file, &[]), (Some(0), String::new()), "{toml}");
    }
}

#[test]
fn only_numbers_and_switches_can_stand_without_quotes() {
    let dir = tempfile::tempdir().unwrap();
    let bare = "limit.address: {rate: 2.5, burst: 7}\nhttp.workers: 2\ncollections.auto_create: false\n";
    let quoted =
        "limit.address: {rate: '2.5', burst: '7'}\nhttp.workers: '2'\ncollections.auto_create: 'false'\n";
    for yaml in [bare, quoted] {
        assert_eq!(checked("all", &file(&dir, "good.yaml", yaml), &[]), (Some(0), String::new()), "{yaml}");
    }
    let texts = "store: {backend: dynamodb, dynamodb: {table: 0123, region: 1e3}}\nlog.filter: 5\nhttp.trusted_proxies: 10.0\n\
                 api: {secret: 12345678901234567890, }\nauth: {jwt: {audience: true}}\nadmin.tls.key_file: 5\n";
    let bad = file(&dir, "bad.yaml", texts);
    let (code, said) = checked("all", &bad, &[]);
    assert_eq!(code, Some(64), "{said}");
    for key in [
        "store.dynamodb.table",
        "store.dynamodb.region",
        "log.filter",
        "http.trusted_proxies",
        "api.secret",
        "auth.jwt.audience",
        "admin.tls.key_file",
    ] {
        assert!(said.contains(&format!("  {key}: is no text; write it with quotes: ")), "{key}: {said}");
    }
    assert!(!said.contains("12345678901234567"), "{said}");
    // Of the wrong type, and with the wrong value.
    let (_, said) =
        checked("all", &file(&dir, "odd.yaml", "http.workers: true\nauth.allow_anonymous: 1\n"), &[]);
    assert!(said.contains("\"true\" is not auto") && said.contains("\"1\" is not true or false"), "{said}");
    // The environment knows only text.
    let environment = [("APP__STORE__BACKEND", "dynamodb"), ("APP__STORE__DYNAMODB__TABLE", "0123")];
    assert_eq!(checked("all", &file(&dir, "empty.yaml", ""), &environment), (Some(0), String::new()));
}

#[test]
fn listeners_that_want_the_same_port_are_found_before_the_start() {
    let dir = tempfile::tempdir().unwrap();
    for (traffic, admin, clash) in [
        ("127.0.0.1:8080", "127.0.0.1:8080", true),
        ("0.0.0.0:8080", "127.0.0.1:8080", true),
        ("127.0.0.1:8080", "[::]:8080", true),
        ("0.0.0.0:8080", "[::]:9080", false),
        ("0.0.0.0:8080", "[::1]:8080", false),
    ] {
        let toml =
            format!("auth.allow_anonymous = true\nhttp.listen = '{traffic}'\nadmin.listen = '{admin}'\n");
        let (code, said) = checked("all", &file(&dir, "listeners.toml", &toml), &[]);
        assert_eq!(code, Some(if clash { 64 } else { 0 }), "{traffic} {admin}: {said}");
        assert_eq!(said.contains("  admin.listen: takes the port of http.listen"), clash, "{said}");
    }
}

#[test]
fn what_is_said_twice_in_a_layer_is_refused_with_both_places() {
    let dir = tempfile::tempdir().unwrap();
    let toml = "\"http.deadline\" = '1s'\nlimit.\"address.rate\" = 1\n[http]\ndeadline = '2s'\n[limit.address]\nrate = 1\n";
    let yaml = "http.deadline: 1s\nlimit: {address.rate: 1, address: {rate: 1}}\nhttp: {deadline: 2s}\n";
    for (name, text) in [("twice.toml", toml), ("twice.yaml", yaml)] {
        let file = file(&dir, name, text);
        let (code, said) = checked("all", &file, &[]);
        let told = |key: &str| format!("  {key}: said twice; say it once ({})\n", file.display());
        assert_eq!(code, Some(64), "{said}");
        let problems = format!("{}{}", told("http.deadline"), told("limit.address.rate"));
        assert_eq!(said, format!("the configuration has 2 problems\n{problems}"), "{name}");
    }
    let good = file(&dir, "good.toml", "http.deadline = '1s'\n");
    // A later layer and a later flag say something else, and mean it.
    let flags = ["check-config", "--role=all", "--config", good.to_str().unwrap()];
    let again = ["--set=http.deadline=2s", "--set=http.deadline=3s"];
    let output = app(&[&flags[..], &again].concat(), &[("APP__HTTP__DEADLINE", "4s")]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));

    let environment = [("APP__HTTP__DEADLINE", "1s"), ("APP__HTTP.DEADLINE", "2s")];
    let (code, said) = checked("all", &good, &environment);
    let both = "  http.deadline: said twice, also by environment APP__HTTP.DEADLINE; say it once (environment APP__HTTP__DEADLINE)\n";
    assert!(code == Some(64) && said.contains(both), "{said}");
}

#[test]
fn names_in_the_environment_are_in_capitals() {
    let dir = tempfile::tempdir().unwrap();
    let good = file(&dir, "good.toml", "");
    for environment in [
        &[("APP__http__deadline", "1s")][..],
        &[("APP__HTTP__DEADLINE", "1s"), ("APP__http__deadline", "2s")],
    ] {
        let (code, said) = checked("all", &good, environment);
        let told = "  http.deadline: is said in capitals in the environment: APP__HTTP__DEADLINE (environment APP__http__deadline)\n";
        assert_eq!((code, said), (Some(64), format!("the configuration has 1 problem\n{told}")));
    }
}
