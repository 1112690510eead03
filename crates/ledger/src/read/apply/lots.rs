//! Packages and what was given, and the coupons that orders and hours used.

use charging::{CouponNo, Event, Money, Recorded, Timestamp};
use rusqlite::params;

use super::{ReadError, Statements};
use crate::entry::AccountNo;
use crate::read::rows::source_cell;

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
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO lots VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)")?;
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
