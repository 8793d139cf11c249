//! The lines that say who was refused, and who changed what.

/// A refusal or a change. Never holds a secret, a token or a document.
#[derive(Clone, Copy, Debug)]
pub struct Audit<'a> {
    /// Who: the name of a principal, `-` for nobody that we know, or how it was done where no caller did it.
    pub who: &'a str,
    /// From where: an address, or a file.
    pub from: &'a str,
    /// What was to be done.
    pub what: &'a str,
    /// What came of it.
    pub outcome: &'a str,
}

impl Audit<'_> {
    /// Writes the line; the log adds the request that it belongs to, if there is one.
    pub fn log(&self) {
        let Audit { who, from, what, outcome } = *self;
        tracing::info!(target: "audit", who, from, what, outcome);
    }
}
