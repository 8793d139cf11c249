//! API keys of the tests: what callers send, and the configuration that lets them in.

use sha2::{Digest as _, Sha256};

use super::client::Request;

impl Request {
    /// Says who asks.
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }
}

/// Keys that may come in.
#[derive(Default)]
pub struct Keys {
    toml: String,
    count: usize,
}

impl Keys {
    /// A key with these scopes: the text that callers send.
    pub fn add(&mut self, scopes: &[&str]) -> String {
        self.add_with(scopes, "")
    }

    /// The same, with more lines in its entry.
    pub fn add_with(&mut self, scopes: &[&str], more: &str) -> String {
        self.count += 1;
        let id = format!("key{:09}", self.count);
        let key = format!("lrd_{id}_{:0>43}", format!("Secret-{}_planted", self.count));
        let hash: String = Sha256::digest(&key).iter().map(|byte| format!("{byte:02x}")).collect();
        let entry = format!("[[keys]]\nid = '{id}'\nsha256 = '{hash}'\nscopes = {scopes:?}\n{more}\n");
        self.toml.push_str(&entry);
        key
    }

    /// What to set `auth.keys` to.
    pub fn toml(&self) -> &str {
        &self.toml
    }
}
