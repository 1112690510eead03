//! FOCUS: the columns that tools for cost management know, one row for each line of the bill.
//!
//! The columns and their order are those of the FinOps Open Cost and Usage Specification; docs/bills.md says
//! what stands in each. Two readings of cost lie in one file: BilledCost sums to the bill, and EffectiveCost to
//! what the month's calls cost. So a package, a commitment discount by its words, is a purchase with all of its
//! BilledCost and no EffectiveCost; each hour and enterprise project that drew from it has a row with its calls' part of
//! the price and no BilledCost, and what is left when it ends has another. A row must name a quantity above zero of what
//! was used or is unused, so shares of days without calls would have no row to stand in.

use std::io::Write;

use ::csv::Writer;
use charging::{LotNo, Money, Name, Timestamp, UnitPrice};
use ledger::read::{BillRow, BillView, BilledLine, BilledPackage, PackageUse, Renews};

use super::csv::writer;
use super::detail::{resource_name, unit_price};
use super::{ExportError, Facts};
use crate::views::tier_number;

/// The version of the specification.
pub const FOCUS_VERSION: &str = "1.2";

/// The columns of the specification, in alphabetical order as it lists them.
pub(super) const COLUMNS: [&str; 57] = [
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
];

/// What calls are counted in.
const CALLS: &str = "Calls";

