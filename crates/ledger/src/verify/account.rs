//! One account under audit: its state as the core replays it, and figures added up beside it.

use std::collections::BTreeMap;

use charging::{
    Account, Book, CouponNo, Event, LotNo, MAX_HOLD_S, Money, Month, Rated, Recorded, ServiceNo, Timestamp,
};

use super::keys::UsedKeys;
use super::{Difference, Report, Sums, tick};
use crate::Rules;

/// An account and what was added up independently of it.
pub(super) struct Audited {
    pub(super) account: Account,
    pub(super) counts: Counts,
    pub(super) keys: UsedKeys,
    charged: Money,
    settled: Money,
    topped_up: Money,
    lots_paid: Money,
    paid_at_settlement: Money,
    became_debt: Money,
    debt_paid: Money,
    adjusted: Money,
    /// What went back to the cash for packages.
    refunded: Money,
    /// What was paid for lots, by coupons too.
    lot_prices: Vec<Money>,
    /// Left in each cash coupon.
    coupons: Vec<Money>,
    /// Units drawn, by lot.
    drawn: Vec<u64>,
    /// What rounding has left, by service, in 10⁻¹⁰.
    carries: Vec<u8>,
    /// What each month comes to, and what of it was left as debt.
    months: BTreeMap<Month, (Money, Money)>,
}

/// Where the rows of the read model end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) charges: i64,
    pub(super) transactions: i64,
    pub(super) events: i64,
}

impl Audited {
    pub(super) fn open(recorded: &Recorded) -> Option<Audited> {
        Some(Audited {
            account: Account::from_opened(recorded)?,
            counts: Counts::default(),
            keys: UsedKeys::default(),
            charged: Money::ZERO,
            settled: Money::ZERO,
            topped_up: Money::ZERO,
            lots_paid: Money::ZERO,
            paid_at_settlement: Money::ZERO,
            became_debt: Money::ZERO,
            debt_paid: Money::ZERO,
            adjusted: Money::ZERO,
            refunded: Money::ZERO,
            lot_prices: Vec::new(),
            coupons: Vec::new(),
            drawn: Vec::new(),
            carries: Vec::new(),
            months: BTreeMap::new(),
        })
    }

    pub(super) fn blame(&self, difference: Difference) -> Difference {
        difference.of(self.account.id())
    }

    /// Checks that an event may follow, and applies it.
    pub(super) fn event(
        &mut self,
        rules: &Rules,
        recorded: &Recorded,
        report: &mut Report,
    ) -> Result<(), Difference> {
        if let Event::Opened { .. } = &recorded.event {
            return Err(Difference::new("journal", "the account is opened twice"));
        }
        self.account.check_next(recorded)?;
        tick::check(&self.account, rules, recorded)?;
        self.add_up(rules, recorded, report)?;
        self.account.apply(recorded);
        Ok(())
    }

    fn add_up(&mut self, rules: &Rules, recorded: &Recorded, report: &mut Report) -> Result<(), Difference> {
        match &recorded.event {
            Event::ServiceAdded { service, .. } => {
                if usize::from(service.0) != self.carries.len() {
                    let detail = format!("service {} is out of place", service.0);
                    return Err(Difference::new("journal", detail));
                }
                self.carries.push(0);
            }
            Event::LotGranted { lot, price, order, .. } => {
                if lot.0 as usize != self.drawn.len() {
                    return Err(Difference::new("lot", format!("lot {} is out of place", lot.0)));
                }
                self.drawn.push(0);
                self.lot_prices.push(*price);
                let by_coupon = order.as_ref().and_then(|order| order.coupon);
                if let Some((coupon, amount)) = by_coupon {
                    self.spend_coupon(coupon, amount)?;
                }
                self.lots_paid += *price - by_coupon.map_or(Money::ZERO, |(_, amount)| amount);
                self.month_of(recorded.at).0 += *price;
            }
            Event::LotExpired { lot, units } => self.check_expiry(*lot, *units)?,
            Event::Charged { charge, service, draws, rated, carry_e10, .. } => {
                self.check_price(rules, *service, (recorded.at, rated), *carry_e10)
                    .map_err(|detail| Difference::new("money", format!("charge {charge}: {detail}")))?;
                for draw in draws {
                    if let Some(drawn) = self.drawn.get_mut(draw.lot.0 as usize) {
                        *drawn += draw.units;
                    }
                    report.units += draw.units;
                }
                report.units += rated.iter().map(|part| part.units).sum::<u64>();
                report.charges += 1;
                self.charged += rated.iter().map(|part| part.amount).sum();
            }
            Event::HourSettled { hour, lines, coupons, paid, debt } => {
                report.hours_settled += 1;
                for part in coupons {
                    self.spend_coupon(part.coupon, part.amount)?;
                }
                let month = self.month_of(*hour);
                month.0 += lines.iter().map(|line| line.amount).sum();
                month.1 += *debt;
                self.settled += lines.iter().map(|line| line.amount).sum();
                self.paid_at_settlement += *paid;
                self.became_debt += *debt;
            }
            Event::MonthClosed { totals } => {
                let sums = self.months.remove(&totals.month).unwrap_or_default();
                if sums != (totals.total(), totals.debt) || totals.total() != totals.paid + totals.debt {
                    let detail = format!("{} closes with {totals:?}, but comes to {sums:?}", totals.month);
                    return Err(Difference::new("money", detail));
                }
            }
            Event::ToppedUp { amount, .. } => self.topped_up += *amount,
            Event::DebtPaid { amount } => self.debt_paid += *amount,
            Event::Adjusted { amount, .. } => self.adjusted += *amount,
            Event::CouponGiven { coupon } => self.coupons.push(coupon.left),
            Event::CouponExpired { coupon, amount } => self.spend_coupon(*coupon, *amount)?,
            Event::LotUnsubscribed { refund } => {
                self.refunded += refund.cash;
                if let Some((coupon, amount)) = refund.coupon
                    && let Some(left) = self.coupons.get_mut(coupon.0 as usize)
                {
                    *left += amount;
                }
                let paid = self.lot_prices.get(refund.lot.0 as usize).copied().unwrap_or_default();
                if paid != refund.amount() + refund.withheld() {
                    let detail = format!("lot {} cost {paid}, and {refund:?}", refund.lot.0);
                    return Err(Difference::new("money", detail));
                }
                self.month_of(recorded.at).0 -= refund.amount();
            }
            _ => {}
        }
        Ok(())
    }

