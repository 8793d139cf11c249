//! Says what certificates are, for people.

use std::fs;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::commands::failure::Failure;
use crate::config::{Chain, Facts, PrivateKey};

const DAY: i64 = 86_400;

/// Describes each certificate in these files; of keys it says only that they are there.
pub(super) fn describe(files: &[PathBuf], now: i64) -> Result<String, Failure> {
    let mut parts = Vec::new();
    for path in files {
        let shown = path.display();
        let pem = fs::read_to_string(path)
            .map_err(|error| Failure::because(format!("cannot read {shown}"), &error))?;
        let chain = Chain::parse(&pem);
        let has_key = PrivateKey::parse(&pem).is_some();
        if chain.is_none() && !has_key {
            return Err(Failure::new(format!("{shown} holds no certificate and no key in PEM")));
        }
        let certificates = chain.iter().flat_map(Chain::certificates);
        for (number, der) in certificates.enumerate() {
            parts.push(format!("{shown}: certificate {}\n{}", number + 1, one(der, now)));
        }
        if has_key {
            parts.push(format!("{shown}: a private key, which is not shown"));
        }
    }
    Ok(parts.join("\n\n"))
}

fn one(der: &[u8], now: i64) -> String {
    let Some(facts) = Facts::read(der) else { return "  can't be read".into() };
    let left = (facts.not_after - now).div_euclid(DAY);
    let state = match () {
        () if now < facts.not_before => "not yet valid".to_owned(),
        () if now > facts.not_after => "EXPIRED".to_owned(),
        () => format!("{left} days left"),
    };
    let names = facts.names().map(String::as_str).collect::<Vec<_>>().join(", ");
    let fingerprint: String = Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = [
        ("subject", facts.subject.clone()),
        ("names", if names.is_empty() { "none".into() } else { names }),
        ("issuer", facts.issuer.clone()),
        ("authority", if facts.is_authority { "yes" } else { "no" }.to_owned()),
        ("from", time(facts.not_before)),
        ("until", format!("{} ({state})", time(facts.not_after))),
        ("serial", facts.serial.clone()),
        ("sha256", fingerprint),
    ];
    lines.map(|(what, text)| format!("  {what:<10}{text}")).join("\n")
}

fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}
