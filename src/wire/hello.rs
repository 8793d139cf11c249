//! The first frame of a store: who it is.

/// What a store says of itself.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Hello {
    /// Names this process: random, made when it began. A repeated write is told apart by it.
    #[prost(fixed64, tag = "1")]
    pub instance: u64,
    /// Its version, for people.
    #[prost(string, tag = "2")]
    pub version: String,
}
