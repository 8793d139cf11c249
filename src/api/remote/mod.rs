//! The store role as a `domain::Store` across the network.
