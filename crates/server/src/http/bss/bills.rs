//! Monthly sums and the transaction bill.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Money, Month, Name, Timestamp};
use ledger::read::{BillRow, Payment, ReadError};
use wire::bss::bills::{
    BillSum, BillType, FeeRecord, FeeRecords, FeeRecordsQuery, MonthlySum, MonthlySumQuery,
};
use wire::bss::{CURRENCY_UNIT, PAY_PER_USE, YEARLY};

use super::filter::{Filter, Named};
use super::names::{SERVICE_TYPE, project_id, resource_type, utc};
use super::{Answer, Asked, Owner, Slice, asks_for_others, month, only_own, page};
use crate::app::App;
use crate::http::blocking;
use crate::views::money;

/// What rows come to, as of now: what was repaid of a debt counts as cash.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    /// What a discount took off.
    pub discount: Money,
    /// After the discount.
    pub amount: Money,
    /// Out of coupons.
    pub coupons: Money,
    /// Out of the cash.
    pub cash: Money,
    /// Out of credit.
    pub credit: Money,
    /// Still owed.
    pub debt: Money,
}

impl Sum {
    /// What one row comes to.
    pub fn of(row: &BillRow) -> Sum {
        let Payment { coupons, cash, credit, debt } = row.payment();
        let repaid = row.repaid().amount;
        let (discount, amount) = (row.discount(), row.amount());
        Sum { discount, amount, coupons, cash: cash + repaid, credit, debt: debt - repaid }
    }

    /// Before the discount.
    pub fn official(&self) -> Money {
        self.amount + self.discount
    }
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Sum) {
        self.discount += other.discount;
        self.amount += other.amount;
        self.coupons += other.coupons;
        self.cash += other.cash;
        self.credit += other.credit;
        self.debt += other.debt;
    }
}

/// `GET /v2/bills/customer-bills/monthly-sum`.
pub async fn monthly_sum(State(app): State<Arc<App>>, request: Request) -> Answer<MonthlySum> {
    let asked = Asked::read(&app, request).await?;
    let query: MonthlySumQuery = asked.query()?;
    let bounds = page(query.offset, query.limit, 1_000)?;
    let cycle = month("bill_cycle", &query.bill_cycle)?;
    let is_empty = asks_for_others(query.method.as_deref())?;
    let owner = asked.owner;
    only_own(&owner, query.sub_customer_id.as_deref())?;
    let filter = Filter {
        service_type: query.service_type_code,
        project: query.enterprise_project_id,
        ..Filter::default()
    };
    blocking(move || {
        // By API and charging mode.
        let mut sums: BTreeMap<(Name, u8), Sum> = BTreeMap::new();
        let mut total = Sum::default();
        app.read.look_at_bill(owner.account, cycle, |view| {
            view.rows(|row| {
                let named = Named::of(&row, &owner);
                if !is_empty && filter.takes(&named.subject(&row)) {
                    *sums.entry((row.api().clone(), named.charging_mode)).or_default() += Sum::of(&row);
                    total += Sum::of(&row);
                }
                Ok::<(), ReadError>(())
            })
        })?;
        let mut slice = Slice::new(bounds);
        for ((api, mode), sum) in &sums {
            slice.add(|| bill_sum(&owner, cycle, api, *mode, sum));
        }
        Ok(Json(MonthlySum {
            total_count: slice.count,
            bill_sums: slice.rows,
            consume_amount: money(owner.rounding.stated(total.amount)),
            debt_amount: money(total.debt),
            coupon_amount: money(total.coupons),
            flexipurchase_coupon_amount: money(Money::ZERO),
            stored_value_card_amount: money(Money::ZERO),
            cash_amount: money(total.cash),
            credit_amount: money(total.credit),
            writeoff_amount: money(Money::ZERO),
            measure_id: CURRENCY_UNIT,
            currency: owner.currency,
        }))
    })
    .await
}

/// `bill_type` of sums: consumption. Refunds (2) and adjustments (3) move no consumption here.
const CONSUMPTION: u8 = 1;

fn bill_sum(owner: &Owner, cycle: Month, api: &Name, charging_mode: u8, sum: &Sum) -> BillSum {
    BillSum {
        bill_cycle: cycle.to_string(),
        resource_type_code: resource_type(api.as_str()),
        service_type_code: SERVICE_TYPE.to_owned(),
        service_type_name: owner.language.service(),
        resource_type_name: owner.language.api(api.as_str()),
        charging_mode,
        official_amount: money(sum.official()),
        official_discount_amount: money(sum.discount),
        truncated_amount: money(Money::ZERO),
        consume_amount: money(sum.amount),
        coupon_amount: money(sum.coupons),
        flexipurchase_coupon_amount: money(Money::ZERO),
        stored_value_card_amount: money(Money::ZERO),
        debt_amount: money(sum.debt),
        writeoff_amount: money(Money::ZERO),
        cash_amount: money(sum.cash),
        credit_amount: money(sum.credit),
        measure_id: CURRENCY_UNIT,
        bill_type: CONSUMPTION,
        customer_id: owner.account.to_string(),
        account_name: owner.name.clone(),
    }
}

