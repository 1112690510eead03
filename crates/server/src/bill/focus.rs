//! FOCUS: the columns that tools for cost management know, one row for each line of the bill.
//!
//! The columns and their order are those of the FinOps Open Cost and Usage Specification; docs/bills.md says
//! what stands in each. Two readings of cost lie in one file: BilledCost sums to the bill, and EffectiveCost to
//! the amortised cost of the month. So a package is a purchase with all of its BilledCost and no EffectiveCost,
//! and each day it is valid on has a row with its share of the price and no BilledCost.

use std::io::Write;

use ::csv::Writer;
use charging::{Money, Name, Timestamp};
use ledger::read::{BillRow, BillView, BilledLine, BilledPackage, PackageShare, Renews};

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
    /// Of a package: its lot and name.
    package: Option<(String, String)>,
    /// True where the package is used, not bought.
    is_share: bool,
    quantity: u64,
    unit: &'static str,
    unit_price: Option<String>,
    sku_price: String,
}

pub(super) fn write(view: &BillView<'_>, facts: &Facts<'_>, out: impl Write) -> Result<u64, ExportError> {
    let mut table = writer(out);
    table.write_record(COLUMNS)?;
    let mut rows = 0;
    view.rows(|row| {
        let row = match row {
            BillRow::Line(line) => usage(facts, line),
            BillRow::Package(package) => purchase(package),
        };
        record(&mut table, view, facts, &row, &mut rows)
    })?;
    view.shares(|share| record(&mut table, view, facts, &of_day(facts, share), &mut rows))?;
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
        quantity: line.units,
        unit: "Calls",
        unit_price: unit_price(facts, &line).map(|price| price.in_full()),
        sku_price: format!("{}/pay-per-use/v{}/t{}", line.api, line.price_version, tier_number(line.tier)),
        ..Row::default()
    }
}

fn purchase(package: BilledPackage) -> Row {
    let list = package.price + package.discount;
    Row {
        api: package.api.to_string(),
        region: package.region.to_string(),
        enterprise_project: package.enterprise_project.clone(),
        billed: package.price,
        list,
        // What is refunded is a purchase of less than nothing.
        category: "Purchase",
        description: purchase_description(&package),
        frequency: "One-Time",
        // Of an instant: the specification asks for a period, which is then the shortest there is.
        period: (package.at, package.at.plus_ms(1000)),
        package: Some((package.lot.0.to_string(), resource_name(&package))),
        quantity: 1,
        unit: "Packages",
        unit_price: package.refund.is_none().then(|| list.in_full()),
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

fn of_day(facts: &Facts<'_>, share: PackageShare) -> Row {
    let (from, to) = (facts.zone.day_start(share.day), facts.zone.day_start(share.day.next()));
    Row {
        api: share.api.to_string(),
        region: share.region.to_string(),
        enterprise_project: share.enterprise_project.clone(),
        effective: share.share,
        category: "Usage",
        description: format!("{} in {}, share of the package's price", share.api, share.region),
        frequency: "Usage-Based",
        period: (from, to),
        package: Some((share.lot.0.to_string(), format!("{} PKG {}", share.api, share.units))),
        is_share: true,
        sku_price: format!("{}/package/{}", share.api, share.units),
        ..Row::default()
    }
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
    let of_package = |text: fn(&(String, String)) -> &String| row.package.as_ref().map(text).cloned();
    let of_share = |text: &str| if row.is_share { text.to_owned() } else { String::new() };
    // A share of a price consumes nothing: the calls it covers cost nothing more.
    let consumed = |text: String| if row.is_share { String::new() } else { text };
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
        "CommitmentDiscountCategory" => of_share("Usage"),
        "CommitmentDiscountId" | "ResourceId" => of_package(|(lot, _)| lot).unwrap_or_default(),
        "CommitmentDiscountName" | "ResourceName" => of_package(|(_, name)| name).unwrap_or_default(),
        "CommitmentDiscountStatus" => of_share("Used"),
        "CommitmentDiscountType" => of_share("Package"),
        "ConsumedQuantity" => consumed(row.quantity.to_string()),
        "ConsumedUnit" => consumed(row.unit.into()),
        "ContractedCost" | "ListCost" => row.list.in_full(),
        "ContractedUnitPrice"
        | "ListUnitPrice"
        | "PricingCurrencyContractedUnitPrice"
        | "PricingCurrencyListUnitPrice" => price(),
        "EffectiveCost" | "PricingCurrencyEffectiveCost" => row.effective.in_full(),
        "InvoiceId" => format!("{}-{}", facts.account, view.month),
        "InvoiceIssuerName" | "ProviderName" | "PublisherName" => facts.issuer.into(),
        "PricingCategory" => if row.is_share { "Committed" } else { "Standard" }.into(),
        "PricingQuantity" => consumed(row.quantity.to_string()),
        "PricingUnit" => consumed(row.unit.into()),
        "RegionId" | "RegionName" => row.region.clone(),
        "ResourceType" => row.package.as_ref().map(|_| "Package".to_owned()).unwrap_or_default(),
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
