//! The detailed bill by resource: in detail, by day, or by cycle.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Catalog, HOUR_MS, Money, Month, Name, Timestamp};
use ledger::read::{BillRow, BillView, ReadError};
use wire::bss::bills::{
    BillType, ResourceFee, ResourceFees, ResourceFeesQuery, ResourceRecord, ResourceRecords,
    ResourceRecordsQuery,
};
use wire::bss::{CALLS, CURRENCY_UNIT, PAY_PER_USE, YEARLY};
use wire::number::Decimal;

use super::bills::{Sum, period_type};
use super::filter::{Filter, Named, Subject};
use super::names::{self, SERVICE_TYPE, USAGE_TYPE, project_id, resource_type, utc};
use super::{Answer, Asked, Failure, Owner, Slice, asks_for_others, month, only_own, page, wrong};
use crate::app::App;
use crate::http::blocking;
use crate::views::money;

/// What rows are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Cycle,
    Day,
    Detail,
}

impl By {
    fn of(statistic_type: Option<u8>, default: By) -> Result<By, Failure> {
        match statistic_type {
            None => Ok(default),
            Some(1) => Ok(By::Cycle),
            Some(2) => Ok(By::Day),
            Some(3) => Ok(By::Detail),
            Some(other) => Err(wrong(format!("statistic_type={other}: 1 by cycle, 2 by day, 3 in detail"))),
        }
    }
}

/// What one resource cost, in one period.
#[derive(Debug, Clone)]
struct Record {
    api: Name,
    region: Name,
    project: Option<Name>,
    charging_mode: u8,
    bill_type: BillType,
    resource: String,
    /// The transaction; none of rows that are put together.
    trade: Option<String>,
    product: Option<u64>,
    sum: Sum,
    /// Calls charged.
    units: u64,
    /// Calls that packages met.
    drawn: u64,
    unit_price: Option<String>,
    from: Timestamp,
    to: Timestamp,
    traded_at: Timestamp,
}

/// Resource, enterprise project, kind of row, day.
type Key = (String, Option<Name>, BillType, String);

/// The records of a month, in order.
fn records(
    view: &BillView<'_>,
    (owner, catalog): (&Owner, &Catalog),
    filter: &Filter,
    by: By,
    visit: &mut dyn FnMut(Record),
) -> Result<(), ReadError> {
    let mut together: BTreeMap<Key, Record> = BTreeMap::new();
    let mut take = |record: Record| {
        if by == By::Detail {
            return visit(record);
        }
        let day = if by == By::Day { names::date(record.from) } else { String::new() };
        let key = (record.resource.clone(), record.project.clone(), record.bill_type, day);
        match together.get_mut(&key) {
            Some(sum) => sum.add(&record),
            None => drop(together.insert(key, record)),
        }
    };
    view.rows(|row| {
        let named = Named::of(&row, owner);
        if filter.takes(&named.subject(&row)) {
            take(Record::of(row, named, catalog));
        }
        Ok::<(), ReadError>(())
    })?;
    if !filter.without_zero {
        for met in view.drawn_by_hour()? {
            let record = Record::drawn(met, owner);
            if filter.takes(&record.subject()) {
                take(record);
            }
        }
    }
    together.into_values().for_each(visit);
    Ok(())
}

impl Record {
    fn of(row: BillRow, named: Named, catalog: &Catalog) -> Record {
        let sum = Sum::of(&row);
        let (api, region) = (row.api().clone(), row.region().clone());
        let project = row.enterprise_project().cloned();
        let Named { trade, resource, consumed_at, traded_at, charging_mode, bill_type } = named;
        let (product, units, to, unit_price) = match &row {
            BillRow::Line(line) => {
                let version = catalog.price_version(&line.api, line.price_version);
                // A price has no single unit price unless it has one tier.
                let tier = version.filter(|v| v.tiers.len() == 1).and_then(|v| v.tiers.first());
                (None, line.units, line.used_to, tier.map(|tier| tier.unit_price.to_string()))
            }
            BillRow::Package(package) => (Some(package.units), 0, package.expires_at, None),
        };
        let (from, trade) = (consumed_at, Some(trade));
        Record {
            api,
            region,
            project,
            charging_mode,
            bill_type,
            resource,
            trade,
            product,
            sum,
            units,
            drawn: 0,
            unit_price,
            from,
            to,
            traded_at,
        }
    }

