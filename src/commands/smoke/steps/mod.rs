//! The steps of a run, in their order.

mod bulk;
mod collections;
mod conditions;
mod items;
mod lifetime;
mod lists;
mod patches;
mod reads;
mod refusals;
mod replays;
mod service;
mod streams;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::answer::Broken;
use super::system::System;

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Broken>> + 'a>>;

/// Something that a system promises, and how to see whether it holds.
pub(super) struct Step {
    /// A word, also the label in metrics.
    pub name: &'static str,
    /// The promise, for people.
    pub promise: &'static str,
    /// Looks whether it holds.
    pub run: for<'a> fn(&'a System) -> Running<'a>,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Makes a step of a function.
macro_rules! step {
    ($name:literal, $promise:literal, $run:ident) => {
        $crate::commands::smoke::steps::Step {
            name: $name,
            promise: $promise,
            run: |system| Box::pin($run(system)),
        }
    };
}
use step;

/// Every step but the last, which cleans up.
pub(super) fn all() -> impl Iterator<Item = &'static Step> {
    [
        &service::STEPS[..],
        &collections::STEPS[..],
        &items::STEPS[..],
        &reads::STEPS[..],
        &conditions::STEPS[..],
        &lifetime::STEPS[..],
        &patches::STEPS[..],
        &replays::STEPS[..],
        &lists::STEPS[..],
        &bulk::STEPS[..],
        &streams::STEPS[..],
        &refusals::STEPS[..],
    ]
    .into_iter()
    .flatten()
}
