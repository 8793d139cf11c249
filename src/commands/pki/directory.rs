//! The files of an authority and of what it has issued: keys for their owner only, and nothing is lost by mistake.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::UnixTime;
use rustls::server::ParsedCertificate;

use super::authority::{Authority, Lifetime};
use super::names::LeafName;
use crate::commands::failure::Failure;
use crate::config::{Chain, Facts, Identity, PrivateKey, provider};
use crate::http::tls::roots;

const PRIVATE: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// A directory of certificates and keys.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new(path: &Path) -> Directory {
        Directory(path.to_owned())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn leaf(&self, name: &LeafName) -> PathBuf {
        self.path(&format!("{}.pem", name.as_str()))
    }

    fn leaf_key(&self, name: &LeafName) -> PathBuf {
        self.path(&format!("{}.key", name.as_str()))
    }

    /// Whether there is an authority; half of one is a failure.
    pub(super) fn has_authority(&self) -> Result<bool, Failure> {
        let (certificate, key) = (self.path("ca.pem"), self.path("ca.key"));
        let missing = match (certificate.exists(), key.exists()) {
            (true, false) => key,
            (false, true) => certificate,
            (there, _) => return Ok(there),
        };
        Err(Failure::new(format!(
            "{} is missing: bring it back, or make another authority by `app pki init --force`, after which all certificates are to be issued again",
            missing.display()
        )))
    }

    /// Makes an authority.
    pub(super) fn init(
        &self,
        name: Option<&str>,
        lifetime: Lifetime,
        force: bool,
    ) -> Result<String, Failure> {
        let (certificate, key) = (self.path("ca.pem"), self.path("ca.key"));
        if !force && self.has_authority()? {
            let there = certificate.display();
            return Err(Failure::new(format!(
                "{there} is there; `app pki rotate` makes a new one beside it"
            )));
        }
        fs::create_dir_all(&self.0)
            .map_err(|error| Failure::because(format!("cannot make {}", self.0.display()), &error))?;
        let authority = Authority::new(name, lifetime)?;
        write(&key, &authority.key(), PRIVATE)?;
        write(&certificate, authority.certificate(), PUBLIC)?;
        Ok(format!("made {} and {}; keep the second safe", certificate.display(), key.display()))
    }

    /// Makes another authority, and keeps the certificates of those before.
    pub(super) fn rotate(&self, name: Option<&str>, lifetime: Lifetime) -> Result<String, Failure> {
        let (certificate, key) = (self.path("ca.pem"), self.path("ca.key"));
        self.authority()?;
        let before = read(&certificate)?;
        let authority = Authority::new(name, lifetime)?;
        // In this order: whoever stops in between is left with an authority whose key is gone, which `issue` says.
        write(&certificate, &format!("{}{before}", authority.certificate()), PUBLIC)?;
        write(&key, &authority.key(), PRIVATE)?;
        Ok(format!(
            "{} begins with a new authority; let every process take it over, issue all certificates again, and then retire the old one",
            certificate.display()
        ))
    }

    /// Takes all but the newest authority away; not while a leaf holds by one of them, unless that is said.
    pub(super) fn retire(&self, now: i64, force: bool) -> Result<String, Failure> {
        let path = self.path("ca.pem");
        let authority = self.authority()?;
        let all = read(&path)?;
        let old = all.strip_prefix(authority.certificate().trim_end()).and_then(Chain::parse);
        let looked_at = old.as_ref().filter(|_| !force);
        let bound = looked_at.map_or(Ok(Vec::new()), |old| self.leaves_of(old, now))?;
        if !bound.is_empty() {
            return Err(Failure::new(format!(
                "what an old authority has issued still holds: {}; issue it again (`app pki issue --force`), give it to its \
                 processes, and then retire; --force retires at once",
                bound.join(", ")
            )));
        }
        write(&path, authority.certificate(), PUBLIC)?;
        let less = old.map_or(0, |old| old.certificates().len());
        Ok(format!("{} holds one authority, {less} less than before", path.display()))
    }

    /// The certificates here that hold now by one of these authorities.
    fn leaves_of(&self, authorities: &Chain, now: i64) -> Result<Vec<String>, Failure> {
        let unread = |error| Failure::because(format!("cannot read {}", self.0.display()), &error);
        let mut leaves = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            let is_leaf = path.extension().is_some_and(|extension| extension == "pem")
                && path.file_name().is_some_and(|name| name != "ca.pem");
            // What can't be read as a certificate is none of ours.
            let chain = if is_leaf { Chain::parse(&read(&path)?) } else { None };
            if chain.and_then(|chain| have_issued(authorities, &chain, now)) == Some(true) {
                leaves.push(path.display().to_string());
            }
        }
        leaves.sort();
        Ok(leaves)
    }

    /// Issues a certificate.
    pub(super) fn issue(
        &self,
        name: &LeafName,
        names: &[String],
        lifetime: Lifetime,
        force: bool,
    ) -> Result<String, Failure> {
        let (certificate, key) = (self.leaf(name), self.leaf_key(name));
        self.keep(&[&certificate, &key], force, "--force replaces it, --if-needed when it is time")?;
        let issued = self.authority()?.issue(name.as_str(), names, lifetime)?;
        // Both are whole before one appears, so the time in which they do not fit is short.
        let key = stage(&key, &issued.key, PRIVATE)?;
        let certificate = stage(&certificate, &issued.certificate, PUBLIC)?;
        let (key, certificate) = (key.publish()?, certificate.publish()?);
        let names = names.join(", ");
        Ok(format!("issued {} and {} for {names}", certificate.display(), key.display()))
    }

    /// The names that a leaf is to have: those that were asked for, else those that it has, else its own.
    pub(super) fn names_for(&self, name: &LeafName, asked: &[String]) -> Vec<String> {
        if !asked.is_empty() {
            return asked.to_vec();
        }
        let had = read(&self.leaf(name)).ok().and_then(|pem| Chain::parse(&pem));
        let facts = had.and_then(|chain| Facts::read(&chain.certificates()[0]));
        let names: Vec<String> = facts.map(|facts| facts.names().cloned().collect()).unwrap_or_default();
        if names.is_empty() { vec![name.as_str().to_owned()] } else { names }
    }

    /// Whether a leaf is there, fits its key, has these names and the newest authority, and holds for long enough.
    pub(super) fn is_good(&self, name: &LeafName, names: &[String], now: i64) -> bool {
        let good = || {
            let chain = Chain::parse(&read(&self.leaf(name)).ok()?)?;
            let key = PrivateKey::parse(&read(&self.leaf_key(name)).ok()?)?;
            Identity::new(chain.clone(), key).ok()?;
            let facts = Facts::read(&chain.certificates()[0])?;
            let left = facts.not_after - now;
            let long = left * 3 > facts.not_after - facts.not_before;
            let (mut has, mut wanted): (Vec<&String>, Vec<&String>) =
                (facts.names().collect(), names.iter().collect());
            has.sort();
            wanted.sort();
            let newest = Chain::parse(self.authority().ok()?.certificate())?;
            Some(long && has == wanted && have_issued(&newest, &chain, now)?)
        };
        good().unwrap_or(false)
    }

    fn authority(&self) -> Result<Authority, Failure> {
        if !self.has_authority()? {
            let directory = self.0.display();
            return Err(Failure::new(format!("no authority in {directory}; `app pki init` makes one")));
        }
        Authority::load(&read(&self.path("ca.pem"))?, &read(&self.path("ca.key"))?)
    }

    /// Refuses to lose what is there.
    fn keep(&self, files: &[&Path], force: bool, instead: &str) -> Result<(), Failure> {
        match files.iter().find(|file| file.exists()) {
            Some(there) if !force => Err(Failure::new(format!("{} is there; {instead}", there.display()))),
            _ => Ok(()),
        }
    }
}

