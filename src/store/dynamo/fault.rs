//! What can become of a call to `DynamoDB`, told apart by what may be done then.

use std::error::Error as StdError;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{CancellationReason, ThrottlingReason};
use aws_smithy_runtime_api::client::interceptors::context::Error as AnyError;

use crate::domain::{Error, Kind};
use crate::telemetry::log::chain;
use crate::telemetry::metrics::{Call, Throttle};

use super::schema::Attributes;
use super::transact;

/// A cause, for the log.
pub(super) type Cause = Box<dyn StdError + Send + Sync>;

/// Why a call did not do what it was to do.
#[derive(Debug)]
pub(super) enum Fault {
    /// The condition does not hold over this item, or over none.
    Condition(Option<Attributes>),
    /// A transaction was cancelled; a reason for each of its operations.
    Cancelled(Vec<CancellationReason>),
    /// Another transaction is at the item just now.
    Busy(Cause),
    /// The same transaction is still being done.
    InProgress(Cause),
    /// Refused for want of capacity; nothing was done.
    Throttled(Throttle, Cause),
    /// It never reached `DynamoDB`.
    Unsent(Cause),
    /// Nobody knows whether it was done.
    Unknown(Cause),
    /// Nobody waits any more; a call that was on its way may have been done.
    Late,
    /// It can't be done, now or later, as things are.
    Refused(Error),
}

impl Fault {
    /// Whether something is wrong with `DynamoDB` or the way there, and not only with what was asked when.
    pub(super) fn is_trouble(&self) -> bool {
        use Fault::{Busy, Cancelled, Condition, InProgress};
        !matches!(self, Condition(_) | Cancelled(_) | Busy(_) | InProgress(_))
    }

    /// The error of a read that failed so.
    pub(super) fn of_read(self) -> Error {
        match self {
            Fault::Throttled(why, cause) => throttled(why).with_source(cause),
            Fault::Unsent(cause) => unreachable_table().with_source(cause),
            Fault::Busy(cause) | Fault::InProgress(cause) => busy().with_source(cause),
            Fault::Unknown(cause) => {
                let detail = "DynamoDB did not answer as it should; repeat in a second";
                Error::new(Kind::StoreUnavailable, detail).with_retry_after(1).with_source(cause)
            }
            Fault::Late => late(),
            Fault::Refused(error) => error,
            Fault::Condition(_) | Fault::Cancelled(_) => Error::internal("a read has no condition"),
        }
    }
}

/// The error of a request that `DynamoDB` has no capacity for.
pub(super) fn throttled(why: Throttle) -> Error {
    let detail = match why {
        Throttle::HotKey => "too many requests for one key, or for keys side by side; spread them, or wait",
        Throttle::Table => "the table has no more capacity just now; wait, or raise it",
        Throttle::Account => "the AWS account has no more capacity just now; wait, or have its quota raised",
    };
    Error::new(Kind::Throttled, detail).with_reason(why.name()).with_retry_after(1)
}

/// The error of a request whose time ran out before anything was tried.
pub(super) fn late() -> Error {
    Error::new(Kind::DeadlineExceeded, "DynamoDB did not answer within the deadline")
}

/// The error of an item that others kept changing, until the deadline.
pub(super) fn busy() -> Error {
    let detail = "other writes to this item kept coming between; try again";
    Error::new(Kind::Conflict, detail).with_retry_after(1)
}

fn unreachable_table() -> Error {
    let detail = "DynamoDB can't be reached; look at store.dynamodb.endpoint, the region and the network";
    Error::new(Kind::StoreUnavailable, detail).with_retry_after(1)
}

/// The errors of an operation.
pub(super) trait Sorted: ProvideErrorMetadata + StdError + Send + Sync + Sized + 'static {
    /// Which capacity was missing, if that is what it means.
    fn throttle(&self) -> Option<Throttle>;

    /// What they mean.
    fn sort(self) -> Fault;
}

