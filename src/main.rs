//! The binary `app`: flags, configuration, telemetry, run, exit code.

fn main() {}
