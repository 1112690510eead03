//! Orders that were made before they were paid, and what became of them. Packages bought in one step are not among
//! them: these are orders only of the instant.

use charging::{AccountId, LotNo, Money, Name, OrderNo, Timestamp};
use rusqlite::params;

use super::rows::account_no;
use super::{Cells, ReadError, ReadModel};

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// It waits for its payment.
    Pending,
    /// It was paid, and brought a lot.
    Paid {
        /// The lot.
        lot: LotNo,
        /// When.
        at: Timestamp,
    },
    /// It was taken back, or what it is for was bought otherwise.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// It was not paid in time.
    Expired {
        /// When.
        at: Timestamp,
    },
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Its number within the account.
    pub no: OrderNo,
    /// When it was made.
    pub at: Timestamp,
    /// The API.
    pub api: Name,
    /// The region.
    pub region: Name,
    /// How many calls the package holds.
    pub units: u64,
    /// What it costs before any discount.
    pub price: Money,
    /// How long the package is valid, in calendar months.
    pub validity_months: u16,
    /// The package it is to renew.
    pub renews: Option<LotNo>,
    /// Up to when it can be paid.
    pub pay_until: Timestamp,
    /// What became of it.
    pub state: OrderState,
}

impl OrderState {
    /// One word: `pending`, `paid`, `cancelled` or `expired`.
    pub fn word(self) -> &'static str {
        match self {
            OrderState::Pending => "pending",
            OrderState::Paid { .. } => "paid",
            OrderState::Cancelled { .. } => "cancelled",
            OrderState::Expired { .. } => "expired",
        }
    }
}

impl ReadModel {
    /// An account's orders that were made before they were paid, oldest first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn orders(&self, account: AccountId) -> Result<Vec<OrderRow>, ReadError> {
        self.query(|transaction| {
            let no = account_no(transaction, account)?;
            let mut select = transaction.prepare_cached(
                "SELECT o.order_no, o.at, o.api, o.region, o.units, o.price, o.validity_months, o.renews, o.pay_until,
                        l.lot, l.at, e.at, e.is_expired
                 FROM orders o
                 LEFT JOIN order_ends e USING (account, order_no)
                 LEFT JOIN lots l ON l.account = o.account AND l.order_no = o.order_no
                 WHERE o.account = ?1 ORDER BY o.order_no",
            )?;
            let mut rows = select.query(params![no])?;
            let mut orders = Vec::new();
            while let Some(row) = rows.next()? {
                let cells = Cells(row);
                let (lot, ended) = (cells.optional_lot(9)?, cells.optional_instant(11)?);
                let state = match (lot, ended) {
                    (Some(lot), _) => OrderState::Paid { lot, at: cells.instant(10)? },
                    (None, Some(at)) if cells.small::<i64>(12)? == 1 => OrderState::Expired { at },
                    (None, Some(at)) => OrderState::Cancelled { at },
                    (None, None) => OrderState::Pending,
                };
                orders.push(OrderRow {
                    no: OrderNo(cells.small(0)?),
                    at: cells.instant(1)?,
                    api: cells.name(2)?,
                    region: cells.name(3)?,
                    units: cells.number(4)?,
                    price: cells.money(5)?,
                    validity_months: cells.small(6)?,
                    renews: cells.optional_lot(7)?,
                    pay_until: cells.instant(8)?,
                    state,
                });
            }
            Ok(orders)
        })
    }
}
