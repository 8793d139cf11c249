//! Certificates for TLS between the roles, as `app pki` makes them.

use std::process::Command;

use tempfile::TempDir;

use crate::systems;

/// A directory with an authority, and a certificate for each role.
pub struct Certificates(TempDir);

impl Certificates {
    /// Makes them.
    pub fn make() -> Certificates {
        let made = Certificates(systems::directory());
        made.pki(&["init"]);
        made.pki(&["issue", "--name", "store"]);
        made.pki(&["issue", "--name", "api"]);
        made
    }

    fn pki(&self, arguments: &[&str]) {
        let mut command = systems::program();
        command.arg("pki").args(arguments).arg("--dir").arg(self.0.path());
        let done = command.output().expect("the program runs");
        assert!(done.status.success(), "app pki: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Lets a store role demand them.
    pub fn of_store(&self, command: &mut Command) {
        command.env("APP__HTTP__TLS__CERTIFICATE_FILE", self.0.path().join("store.pem"));
        command.env("APP__HTTP__TLS__KEY_FILE", self.0.path().join("store.key"));
        command.env("APP__HTTP__TLS__CLIENT_CA_FILE", self.0.path().join("ca.pem"));
    }

    /// Lets an api role show them.
    pub fn of_api(&self, command: &mut Command) {
        command.env("APP__STORE__TLS__CERTIFICATE_FILE", self.0.path().join("api.pem"));
        command.env("APP__STORE__TLS__KEY_FILE", self.0.path().join("api.key"));
        command.env("APP__STORE__TLS__CA_FILE", self.0.path().join("ca.pem"));
        command.env("APP__STORE__TLS__NAMES", "store");
    }
}
