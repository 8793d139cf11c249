//! The embedded backend: one database directory on this machine.
