//! The purse: what there is, how fast it goes, and when that must be told.

use std::collections::BTreeMap;

use charging::{
    Account, Alerts, BillLine, Coupon, CouponWorth, Event, Money, Name, Place, ServiceNo, Timestamp, Zone,
};

use super::Told;
use super::alarm::Alarm;

/// A cash coupon.
struct Voucher {
    no: u32,
    left: i64,
    apis: Vec<Name>,
    regions: Vec<Name>,
    begins_at: Timestamp,
    ends_at: Timestamp,
    has_begun: bool,
}

impl Voucher {
    fn of(coupon: &Coupon, face: Money, at: Timestamp) -> Voucher {
        Voucher {
            no: coupon.no.0,
            left: face.e8(),
            apis: coupon.apis.clone(),
            regions: coupon.regions.clone(),
            begins_at: coupon.valid_from,
            ends_at: coupon.valid_to,
            has_begun: coupon.valid_from <= at,
        }
    }

    fn is_for_all(&self) -> bool {
        self.apis.is_empty() && self.regions.is_empty()
    }

    fn may_pay(&self, line: &Line) -> bool {
        (self.begins_at..self.ends_at).contains(&line.used_from)
            && (self.apis.is_empty() || self.apis.contains(&line.place.api))
            && (self.regions.is_empty() || self.regions.contains(&line.place.region))
    }
}

/// What a line of an hour is of: the service, the project, and the version and tier of the price.
type Of = (ServiceNo, Option<Name>, u16, u8);

/// Usage that waits for its settlement.
struct Line {
    hour: Timestamp,
    of: Of,
    place: Place,
    used_from: Timestamp,
    e8: i64,
}

pub struct Purse {
    zone: Zone,
    pub cash: i64,
    pub owed: i64,
    lines: Vec<Line>,
    /// The lines the account has open, for where they are and when their usage began.
    known: Vec<(Timestamp, BillLine, Place)>,
    vouchers: Vec<Voucher>,
    threshold: Option<i64>,
    pub low: Alarm,
    hours: Option<u32>,
    pub soon: Alarm,
    /// What settled hours cost, by day.
    days: BTreeMap<i64, i64>,
    /// When packages were given back whose refunds are still being heard: several go back at once.
    refunded_at: Option<Timestamp>,
}

fn e8(money: Option<Money>) -> Option<i64> {
    money.map(Money::e8)
}

impl Purse {
    pub fn new(account: &Account) -> Purse {
        let Alerts { balance, empty_within_hours, .. } = *account.alerts();
        Purse {
            zone: account.zone(),
            cash: 0,
            owed: 0,
            lines: Vec::new(),
            known: Vec::new(),
            vouchers: Vec::new(),
            threshold: e8(balance),
            low: Alarm::default(),
            hours: empty_within_hours,
            soon: Alarm::default(),
            days: BTreeMap::new(),
            refunded_at: None,
        }
    }

    /// What an account has open after a command that is about to be heard.
    pub fn know_lines(&mut self, account: &Account) {
        let place = |line: &BillLine| {
            account.service(line.service).map(|s| Place { api: s.api.clone(), region: s.region.clone() })
        };
        let hours = account.open_hours().iter();
        let lines = hours
            .flat_map(|hour| hour.lines.iter().map(|line| (hour.start, line.clone(), place(line).unwrap())));
        self.known = lines.collect();
    }

