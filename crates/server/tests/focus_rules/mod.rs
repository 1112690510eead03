//! The rules of FOCUS 1.2 for the columns of our rows, column by column, and what a package's rows come to.

use std::collections::BTreeMap;

use charging::Money;

use crate::read_back::{Table, money};

/// What the rows of all months say of one package.
#[derive(Debug, Default)]
pub struct Commitment {
    /// Billed for it, less what was refunded.
    pub billed: Money,
    /// Borne by its calls and by what ended unused.
    pub effective: Money,
    pub bought: i64,
    pub given_back: i64,
    pub used: i64,
    pub unused: i64,
    /// What of the price ended unused.
    pub wasted: Money,
    pub has_ended: bool,
}

/// Packages by their id.
pub type Commitments = BTreeMap<String, Commitment>;

/// Checks every row of a file, and adds what it says of packages to what is known of them.
pub fn check(table: &Table, commitments: &mut Commitments) {
    for row in &table.rows {
        check_row(&Cells { table, row }, commitments);
    }
}

struct Cells<'a> {
    table: &'a Table,
    row: &'a [String],
}

impl Cells<'_> {
    fn of(&self, column: &str) -> &str {
        &self.row[self.table.at(column)]
    }

    fn money(&self, column: &str) -> Money {
        money(self.of(column))
    }

    fn count(&self, column: &str) -> i64 {
        self.of(column).parse().unwrap_or_else(|problem| panic!("{column}: {problem} in {:?}", self.row))
    }

    /// Null where it must be, not null where it must not be.
    fn is_there_if(&self, column: &str, is_there: bool) {
        assert_eq!(!self.of(column).is_empty(), is_there, "{column} in {:?}", self.row);
    }
}

fn check_row(row: &Cells<'_>, commitments: &mut Commitments) {
    let (category, status) = (row.of("ChargeCategory"), row.of("CommitmentDiscountStatus"));
    let (is_usage, is_commitment) = (category == "Usage", !row.of("CommitmentDiscountId").is_empty());
    assert!(is_usage || category == "Purchase", "{category}");
    for column in [
        "BilledCost",
        "EffectiveCost",
        "ListCost",
        "ContractedCost",
        "ListUnitPrice",
        "ContractedUnitPrice",
        "PricingQuantity",
        "PricingUnit",
        "PricingCategory",
        "ServiceName",
        "ServiceCategory",
        "ServiceSubcategory",
        "SkuId",
        "SkuPriceId",
        "SkuMeter",
        "InvoiceId",
        "InvoiceIssuerName",
        "ProviderName",
        "PublisherName",
        "BillingAccountId",
        "BillingCurrency",
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "ChargeFrequency",
        "ChargeDescription",
    ] {
        row.is_there_if(column, true);
    }
    for column in ["CapacityReservationId", "CapacityReservationStatus", "ChargeClass"] {
        row.is_there_if(column, false);
    }
    for column in [
        "CommitmentDiscountCategory",
        "CommitmentDiscountName",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountType",
        "CommitmentDiscountUnit",
        "ResourceId",
        "ResourceName",
        "ResourceType",
    ] {
        row.is_there_if(column, is_commitment);
    }
    row.is_there_if("CommitmentDiscountStatus", is_commitment && is_usage);
    assert!(["", "Used", "Unused"].contains(&status), "{status}");
    for column in ["ConsumedQuantity", "ConsumedUnit"] {
        row.is_there_if(column, is_usage && status != "Unused");
    }
    assert_eq!(row.of("PricingCategory"), if is_commitment && is_usage { "Committed" } else { "Standard" });
    assert_eq!(row.of("ChargeFrequency"), if is_usage { "Usage-Based" } else { "One-Time" });
    for (cost, price) in [("ListCost", "ListUnitPrice"), ("ContractedCost", "ContractedUnitPrice")] {
        check_product(row, cost, price);
    }
    assert!(row.of("SkuPriceId").starts_with(row.of("SkuId")));
    if is_commitment {
        add(row, status, commitments);
    } else {
        assert!(is_usage && row.count("ConsumedQuantity") > 0, "{:?}", row.row);
        assert_eq!(row.of("EffectiveCost"), row.of("BilledCost"));
    }
}

