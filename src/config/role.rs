//! The roles that a process can have.

use super::value::Parser;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Serves the public API, and keeps its items in a store role elsewhere.
    Api,
    /// Owns the data, and serves it to api roles.
    Store,
    /// Both in one process, without a hop between them.
    All,
}

impl Role {
    /// Every role.
    pub const EVERY: [Role; 3] = [Role::Api, Role::Store, Role::All];

    /// Its word, on the command line, in metrics and in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Api => "api",
            Role::Store => "store",
            Role::All => "all",
        }
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Option<Role> {
        Role::EVERY.into_iter().find(|role| role.name() == text)
    }

    /// Whether it serves the public API.
    pub const fn serves_api(self) -> bool {
        matches!(self, Role::Api | Role::All)
    }

    /// Whether it owns data.
    pub const fn owns_data(self) -> bool {
        matches!(self, Role::Store | Role::All)
    }
}

/// Reads a role.
pub(super) const ROLE: Parser<Role> = Parser { expects: "api, store or all", read: Role::parse };
