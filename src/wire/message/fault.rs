//! Errors: everything but their source, which stays in the log of the role that met it.

use crate::domain::{Current, Error, Failure, Fault, Kind, Place};
use crate::wire::Malformed;
use crate::wire::documents::{Collector, Documents};

use super::parts::{ChargePart, VersionPart, needed};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ErrorPart {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "2")]
    detail: String,
    #[prost(message, repeated, tag = "3")]
    faults: Vec<FaultPart>,
    #[prost(message, optional, tag = "4")]
    limit: Option<LimitPart>,
    #[prost(uint32, optional, tag = "5")]
    retry_after_seconds: Option<u32>,
    #[prost(string, optional, tag = "6")]
    reason: Option<String>,
    #[prost(message, optional, tag = "7")]
    current: Option<CurrentPart>,
    #[prost(message, repeated, tag = "8")]
    failures: Vec<FailurePart>,
    #[prost(uint32, optional, tag = "9")]
    status: Option<u32>,
    #[prost(message, optional, tag = "10")]
    charge: Option<ChargePart>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct LimitPart {
    #[prost(uint64, tag = "1")]
    limit: u64,
    #[prost(uint64, tag = "2")]
    actual: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FaultPart {
    #[prost(oneof = "PlacePart", tags = "1, 2, 3")]
    place: Option<PlacePart>,
    #[prost(string, tag = "4")]
    detail: String,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum PlacePart {
    #[prost(string, tag = "1")]
    Pointer(String),
    #[prost(string, tag = "2")]
    Parameter(String),
    #[prost(string, tag = "3")]
    Header(String),
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct CurrentPart {
    #[prost(message, optional, tag = "1")]
    version: Option<VersionPart>,
    #[prost(uint32, optional, tag = "2")]
    document: Option<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FailurePart {
    #[prost(uint32, tag = "1")]
    op: u32,
    #[prost(string, tag = "2")]
    kind: String,
    #[prost(message, optional, tag = "3")]
    version: Option<VersionPart>,
}

impl ErrorPart {
    pub(super) fn new(error: &Error, documents: &mut Collector) -> ErrorPart {
        let current = |current: &Current| CurrentPart {
            version: Some(current.version.into()),
            document: current.document.as_ref().map(|document| documents.add(document)),
        };
        let failure = |failure: &Failure| FailurePart {
            op: u32::try_from(failure.op).unwrap_or(u32::MAX),
            kind: failure.kind.name().into(),
            version: failure.version.map(VersionPart::from),
        };
        ErrorPart {
            kind: error.kind().name().into(),
            detail: error.detail().into(),
            faults: error.faults().iter().map(FaultPart::from).collect(),
            limit: error.limit().map(|(limit, actual)| LimitPart { limit, actual }),
            retry_after_seconds: error.retry_after(),
            reason: error.reason().map(str::to_owned),
            current: error.current().map(current),
            failures: error.failures().iter().map(failure).collect(),
            status: error.status().map(u32::from),
            charge: ChargePart::of(error.charge()),
        }
    }

    pub(super) fn error(self, documents: &mut Documents) -> Result<Error, Malformed> {
        let mut error = Error::new(kind(&self.kind), self.detail)
            .with_faults(self.faults.into_iter().map(Fault::try_from).collect::<Result<_, _>>()?)
            .with_failures(self.failures.into_iter().map(Failure::from).collect())
            .with_charge(ChargePart::charge(self.charge));
        if let Some(CurrentPart { version, document }) = self.current {
            let version = needed(version, "the version of a current item")?.into();
            let document = document.map(|bytes| documents.take(bytes)).transpose()?;
            error = error.with_current(Some(Current { version, document }));
        }
        if let Some(LimitPart { limit, actual }) = self.limit {
            error = error.with_limit(limit, actual);
        }
        if let Some(seconds) = self.retry_after_seconds {
            error = error.with_retry_after(seconds);
        }
        if let Some(reason) = self.reason {
            error = error.with_reason(reason);
        }
        if let Some(status) = self.status.and_then(|status| u16::try_from(status).ok()) {
            error = error.with_status(status);
        }
        Ok(error)
    }
}

/// The kind of a name. One that only a later version knows is an internal error to this one.
fn kind(name: &str) -> Kind {
    Kind::from_name(name).unwrap_or(Kind::Internal)
}

impl From<&Fault> for FaultPart {
    fn from(fault: &Fault) -> Self {
        let place = match &fault.place {
            Place::Pointer(pointer) => PlacePart::Pointer(pointer.clone()),
            Place::Parameter(name) => PlacePart::Parameter(name.clone()),
            Place::Header(name) => PlacePart::Header(name.clone()),
        };
        FaultPart { place: Some(place), detail: fault.detail.clone() }
    }
}

impl TryFrom<FaultPart> for Fault {
    type Error = Malformed;
    fn try_from(part: FaultPart) -> Result<Self, Malformed> {
        let place = match needed(part.place, "the place of a fault")? {
            PlacePart::Pointer(pointer) => Place::Pointer(pointer),
            PlacePart::Parameter(name) => Place::Parameter(name),
            PlacePart::Header(name) => Place::Header(name),
        };
        Ok(Fault { place, detail: part.detail })
    }
}

impl From<FailurePart> for Failure {
    fn from(part: FailurePart) -> Self {
        let version = part.version.map(Into::into);
        Failure { op: part.op as usize, kind: kind(&part.kind), version }
    }
}