    fn month_of(&mut self, at: Timestamp) -> &mut (Money, Money) {
        self.months.entry(self.account.zone().month(at)).or_default()
    }

    fn spend_coupon(&mut self, no: CouponNo, amount: Money) -> Result<(), Difference> {
        match self.coupons.get_mut(no.0 as usize) {
            Some(left) if *left >= amount => {
                *left -= amount;
                Ok(())
            }
            _ => Err(Difference::new("money", format!("coupon {} has no {amount} left", no.0))),
        }
    }

    fn check_expiry(&self, lot: LotNo, units: u64) -> Result<(), Difference> {
        match self.account.lot(lot) {
            Some(found) if found.left() == units => Ok(()),
            Some(found) => {
                let detail = format!("lot {} ends with {units} units, but {} were left", lot.0, found.left());
                Err(Difference::new("lot", detail))
            }
            None => Err(Difference::new("lot", format!("lot {} ends but never began", lot.0))),
        }
    }

    /// Each price was in force when the call began, which may be as long ago as a hold lasts; and units times price,
    /// and what rounding left before, is the amount and what rounding leaves now.
    fn check_price(
        &mut self,
        rules: &Rules,
        service: ServiceNo,
        (at, rated): (Timestamp, &[Rated]),
        carry_e10: u8,
    ) -> Result<(), String> {
        let no = usize::from(service.0);
        let (Some(carry), Some(of)) = (self.carries.get_mut(no), self.account.service(service)) else {
            return Err(format!("there is no service {}", service.0));
        };
        let before = i128::from(std::mem::replace(carry, carry_e10));
        let mut exact_e10 = before;
        let mut charged_e10 = i128::from(carry_e10);
        for part in rated {
            let version = rules.catalog.price_version(&of.api, part.price_version);
            let tier = version.and_then(|version| version.tiers.get(usize::from(part.tier)));
            let tier = tier.ok_or_else(|| {
                format!(
                    "version {} of the price, tier {}, is not in the catalog",
                    part.price_version,
                    u64::from(part.tier) + 1
                )
            })?;
            let earliest = at.plus_ms(-i64::from(MAX_HOLD_S) * 1_000);
            if !rules.catalog.was_in_force(&of.api, part.price_version, earliest, at) {
                return Err(format!("version {} of the price was not in force", part.price_version));
            }
            exact_e10 += i128::from(tier.unit_price.e10()) * i128::from(part.units);
            charged_e10 += i128::from(part.amount.e8()) * 100;
        }
        if exact_e10 != charged_e10 {
            return Err(format!(
                "its units cost {exact_e10} with what was carried, {charged_e10} is charged or carried on \
                 (in 10^-10)"
            ));
        }
        Ok(())
    }

    /// Compares what was added up with the state.
    pub(super) fn check_sums(&self, sums: &mut Sums) -> Result<(), Difference> {
        let account = &self.account;
        let same = |law, what: &str, expected: Money, found: Money| {
            if expected == found {
                return Ok(());
            }
            Err(Difference::new(law, format!("{what} should be {expected}, but is {found}")))
        };
        same("money", "billed and open usage", self.charged, self.settled + account.unsettled())?;
        let spent = self.lots_paid + self.paid_at_settlement + self.debt_paid;
        same("money", "the cash", self.topped_up + self.adjusted + self.refunded - spent, account.cash())?;
        let in_coupons = self.coupons.iter().copied().sum();
        same("money", "what is left in coupons", in_coupons, account.books().balance(Book::Coupons))?;
        same("money", "the debt", self.became_debt - self.debt_paid, account.debt())?;
        for (lot, drawn) in account.lots().iter().zip(&self.drawn) {
            if lot.drawn != *drawn || lot.granted != lot.drawn + lot.left() + lot.expired() + lot.given_back()
            {
                let detail = format!(
                    "lot {}: {} granted, {drawn} drawn by charges, {} drawn in all, {} left, {} expired, {} given back",
                    lot.no.0,
                    lot.granted,
                    lot.drawn,
                    lot.left(),
                    lot.expired(),
                    lot.given_back()
                );
                return Err(Difference::new("lot", detail));
            }
            sums.lots_granted += u128::from(lot.granted);
            sums.lots_drawn += u128::from(lot.drawn);
            sums.lots_left += u128::from(lot.left());
            sums.lots_expired += u128::from(lot.expired());
        }
        let add = |sum: &mut i128, money: Money| *sum += i128::from(money.e8());
        add(&mut sums.charged_e8, self.charged);
        add(&mut sums.settled_e8, self.settled);
        add(&mut sums.unsettled_e8, account.unsettled());
        add(&mut sums.topped_up_e8, self.topped_up);
        add(&mut sums.lots_e8, self.lots_paid);
        add(&mut sums.paid_at_settlement_e8, self.paid_at_settlement);
        add(&mut sums.became_debt_e8, self.became_debt);
        add(&mut sums.debt_paid_e8, self.debt_paid);
        add(&mut sums.cash_e8, account.cash());
        add(&mut sums.debt_e8, account.debt());
        Ok(())
    }
}
