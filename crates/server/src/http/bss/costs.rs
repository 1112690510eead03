//! Cost analysis: the rows of bills put together by any dimensions, by day or by month.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use charging::{Day, Money, Month, Name};
use ledger::read::{BillRow, PackageShare, ReadError};
use wire::bss::bills::BillType;
use wire::bss::costs::{Cost, CostData, Costs, CostsQuery, Dimension, GroupBy};
use wire::bss::{PAY_PER_USE, YEARLY};

use super::bills::Sum;
use super::filter::Named;
use super::names::{self, SERVICE_TYPE, USAGE_TYPE, project_id, resource_type};
use super::{Answer, Asked, Failure, Owner, Slice, month, page, wrong};
use crate::app::App;
use crate::http::blocking;

/// The most months that are looked at in one request.
const MONTHS_LIMIT: usize = 18;
/// The dimensions there are.
const KEYS: [&str; 12] = [
    "CLOUD_SERVICE_TYPE",
    "RESOURCE_TYPE",
    "REGION_CODE",
    "ENTERPRISE_PROJECT_ID",
    "CHARGING_MODE",
    "BILL_TYPE",
    "USAGE_TYPE",
    "RESOURCE_ID",
    "RES_SPEC_CODE",
    "ASSOCIATED_ACCOUNT",
    "PAYER_ACCOUNT_ID",
    "AZ_CODE",
];

/// A query that makes sense.
struct Wanted {
    by_day: bool,
    amortised: bool,
    /// Without what coupons paid.
    net: bool,
    months: Vec<Month>,
    /// First and last day or month, as text.
    from: String,
    to: String,
    keys: Vec<GroupBy>,
    filters: Vec<wire::bss::costs::Filter>,
}

/// What one row costs, where and when.
struct Item {
    api: Name,
    region: Name,
    project: Option<Name>,
    charging_mode: u8,
    bill_type: BillType,
    resource: String,
    product: String,
    day: String,
    amount: Money,
    coupons: Money,
    official: Money,
}

/// Amount and official amount.
type Amounts = (Money, Money);

/// `POST /v4/costs/cost-analysed-bills/query`.
pub async fn costs(State(app): State<Arc<App>>, request: Request) -> Answer<Costs> {
    let asked = Asked::read(&app, request).await?;
    let query: CostsQuery = asked.body()?;
    let bounds = page(query.offset, query.limit, 1_000)?;
    let wanted = Wanted::of(query)?;
    let owner = asked.owner;
    blocking(move || {
        let mut groups: BTreeMap<Vec<String>, BTreeMap<String, Amounts>> = BTreeMap::new();
        for month in &wanted.months {
            app.read.look_at_bill(owner.account, *month, |view| {
                view.rows(|row| {
                    let is_spread = wanted.amortised && matches!(row, BillRow::Package(_));
                    if !is_spread {
                        wanted.add(&mut groups, &owner, &Item::of(&row, &owner));
                    }
                    Ok::<(), ReadError>(())
                })?;
                if wanted.amortised {
                    view.shares(|share| {
                        wanted.add(&mut groups, &owner, &Item::share(share, &owner));
                        Ok::<(), ReadError>(())
                    })?;
                }
                Ok::<(), ReadError>(())
            })?;
        }
        let mut slice = Slice::new(bounds);
        for (values, times) in groups {
            slice.add(|| wanted.data(values, &times));
        }
        Ok(Json(Costs { currency: owner.currency, total_count: slice.count, cost_data: slice.rows }))
    })
    .await
}

impl Wanted {
    fn of(query: CostsQuery) -> Result<Wanted, Failure> {
        let time = query.time_condition;
        let by_day = match time.time_measure_id {
            1 => true,
            2 => false,
            other => return Err(wrong(format!("time_measure_id={other}: 1 by day, 2 by month"))),
        };
        let month_of = |field: &str, text: &str| {
            if by_day {
                let day: Day = text.parse().map_err(|problem| wrong(format!("{field}: {problem}")))?;
                month(field, &day.to_string()[..7])
            } else {
                month(field, text)
            }
        };
        let (first, last) =
            (month_of("begin_time", &time.begin_time)?, month_of("end_time", &time.end_time)?);
        let months: Vec<Month> = std::iter::successors(Some(first), |month| Some(month.next()))
            .take_while(|month| *month <= last)
            .take(MONTHS_LIMIT + 1)
            .collect();
        if months.is_empty() || months.len() > MONTHS_LIMIT || time.begin_time > time.end_time {
            return Err(wrong(format!("begin_time to end_time: 1 to {MONTHS_LIMIT} months")));
        }
        let amortised = choice("cost_type", &query.cost_type, ["ORIGINAL_COST", "AMORTIZED_COST"])?;
        let net = choice("amount_type", &query.amount_type, ["PAYMENT_AMOUNT", "NET_AMOUNT"])?;
        for group in query.groupby.iter().filter(|group| group.kind == "dimension") {
            if !KEYS.contains(&group.key.as_str()) {
                return Err(wrong(format!("groupby key {}: choose of {}", group.key, KEYS.join(", "))));
            }
        }
        for filter in &query.filters {
            if !KEYS.contains(&filter.filter_factor.key.as_str()) || filter.operator > 1 {
                return Err(wrong(format!("filter of {}", filter.filter_factor.key)));
            }
        }
        Ok(Wanted {
            by_day,
            amortised,
            net,
            months,
            from: time.begin_time,
            to: time.end_time,
            keys: query.groupby,
            filters: query.filters,
        })
    }