macro_rules! sorted {
    ($($error:ident of $call:ident { $($special:pat => $fault:expr),* })*) => {
        $(impl Sorted for $error {
            fn throttle(&self) -> Option<Throttle> {
                match self {
                    $error::ProvisionedThroughputExceededException(e) => {
                        Some(why(e.throttling_reasons(), Throttle::Table))
                    }
                    $error::ThrottlingException(e) => Some(why(e.throttling_reasons(), Throttle::Table)),
                    $error::RequestLimitExceeded(e) => Some(why(e.throttling_reasons(), Throttle::Account)),
                    other => {
                        let account = matches!(other.code(), Some("Throttling" | "TooManyRequestsException"));
                        account.then_some(Throttle::Account)
                    }
                }
            }

            fn sort(self) -> Fault {
                if let Some(why) = self.throttle() {
                    return Fault::Throttled(why, Box::new(self));
                }
                match self {
                    $($special => $fault,)*
                    $error::InternalServerError(_) => Fault::Unknown(Box::new(self)),
                    other => by_code(other),
                }
            }
        })*

        /// The call that was refused for want of capacity, if that is what the error of one means.
        pub(super) fn throttled_call(error: &AnyError) -> Option<(Call, Throttle)> {
            $(if let Some(error) = error.downcast_ref::<$error>() {
                return error.throttle().map(|why| (Call::$call, why));
            })*
            None
        }
    };
}

sorted! {
    GetItemError of GetItem {}
    BatchGetItemError of BatchGetItem {}
    QueryError of Query {}
    TransactGetItemsError of TransactGetItems {
        TransactGetItemsError::TransactionCanceledException(mut e) =>
            Fault::Cancelled(e.cancellation_reasons.take().unwrap_or_default())
    }
    TransactWriteItemsError of TransactWriteItems {
        TransactWriteItemsError::TransactionCanceledException(mut e) =>
            Fault::Cancelled(e.cancellation_reasons.take().unwrap_or_default()),
        TransactWriteItemsError::TransactionInProgressException(e) => Fault::InProgress(Box::new(e))
    }
    PutItemError of PutItem {
        PutItemError::ConditionalCheckFailedException(mut e) => Fault::Condition(e.item.take()),
        PutItemError::TransactionConflictException(e) => Fault::Busy(Box::new(e)),
        PutItemError::ReplicatedWriteConflictException(e) => Fault::Busy(Box::new(e))
    }
    UpdateItemError of UpdateItem {
        UpdateItemError::ConditionalCheckFailedException(mut e) => Fault::Condition(e.item.take()),
        UpdateItemError::TransactionConflictException(e) => Fault::Busy(Box::new(e)),
        UpdateItemError::ReplicatedWriteConflictException(e) => Fault::Busy(Box::new(e))
    }
    DeleteItemError of DeleteItem {
        DeleteItemError::ConditionalCheckFailedException(mut e) => Fault::Condition(e.item.take()),
        DeleteItemError::TransactionConflictException(e) => Fault::Busy(Box::new(e)),
        DeleteItemError::ReplicatedWriteConflictException(e) => Fault::Busy(Box::new(e))
    }
}

/// What the SDK's error means.
pub(super) fn fault<E: Sorted>(error: SdkError<E>) -> Fault {
    match error {
        SdkError::ServiceError(answer) => {
            let broken = answer.raw().status().as_u16() >= 500;
            match answer.into_err().sort() {
                Fault::Refused(error) if broken => Fault::Unknown(Box::new(error)),
                fault => fault,
            }
        }
        SdkError::DispatchFailure(failure) => {
            let error = failure.as_connector_error();
            let never_sent = error.is_some_and(|error| {
                // The only time limit inside the connector is that of connecting. What hyper calls an error of its user
                // may come when a request is on its way.
                error.is_timeout() || not_connected(error)
            });
            let unsigned =
                error.is_some_and(|error| chain(error).any(<dyn StdError>::is::<CredentialsError>));
            let cause = Box::new(SdkError::<E>::DispatchFailure(failure));
            match (unsigned, never_sent) {
                (true, _) => Fault::Refused(no_credentials().with_source(cause)),
                (false, true) => Fault::Unsent(cause),
                (false, false) => Fault::Unknown(cause),
            }
        }
        error @ SdkError::ConstructionFailure(_) => {
            Fault::Refused(Error::internal("a call to DynamoDB could not be made").with_source(error))
        }
        error => Fault::Unknown(Box::new(error)),
    }
}

