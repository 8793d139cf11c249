//! The subcommands that are not roles, a file each.