    fn add(&self, groups: &mut BTreeMap<Vec<String>, BTreeMap<String, Amounts>>, owner: &Owner, item: &Item) {
        let time = if self.by_day { item.day.as_str() } else { &item.day[..7] };
        let is_filtered = self.filters.iter().any(|filter| {
            let found = filter.filter_factor.value.contains(&item.value(&filter.filter_factor.key, owner));
            found != (filter.operator == 0)
        });
        if time < self.from.as_str() || time > self.to.as_str() || is_filtered {
            return;
        }
        // No tags and no cost units are kept: what is put together by them has none.
        let value = |group: &GroupBy| {
            if group.kind == "dimension" { item.value(&group.key, owner) } else { String::new() }
        };
        let values = self.keys.iter().map(value).collect();
        let of = groups.entry(values).or_default().entry(time.to_owned()).or_default();
        of.0 += if self.net { item.amount - item.coupons } else { item.amount };
        of.1 += item.official;
    }

    fn data(&self, values: Vec<String>, times: &BTreeMap<String, Amounts>) -> CostData {
        let total = |of: fn(&Amounts) -> Money| times.values().map(of).sum::<Money>().to_string();
        let dimension = |(group, value): (&GroupBy, String)| Dimension { key: group.key.clone(), value };
        CostData {
            dimensions: self.keys.iter().zip(values).map(dimension).collect(),
            costs: times
                .iter()
                .map(|(time, (amount, official))| Cost {
                    time_dimension_value: time.clone(),
                    time_measure_id: if self.by_day { 1 } else { 2 },
                    amount: amount.to_string(),
                    official_amount: official.to_string(),
                })
                .collect(),
            amount_by_costs: total(|amounts| amounts.0),
            official_amount_by_costs: total(|amounts| amounts.1),
        }
    }
}

/// True for the second choice.
fn choice(field: &str, text: &str, choices: [&str; 2]) -> Result<bool, Failure> {
    match choices.iter().position(|choice| *choice == text) {
        Some(at) => Ok(at == 1),
        None => Err(wrong(format!("{field}={text}: choose one of {}", choices.join(", ")))),
    }
}

impl Item {
    fn of(row: &BillRow, owner: &Owner) -> Item {
        let named = Named::of(row, owner);
        let sum = Sum::of(row);
        let api = row.api().clone();
        let product = match row {
            BillRow::Line(_) => names::usage_product(api.as_str()),
            BillRow::Package(package) => names::product_id(api.as_str(), package.units),
        };
        Item {
            product,
            api,
            region: row.region().clone(),
            project: row.enterprise_project().cloned(),
            charging_mode: named.charging_mode,
            bill_type: named.bill_type,
            resource: named.resource,
            day: names::date(named.consumed_at),
            amount: sum.amount,
            coupons: sum.coupons,
            official: sum.official(),
        }
    }

    /// A day's share of a package. Its official amount is that of what was paid.
    fn share(share: PackageShare, owner: &Owner) -> Item {
        Item {
            product: names::product_id(share.api.as_str(), share.units),
            resource: owner.ids.package(share.lot),
            api: share.api,
            region: share.region,
            project: share.enterprise_project,
            charging_mode: YEARLY,
            bill_type: BillType::Purchase,
            day: share.day.to_string(),
            amount: share.share,
            coupons: share.by_coupons,
            official: share.share,
        }
    }

    fn value(&self, key: &str, owner: &Owner) -> String {
        match key {
            "CLOUD_SERVICE_TYPE" => SERVICE_TYPE.to_owned(),
            "RESOURCE_TYPE" => resource_type(self.api.as_str()),
            "REGION_CODE" => self.region.to_string(),
            "ENTERPRISE_PROJECT_ID" => project_id(self.project.as_ref()),
            "CHARGING_MODE" => self.charging_mode.to_string(),
            "BILL_TYPE" => self.bill_type.code().to_string(),
            "USAGE_TYPE" if self.charging_mode == PAY_PER_USE => USAGE_TYPE.to_owned(),
            "RESOURCE_ID" => self.resource.clone(),
            "RES_SPEC_CODE" => self.product.clone(),
            "ASSOCIATED_ACCOUNT" | "PAYER_ACCOUNT_ID" => owner.account.to_string(),
            _ => String::new(),
        }
    }
}
