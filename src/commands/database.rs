//! Where the data is that is backed up or restored: behind an admin port, or in a directory of this machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use reqwest::{Response, StatusCode};

use crate::run::SystemClock;
use crate::store::embedded::{Embedded, OpenError, Options};

use super::client::{Client, accepted, base};
use super::failure::Failure;

/// A database.
#[derive(Clone, Debug, Args)]
pub(super) struct Database {
    /// The admin port of the process that owns the data.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9080", value_parser = base)]
    admin: String,
    /// The directory of the data instead, while no process uses it.
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "admin")]
    data: Option<PathBuf>,
}

/// The way to it.
pub(super) enum Way {
    /// Through the process that owns it.
    Admin(Client),
    /// It is ours, until this is dropped.
    Open(Arc<Embedded>),
}

/// Takes the answer of an admin port.
pub(super) async fn answered(client: &Client, sent: reqwest::Result<Response>) -> Result<Response, Failure> {
    let response = sent.map_err(|error| client.unanswered(&error))?;
    if response.status() == StatusCode::NOT_FOUND {
        let advice = "the role all has one at port 9080, the role store at 9081, if nothing else was set";
        let base = client.base();
        return Err(Failure::new(format!("{base} is no admin port of a process that owns data; {advice}")));
    }
    Ok(accepted(response).await?)
}

impl Database {
    /// Finds the way; makes a database where there is none only if that is wanted.
    pub(super) fn open(&self, make: bool) -> Result<Way, Failure> {
        match &self.data {
            None => Client::at(&self.admin, None).map(Way::Admin),
            Some(path) if make || holds_one(path) => open(path).map(Way::Open),
            Some(path) => Err(Failure::new(format!("there is no database in {}", path.display()))),
        }
    }
}

fn holds_one(path: &Path) -> bool {
    path.join("format").exists()
}

fn open(path: &Path) -> Result<Arc<Embedded>, Failure> {
    Embedded::open(Options::new(path), Arc::new(SystemClock)).map_err(|error| match error {
        OpenError::Locked { path } => {
            let path = path.display();
            Failure::new(format!("a process uses {path}; go through its admin port with --admin"))
        }
        other => Failure::because("cannot open the database", &other),
    })
}
