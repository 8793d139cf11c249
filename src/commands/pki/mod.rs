//! `app pki`: an authority of one's own, the certificates that it issues, and what they say.

mod authority;
mod directory;
mod names;
mod show;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};

use super::failure::Failure;

pub use authority::{Authority, Issued, Lifetime};

use directory::Directory;
use names::LeafName;

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Options {
    /// Make an authority: ca.pem, and ca.key, which is to be kept safe
    Init(Init),
    /// Issue a certificate with a new key, good for both sides of a connection: NAME.pem and NAME.key
    Issue(Issue),
    /// Say what certificates and keys are
    Show(Show),
    /// Make a new authority beside the old one, which stays in ca.pem, second, until it is retired
    Rotate(Rotate),
    /// Take all authorities but the newest out of ca.pem, when nothing that holds was issued by them
    Retire(Retire),
}

/// How to make an authority.
#[derive(Args, Clone, Debug)]
pub struct Init {
    /// The directory; made if it is not there
    #[arg(long, value_name = "DIRECTORY")]
    dir: PathBuf,
    /// The name of the authority [default: Larder CA and a number]
    #[arg(long, value_parser = names::authority)]
    name: Option<String>,
    /// How long it holds
    #[arg(long, default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: u32,
    /// Do nothing where there is an authority already
    #[arg(long, conflicts_with = "force")]
    if_needed: bool,
    /// Replace an authority that is there; what it has issued is worth nothing then
    #[arg(long)]
    force: bool,
}

/// What to issue.
#[derive(Args, Clone, Debug)]
pub struct Issue {
    /// The directory of the authority
    #[arg(long, value_name = "DIRECTORY")]
    dir: PathBuf,
    /// What the files are called, and the common name
    #[arg(long)]
    name: LeafName,
    /// A host name, an address or a URI that it is for; may be repeated [default: those that it had, or its name]
    #[arg(long, value_name = "NAME")]
    san: Vec<String>,
    /// How long it holds, at most as long as its authority
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: u32,
    /// Do nothing where there is one of these names and this authority, with more than a third of its time left
    #[arg(long, conflicts_with = "force")]
    if_needed: bool,
    /// Replace the certificate and the key that are there
    #[arg(long)]
    force: bool,
}

/// What to look at.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// Files in PEM
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// How to rotate.
#[derive(Args, Clone, Debug)]
pub struct Rotate {
    /// The directory of the authority
    #[arg(long, value_name = "DIRECTORY")]
    dir: PathBuf,
    /// The name of the new authority [default: Larder CA and a number]
    #[arg(long, value_parser = names::authority)]
    name: Option<String>,
    /// How long it holds
    #[arg(long, default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: u32,
}

/// Where to retire, and at which price.
#[derive(Args, Clone, Debug)]
pub struct Retire {
    /// The directory of the authority
    #[arg(long, value_name = "DIRECTORY")]
    dir: PathBuf,
    /// Retire although certificates in the directory still hold by an old authority; they are worth nothing then
    #[arg(long)]
    force: bool,
}

/// Does it.
///
/// # Errors
/// What stopped it; no file is half written then. Where what it did can't be printed, it is done.
pub async fn run(options: Options) -> Result<(), Failure> {
    let said = match options {
        Options::Init(init) => begin(&init)?,
        Options::Issue(issue) => issue_leaf(&issue)?,
        Options::Show(show) => show::describe(&show.files, now())?,
        Options::Rotate(rotate) => {
            let lifetime = Lifetime::days(now(), rotate.days);
            Directory::new(&rotate.dir).rotate(rotate.name.as_deref(), lifetime)?
        }
        Options::Retire(retire) => Directory::new(&retire.dir).retire(now(), retire.force)?,
    };
    super::say(&said)
}

fn begin(init: &Init) -> Result<String, Failure> {
    let directory = Directory::new(&init.dir);
    if init.if_needed && directory.has_authority()? {
        return Ok(format!("{} has an authority already", init.dir.display()));
    }
    directory.init(init.name.as_deref(), Lifetime::days(now(), init.days), init.force)
}

fn issue_leaf(issue: &Issue) -> Result<String, Failure> {
    let directory = Directory::new(&issue.dir);
    let (now, names) = (now(), directory.names_for(&issue.name, &issue.san));
    if issue.if_needed && directory.is_good(&issue.name, &names, now) {
        return Ok(format!("{} is good for long enough", directory.leaf(&issue.name).display()));
    }
    let force = issue.force || issue.if_needed;
    directory.issue(&issue.name, &names, Lifetime::days(now, issue.days), force)
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since).unwrap_or(i64::MAX)
}