    /// All vouchers pay what they may of what is used, those for something special first, then those that end soonest.
    /// What they do not pay must be there in cash: else it is what is lacking. If it is, what is left of both counts, of
    /// vouchers for all that may pay for what is used now.
    fn balance(&self) -> i64 {
        let mut in_turn: Vec<&Voucher> = self.vouchers.iter().collect();
        in_turn.sort_by_key(|voucher| (voucher.is_for_all(), voucher.ends_at, voucher.no));
        let mut unpaid: Vec<i64> = self.lines.iter().map(|line| line.e8).collect();
        let (mut general, mut hours): (i64, Vec<Timestamp>) =
            (0, self.lines.iter().map(|line| line.hour).collect());
        hours.sort();
        hours.dedup();
        let mut left: Vec<i64> = in_turn.iter().map(|voucher| voucher.left).collect();
        for hour in hours {
            for (voucher, left) in in_turn.iter().zip(&mut left) {
                for (line, unpaid) in self.lines.iter().zip(&mut unpaid) {
                    if line.hour == hour && voucher.may_pay(line) {
                        let part = (*left).min(*unpaid);
                        (*left, *unpaid) = (*left - part, *unpaid - part);
                    }
                }
            }
        }
        for (voucher, left) in in_turn.iter().zip(left) {
            let is_used_now = |line: &Line| line.e8 == 0 || voucher.may_pay(line);
            if voucher.is_for_all() && voucher.has_begun && self.lines.iter().all(is_used_now) {
                general += left;
            }
        }
        let cash = self.cash - self.owed - unpaid.iter().sum::<i64>();
        if cash < 0 { cash } else { cash + general }
    }

    fn use_up(&mut self, at: Timestamp, of: Of, e8: i64) {
        let hour = self.zone.hour_start(at);
        if let Some(line) = self.lines.iter_mut().find(|line| line.hour == hour && line.of == of) {
            line.e8 += e8;
            return;
        }
        let is_same = |(other, line, _): &&(Timestamp, BillLine, Place)| {
            *other == hour
                && (line.service, line.enterprise_project.clone(), line.price_version, line.tier) == of
        };
        let (_, line, place) = self.known.iter().find(is_same).unwrap();
        self.lines.push(Line { hour, of, place: place.clone(), used_from: line.used_from, e8 });
    }

    fn take_from(&mut self, no: u32, amount: Money) {
        let voucher = self.vouchers.iter_mut().find(|voucher| voucher.no == no);
        voucher.into_iter().for_each(|voucher| voucher.left -= amount.e8());
    }

    /// Vouchers begin, each at its instant.
    pub fn pass(&mut self, now: Timestamp, told: &mut Vec<Told>) {
        loop {
            let ahead = self.vouchers.iter_mut().filter(|v| !v.has_begun && v.begins_at <= now);
            let Some(next) = ahead.min_by_key(|voucher| voucher.begins_at) else { return };
            next.has_begun = true;
            let at = next.begins_at;
            self.look(at, told);
            self.look_ahead(at, told);
        }
    }

    /// After the last of the refunds of a command.
    pub fn finish(&mut self, told: &mut Vec<Told>) {
        if let Some(at) = self.refunded_at.take() {
            self.look(at, told);
            self.look_ahead(at, told);
        }
    }

    pub fn hear(&mut self, at: Timestamp, event: &Event, told: &mut Vec<Told>) {
        if !matches!(event, Event::LotUnsubscribed { .. }) {
            self.finish(told);
        }
        match event {
            Event::Charged { service, enterprise_project, rated, .. } => {
                for part in rated {
                    let of = (*service, enterprise_project.clone(), part.price_version, part.tier);
                    self.use_up(at, of, part.amount.e8());
                }
                return self.look(at, told);
            }
            Event::HourSettled { hour, lines, coupons, paid, debt } => {
                let total: i64 = lines.iter().map(|line| line.amount.e8()).sum();
                self.lines.retain(|line| line.hour != *hour);
                self.cash -= paid.e8();
                self.owed += debt.e8();
                coupons.iter().for_each(|part| self.take_from(part.coupon.0, part.amount));
                if total > 0 {
                    *self.days.entry(self.day(*hour)).or_default() += total;
                }
            }
            Event::ToppedUp { amount, .. } | Event::Adjusted { amount, .. } => self.cash += amount.e8(),
            Event::DebtPaid { amount } => {
                self.cash -= amount.e8();
                self.owed -= amount.e8();
            }
            Event::LotGranted { price, order, .. } => {
                let by_coupon = order.as_ref().and_then(|order| order.coupon);
                self.cash -= price.e8() - by_coupon.map_or(0, |(_, amount)| amount.e8());
                by_coupon.into_iter().for_each(|(no, amount)| self.take_from(no.0, amount));
            }
            Event::LotUnsubscribed { refund } => {
                self.cash += refund.cash.e8();
                refund.coupon.into_iter().for_each(|(no, amount)| self.take_from(no.0, -amount));
                self.refunded_at = Some(at);
                return;
            }
            Event::CouponGiven { coupon } => {
                let CouponWorth::Cash { face } = coupon.worth else { return };
                self.vouchers.push(Voucher::of(coupon, face, at));
            }
            Event::CouponExpired { coupon, .. } => {
                let before = self.vouchers.len();
                self.vouchers.retain(|voucher| voucher.no != coupon.0);
                if self.vouchers.len() == before {
                    return;
                }
            }
            Event::AlertsSet { alerts } => {
                let threshold = e8(alerts.balance);
                if threshold != self.threshold {
                    self.low.set(at);
                }
                if alerts.empty_within_hours != self.hours {
                    self.soon.set(at);
                }
                (self.threshold, self.hours) = (threshold, alerts.empty_within_hours);
            }
            _ => return,
        }
        self.look(at, told);
        self.look_ahead(at, told);
    }