/// `GET /v2/bills/customer-bills/fee-records`: one record for each transaction, API, region and enterprise project.
pub async fn fee_records(State(app): State<Arc<App>>, request: Request) -> Answer<FeeRecords> {
    let asked = Asked::read(&app, request).await?;
    let query: FeeRecordsQuery = asked.query()?;
    let bounds = page(query.offset, query.limit, 1_000)?;
    let cycle = month("bill_cycle", &query.bill_cycle)?;
    let others = asks_for_others(query.method.as_deref())?;
    // 1 is the cloud itself, and there is no other provider.
    let is_empty = others || query.provider_type.is_some_and(|provider| provider != 1);
    let owner = asked.owner;
    only_own(&owner, query.sub_customer_id.as_deref())?;
    let status = query.status;
    let filter = Filter {
        service_type: query.service_type_code,
        resource_type: query.resource_type_code,
        region: query.region_code,
        project: query.enterprise_project_id,
        charging_mode: query.charging_mode,
        bill_type: query.bill_type,
        trade: query.trade_id,
        resource: None,
        days: Filter::days(cycle, query.bill_date_begin, query.bill_date_end)?,
        without_zero: query.include_zero_record == Some(false),
    };
    blocking(move || {
        let mut slice = Slice::new(bounds);
        let mut open: Option<Transaction> = None;
        let mut close = |done: Option<Transaction>| {
            let Some(done) = done else { return };
            for (row, (key, fee)) in done.fees.iter().enumerate() {
                if status.is_none_or(|status| status == fee.status()) {
                    slice.add(|| fee.record(&owner, cycle, &done.trade, row, key));
                }
            }
        };
        app.read.look_at_bill(owner.account, cycle, |view| {
            view.rows(|row| {
                let named = Named::of(&row, &owner);
                if is_empty || !filter.takes(&named.subject(&row)) {
                    return Ok::<(), ReadError>(());
                }
                if open.as_ref().is_none_or(|open| open.trade != named.trade) {
                    close(open.replace(Transaction { trade: named.trade.clone(), fees: BTreeMap::new() }));
                }
                if let Some(open) = &mut open {
                    open.add(&row, &named);
                }
                Ok(())
            })
        })?;
        close(open);
        let (total_count, records) = (slice.count, slice.rows);
        Ok(Json(FeeRecords { total_count, records, currency: owner.currency }))
    })
    .await
}

/// API, region and enterprise project.
type FeeKey = (Name, Name, Option<Name>);

/// The records of one transaction, while its rows come.
struct Transaction {
    trade: String,
    fees: BTreeMap<FeeKey, Fee>,
}

struct Fee {
    sum: Sum,
    consumed_at: Timestamp,
    traded_at: Timestamp,
    charging_mode: u8,
    bill_type: BillType,
}

impl Transaction {
    fn add(&mut self, row: &BillRow, named: &Named) {
        let key = (row.api().clone(), row.region().clone(), row.enterprise_project().cloned());
        let fee = self.fees.entry(key).or_insert_with(|| Fee {
            sum: Sum::default(),
            consumed_at: named.consumed_at,
            traded_at: named.traded_at,
            charging_mode: named.charging_mode,
            bill_type: named.bill_type,
        });
        fee.sum += Sum::of(row);
        fee.consumed_at = fee.consumed_at.min(named.consumed_at);
    }
}

impl Fee {
    /// 1 paid, 2 something of it is owed.
    fn status(&self) -> u8 {
        if self.sum.debt.is_positive() { 2 } else { 1 }
    }

    fn record(&self, owner: &Owner, cycle: Month, trade: &str, row: usize, key: &FeeKey) -> FeeRecord {
        let (api, region, project) = key;
        let sum = &self.sum;
        FeeRecord {
            bill_cycle: cycle.to_string(),
            customer_id: owner.account.to_string(),
            service_type_code: SERVICE_TYPE.to_owned(),
            resource_type_code: resource_type(api.as_str()),
            service_type_name: owner.language.service(),
            resource_type_name: owner.language.api(api.as_str()),
            region_code: region.to_string(),
            region_name: owner.language.region(region.as_str()),
            enterprise_project_id: project_id(project.as_ref()),
            enterprise_project_name: owner.project_name(project.as_ref()),
            charging_mode: self.charging_mode,
            consume_time: utc(self.consumed_at),
            trade_time: utc(self.traded_at),
            provider_type: 1,
            trade_id: trade.to_owned(),
            id: owner.ids.row(trade, row),
            bill_type: self.bill_type.code(),
            status: self.status(),
            official_amount: money(sum.official()),
            official_discount_amount: money(sum.discount),
            erase_amount: money(Money::ZERO),
            consume_amount: money(sum.amount),
            cash_amount: money(sum.cash),
            credit_amount: money(sum.credit),
            coupon_amount: money(sum.coupons),
            flexipurchase_coupon_amount: money(Money::ZERO),
            stored_value_card_amount: money(Money::ZERO),
            bonus_amount: money(Money::ZERO),
            debt_amount: money(sum.debt),
            writeoff_amount: money(Money::ZERO),
            account_name: owner.name.clone(),
        }
    }
}

/// `period_type` of bills: yearly packages, hourly usage.
pub fn period_type(charging_mode: u8) -> u8 {
    const YEAR: u8 = 19;
    const HOUR: u8 = 25;
    match charging_mode {
        YEARLY => YEAR,
        PAY_PER_USE => HOUR,
        other => other,
    }
}
