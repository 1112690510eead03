//! Notice law: told once for each crossing, at the crossing, and never again before it may be.
//!
//! A listener hears the journal, entry by entry, and keeps its own account of what is available, left, spent and due.
//! It knows which notices each entry must have, and which it must not.

use std::collections::{BTreeMap, BTreeSet};

use charging::{
    Account, Alert, Alerts, Event, LotNo, Money, Month, NoticeKind, Recorded, ServiceNo, Source, Standing,
    Timestamp, UsedUpThen, Zone,
};
use proptest::prelude::*;

use crate::commands::{plain_scripts, scripts};
use crate::world::World;

const DAY_MS: i64 = 24 * 3_600_000;

struct HeardLot {
    service: ServiceNo,
    granted: u64,
    left: u64,
    has_expired: bool,
    is_armed: bool,
    created_at: Timestamp,
    effective_at: Timestamp,
    ends_at: Timestamp,
    expiry_told: BTreeSet<u8>,
}

struct Listener {
    zone: Zone,
    alerts: Alerts,
    credit_e8: i64,
    is_armed: bool,
    lots: Vec<HeardLot>,
    standing: Standing,
    dunned: BTreeSet<u8>,
    /// Charged, and bought, by the month it belongs to.
    months: BTreeMap<Month, i64>,
    closed: BTreeSet<Month>,
    notices: u64,
    percents: BTreeMap<(String, Month), u16>,
}

/// The line of a lot, said another way than the core does.
fn line(alerts: &Alerts, granted: u64) -> u64 {
    let percent = alerts.package_percent.map_or(0, |percent| granted * u64::from(percent) / 100);
    percent.max(alerts.package_calls.unwrap_or(0)).min(granted - 1)
}

impl Listener {
    fn new(account: &Account) -> Listener {
        Listener {
            zone: account.zone(),
            alerts: *account.alerts(),
            credit_e8: 0,
            is_armed: true,
            lots: Vec::new(),
            standing: account.standing(),
            dunned: BTreeSet::new(),
            months: BTreeMap::new(),
            closed: BTreeSet::new(),
            notices: 0,
            percents: BTreeMap::new(),
        }
    }

    fn lot(&mut self, no: LotNo) -> &mut HeardLot {
        &mut self.lots[no.0 as usize]
    }

    fn add_to_month(&mut self, at: Timestamp, amount: Money) {
        *self.months.entry(self.zone.month(at)).or_default() += amount.e8();
    }