/// A unit price is not negative, and times the quantity it is the cost, but for what is below the last digit of a call.
fn check_product(row: &Cells<'_>, cost: &str, price: &str) {
    let unit: charging::UnitPrice = row.of(price).parse().unwrap();
    assert!(unit.e10() >= 0, "{price} in {:?}", row.row);
    let quantity = i128::from(row.count("PricingQuantity"));
    let off = i128::from(unit.e10()) * quantity - i128::from(row.money(cost).e8()) * 100;
    assert!(off.abs() < 100 * quantity.abs().max(1), "{cost} in {:?}", row.row);
}

fn add(row: &Cells<'_>, status: &str, commitments: &mut Commitments) {
    let (id, account) = (row.of("CommitmentDiscountId"), row.of("BillingAccountId"));
    assert!(id.starts_with(account) && id.len() > account.len(), "{id} is unique in one account only");
    assert_eq!((row.of("ResourceId"), row.of("CommitmentDiscountCategory")), (id, "Usage"));
    let quantity = row.count("CommitmentDiscountQuantity");
    let of = commitments.entry(id.to_owned()).or_default();
    of.billed += row.money("BilledCost");
    of.effective += row.money("EffectiveCost");
    match status {
        "Used" => {
            assert!(quantity > 0, "{:?}", row.row);
            assert_eq!(row.count("ConsumedQuantity"), quantity);
            assert_eq!(row.count("PricingQuantity"), quantity);
            check_list_price(row);
            of.used += quantity;
        }
        "Unused" => {
            assert!(quantity > 0 && !of.has_ended, "{:?}", row.row);
            assert!(row.money("ListCost").is_zero(), "a call that was not made costs nothing: {:?}", row.row);
            of.unused += quantity;
            of.wasted = row.money("EffectiveCost");
            of.has_ended = true;
        }
        _ => {
            assert!(row.money("EffectiveCost").is_zero(), "{:?}", row.row);
            if row.of("PricingQuantity") == "1" {
                assert!(quantity > 0, "{:?}", row.row);
                of.bought += quantity;
            } else {
                assert_eq!(row.of("PricingQuantity"), "-1");
                of.given_back -= quantity;
            }
            return;
        }
    }
    assert!(row.money("BilledCost").is_zero(), "{:?}", row.row);
}

/// A call that a package met has the pay-per-use price, exclusive of any discounts, and the SKU price that says which.
fn check_list_price(row: &Cells<'_>) {
    let unit: charging::UnitPrice = row.of("ListUnitPrice").parse().unwrap();
    assert!(unit.e10() > 0, "{:?}", row.row);
    assert_eq!(row.of("ContractedUnitPrice"), row.of("ListUnitPrice"), "there are no negotiated prices");
    let of = format!("{}/pay-per-use/v", row.of("ServiceName"));
    assert!(row.of("SkuPriceId").starts_with(&of) && row.of("SkuPriceId").ends_with("/t1"), "{:?}", row.row);
}

/// No package gives more than it holds; at its end its rows are all of its calls and all of its price. What is given back is
/// unused only if some of the price was withheld for it: who gets all of it back has wasted nothing.
pub fn check_whole(commitments: &Commitments) {
    for (id, of) in commitments {
        let went_back = if of.has_ended { 0 } else { of.given_back };
        let is_over = of.has_ended || of.given_back > 0 || of.used == of.bought;
        assert!(of.bought > 0 && of.used + of.unused + went_back <= of.bought, "{id}: {of:?}");
        assert_eq!(of.used + of.unused + went_back == of.bought, is_over, "{id}: {of:?}");
        if is_over {
            assert_eq!(of.effective, of.billed, "{id}: {of:?}");
        }
        if of.given_back > 0 {
            assert_eq!(of.has_ended, !of.wasted.is_zero(), "{id}: {of:?}");
            assert!(!of.has_ended || of.given_back == of.unused, "{id}: {of:?}");
        }
    }
}
