//! Random operations on a store must answer as a plain map does.
//!
//! `LARDER_MODEL_SEED` and `LARDER_MODEL_OPERATIONS` choose others than the usual ones. A failure prints the seed and
//! the fewest operations that it was found to need.

mod asking;
mod document;
mod looks;
mod map;
mod operation;
pub mod random;
mod run;

use crate::support::environment::number;
use crate::support::stores::{Fixture, Kind};
use operation::Op;
pub use random::Random;

const SEED: u64 = 20_261_123;
const OPERATIONS: u64 = 10_000;
/// Runs that a failure is worth.
const RETRIES: usize = 300;

#[tokio::test]
async fn the_embedded_store_behaves_as_a_plain_map() {
    check(Kind::Embedded).await;
}

#[tokio::test]
async fn the_remote_store_behaves_as_a_plain_map() {
    check(Kind::Remote).await;
}

#[tokio::test]
async fn the_store_on_dynamodb_behaves_as_a_plain_map() {
    check(Kind::Dynamo).await;
}

#[tokio::test]
#[ignore = "needs DynamoDB Local: `just dynamodb-local`"]
async fn the_store_on_dynamodb_local_behaves_as_a_plain_map() {
    check(Kind::DynamoLocal).await;
}

async fn check(kind: Kind) {
    let seed = number("LARDER_MODEL_SEED").unwrap_or(SEED);
    let count = number("LARDER_MODEL_OPERATIONS").unwrap_or(OPERATIONS);
    let mut operations = operation::draw(&mut Random::new(seed), count as usize);
    let Err((at, fault)) = attempt(kind, &operations).await else { return };
    operations.truncate(at + 1);
    let fewest = shrink(kind, operations).await;
    let (_, last) = attempt(kind, &fewest).await.err().unwrap_or((0, "it did not fail again".into()));
    let list: String = fewest.iter().map(|operation| format!("  {operation:?}\n")).collect();
    panic!("LARDER_MODEL_SEED={seed}: operation {at}: {fault}\nThese are enough for: {last}\n{list}");
}

async fn attempt(kind: Kind, operations: &[Op]) -> Result<(), run::Fault> {
    let fixture = Fixture::open(kind).await;
    let outcome = run::run(&*fixture.store, &fixture.clock, operations).await;
    fixture.close().await;
    outcome
}

/// Leaves out ever smaller parts as long as it still fails.
async fn shrink(kind: Kind, mut operations: Vec<Op>) -> Vec<Op> {
    let mut part = operations.len() / 2;
    let mut retries = 0;
    while part > 0 {
        let mut from = 0;
        while from < operations.len() {
            let mut fewer = operations.clone();
            fewer.drain(from..(from + part).min(operations.len()));
            retries += 1;
            if retries > RETRIES {
                return operations;
            }
            match attempt(kind, &fewer).await {
                Err((at, _)) => {
                    fewer.truncate(at + 1);
                    operations = fewer;
                }
                Ok(()) => from += part,
            }
        }
        part /= 2;
    }
    operations
}
