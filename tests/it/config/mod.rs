//! Bad and good configurations, given to the real binary.

mod files;
mod meaning;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::environment;

fn app(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_app"));
    environment::cleared(command.args(arguments)).envs(settings.iter().copied());
    command.output().expect("the binary runs")
}

fn file(dir: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn all_mistakes_are_reported_at_once_each_with_key_and_origin() {
    let dir = tempfile::tempdir().unwrap();
    let toml = "role = 'al'\n[http]\nlisten = 'here'\ndeadline = 5\nworkres = 3\n[store]\nbackend = 'mysql'\n[log]\nfilter = 'loud'\n";
    let bad = file(&dir, "bad.toml", toml);
    let broken = file(&dir, "broken.yaml", "a: [\n");
    let (bad, broken) = (bad.to_str().unwrap(), broken.to_str().unwrap());
    let environment =
        [("APP__SHUTDOWN__DRAIN", "soon"), ("APP__NO__SUCH", "1"), ("APP_PORT", "tcp://ignored")];
    let arguments = ["check-config", "--config", bad, "--config", broken, "--set", "api.secret=short"];
    let output = app(&arguments, &environment);
    assert_eq!(output.status.code(), Some(64));
    let said = text(&output.stderr);
    let in_bad = format!("({bad})");
    for (key, origin) in [
        ("role: ", in_bad.as_str()),
        ("http.listen: ", in_bad.as_str()),
        ("http.deadline: ", in_bad.as_str()),
        ("http.workres: there is no such setting; did you mean http.workers?", in_bad.as_str()),
        ("store.backend: ", in_bad.as_str()),
        ("log.filter: ", in_bad.as_str()),
        ("", &format!("({broken})")),
        ("shutdown.drain: ", "(environment APP__SHUTDOWN__DRAIN)"),
        ("no.such: ", "(environment APP__NO__SUCH)"),
        ("api.secret: ", "(flag --set api.secret)"),
    ] {
        let reported = said.lines().any(|line| line.trim_start().starts_with(key) && line.ends_with(origin));
        assert!(reported, "{key} {origin} is not in:\n{said}");
    }
    assert!(said.starts_with("the configuration has 10 problems\n"), "{said}");
    assert!(!said.contains("short"), "a secret was shown:\n{said}");
    let served = app(&arguments[1..], &environment);
    assert_eq!((served.status.code(), text(&served.stderr)), (Some(64), said));
}

#[test]
fn a_good_configuration_is_confirmed_and_printed_with_origins() {
    let dir = tempfile::tempdir().unwrap();
    let good = file(&dir, "good.yaml", "role: store\nshutdown:\n  drain: 7s\n");
    let secret = file(&dir, "secret", "correct horse battery staple\n");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let environment = [
        ("APP_CONFIG", good.to_str().unwrap()),
        ("APP__LOG__FORMAT", "json"),
        ("APP__API__SECRET_FILE", secret.to_str().unwrap()),
    ];
    let checked = app(&["check-config"], &environment);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    let printed = text(&app(&["--role=all", "--print-config"], &environment).stdout);
    assert!(printed.contains("role = \"all\"  # flag --role\n"), "{printed}");
    assert!(printed.contains(&format!("shutdown.drain = \"7s\"  # {}\n", good.display())), "{printed}");
    assert!(printed.contains("log.format = \"json\"  # environment APP__LOG__FORMAT\n"), "{printed}");
    assert!(
        printed.contains("# api.secret is set, and not shown  # environment APP__API__SECRET_FILE\n"),
        "{printed}"
    );
    assert!(!printed.contains("horse"), "{printed}");
}

#[test]
fn whoever_says_nothing_is_told_what_can_be_said() {
    let output = app(&[], &[]);
    assert_eq!(output.status.code(), Some(64));
    assert!(text(&output.stdout).contains("--role"));
    let unknown = app(&["--rolle=all"], &[]);
    assert_eq!(unknown.status.code(), Some(64));
    let version = app(&["--version"], &[]);
    assert_eq!(version.status.code(), Some(0));
    assert!(text(&version.stdout).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_contract_is_json_for_every_setting() {
    let output = app(&["contract", "--set", "shutdown.linger=10s", "--set", "shutdown.drain=30s"], &[]);
    let contract: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(contract["stop"]["terminationGracePeriodSeconds"], 45);
    let settings = contract["settings"].as_object().unwrap();
    for about in larder::config::ALL {
        assert_eq!(settings[about.key]["environment"], about.environment_name());
    }
    assert_eq!(settings.len(), larder::config::ALL.len());
}

#[test]
fn a_broken_file_is_told_by_its_place_and_nothing_that_stands_there_is_shown() {
    const SECRET: &str = "PLANTED-secret-0123456789";
    let dir = tempfile::tempdir().unwrap();
    for (name, content, told) in [
        ("value.toml", format!("[api]\nsecret = \"{SECRET}\" oops\n"), "is no TOML, at line 2 column "),
        (
            "key.toml",
            format!("[http.tls]\nkey = \"-----BEGIN PRIVATE KEY-----\n{SECRET}\n"),
            "is no TOML, at line 3 column ",
        ),
        ("bare.toml", format!("[api]\nsecret = {SECRET}\n"), "is no TOML, at line 2 column "),
        ("open.yaml", format!("api:\n  secret: \"{SECRET}\n"), "is no YAML, at line "),
        ("twice.yaml", format!("{SECRET}: 1\n{SECRET}: 2\n"), "is no YAML, at line "),
        ("scalar.yaml", SECRET.to_owned(), "is no YAML with a table of settings"),
        (
            "template.yaml",
            format!("api:\n  secret: {{{{ {SECRET} }}}}\n"),
            "is no YAML with a table of settings",
        ),
    ] {
        let path = file(&dir, name, &content);
        for command in [&["check-config", "--role=all", "--config"][..], &["--role=all", "--config"]] {
            let output = app(&[command, &[path.to_str().unwrap()]].concat(), &[]);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(64), "{said}");
            assert!(said.contains(told) && said.contains(&format!("({})", path.display())), "{name}: {said}");
            assert!(!said.contains(SECRET), "{name}: {said}");
        }
    }
}

/// Subcommands that read no configuration, each as it could be run.
const READ_NONE: [&[&str]; 7] = [
    &["backup", "--output", "no/such/file"],
    &["restore", "--input", "no/such/file"],
    &["smoke", "--url", "http://127.0.0.1:1"],
    &["export", "--retries", "0", "--url", "http://127.0.0.1:1", "--collection", "c"],
    &["import", "--retries", "0", "--url", "http://127.0.0.1:1", "--collection", "c"],
    &["key", "new", "--scope", "read:*"],
    &["pki", "show", "no/such/file"],
];

#[test]
fn flags_that_say_settings_are_refused_by_commands_that_read_none() {
    for command in READ_NONE {
        assert_ne!(app(command, &[]).status.code(), Some(64), "{command:?}");
        for flag in ["--role=all", "--config=larder.toml", "--set=log.format=json", "--print-config"] {
            for arguments in [[&[flag][..], command].concat(), [command, &[flag]].concat()] {
                let output = app(&arguments, &[]);
                let said = text(&output.stderr);
                assert_eq!(output.status.code(), Some(64), "{arguments:?}: {said}");
                assert!(said.contains(flag.split('=').next().unwrap()), "{arguments:?}: {said}");
            }
        }
    }
    for command in ["check-config", "contract", "healthcheck", "bootstrap"] {
        let output = app(&[command, "--role=all", "--config=larder.ini", "--set=no.such=1"], &[]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{command}: {said}");
        for told in ["ends in .toml, .yaml or .yml (larder.ini)", "no.such: there is no such setting"] {
            assert!(said.contains(told), "{command}: {said}");
        }
    }
}

#[test]
fn the_files_of_a_role_are_good_for_the_commands_that_need_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = "role = 'store'\n[http]\nlisten = '0.0.0.0:8081'\n[store]\nallow_plaintext = true\n";
    let said = file(&dir, "store.toml", store);
    let unsaid = file(&dir, "shared.toml", &store.replace("role = 'store'\n", ""));
    let bootstrap = |file: &PathBuf| {
        let output = app(&["bootstrap", "--config", file.to_str().unwrap()], &[]);
        (output.status.code(), text(&output.stderr))
    };
    // It got as far as to see that there is nothing to do.
    let nothing = "nothing is to be made ready: store.backend is embedded";
    for file in [&said, &unsaid] {
        let (code, said) = bootstrap(file);
        assert!(code == Some(64) && said.starts_with(nothing), "{said}");
    }
    let contract = app(&["contract", "--config", said.to_str().unwrap()], &[]);
    assert_eq!(contract.status.code(), Some(0), "{}", text(&contract.stderr));
}

#[test]
fn a_list_hides_no_other_mistake() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("lists.toml", "[a]\nlist = [1]\n[http]\nlisten = 3\nfoo = 1\ntrusted_proxies = ['10.0.0.0/8']\n"),
        ("lists.yaml", "a: {list: [1]}\nhttp: {listen: 3, foo: 1, trusted_proxies: [10.0.0.0/8]}\n"),
    ] {
        let path = file(&dir, name, content);
        let output = app(&["check-config", "--role=all", "--config", path.to_str().unwrap()], &[]);
        let said = text(&output.stderr);
        for told in [
            "  a.list: there is no such setting",
            "  http.listen: is no text; write it with quotes: an address",
            "  http.foo: there is no such setting",
            "  http.trusted_proxies: is a list; write it as one text: a list of networks or addresses separated by commas",
        ] {
            assert!(said.contains(told), "{told} is not in: {said}");
        }
        assert!(said.starts_with("the configuration has 4 problems\n"), "{said}");
    }
}
