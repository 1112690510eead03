//! Packages and what was given, orders and refunds, and the coupons that orders and hours used.

use charging::{CouponNo, Event, Money, PendingOrder, Recorded, Refund, Timestamp};
use rusqlite::params;

use super::{ReadError, Statements};
use crate::entry::AccountNo;
use crate::read::rows::source_cell;
use crate::read::transactions::TransactionKind;

/// What a coupon was used for.
pub(super) struct CouponUse {
    pub(super) coupon: CouponNo,
    pub(super) kind: u8,
    pub(super) reference: i64,
    pub(super) line: u32,
}

impl Statements<'_> {
    pub(super) fn granted(
        &mut self,
        account: AccountNo,
        sequence: u64,
        recorded: &Recorded,
    ) -> Result<(), ReadError> {
        let Event::LotGranted {
            lot,
            service,
            source,
            granted,
            effective_at,
            expires_at,
            enterprise_project,
            price,
            order,
            ..
        } = &recorded.event
        else {
            return Ok(());
        };
        let order = order.as_deref();
        let (discount, coupon) = (order.and_then(|o| o.discount), order.and_then(|o| o.coupon));
        for (kind, used) in [(1, coupon), (2, discount)] {
            if let Some((coupon, amount)) = used {
                let use_of = CouponUse { coupon, kind, reference: i64::from(lot.0), line: 0 };
                self.coupon_used(account, sequence, recorded.at, &use_of, amount)?;
            }
        }
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO lots VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)",
        )?;
        insert.execute(params![
            account,
            lot.0,
            recorded.at.ms(),
            service.0,
            source_cell(*source),
            granted.cast_signed(),
            effective_at.ms(),
            expires_at.ms(),
            enterprise_project.as_ref().map(|name| name.as_str()),
            order.map_or(*price, |order| order.list_price).e8(),
            price.e8(),
            coupon.map_or(Money::ZERO, |(_, amount)| amount).e8(),
            order.and_then(|order| order.renews).map(|lot| lot.0),
            order.is_some_and(|order| order.is_automatic),
            order.and_then(|order| order.order).map(|order| order.0),
            sequence.cast_signed(),
        ])?;
        Ok(())
    }

    /// A package was given back, and what became of its price.
    pub(super) fn refunded(
        &mut self,
        account: AccountNo,
        sequence: u64,
        recorded: &Recorded,
        refund: &Refund,
    ) -> Result<(), ReadError> {
        let (at, lot) = (recorded.at, i64::from(refund.lot.0));
        if let Some((coupon, amount)) = refund.coupon {
            let use_of = CouponUse { coupon, kind: 3, reference: lot, line: 0 };
            self.coupon_used(account, sequence, at, &use_of, amount)?;
        }
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO refunds VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")?;
        let money = [refund.cash, refund.to_coupon(), refund.used, refund.fee, refund.lost].map(Money::e8);
        insert.execute(params![
            account,
            lot,
            at.ms(),
            refund.units.cast_signed(),
            money[0],
            money[1],
            money[2],
            money[3],
            money[4],
            refund.to_pay_per_use,
            sequence.cast_signed(),
        ])?;
        let amount = refund.amount();
        if amount.is_zero() {
            return Ok(());
        }
        self.transact(account, sequence, recorded, TransactionKind::LotRefunded, amount, Some(lot))
    }

    pub(super) fn order_placed(
        &mut self,
        account: AccountNo,
        sequence: u64,
        order: &PendingOrder,
    ) -> Result<(), ReadError> {
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO orders VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")?;
        insert.execute(params![
            account,
            order.no.0,
            order.ordered_at.ms(),
            order.offer.api.as_str(),
            order.region.as_str(),
            order.offer.calls.cast_signed(),
            order.offer.price.e8(),
            order.offer.validity_months,
            order.renews.map(|lot| lot.0),
            order.pay_until.ms(),
            sequence.cast_signed(),
        ])?;
        Ok(())
    }

    pub(super) fn coupon_used(
        &mut self,
        account: AccountNo,
        sequence: u64,
        at: Timestamp,
        CouponUse { coupon, kind, reference, line }: &CouponUse,
        amount: Money,
    ) -> Result<(), ReadError> {
        let mut insert =
            self.transaction.prepare_cached("INSERT INTO coupon_uses VALUES (?1,?2,?3,?4,?5,?6,?7,?8)")?;
        let (at, sequence) = (at.ms(), sequence.cast_signed());
        insert.execute(params![account, coupon.0, at, kind, reference, line, amount.e8(), sequence])?;
        Ok(())
    }
}
