//! `app key new`: makes an API key, and the lines of configuration that let it in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::config::ApiKey;
use crate::domain::Scope;

use super::{Failure, say};

/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;

/// What is done with keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key: print it, once, and the lines to put into `auth.keys`
    New(Options),
}

/// What a new key may do.
#[derive(Args, Debug)]
pub struct Options {
    /// A scope, such as `read:*` or `write:notes/users/`; may be repeated
    #[arg(long, value_name = "SCOPE", required = true, value_parser = scope)]
    scope: Vec<Scope>,
    /// What people call it
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    /// When it ends, such as 2030-01-31T00:00:00Z or, the same, 2030-01-31; without this never
    #[arg(long, value_name = "TIME", value_parser = end)]
    expires: Option<Timestamp>,
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).map_err(|error| format!("it {error}"))
}

fn name(text: &str) -> Result<String, String> {
    let good = (1..=100).contains(&text.len()) && !text.chars().any(char::is_control);
    if good { Ok(text.to_owned()) } else { Err("a name is 1 to 100 bytes without control characters".into()) }
}

/// Reads a time to come; a date is where it begins in UTC.
fn end(text: &str) -> Result<Timestamp, String> {
    let time = text.parse().or_else(|_| format!("{text}T00:00:00Z").parse());
    let time: Timestamp =
        time.map_err(|_| "a key ends at a date or a time of RFC 3339, such as 2030-01-31T00:00:00Z")?;
    if time <= Timestamp::now() {
        return Err("it is over, and a key that has ended opens nothing; say a time to come".into());
    }
    Ok(time)
}

/// Makes a key. The key stands alone on the first line, so that a script can take it.
///
/// # Errors
/// Where there are no random bytes, or where it can't be printed: then nobody has the key.
pub fn run(command: &Command) -> Result<(), Failure> {
    let Command::New(options) = command;
    let (id, key) = make()?;
    say(&format!("{key}\n\n{}", options.toml(&id, &key)))
}

/// A new id, and the whole key.
fn make() -> Result<(String, String), Failure> {
    let failed = |error: getrandom::Error| Failure::because("the system has no random bytes", &error);
    let (mut secret, mut seed) = ([0; SECRET_BYTES], [0; 8]);
    getrandom::fill(&mut secret).and_then(|()| getrandom::fill(&mut seed)).map_err(failed)?;
    let mut rest = u64::from_le_bytes(seed);
    let mut character = || {
        let digit = u32::try_from(rest % 36).unwrap_or_default();
        rest /= 36;
        char::from_digit(digit, 36).unwrap_or('0')
    };
    let id: String = (0..ApiKey::ID_CHARS).map(|_| character()).collect();
    let key = format!("{}{id}_{}", ApiKey::PREFIX, URL_SAFE_NO_PAD.encode(secret));
    Ok((id, key))
}

impl Options {
    fn toml(&self, id: &str, key: &str) -> String {
        let hash: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        let scopes: Vec<String> = self.scope.iter().map(|scope| format!("\"{scope}\"")).collect();
        let mut toml =
            format!("[[keys]]\nid = \"{id}\"\nsha256 = \"{hash}\"\nscopes = [{}]", scopes.join(", "));
        if let Some(name) = &self.name {
            let name = name.replace('\\', "\\\\").replace('"', "\\\"");
            toml.push_str(&format!("\nname = \"{name}\""));
        }
        if let Some(expires) = self.expires {
            toml.push_str(&format!("\nexpires = \"{expires}\""));
        }
        toml
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ApiKeys;

    #[test]
    fn what_is_printed_is_a_key_that_the_configuration_takes() {
        let options = Options {
            scope: vec![scope("read:*").unwrap(), scope("write:notes/a%20b/").unwrap()],
            name: Some("the \"best\" \\ key".into()),
            expires: Some("2027-01-31T00:00:00Z".parse().unwrap()),
        };
        let (id, key) = make().unwrap();
        assert_eq!(key.len(), ApiKey::PREFIX.len() + ApiKey::ID_CHARS + 1 + ApiKey::SECRET_CHARS);
        let keys = ApiKeys::parse(&options.toml(&id, &key)).unwrap();
        let known = &keys.0[0];
        assert_eq!(known.id, id);
        assert_eq!(known.sha256[..], Sha256::digest(&key)[..]);
        assert_eq!(known.scopes, options.scope);
        assert_eq!(known.name, options.name);
        assert_eq!(known.expires.unwrap().secs(), 1_801_353_600);
        assert_ne!(make().unwrap().1, key);
    }
}