    /// Calls of an hour that packages met: usage that cost nothing more.
    fn drawn(met: ledger::read::DrawnHour, owner: &Owner) -> Record {
        Record {
            resource: owner.ids.pay_per_use(&met.api, &met.region),
            api: met.api,
            region: met.region,
            project: met.enterprise_project,
            charging_mode: PAY_PER_USE,
            bill_type: BillType::Use,
            trade: None,
            product: None,
            sum: Sum::default(),
            units: 0,
            drawn: met.units,
            unit_price: None,
            from: met.hour,
            to: met.hour.plus_ms(HOUR_MS),
            traded_at: met.hour.plus_ms(HOUR_MS),
        }
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            api: &self.api,
            region: &self.region,
            project: self.project.as_ref(),
            charging_mode: self.charging_mode,
            bill_type: self.bill_type,
            trade: self.trade.as_deref().unwrap_or_default(),
            resource: &self.resource,
            consumed_at: self.from,
            is_zero: self.sum.amount.is_zero(),
        }
    }

    fn add(&mut self, other: &Record) {
        self.sum += other.sum;
        self.units += other.units;
        self.drawn += other.drawn;
        self.from = self.from.min(other.from);
        self.to = self.to.max(other.to);
        self.traded_at = self.traded_at.max(other.traded_at);
        if self.trade != other.trade {
            self.trade = None;
        }
    }

    fn resource_name(&self, owner: &Owner) -> String {
        match self.product {
            Some(calls) => owner.language.package(self.api.as_str(), calls),
            None => owner.language.api(self.api.as_str()),
        }
    }

    fn product_id(&self) -> String {
        self.product.map_or_else(
            || names::usage_product(self.api.as_str()),
            |calls| names::product_id(self.api.as_str(), calls),
        )
    }

    fn fee(self, owner: &Owner, row: usize) -> ResourceFee {
        let name = self.resource_name(owner);
        let product_id = self.product_id();
        let trade = self.trade.unwrap_or_default();
        let is_package = self.charging_mode == YEARLY;
        let unit = owner.language.choose("元/次", "per call");
        ResourceFee {
            bill_date: names::date(self.from),
            bill_type: self.bill_type.code(),
            customer_id: owner.account.to_string(),
            region: self.region.to_string(),
            region_name: owner.language.region(self.region.as_str()),
            cloud_service_type: SERVICE_TYPE.to_owned(),
            resource_type: resource_type(self.api.as_str()),
            cloud_service_type_name: owner.language.service(),
            resource_type_name: owner.language.api(self.api.as_str()),
            effective_time: utc(self.from),
            expire_time: utc(self.to),
            resource_name: name.clone(),
            product_id,
            product_name: name.clone(),
            product_spec_desc: name,
            id: owner.ids.row(&format!("{trade}{}", self.resource), row),
            resource_id: self.resource,
            trade_time: utc(self.traded_at),
            enterprise_project_id: project_id(self.project.as_ref()),
            enterprise_project_name: owner.project_name(self.project.as_ref()),
            charge_mode: self.charging_mode.to_string(),
            order_id: is_package.then(|| trade.clone()),
            trade_id: trade,
            period_type: period_type(self.charging_mode).to_string(),
            usage_type: USAGE_TYPE.to_owned(),
            usage: Decimal::new(self.units + self.drawn),
            usage_measure_id: CALLS,
            free_resource_usage: Decimal::new(self.drawn),
            free_resource_measure_id: CALLS,
            formula: self
                .unit_price
                .as_ref()
                .map(|price| format!("{} * {price} = {}", self.units, self.sum.amount))
                .unwrap_or_default(),
            unit_price: self.unit_price.map(Decimal::new),
            unit,
            official_amount: money(self.sum.official()),
            discount_amount: money(self.sum.discount),
            amount: money(self.sum.amount),
            cash_amount: money(self.sum.cash),
            credit_amount: money(self.sum.credit),
            coupon_amount: money(self.sum.coupons),
            flexipurchase_coupon_amount: money(Money::ZERO),
            stored_card_amount: money(Money::ZERO),
            bonus_amount: money(Money::ZERO),
            debt_amount: money(self.sum.debt),
            adjustment_amount: money(Money::ZERO),
            measure_id: CURRENCY_UNIT,
            consume_time: utc(self.from),
            relative_order_id: None,
            account_name: owner.name.clone(),
        }
    }

    fn record(self, owner: &Owner, cycle: Month, by: By, row: usize) -> ResourceRecord {
        let name = self.resource_name(owner);
        let trade = self.trade.unwrap_or_default();
        ResourceRecord {
            cycle: cycle.to_string(),
            bill_date: (by == By::Day).then(|| names::date(self.from)),
            bill_type: self.bill_type.code(),
            customer_id: owner.account.to_string(),
            region: self.region.to_string(),
            region_name: owner.language.region(self.region.as_str()),
            cloud_service_type: SERVICE_TYPE.to_owned(),
            resource_type_code: resource_type(self.api.as_str()),
            cloud_service_type_name: owner.language.service(),
            resource_type_name: owner.language.api(self.api.as_str()),
            id: owner.ids.row(&format!("{trade}{}", self.resource), row),
            res_instance_id: self.resource,
            resource_name: name.clone(),
            enterprise_project_id: project_id(self.project.as_ref()),
            enterprise_project_name: owner.project_name(self.project.as_ref()),
            charge_mode: self.charging_mode,
            consume_amount: money(self.sum.amount),
            cash_amount: money(self.sum.cash),
            credit_amount: money(self.sum.credit),
            coupon_amount: money(self.sum.coupons),
            flexipurchase_coupon_amount: money(Money::ZERO),
            stored_card_amount: money(Money::ZERO),
            bonus_amount: money(Money::ZERO),
            debt_amount: money(self.sum.debt),
            adjustment_amount: money(Money::ZERO),
            official_amount: money(self.sum.official()),
            discount_amount: money(self.sum.discount),
            measure_id: CURRENCY_UNIT,
            period_type: period_type(self.charging_mode),
            trade_id: trade,
            product_spec_desc: name,
            payer_account_id: owner.account.to_string(),
            effective_time: utc(self.from),
            expire_time: utc(self.to),
            consume_time: utc(self.from),
            account_name: owner.name.clone(),
        }
    }
}

