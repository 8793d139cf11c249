//! Collections and their settings.

mod read;
mod settings;
mod write;

pub(super) use read::{get, list};
pub(super) use write::{delete, put};