/// What differs from row to row.
#[derive(Default)]
struct Row {
    api: String,
    region: String,
    enterprise_project: Option<Name>,
    billed: Money,
    effective: Money,
    list: Money,
    category: &'static str,
    description: String,
    frequency: &'static str,
    period: (Timestamp, Timestamp),
    package: Option<OfPackage>,
    /// Calls that were made.
    consumed: Option<u64>,
    /// How many of what the unit price is for.
    priced: (i128, &'static str),
    unit_price: Option<String>,
    sku_price: String,
}

/// A package as a commitment discount.
struct OfPackage {
    id: String,
    name: String,
    /// `Used` or `Unused`; of a purchase neither.
    status: &'static str,
    calls: i128,
}

impl OfPackage {
    /// Lots are numbered within their account, and an id must be one of its own in all files.
    fn new(facts: &Facts<'_>, lot: LotNo, name: String, status: &'static str, calls: i128) -> OfPackage {
        OfPackage { id: format!("{}/package/{}", facts.account, lot.0), name, status, calls }
    }
}

pub(super) fn write(view: &BillView<'_>, facts: &Facts<'_>, out: impl Write) -> Result<u64, ExportError> {
    let mut table = writer(out);
    table.write_record(COLUMNS)?;
    let mut rows = 0;
    view.rows(|row| {
        let row = match row {
            BillRow::Line(line) => usage(facts, line),
            BillRow::Package(package) => purchase(facts, &package),
        };
        record(&mut table, view, facts, &row, &mut rows)
    })?;
    view.package_uses(facts.now, |used| record(&mut table, view, facts, &met(facts, &used), &mut rows))?;
    table.flush()?;
    Ok(rows)
}

fn usage(facts: &Facts<'_>, line: BilledLine) -> Row {
    Row {
        api: line.api.to_string(),
        region: line.region.to_string(),
        enterprise_project: line.enterprise_project.clone(),
        billed: line.amount,
        effective: line.amount,
        list: line.amount + line.discount,
        category: "Usage",
        description: format!("{} in {}, pay-per-use", line.api, line.region),
        frequency: "Usage-Based",
        period: (line.hour, line.hour.plus_ms(charging::HOUR_MS)),
        consumed: Some(line.units),
        priced: (line.units.into(), CALLS),
        unit_price: unit_price(facts, &line).map(|price| price.in_full()),
        sku_price: format!("{}/pay-per-use/v{}/t{}", line.api, line.price_version, tier_number(line.tier)),
        ..Row::default()
    }
}

fn purchase(facts: &Facts<'_>, package: &BilledPackage) -> Row {
    let list = package.price + package.discount;
    // What is refunded is a purchase of less than nothing: of what was left, and the price of this is what was refunded.
    let (count, price, calls) = match &package.refund {
        None => (1, list, i128::from(package.units)),
        Some(refund) => (-1, -list, -i128::from(refund.units)),
    };
    Row {
        api: package.api.to_string(),
        region: package.region.to_string(),
        enterprise_project: package.enterprise_project.clone(),
        billed: package.price,
        list,
        category: "Purchase",
        description: purchase_description(package),
        frequency: "One-Time",
        // Of an instant: the specification asks for a period, which is then the shortest there is.
        period: (package.at, package.at.plus_ms(1000)),
        package: Some(OfPackage::new(facts, package.lot, resource_name(package), "", calls)),
        priced: (count, "Packages"),
        unit_price: Some(price.in_full()),
        sku_price: format!("{}/package/{}", package.api, package.units),
        ..Row::default()
    }
}

fn purchase_description(package: &BilledPackage) -> String {
    let description = format!("{} in {}, {} calls", package.api, package.region, package.units);
    if package.refund.is_some() {
        return format!("{description}, given back");
    }
    match package.renews {
        None => description,
        Some(Renews { lot, is_automatic: false }) => format!("{description}, renews package {}", lot.0),
        Some(Renews { lot, is_automatic: true }) => {
            format!("{description}, renews package {} by itself", lot.0)
        }
    }
}

/// Calls that a package met, or could have. Those that were made would have cost the pay-per-use price, which says what the
/// package saved; one that was not made would have cost nothing.
fn met(facts: &Facts<'_>, used: &PackageUse) -> Row {
    let (api, region, calls) = (&used.api, &used.region, used.quantity);
    let (status, description) = if used.is_drawn {
        ("Used", format!("{api} in {region}, met by a package of {} calls", used.units))
    } else {
        (
            "Unused",
            format!("{api} in {region}, {calls} calls of a package of {} that ended unused", used.units),
        )
    };
    let name = format!("{api} PKG {}", used.units);
    let (unit_price, sku_price) = match list_price(facts, used) {
        Some((price, of)) => (price, of),
        None => (UnitPrice::from_e10(0), format!("{api}/package/{}/call", used.units)),
    };
    Row {
        api: api.to_string(),
        region: region.to_string(),
        enterprise_project: used.enterprise_project.clone(),
        effective: used.cost,
        list: cost_of(unit_price, calls),
        category: "Usage",
        description,
        frequency: "Usage-Based",
        period: (used.hour, used.hour.plus_ms(charging::HOUR_MS)),
        package: Some(OfPackage::new(facts, used.lot, name, status, calls.into())),
        consumed: used.is_drawn.then_some(calls),
        priced: (calls.into(), CALLS),
        unit_price: Some(unit_price.in_full()),
        sku_price,
        ..Row::default()
    }
}

/// What a call that a package met would have cost without it, and which price that is: of the first tier of the version in
/// force at the hour.
fn list_price(facts: &Facts<'_>, used: &PackageUse) -> Option<(UnitPrice, String)> {
    let version = facts.catalog.list_price(&used.api, used.hour).filter(|_| used.is_drawn)?;
    let price = version.tiers.first()?.unit_price;
    Some((price, format!("{}/pay-per-use/v{}/t{}", used.api, version.version, tier_number(0))))
}

/// Calls at a price; what is below the last digit of an amount is dropped.
fn cost_of(price: UnitPrice, calls: u64) -> Money {
    let e8 = i128::from(price.e10()) * i128::from(calls) / 100;
    Money::from_e8(i64::try_from(e8).unwrap_or(i64::MAX))
}

fn record(
    table: &mut Writer<impl Write>,
    view: &BillView<'_>,
    facts: &Facts<'_>,
    row: &Row,
    rows: &mut u64,
) -> Result<(), ExportError> {
    for column in COLUMNS {
        table.write_field(field(column, view, facts, row))?;
    }
    table.write_record(None::<&[u8]>)?;
    *rows += 1;
    Ok(())
}

/// An empty field is the specification's null.
fn field(column: &str, view: &BillView<'_>, facts: &Facts<'_>, row: &Row) -> String {
    let currency = || facts.catalog.currency.clone();
    let price = || row.unit_price.clone().unwrap_or_default();
    let of_package = |text: fn(&OfPackage) -> String| row.package.as_ref().map(text).unwrap_or_default();
    match column {
        "BilledCost" => row.billed.in_full(),
        "BillingAccountId" => facts.account.to_string(),
        "BillingAccountName" => facts.name.clone(),
        "BillingAccountType" => "Account".into(),
        "BillingCurrency" | "PricingCurrency" => currency(),
        "BillingPeriodEnd" => view.to.to_string(),
        "BillingPeriodStart" => view.from.to_string(),
        "ChargeCategory" => row.category.into(),
        "ChargeDescription" => row.description.clone(),
        "ChargeFrequency" => row.frequency.into(),
        "ChargePeriodEnd" => row.period.1.to_string(),
        "ChargePeriodStart" => row.period.0.to_string(),
        "CommitmentDiscountCategory" => of_package(|_| "Usage".into()),
        "CommitmentDiscountId" | "ResourceId" => of_package(|package| package.id.clone()),
        "CommitmentDiscountName" | "ResourceName" => of_package(|package| package.name.clone()),
        "CommitmentDiscountQuantity" => of_package(|package| package.calls.to_string()),
        "CommitmentDiscountStatus" => of_package(|package| package.status.into()),
        "CommitmentDiscountType" | "ResourceType" => of_package(|_| "Package".into()),
        "CommitmentDiscountUnit" => of_package(|_| CALLS.into()),
        "ConsumedQuantity" => row.consumed.map(|calls| calls.to_string()).unwrap_or_default(),
        "ConsumedUnit" => row.consumed.map(|_| CALLS.into()).unwrap_or_default(),
        "ContractedCost" | "ListCost" => row.list.in_full(),
        "ContractedUnitPrice"
        | "ListUnitPrice"
        | "PricingCurrencyContractedUnitPrice"
        | "PricingCurrencyListUnitPrice" => price(),
        "EffectiveCost" | "PricingCurrencyEffectiveCost" => row.effective.in_full(),
        "InvoiceId" => format!("{}-{}", facts.account, view.month),
        "InvoiceIssuerName" | "ProviderName" | "PublisherName" => facts.issuer.into(),
        "PricingCategory" => match &row.package {
            Some(package) if !package.status.is_empty() => "Committed".into(),
            _ => "Standard".into(),
        },
        "PricingQuantity" => row.priced.0.to_string(),
        "PricingUnit" => row.priced.1.into(),
        "RegionId" | "RegionName" => row.region.clone(),
        "ServiceCategory" => "AI and Machine Learning".into(),
        "ServiceName" | "SkuMeter" => row.api.clone(),
        "ServiceSubcategory" => "Other (AI and Machine Learning)".into(),
        "SkuId" => row.sku_price.split('/').take(2).collect::<Vec<_>>().join("/"),
        "SkuPriceId" => row.sku_price.clone(),
        "SubAccountId" => row.enterprise_project.as_ref().map(ToString::to_string).unwrap_or_default(),
        "SubAccountName" => {
            let name =
                row.enterprise_project.as_ref().map(|id| facts.projects.get(id).unwrap_or(id.as_str()));
            name.unwrap_or_default().to_owned()
        }
        "SubAccountType" => {
            row.enterprise_project.as_ref().map(|_| "Enterprise project".into()).unwrap_or_default()
        }
        "Tags" => "{}".into(),
        _ => String::new(),
    }
}