/// `GET /v2/bills/customer-bills/res-fee-records`.
pub async fn resource_fees(State(app): State<Arc<App>>, request: Request) -> Answer<ResourceFees> {
    let asked = Asked::read(&app, request).await?;
    let query: ResourceFeesQuery = asked.query()?;
    let bounds = page(query.offset, query.limit, 1_000)?;
    let cycle = month("cycle", &query.cycle)?;
    let others = asks_for_others(query.method.as_deref())?;
    let by = By::of(query.statistic_type, By::Detail)?;
    let owner = asked.owner;
    only_own(&owner, query.sub_customer_id.as_deref())?;
    let charging_mode = query.charge_mode.map(|mode| mode.parse().map_err(|_| wrong("charge_mode")));
    let filter = Filter {
        service_type: query.cloud_service_type,
        region: query.region,
        charging_mode: charging_mode.transpose()?,
        bill_type: query.bill_type,
        resource: query.resource_id,
        project: query.enterprise_project_id,
        trade: query.trade_id,
        days: Filter::days(cycle, query.bill_date_begin, query.bill_date_end)?,
        without_zero: query.include_zero_record == Some(false),
        resource_type: None,
    };
    blocking(move || {
        let mut slice = Slice::new(bounds);
        if !others {
            let catalog = &app.engine.rules().catalog;
            let mut row = 0;
            app.read.look_at_bill(owner.account, cycle, |view| {
                records(view, (&owner, catalog), &filter, by, &mut |record| {
                    row += 1;
                    slice.add(|| record.fee(&owner, row));
                })
            })?;
        }
        let (total_count, fee_records) = (slice.count, slice.rows);
        Ok(Json(ResourceFees { fee_records, total_count, currency: owner.currency }))
    })
    .await
}

/// `POST /v2/bills/customer-bills/res-records/query`.
pub async fn resource_records(State(app): State<Arc<App>>, request: Request) -> Answer<ResourceRecords> {
    let asked = Asked::read(&app, request).await?;
    let query: ResourceRecordsQuery = asked.body()?;
    let bounds = page(query.offset, query.limit, 1_000)?;
    let cycles = cycles(&query)?;
    let others = asks_for_others(query.method.as_deref())?;
    let by = By::of(query.statistic_type, By::Cycle)?;
    let owner = asked.owner;
    only_own(&owner, query.sub_customer_id.as_deref())?;
    let filter = Filter {
        service_type: query.cloud_service_type,
        resource_type: query.resource_type,
        region: query.region,
        charging_mode: query.charge_mode,
        bill_type: query.bill_type,
        resource: query.res_instance_id,
        project: query.enterprise_project_id,
        without_zero: query.include_zero_record != Some(true),
        ..Filter::default()
    };
    blocking(move || {
        let mut slice = Slice::new(bounds);
        for cycle in cycles.into_iter().filter(|_| !others) {
            let catalog = &app.engine.rules().catalog;
            let mut row = 0;
            app.read.look_at_bill(owner.account, cycle, |view| {
                records(view, (&owner, catalog), &filter, by, &mut |record| {
                    row += 1;
                    slice.add(|| record.record(&owner, cycle, by, row));
                })
            })?;
        }
        let (total_count, monthly_records) = (slice.count, slice.rows);
        Ok(Json(ResourceRecords { monthly_records, total_count, currency: owner.currency }))
    })
    .await
}

/// The most cycles that are looked at in one request.
const CYCLES_LIMIT: usize = 12;

/// Which months: the one, or a range of them (`query_type` `BILLCYCLE`).
fn cycles(query: &ResourceRecordsQuery) -> Result<Vec<Month>, Failure> {
    if let Some(cycle) = &query.cycle {
        return Ok(vec![month("cycle", cycle)?]);
    }
    let (Some(begin), Some(end)) = (&query.bill_cycle_begin, &query.bill_cycle_end) else {
        return Err(wrong("cycle is required"));
    };
    let (begin, end) = (month("bill_cycle_begin", begin)?, month("bill_cycle_end", end)?);
    let months: Vec<Month> = std::iter::successors(Some(begin), |month| Some(month.next()))
        .take_while(|month| *month <= end)
        .take(CYCLES_LIMIT + 1)
        .collect();
    if months.is_empty() || months.len() > CYCLES_LIMIT {
        return Err(wrong(format!("bill_cycle_begin to bill_cycle_end: 1 to {CYCLES_LIMIT} cycles")));
    }
    Ok(months)
}
