//! `app bootstrap`: makes the table of DynamoDB or checks it, and loads first items. Again, it changes nothing.

mod seed;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::config::{Backend, Settings};
use crate::domain::{Context, Store};
use crate::http::new_request_id;
use crate::run::{SystemClock, dynamo_options};
use crate::store::dynamo::{Billing, Dynamo, Table};
use crate::store::engine::{self, Engine};

use super::failure::Failure;

/// How long one seed item may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What may be asked of the bootstrap.
#[derive(Args, Debug)]
pub struct Options {
    /// Whether to make what is missing of the table, or only to check it
    #[arg(long, value_enum, default_value = "auto")]
    create: Create,

    /// Read capacity units a second of a table that is made; without them it is billed on demand
    #[arg(long, value_name = "N", requires = "write_units", value_parser = clap::value_parser!(u32).range(1..))]
    read_units: Option<u32>,

    /// Write capacity units a second
    #[arg(long, value_name = "N", requires = "read_units", value_parser = clap::value_parser!(u32).range(1..))]
    write_units: Option<u32>,

    /// Lines of JSON with items to load, each with its collection; what is there stays; may be repeated
    #[arg(long, value_name = "FILE.ndjson")]
    seed: Vec<PathBuf>,
}

/// What may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Create {
    /// The table, and its collection of what has expired
    Auto,
    /// Nothing
    Never,
}

impl Options {
    fn billing(&self) -> Billing {
        match (self.read_units, self.write_units) {
            (Some(reads), Some(writes)) => Billing::Provisioned { reads, writes },
            _ => Billing::OnDemand,
        }
    }
}

/// Makes or checks the table, then loads the seed.
///
/// # Errors
/// Everything that is missing, at once.
pub async fn run(options: Options, settings: Settings) -> Result<(), Failure> {
    if settings.store.backend != Backend::DynamoDb {
        return Err(Failure::usage(
            "nothing is to be made ready: store.backend is embedded, and that database makes itself",
        ));
    }
    let table = dynamo_options(&settings.store.dynamodb);
    check(&options, &table.table, &Table::new(&table).await).await?;
    if options.seed.is_empty() {
        return Ok(());
    }
    let clock = Arc::new(SystemClock);
    let engine = engine::Options { auto_create: true };
    let store: Arc<dyn Store> = Arc::new(Engine::new(Dynamo::new(table, clock.clone()).await, engine, clock));
    for file in &options.seed {
        let loaded = seed::load(file, store.as_ref(), context).await?;
        eprintln!("{}: {} items loaded, {} were there", file.display(), loaded.stored, loaded.there);
    }
    Ok(())
}

fn context() -> Context {
    Context::new(new_request_id(), Instant::now() + PATIENCE)
}

async fn check(options: &Options, name: &str, table: &Table) -> Result<(), Failure> {
    let found = table.find().await.map_err(|unfit| Failure::new(unfit.to_string()))?;
    let found = match (found, options.create) {
        (Some(found), _) => found,
        (None, Create::Never) => {
            let sentence = format!("the table {name} is not there; Terraform makes it, or --create auto");
            return Err(Failure::new(sentence));
        }
        (None, Create::Auto) => {
            let made = table.create(options.billing()).await;
            made.map_err(|unfit| Failure::new(unfit.to_string()))?;
            eprintln!("table {name}: made");
            keep_history(name, table).await;
            let found = table.find().await.map_err(|unfit| Failure::new(unfit.to_string()))?;
            found.ok_or_else(|| Failure::new(format!("the table {name} was made, and is gone")))?
        }
    };
    eprintln!("table {name}: billed {}", found.billing);
    let mut wrong = Vec::new();
    if !found.keys {
        let sentence = "its keys must be the strings pk (partition) and sk (sort); keys can't be changed: take another table";
        wrong.push(sentence.to_owned());
    }
    wrong.extend(collection(options, name, table).await);
    if found.keys {
        let tried = table.try_calls().await.map_err(|unfit| Failure::new(unfit.to_string()))?;
        wrong.extend(tried.iter().map(ToString::to_string));
    }
    if wrong.is_empty() {
        eprintln!("table {name}: ready");
        return Ok(());
    }
    Err(Failure::new(format!("the table {name} is not ready:\n  {}", wrong.join("\n  "))))
}

/// A table that we make has no other backup. Stand-ins for `DynamoDB` have none at all, and a role may not be allowed to ask
/// for it, which is told and no reason not to begin.
async fn keep_history(name: &str, table: &Table) {
    match table.keep_history().await {
        Ok(()) => eprintln!("table {name}: point-in-time recovery switched on"),
        Err(unfit) => eprintln!(
            "table {name}: has no point-in-time recovery, so nothing brings back what is lost ({unfit})"
        ),
    }
}

/// What is wrong with the collection of what has expired.
async fn collection(options: &Options, name: &str, table: &Table) -> Option<String> {
    match table.collects().await {
        Ok(true) => None,
        Ok(false) if options.create == Create::Auto => match table.collect().await {
            Ok(()) => {
                eprintln!("table {name}: time to live by the attribute x switched on");
                None
            }
            Err(unfit) => Some(unfit.to_string()),
        },
        Ok(false) => Some("its time to live must be on, by the attribute x".to_owned()),
        Err(unfit) => Some(unfit.to_string()),
    }
}