    /// Hears one event; `rest` is what follows it in its entry.
    fn hear(&mut self, recorded: &Recorded, rest: &[Recorded]) {
        let at = recorded.at;
        match &recorded.event {
            Event::Charged { draws, rated, .. } => {
                let amount: Money = rated.iter().map(|part| part.amount).sum();
                self.credit_e8 -= amount.e8();
                self.add_to_month(self.zone.hour_start(at), amount);
                for draw in draws {
                    let alerts = self.alerts;
                    let lot = self.lot(draw.lot);
                    lot.left -= if lot.has_expired { 0 } else { draw.units };
                    let (left, granted) = (lot.left, lot.granted);
                    if lot.has_expired {
                        continue;
                    }
                    let is_low = left > 0 && left <= line(&alerts, granted) && lot.is_armed;
                    let told_low = of_lot(rest, draw.lot, "package_low");
                    assert_eq!(told_low, usize::from(is_low), "lot {} with {left} of {granted}", draw.lot.0);
                    assert_eq!(of_lot(rest, draw.lot, "package_used_up"), usize::from(left == 0));
                }
            }
            Event::ToppedUp { amount, .. } | Event::Adjusted { amount, .. } => self.credit_e8 += amount.e8(),
            Event::LotGranted { lot, service, source, granted, effective_at, expires_at, price, .. } => {
                assert_eq!(lot.0 as usize, self.lots.len());
                self.credit_e8 -= price.e8();
                self.add_to_month(at, *price);
                if *source == Source::Package {
                    let others = self.lots.iter_mut().filter(|lot| lot.service == *service && lot.left > 0);
                    others.for_each(|lot| lot.is_armed = true);
                }
                self.lots.push(HeardLot {
                    service: *service,
                    granted: *granted,
                    left: *granted,
                    has_expired: false,
                    is_armed: true,
                    created_at: at,
                    effective_at: *effective_at,
                    ends_at: expires_at.plus_ms(1),
                    expiry_told: BTreeSet::new(),
                });
            }
            Event::LotExpired { lot, .. } => {
                let lot = self.lot(*lot);
                (lot.left, lot.has_expired) = (0, true);
            }
            Event::StandingChanged { standing } => {
                self.check_dunned(at);
                (self.standing, self.dunned) = (*standing, BTreeSet::new());
                let told = |word| rest.iter().filter(|recorded| is(recorded, word)).count();
                assert_eq!(told("arrears_entered"), usize::from(standing.word() == "grace"), "at {at:?}");
                if standing.word() == "good" {
                    let enables = rest.iter().any(|next| matches!(next.event, Event::Subscribed { .. }));
                    assert_eq!(told("restored"), usize::from(!enables), "at {at:?}");
                }
                if standing.word() == "released" || standing.word() == "frozen" {
                    assert!(told(standing.word()) >= 1, "{} at {at:?}", standing.word());
                }
            }
            Event::AlertsSet { alerts } => {
                let before = std::mem::replace(&mut self.alerts, **alerts);
                self.is_armed |= before.balance != alerts.balance;
                let of_lots = |alerts: &Alerts| (alerts.package_percent, alerts.package_calls);
                if of_lots(&before) != of_lots(alerts) {
                    self.lots.iter_mut().for_each(|lot| lot.is_armed = true);
                }
            }
            Event::AlertRearmed { alert: Alert::Balance } => {
                assert!(!self.is_armed, "armed twice at {at:?}");
                assert!(self.may_arm(), "armed at {} at {at:?}", self.credit_e8);
                self.is_armed = true;
            }
            Event::BudgetSet { budget } => self.forget_budget(budget.name.as_str()),
            Event::BudgetRemoved { budget } => self.forget_budget(budget.as_str()),
            Event::MonthClosed { totals } => {
                let sum = self.months.get(&totals.month).copied().unwrap_or_default();
                assert_eq!(totals.total().e8(), sum, "{} at {at:?}", totals.month);
                assert!(self.closed.insert(totals.month), "{} closes twice", totals.month);
                let third = self.zone.month_range(totals.month).1.plus_ms(2 * DAY_MS);
                assert_eq!(at, third, "{} closes", totals.month);
                let is_its_bill = |recorded: &&Recorded| match &recorded.event {
                    Event::Noticed { notice } => {
                        matches!(notice.kind, NoticeKind::BillReady { month, .. } if month == totals.month)
                    }
                    _ => false,
                };
                assert_eq!(rest.iter().filter(is_its_bill).count(), usize::from(sum != 0));
            }
            Event::Noticed { notice } => {
                self.notices += 1;
                assert_eq!(notice.no, self.notices);
                self.hear_notice(at, &notice.kind);
            }
            _ => {}
        }
    }

    fn hear_notice(&mut self, at: Timestamp, kind: &NoticeKind) {
        match kind {
            NoticeKind::BalanceLow { available, threshold } => {
                assert!(self.is_armed, "told again at {at:?}");
                assert_eq!((available.e8(), Some(*threshold)), (self.credit_e8, self.alerts.balance));
                assert!(available < threshold);
                self.is_armed = false;
            }
            NoticeKind::PackageLow { lot, left, granted, .. } => {
                let line = line(&self.alerts, *granted);
                let lot = self.lot(*lot);
                assert!(lot.is_armed && *left == lot.left && *left <= line, "at {at:?}");
                lot.is_armed = false;
            }
            NoticeKind::PackageUsedUp { lot, then: UsedUpThen::NextLot { lot: next }, .. } => {
                assert_eq!(self.lot(*lot).left, 0);
                assert!(self.lot(*next).left > 0, "lot {} comes next and is empty", next.0);
            }
            NoticeKind::PackageExpires { days, lot, left, .. } => {
                let lot = self.lot(*lot);
                assert_eq!((at, *left), (lot.ends_at.plus_ms(-i64::from(*days) * DAY_MS), lot.left));
                assert!(*left > 0 && at > lot.created_at && at > lot.effective_at);
                assert!(lot.expiry_told.insert(*days), "told twice at {at:?}");
            }
            NoticeKind::GraceEnds { days, .. } | NoticeKind::ReleaseNear { days, .. } => {
                let due = self.standing.until().unwrap().plus_ms(-i64::from(*days) * DAY_MS);
                assert_eq!(at, due);
                assert!(self.dunned.insert(*days), "told twice at {at:?}");
            }
            NoticeKind::BudgetExceeded { budget, month, percent, spent, amount } => {
                assert!(i128::from(spent.e8()) * 100 >= i128::from(amount.e8()) * i128::from(*percent));
                let before = self.percents.insert((budget.to_string(), *month), *percent);
                assert!(before.is_none_or(|before| before < *percent), "{budget} again at {at:?}");
            }
            _ => {}
        }
    }

