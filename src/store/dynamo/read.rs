//! Reads of rows: one, many, and many at one moment.

use std::collections::HashMap;
use std::pin::pin;

use aws_sdk_dynamodb::types::{
    AttributeValue, Get, KeysAndAttributes, ReturnConsumedCapacity, TransactGetItem,
};
use futures_util::future::join;

use crate::domain::{BeyondAnswer, Charge, Charged, Consistency, Context, Error, Reply, Result, limits};
use crate::store::backend::{Address, Row};
use crate::telemetry::metrics::{self, Call, Throttle};

use super::fault::{self, Fault};
use super::retry::Patience;
use super::schema::{Attributes, PARTITION, SORT, partition, row_key};
use super::{Dynamo, call, item, transact};

/// Keys of a `BatchGetItem`.
const BATCH: usize = 100;

/// The partition and the sort key of a row.
pub(super) type Place = (String, String);

/// What one side of a read of many found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) rows: HashMap<Place, Result<Row>>,
    pub(super) charge: Charge,
    /// Bytes of their documents, and beyond how many no more is read.
    bytes: usize,
    most: usize,
    failed: Option<Error>,
    /// Those that were not read, if it failed.
    missing: Vec<Place>,
}

impl Dynamo {
    /// The row there, maybe expired.
    pub(super) async fn row(
        &self,
        context: &Context,
        address: &Address,
        consistency: Consistency,
    ) -> Reply<Option<Row>> {
        let found = self.item(context, row_key(address), consistency).await?;
        let charge = found.charge;
        let row = item::maybe(found.value).map_err(|error| error.with_charge(charge))?;
        Ok(Charged::new(row, charge))
    }

    /// An item of the table.
    pub(super) async fn item(
        &self,
        context: &Context,
        key: Attributes,
        consistency: Consistency,
    ) -> Reply<Option<Attributes>> {
        let get = self.clients.reads.get_item().table_name(&self.table).set_key(Some(key));
        let sent = get
            .consistent_read(consistency == Consistency::Strong)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        let found = self.within(Call::GetItem, context, pin!(sent)).await.map_err(Fault::of_read)?;
        let charge = call::read(Call::GetItem, &found.consumed_capacity);
        Ok(Charged::new(found.item, charge))
    }

    /// Rows in the order asked for, each with its own outcome; some of those beyond `most` bytes of documents are not read.
    pub(super) async fn rows(
        &self,
        context: &Context,
        reads: Vec<(Address, Consistency)>,
        most: usize,
    ) -> Reply<Vec<Result<Option<Row>>>> {
        let places: Vec<(Place, Consistency)> =
            reads.into_iter().map(|(address, consistency)| (place(&address), consistency)).collect();
        let wanted = |which: Consistency| {
            let of = places.iter().filter(|(_, consistency)| *consistency == which);
            let mut wanted: Vec<Place> = of.map(|(place, _)| place.clone()).collect();
            wanted.sort_unstable();
            wanted.dedup();
            wanted
        };
        let strong = self.side(context, wanted(Consistency::Strong), Consistency::Strong, most);
        let eventual = self.side(context, wanted(Consistency::Eventual), Consistency::Eventual, most);
        let (strong, eventual) = join(strong, eventual).await;
        let answer = |(place, consistency): &(Place, Consistency)| {
            let found = if *consistency == Consistency::Strong { &strong } else { &eventual };
            match (found.rows.get(place), &found.failed) {
                (Some(Ok(row)), _) => Ok(Some(row.clone())),
                (Some(Err(error)), _) => Err(error.duplicate()),
                (None, Some(error)) if found.missing.contains(place) => Err(error.duplicate()),
                (None, _) => Ok(None),
            }
        };
        Ok(Charged::new(places.iter().map(answer).collect(), strong.charge + eventual.charge))
    }

