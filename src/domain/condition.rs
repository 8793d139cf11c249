//! Conditional requests as RFC 9110 §13 has them, judged against what is there.

use super::time::Timestamp;
use super::version::Version;

/// An entity tag that a caller named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The version that it stands for; none for a tag that this server never makes.
    pub version: Option<Version>,
    /// Whether it was marked `W/`.
    pub weak: bool,
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// `*`: whatever is there.
    Any,
    /// One of these.
    List(Vec<Tag>),
}

impl Tags {
    fn strongly(&self, current: Version) -> bool {
        match self {
            Tags::Any => true,
            Tags::List(tags) => tags.iter().any(|tag| !tag.weak && tag.version == Some(current)),
        }
    }

    fn weakly(&self, current: Version) -> bool {
        match self {
            Tags::Any => true,
            Tags::List(tags) => tags.iter().any(|tag| tag.version == Some(current)),
        }
    }
}

/// What a request demands of the item before anything is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// One of these must be there.
    pub if_match: Option<Tags>,
    /// None of these may be there.
    pub if_none_match: Option<Tags>,
    /// It must not have changed after this (whole seconds); not looked at beside `if_match`.
    pub if_unmodified_since: Option<Timestamp>,
    /// It must have changed after this (whole seconds); for reads, and not looked at beside `if_none_match`.
    pub if_modified_since: Option<Timestamp>,
}

/// The judgement of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Do it.
    Proceed,
    /// A read has nothing new to tell: 304.
    NotModified,
    /// 412.
    Failed,
}

impl Condition {
    /// Demands exactly this version.
    pub fn version(version: Version) -> Self {
        let tag = Tag { version: Some(version), weak: false };
        Condition { if_match: Some(Tags::List(vec![tag])), ..Condition::default() }
    }

    /// Demands that nothing is there.
    pub fn absent() -> Self {
        Condition { if_none_match: Some(Tags::Any), ..Condition::default() }
    }

    /// Demands what never is.
    pub fn never() -> Self {
        Condition { if_match: Some(Tags::List(Vec::new())), ..Condition::default() }
    }

    /// Whether nothing is demanded.
    pub fn is_none(&self) -> bool {
        *self == Condition::default()
    }

    /// Whether a write says which state it expects (for collections with `require_preconditions`).
    pub fn guards_write(&self) -> bool {
        self.if_match.is_some() || self.if_none_match.is_some() || self.if_unmodified_since.is_some()
    }

    /// Judges a write over the version that is there (`None`: absent, or expired).
    pub fn allows_write(&self, current: Option<Version>) -> bool {
        let matched = match (&self.if_match, current) {
            (Some(tags), Some(version)) => tags.strongly(version),
            (Some(_), None) => false,
            (None, Some(version)) => !self.changed_after_limit(version),
            (None, None) => true,
        };
        let unmatched = match (&self.if_none_match, current) {
            (Some(tags), Some(version)) => !tags.weakly(version),
            _ => true,
        };
        matched && unmatched
    }

    /// Judges a read of an item that is there.
    pub fn judge_read(&self, current: Version) -> Verdict {
        let matched = match &self.if_match {
            Some(tags) => tags.strongly(current),
            None => !self.changed_after_limit(current),
        };
        if !matched {
            return Verdict::Failed;
        }
        let not_modified = match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) => tags.weakly(current),
            (None, Some(since)) => current.modified().secs() <= since.secs(),
            (None, None) => false,
        };
        if not_modified { Verdict::NotModified } else { Verdict::Proceed }
    }

    fn changed_after_limit(&self, current: Version) -> bool {
        self.if_unmodified_since.is_some_and(|limit| current.modified().secs() > limit.secs())
    }
}
