//! What must hold of any account at any time: the laws, as far as one state can show them.
//!
//! Property tests and `inkmeter verify` call [`Account::check_next`] before and [`Account::check`] after every event,
//! and [`Account::check_at_rest`] after the last one. A violation names the law and the figures.

use std::fmt;

use crate::{Account, Book, Event, Money, Recorded, Source, Standing, SubscriptionMode, Timestamp, postings};

/// A law that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Which law.
    pub law: &'static str,
    /// With which figures.
    pub detail: String,
}

impl Account {
    /// Checks the state against the laws that hold after every event.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn check(&self) -> Result<(), Violation> {
        self.check_money()?;
        self.check_lots()?;
        self.check_standing()?;
        self.check_lines()?;
        if !self.dues_are_right() {
            return Err(Violation {
                law: "tick",
                detail: "the next due instant is not the one known".into(),
            });
        }
        Ok(())
    }

    /// Checks the state after a whole command: beside [`Account::check`], the debt is paid as far as the cash goes
    /// and the standing is the one the debt asks for. Within a command, the event that moves the money comes first.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn check_at_rest(&self) -> Result<(), Violation> {
        self.check()?;
        if self.is_in_arrears() && self.cash().is_positive() {
            let detail = format!("{} is owed while {} lies in cash", self.debt(), self.cash());
            return Err(Violation { law: "money", detail });
        }
        if self.balance_for_alerts() < self.balance_line {
            let detail = format!("{} is left and nobody was told", self.balance_for_alerts());
            return Err(Violation { law: "notice", detail });
        }
        if !self.standing_fits_debt() {
            let detail = format!("{:?} with a debt of {}", self.standing, self.debt());
            return Err(Violation { law: "standing", detail });
        }
        Ok(())
    }

    fn standing_fits_debt(&self) -> bool {
        match self.standing {
            Standing::Good { .. } => !self.is_in_arrears(),
            Standing::Grace { .. } | Standing::Frozen { .. } => self.is_in_arrears(),
            Standing::Released { .. } => true,
        }
    }

    /// Checks that an event may follow this state: balanced postings of positive amounts, no step back in time,
    /// no arrow that does not exist, nothing bought or enabled while something is owed.
    ///
    /// # Errors
    /// The first law that would not hold.
    pub fn check_next(&self, next: &Recorded) -> Result<(), Violation> {
        if next.at < self.latest {
            let detail = format!("an event of {:?} follows one of {:?}", next.at, self.latest);
            return Err(Violation { law: "tick", detail });
        }
        if let Some(posting) = postings(&next.event).iter().find(|p| p.amount < Money::ZERO || p.from == p.to)
        {
            let detail =
                format!("a posting of {} from {:?} to {:?}", posting.amount, posting.from, posting.to);
            return Err(Violation { law: "money", detail });
        }
        self.check_next_notice(next.at, &next.event)?;
        self.check_next_settlement(&next.event)?;
        self.check_next_coupon(next.at, &next.event)?;
        self.check_next_refund(next.at, &next.event)?;
        self.check_next_draws(&next.event)?;
        self.check_next_standing(&next.event)
    }

    fn check_next_settlement(&self, event: &Event) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "money", detail });
        let Event::HourSettled { hour, lines, coupons, paid, debt } = event else { return Ok(()) };
        let total: Money = lines.iter().map(|l| l.amount).sum();
        let by_coupons: Money = coupons.iter().map(|part| part.amount).sum();
        if total != by_coupons + *paid + *debt {
            return fail(format!("the lines of {hour:?} sum to {total}, not {by_coupons} + {paid} + {debt}"));
        }
        if *coupons != self.coupon_parts(lines) {
            return fail(format!("the coupons of {hour:?} are not those whose turn it is"));
        }
        if self.open_hours.lines_of(*hour) != Some(lines) {
            return fail(format!("the lines of {hour:?} are not the usage of that hour"));
        }
        if debt.is_positive() && *paid != self.cash() {
            return fail(format!("the hour {hour:?} leaves a debt of {debt} beside {} in cash", self.cash()));
        }
        Ok(())
    }

    /// No coupon pays more than is left in it, and none that is over or for something else pays anything.
    fn check_next_coupon(&self, at: Timestamp, event: &Event) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "money", detail });
        match event {
            Event::LotGranted { lot, service, price, order: Some(order), .. } => {
                let Some(service) = self.service(*service) else { return Ok(()) };
                for (no, amount) in order.discount.iter().chain(&order.coupon) {
                    let coupon = self.coupon(*no).filter(|c| c.is_for(&service.api, &service.region));
                    let may_pay =
                        coupon.is_some_and(|c| c.is_usable(at) && (!c.is_cash() || c.left >= *amount));
                    if !may_pay {
                        return fail(format!("coupon {} cannot pay {amount} of lot {}", no.0, lot.0));
                    }
                }
                let off = order.discount.map_or(Money::ZERO, |(_, amount)| amount);
                let by_coupon = order.coupon.map_or(Money::ZERO, |(_, amount)| amount);
                if order.list_price - off != *price || by_coupon > *price {
                    return fail(format!("lot {} costs {} less {off}, not {price}", lot.0, order.list_price));
                }
                Ok(())
            }
            Event::CouponExpired { coupon, amount } => match self.coupon(*coupon) {
                Some(found) if found.ended_at.is_none() && found.left == *amount => Ok(()),
                _ => fail(format!("coupon {} does not end with {amount}", coupon.0)),
            },
            Event::CouponGiven { coupon } if coupon.no.0 as usize != self.coupons().len() => {
                fail(format!("coupon {} is out of place", coupon.no.0))
            }
            _ => Ok(()),
        }
    }

    /// What is given back is left of a package that was bought, and the parts of its price sum to it.
    fn check_next_refund(&self, at: Timestamp, event: &Event) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "money", detail });
        match event {
            Event::LotUnsubscribed { refund } => {
                let Some(lot) = self.lot(refund.lot).filter(|lot| lot.source == Source::Package) else {
                    return fail(format!("lot {} is given back, and was not bought", refund.lot.0));
                };
                if lot.left() == 0 || lot.left() != refund.units {
                    return fail(format!("{} units of lot {} are given back", refund.units, lot.no.0));
                }
                let parts = [refund.cash, refund.to_coupon(), refund.used, refund.fee, refund.lost];
                if parts.iter().any(|part| *part < Money::ZERO)
                    || parts.into_iter().sum::<Money>() != lot.price
                {
                    return fail(format!("lot {} cost {}: {refund:?}", lot.no.0, lot.price));
                }
                let by_coupon = self.cold.coupon_payments.get(&lot.no).copied();
                let is_right = refund.coupon.is_none_or(|(no, amount)| {
                    by_coupon == Some((no, amount)) && self.coupon(no).is_some_and(|c| c.may_take_back(at))
                });
                let paid_in_cash = lot.price - by_coupon.map_or(Money::ZERO, |(_, amount)| amount);
                if !is_right || refund.cash > paid_in_cash {
                    return fail(format!("lot {} was paid otherwise than it is given back", lot.no.0));
                }
                Ok(())
            }
            Event::OrderCancelled { order, .. } if self.pending_order(*order).is_none() => {
                fail(format!("order {} ends, and does not wait for its payment", order.0))
            }
            Event::LotGranted { lot, order: Some(detail), .. } => {
                let Some(no) = detail.order else { return Ok(()) };
                let pending = self.pending_order(no);
                if pending.is_some_and(|order| {
                    at < order.pay_until
                        && (order.offer.price, order.renews) == (detail.list_price, detail.renews)
                }) {
                    return Ok(());
                }
                fail(format!("lot {} is not what order {} is for", lot.0, no.0))
            }
            _ => Ok(()),
        }
    }

    fn check_next_draws(&self, event: &Event) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "lot", detail });
        let Event::Charged { charge, service, enterprise_project, draws, .. } = event else { return Ok(()) };
        for draw in draws {
            let Some(lot) = self.lot(draw.lot) else {
                return fail(format!("charge {charge} draws from lot {}, which is none", draw.lot.0));
            };
            if lot.service != *service || !lot.is_for(enterprise_project.as_ref()) {
                return fail(format!("charge {charge} draws from lot {}, which is not for it", lot.no.0));
            }
            if draw.units == 0 || draw.units > lot.granted - lot.drawn || lot.is_unsubscribed {
                return fail(format!("charge {charge} draws {} from lot {}", draw.units, lot.no.0));
            }
        }
        Ok(())
    }

    fn check_next_standing(&self, event: &Event) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "standing", detail });
        let moves_on = matches!(event, Event::StandingChanged { .. } | Event::DebtPaid { .. });
        if !self.standing_fits_debt() && !moves_on {
            return fail(format!("{:?} stays with a debt of {}", self.standing, self.debt()));
        }
        match event {
            Event::StandingChanged { standing }
                if !self.standing.may_become(standing, self.is_in_arrears()) =>
            {
                let debt = self.debt();
                fail(format!("no arrow leads from {:?} to {standing:?} with a debt of {debt}", self.standing))
            }
            Event::LotGranted { lot, price, .. } if self.is_in_arrears() && price.is_positive() => {
                fail(format!("lot {} is bought while {} is owed", lot.0, self.debt()))
            }
            Event::Subscribed { service, mode } if self.is_in_arrears() => {
                let enabled = self.service(*service).is_some_and(|s| s.subscription.is_some());
                if enabled && *mode == SubscriptionMode::PackageOnly {
                    return Ok(());
                }
                fail(format!("service {} is enabled while {} is owed", service.0, self.debt()))
            }
            _ => Ok(()),
        }
    }

    fn check_money(&self) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "money", detail });
        let books = &self.books;
        if !books.sum().is_zero() {
            return fail(format!("the books sum to {}", books.sum()));
        }
        let open: Money = self.open_hours.lines().map(|line| line.amount).sum();
        if open != self.unsettled() {
            return fail(format!("open hours sum to {open}, unsettled is {}", self.unsettled()));
        }
        if self.cash() < Money::ZERO || self.debt() < Money::ZERO || self.unsettled() < Money::ZERO {
            let (cash, debt, unsettled) = (self.cash(), self.debt(), self.unsettled());
            return fail(format!("cash {cash}, debt {debt}, unsettled {unsettled}: one is negative"));
        }
        let live = self.coupons().iter().filter(|coupon| coupon.ended_at.is_none());
        let in_coupons: Money = live.map(|coupon| coupon.left).sum();
        if in_coupons != books.balance(Book::Coupons) || self.coupons().iter().any(|c| c.left < Money::ZERO) {
            return fail(format!(
                "{in_coupons} is left in coupons, the book says {}",
                books.balance(Book::Coupons)
            ));
        }
        if !books.is_within_limit() {
            return fail(format!("a book is beyond its limit: {books:?}"));
        }
        Ok(())
    }

    fn check_lots(&self) -> Result<(), Violation> {
        let fail = |detail| Err(Violation { law: "lot", detail });
        for (index, lot) in self.lots.iter().enumerate() {
            if lot.no.0 as usize != index || self.service(lot.service).is_none() {
                return fail(format!("lot {} is out of place", lot.no.0));
            }
            if lot.drawn > lot.granted
                || lot.granted != lot.drawn + lot.left() + lot.expired() + lot.given_back()
            {
                return fail(format!("lot {}: granted {}, drawn {}", index, lot.granted, lot.drawn));
            }
            let listed = self.services[usize::from(lot.service.0)].draw_order.contains(&lot.no);
            if listed != (lot.left() > 0) {
                return fail(format!("lot {index} with {} left is listed: {listed}", lot.left()));
            }
            if lot.ended_at.is_some() == (lot.left() > 0) || lot.drawn > 0 && !lot.has_taken_effect {
                return fail(format!("lot {index}: {} drawn, ended at {:?}", lot.drawn, lot.ended_at));
            }
        }
        Ok(())
    }

    fn check_standing(&self) -> Result<(), Violation> {
        let holds = match self.standing {
            Standing::Good { .. } => true,
            Standing::Grace { since, until, release_at } => since <= until && until <= release_at,
            Standing::Frozen { since, release_at } => since <= release_at,
            Standing::Released { .. } => self.services.iter().all(|s| s.subscription.is_none()),
        };
        if holds {
            return Ok(());
        }
        Err(Violation { law: "standing", detail: format!("{:?} cannot be", self.standing) })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} law does not hold: {}", self.law, self.detail)
    }
}

impl std::error::Error for Violation {}
