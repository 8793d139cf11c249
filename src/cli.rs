//! The command line: flags and subcommands, as they are typed.
