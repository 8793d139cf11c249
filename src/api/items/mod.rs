//! Items: one under its key, and lists of them.

mod list;
mod page;
mod post;
mod read;
mod write;

pub(super) use list::list;
pub(super) use post::post;
pub(super) use read::get;
pub(super) use write::{delete, patch, put};
