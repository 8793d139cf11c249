//! One call to `DynamoDB`: its time, its cost, and what is counted of it.

use std::pin::Pin;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_dynamodb::types::ConsumedCapacity;

use crate::domain::{Charge, Context};
use crate::telemetry::metrics::{self, Call};

use super::Dynamo;
use super::fault::{Fault, Sorted, fault};

impl Dynamo {
    /// Waits for a call, but not behind the deadline. It is pinned, since the SDK's are large: each move would copy
    /// thousands of bytes, and make room for them once more.
    pub(super) async fn within<T, E: Sorted>(
        &self,
        call: Call,
        context: &Context,
        sent: Pin<&mut impl Future<Output = Result<T, SdkError<E>>>>,
    ) -> Result<T, Fault> {
        let mut span = self.tracer.dynamodb(context.trace, call, &self.table);
        let Ok(answer) = tokio::time::timeout_at(context.deadline.into(), sent).await else {
            span.call_failed("timeout", true);
            return Err(Fault::Late);
        };
        answer.map_err(|error| {
            let code = span.is_recorded().then(|| code(&error));
            let fault = fault(error);
            if let Some(code) = code {
                span.call_failed(&code, fault.is_trouble());
            }
            if matches!(fault, Fault::Condition(_)) {
                metrics::dynamodb_condition_failed(call);
            }
            fault
        })
    }
}

/// What `DynamoDB` calls an error, or what there was instead of its answer.
fn code<E: Sorted>(error: &SdkError<E>) -> String {
    let without = match error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "connection",
        _ => "_OTHER",
    };
    error.code().unwrap_or(without).to_owned()
}

/// What a read was billed for.
pub(super) fn read<'a>(call: Call, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> Charge {
    let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
    noted(call, Charge { read_halves: (units * 2.0).round() as u64, writes: 0 })
}

/// What a write was billed for.
pub(super) fn write<'a>(call: Call, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> Charge {
    let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
    noted(call, Charge { read_halves: 0, writes: units.round() as u64 })
}

/// Counts what a call was billed for, where it does not say so itself: its condition did not hold.
pub(super) fn noted(call: Call, charge: Charge) -> Charge {
    metrics::dynamodb_consumed(call, charge);
    charge
}
