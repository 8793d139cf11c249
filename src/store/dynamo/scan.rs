//! Scans of a partition, by `Query`.

use std::pin::pin;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use crate::domain::{Charge, Charged, Consistency, Context, Reply, Result};
use crate::store::backend::{Rows, Scan};
use crate::telemetry::metrics::Call;

use super::bounds::{Bounds, bounds};
use super::schema::{Attributes, partition, text};
use super::{Dynamo, call, item};

impl Dynamo {
    /// A page of rows.
    pub(super) async fn scan_partition(&self, context: &Context, scan: Scan) -> Reply<Rows> {
        let empty = scan.upper.as_ref().is_some_and(|upper| *upper <= scan.lower);
        let bounds = if empty { None } else { bounds(&scan.lower, scan.upper.as_deref())? };
        let Some(bounds) = bounds else { return Ok(Charged::new(Rows::default(), Charge::ZERO)) };
        let mut charge = Charge::ZERO;
        let mut from: Option<Attributes> = None;
        loop {
            let query = self.page(&scan, &bounds).set_exclusive_start_key(from.take());
            let sent = query.send();
            let found = self.within(Call::Query, context, pin!(sent)).await;
            let found = found.map_err(|fault| fault.of_read().with_charge(charge))?;
            charge += call::read(Call::Query, &found.consumed_capacity);
            let rows = rows(found.items.unwrap_or_default(), &bounds);
            let mut rows = rows.map_err(|error| error.with_charge(charge))?;
            let more = found.last_evaluated_key.filter(|last| !last.is_empty());
            // A page of nothing but bounds, which do not count.
            if rows.rows.is_empty() && more.is_some() {
                from = more;
                continue;
            }
            rows.more = more.is_some();
            return Ok(Charged::new(rows, charge));
        }
    }

    fn page(&self, scan: &Scan, bounds: &Bounds) -> QueryFluentBuilder {
        let condition = match (&bounds.lower, &bounds.upper) {
            (None, None) => "pk = :pk",
            (Some(_), None) if bounds.behind => "pk = :pk AND sk > :lower",
            (Some(_), None) => "pk = :pk AND sk >= :lower",
            (None, Some(_)) => "pk = :pk AND sk < :upper",
            (Some(_), Some(_)) => "pk = :pk AND sk BETWEEN :lower AND :upper",
        };
        let mut values = Attributes::new();
        values.insert(":pk".to_owned(), text(partition(scan.collection.as_str(), scan.shard)));
        values.extend(bounds.lower.as_ref().map(|lower| (":lower".to_owned(), text(lower))));
        values.extend(bounds.upper.as_ref().map(|upper| (":upper".to_owned(), text(upper))));
        let query = self.clients.reads.query().table_name(&self.table);
        let query = if scan.values { query } else { query.projection_expression(item::WITHOUT_DOCUMENT) };
        query
            .key_condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .scan_index_forward(!scan.reverse)
            .limit(i32::try_from(scan.limit.max(1)).unwrap_or(i32::MAX))
            .consistent_read(scan.consistency == Consistency::Strong)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }
}

fn rows(items: Vec<Attributes>, bounds: &Bounds) -> Result<Rows> {
    let mut rows = Vec::with_capacity(items.len());
    for found in items {
        let (key, row) = item::entry(found)?;
        let below = bounds.behind && bounds.lower.as_deref() == Some(key.as_str());
        let above = bounds.upper.as_deref() == Some(key.as_str());
        if !below && !above {
            rows.push((key, row.item));
        }
    }
    Ok(Rows { rows, more: false })
}