    fn forget_budget(&mut self, name: &str) {
        self.percents.retain(|(budget, _), _| budget != name);
    }

    /// True once the balance is a twentieth above the threshold.
    fn may_arm(&self) -> bool {
        let Some(threshold) = self.alerts.balance.map(Money::e8) else { return false };
        self.credit_e8 >= threshold + threshold / 20
    }

    /// Whatever was to be told ahead of the end of the standing up to now was told.
    fn check_dunned(&self, now: Timestamp) {
        let (since, end) = match self.standing {
            Standing::Grace { since, until, .. } => (since, until),
            Standing::Frozen { since, release_at } => (since, release_at),
            _ => return,
        };
        let due = |days: &u8| end.plus_ms(-i64::from(*days) * DAY_MS);
        let expected: BTreeSet<u8> =
            [1, 3].into_iter().filter(|days| due(days) > since && due(days) <= now).collect();
        assert_eq!(self.dunned, expected, "dunned by {now:?} of {:?}", self.standing);
    }

    /// Nothing that was to be told is left untold after a whole command.
    fn rest(&self, now: Timestamp) {
        if let Some(threshold) = self.alerts.balance.map(Money::e8) {
            assert!(!self.is_armed || self.credit_e8 >= threshold, "a crossing was missed by {now:?}");
            assert!(self.is_armed || !self.may_arm(), "it was not armed again by {now:?}");
        }
        self.check_dunned(now);
    }
}

fn is(recorded: &Recorded, word: &str) -> bool {
    matches!(&recorded.event, Event::Noticed { notice } if notice.kind.word() == word)
}

/// How often an entry tells something of a lot.
fn of_lot(rest: &[Recorded], no: LotNo, word: &str) -> usize {
    let of = |recorded: &&Recorded| match &recorded.event {
        Event::Noticed { notice } => match &notice.kind {
            NoticeKind::PackageLow { lot, .. } | NoticeKind::PackageUsedUp { lot, .. } => {
                *lot == no && notice.kind.word() == word
            }
            _ => false,
        },
        _ => false,
    };
    rest.iter().filter(of).count()
}

proptest! {
    #![proptest_config(crate::commands::cases())]

    /// Under random spends, purchases, top-ups and corrections nothing is told twice and nothing is missed.
    #[test]
    fn told_once_for_each_crossing(script in plain_scripts()) {
        let world = World::new();
        let mut stage = script.open(&world);
        let mut listener = Listener::new(&stage.account);
        let mut heard = 1;
        let end = script.end().plus_days(70);
        let last = [(end, crate::commands::Command::Tick)];
        for (now, command) in script.commands.iter().chain(&last) {
            stage.play(*now, command);
            for at in heard..stage.journal.len() {
                listener.hear(&stage.journal[at], &stage.journal[at + 1..]);
            }
            heard = stage.journal.len();
            listener.rest(*now);
        }
        let moved = listener.months.iter().filter(|(_, sum)| **sum != 0).map(|(month, _)| *month);
        for month in moved {
            prop_assert!(listener.closed.contains(&month), "{} was not closed", month);
        }
    }

    /// Each event may follow what comes before it, and the state after it holds: what `inkmeter verify` goes by.
    #[test]
    fn every_notice_is_true(script in scripts()) {
        let world = World::new();
        let mut stage = script.play(&world);
        stage.tick(script.end().plus_days(70));
        let mut replayed = Account::from_opened(&stage.journal[0]).unwrap();
        for recorded in &stage.journal[1..] {
            replayed.check_next(recorded).unwrap();
            replayed.apply(recorded);
            replayed.check().unwrap();
        }
        replayed.check_at_rest().unwrap();
    }
}