/// Whether a certificate is of one of these authorities and holds now. None where that can't be told.
fn have_issued(authorities: &Chain, chain: &Chain, now: i64) -> Option<bool> {
    let roots = roots(authorities).ok()?;
    let leaf = ParsedCertificate::try_from(&chain.certificates()[0]).ok()?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now).ok()?));
    let algorithms = provider().signature_verification_algorithms.all;
    Some(verify_server_cert_signed_by_trust_anchor(&leaf, &roots, &[], now, algorithms).is_ok())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::because(format!("cannot read {}", path.display()), &error))
}

/// A file that is whole, but has not got its name yet.
struct Staged {
    partial: PathBuf,
    whole: PathBuf,
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    stage(path, text, mode)?.publish().map(|_| ())
}

fn stage(path: &Path, text: &str, mode: u32) -> Result<Staged, Failure> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    // One that was left over may have the rights of somebody else.
    let _none = fs::remove_file(&partial);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&partial)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| Failure::because(format!("cannot write {}", partial.display()), &error))?;
    Ok(Staged { partial, whole: path.to_owned() })
}

impl Staged {
    fn publish(self) -> Result<PathBuf, Failure> {
        fs::rename(&self.partial, &self.whole)
            .map_err(|error| Failure::because(format!("cannot write {}", self.whole.display()), &error))?;
        Ok(self.whole)
    }
}
