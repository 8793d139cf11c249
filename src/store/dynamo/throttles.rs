//! Counts what `DynamoDB` refuses for want of capacity, each attempt of it: the SDK repeats reads, and tells only how the
//! last of them ended.

use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;

use crate::telemetry::metrics;

use super::fault::throttled_call;

/// Counts them.
#[derive(Debug)]
pub(super) struct Throttles;

#[dyn_dispatch_hint]
impl Intercept for Throttles {
    fn name(&self) -> &'static str {
        "Throttles"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let failed = context.output_or_error().and_then(Result::err);
        if let Some((call, why)) = failed.and_then(|error| throttled_call(error.as_operation_error()?)) {
            metrics::dynamodb_throttled(call, why);
        }
        Ok(())
    }
}