    async fn side(
        &self,
        context: &Context,
        mut wanted: Vec<Place>,
        consistency: Consistency,
        most: usize,
    ) -> Found {
        let mut found = Found { most, ..Found::default() };
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(BATCH));
            let batch = std::mem::replace(&mut wanted, rest);
            if let Err(error) = self.batch(context, batch, consistency, &mut found).await {
                found.failed = Some(error);
                found.missing.append(&mut wanted);
            }
        }
        found
    }

    /// Reads at most a hundred rows, again and again until all are there.
    async fn batch(
        &self,
        context: &Context,
        mut wanted: Vec<Place>,
        consistency: Consistency,
        found: &mut Found,
    ) -> Result<()> {
        let mut patience = Patience::new(&self.budget, context.deadline);
        loop {
            let left = match self.ask(context, &wanted, consistency, found).await {
                Ok(left) => left,
                Err(fault) => {
                    found.missing.append(&mut wanted);
                    return Err(fault.of_read());
                }
            };
            let asked = std::mem::replace(&mut wanted, left).len();
            if wanted.is_empty() {
                return Ok(());
            }
            if found.bytes > found.most {
                found.missing.append(&mut wanted);
                return Err(BeyondAnswer(found.bytes).into());
            }
            // An answer that ends at 16 MB leaves keys as well; without any it is capacity that is missing.
            let waited = if wanted.len() < asked {
                patience.pause(fault::throttled(Throttle::Table)).await
            } else {
                metrics::dynamodb_throttled(Call::BatchGetItem, Throttle::Table);
                patience.after(Fault::Throttled(Throttle::Table, "no key was processed".into())).await
            };
            if let Err(error) = waited {
                found.missing.append(&mut wanted);
                return Err(error);
            }
        }
    }

    /// Reads at most a hundred rows by one call, and says which of them it left.
    pub(super) async fn ask(
        &self,
        context: &Context,
        wanted: &[Place],
        consistency: Consistency,
        found: &mut Found,
    ) -> Result<Vec<Place>, Fault> {
        let keys = wanted.iter().map(|(partition, sort)| super::schema::key(partition, sort)).collect();
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(consistency == Consistency::Strong)
            .build()
            .map_err(|error| {
                Fault::Refused(Error::internal("a read of many has no keys").with_source(error))
            })?;
        let get = self.clients.reads.batch_get_item().request_items(&self.table, keys);
        let sent = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send();
        let answer = self.within(Call::BatchGetItem, context, pin!(sent)).await?;
        found.charge += call::read(Call::BatchGetItem, answer.consumed_capacity());
        for item in answer.responses.into_iter().flatten().flat_map(|(_, items)| items) {
            let at = place_of(&item).ok_or_else(|| Fault::Refused(item::foreign(SORT)))?;
            // What is not ours fails alone.
            if let Some(row) = item::row(item).transpose() {
                found.bytes += row.as_ref().map_or(0, |row| row.item.document.bytes().len());
                found.rows.insert(at, row);
            }
        }
        let left = answer.unprocessed_keys.into_iter().flatten().flat_map(|(_, left)| left.keys);
        Ok(left.filter_map(|key| place_of(&key)).collect())
    }

    /// Rows as they were at one moment.
    pub(super) async fn rows_at_once(
        &self,
        context: &Context,
        addresses: Vec<Address>,
    ) -> Reply<Vec<Option<Row>>> {
        let mut gets = Vec::with_capacity(addresses.len());
        for address in &addresses {
            let get = Get::builder().table_name(&self.table).set_key(Some(row_key(address))).build();
            let get = get.map_err(|error| Error::internal("a read has no key").with_source(error))?;
            gets.push(TransactGetItem::builder().get(get).build());
        }
        let mut patience = Patience::new(&self.budget, context.deadline);
        let mut conflicts = 0;
        loop {
            let get = self.clients.reads.transact_get_items().set_transact_items(Some(gets.clone()));
            let sent = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send();
            match self.within(Call::TransactGetItems, context, pin!(sent)).await {
                Ok(found) => {
                    let charge = call::read(Call::TransactGetItems, found.consumed_capacity());
                    let found = found.responses.unwrap_or_default();
                    let rows: Result<_> = found.into_iter().map(|found| item::maybe(found.item)).collect();
                    return Ok(Charged::new(rows.map_err(|error| error.with_charge(charge))?, charge));
                }
                Err(Fault::Cancelled(reasons)) if transact::any(&reasons, "ValidationError") => {
                    return Err(transact::too_large(None));
                }
                Err(Fault::Cancelled(reasons)) => {
                    let fault = transact::why(Call::TransactGetItems, &reasons);
                    conflicts += usize::from(matches!(fault, Fault::Busy(_)));
                    if conflicts >= 2 * limits::CONTENTION_TRIES {
                        return Err(fault.of_read());
                    }
                    patience.after(fault).await?;
                }
                Err(fault) => return Err(fault.of_read()),
            }
        }
    }
}

pub(super) fn place(address: &Address) -> Place {
    (partition(address.collection.as_str(), address.shard), address.key.as_str().to_owned())
}

fn place_of(item: &Attributes) -> Option<Place> {
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    Some((text(PARTITION)?, text(SORT)?))
}