/// Whether the connection was never made.
fn not_connected(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|error| {
        let by_hyper = error.downcast_ref::<hyper_util::client::legacy::Error>();
        let by_system = error.downcast_ref::<io::Error>();
        by_hyper.is_some_and(hyper_util::client::legacy::Error::is_connect)
            || by_system.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    })
}

fn no_credentials() -> Error {
    let detail = "there are no AWS credentials; look at the role of this process";
    Error::new(Kind::StoreUnavailable, detail).with_retry_after(10)
}

/// Errors that the SDK has no type for, or that are the same for every operation.
fn by_code<E: Sorted>(error: E) -> Fault {
    let unavailable = |detail: &'static str| Error::new(Kind::StoreUnavailable, detail).with_retry_after(10);
    match error.code().unwrap_or_default() {
        "ResourceNotFoundException" => Fault::Refused(
            unavailable("the table is not there; `app bootstrap` makes it, or Terraform").with_source(error),
        ),
        "AccessDeniedException" => Fault::Refused(
            unavailable("this role may not use the table as it must; `app bootstrap --create never` says what is missing")
                .with_source(error),
        ),
        "UnrecognizedClientException" | "ExpiredTokenException" | "InvalidSignatureException"
        | "MissingAuthenticationTokenException" | "MissingAuthenticationToken" | "IncompleteSignature" => Fault::Refused(
            unavailable("AWS does not take our credentials; look at the role of this process").with_source(error),
        ),
        "ServiceUnavailable" | "ServiceUnavailableException" | "InternalFailure" => {
            Fault::Unknown(Box::new(error))
        }
        // Of gets in a transaction, whose items come to more than it takes together.
        "ValidationException" if error.message().is_some_and(|said| said.contains("too large")) => {
            Fault::Refused(transact::too_large(None).with_source(error))
        }
        _ => Fault::Refused(Error::internal("DynamoDB refused a call that we should not have made").with_source(error)),
    }
}

/// Which limit was reached: what stands between `Read` or `Write` and the end of a reason.
fn why(reasons: &[ThrottlingReason], otherwise: Throttle) -> Throttle {
    let said = reasons.iter().filter_map(ThrottlingReason::reason);
    let each = said.map(|reason| {
        if reason.contains("KeyRange") {
            Throttle::HotKey
        } else if reason.contains("AccountLimit") {
            Throttle::Account
        } else {
            Throttle::Table
        }
    });
    // The narrowest is the one that can be helped.
    each.min().unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::future::ProvideCredentials as Credentials;
    use aws_sdk_dynamodb::config::{BehaviorVersion, Config, ProvideCredentials, Region};

    use super::*;

    #[derive(Debug)]
    struct Nobody;

    impl ProvideCredentials for Nobody {
        fn provide_credentials<'a>(&'a self) -> Credentials<'a>
        where
            Self: 'a,
        {
            Credentials::ready(Err(CredentialsError::provider_error("the metadata service is away")))
        }
    }

    /// Nothing left, so nobody may be told that his write may have happened.
    #[tokio::test]
    async fn a_call_that_nobody_can_sign_was_not_made() {
        let config = Config::builder().behavior_version(BehaviorVersion::latest());
        let config = config.region(Region::from_static("eu-central-1")).credentials_provider(Nobody);
        let client = aws_sdk_dynamodb::Client::from_conf(config.build());
        let error = client.delete_item().table_name("t").send().await.expect_err("there are no credentials");
        match fault(error) {
            Fault::Refused(error) => {
                assert_eq!(error.kind(), Kind::StoreUnavailable);
                assert!(error.detail().contains("credentials"), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}
