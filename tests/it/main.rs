//! The integration tests: real roles on port 0, real HTTP, real backends.

mod support;

mod architecture;