    /// Below the threshold it is told, a twentieth above it armed again, and above that it was told at.
    pub fn look(&mut self, at: Timestamp, told: &mut Vec<Told>) {
        let (Some(threshold), balance) = (self.threshold, self.balance()) else { return };
        let highest = self.low.told().map(|told| told.max(threshold));
        if balance < threshold && highest.is_none() {
            self.low.tell(threshold);
            let [balance, threshold] = [balance, threshold].map(Money::from_e8);
            told.push((at, format!("balance_low {balance} of {threshold}")));
        } else if highest.is_some_and(|highest| balance >= highest + highest / 20) {
            told.push((at, "balance armed".into()));
            self.low.rearm(at);
        }
    }

    fn day(&self, at: Timestamp) -> i64 {
        i64::from(self.zone.day_of(at).number())
    }

    /// How long the balance lasts, at the mean of up to three whole days and at the pace of the last one.
    pub fn look_ahead(&mut self, at: Timestamp, told: &mut Vec<Told>) {
        let (Some(hours), balance) = (self.hours, i128::from(self.balance())) else { return };
        if balance <= 0 {
            return;
        }
        let today = self.day(at.plus_ms(-1));
        let spent_on = |day: i64| self.days.get(&day).copied().unwrap_or(0);
        let first = self.days.keys().next().copied().unwrap_or(today);
        let before: Vec<i64> =
            (1..=3).map(|back| today - back).filter(|day| *day >= first).map(spent_on).collect();
        let whole_days = i128::try_from(before.len()).unwrap();
        let of_days: i128 = before.iter().map(|spent| i128::from(*spent)).sum();
        let of_last = i128::from(spent_on(today).max(before.first().copied().unwrap_or(0)));
        // What is used by then, in 72nds of the hours: a third of them for the last day's pace.
        let is_used_up = |spent: i128, days: i128, wanted: i128, share: i128| {
            days > 0 && spent > 0 && spent * wanted * share > balance * days * 24 * 3 * 20
        };
        let highest = self.soon.told().map(|told| i128::from(told).max(i128::from(hours)));
        let within = |share| {
            let hours = highest.unwrap_or(i128::from(hours));
            let by_mean = is_used_up(of_days, whole_days, 3 * hours, share);
            let by_last = is_used_up(of_last, 1, hours, share);
            (by_mean, by_last)
        };
        match (highest.is_some(), within(20), within(21)) {
            (true, _, (false, false)) => {
                told.push((at, "time to empty armed".into()));
                self.soon.rearm(at);
            }
            (false, (by_mean, by_last), _) if by_mean || by_last => {
                let (pace, of) = if by_mean { (of_days / whole_days, hours) } else { (of_last, hours / 3) };
                let money = |e8: i64| Money::from_e8(e8);
                let (pace, left) = (money(i64::try_from(pace).unwrap()), money(self.balance()));
                let before: Vec<Money> = before.into_iter().map(money).collect();
                let today = money(spent_on(today));
                let what = format!("balance_soon_empty {left}: {pace} a day, {of} h, {today} {before:?}");
                told.push((at, what));
                self.soon.tell(i64::from(hours));
            }
            _ => {}
        }
    }
}
