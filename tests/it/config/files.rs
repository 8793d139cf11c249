//! The files of a configuration: who may read and change them, and what they may be.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{file, text};
use crate::support::environment;
use crate::support::keys::Keys;

fn set_mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// What `check-config` says with these arguments; it is cut off if it never ends.
fn checked(arguments: &[String]) -> (Option<i32>, String) {
    let mut command = Command::new("timeout");
    command.args(["20", env!("CARGO_BIN_EXE_app"), "check-config", "--role=all"]);
    let output = environment::cleared(command.args(arguments)).output().expect("timeout runs");
    (output.status.code(), text(&output.stderr))
}

/// What it says of the file of a setting.
fn checked_file(key: &str, path: &Path) -> (Option<i32>, String) {
    checked(&["--set".to_owned(), format!("{key}={}", path.display())])
}

#[test]
fn a_secret_that_everybody_may_read_or_change_is_refused() {
    let dir = TempDir::new().unwrap();
    let keys = Keys::default();
    for (key, content) in [("auth.keys_file", keys.toml()), ("api.secret_file", "of sixteen bytes")] {
        let file = file(&dir, key, content);
        for mode in [0o644, 0o602, 0o622, 0o606] {
            set_mode(&file, mode);
            let (code, said) = checked_file(key, &file);
            assert_eq!(code, Some(64), "{mode:o}: {said}");
            assert!(said.contains(&format!("{key}: ")) && said.contains("chmod o= "), "{said}");
        }
        for mode in [0o600, 0o640, 0o660, 0o661] {
            set_mode(&file, mode);
            assert_eq!(checked_file(key, &file), (Some(0), String::new()), "{mode:o}");
        }
    }
}

#[test]
fn a_secret_in_a_configuration_file_is_guarded_like_one_in_a_file_of_its_own() {
    let dir = TempDir::new().unwrap();
    let secret = file(&dir, "secret", "of sixteen bytes");
    set_mode(&secret, 0o600);
    let said_inline = "[api]\nsecret = 'of sixteen bytes'\n[auth]\nkeys = ''\n";
    let named = format!("api.secret_file = '{}'\nlog.filter = 'warn'\n", secret.display());
    let (said_inline, named) = (file(&dir, "inline.toml", said_inline), file(&dir, "named.toml", &named));
    let check = |file: &Path, mode: u32| {
        set_mode(file, mode);
        checked(&["--config".to_owned(), file.display().to_string()])
    };
    for mode in [0o644, 0o602] {
        let (code, said) = check(&said_inline, mode);
        assert_eq!(code, Some(64), "{said}");
        for key in ["api.secret", "auth.keys"] {
            assert!(
                said.contains(&format!("  {key}: stands in a file that can be read or changed")),
                "{said}"
            );
        }
        assert!(said.contains("the configuration has 2 problems") && said.contains("chmod o= "), "{said}");
    }
    assert_eq!(check(&said_inline, 0o640), (Some(0), String::new()));
    assert_eq!(check(&named, 0o644), (Some(0), String::new()), "there is no secret in it");
}

#[test]
fn only_regular_files_of_a_size_are_read() {
    let dir = TempDir::new().unwrap();
    let pipe = dir.path().join("pipe.toml");
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
    for path in [&pipe, Path::new("/dev/null"), dir.path()] {
        let (code, said) = checked_file("auth.keys_file", path);
        let told = format!("  auth.keys_file: the file {} is no regular file", path.display());
        assert!(code == Some(64) && said.contains(&told), "{said}");
    }
    let (code, said) = checked(&["--config".to_owned(), pipe.display().to_string()]);
    assert!(code == Some(64) && said.contains("  is no regular file"), "{said}");

    let large = file(&dir, "large", &"#".repeat((1 << 20) + 1));
    set_mode(&large, 0o600);
    let (code, said) = checked_file("auth.keys_file", &large);
    assert!(code == Some(64) && said.contains("is larger than 1 MiB"), "{said}");
    std::fs::write(&large, "#".repeat(1 << 20)).unwrap();
    // As a volume of Kubernetes has it: a link to a file below a link to a directory.
    let (folder, link) = (dir.path().join("..data"), dir.path().join("keys.toml"));
    symlink(dir.path(), &folder).unwrap();
    symlink(folder.join("large"), &link).unwrap();
    assert_eq!(checked_file("auth.keys_file", &link), (Some(0), String::new()));
}
