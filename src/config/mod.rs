//! Settings: what was said in defaults, files, environment and flags, and what it means.
