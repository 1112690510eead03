//! Billing Center: what a customer asks of their own account ("Operational Capability API Reference").
//!
//! Amounts are JSON numbers with all their digits, in whole units of the currency; a few are text, as published.
//! Instants are UTC, `yyyy-MM-ddTHH:mm:ssZ`; a bill cycle is `YYYY-MM` and a bill's date `YYYY-MM-DD`, both in
//! UTC+08:00. Fields have their published names and are explained there; those that mean nothing here are left out.

pub mod accounts;
pub mod bandwidth;
pub mod bills;
pub mod costs;
pub mod coupons;
pub mod invoices;
pub mod members;
pub mod orders;
pub mod packages;
pub mod products;
pub mod ratings;
pub mod resources;

use schemars::JsonSchema;
use serde::Serialize;

/// `measure_id` of whole units of the currency.
pub const CURRENCY_UNIT: u16 = 1;
/// `measure_id` of calls: "个（次）".
pub const CALLS: u16 = 14;

/// `charging_mode` of packages: yearly/monthly.
pub const YEARLY: u8 = 1;
/// `charging_mode` of usage.
pub const PAY_PER_USE: u8 = 3;

/// `offset` and `limit` of a list.
///
/// # Errors
/// What is wrong, in words: a negative offset, a limit of zero or above `most`.
pub fn page(offset: Option<i64>, limit: Option<i64>, most: i64) -> Result<(usize, usize), String> {
    let limit = limit.unwrap_or(10);
    if !(1..=most).contains(&limit) {
        return Err(format!("limit must be between 1 and {most}"));
    }
    let offset =
        usize::try_from(offset.unwrap_or(0)).map_err(|_| "offset must not be negative".to_owned())?;
    Ok((offset, usize::try_from(limit).unwrap_or(1)))
}

/// What went wrong with one resource of many.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct FailedResource {
    pub resource_id: String,
    pub error_code: String,
    pub error_msg: String,
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_are_within_bounds() {
        assert_eq!(page(None, None, 100), Ok((0, 10)));
        assert_eq!(page(Some(20), Some(100), 100), Ok((20, 100)));
        for (offset, limit) in [(Some(-1), None), (None, Some(0)), (None, Some(101)), (None, Some(-5))] {
            assert!(page(offset, limit, 100).is_err());
        }
    }
}
