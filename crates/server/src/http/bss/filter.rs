//! Which rows of a bill are asked for.

use charging::{Name, Timestamp};
use ledger::read::BillRow;

use super::names::{self, SERVICE_TYPE};
use super::{Failure, Owner, wrong};
use crate::bill::bill_type::of_package;
use wire::bss::bills::BillType;
use wire::bss::{PAY_PER_USE, YEARLY};

/// What a row must be. What is `None` may be anything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub service_type: Option<String>,
    pub resource_type: Option<String>,
    pub region: Option<String>,
    pub project: Option<String>,
    pub charging_mode: Option<u8>,
    pub bill_type: Option<u8>,
    pub trade: Option<String>,
    pub resource: Option<String>,
    /// First and last day, `YYYY-MM-DD` in UTC+08:00.
    pub days: Option<(String, String)>,
    pub without_zero: bool,
}

/// What a row of any list is about.
pub struct Subject<'a> {
    pub api: &'a Name,
    pub region: &'a Name,
    pub project: Option<&'a Name>,
    pub charging_mode: u8,
    pub bill_type: BillType,
    pub trade: &'a str,
    pub resource: &'a str,
    pub consumed_at: Timestamp,
    pub is_zero: bool,
}

impl Filter {
    /// The days of a query, which must be both there or neither, and of the month.
    ///
    /// # Errors
    /// CBC.0100.
    pub fn days(
        month: charging::Month,
        begin: Option<String>,
        end: Option<String>,
    ) -> Result<Option<(String, String)>, Failure> {
        let (Some(begin), Some(end)) = (begin, end) else { return Ok(None) };
        for (field, day) in [("bill_date_begin", &begin), ("bill_date_end", &end)] {
            day.parse::<charging::Day>().map_err(|problem| wrong(format!("{field}: {problem}")))?;
            if !day.starts_with(&month.to_string()) {
                return Err(wrong(format!("{field} must lie in {month}")));
            }
        }
        Ok(Some((begin, end)))
    }

    /// True if the row is asked for.
    pub fn takes(&self, of: &Subject<'_>) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let is_number = |wanted: Option<u8>, found: u8| wanted.is_none_or(|wanted| wanted == found);
        is(&self.service_type, SERVICE_TYPE)
            && self.resource_type.as_deref().is_none_or(|code| names::api_of(code) == Some(of.api.as_str()))
            && is(&self.region, of.region.as_str())
            && self.project.as_deref().is_none_or(|wanted| wanted == names::project_id(of.project))
            && is_number(self.charging_mode, of.charging_mode)
            && is_number(self.bill_type, of.bill_type.code())
            && is(&self.trade, of.trade)
            && is(&self.resource, of.resource)
            && self.days.as_ref().is_none_or(|(begin, end)| {
                let day = names::date(of.consumed_at);
                *begin <= day && day <= *end
            })
            && !(self.without_zero && of.is_zero)
    }
}

/// A row of a bill with its names for others.
pub struct Named {
    pub trade: String,
    pub resource: String,
    pub consumed_at: Timestamp,
    pub traded_at: Timestamp,
    pub charging_mode: u8,
    pub bill_type: BillType,
}

impl Named {
    /// The names of a row.
    pub fn of(row: &BillRow, owner: &Owner) -> Named {
        match row {
            BillRow::Line(line) => Named {
                trade: owner.ids.transaction(line.transaction),
                resource: owner.ids.pay_per_use(&line.api, &line.region),
                consumed_at: line.used_from,
                traded_at: line.settled_at,
                charging_mode: PAY_PER_USE,
                bill_type: BillType::Use,
            },
            BillRow::Package(package) => Named {
                trade: match package.refund {
                    Some(_) => owner.ids.refund(package.lot, package.at),
                    None => owner.ids.order(package.lot, package.at),
                },
                resource: owner.ids.package(package.lot),
                consumed_at: package.at,
                traded_at: package.at,
                charging_mode: YEARLY,
                bill_type: of_package(package),
            },
        }
    }

    /// What the row is about.
    pub fn subject<'a>(&'a self, row: &'a BillRow) -> Subject<'a> {
        Subject {
            api: row.api(),
            region: row.region(),
            project: row.enterprise_project(),
            charging_mode: self.charging_mode,
            bill_type: self.bill_type,
            trade: &self.trade,
            resource: &self.resource,
            consumed_at: self.consumed_at,
            is_zero: row.amount().is_zero(),
        }
    }
}
